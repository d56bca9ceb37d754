using System.Xml.Linq;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Searches;

/// <summary>The where element of a basicsearch (RFC 5323 section 5.5): three-valued, as SQL's.</summary>
internal static class SearchCondition
{
    /// <summary>Most operators in one query.</summary>
    private const int OperatorsMax = 200;

    private const int PatternCharactersMax = 1024;

    /// <returns>True, false, or null: it is not known, for a property is not there.</returns>
    /// <exception cref="DavException">400 and 422: it does not read, or an operator is none that is spoken here.</exception>
    public static Func<DavResource, bool?> Read(XElement? where)
    {
        if (where is null) return _ => true;
        var count = 0;
        return One(where.Elements().Single("where has one operator in it"), ref count);
    }

    /// <summary>Whether a text is like a pattern: "%" is any text, "_" one character, "\" takes the next one as it is.</summary>
    public static bool IsLike(ReadOnlySpan<char> text, ReadOnlySpan<char> pattern, bool caseless)
    {
        var (at, back, from) = (0, -1, 0);
        var position = 0;
        while (position < text.Length)
        {
            var isEscape = at + 1 < pattern.Length && pattern[at] == '\\';
            if (at < pattern.Length && pattern[at] == '%')
            {
                (back, from) = (++at, position);
            }
            else if (at < pattern.Length && !isEscape && pattern[at] == '_')
            {
                at++;
                position++;
            }
            else if (at < pattern.Length && IsSame(text[position], pattern[isEscape ? at + 1 : at], caseless))
            {
                at += isEscape ? 2 : 1;
                position++;
            }
            else if (back >= 0)
            {
                (at, position) = (back, ++from);
            }
            else
            {
                return false;
            }
        }

        return pattern[at..].TrimStart('%').IsEmpty;
    }

    private static Func<DavResource, bool?> One(XElement element, ref int count)
    {
        if (element.Name.Namespace != DavNames.Dav || ++count > OperatorsMax) throw Unknown();
        switch (element.Name.LocalName)
        {
            case "and":
            case "or":
                var isAnd = element.Name.LocalName == "and";
                var parts = new List<Func<DavResource, bool?>>();
                foreach (var child in element.Elements()) parts.Add(One(child, ref count));
                return one => Together(parts, one, isAnd);
            case "not":
                var inner = One(element.Elements().Single("not has one operator in it"), ref count);
                return one => !inner(one);
            case "is-collection":
                return one => one.IsCollection;
            case "is-defined":
                var defined = Property(element);
                return one => SearchValues.Of(one, defined) is not null;
            case "like":
                return Like(element);
            case "eq": return Comparison(element, order => order == 0);
            case "lt": return Comparison(element, order => order < 0);
            case "lte": return Comparison(element, order => order <= 0);
            case "gt": return Comparison(element, order => order > 0);
            case "gte": return Comparison(element, order => order >= 0);
            default: throw Unknown();
        }
    }

    private static bool? Together(List<Func<DavResource, bool?>> parts, DavResource resource, bool isAnd)
    {
        bool? all = isAnd;
        foreach (var part in parts)
        {
            var one = part(resource);
            if (one == !isAnd) return one;
            if (one is null) all = null;
        }

        return all;
    }

    private static Func<DavResource, bool?> Like(XElement element)
    {
        var (name, pattern, caseless) = (Property(element), LiteralOf(element), IsCaseless(element));
        if (pattern.Length > PatternCharactersMax) throw new DavException(422, null, "A pattern is too long");
        return one => SearchValues.Of(one, name) is { } value ? value is string text && IsLike(text, pattern, caseless) : null;
    }

    private static Func<DavResource, bool?> Comparison(XElement element, Func<int, bool> holds)
    {
        var name = Property(element);
        var wanted = SearchValues.Literal(name, LiteralOf(element));
        var caseless = IsCaseless(element);
        return one => SearchValues.Of(one, name) is { } value ? holds(Compare(value, wanted, caseless)) : null;
    }

    /// <summary>Numbers before text.</summary>
    public static int Compare(object? left, object? right, bool caseless) => (left, right) switch
    {
        (long a, long b) => a.CompareTo(b),
        (string a, string b) => string.Compare(a, b, caseless ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal),
        (null, null) => 0,
        (null, _) => -1,
        (_, null) => 1,
        (long, _) => -1,
        _ => 1,
    };

    private static bool IsSame(char left, char right, bool caseless) =>
        left == right || (caseless && char.ToUpperInvariant(left) == char.ToUpperInvariant(right));

    private static bool IsCaseless(XElement element) => element.Attribute("caseless")?.Value != "no";

    private static XName Property(XElement element) =>
        element.Elements(DavNames.Prop).Elements().Single("An operator names one property").Name;

    private static string LiteralOf(XElement element) =>
        (element.Element(DavNames.Dav + "literal") ?? element.Element(DavNames.Dav + "typed-literal"))?.Value
        ?? throw new DavException(400, null, "An operator has a literal");

    private static XElement Single(this IEnumerable<XElement> elements, string demand)
    {
        var two = elements.Take(2).ToList();
        return two.Count == 1 ? two[0] : throw new DavException(400, null, demand);
    }

    private static DavException Unknown() => new(422, null, "An operator is not known here, or there are too many");
}
