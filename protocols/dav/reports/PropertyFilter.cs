using System.Xml.Linq;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;

namespace CompatBot.Protocols.Dav.Reports;

/// <summary>prop-filter of both query reports: what a property, and its parameters, must be like.</summary>
internal sealed record PropertyFilter(string Name)
{
    public bool IsNotDefined { get; private init; }

    /// <summary>CardDAV: one of the conditions is enough.</summary>
    public bool AnyOf { get; private init; }

    public IReadOnlyList<TextMatch> Texts { get; private init; } = [];

    public IReadOnlyList<(string Name, bool IsNotDefined, TextMatch? Text)> Parameters { get; private init; } = [];

    public (long From, long Until)? Range { get; private init; }

    public static PropertyFilter Read(XElement filter, XNamespace space) => new((filter.Attribute("name")?.Value ?? "").ToUpperInvariant())
    {
        IsNotDefined = filter.Element(space + "is-not-defined") is not null,
        AnyOf = filter.Attribute("test")?.Value != "allof" && space != Xml.DavNames.CalDav,
        Texts = [.. filter.Elements(space + "text-match").Select(match => TextMatch.Read(match, space))],
        Range = TimeSpans.Read(filter.Element(space + "time-range")),
        Parameters =
        [
            .. from one in filter.Elements(space + "param-filter")
               let text = one.Element(space + "text-match")
               select (
                   one.Attribute("name")?.Value ?? "",
                   one.Element(space + "is-not-defined") is not null,
                   text is null ? null : TextMatch.Read(text, space)),
        ],
    };

    /// <param name="component">Whose properties.</param>
    /// <param name="seconds">The moment of a property's value; null where values have none.</param>
    public bool Holds(Component component, Func<ContentLine, long?>? seconds)
    {
        // A vCard may group its properties; a filter names them with or without the group.
        var dot = Name.IndexOf('.', StringComparison.Ordinal);
        var lines = dot < 0
            ? component.All(Name)
            : component.All(Name[(dot + 1)..]).Where(line => Name.StartsWith(line.Group + ".", StringComparison.OrdinalIgnoreCase));
        return IsNotDefined ? !lines.Any() : lines.Any(line => Holds(line, seconds));
    }

    private bool Holds(ContentLine line, Func<ContentLine, long?>? seconds)
    {
        if (Range is var (from, until) && (seconds?.Invoke(line) is not { } at || at < from || at >= until)) return false;
        if (Texts.Count + Parameters.Count == 0) return true;
        var text = line.Text;
        foreach (var one in Texts)
        {
            if (one.Holds(text) == AnyOf) return AnyOf;
        }

        foreach (var one in Parameters)
        {
            if (Holds(line, one) == AnyOf) return AnyOf;
        }

        return !AnyOf;
    }

    private static bool Holds(ContentLine line, (string Name, bool IsNotDefined, TextMatch? Text) parameter)
    {
        var found = line.Parameters.FirstOrDefault(one => one.Name.Equals(parameter.Name, StringComparison.OrdinalIgnoreCase));
        if (parameter.IsNotDefined) return found is null;
        return found is not null && (parameter.Text is null || found.Values.Any(parameter.Text.Holds));
    }
}

/// <summary>time-range, expand and their kin: two moments in UTC.</summary>
internal static class TimeSpans
{
    /// <returns>Null for no element.</returns>
    /// <exception cref="DavException">An attribute is no moment, or the span has no length.</exception>
    public static (long From, long Until)? Read(XElement? element)
    {
        if (element is null) return null;
        var (start, end) = (element.Attribute("start")?.Value, element.Attribute("end")?.Value);
        var from = start is null ? long.MinValue : CalendarTime.Parse(start)?.Seconds;
        var until = end is null ? long.MaxValue : CalendarTime.Parse(end)?.Seconds;
        if (from is null || until is null || from >= until || (start is null && end is null))
        {
            throw new DavException(403, Xml.DavNames.CalDav + "valid-filter");
        }

        return (from.Value, until.Value);
    }
}
