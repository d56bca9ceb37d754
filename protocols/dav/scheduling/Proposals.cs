using CompatBot.Core.Store;
using CompatBot.Formats.Icalendar.Itip;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Scheduling;

/// <summary>
/// POST to the scheduling outbox of what a person decides on: an attendee's proposal of another time (COUNTER), the organizer's no to it
/// (DECLINECOUNTER; a yes is a change of the event), and an attendee's wish to hear of it again (REFRESH; RFC 5546 sections 3.2.6 to
/// 3.2.8). It is laid into the inbox of whom it is for, or goes by mail; no event changes.
/// </summary>
internal static class Proposals
{
    /// <summary>Whether a method is one of these.</summary>
    public static bool Is(string? method) => method is "COUNTER" or "DECLINECOUNTER" or "REFRESH";

    /// <param name="method">Upper case.</param>
    /// <returns>Each recipient, as the message names it, with a request-status.</returns>
    /// <exception cref="DavException">It is not about an event that the user has a part in.</exception>
    public static async ValueTask<IReadOnlyList<(string Recipient, string Status)>> SendAsync(
        DavRequest request, Component calendar, string method)
    {
        var posts = new List<SchedulePost>();
        foreach (var message in await MessagesAsync(request, calendar, method))
        {
            var (account, status) = await Scheduler.ResolveAsync(request.Services, message.To, request.Cancellation);
            posts.Add(new SchedulePost(message, account, status));
        }

        Scheduler.Admit(request, posts);
        var done = new List<(string, string)>();
        foreach (var post in posts) done.Add(("mailto:" + post.Message.To, await DeliverAsync(request, post)));
        return done;
    }

    private static async ValueTask<IReadOnlyList<ItipMessage>> MessagesAsync(DavRequest request, Component calendar, string method)
    {
        var items = await request.ItemsAsync();
        if (items.ReadOnly) throw new DavException(403, DavNames.NeedPrivileges);
        var (told, me) = (new SchedulingObject(calendar), request.Login.Addresses);
        var uid = told.Parts.FirstOrDefault()?.Find("UID")?.Text.Trim() ?? "";
        if (uid.Length == 0 || told.Parts.Any(part => part.Find("UID")?.Text.Trim() != uid)) throw Invalid();
        if (await Scheduler.FindAsync(items, uid, request.Cancellation) is not var (_, row)) throw Invalid();
        if (await Scheduler.ReadAsync(request, items, row) is not { } mine) throw Invalid();
        var known = new SchedulingObject(mine);
        if (known.Organizer is not { } organizer || told.Organizer != organizer) throw Invalid();
        var isOrganizer = me.Contains(organizer);
        if (isOrganizer != (method == "DECLINECOUNTER")) throw new DavException(403, DavNames.CalDav + "organizer-allowed");
        var sender = isOrganizer ? organizer : known.Attendees.FirstOrDefault(me.Contains);
        List<string> named = [.. told.Attendees.Where(user => user != organizer).Distinct()];
        if (named.Count > request.Services.Limits.AttendeesMax) throw new DavException(403, DavNames.CalDav + "max-attendees-per-instance");
        var isMeant = isOrganizer
            ? named.Count > 0 && named.TrueForAll(known.Attendees.Contains)
            : sender is not null && named.Contains(sender);
        if (!isMeant) throw Invalid();
        List<string> recipients = isOrganizer ? named : [organizer];
        var parts = told.Parts.Select(part =>
            part.With(part.Properties.Select(CalendarUser.Stripped), part.Components.Where(one => one.Name != "VALARM")));
        var message = ItipMessage.Wrap(calendar, method, parts);
        return [.. recipients.Select(to => new ItipMessage(method, sender!, to, message))];
    }

    private static async ValueTask<string> DeliverAsync(DavRequest request, SchedulePost post)
    {
        if (post.Account is null && !post.GoesByMail) return "3.7;Invalid calendar user";
        var refusal = await Sending.DeliverAsync(request.Services, request.Login.Session.Account, post);
        return refusal == Refusal.None ? "2.0;Success" : "5.1;It could not be delivered";
    }

    private static DavException Invalid() => new(403, DavNames.CalDav + "valid-scheduling-message");
}
