using System.Xml.Linq;
using CompatBot.Core.Calendar.Proto;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;

namespace CompatBot.Core.Calendar.Sharing;

/// <summary>
/// What a message about a shared calendar does in the realm that it comes to: at the member, a collection that stands for the calendar is
/// there, changes, or goes; at the owner, the calendar says who has left. Pure.
/// </summary>
internal static class ShareIntake
{
    /// <summary>Calendars of others in one realm; what comes beyond it is passed over.</summary>
    public const int SharedMax = 200;

    /// <param name="number">In the dropbox.</param>
    /// <param name="empty">Written content of no octets, for what the account is told.</param>
    public static Func<ItemState, DateTimeOffset, Proposal<bool>> Take(DroppedShare share, ulong number, NewItem empty) => (state, now) =>
    {
        if (state.DropboxThrough >= number) return Proposal<bool>.Nothing(false); // Another writer of the account took it in.
        var change = new Change();
        var microseconds = JournalClock.MicrosecondsOf(now);
        var notice = NoticeOf(state, share);
        change.Operations.AddRange(Operations(state, share, microseconds));
        var free = state.NextId + (ulong)change.Operations.Count(one => one.CollectionCreated is not null);
        if (notice is not null) change.Operations.AddRange(notice.Put(state, empty, free, microseconds));
        change.Operations.Add(new Operation { DropboxTaken = new DropboxTaken { Through = number } });
        return Proposal<bool>.Commit(change, true);
    };

    /// <summary>What the account has to hear; null: nothing, or not about one calendar.</summary>
    private static ShareNotice? NoticeOf(ItemState state, DroppedShare share)
    {
        var calendar = new CollectionId(share.Calendar);
        if (share.HasLeft || share.HasAccepted)
        {
            if (calendar == CollectionId.Root || state.Find(calendar) is not { RemovedAt: 0 } own) return null;
            var news = share.HasLeft ? ShareNews.Declined : ShareNews.Accepted;
            return CalendarShare.Of(own).FirstOrDefault(one => one.Uid == share.Uid) is { } known
                ? new ShareNotice(share.Uid, news, known.Address, calendar, CalendarSharing.TitleOf(own), known.MayWrite)
                : null;
        }

        var there = SharedCalendar.All(state).FirstOrDefault(one => one.Shared.Uid == share.Uid);
        if (share.IsOver)
        {
            return there.Shared is { IsAll: false } gone
                ? new ShareNotice(share.Uid, ShareNews.Over, gone.Owner, gone.Calendar, CalendarSharing.TitleOf(there.Mount), gone.MayWrite)
                : null;
        }

        return calendar == CollectionId.Root || there.Shared?.MayWrite == share.MayWrite
            ? null
            : new ShareNotice(share.Uid, ShareNews.Invited, share.Owner, calendar, share.Title, share.MayWrite);
    }

    private static IEnumerable<Operation> Operations(ItemState state, DroppedShare share, long microseconds)
    {
        if (share.HasAccepted) return [];
        if (share.HasLeft) return Left(state, share);
        var mounts = SharedCalendar.All(state).ToList();
        var mount = mounts.Find(one => one.Shared.Uid == share.Uid).Mount;
        if (share.IsOver)
        {
            return mount is null ? [] :
            [
                new Operation
                {
                    CollectionRemoved = new CollectionRemoved
                    {
                        Collection = mount.Id.Value, Parent = mount.Parent.Value, Name = mount.Name,
                    },
                },
            ];
        }

        var link = new SharedCalendar(
            share.Uid, share.Owner, new CollectionId(share.Calendar), share.MayWrite, new Password(share.Password)).Write();
        var property = new Property { Name = SharedCalendar.Property, Value = link };
        if (mount is not null) return [Described(mount.Id, property)];
        var name = "shared-" + share.Uid;
        if (mounts.Count >= SharedMax || share.Uid.Length == 0 || !ItemNames.IsValid(name)) return [];
        if (state.Root.Children.ContainsKey(name)) return [];
        var title = new XElement(XName.Get(FirstCollections.DisplayName), $"{share.Title} ({share.Owner})");
        var created = new CollectionCreated
        {
            Collection = state.NextId,
            Parent = CollectionId.Root.Value,
            Name = name,
            Kind = (uint)CollectionKind.Shared,
            Created = microseconds,
            Properties = { property, new Property { Name = FirstCollections.DisplayName, Value = title.ToString() } },
        };
        return [new Operation { CollectionCreated = created }];
    }

    private static IEnumerable<Operation> Left(ItemState state, DroppedShare share)
    {
        if (state.Find(new CollectionId(share.Calendar)) is not { RemovedAt: 0 } calendar) return [];
        var shares = CalendarShare.Of(calendar);
        if (!shares.Any(one => one.Uid == share.Uid)) return [];
        List<CalendarShare> left = [.. shares.Select(one => one.Uid == share.Uid ? one with { HasLeft = true } : one)];
        return [Described(calendar.Id, new Property { Name = CalendarShare.Property, Value = CalendarShare.Write(calendar.Id, left) })];
    }

    private static Operation Described(CollectionId collection, Property property) => new()
    {
        PropertiesChanged = new PropertiesChanged { Collection = collection.Value, Set = { property } },
    };
}
