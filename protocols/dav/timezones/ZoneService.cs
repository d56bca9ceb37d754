using System.Text;
using System.Text.Json;
using CompatBot.Formats.Json;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Methods;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Net.Http;
using Microsoft.AspNetCore.Http;
using NodaTime;
using NodaTime.Text;

namespace CompatBot.Protocols.Dav.Timezones;

/// <summary>Time zone data for devices (RFC 7808): public, so nobody has to log in. It is found at /.well-known/timezone.</summary>
internal static class ZoneService
{
    public const string Root = "/timezones/";

    /// <summary>Longest span that observances are told of.</summary>
    private static readonly Duration SpanMax = Duration.FromDays(366 * 200);

    /// <summary>Whether a path is the service's.</summary>
    public static bool Has(string path) => path.StartsWith(Root, StringComparison.Ordinal)
        || path is "/timezones" or "/.well-known/timezone"
        || path.StartsWith("/.well-known/timezone/", StringComparison.Ordinal);

    public static async ValueTask AnswerAsync(HttpContext http, string path, CancellationToken cancellation)
    {
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method)) throw new DavException(405);
        if (!path.StartsWith(Root, StringComparison.Ordinal))
        {
            http.Response.StatusCode = StatusCodes.Status301MovedPermanently;
            http.Response.Headers.Location = Root + (path.StartsWith("/.well-known/timezone/", StringComparison.Ordinal)
                ? path["/.well-known/timezone/".Length..] + http.Request.QueryString
                : "");
            return;
        }

        var (status, type, body) = Answer(http.Request, path[Root.Length..].Trim('/'));
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        if (status == StatusCodes.Status200OK)
        {
            http.Response.Headers.ETag = Tag;
            http.Response.Headers.CacheControl = "public, max-age=86400";
            http.Response.Headers.Vary = "Accept";
            if (EntityTags.AreKnown(http.Request, Tag))
            {
                http.Response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
        }

        http.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method)) await http.Response.BodyWriter.WriteAsync(body, cancellation);
    }

    private static string Tag => $"\"{ZoneData.Version}\"";

    private static (int Status, string Type, byte[] Body) Answer(HttpRequest request, string path)
    {
        var query = request.Query;
        if (path is "" or "capabilities") return Json(ZoneAnswers.WriteCapabilities);
        if (path == "leapseconds") return Json(ZoneAnswers.WriteLeapSeconds);
        if (path == "zones")
        {
            if (query.TryGetValue("pattern", out var pattern)) return Find(pattern.ToString());
            if (!query.TryGetValue("changedsince", out var since)) return Json(json => ZoneAnswers.WriteList(json, ZoneData.Names));
            return since == ZoneData.Version ? Json(json => ZoneAnswers.WriteList(json, [])) : Problem(400, "invalid-changedsince");
        }

        if (!path.StartsWith("zones/", StringComparison.Ordinal)) return Problem(404, "invalid-action");
        var isExpand = path.EndsWith("/observances", StringComparison.Ordinal);
        var name = Uri.UnescapeDataString(isExpand ? path["zones/".Length..^"/observances".Length] : path["zones/".Length..]);
        if (ZoneData.Find(name) is not { } zone) return Problem(404, "tzid-not-found");
        return isExpand ? Expand(name, zone, query["start"].ToString(), query["end"].ToString())
            : query.ContainsKey("start") ? Problem(400, "invalid-start") // Nothing is cut off: the capabilities say so.
            : query.ContainsKey("end") ? Problem(400, "invalid-end")
            : Get(request, name);
    }

    private static (int Status, string Type, byte[] Body) Get(HttpRequest request, string name)
    {
        var root = new Component("VCALENDAR").With(
            [new ContentLine("VERSION", [], "2.0"), new ContentLine("PRODID", [], "-//CompatBot//EN")], [ZoneData.Component(name)!]);
        if (JsonForms.IsWanted(request, DavArea.Calendars)) return (200, JsonForms.Calendar, JsonObjects.Write(root));
        var text = new StringBuilder();
        root.Write(text);
        return (200, "text/calendar; charset=utf-8", Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static (int Status, string Type, byte[] Body) Expand(string name, DateTimeZone zone, string start, string end)
    {
        if (!InstantPattern.General.Parse(start).TryGetValue(default, out var from)) return Problem(400, "invalid-start");
        var isEnd = InstantPattern.General.Parse(end).TryGetValue(default, out var until);
        return isEnd && until > from && until - from <= SpanMax
            ? Json(json => ZoneAnswers.WriteObservances(json, name, zone, from, until))
            : Problem(400, "invalid-end");
    }

    /// <summary>By a name, with an asterisk in front, behind or both for what is left out, in letters of either case.</summary>
    private static (int Status, string Type, byte[] Body) Find(string pattern)
    {
        var wanted = pattern.Trim('*').Replace(' ', '_');
        if (wanted.Length == 0 || wanted.Contains('*', StringComparison.Ordinal)) return Problem(400, "invalid-pattern");
        bool Fits(string name) => (pattern.StartsWith('*'), pattern.EndsWith('*')) switch
        {
            (true, true) => name.Contains(wanted, StringComparison.OrdinalIgnoreCase),
            (true, false) => name.EndsWith(wanted, StringComparison.OrdinalIgnoreCase),
            (false, true) => name.StartsWith(wanted, StringComparison.OrdinalIgnoreCase),
            _ => name.Equals(wanted, StringComparison.OrdinalIgnoreCase),
        };
        return Json(json => ZoneAnswers.WriteList(json, ZoneData.Names.Where(name => Fits(name) || ZoneData.AliasesOf(name).Any(Fits))));
    }

    private static (int Status, string Type, byte[] Body) Json(Action<Utf8JsonWriter> write) => (200, "application/json", Written(write));

    private static (int Status, string Type, byte[] Body) Problem(int status, string error) => (status, "application/problem+json",
        Written(json =>
    {
        json.WriteStartObject();
        json.WriteString("type", "urn:ietf:params:tzdist:error:" + error);
        json.WriteString("title", error.Replace('-', ' '));
        json.WriteNumber("status", status);
        json.WriteEndObject();
    }));

    private static byte[] Written(Action<Utf8JsonWriter> write)
    {
        using var octets = new MemoryStream();
        using (var json = new Utf8JsonWriter(octets)) write(json);
        return octets.ToArray();
    }
}
