using CompatBot.Core.Store;
using CompatBot.Formats.Icalendar.Itip;
using CompatBot.Formats.Vobject;

namespace CompatBot.Protocols.Dav.Scheduling;

/// <summary>What a change of a scheduling object brings with it (RFC 6638 section 3.2).</summary>
/// <param name="Calendar">The object as it is stored, with how each message will fare; null: it is removed, or stays as it came.</param>
/// <param name="Posts">Messages, each with where it goes.</param>
internal sealed record SchedulePlan(Component? Calendar, IReadOnlyList<SchedulePost> Posts);

/// <summary>One message and its way.</summary>
/// <param name="Account">Whose calendar takes it; null: it goes by mail, or nowhere.</param>
/// <param name="Status">SCHEDULE-STATUS: 1.2 delivered, 1.1 sent, 3.7 no such user, 5.3 no way there (RFC 6638 section 3.2.9).</param>
internal sealed record SchedulePost(ItipMessage Message, AccountRecord? Account, string Status)
{
    public bool GoesByMail => Status == "1.1";
}
