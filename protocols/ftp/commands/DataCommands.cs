using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CompatBot.Protocols.Ftp.Data;

namespace CompatBot.Protocols.Ftp.Commands;

/// <summary>Where the next data connection comes from or goes to (RFC 959 section 4.1.2, RFC 2428).</summary>
internal static class DataCommands
{
    private static readonly FtpReply Bounce = new(504, "Data goes to the client's own address and ports above 1023 only");

    public static async ValueTask<FtpReply> PassiveAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (session.LocalAddress.AddressFamily != AddressFamily.InterNetwork) return new FtpReply(425, "Use EPSV");
        if (await ListenAsync(session) is not { } port) return new FtpReply(425, "No port is free");
        var address = session.LocalAddress.ToString().Replace('.', ',');
        return new FtpReply(227, $"Entering Passive Mode ({address},{port.Number >> 8},{port.Number & 255})");
    }

    public static async ValueTask<FtpReply> ExtendedPassiveAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var own = session.LocalAddress.AddressFamily == AddressFamily.InterNetwork ? "1" : "2";
        if (argument.Trim().Equals("ALL", StringComparison.OrdinalIgnoreCase)) return new FtpReply(200, "EPSV it is");
        if (argument.Trim() is { Length: > 0 } family && family != own)
        {
            return new FtpReply(522, $"Network protocol not supported, use ({own})");
        }

        if (await ListenAsync(session) is not { } port) return new FtpReply(425, "No port is free");
        return new FtpReply(229, $"Entering Extended Passive Mode (|||{port.Number}|)");
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

    private static async ValueTask<DataPort?> ListenAsync(FtpSession session)
    {
        await DropAsync(session);
        return session.Data = DataPort.Listen(session.Connection.RemoteAddress, session.LocalAddress, session.Limits.PassivePorts);
    }

    private static async ValueTask<FtpReply> ConnectAsync(FtpSession session, IPEndPoint target)
    {
        await DropAsync(session);
        session.Data = DataPort.Connect(session.Connection.RemoteAddress, target);
        return session.Data is null ? Bounce : new FtpReply(200, "Data goes there");
    }

    private static async ValueTask DropAsync(FtpSession session)
    {
        if (session.Data is not null) await session.Data.DisposeAsync();
        session.Data = null;
    }
}
