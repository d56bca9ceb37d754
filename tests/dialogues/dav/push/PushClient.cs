using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Xunit;

namespace CompatBot.DialogueTests.Dav.Push;

/// <summary>A client with a subscription at a push service: reads what was encrypted for it (RFC 8291, by 8188 and 5869).</summary>
internal sealed class PushClient : IDisposable
{
    public static readonly XNamespace Push = "https://bitfire.at/webdav-push";

    private readonly ECDiffieHellman _key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(16);

    public PushClient(string resource)
    {
        Resource = resource;
        var point = _key.ExportParameters(false).Q;
        Point = [4, .. point.X!, .. point.Y!];
    }

    public string Resource { get; }

    public byte[] Point { get; }

    /// <summary>A push-register element.</summary>
    /// <param name="triggers">Inside of its trigger.</param>
    public string Registration(string triggers = "<content-update><D:depth>infinity</D:depth></content-update>", string expires = "") =>
        Registration(Resource, Base64Url.EncodeToString(Point), Base64Url.EncodeToString(_secret), triggers, expires);

    public static string Registration(string resource, string key, string secret, string triggers, string expires = "") =>
        $"<push-register xmlns='{Push}' xmlns:D='DAV:'><subscription><web-push-subscription><push-resource>{resource}</push-resource>"
        + $"<content-encoding>aes128gcm</content-encoding><subscription-public-key type='p256dh'>{key}</subscription-public-key>"
        + $"<auth-secret>{secret}</auth-secret></web-push-subscription></subscription>"
        + $"<trigger>{triggers}</trigger>{expires}</push-register>";

    /// <summary>What a message says.</summary>
    public XElement Read(PushedMessage message)
    {
        Assert.Equal("aes128gcm", message["Content-Encoding"]);
        var body = message.Body.AsSpan();
        var salt = body[..16].ToArray();
        Assert.True(BinaryPrimitives.ReadUInt32BigEndian(body[16..]) >= body.Length - 21 - body[20]);
        var server = body.Slice(21, body[20]).ToArray();
        var sealedOctets = body[(21 + server.Length)..];
        using var other = ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = server[1..33], Y = server[33..] },
        });
        var shared = _key.DeriveRawSecretAgreement(other.PublicKey);
        var input = Derive(_secret, shared, [.. "WebPush: info\0"u8, .. Point, .. server], 32);
        using var cipher = new AesGcm(Derive(salt, input, "Content-Encoding: aes128gcm\0"u8.ToArray(), 16), 16);
        var plain = new byte[sealedOctets.Length - 16];
        cipher.Decrypt(Derive(salt, input, "Content-Encoding: nonce\0"u8.ToArray(), 12), sealedOctets[..^16], sealedOctets[^16..], plain);
        Assert.Equal(2, plain[^1]);
        return XElement.Parse(Encoding.UTF8.GetString(plain.AsSpan(0, plain.Length - 1)));
    }

    /// <summary>Holds a message's VAPID token to the key that the server told its clients (RFC 8292).</summary>
    public static void Verify(PushedMessage message, string serverKey, string origin, DateTimeOffset now)
    {
        var field = message["Authorization"];
        Assert.StartsWith("vapid t=", field, StringComparison.Ordinal);
        var parts = field["vapid t=".Length..].Split(", k=");
        Assert.Equal(serverKey, parts[1]);
        var point = Base64Url.DecodeFromChars(parts[1]);
        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = point[1..33], Y = point[33..] },
        });
        var token = parts[0].Split('.');
        var signed = Encoding.ASCII.GetBytes($"{token[0]}.{token[1]}");
        Assert.True(key.VerifyData(signed, Base64Url.DecodeFromChars(token[2]), HashAlgorithmName.SHA256));
        Assert.Equal("""{"typ":"JWT","alg":"ES256"}""", Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token[0])));
        using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(token[1]));
        Assert.Equal(origin, claims.RootElement.GetProperty("aud").GetString());
        Assert.Equal("mailto:postmaster@mail.test", claims.RootElement.GetProperty("sub").GetString());
        var until = DateTimeOffset.FromUnixTimeSeconds(claims.RootElement.GetProperty("exp").GetInt64());
        Assert.InRange(until, now, now.AddHours(24));
    }

    public void Dispose() => _key.Dispose();

    /// <summary>HKDF of one block (RFC 5869), written out.</summary>
    private static byte[] Derive(byte[] salt, byte[] input, byte[] info, int length) =>
        HMACSHA256.HashData(HMACSHA256.HashData(salt, input), (byte[])[.. info, 1])[..length];
}
