using System.Globalization;
using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Vcard;

/// <summary>vCard 4.0 as 3.0, with the words of Apple and others where 3.0 has none.</summary>
internal static class CardTo3
{
    public static Component Convert(Component card)
    {
        List<ContentLine> lines = [new("VERSION", [], "3.0")];
        if (card.Find("N") is null) lines.Add(new ContentLine("N", [], NameOf(card)));
        if (card.Find("FN") is null) lines.Add(new ContentLine("FN", [], ""));
        foreach (var line in card.Properties)
        {
            switch (line.Name)
            {
                case "VERSION" or "CLIENTPIDMAP":
                    break;
                case "KIND" when line.Value.Trim().Equals("org", StringComparison.OrdinalIgnoreCase):
                    lines.Add(new ContentLine("X-ABSHOWAS", [], "COMPANY"));
                    break;
                case "KIND" when line.Value.Trim().Equals("individual", StringComparison.OrdinalIgnoreCase):
                    break;
                case "N" when line["SORT-AS"] is { } sort:
                    lines.Add(Plain(line, card));
                    lines.Add(new ContentLine("SORT-STRING", [], ContentLine.Escape(sort)));
                    break;
                case "ADR" when line["LABEL"] is { } label:
                    var address = Plain(line with { Parameters = [.. CardWords.Others(line, "LABEL")] }, card);
                    lines.Add(address);
                    var types = address.Parameters.Where(one => CardWords.Is(one, "TYPE"));
                    lines.Add(new ContentLine("LABEL", [.. types], ContentLine.Escape(label)));
                    break;
                default:
                    lines.Add(One(line, card));
                    break;
            }
        }

        return card.With(lines, []);
    }

    /// <summary>3.0 demands a name: what is shown, as the family name.</summary>
    private static string NameOf(Component card) => (card.Find("FN") is { } shown ? ContentLine.Escape(shown.Text) : "") + ";;;;";

    private static ContentLine One(ContentLine line, Component card)
    {
        if (CardWords.IsBinary(line.Name)) return Binary(line, card);
        if (CardWords.IsDate(line.Name)) return Date(Renamed(line));
        if (line.Name == "GEO" && line.Value.StartsWith("geo:", StringComparison.OrdinalIgnoreCase))
        {
            return line with { Value = line.Value[4..].Split(';')[0].Replace(',', ';') };
        }

        if (line.Name == "TEL" && line.Value.StartsWith("tel:", StringComparison.OrdinalIgnoreCase))
        {
            return Plain(line with { Value = line.Value[4..].Replace(";ext=", " x", StringComparison.Ordinal) }, card);
        }

        return Plain(Renamed(line), card);
    }

    private static ContentLine Renamed(ContentLine line)
    {
        if (line.Name.StartsWith("X-", StringComparison.Ordinal) && CardWords.Only3.Contains(line.Name[2..]))
        {
            return line with { Name = line.Name[2..] };
        }

        var known = CardWords.Renamed.FirstOrDefault(one => one.Name4 == line.Name);
        return known.Name3 is null ? line : line with { Name = known.Name3 };
    }

    /// <summary>The most preferred of its kind gets TYPE=PREF; what only 4.0 says of a property goes.</summary>
    private static ContentLine Plain(ContentLine line, Component card)
    {
        List<Parameter> rest = [.. CardWords.Others(line, "PREF", "ALTID", "PID", "MEDIATYPE", "VALUE", "TYPE", "SORT-AS")];
        List<string> types = [.. CardWords.Types(line).Select(type => type.ToUpperInvariant())];
        if (IsMostPreferred(line, card)) types.Add("PREF");
        if (types.Count > 0) rest.Add(new Parameter("TYPE", types));
        return line with { Parameters = rest };
    }

    private static bool IsMostPreferred(ContentLine line, Component card) =>
        Preference(line) is { } mine && card.All(line.Name).All(other => Preference(other) is not { } theirs || theirs >= mine);

    private static int? Preference(ContentLine line) =>
        int.TryParse(line["PREF"], NumberStyles.None, CultureInfo.InvariantCulture, out var rank) ? rank : null;

    private static ContentLine Binary(ContentLine line, Component card)
    {
        List<Parameter> rest = [.. CardWords.Others(line, "PREF", "ALTID", "PID", "MEDIATYPE", "VALUE", "TYPE", "ENCODING")];
        List<string> preferred = IsMostPreferred(line, card) ? ["PREF"] : [];
        var comma = line.Value.IndexOf(',', StringComparison.Ordinal);
        if (comma > 0 && line.Value.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
        {
            var about = line.Value[5..comma].Split(';');
            if (about[^1].Equals("base64", StringComparison.OrdinalIgnoreCase))
            {
                rest.Add(new Parameter("ENCODING", ["b"]));
                var word = CardWords.Word(about[0].Length > 0 ? about[0] : "application/octet-stream");
                rest.Add(new Parameter("TYPE", [word, .. preferred]));
                return line with { Parameters = rest, Value = line.Value[(comma + 1)..] };
            }
        }

        rest.Add(new Parameter("VALUE", ["uri"]));
        if (line["MEDIATYPE"] is { } type) rest.Add(new Parameter("TYPE", [CardWords.Word(type), .. preferred]));
        else if (preferred.Count > 0) rest.Add(new Parameter("TYPE", preferred));
        return line with { Parameters = rest };
    }

    /// <summary>3.0 writes dates with dashes; one without a year as Apple does, of 1604.</summary>
    private static ContentLine Date(ContentLine line)
    {
        var value = line.Value.Trim();
        if (line["VALUE"] is { } kind && kind.Equals("text", StringComparison.OrdinalIgnoreCase)) return line;
        List<Parameter> rest = [.. CardWords.Others(line, "ALTID", "PID", "CALSCALE", "VALUE")];
        var time = value.IndexOf('T', StringComparison.Ordinal);
        var (date, clock) = time < 0 ? (value, "") : (value[..time], value[time..]);
        var isYearless = date.Length == 6 && date.StartsWith("--", StringComparison.Ordinal);
        if (isYearless && !date.AsSpan(2).ContainsAnyExceptInRange('0', '9'))
        {
            rest.Add(new Parameter("X-APPLE-OMIT-YEAR", ["1604"]));
            date = $"1604-{date[2..4]}-{date[4..]}";
        }
        else if (date.Length == 8 && !date.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            date = $"{date[..4]}-{date[4..6]}-{date[6..]}";
        }

        if (clock.Length >= 7 && !clock.AsSpan(1, 6).ContainsAnyExceptInRange('0', '9'))
        {
            clock = $"{clock[..3]}:{clock[3..5]}:{clock[5..]}";
        }

        return line with { Parameters = rest, Value = date + clock };
    }
}
