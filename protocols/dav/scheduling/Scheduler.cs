using System.Text;
using CompatBot.Core.Calendar;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Icalendar.Itip;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Scheduling;

/// <summary>
/// Implicit scheduling (RFC 6638 section 3.2): what a client's PUT or DELETE of an event means for those who attend or organize it, worked
/// out before the change and sent when it is durable.
/// </summary>
internal static class Scheduler
{
    /// <summary>What a new version of an object brings with it.</summary>
    /// <param name="before">What is there; null: nothing.</param>
    /// <param name="after">What the client stores.</param>
    /// <returns>Null: nobody organizes it, or its owner has no part in it.</returns>
    /// <exception cref="DavException">A precondition of RFC 6638 section 3.2.4 does not hold.</exception>
    public static async ValueTask<SchedulePlan?> PlanAsync(
        DavRequest request, ItemStore items, ItemRow? before, ReadOnlyMemory<byte> after)
    {
        if (request.Services.Schedules is null) return null;
        if (before is not { Schedule: > 0 } && after.Span.IndexOf("ORGANIZER"u8) < 0 && after.Span.IndexOf("organizer"u8) < 0) return null;
        if (Component.Read(after.Span, out var roots) is not null) return null;
        var plan = await PlanAsync(request, items, before, roots[0]);
        if (plan is not null && before is null) await CheckUniqueAsync(request, items, roots[0]);
        var isAsItCame = plan?.Calendar is { } calendar && Octets(calendar).AsSpan().SequenceEqual(Octets(roots[0]));
        return isAsItCame ? plan! with { Calendar = null } : plan;
    }

    private static async ValueTask<SchedulePlan?> PlanAsync(DavRequest request, ItemStore items, ItemRow? before, Component after)
    {
        var (old, now) = (await ReadAsync(request, items, before), new SchedulingObject(after));
        if (now.Organizer is not { } organizer) return old is null ? null : await RemovedAsync(request, old, after);
        if (now.Parts.Any(part => CalendarUser.OrganizerOf(part) is { } one && one != organizer))
        {
            throw new DavException(403, DavNames.CalDav + "same-organizer-in-all-components");
        }

        var me = request.Login.Addresses;
        var known = old is null ? null : new SchedulingObject(old);
        if (known?.Organizer is { } owner && owner != organizer)
        {
            throw new DavException(403, DavNames.CalDav
                + (me.Contains(owner) ? "allowed-organizer-scheduling-object-change" : "allowed-attendee-scheduling-object-change"));
        }

        if (me.Contains(organizer))
        {
            var isMerged = request.Header("If-Schedule-Tag-Match") is not null && old is not null;
            var kept = isMerged ? Answers.Kept(old!, after, organizer) : after;
            var asking = OrganizerMessages.Asking(old, kept);
            return await PlanAsync(request, OrganizerMessages.Of(old, asking, Stamp(request)), asking, me);
        }

        if (known?.OrganizerLine is { } line && CalendarUser.IsScheduled(line)
            && known.Attendees.FirstOrDefault(me.Contains) is { } invited)
        {
            after = AttendeeChanges.Allowed(old!, after, invited)
                ?? throw new DavException(403, DavNames.CalDav + "allowed-attendee-scheduling-object-change");
        }

        return now.Attendees.FirstOrDefault(me.Contains) is { } attendee
            ? await PlanAsync(request, AttendeeMessages.Of(old, after, attendee, Stamp(request)), after, me)
            : null;
    }

    /// <summary>An event that is scheduled is in one calendar of its owner (RFC 6638 section 3.2.4.1).</summary>
    private static async ValueTask CheckUniqueAsync(DavRequest request, ItemStore items, Component calendar)
    {
        if (calendar.Components.First(one => one.Name != "VTIMEZONE").Find("UID")?.Text.Trim() is not { } uid) return;
        if (await FindAsync(items, uid, request.Cancellation) is not var (place, row)) return;
        var parent = items.State.Find(place.Parent)!;
        if (request.Path.Names.Count > 1 && ItemNames.Fold(request.Path.Names[^2]) == parent.Name) return; // no-uid-conflict says so.
        var other = request.Path with { Names = [parent.Name, row.Name] };
        throw new DavException(403, DavNames.CalDav + "unique-scheduling-object-resource")
        {
            Hrefs = request.Guest is null ? [DavHref.Of(other)] : [], // Another calendar of the owner is nothing for a member.
        };
    }

