using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Calendar.Attachments;
using CompatBot.Core.Items;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Net.Http;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Attachments;

/// <summary>
/// GET and HEAD of a managed attachment (RFC 8607 section 3.10). Its URL opens it, for whoever attends: no login is asked for, and one that
/// is sent means nothing.
/// </summary>
internal static class AttachmentFiles
{
    private const string Prefix = "/dav/attachments/";

    public static bool Has(string rawPath) => rawPath.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Absolute, for it is read in other calendars.</summary>
    public static string UrlOf(HttpRequest request, AttachmentToken token, string name) =>
        $"{request.Scheme}://{request.Host.Value}{Prefix}{token.Reveal()}/{DavHref.Encode(name)}";

    public static async ValueTask AnswerAsync(HttpContext http, AttachmentLinks? links, string rawPath)
    {
        var response = http.Response;
        StoredFile.KeepSecret(response);
        if (!StoredFile.IsPrivate(http)) throw new DavException(403);
        if (http.Request.Method is not ("GET" or "HEAD"))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            response.Headers.Allow = "GET, HEAD";
            return;
        }

        var names = rawPath[Prefix.Length..].Split('/');
        if (names.Length > 2 || AttachmentToken.Parse(names[0]) is not { } token || links is null) throw new DavException(404);
        var content = await links.OpenAsync(token, http.RequestAborted) ?? throw new DavException(404);
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(names[0])).AsSpan(0, 16))}\"";
        if (StoredFile.IsKnown(http, tag)) return;
        var name = ItemNames.Fold(Uri.UnescapeDataString(names.Length == 2 ? names[1] : ""));
        StoredFile.Describe(response, ItemNames.IsValid(name) ? name : "attachment", token.MediaType);
        if (StoredFile.RangeOf(http, tag, token.Size) is not { } range || HttpMethods.IsHead(http.Request.Method)) return;
        await foreach (var octets in content.StreamAsync(range.Start, range.Start + range.Length, http.RequestAborted))
        {
            await response.BodyWriter.WriteAsync(octets, http.RequestAborted);
        }
    }
}
