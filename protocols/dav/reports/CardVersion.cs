using System.Xml.Linq;
using CompatBot.Protocols.Dav.Methods;
using CompatBot.Protocols.Dav.Xml;
using Microsoft.Net.Http.Headers;

namespace CompatBot.Protocols.Dav.Reports;

/// <summary>Which version of vCard a client wants of a contact (RFC 6352 sections 5.1.1 and 10.4).</summary>
internal static class CardVersion
{
    /// <summary>Whether an address-data element asks for JSON.</summary>
    public static bool IsJson(XElement data) =>
        JsonForms.Card.Equals(data.Attribute("content-type")?.Value, StringComparison.OrdinalIgnoreCase);

    /// <summary>The version that an address-data element asks for; 3.0 where it says none, and 4.0 in JSON.</summary>
    /// <exception cref="DavException">Another media type or version.</exception>
    public static string Of(XElement data)
    {
        var type = data.Attribute("content-type")?.Value ?? "text/vcard";
        var inJson = IsJson(data);
        var version = data.Attribute("version")?.Value ?? (inJson ? "4.0" : "3.0");
        var isText = type.Equals("text/vcard", StringComparison.OrdinalIgnoreCase) && version is "3.0" or "4.0";
        return isText || (inJson && version == "4.0")
            ? version
            : throw new DavException(403, DavNames.CardDav + "supported-address-data");
    }

    /// <summary>The version that an Accept header asks for; null: as it is stored.</summary>
    public static string? Of(string accept)
    {
        if (!MediaTypeHeaderValue.TryParseList([accept], out var ranges)) return null;
        var versions = from range in ranges
                       where range.MediaType.Equals("text/vcard", StringComparison.OrdinalIgnoreCase) && range.Quality is not 0
                       orderby range.Quality ?? 1 descending
                       select range.Parameters.FirstOrDefault(one => one.Name.Equals("version", StringComparison.OrdinalIgnoreCase))?.Value;
        var first = versions.FirstOrDefault();
        var version = first?.ToString().Trim('"');
        return version is "3.0" or "4.0" ? version : null;
    }
}
