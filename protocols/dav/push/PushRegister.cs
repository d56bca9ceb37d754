using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Core.Push;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Xml;
using CompatBot.Protocols.Net.Push;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Push;

/// <summary>
/// POST of push-register to a collection: a client wants to hear of its changes by Web Push (draft-bitfire-webdav-push section 3.1).
/// A push resource that is known is registered anew.
/// </summary>
internal static class PushRegister
{
    private static readonly XName Invalid = DavNames.Push + "invalid-subscription";

    public static bool IsMeant([NotNullWhen(true)] XElement? body) => body?.Name == DavNames.Push + "push-register";

    public static async ValueTask RunAsync(DavRequest request, ItemStore items, CollectionState collection, XElement body)
    {
        if (!PushProperties.CanSubscribe(request, items, collection)) throw new DavException(403, DavNames.Push + "push-not-available");
        var pushes = request.Services.Push!;
        var wanted = Read(request, collection.Id, body, pushes);
        var account = request.Login.Session.Account;
        var refusal = await pushes.RegisterAsync(account, items.Realm, wanted, request.Cancellation);
        if (refusal != Refusal.None) throw DavException.Of(refusal);
        var path = PushRegistration.PathOf(request.Address, items.Realm, collection.Id, wanted.Id);
        request.Response.StatusCode = StatusCodes.Status201Created;
        request.Response.Headers.Location = $"{request.Request.Scheme}://{request.Request.Host.Value}{path}";
        request.Response.Headers.Expires = wanted.Until.ToString("r", CultureInfo.InvariantCulture);
    }

    private static PushSubscription Read(DavRequest request, CollectionId collection, XElement body, PushRounds pushes)
    {
        List<XElement> transports = [.. body.Elements(DavNames.Push + "subscription").Elements()];
        if (transports is not [var web] || web.Name != DavNames.Push + "web-push-subscription") throw new DavException(403, Invalid);
        var resource = ResourceIn(web, pushes);
        var encoding = web.Element(DavNames.Push + "content-encoding")?.Value.Trim();
        var key = web.Element(DavNames.Push + "subscription-public-key");
        var point = OctetsOf(key);
        var secret = OctetsOf(web.Element(DavNames.Push + "auth-secret"));
        var isKey = key?.Attribute("type")?.Value == "p256dh" && MessageEncryption.IsPoint(point);
        if (encoding is not (null or "aes128gcm") || !isKey || secret.Length != PushSubscription.AuthSecretBytes)
        {
            throw new DavException(403, Invalid);
        }

        // What a trigger asks for beyond what there is (its depth, its properties) is passed over, as the draft says.
        List<XName> triggers = [.. body.Elements(DavNames.Push + "trigger").Elements().Select(one => one.Name)];
        var (content, properties) = (triggers.Contains(PushProperties.ContentUpdate), triggers.Contains(PushProperties.PropertyUpdate));
        if (!content && !properties) throw new DavException(403, DavNames.Push + "no-supported-trigger");
        var until = UntilIn(body.Element(DavNames.Push + "expires")?.Value, request.Now, pushes.Limits.LifeMax);
        return new PushSubscription(collection, resource, point, secret, request.Login.Session.Device, content, properties, until);
    }

    private static Uri ResourceIn(XElement web, PushRounds pushes)
    {
        var text = web.Element(DavNames.Push + "push-resource")?.Value.Trim() ?? "";
        var isUrl = Uri.TryCreate(text, UriKind.Absolute, out var resource) && text.Length <= pushes.Limits.ResourceCharactersMax;
        var isFit = isUrl && resource is { UserInfo: "", Fragment: "" } && pushes.Reaches(resource);
        return isFit ? resource! : throw new DavException(403, Invalid);
    }

    /// <summary>In base64url, padded or not; empty: it is none.</summary>
    private static byte[] OctetsOf(XElement? element)
    {
        var text = element?.Value.Trim() ?? "";
        return Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : [];
    }

    /// <summary>What the client wishes, within bounds; what is no time to come says nothing.</summary>
    private static DateTimeOffset UntilIn(string? wish, DateTimeOffset now, TimeSpan most)
    {
        var latest = now + most;
        var isTime = DateTimeOffset.TryParseExact(
            wish?.Trim(), "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until);
        var chosen = isTime && until > now && until < latest ? until : latest;
        return DateTimeOffset.FromUnixTimeSeconds(chosen.ToUnixTimeSeconds());
    }
}
