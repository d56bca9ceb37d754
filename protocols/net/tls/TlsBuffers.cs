using System.Net.Security;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CompatBot.Protocols.Net.Tls;

/// <summary>
/// Has OpenSSL give its two buffers of a connection back whenever they are empty (SSL_MODE_RELEASE_BUFFERS), instead of keeping what
/// the last record carried, and 33 KB, for as long as the connection idles. SslStream has no setting for it and OpenSSL's
/// configuration file neither: so this reaches for the handle that SslStream holds. Where a later runtime keeps it elsewhere,
/// connections work as before and hold more memory.
/// </summary>
internal static partial class TlsBuffers
{
    private const int ControlMode = 33;
    private const int ReleaseBuffers = 0x10;
    private const long VersionThree = 0x3000_0000;

    private static readonly FieldInfo? Handle = OperatingSystem.IsLinux() && SafeEvpPKeyHandle.OpenSslVersion >= VersionThree
        ? typeof(SslStream).GetField("_securityContext", BindingFlags.Instance | BindingFlags.NonPublic)
        : null;

    /// <param name="stream">After its handshake.</param>
    /// <returns>False: this runtime offers no way.</returns>
    public static bool ReleaseWhenEmpty(SslStream stream)
    {
        if (Handle?.GetValue(stream) is not SafeHandle { IsInvalid: false } connection) return false;
        var held = false;
        try
        {
            connection.DangerousAddRef(ref held);
            return (SSL_ctrl(connection.DangerousGetHandle(), ControlMode, ReleaseBuffers, 0) & ReleaseBuffers) != 0;
        }
        finally
        {
            if (held) connection.DangerousRelease();
        }
    }

    [LibraryImport("libssl.so.3")]
    private static partial long SSL_ctrl(nint connection, int command, long value, nint pointer);
}
