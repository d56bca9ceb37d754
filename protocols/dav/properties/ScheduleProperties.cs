using System.Xml.Linq;
using CompatBot.Core.Calendar;
using CompatBot.Core.Items;
using CompatBot.Protocols.Dav.Conditions;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Properties;

/// <summary>Where invitations come in and what is done with them (RFC 6638 sections 2 and 9).</summary>
internal static class ScheduleProperties
{
    public static readonly XName DefaultCalendar = XName.Get(ScheduleCalendars.DefaultCalendar);
    public static readonly XName Transparency = XName.Get(ScheduleCalendars.Transparency);

    public static IEnumerable<LiveProperty> All() =>
    [
        Box("schedule-inbox-URL", CollectionKind.ScheduleInbox),
        Box("schedule-outbox-URL", CollectionKind.ScheduleOutbox),
        new(DavNames.CalDav + "calendar-user-type", one => one.Area == DavArea.Principal, (xml, _) => xml.WriteString("INDIVIDUAL")),
        new(DefaultCalendar, one => one.Collection?.Kind == CollectionKind.ScheduleInbox && DefaultOf(one) is not null, (xml, one) =>
            xml.Text(DavNames.Dav + "href", HrefOf(one, DefaultOf(one)!.Name))),
        new(Transparency, one => one.Collection?.Kind == CollectionKind.Calendar, (xml, one) =>
        {
            var stored = one.Kept.GetValueOrDefault(Transparency.ToString());
            var value = stored is null ? null : XElement.Parse(stored).Elements().FirstOrDefault();
            xml.Empty(DavNames.CalDav + (value?.Name.LocalName == "transparent" ? "transparent" : "opaque"));
        }),
        new(DavNames.CalDav + "schedule-tag", one => one.Item is { Schedule: > 0 }, (xml, one) =>
            xml.WriteString(ETags.OfSchedule(one.Item!))),
    ];

    /// <summary>Whether a client may set a property that the server knows a value for.</summary>
    public static bool IsChosen(XName name) => name == DefaultCalendar || name == Transparency;

    private static LiveProperty Box(string name, CollectionKind kind) => new(
        DavNames.CalDav + name,
        one => one.Area == DavArea.Principal && one.Request.Boxes is { } state && ScheduleCalendars.Find(state, kind) is not null,
        (xml, one) => xml.Text(DavNames.Dav + "href", HrefOf(one, ScheduleCalendars.Find(one.Request.Boxes!, kind)!.Name)));

    private static CollectionState? DefaultOf(DavResource inbox) => ScheduleCalendars.Default(inbox.State!, CalendarComponents.Event);

    private static string HrefOf(DavResource resource, string name) =>
        DavHref.Root(DavArea.Calendars, resource.Request.Address) + DavHref.Encode(name) + "/";
}
