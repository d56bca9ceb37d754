using System.Collections.Frozen;

namespace CompatBot.Formats.Vobject;

/// <summary>Names that nearly every object has, so that each is in memory once.</summary>
internal static class PropertyNames
{
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Known = FrozenSet.Create(
        StringComparer.Ordinal,
        "BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "METHOD", "UID", "DTSTAMP", "DTSTART", "DTEND", "DURATION", "DUE", "RRULE",
        "RDATE", "EXDATE", "RECURRENCE-ID", "SUMMARY", "DESCRIPTION", "LOCATION", "CATEGORIES", "CLASS", "STATUS", "TRANSP", "SEQUENCE",
        "PRIORITY", "CREATED", "LAST-MODIFIED", "COMPLETED", "PERCENT-COMPLETE", "ORGANIZER", "ATTENDEE", "ATTACH", "URL", "GEO",
        "ACTION", "TRIGGER", "REPEAT", "TZID", "TZNAME", "TZOFFSETFROM", "TZOFFSETTO", "TZURL", "FREEBUSY",
        "FN", "N", "NICKNAME", "PHOTO", "BDAY", "ANNIVERSARY", "ADR", "LABEL", "TEL", "EMAIL", "IMPP", "LANG", "TZ", "TITLE", "ROLE",
        "ORG", "LOGO", "NOTE", "REV", "SOUND", "KEY", "KIND", "MEMBER", "RELATED", "GENDER", "X-ABLABEL",
        "VALUE", "CN", "CUTYPE", "PARTSTAT", "RSVP", "EMAIL", "TYPE", "PREF", "ENCODING", "CHARSET", "FMTTYPE", "LANGUAGE")
        .GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>A property's name, in upper case.</summary>
    public static string Of(ReadOnlySpan<char> name) => Known.TryGetValue(name, out var known) ? known : name.ToString().ToUpperInvariant();

    /// <summary>A parameter's name, as it is written.</summary>
    public static string OfParameter(ReadOnlySpan<char> name) => Known.TryGetValue(name, out var known) ? known : name.ToString();
}
