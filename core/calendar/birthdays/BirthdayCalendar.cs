using System.Globalization;
using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;

namespace CompatBot.Core.Calendar.Birthdays;

/// <summary>
/// The calendar of an account that is made of its contacts, and that nobody else changes. Which one it is stands in a property of the
/// root of the calendars, with how far the contacts are in it. Pure.
/// </summary>
/// <param name="Calendar">Default: there is none (yet).</param>
/// <param name="Through">The newest entry of the contacts that it is made of.</param>
public readonly record struct BirthdayCalendar(CollectionId Calendar, ulong Through)
{
    /// <summary>In Clark notation. No client sees or sets it.</summary>
    public const string Property = "{" + ItemProperties.OwnNamespace + "}birthdays";

    private const string Name = "birthdays";
    private const string OtherName = "contact-birthdays";

    private static readonly XNamespace Own = ItemProperties.OwnNamespace;

    /// <returns>Null: the contacts were never looked at, or the account wants none.</returns>
    public static BirthdayCalendar? Of(ItemState state)
    {
        if (!state.Root.Properties.TryGetValue(Property, out var stored)) return null;
        var root = XElement.Parse(stored);
        var calendar = state.Find(new CollectionId(Number(root, "calendar")));
        return new(calendar is { RemovedAt: 0, Kind: CollectionKind.Calendar } ? calendar.Id : default, Number(root, "through"));
    }

    /// <summary>Whether a collection is such a calendar.</summary>
    public static bool Is(ItemState state, CollectionId collection) =>
        collection.Value != 0 && Of(state) is { } birthdays && birthdays.Calendar == collection;

    /// <summary>A change as somebody wants it, refused where it touches what only the contacts decide.</summary>
    internal static Proposal<T> Guard<T>(ItemState state, Proposal<T> proposal)
    {
        if (proposal.Change is not { } change || Of(state) is not { } birthdays || birthdays.Calendar.Value == 0) return proposal;
        var id = birthdays.Calendar.Value;
        return change.Operations.Any(one => Touches(one, id)) ? Refusal.NotPermitted : proposal;
    }

    /// <summary>Makes the calendar.</summary>
    internal static Proposal<CollectionId> Make(ItemState state, DateTimeOffset now)
    {
        if (Of(state) is { Calendar: { Value: > 0 } there }) return Proposal<CollectionId>.Nothing(there);
        var name = state.Root.Children.ContainsKey(Name) ? OtherName : Name;
        if (state.Root.Children.ContainsKey(name)) return Refusal.AlreadyExists;
        var id = new CollectionId(state.NextId);
        var created = new CollectionCreated
        {
            Collection = id.Value,
            Parent = CollectionId.Root.Value,
            Name = name,
            Kind = (uint)CollectionKind.Calendar,
            Components = (uint)CalendarComponents.Event,
            Created = JournalClock.MicrosecondsOf(now),
            Properties =
            {
                new Property { Name = FirstCollections.DisplayName, Value = "<displayname xmlns=\"DAV:\">Birthdays</displayname>" },
            },
        };
        var change = new Change { Operations = { new Operation { CollectionCreated = created }, Mark(new(id, 0)) } };
        return Proposal<CollectionId>.Commit(change, id);
    }

    /// <summary>Says how far the contacts are in it; null: they are not looked at any more.</summary>
    internal static Operation Mark(BirthdayCalendar? birthdays)
    {
        var described = new PropertiesChanged { Collection = CollectionId.Root.Value };
        if (birthdays is not var (calendar, through)) described.Removed.Add(Property);
        else described.Set.Add(new Property { Name = Property, Value = Write(calendar, through) });
        return new Operation { PropertiesChanged = described };
    }

    private static string Write(CollectionId calendar, ulong through) => new XElement(
        Own + "birthdays",
        new XAttribute("calendar", calendar.ToString()),
        new XAttribute("through", through.ToString(CultureInfo.InvariantCulture))).ToString(SaveOptions.DisableFormatting);

    private static bool Touches(Operation one, ulong calendar) => one.KindCase switch
    {
        Operation.KindOneofCase.ItemPut => one.ItemPut.Collection == calendar,
        Operation.KindOneofCase.ItemRemoved => one.ItemRemoved.Collection == calendar,
        Operation.KindOneofCase.CollectionCreated => one.CollectionCreated.Parent == calendar,
        Operation.KindOneofCase.CollectionCopied => one.CollectionCopied.Parent == calendar,
        Operation.KindOneofCase.CollectionRestored => one.CollectionRestored.Parent == calendar,
        Operation.KindOneofCase.CollectionMoved => one.CollectionMoved.Collection == calendar || one.CollectionMoved.Parent == calendar,
        Operation.KindOneofCase.CollectionRemoved => one.CollectionRemoved.Collection == calendar,
        Operation.KindOneofCase.PropertiesChanged => one.PropertiesChanged.Collection == calendar && one.PropertiesChanged.Item.Length > 0,
        Operation.KindOneofCase.LockTaken => one.LockTaken.Collection == calendar,
        _ => false,
    };

    private static ulong Number(XElement element, string name) =>
        ulong.TryParse(element.Attribute(name)?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
