using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using CompatBot.Core.Content;
using CompatBot.Core.Identity;
using CompatBot.Core.Shares;
using CompatBot.Core.Store;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace CompatBot.Protocols.Shares;

/// <summary>Answers those who follow a link to a file or folder, a calendar or an address book: /s/TOKEN, and what lies below it.</summary>
public sealed class ShareHandler(ShareServices services)
{
    private const string Cookie = "share";
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
    private static readonly LineMetrics Metrics = LineMetrics.Of("share");

    /// <summary>Whether a request is for a link.</summary>
    public static bool Takes(HttpContext http) => HttpTarget.RawPath(http).StartsWith(ShareVisit.Prefix, StringComparison.Ordinal);

    public async Task HandleAsync(HttpContext http)
    {
        var started = Stopwatch.GetTimestamp();
        Metrics.Sessions.Add();
        var method = http.Request.Method is "GET" or "HEAD" or "POST" or "PUT" ? http.Request.Method : "?";
        try
        {
            await AnswerAsync(http);
        }
        catch (BadHttpRequestException error) when (!http.Response.HasStarted)
        {
            http.Response.Clear();
            http.Response.StatusCode = error.StatusCode;
        }
        catch (Exception error) when (error is OperationCanceledException or IOException and not ContentException)
        {
            http.Abort(); // The visitor, or the link, is gone.
        }
        catch (Exception error)
        {
            services.Log.Failed("share", method, error);
            if (http.Response.HasStarted) http.Abort();
            else http.Response.StatusCode = error is ContentException ? 503 : 500;
        }

        Metrics.Reply($"{http.Response.StatusCode / 100}xx").Add();
        services.Log.Answered(
            "share",
            method,
            http.Response.StatusCode.ToString(CultureInfo.InvariantCulture),
            (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds,
            http.Request.ContentLength ?? 0,
            http.Response.ContentLength ?? 0);
    }

    private async ValueTask AnswerAsync(HttpContext http)
    {
        var headers = http.Response.Headers;
        StoredFile.KeepSecret(http.Response);
        if (!StoredFile.IsPrivate(http))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        if (http.Request.Method is not ("GET" or "HEAD" or "POST" or "PUT"))
        {
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            headers.Allow = "GET, HEAD, POST, PUT";
            return;
        }

        if (ShareVisit.Of(http, services) is { } visit) await AnswerAsync(visit);
        else http.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    private async ValueTask AnswerAsync(ShareVisit visit)
    {
        var isForm = visit.Request.Method == "POST" && visit.Request.HasFormContentType
            && visit.Request.ContentType!.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase);
        var password = isForm ? await FormPasswordAsync(visit.Request) : BasicPassword(visit.Request);
        var opened = await OpenAsync(visit, password);
        if (opened is null) return;
        using var share = opened;
        using var watch = await RevocationWatch.OpenAsync(services.Accounts, share.Account, share.Id, visit.Http.RequestAborted);
        if (watch is null)
        {
            await visit.SayNothingHereAsync();
            return;
        }

        using var both = CancellationTokenSource.CreateLinkedTokenSource(visit.Http.RequestAborted, watch.Revoked);
        if (isForm) Remember(visit, share);
        else if (share.Kind == ShareKind.Uploads) await ShareUploads.RunAsync(visit, share, both.Token);
        else if (visit.Request.Method is "POST" or "PUT") await visit.SayAsync(403, "Not here", "This link takes no uploads.");
        else if (share.Kind is ShareKind.Calendar or ShareKind.AddressBook) await ShareFeeds.RunAsync(visit, share, both.Token);
        else await ShareFiles.RunAsync(visit, share, both.Token);
    }

    /// <returns>Null: it was answered why not.</returns>
    private async ValueTask<OpenShare?> OpenAsync(ShareVisit visit, Password? password)
    {
        var (peer, name) = (visit.Http.Connection.RemoteIpAddress ?? IPAddress.None, visit.Token.Id.ToString());
        if (password is not null && !await services.Guard.AdmitAsync(peer, name, visit.Http.RequestAborted))
        {
            Metrics.LoginsLockedOut.Add();
            await visit.SayAsync(429, "Later", "Too many wrong passwords. Try again in a while.");
            return null;
        }

        var opened = await services.Links.OpenAsync(visit.Token, password, KeyOf(visit.Request), visit.Http.RequestAborted);
        switch (opened.Refusal)
        {
            case Refusal.None:
                if (password is not null) services.Guard.Succeeded(peer, name);
                return opened.Value;
            case Refusal.BadCredentials:
                Metrics.LoginsFailed.Add();
                services.Guard.Failed(peer, name);
                await visit.SayAsync(403, SharePages.Password(wasWrong: true));
                return null;
            case Refusal.Locked:
                await visit.SayAsync(403, SharePages.Password(wasWrong: false));
                return null;
            default:
                await visit.SayRefusedAsync(opened.Refusal);
                return null;
        }
    }

    /// <summary>Gives the visitor what opens the link without the password, and shows it.</summary>
    private static void Remember(ShareVisit visit, OpenShare share)
    {
        visit.Response.Cookies.Append(Cookie, Base64Url.EncodeToString(share.KeyBytes()), new CookieOptions
        {
            Path = visit.Root, HttpOnly = true, Secure = visit.Request.IsHttps, SameSite = SameSiteMode.Lax,
        });
        visit.Response.StatusCode = StatusCodes.Status303SeeOther;
        visit.Response.Headers.Location = HttpTarget.RawPath(visit.Http);
        visit.Response.Headers.CacheControl = "private, no-store";
    }

    private static ReadOnlyMemory<byte> KeyOf(HttpRequest request)
    {
        var text = request.Cookies[Cookie];
        if (text is not { Length: > 0 and < 100 } || !Base64Url.IsValid(text)) return default;
        return Base64Url.DecodeFromChars(text);
    }

    private async ValueTask<Password?> FormPasswordAsync(HttpRequest request)
    {
        if (request.ContentLength is null || request.ContentLength > services.Limits.PasswordBytesMax) return new Password("");
        using var reader = new FormReader(request.Body)
        {
            ValueCountLimit = 4, KeyLengthLimit = 64, ValueLengthLimit = services.Limits.PasswordBytesMax,
        };
        try
        {
            var form = await reader.ReadFormAsync(request.HttpContext.RequestAborted);
            return new Password(form.TryGetValue("password", out var value) ? value.ToString() : "");
        }
        catch (InvalidDataException)
        {
            return new Password("");
        }
    }

    /// <summary>RFC 7617, for programs; whatever the user's name is.</summary>
    private static Password? BasicPassword(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return null;
        try
        {
            var pair = Strict.GetString(Convert.FromBase64String(header["Basic ".Length..].Trim()));
            return new Password(pair[(pair.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        }
        catch (Exception error) when (error is FormatException or DecoderFallbackException)
        {
            return new Password("");
        }
    }
}
