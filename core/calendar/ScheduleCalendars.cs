using System.Xml.Linq;
using CompatBot.Core.Calendar.Birthdays;
using CompatBot.Core.Items;

namespace CompatBot.Core.Calendar;

/// <summary>Which of an account's collections scheduling uses. Pure.</summary>
public static class ScheduleCalendars
{
    /// <summary>Of the inbox: the calendar into which what is new goes (RFC 6638 section 9.2), in Clark notation.</summary>
    public const string DefaultCalendar = "{urn:ietf:params:xml:ns:caldav}schedule-default-calendar-URL";

    /// <summary>Of a calendar: whether its events make busy (RFC 6638 section 9.1), in Clark notation.</summary>
    public const string Transparency = "{urn:ietf:params:xml:ns:caldav}schedule-calendar-transp";

    /// <summary>The scheduling inbox, or outbox.</summary>
    public static CollectionState? Find(ItemState state, CollectionKind kind) =>
        state.Root.Children.Values.Select(id => state.Collections[id]).FirstOrDefault(one => one.Kind == kind);

    /// <summary>All calendars, or those that make busy.</summary>
    public static IEnumerable<CollectionId> All(ItemState state, bool isTransparent) =>
        from id in state.Root.Children.Values
        let one = state.Collections[id]
        where one.Kind == CollectionKind.Calendar && (isTransparent || !IsTransparent(one))
        select id;

    /// <summary>The calendar for what is new: the one that the owner chose, else the first that takes it; null: none does.</summary>
    public static CollectionState? Default(ItemState state, CalendarComponents component)
    {
        var birthdays = BirthdayCalendar.Of(state)?.Calendar ?? default;
        bool Takes(CollectionState one) =>
            one.Kind == CollectionKind.Calendar && (one.Components & component) != 0 && one.Id != birthdays;
        var chosen = Find(state, CollectionKind.ScheduleInbox)?.Properties.GetValueOrDefault(DefaultCalendar);
        if (chosen is not null && NameIn(chosen) is { } name && state.Root.Children.TryGetValue(name, out var id)
            && Takes(state.Collections[id]))
        {
            return state.Collections[id];
        }

        return state.Root.Children.Values.Select(child => state.Collections[child]).Where(Takes).MinBy(one => one.Id.Value);
    }

    /// <summary>Whether a calendar is the only one into which invitations can go.</summary>
    public static bool IsNeeded(ItemState state, CollectionState calendar) =>
        (calendar.Components & CalendarComponents.Event) != 0
        && !state.Root.Children.Values.Select(id => state.Collections[id]).Any(one =>
            one.Id != calendar.Id && one.Kind == CollectionKind.Calendar && (one.Components & CalendarComponents.Event) != 0
            && !BirthdayCalendar.Is(state, one.Id));

    /// <summary>The name of the calendar that a stored property's href ends with.</summary>
    public static string? NameIn(string property)
    {
        var href = XElement.Parse(property).Value.Trim().TrimEnd('/');
        var name = href[(href.LastIndexOf('/') + 1)..];
        return name.Length == 0 ? null : ItemNames.Fold(Uri.UnescapeDataString(name));
    }

    /// <summary>The text of a stored property.</summary>
    public static string TextOf(string property) => XElement.Parse(property).Value;

    private static bool IsTransparent(CollectionState calendar) =>
        calendar.Properties.GetValueOrDefault(Transparency) is { } stored
        && XElement.Parse(stored).Elements().Any(one => one.Name.LocalName == "transparent");
}
