using System.Security.Cryptography;
using CompatBot.Core.Vault;
using CompatBot.Formats.Text;
using CompatBot.Protocols.Net.Dns;
using CompatBot.Storage.Sqlite;

namespace CompatBot.Gateway.Admin.Doctor;

/// <summary>The system's libraries that the program loads: there, and new enough.</summary>
internal static class LibraryChecks
{
    public static IEnumerable<Finding> Look() =>
    [
        Library("libsqlite3", "3.35", "libsqlite3-0", () => SqliteStore.LibraryVersion),
        Library("libsodium", "1.0.18", "libsodium23", () => SodiumLibrary.Version),
        Library("libunistring", "1.0", "libunistring2", () => UnicodeForm.LibraryVersion),
        Library("libunbound", "1.13", "libunbound8", () => UnboundResolver.LibraryVersion),
        Library("OpenSSL", "3.0", "libssl3", OpenSsl),
    ];

    public static Finding Library(string name, string least, string package, Func<Version> version)
    {
        try
        {
            var found = version();
            return found < Version.Parse(least)
                ? Finding.Problem("libraries", $"{name} {found} is older than {least}", $"apt-get install {package}")
                : Finding.Ok("libraries", $"{name} {found}");
        }
        catch (Exception error) when (error is DllNotFoundException or TypeInitializationException or EntryPointNotFoundException)
        {
            return Finding.Problem("libraries", $"{name} does not load", $"apt-get install {package}");
        }
    }

    /// <summary>0xMNN00PP0: major, minor, patch (OPENSSL_VERSION_NUMBER).</summary>
    private static Version OpenSsl()
    {
        var number = SafeEvpPKeyHandle.OpenSslVersion;
        return new Version((int)(number >> 28), (int)(number >> 20 & 0xFF), (int)(number >> 4 & 0xFF));
    }
}
