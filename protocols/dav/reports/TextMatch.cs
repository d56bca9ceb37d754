using System.Xml.Linq;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Reports;

/// <summary>text-match of both query reports (RFC 4791 section 9.7.5, RFC 6352 section 10.5.4).</summary>
internal sealed record TextMatch(string Text, StringComparison Comparison, string Type, bool Negate)
{
    /// <exception cref="DavException">The collation is none that is known.</exception>
    public static TextMatch Read(XElement match, XNamespace space)
    {
        var usual = space == DavNames.CalDav ? "i;ascii-casemap" : "i;unicode-casemap";
        var comparison = (match.Attribute("collation")?.Value ?? usual) switch
        {
            "i;octet" => StringComparison.Ordinal,
            "i;ascii-casemap" or "i;unicode-casemap" or "default" => StringComparison.OrdinalIgnoreCase,
            _ => throw new DavException(403, space + "supported-collation"),
        };
        var type = match.Attribute("match-type")?.Value ?? "contains";
        return new TextMatch(match.Value, comparison, type, match.Attribute("negate-condition")?.Value == "yes");
    }

    /// <summary>Whether the text is, or is not, in a value.</summary>
    public bool Holds(string value) => Negate != Type switch
    {
        "equals" => value.Equals(Text, Comparison),
        "starts-with" => value.StartsWith(Text, Comparison),
        "ends-with" => value.EndsWith(Text, Comparison),
        _ => value.Contains(Text, Comparison),
    };
}
