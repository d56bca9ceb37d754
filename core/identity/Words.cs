using System.Collections.Frozen;
using System.Security.Cryptography;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Identity;

/// <summary>
/// The 24 BIP39 words of an account: 256 bits and 8 bits of checksum. The bits themselves (not BIP39's PBKDF2 seed) are the
/// Ed25519 seed, as in 3Bot Connect. The server shows them once and keeps nothing of them.
/// </summary>
public sealed class Words : IDisposable
{
    public const int Count = 24;
    private const int EntropyBytes = 32;
    private const int BitsPerWord = 11;

    private static readonly string[] List = Load();
    private static readonly FrozenDictionary<string, int> Index =
        List.Select((word, index) => KeyValuePair.Create(word, index)).ToFrozenDictionary(StringComparer.Ordinal);

    private readonly SecretBytes _entropy;

    private Words(SecretBytes entropy)
    {
        _entropy = entropy;
        var publicKey = new byte[Sodium.KeyBytes];
        using var pair = SecretBytes.Zeroed(2 * Sodium.KeyBytes);
        Sodium.SignKeyPair(publicKey, pair.Writable, entropy.Span);
        IdentityKey = publicKey;
    }

    /// <summary>Ed25519 public key: the account's identity.</summary>
    public ReadOnlyMemory<byte> IdentityKey { get; }

    public static Words Generate() => new(SecretBytes.Random(EntropyBytes));

    public static Words FromEntropy(ReadOnlySpan<byte> entropy)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(entropy.Length, EntropyBytes, nameof(entropy));
        return new(SecretBytes.Copy(entropy));
    }

    /// <summary>Case and the kind of white space between the words do not count.</summary>
    /// <returns>Null when it is not 24 words of the list, or their checksum is wrong.</returns>
    public static Words? Parse(string text)
    {
        // The longest word has 8 letters; twice that leaves room for any sensible white space.
        if (text.Length > Count * 2 * 9) return null;
        var words = text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != Count) return null;
        using var bits = SecretBytes.Zeroed(EntropyBytes + 1);
        for (var i = 0; i < Count; i++)
        {
            if (!Index.TryGetValue(words[i], out var index)) return null;
            for (var bit = 0; bit < BitsPerWord; bit++)
            {
                var at = (i * BitsPerWord) + bit;
                if ((index >> (BitsPerWord - 1 - bit) & 1) != 0) bits.Writable[at / 8] |= (byte)(0x80 >> (at % 8));
            }
        }

        var entropy = bits.Span[..EntropyBytes];
        return Checksum(entropy) == bits.Span[EntropyBytes] ? FromEntropy(entropy) : null;
    }

    /// <summary>The words, separated by blanks: for their owner's eyes, once.</summary>
    public string Reveal()
    {
        using var bits = SecretBytes.Zeroed(EntropyBytes + 1);
        _entropy.Span.CopyTo(bits.Writable);
        bits.Writable[EntropyBytes] = Checksum(_entropy.Span);
        var words = new string[Count];
        for (var i = 0; i < Count; i++)
        {
            var index = 0;
            for (var at = i * BitsPerWord; at < (i + 1) * BitsPerWord; at++)
            {
                index = (index << 1) | (bits.Span[at / 8] >> (7 - (at % 8)) & 1);
            }

            words[i] = List[index];
        }

        return string.Join(' ', words);
    }

    /// <summary>An Ed25519 signature (64 bytes) by the account's identity.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        using var pair = SecretBytes.Zeroed(2 * Sodium.KeyBytes);
        Span<byte> publicKey = stackalloc byte[Sodium.KeyBytes];
        Sodium.SignKeyPair(publicKey, pair.Writable, _entropy.Span);
        var signature = new byte[64];
        Sodium.Sign(signature, message, pair.Span);
        return signature;
    }

    public static bool Verify(ReadOnlySpan<byte> identityKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Sodium.Verify(signature, message, identityKey);

    /// <summary>What wraps the account's keys for the day when all devices are lost.</summary>
    internal SecretBytes RecoveryKey(AccountId account)
    {
        var key = SecretBytes.Zeroed(Sodium.KeyBytes);
        KeyLabel.Derive(_entropy.Span, account, KeyLabel.Recovery, 0, 0, key.Writable);
        return key;
    }

    public void Dispose() => _entropy.Dispose();

    public override string ToString() => "(words)";

    private static byte Checksum(ReadOnlySpan<byte> entropy)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(entropy, hash);
        return hash[0];
    }

    private static string[] Load()
    {
        using var stream = typeof(Words).Assembly.GetManifestResourceStream("words.txt")
            ?? throw new InvalidOperationException("The word list is missing from the program.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
