using System.Buffers.Binary;
using System.Security.Cryptography;

namespace CompatBot.Protocols.Net.Push;

/// <summary>Encrypts a message so that its client can read it and the push service can not (RFC 8291, aes128gcm of RFC 8188).</summary>
internal static class MessageEncryption
{
    /// <summary>Octets of a point on P-256, uncompressed.</summary>
    public const int PointBytes = 65;

    /// <summary>Longest message, in octets: every push service takes a body of 4096 (RFC 8030 section 7.2).</summary>
    public const int MessageBytesMax = RecordBytes - HeaderBytes - TagBytes - 1;

    private const int RecordBytes = 4096;
    private const int SaltBytes = 16;
    private const int HeaderBytes = SaltBytes + sizeof(uint) + 1 + PointBytes;
    private const int KeyBytes = 16;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int CoordinateBytes = 32;

    /// <summary>What stands behind the only record (RFC 8188 section 2).</summary>
    private const byte LastRecord = 2;

    /// <summary>Whether octets are a point of the curve other than infinity, uncompressed.</summary>
    public static bool IsPoint(ReadOnlySpan<byte> octets)
    {
        if (octets.Length != PointBytes || octets[0] != 4) return false;
        try
        {
            using var key = ECDiffieHellman.Create(Parameters(octets, null));
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>The body of a message, under a key and a salt that are used once.</summary>
    public static byte[] Encrypt(ReadOnlySpan<byte> message, ReadOnlySpan<byte> client, ReadOnlySpan<byte> authSecret)
    {
        using var own = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        return Encrypt(message, client, authSecret, own, RandomNumberGenerator.GetBytes(SaltBytes));
    }

    internal static byte[] Encrypt(
        ReadOnlySpan<byte> message, ReadOnlySpan<byte> client, ReadOnlySpan<byte> authSecret, ECDiffieHellman own, ReadOnlySpan<byte> salt)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(message.Length, MessageBytesMax);
        var body = new byte[HeaderBytes + message.Length + 1 + TagBytes];
        salt.CopyTo(body);
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(SaltBytes), RecordBytes);
        body[SaltBytes + sizeof(uint)] = PointBytes;
        var point = PointOf(own.ExportParameters(false));
        point.CopyTo(body.AsSpan(HeaderBytes - PointBytes));

        using var other = ECDiffieHellman.Create(Parameters(client, null));
        var shared = own.DeriveRawSecretAgreement(other.PublicKey);
        byte[] about = [.. "WebPush: info\0"u8, .. client, .. point];
        var input = HKDF.DeriveKey(HashAlgorithmName.SHA256, shared, 32, authSecret.ToArray(), about);
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, input, KeyBytes, salt.ToArray(), "Content-Encoding: aes128gcm\0"u8.ToArray());
        var nonce = HKDF.DeriveKey(HashAlgorithmName.SHA256, input, NonceBytes, salt.ToArray(), "Content-Encoding: nonce\0"u8.ToArray());

        using var cipher = new AesGcm(key, TagBytes);
        byte[] plain = [.. message, LastRecord];
        cipher.Encrypt(nonce, plain, body.AsSpan(HeaderBytes, plain.Length), body.AsSpan(HeaderBytes + plain.Length));
        return body;
    }

    /// <summary>A key's public point, uncompressed.</summary>
    public static byte[] PointOf(ECParameters key) => [4, .. key.Q.X!, .. key.Q.Y!];

    /// <param name="point">Uncompressed.</param>
    /// <param name="scalar">Of the private key; null: there is none.</param>
    internal static ECParameters Parameters(ReadOnlySpan<byte> point, byte[]? scalar) => new()
    {
        Curve = ECCurve.NamedCurves.nistP256,
        Q = new ECPoint
        {
            X = point.Slice(1, CoordinateBytes).ToArray(), Y = point.Slice(1 + CoordinateBytes, CoordinateBytes).ToArray(),
        },
        D = scalar,
    };
}
