using System.Collections.Frozen;

namespace CompatBot.Formats.Json;

/// <summary>The value types that properties have without a VALUE parameter (RFC 5545 section 3.8, RFC 6350 section 6).</summary>
internal static class ValueTypes
{
    public const string Text = "text";

    /// <summary>Of a property that nobody knows: its value stays as it is written (RFC 7265 section 5).</summary>
    public const string Unknown = "unknown";

    private static readonly FrozenDictionary<string, string> OfCalendars = Table(
    [
        ("text", "CALSCALE METHOD PRODID VERSION CATEGORIES CLASS COMMENT DESCRIPTION LOCATION RESOURCES STATUS SUMMARY TRANSP TZID TZNAME "
            + "CONTACT RELATED-TO UID ACTION REQUEST-STATUS NAME COLOR BUSYTYPE"),
        ("date-time", "COMPLETED DTEND DUE DTSTART RECURRENCE-ID EXDATE RDATE CREATED DTSTAMP LAST-MODIFIED ACKNOWLEDGED TZUNTIL"),
        ("duration", "DURATION TRIGGER REFRESH-INTERVAL"),
        ("period", "FREEBUSY"),
        ("utc-offset", "TZOFFSETFROM TZOFFSETTO"),
        ("uri", "ATTACH TZURL URL SOURCE IMAGE CONFERENCE"),
        ("cal-address", "ATTENDEE ORGANIZER CALENDAR-ADDRESS"),
        ("recur", "RRULE EXRULE"),
        ("integer", "PERCENT-COMPLETE PRIORITY REPEAT SEQUENCE"),
        ("float", "GEO"),
    ]);

    private static readonly FrozenDictionary<string, string> OfCards = Table(
    [
        ("text", "FN N NICKNAME GENDER ADR EMAIL TEL TITLE ROLE ORG CATEGORIES NOTE PRODID CLIENTPIDMAP VERSION KIND XML TZ BIRTHPLACE "
            + "DEATHPLACE EXPERTISE HOBBY INTEREST"),
        ("uri", "SOURCE PHOTO IMPP GEO LOGO MEMBER RELATED UID SOUND URL FBURL CALADRURI CALURI KEY ORG-DIRECTORY CONTACT-URI"),
        ("date-and-or-time", "BDAY ANNIVERSARY DEATHDATE"),
        ("timestamp", "REV"),
        ("language-tag", "LANG"),
    ]);

    private static readonly FrozenSet<string> Lists = FrozenSet.Create(
        StringComparer.Ordinal, "CATEGORIES", "RESOURCES", "EXDATE", "RDATE", "FREEBUSY", "NICKNAME");

    private static readonly FrozenSet<string> Structures = FrozenSet.Create(
        StringComparer.Ordinal, "N", "ADR", "ORG", "GENDER", "CLIENTPIDMAP");

    public static string Of(string property, bool isCard) => (isCard ? OfCards : OfCalendars).GetValueOrDefault(property, Unknown);

    /// <summary>Whether a property has several values, with commas between them.</summary>
    public static bool IsList(string property) => Lists.Contains(property);

    /// <summary>Whether a property's value has several parts, with semicolons between them.</summary>
    public static bool IsStructured(string property, bool isCard) =>
        isCard ? Structures.Contains(property) : property is "GEO" or "REQUEST-STATUS";

    private static FrozenDictionary<string, string> Table((string Type, string Names)[] rows) =>
        rows.SelectMany(row => row.Names.Split(' ').Select(name => (name, row.Type))).ToFrozenDictionary(one => one.name, one => one.Type);
}
