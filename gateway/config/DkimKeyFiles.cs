using System.Globalization;
using System.Security.Cryptography;
using CompatBot.Core.Proof;
using CompatBot.Protocols.Smtp.Dkim;

namespace CompatBot.Gateway.Config;

/// <summary>
/// The keys that sign mail, as files of the folder dkim in the data directory: SELECTOR.pem (RSA, PKCS #8) and SELECTOR.ed25519 (64 hex
/// digits). The selector is the day on which the key was made, with a letter for its kind.
/// </summary>
internal static class DkimKeyFiles
{
    public const string FolderName = "dkim";

    private const string Rsa = ".pem", Ed25519 = ".ed25519";

    /// <summary>Reads every key, the newest first; makes a first pair when there is none.</summary>
    /// <exception cref="IOException">A file holds no key.</exception>
    public static IReadOnlyList<DkimKey> Open(string dataDirectory, DateTimeOffset now)
    {
        var folder = DataDirectory.EnsurePrivate(Path.Combine(dataDirectory, FolderName));
        if (Directory.GetFiles(folder).Length == 0) Make(dataDirectory, now);
        return [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Reverse().Select(Read).OfType<DkimKey>()];
    }

    /// <summary>Makes a fresh pair.</summary>
    /// <returns>False when one was made on this day already.</returns>
    public static bool Make(string dataDirectory, DateTimeOffset now)
    {
        var folder = DataDirectory.EnsurePrivate(Path.Combine(dataDirectory, FolderName));
        var day = now.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        var (rsaFile, edFile) = (Path.Combine(folder, $"cb{day}r{Rsa}"), Path.Combine(folder, $"cb{day}e{Ed25519}"));
        if (File.Exists(rsaFile) || File.Exists(edFile)) return false;
        using var rsa = RSA.Create(RsaDkimKey.Bits);
        DataDirectory.ReplacePrivate(rsaFile, rsa.ExportPkcs8PrivateKeyPem());
        DataDirectory.ReplacePrivate(edFile, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Ed25519Key.SeedBytes)));
        return true;
    }

    private static DkimKey? Read(string file)
    {
        var selector = Path.GetFileNameWithoutExtension(file);
        try
        {
            return Path.GetExtension(file) switch
            {
                Rsa => new RsaDkimKey(selector, File.ReadAllText(file)),
                Ed25519 => new Ed25519DkimKey(selector, Convert.FromHexString(File.ReadAllText(file).Trim())),
                _ => null,
            };
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException or FormatException)
        {
            throw new IOException($"{file} holds no DKIM key", error);
        }
    }
}
