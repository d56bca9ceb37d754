using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Identity;

/// <summary>SCRAM-SHA-256's keys (RFC 5802 section 3, RFC 7677).</summary>
internal static class ScramKeys
{
    /// <summary>RFC 7677 section 4 asks for at least 4096. App passwords have 130 random bits: more would protect nothing.</summary>
    public const int Iterations = 4096;

    public const int SaltBytes = 16;
    public const int KeyBytes = 32;

    /// <summary>ClientKey, StoredKey and ServerKey of a password.</summary>
    public static (SecretBytes ClientKey, byte[] StoredKey, byte[] ServerKey) Make(string password, ReadOnlySpan<byte> salt, int iterations)
    {
        Span<byte> salted = stackalloc byte[KeyBytes];
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, salted, iterations, HashAlgorithmName.SHA256);
        var client = SecretBytes.Zeroed(KeyBytes);
        HMACSHA256.HashData(salted, "Client Key"u8, client.Writable);
        var server = HMACSHA256.HashData(salted, "Server Key"u8);
        CryptographicOperations.ZeroMemory(salted);
        return (client, SHA256.HashData(client.Span), server);
    }

    /// <summary>The key of the second wrap: only a password or a valid proof leads to it.</summary>
    public static SecretBytes WrapKey(AccountId account, ReadOnlySpan<byte> clientKey)
    {
        var key = SecretBytes.Zeroed(KeyBytes);
        KeyLabel.Derive(clientKey, account, KeyLabel.Scram, 0, 0, key.Writable);
        return key;
    }

    /// <summary>Takes ClientKey out of a proof; false when the proof is not this device's. Same work either way.</summary>
    public static bool TryProof(
        ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> proof, ReadOnlySpan<byte> authMessage, Span<byte> clientKey)
    {
        HMACSHA256.HashData(storedKey, authMessage, clientKey);
        for (var i = 0; i < KeyBytes; i++) clientKey[i] ^= proof[i];
        Span<byte> hash = stackalloc byte[KeyBytes];
        SHA256.HashData(clientKey, hash);
        return CryptographicOperations.FixedTimeEquals(hash, storedKey);
    }
}
