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
        foreach (var (name, title, kind, components) in Of(realm))
        {
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

        return state.Sequence > 0 || change.Operations.Count == 0
            ? Proposal<bool>.Nothing(true)
            : Proposal<bool>.Commit(change, true);
    };

    private static (string Name, string Title, CollectionKind Kind, CalendarComponents Components)[] Of(Realm realm) => realm switch
    {
        Realm.Calendar =>
        [
            ("calendar", "Calendar", CollectionKind.Calendar, CalendarComponents.Event),
            ("tasks", "Tasks", CollectionKind.Calendar, CalendarComponents.Task | CalendarComponents.Journal),
        ],
        Realm.Contacts => [("contacts", "Contacts", CollectionKind.AddressBook, CalendarComponents.None)],
        _ => [],
    };
}
