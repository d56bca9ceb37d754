using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Vcard;

/// <summary>vCard 3.0 as 4.0 (RFC 6350 appendix A).</summary>
internal static class CardTo4
{
    public static Component Convert(Component card)
    {
        List<ContentLine> lines = [new("VERSION", [], "4.0")];
        var labels = card.All("LABEL").ToList();
        foreach (var line in card.Properties)
        {
            switch (line.Name)
            {
                case "VERSION" or "SORT-STRING" or "LABEL":
                    break;
                case "N" when card.Find("SORT-STRING") is { } sort:
                    lines.Add(line with { Parameters = [.. line.Parameters, new Parameter("SORT-AS", [sort.Text])] });
                    break;
                case "ADR" when labels.Find(one => SameTypes(one, line)) is { } label:
                    labels.Remove(label);
                    lines.Add(Plain(line with { Parameters = [.. line.Parameters, new Parameter("LABEL", [label.Text])] }));
                    break;
                default:
                    lines.Add(One(line));
                    break;
            }
        }

        lines.AddRange(labels.Select(One));
        return card.With(lines, []);
    }

    private static ContentLine One(ContentLine line)
    {
        if (CardWords.IsBinary(line.Name)) return Binary(line);
        if (CardWords.IsDate(line.Name)) return Date(Renamed(line));
        if (line.Name == "GEO" && line.Value.Split(';') is [var latitude, var longitude])
        {
            return line with { Value = $"geo:{latitude.Trim()},{longitude.Trim()}" };
        }

        return line.Name == "X-ABSHOWAS" && line.Value.Trim().Equals("COMPANY", StringComparison.OrdinalIgnoreCase)
            ? new ContentLine("KIND", [], "org")
            : Plain(Renamed(line));
    }

    private static ContentLine Renamed(ContentLine line)
    {
        if (CardWords.Only3.Contains(line.Name)) return line with { Name = "X-" + line.Name };
        var known = CardWords.Renamed.FirstOrDefault(one => one.Name3 == line.Name);
        return known.Name4 is null ? line : line with { Name = known.Name4 };
    }

    /// <summary>TYPE=PREF becomes PREF=1; types that said nothing go.</summary>
    private static ContentLine Plain(ContentLine line)
    {
        var types = CardWords.Types(line).ToList();
        if (types.Count == 0) return line with { Parameters = [.. CardWords.Others(line, "CHARSET", "ENCODING")] };
        var isPreferred = types.RemoveAll(type => type.Equals("PREF", StringComparison.OrdinalIgnoreCase)) > 0;
        types.RemoveAll(type => type.Equals("INTERNET", StringComparison.OrdinalIgnoreCase));
        List<Parameter> parameters = [.. CardWords.Others(line, "TYPE", "CHARSET", "ENCODING")];
        if (types.Count > 0) parameters.Add(new Parameter("TYPE", [.. types.Select(type => type.ToLowerInvariant())]));
        if (isPreferred && line["PREF"] is null) parameters.Add(new Parameter("PREF", ["1"]));
        return line with { Parameters = parameters };
    }

    /// <summary>Octets become a data: URI, which is how 4.0 carries them.</summary>
    private static ContentLine Binary(ContentLine line)
    {
        List<Parameter> rest = [.. CardWords.Others(line, "TYPE", "ENCODING", "VALUE", "CHARSET")];
        var types = CardWords.Types(line).ToList();
        var isPreferred = types.RemoveAll(type => type.Equals("PREF", StringComparison.OrdinalIgnoreCase)) > 0;
        if (isPreferred) rest.Add(new Parameter("PREF", ["1"]));
        var type = types.FirstOrDefault() ?? "";
        if (line["ENCODING"] is { } encoding && encoding.Equals("b", StringComparison.OrdinalIgnoreCase))
        {
            var octets = string.Concat(line.Value.Where(one => !char.IsWhiteSpace(one)));
            return line with { Parameters = rest, Value = $"data:{CardWords.MediaType(line.Name, type)};base64,{octets}" };
        }

        if (type.Length > 0) rest.Add(new Parameter("MEDIATYPE", [CardWords.MediaType(line.Name, type)]));
        return line with { Parameters = rest };
    }

    /// <summary>4.0 writes dates without dashes, and knows those without a year, which Apple writes as of 1604.</summary>
    private static ContentLine Date(ContentLine line)
    {
        var value = line.Value.Trim();
        if (line["VALUE"] is { } kind && kind.Equals("text", StringComparison.OrdinalIgnoreCase)) return line;
        var omitted = line["X-APPLE-OMIT-YEAR"];
        List<Parameter> rest = [.. CardWords.Others(line, "X-APPLE-OMIT-YEAR", "VALUE")];
        if (value.Length >= 10 && value[4] == '-' && value[7] == '-')
        {
            var isYearless = omitted is not null && value.StartsWith(omitted, StringComparison.Ordinal);
            var date = isYearless ? "--" + value[5..7] + value[8..10] : value[..4] + value[5..7] + value[8..10];
            value = date + value[10..].Replace(":", "", StringComparison.Ordinal);
        }

        return line with { Parameters = rest, Value = value };
    }

    private static bool SameTypes(ContentLine label, ContentLine address) =>
        CardWords.Types(label).ToHashSet(StringComparer.OrdinalIgnoreCase).SetEquals(CardWords.Types(address));
}
