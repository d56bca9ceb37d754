using System.Text;
using CompatBot.Formats.Json;
using CompatBot.Formats.Vcard;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Xml;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>Objects for clients that read and write JSON: jCal (RFC 7265) and jCard (RFC 7095). What is stored is text.</summary>
internal static class JsonForms
{
    public const string Calendar = "application/calendar+json";
    public const string Card = "application/vcard+json";

    /// <summary>The type of what a body in JSON is stored as.</summary>
    public static string TextOf(DavArea area) => area == DavArea.Calendars ? "text/calendar; charset=utf-8" : "text/vcard; charset=utf-8";

    /// <summary>Whether a request's body is in JSON.</summary>
    public static bool IsBody(DavRequest request) => request.Path.Area is DavArea.Calendars or DavArea.AddressBooks
        && MediaTypeHeaderValue.TryParse(request.Request.ContentType, out var type)
        && type.MediaType.Equals(Of(request.Path.Area), StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a client likes JSON better than text.</summary>
    public static bool IsWanted(HttpRequest request, DavArea area)
    {
        if (!MediaTypeHeaderValue.TryParseList([request.Headers.Accept.ToString()], out var ranges)) return false;
        double Quality(string type) => ranges.Where(range => range.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase))
            .Select(range => range.Quality ?? 1).DefaultIfEmpty(0).Max();
        return Quality(Of(area)) is > 0 and var json && json > Quality(area == DavArea.Calendars ? "text/calendar" : "text/vcard");
    }

    /// <summary>A body in JSON as text.</summary>
    /// <exception cref="DavException">403: it is none.</exception>
    public static ReadOnlyMemory<byte> ToText(ReadOnlyMemory<byte> json, DavArea area)
    {
        var isCalendar = area == DavArea.Calendars;
        if (JsonObjects.Read(json) is not { } root || root.Name != (isCalendar ? "VCALENDAR" : "VCARD"))
        {
            throw new DavException(403, isCalendar ? DavNames.CalDav + "valid-calendar-data" : DavNames.CardDav + "valid-address-data");
        }

        var text = new StringBuilder();
        root.Write(text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>A stored object in JSON; a contact in version 4.0, which is the one that jCard knows. Null when it does not read.</summary>
    public static byte[]? FromText(ReadOnlySpan<byte> octets, DavArea area)
    {
        if (area == DavArea.AddressBooks && CardVersions.To(octets, "4.0") is { } newer) octets = Encoding.UTF8.GetBytes(newer);
        return Component.Read(octets, out var roots) is null ? JsonObjects.Write(roots[0]) : null;
    }

    private static string Of(DavArea area) => area == DavArea.Calendars ? Calendar : Card;
}
