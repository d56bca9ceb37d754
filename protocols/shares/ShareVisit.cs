using CompatBot.Core.Shares;
using CompatBot.Core.Store;
using CompatBot.Protocols.Net.Http;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Shares;

/// <summary>One request for a link, and for what lies below it.</summary>
/// <param name="Names">Below the link, decoded; a name that decodes to nothing good is in no folder.</param>
internal sealed record ShareVisit(
    HttpContext Http, ShareServices Services, ShareToken Token, IReadOnlyList<string> Names, bool EndsWithSlash)
{
    /// <summary>Where links are.</summary>
    public const string Prefix = "/s/";

    public HttpRequest Request => Http.Request;

    public HttpResponse Response => Http.Response;

    public bool IsHead => HttpMethods.IsHead(Request.Method);

    /// <summary>The link's own path, as hrefs and cookies write it.</summary>
    public string Root => Prefix + Token.Reveal();

    /// <returns>Null: the path is of no link.</returns>
    public static ShareVisit? Of(HttpContext http, ShareServices services)
    {
        var path = HttpTarget.RawPath(http);
        var parts = path[Prefix.Length..].Split('/', services.Limits.NamesMax + 2);
        if (parts.Length > services.Limits.NamesMax + 1 || ShareToken.Parse(parts[0]) is not { } token) return null;
        var names = parts.Skip(1).Where(part => part.Length > 0).Select(Uri.UnescapeDataString).ToList();
        return new ShareVisit(http, services, token, names, path.EndsWith('/'));
    }

    /// <summary>An answer that a person reads.</summary>
    public async ValueTask SayAsync(int status, string page)
    {
        Response.StatusCode = status;
        Response.ContentType = "text/html; charset=utf-8";
        Response.Headers.CacheControl = "private, no-store";
        Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
        if (status is 429 or 503) Response.Headers.RetryAfter = "30";
        if (!IsHead) await Response.WriteAsync(page, Http.RequestAborted);
    }

    public ValueTask SayAsync(int status, string title, string text) => SayAsync(status, SharePages.Message(title, text));

    /// <summary>There is no such link, or not any more; or it has nothing of the kind. Nobody is told which.</summary>
    public ValueTask SayNothingHereAsync() => SayAsync(404, "Nothing here", "This link leads nowhere, or not any more.");

    public ValueTask SayRefusedAsync(Refusal refusal) => refusal switch
    {
        Refusal.NotFound or Refusal.NotPermitted => SayNothingHereAsync(),
        Refusal.Invalid => SayAsync(400, "Not taken", "A file can not have that name."),
        Refusal.TooLarge => SayAsync(413, "Not taken", "That is too large."),
        Refusal.OverQuota or Refusal.StoreFull => SayAsync(507, "Not taken", "There is no room for it."),
        Refusal.Damaged => SayAsync(500, "Damaged", "What this link leads to can not be read: whoever sent it must look."),
        _ => SayAsync(503, "Later", "Try again in a while."),
    };
}
