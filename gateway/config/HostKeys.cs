using System.Security.Cryptography;
using CompatBot.Core.Proof;

namespace CompatBot.Gateway.Config;

/// <summary>Finds the host key: 64 hex digits in a file of the operator's, a systemd credential, or a file of the data directory.</summary>
internal static class HostKeys
{
    /// <summary>The credential's name, and the file's in the data directory.</summary>
    public const string Name = "compatbot-host-key";

    /// <param name="file">What --host-key gave.</param>
    /// <param name="directory">The data directory.</param>
    /// <exception cref="IOException">The file is missing or holds no key.</exception>
    public static HostKey Open(string? file, string directory)
    {
        file ??= Credential();
        if (file is not null) return Read(file);
        var own = Path.Combine(directory, Name);
        var fresh = RandomNumberGenerator.GetBytes(HostKey.SeedBytes);
        if (!File.Exists(own)) DataDirectory.ReplacePrivate(own, Convert.ToHexStringLower(fresh));
        return Read(own);
    }

    private static string? Credential() =>
        Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY") is { Length: > 0 } folder && File.Exists(Path.Combine(folder, Name))
            ? Path.Combine(folder, Name)
            : null;

    private static HostKey Read(string file)
    {
        var hex = File.ReadAllText(file).Trim();
        if (hex.Length != 2 * HostKey.SeedBytes || !hex.All(char.IsAsciiHexDigit))
        {
            throw new IOException($"The host key in {file} is not {2 * HostKey.SeedBytes} hex digits");
        }

        var seed = Convert.FromHexString(hex);
        var key = new HostKey(seed);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }
}
