using System.Security.Cryptography;
using CompatBot.Core.Vault;

namespace CompatBot.Storage.Backup;

/// <summary>
/// The key of a backup folder: 32 random bytes. What is in a backup is sealed under the owners' keys already; this key hides the rest
/// (who has an account, addresses, names of blobs), so that the medium shows sizes and times and nothing else.
/// </summary>
public sealed class BackupKey : IDisposable
{
    public const int Length = 32;

    /// <summary>What a salt that comes with each file is mixed into.</summary>
    private static ReadOnlySpan<byte> FileLabel => "compatbot backup file v1"u8;

    private static ReadOnlySpan<byte> CheckLabel => "compatbot backup check v1"u8;

    private const string Prefix = "compatbot-backup-key-1 ";

    private readonly SecretBytes _key;

    private BackupKey(SecretBytes key) => _key = key;

    public static BackupKey Draw() => new(SecretBytes.Random(Length));

    /// <returns>Null when the text is no such key.</returns>
    public static BackupKey? Parse(string text)
    {
        var hex = text.Trim();
        if (!hex.StartsWith(Prefix, StringComparison.Ordinal) || hex.Length != Prefix.Length + (2 * Length)) return null;
        var bytes = new byte[Length];
        try
        {
            var status = Convert.FromHexString(hex.AsSpan(Prefix.Length), bytes, out _, out var written);
            return status == System.Buffers.OperationStatus.Done && written == Length ? new BackupKey(SecretBytes.Copy(bytes)) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>One line that a file keeps, or a person writes down.</summary>
    public string ToText() => Prefix + Convert.ToHexStringLower(_key.Span);

    public void Dispose() => _key.Dispose();

    public override string ToString() => "(key)";

    /// <summary>The cipher of one file.</summary>
    internal AesGcm Cipher(ReadOnlySpan<byte> salt)
    {
        Span<byte> key = stackalloc byte[Length];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _key.Span, key, salt, FileLabel);
        var cipher = new AesGcm(key, SealedFile.TagBytes);
        CryptographicOperations.ZeroMemory(key);
        return cipher;
    }

    /// <summary>Tells a wrong key from a damaged file; opens nothing.</summary>
    internal byte[] CheckOf(ReadOnlySpan<byte> folderId)
    {
        var check = new byte[Length];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _key.Span, check, folderId, CheckLabel);
        return check;
    }
}