    /// <summary>What the removal of an object brings with it; null: nothing.</summary>
    public static async ValueTask<SchedulePlan?> PlanRemovalAsync(DavRequest request, ItemStore items, ItemRow row)
    {
        if (request.Services.Schedules is null || row.Schedule == 0) return null;
        return await ReadAsync(request, items, row) is { } old ? await RemovedAsync(request, old, null) : null;
    }

    public static byte[] Octets(Component calendar)
    {
        var text = new StringBuilder();
        calendar.Write(text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Which account a calendar user is; and how a message to them fares.</summary>
    public static async ValueTask<(AccountRecord? Account, string Status)> ResolveAsync(
        DavServices services, string user, CancellationToken cancellation)
    {
        if (Address.Parse(user) is not { } address) return (null, "3.7");
        if (await services.Accounts.ResolveAsync(address, cancellation) is { } account) return (account, "1.2");
        if (await services.Accounts.IsLocalAsync(address.Domain, cancellation)) return (null, "3.7");
        return (null, services.Post is null ? "5.3" : "1.1");
    }

    private static async ValueTask<SchedulePlan?> RemovedAsync(DavRequest request, Component old, Component? after)
    {
        var was = new SchedulingObject(old);
        var me = request.Login.Addresses;
        if (was.Organizer is { } organizer && me.Contains(organizer))
        {
            return await PlanAsync(request, OrganizerMessages.Of(old, null, Stamp(request)), after, me);
        }

        if (after is not null) throw new DavException(403, DavNames.CalDav + "allowed-attendee-scheduling-object-change");
        if ("F".Equals(request.Header("Schedule-Reply"), StringComparison.OrdinalIgnoreCase)) return null;
        return was.Attendees.FirstOrDefault(me.Contains) is { } attendee
            ? await PlanAsync(request, AttendeeMessages.Of(old, null, attendee, Stamp(request)), after, me)
            : null;
    }

    private static async ValueTask<SchedulePlan> PlanAsync(
        DavRequest request, IReadOnlyList<ItipMessage> messages, Component? after, IReadOnlyList<string> me)
    {
        var limits = request.Services.Limits;
        if (messages.Select(message => message.To).Distinct().Count() > limits.AttendeesMax)
        {
            throw new DavException(403, DavNames.CalDav + "max-attendees-per-instance");
        }

        var posts = new List<SchedulePost>();
        foreach (var message in messages.Where(one => !me.Contains(one.To)))
        {
            var (account, status) = await ResolveAsync(request.Services, message.To, request.Cancellation);
            posts.Add(new SchedulePost(message, account, status));
        }

        Admit(request, posts);
        var statuses = posts.ToLookup(post => post.Message.To, post => post.Status);
        var stored = after is null ? null : Answers.WithStatus(after, user => statuses[user].FirstOrDefault());
        return new SchedulePlan(stored, posts);
    }

    /// <summary>Counts what goes by mail.</summary>
    /// <exception cref="DavException">429: it is too much.</exception>
    public static void Admit(DavRequest request, IReadOnlyList<SchedulePost> posts)
    {
        var mails = posts.Count(post => post.GoesByMail);
        if (mails > 0 && !request.Services.Invitations.Take(request.Login.Session.Account, mails))
        {
            throw new DavException(429, null, "Too many invitations in an hour");
        }
    }

    /// <summary>The scheduling object with a UID, in whichever calendar it is.</summary>
    public static async ValueTask<(ItemPlace Place, ItemRow Row)?> FindAsync(
        ItemStore items, string uid, CancellationToken cancellation)
    {
        foreach (var id in ScheduleCalendars.All(items.State, isTransparent: true).ToList())
        {
            if (await items.OpenAsync(id, cancellation) is not { Table: { } table }) continue;
            var row = table.Rows.FirstOrDefault(one => one.Schedule > 0 && one.Facts.Uid == uid);
            if (row is not null) return (new ItemPlace(id, row.Name), row);
        }

        return null;
    }

    /// <returns>Null: there is none, or it does not parse.</returns>
    public static async ValueTask<Component?> ReadAsync(DavRequest request, ItemStore items, ItemRow? row)
    {
        if (row is null) return null;
        var octets = await items.Read(row).ReadAllAsync(request.Cancellation);
        return Component.Read(octets.Span, out var roots) is null ? roots[0] : null;
    }

    private static string Stamp(DavRequest request) => CalendarExpansion.UtcText(request.Now.ToUnixTimeSeconds());
}
