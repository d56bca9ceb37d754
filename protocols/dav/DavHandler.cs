using System.Diagnostics;
using System.Net;
using System.Text;
using CompatBot.Core.Content;
using CompatBot.Core.Drops;
using CompatBot.Core.Identity;
using CompatBot.Core.Journal;
using CompatBot.Protocols.Dav.Directory;
using CompatBot.Protocols.Dav.Attachments;
using CompatBot.Protocols.Dav.Methods;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Push;
using CompatBot.Protocols.Dav.Sharing;
using CompatBot.Protocols.Dav.Timezones;
using CompatBot.Protocols.Dav.Xml;
using CompatBot.Protocols.Net.Http;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Sasl;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav;

/// <summary>Answers the requests of WebDAV, CalDAV and CardDAV: who asks, for what, by which method.</summary>
public sealed class DavHandler(DavServices services, DavLogins logins)
{
    /// <summary>Where all of it begins: the context path (RFC 6764 section 5).</summary>
    public const string Root = "/dav/";

    private const string Challenge = "Basic realm=\"CompatBot\", charset=\"UTF-8\"";
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
    private static readonly LineMetrics Metrics = LineMetrics.Of("dav");

    public async Task HandleAsync(HttpContext http)
    {
        var started = Stopwatch.GetTimestamp();
        Metrics.Sessions.Add();
        try
        {
            await AnswerAsync(http);
        }
        catch (DavException answer) when (!http.Response.HasStarted)
        {
            await RefuseAsync(http, answer);
        }
        catch (Exception error) when (error is BadHttpRequestException { StatusCode: var status } && !http.Response.HasStarted)
        {
            await RefuseAsync(http, new DavException(status));
        }
        catch (Exception error) when (error is OperationCanceledException or IOException and not ContentException)
        {
            http.Abort(); // The client, or its right to be here, is gone.
        }
        catch (Exception error)
        {
            services.Log.Failed("dav", Methods.DavMethods.NameOf(http.Request.Method), error);
            if (http.Response.HasStarted) http.Abort();
            else await RefuseAsync(http, new DavException(error is ContentException or JournalException ? 503 : 500));
        }

        Metrics.Reply($"{http.Response.StatusCode / 100}xx").Add();
        services.Log.Answered(
            "dav",
            DavMethods.NameOf(http.Request.Method),
            http.Response.StatusCode.ToString(System.Globalization.CultureInfo.InvariantCulture),
            (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds,
            http.Request.ContentLength ?? 0,
            http.Response.ContentLength ?? 0);
    }

    private async ValueTask AnswerAsync(HttpContext http)
    {
        var raw = HttpTarget.RawPath(http);
        if (http.Request.Method == "OPTIONS" && raw is "*" or "/")
        {
            Options.Write(http.Response, DavArea.Above, services.Push is not null); // Windows asks before it says who it is.
            return;
        }

        if (raw is "/.well-known/caldav" or "/.well-known/carddav" or "/.well-known/caldav/" or "/.well-known/carddav/")
        {
            http.Response.StatusCode = StatusCodes.Status301MovedPermanently;
            http.Response.Headers.Location = Root;
            return;
        }

        if (ZoneService.Has(raw))
        {
            await ZoneService.AnswerAsync(http, raw, http.RequestAborted);
            return;
        }

        if (AttachmentFiles.Has(raw))
        {
            await AttachmentFiles.AnswerAsync(http, services.Attachments, raw);
            return;
        }

        var path = DavPath.Parse(raw) ?? throw new DavException(400, null, "That is no path");
        var (session, drop) = await LogInAsync(http);
        if (drop is not null)
        {
            await Dropping.RunAsync(http, services, drop, path);
            return;
        }

        await using var login = session!;
        var isOwn = path.Address.Length == 0 || login.Addresses.Contains(path.Address);
        await using var guest = isOwn
            ? await Guest.EnterAsync(logins, login, path, http.Request.Method, http.RequestAborted)
            : await Guest.DelegateAsync(logins, login, path, http.Request.Method, http.RequestAborted)
                ?? throw new DavException(403, DavNames.NeedPrivileges);
        if (path.Area == DavArea.Nowhere) throw new DavException(404);
        var run = DavMethods.Find(http.Request.Method) ?? throw new DavException(501);
        if (path.Area == DavArea.Uploads) run = Uploads.Find(http.Request.Method);
        if (path.Area == DavArea.Directory) run = DirectoryGateway.Find(http.Request.Method);
        if (path.Area == DavArea.Push) run = PushRegistration.Find(http.Request.Method);
        var owner = guest?.Owner ?? login;
        using var both = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted, login.Session.Revoked, owner.Session.Revoked);
        var request = new DavRequest(http, services, owner, guest?.Path ?? path, both.Token)
        {
            User = login, Logins = logins, Guest = guest,
        };
        await PushDontNotify.RunAsync(request, run);
    }

    private async ValueTask<(DavLogin? Login, DropLogin? Drop)> LogInAsync(HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress ?? IPAddress.None;
        var isPrivate = http.Request.IsHttps || IPAddress.IsLoopback(address);
        if (!isPrivate) throw new DavException(403, null, "Passwords are taken under TLS only");
        if (Credentials(http.Request) is not var (user, password)) throw new DavException(401);
        var peer = new LoginPeer(address, "dav", Metrics);
        var (login, outcome) = await logins.OpenAsync(peer, user, password, http.RequestAborted);
        if (login is not null || (outcome.Drop is not null && services.Drops is not null)) return (login, outcome.Drop);
        if (outcome.LockedOut) throw new DavException(429, null, "Too many failed logins, try again later");
        throw outcome.Drop is null ? DavException.Of(outcome.Refusal) : new DavException(403);
    }

    /// <summary>RFC 7617. Windows puts a domain and a backslash in front of the name.</summary>
    private static (string User, Password Password)? Credentials(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return null;
        try
        {
            var pair = Strict.GetString(Convert.FromBase64String(header["Basic ".Length..].Trim()));
            var colon = pair.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) return null;
            return (pair[(pair.LastIndexOf('\\', colon) + 1)..colon], new Password(pair[(colon + 1)..]));
        }
        catch (Exception error) when (error is FormatException or DecoderFallbackException)
        {
            return null;
        }
    }

    private static async ValueTask RefuseAsync(HttpContext http, DavException answer)
    {
        http.Response.Clear();
        http.Response.StatusCode = answer.Status;
        if (answer.Status == 401) http.Response.Headers.WWWAuthenticate = Challenge;
        if (answer.Status is 429 or 503) http.Response.Headers.RetryAfter = "30";
        if (answer.ContentRange is { } range) http.Response.Headers.ContentRange = range;
        if (answer.Status is 405 or 501) http.Response.Headers.Allow = Options.Allowed;
        if (HttpMethods.IsHead(http.Request.Method)) return;
        if (answer.Precondition is not null)
        {
            await XmlAnswer.ErrorAsync(http.Response, answer, http.RequestAborted);
        }
        else if (answer.Text is { } text)
        {
            http.Response.ContentType = "text/plain; charset=utf-8";
            await http.Response.WriteAsync(text + "\n", http.RequestAborted);
        }
    }
}
