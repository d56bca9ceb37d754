using System.Globalization;
using System.Xml.Linq;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Reports;

/// <summary>What an addressbook-query asks of a contact (RFC 6352 section 10.5).</summary>
/// <param name="All">Every part has to hold, and not only one.</param>
internal sealed record CardFilter(IReadOnlyList<PropertyFilter> Parts, bool All)
{
    /// <param name="body">Of the report.</param>
    public static CardFilter Read(XElement body)
    {
        var filter = body.Element(DavNames.CardDav + "filter");
        var parts = filter?.Elements(DavNames.CardDav + "prop-filter") ?? [];
        return new([.. parts.Select(one => PropertyFilter.Read(one, DavNames.CardDav))], filter?.Attribute("test")?.Value == "allof");
    }

    /// <summary>How many contacts the report wants at most (RFC 6352 section 10.6).</summary>
    public static int Limit(XElement body, int most)
    {
        var text = body.Element(DavNames.CardDav + "limit")?.Element(DavNames.CardDav + "nresults")?.Value.Trim();
        var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var asked);
        return isNumber ? Math.Min(asked, most) : most;
    }

    /// <param name="card">Null: it does not parse.</param>
    public bool Holds(Component? card)
    {
        if (Parts.Count == 0) return true;
        if (card is null) return false;
        return All ? Parts.All(one => one.Holds(card, null)) : Parts.Any(one => one.Holds(card, null));
    }
}
