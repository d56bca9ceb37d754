using System.Collections.Concurrent;
using CompatBot.Core.Calendar;
using CompatBot.Core.Calendar.Attachments;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Calendar.Subscriptions;
using CompatBot.Core.Drops;
using CompatBot.Core.Identity;
using CompatBot.Core.Push;
using CompatBot.Core.Queue;
using CompatBot.Protocols.Dav.Scheduling;
using CompatBot.Protocols.Net.Sasl;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Dav;

/// <summary>What all requests of a process share.</summary>
public sealed record DavServices(
    Logins Logins, Accounts Accounts, Quotas Quotas, DavLimits Limits, TimeProvider Time, ILogger<DavHandler> Log)
{
    /// <summary>Brings invitations and answers to calendars of this server; null: nothing is scheduled.</summary>
    public ScheduleDeliveries? Schedules { get; init; }

    /// <summary>Shares calendars between accounts; null: nothing is shared.</summary>
    public CalendarSharing? Sharing { get; init; }

    /// <summary>Which accounts the others of their domain find; null: none.</summary>
    public Listings? Listings { get; init; }

    /// <summary>Fetches subscribed calendars; null: nobody does.</summary>
    public SubscriptionRounds? Subscriptions { get; init; }

    /// <summary>Tells clients that subscribed of changes; null: nobody does.</summary>
    public PushRounds? Push { get; init; }

    /// <summary>Opens attachments of calendar objects by their URLs; null: they do not open.</summary>
    public AttachmentLinks? Attachments { get; init; }

    /// <summary>Sends those for users elsewhere; null: they get none.</summary>
    public IMailPost? Post { get; init; }

    /// <summary>Takes what devices that may only upload send; null: they are not let in.</summary>
    public FileDrops? Drops { get; init; }

    /// <summary>How many an account sends by mail.</summary>
    public InvitationPace Invitations { get; } = new(Limits.InvitationsPerHourMax, Time);

    /// <summary>Names of what requests of this process are sending now.</summary>
    internal ConcurrentDictionary<string, bool> Sendings { get; } = new(StringComparer.Ordinal);
}
