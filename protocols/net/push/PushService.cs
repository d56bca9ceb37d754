using System.Globalization;
using System.Net.Http.Headers;
using CompatBot.Core.Push;
using CompatBot.Protocols.Net.Http;

namespace CompatBot.Protocols.Net.Push;

/// <summary>Sends messages to the push resources that clients name (RFC 8030 section 5), encrypted for them.</summary>
public sealed class PushService(PublicHttp http, VapidKey key)
{
    /// <summary>How long a push service keeps a message for a client that is away: later it asks by itself.</summary>
    private static readonly TimeSpan MessageLife = TimeSpan.FromDays(1);

    public string PublicKey => key.PublicKey;

    /// <summary>Whether a message can be sent there: https, or what the operator lets be reached for testing.</summary>
    public bool Reaches(Uri resource) =>
        resource.Scheme == Uri.UriSchemeHttps || (resource.Scheme == Uri.UriSchemeHttp && http.AllowsPrivate);

    /// <param name="to">With keys that were checked when it subscribed.</param>
    /// <param name="message">At most <see cref="MessageEncryption.MessageBytesMax"/> octets.</param>
    /// <param name="slot">RFC 8030 section 5.4.</param>
    /// <param name="cancellation">Ends the wait for an answer.</param>
    public async ValueTask<PushOutcome> SendAsync(
        PushSubscription to, ReadOnlyMemory<byte> message, string slot, CancellationToken cancellation)
    {
        if (!Reaches(to.Resource)) return new PushOutcome(PushAnswer.Refused);
        using var request = new HttpRequestMessage(HttpMethod.Post, to.Resource);
        request.Content = new ByteArrayContent(MessageEncryption.Encrypt(message.Span, to.PublicKey.Span, to.AuthSecret.Span));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Content.Headers.ContentEncoding.Add("aes128gcm");
        request.Headers.TryAddWithoutValidation("Authorization", key.AuthorizationFor(to.Resource));
        request.Headers.Add("TTL", MessageLife.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("Urgency", "normal");
        request.Headers.Add("Topic", slot);
        try
        {
            using var answer = await http.SendAsync(request, cancellation);
            return (int)answer.StatusCode switch
            {
                >= 200 and < 300 => new PushOutcome(PushAnswer.Sent),
                404 or 410 => new PushOutcome(PushAnswer.Gone),
                429 or >= 500 => new PushOutcome(PushAnswer.Later, Delay(answer.Headers.RetryAfter)),
                _ => new PushOutcome(PushAnswer.Refused),
            };
        }
        catch (HttpRequestException error)
        {
            return new PushOutcome(PublicHttp.IsNotPublic(error) ? PushAnswer.Refused : PushAnswer.Later);
        }
    }

    private static TimeSpan? Delay(RetryConditionHeaderValue? after) =>
        after?.Delta is { } delay && delay > TimeSpan.Zero ? delay : null; // A date needs two clocks that agree: the own pace will do.
}
