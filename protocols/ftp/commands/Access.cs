using CompatBot.Core.Identity;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Sasl;

namespace CompatBot.Protocols.Ftp.Commands;

/// <summary>Who it is, and TLS (RFC 959 section 4.1.1, RFC 4217).</summary>
internal static class Access
{
    private static readonly FtpReply NeedsTls = new(530, "Not without TLS: AUTH TLS first");

    public static ValueTask<FtpReply> UserAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (session.IsLoggedIn) return new(new FtpReply(530, "Already logged in"));
        if (!session.Connection.IsPrivate) return new(NeedsTls);
        session.User = argument.Trim();
        return new(new FtpReply(331, "Send the app password"));
    }

    public static async ValueTask<FtpReply> PasswordAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (session.User is not { } user) return new FtpReply(503, "USER first");
        if (!session.Connection.IsPrivate) return NeedsTls;
        session.User = null;
        var outcome = await session.Services.Logins.LoginOrDropAsync(
            LoginPeer.Of(session.Connection), "PASS", user, new Password(argument), cancellation);
        if (outcome.Drop is { } drop) return await session.EnterAsync(drop, user, cancellation);
        if (outcome.Session is { } login) return await session.EnterAsync(login, user, cancellation);
        if (++session.FailedLogins >= session.Limits.FailedLoginsMax) return FtpReply.Goodbye("Too many failed logins");
        return outcome.LockedOut ? new FtpReply(530, "Too many failed logins, try again later") : FtpReply.From(outcome.Refusal);
    }

    /// <summary>HOST: there is one host, whatever its names are; it is said before who comes.</summary>
    public static ValueTask<FtpReply> HostAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (session.IsLoggedIn || session.User is not null) return new(new FtpReply(503, "HOST comes before USER"));
        var name = argument.Trim();
        var isName = Uri.CheckHostName(name.Trim('[', ']')) != UriHostNameType.Unknown;
        return new(isName ? new FtpReply(220, "CompatBot ready") : FtpReply.Syntax);
    }

    public static async ValueTask<FtpReply> ReinitializeAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        await session.ForgetAsync();
        return new FtpReply(220, "CompatBot ready");
    }

    public static async ValueTask<FtpReply> AuthAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var connection = session.Connection;
        if (argument.ToUpperInvariant() is not ("TLS" or "TLS-C" or "SSL")) return new FtpReply(504, "TLS is the only mechanism");
        if (connection.IsTls) return new FtpReply(503, "Already under TLS");
        if (!connection.CanStartTls) return new FtpReply(431, "TLS is not available");

        // Whoever sat in the middle may have sent what lies behind the line in clear (CVE-2011-0411).
        if (connection.HasPipelinedInput())
        {
            session.Services.Log.InjectionRefused(connection.Protocol);
            return FtpReply.Goodbye("Nothing may follow AUTH");
        }

        new FtpReply(234, "Begin TLS").WriteTo(connection.Output);
        if (!await connection.StartTlsAsync()) return FtpHandler.GoodbyeFor(Net.Lines.LineStatus.Closed);
        await session.ForgetAsync();
        return default;
    }

    public static ValueTask<FtpReply> BufferSizeAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (!session.Connection.IsTls) return new(new FtpReply(503, "AUTH first"));
        session.HasBufferSize = true;
        return new(new FtpReply(200, "PBSZ=0"));
    }

    public static ValueTask<FtpReply> ProtectAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (!session.HasBufferSize) return new(new FtpReply(503, "PBSZ first"));
        switch (argument.ToUpperInvariant())
        {
            case "P":
                session.IsDataProtected = true;
                return new(new FtpReply(200, "Data connections are under TLS"));
            case "C" when session.Connection.IsLoopback:
                session.IsDataProtected = false;
                return new(new FtpReply(200, "Data connections are in clear"));
            case "C":
                return new(new FtpReply(534, "Not in clear over a network"));
            case "S" or "E":
                return new(new FtpReply(536, "TLS knows C and P"));
            default:
                return new(new FtpReply(504, "C or P"));
        }
    }
}
