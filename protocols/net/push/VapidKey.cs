using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CompatBot.Core.Push;

namespace CompatBot.Protocols.Net.Push;

/// <summary>By what push services know this server (VAPID, RFC 8292): clients let nobody else send to them.</summary>
public sealed class VapidKey : IDisposable
{
    /// <summary>How long a token lasts; at most 24 hours (RFC 8292 section 2).</summary>
    private static readonly TimeSpan TokenLife = TimeSpan.FromHours(12);

    /// <summary>The order of P-256.</summary>
    private static readonly BigInteger Order = new(
        Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"), isUnsigned: true, isBigEndian: true);

    private static readonly string Header = Base64Url.EncodeToString("""{"typ":"JWT","alg":"ES256"}"""u8);

    private readonly ECDsa _key;
    private readonly string _subject;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();

    private VapidKey(ReadOnlySpan<byte> seed, string subject, TimeProvider time)
    {
        (_subject, _time) = (subject, time);
        var scalar = new byte[32];
        var number = (new BigInteger(seed, isUnsigned: true, isBigEndian: true) % (Order - 1)) + 1;
        var octets = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        octets.CopyTo(scalar.AsSpan(scalar.Length - octets.Length));
        _key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = scalar });
        CryptographicOperations.ZeroMemory(scalar);
        CryptographicOperations.ZeroMemory(octets);
        PublicKey = Base64Url.EncodeToString(MessageEncryption.PointOf(_key.ExportParameters(false)));
    }

    /// <param name="keys">The same after each start, for clients subscribe by it.</param>
    /// <param name="subject">Where the operator of a push service finds the one of this server: a mailto or https URL.</param>
    /// <param name="time">For how long a token lasts.</param>
    public static VapidKey Of(PushKeys keys, string subject, TimeProvider time)
    {
        Span<byte> seed = stackalloc byte[PushKeys.SeedBytes];
        keys.WriteSeed(seed);
        var key = new VapidKey(seed, subject, time);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }

    /// <summary>The point, uncompressed, in base64url.</summary>
    public string PublicKey { get; }

    /// <summary>The Authorization field of a request to a push resource (RFC 8292 section 3).</summary>
    public string AuthorizationFor(Uri resource)
    {
        var until = (_time.GetUtcNow() + TokenLife).ToUnixTimeSeconds();
        var subject = JsonEncodedText.Encode(_subject);
        var claims = string.Create(
            CultureInfo.InvariantCulture, $$"""{"aud":"{{OriginOf(resource)}}","exp":{{until}},"sub":"{{subject}}"}""");
        var signed = $"{Header}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        byte[] signature;
        lock (_lock) signature = _key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256);
        return $"vapid t={signed}.{Base64Url.EncodeToString(signature)}, k={PublicKey}";
    }

    public void Dispose() => _key.Dispose();

    /// <summary>In ASCII (RFC 6454 section 6.2).</summary>
    private static string OriginOf(Uri url)
    {
        var host = url.HostNameType == UriHostNameType.IPv6 ? url.Host : url.IdnHost;
        var port = url.IsDefaultPort ? "" : ":" + url.Port.ToString(CultureInfo.InvariantCulture);
        return $"{url.Scheme}://{host}{port}";
    }

    public override string ToString() => "(VAPID key)";
}
