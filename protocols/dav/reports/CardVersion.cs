using System.Xml.Linq;
using CompatBot.Protocols.Dav.Xml;
using Microsoft.Net.Http.Headers;

namespace CompatBot.Protocols.Dav.Reports;

/// <summary>Which version of vCard a client wants of a contact (RFC 6352 sections 5.1.1 and 10.4).</summary>
internal static class CardVersion
{
    /// <summary>The version that an address-data element asks for; 3.0 where it says none.</summary>
    /// <exception cref="DavException">Another media type or version.</exception>
    public static string Of(XElement data)
    {
        var type = data.Attribute("content-type")?.Value ?? "text/vcard";
        var version = data.Attribute("version")?.Value ?? "3.0";
        return type.Equals("text/vcard", StringComparison.OrdinalIgnoreCase) && version is "3.0" or "4.0"
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
