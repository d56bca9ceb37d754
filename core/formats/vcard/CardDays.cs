using System.Globalization;
using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Vcard;

/// <summary>A day of each year that a contact names.</summary>
/// <param name="IsBirthday">Otherwise the anniversary of a wedding.</param>
/// <param name="Year">Of the first time; null: the contact does not say.</param>
public readonly record struct CardDay(bool IsBirthday, int? Year, int Month, int Day);

/// <summary>
/// The birthday and the anniversary of a contact (RFC 6350 sections 6.2.5 and 6.2.6), in the forms of all versions and of those programs
/// that have words of their own for them.
/// </summary>
public static class CardDays
{
    private const int YearMax = 3000;

    /// <summary>Any leap year.</summary>
    private const int LeapYear = 2000;

    /// <returns>At most one of each; none for a group.</returns>
    public static IEnumerable<CardDay> Of(Component card)
    {
        var kind = card.Find("KIND") ?? card.Find("X-ADDRESSBOOKSERVER-KIND");
        if (kind is not null && kind.Value.Trim().Equals("group", StringComparison.OrdinalIgnoreCase)) yield break;
        if (First(card.All("BDAY"), isBirthday: true) is { } birthday) yield return birthday;
        var anniversaries = card.All("ANNIVERSARY").Concat(card.All("X-ANNIVERSARY")).Concat(card.All("X-EVOLUTION-ANNIVERSARY"))
            .Concat(card.All("X-ABDATE").Where(one => IsLabelled(card, one)));
        if (First(anniversaries, isBirthday: false) is { } anniversary) yield return anniversary;
    }

    private static CardDay? First(IEnumerable<ContentLine> lines, bool isBirthday) =>
        lines.Select(one => Read(one, isBirthday)).FirstOrDefault(one => one is not null);

    /// <summary>Apple: item1.X-ABDATE:2005-06-01 and item1.X-ABLABEL:_$!&lt;Anniversary&gt;!$_</summary>
    private static bool IsLabelled(Component card, ContentLine date) => date.Group is { } group && card.All("X-ABLABEL").Any(label =>
        group.Equals(label.Group, StringComparison.OrdinalIgnoreCase)
        && label.Value.Contains("Anniversary", StringComparison.OrdinalIgnoreCase));

    /// <summary>19800412, 1980-04-12, --0412, --04-12, each with a time behind it or not; null for what names no day.</summary>
    private static CardDay? Read(ContentLine line, bool isBirthday)
    {
        if ("text".Equals(line["VALUE"], StringComparison.OrdinalIgnoreCase)) return null;
        var date = line.Value.Trim().Split('T', ' ')[0];
        int? year = null;
        if (date.StartsWith("--", StringComparison.Ordinal))
        {
            date = date[2..];
        }
        else
        {
            if (date.Length < 4 || Number(date[..4]) is not { } written) return null;
            var isOmitted = line["X-APPLE-OMIT-YEAR"] is { } omitted && Number(omitted.Trim()) == written;
            year = isOmitted || written is 0 or > YearMax ? null : written;
            date = date[4..];
        }

        var digits = date.Replace("-", "", StringComparison.Ordinal);
        if (digits.Length != 4 || Number(digits[..2]) is not { } month || Number(digits[2..]) is not { } day) return null;
        var isDay = month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year ?? LeapYear, month);
        return isDay ? new CardDay(isBirthday, year, month, day) : null;
    }

    private static int? Number(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
