using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;

namespace CompatBot.Core.Items;

/// <summary>
/// What a new account finds in its calendar and contacts: phones that find no calendar for events, or none for tasks, make their own
/// again at each refresh.
/// </summary>
internal static class FirstCollections
{
    public const string DisplayName = "{DAV:}displayname";

    public static Func<ItemState, DateTimeOffset, Proposal<bool>> Make(Realm realm) => (state, now) =>
    {
        var change = new Change();
        foreach (var (wanted, title, kind, components) in Of(realm))
        {
            // An account of an earlier version has calendars, but none for what is scheduled.
            if (state.Sequence > 0 && (!kind.IsFixed() || Has(state, kind))) continue;
            var name = state.Root.Children.ContainsKey(wanted) ? "schedule-" + wanted : wanted;
            change.Operations.Add(new Operation
            {
                CollectionCreated = new CollectionCreated
                {
                    Collection = state.NextId + (ulong)change.Operations.Count,
                    Parent = CollectionId.Root.Value,
                    Name = name,
                    Kind = (uint)kind,
                    Components = (uint)components,
                    Created = JournalClock.MicrosecondsOf(now),
                    Properties = { new Property { Name = DisplayName, Value = $"<displayname xmlns=\"DAV:\">{title}</displayname>" } },
                },
            });
        }

        return change.Operations.Count == 0
            ? Proposal<bool>.Nothing(true)
            : Proposal<bool>.Commit(change, true);
    };

    /// <summary>Whether something is missing that is made for every account.</summary>
    public static bool AreMissing(ItemState state, Realm realm) =>
        state.Sequence == 0 || Of(realm).Any(one => one.Kind.IsFixed() && !Has(state, one.Kind));

    private static bool Has(ItemState state, CollectionKind kind) =>
        state.Root.Children.Values.Any(child => state.Collections[child].Kind == kind);

    private static (string Name, string Title, CollectionKind Kind, CalendarComponents Components)[] Of(Realm realm) => realm switch
    {
        Realm.Calendar =>
        [
            ("calendar", "Calendar", CollectionKind.Calendar, CalendarComponents.Event),
            ("tasks", "Tasks", CollectionKind.Calendar, CalendarComponents.Task | CalendarComponents.Journal),
            ("inbox", "Inbox", CollectionKind.ScheduleInbox, CalendarComponents.None),
            ("outbox", "Outbox", CollectionKind.ScheduleOutbox, CalendarComponents.None),
            ("notifications", "Notifications", CollectionKind.Notifications, CalendarComponents.None),
        ],
        Realm.Contacts => [("contacts", "Contacts", CollectionKind.AddressBook, CalendarComponents.None)],
        _ => [],
    };
}
