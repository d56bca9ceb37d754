using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CompatBot.Protocols.Ftp.Data;

namespace CompatBot.Protocols.Ftp.Commands;

/// <summary>Where the next data connection comes from or goes to (RFC 959 section 4.1.2, RFC 2428).</summary>
internal static class DataCommands
{
    private static readonly FtpReply Bounce = new(504, "Data goes to the client's own address and ports above 1023 only");

    private static readonly FtpReply EpsvAlone = new(503, "EPSV ALL was said"); // RFC 2428 section 4

    private static readonly FtpReply NoPort = new(425, "No port is free");

    public static ValueTask<FtpReply> PassiveAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (session.IsEpsvOnly) return new(EpsvAlone);
        if (session.LocalAddress.AddressFamily != AddressFamily.InterNetwork) return new(new FtpReply(425, "Use EPSV"));
        if (Listen(session) is not { } port) return new(NoPort);
        var address = session.LocalAddress.ToString().Replace('.', ',');
        return new(new FtpReply(227, $"Entering Passive Mode ({address},{port.Number >> 8},{port.Number & 255})"));
    }

    public static ValueTask<FtpReply> ExtendedPassiveAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var own = session.LocalAddress.AddressFamily == AddressFamily.InterNetwork ? "1" : "2";
        if (argument.Trim().Equals("ALL", StringComparison.OrdinalIgnoreCase))
        {
            session.IsEpsvOnly = true;
            return new(new FtpReply(200, "EPSV it is"));
        }

        if (argument.Trim() is { Length: > 0 } family && family != own)
        {
            return new(new FtpReply(522, $"Network protocol not supported, use ({own})"));
        }

        return new(Listen(session) is { } port ? new FtpReply(229, $"Entering Extended Passive Mode (|||{port.Number}|)") : NoPort);
    }

    public static ValueTask<FtpReply> PortAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var parts = argument.Split(',');
        var numbers = new byte[6];
        for (var i = 0; i < 6; i++)
        {
            if (parts.Length != 6 || !byte.TryParse(parts[i].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
            {
                return new(FtpReply.Syntax);
            }
        }

        return ConnectAsync(session, new IPEndPoint(new IPAddress(numbers.AsSpan(0, 4)), (numbers[4] << 8) | numbers[5]));
    }

    /// <summary>|1|132.235.1.2|6275| or |2|1080::8:800:200C:417A|5282|</summary>
    public static ValueTask<FtpReply> ExtendedPortAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var parts = argument.Split(argument[0]);
        if (parts.Length != 5 || !IPAddress.TryParse(parts[2], out var address)) return new(FtpReply.Syntax);
        if (!ushort.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out var port)) return new(FtpReply.Syntax);
        var family = address.AddressFamily == AddressFamily.InterNetwork ? "1" : "2";
        return parts[1] == family
            ? ConnectAsync(session, new IPEndPoint(address, port))
            : new(new FtpReply(522, "Network protocol not supported, use (1,2)"));
    }

    private static DataPort? Listen(FtpSession session)
    {
        session.Data?.Dispose();
        return session.Data = DataPort.Listen(session.Connection.RemoteAddress, session.LocalAddress, session.Limits.PassivePorts);
    }

    private static ValueTask<FtpReply> ConnectAsync(FtpSession session, IPEndPoint target)
    {
        if (session.IsEpsvOnly) return new(EpsvAlone);
        session.Data?.Dispose();
        session.Data = DataPort.Connect(session.Connection.RemoteAddress, target);
        return new(session.Data is null ? Bounce : new FtpReply(200, "Data goes there"));
    }
}
