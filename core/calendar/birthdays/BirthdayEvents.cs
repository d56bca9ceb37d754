using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Store;
using CompatBot.Formats.Vcard;
using CompatBot.Formats.Vobject;

namespace CompatBot.Core.Calendar.Birthdays;

/// <summary>Writes the days of a contact as events. Pure: the same contact gives the same octets for ever.</summary>
internal static class BirthdayEvents
{
    private const int NameCharactersMax = 200;

    /// <summary>Where a day without a year begins: a leap year, before which no device was.</summary>
    private const int FirstYear = 1972;

    /// <summary>The names of the events that a contact may have, by its number in the realm.</summary>
    public static string NameOf(ulong contact, bool isBirthday) =>
        string.Create(CultureInfo.InvariantCulture, $"{(isBirthday ? "birthday" : "anniversary")}-{contact}.ics");

    /// <summary>The contact that a name names; null: it is of no such event.</summary>
    public static ulong? ContactOf(string name)
    {
        var from = name.IndexOf('-', StringComparison.Ordinal) + 1;
        var isNumber = name.EndsWith(".ics", StringComparison.Ordinal) && from > 0 && from < name.Length - 4;
        return isNumber && ulong.TryParse(name.AsSpan(from..^4), NumberStyles.None, CultureInfo.InvariantCulture, out var contact)
            ? contact
            : null;
    }

    /// <summary>Its events, each with its name.</summary>
    public static IEnumerable<(string Name, byte[] Octets)> Of(AccountId account, ulong contact, Component card)
    {
        var person = card.Find("FN")?.Text.Trim() ?? "";
        if (person.Length == 0) yield break;
        if (person.Length > NameCharactersMax) person = person[..NameCharactersMax];
        foreach (var day in CardDays.Of(card))
        {
            var name = NameOf(contact, day.IsBirthday);
            yield return (name, Write(UidOf(account, name), person, day));
        }
    }

    /// <summary>Of no other event anywhere, as programs show calendars of several accounts.</summary>
    private static string UidOf(AccountId account, string name) =>
        Convert.ToHexStringLower(SHA256.HashData([.. account.ToBytes(), .. Encoding.UTF8.GetBytes(name)]).AsSpan(0, 16));

    private static byte[] Write(string uid, string person, CardDay day)
    {
        var start = new DateOnly(day.Year ?? FirstYear, day.Month, day.Day);
        var since = day.Year is { } year ? string.Create(CultureInfo.InvariantCulture, $" ({year})") : "";
        var summary = $"{person}'s {(day.IsBirthday ? "birthday" : "anniversary")}{since}";
        var date = new Parameter("VALUE", ["DATE"]);
        ContentLine[] lines =
        [
            new("UID", [], uid),
            new("DTSTAMP", [], "20000101T000000Z"), // When it was written says nothing, and would make another event of it.
            new("DTSTART", [date], Text(start)),
            new("DTEND", [date], Text(start.AddDays(1))),
            // In years without a 29 February, the day before March.
            new("RRULE", [], day is { Month: 2, Day: 29 } ? "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1" : "FREQ=YEARLY"),
            new("SUMMARY", [], ContentLine.Escape(summary)),
            new("CATEGORIES", [], day.IsBirthday ? "Birthday" : "Anniversary"),
            new("TRANSP", [], "TRANSPARENT"),
        ];
        var whole = new Component("VCALENDAR").With(
            [new ContentLine("VERSION", [], "2.0"), new ContentLine("PRODID", [], "-//CompatBot//EN")],
            [new Component("VEVENT").With(lines, [])]);
        var text = new StringBuilder();
        whole.Write(text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string Text(DateOnly date) => date.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
}
