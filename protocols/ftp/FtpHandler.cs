using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using CompatBot.Core.Content;
using CompatBot.Core.Journal;
using CompatBot.Protocols.Ftp.Commands;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Lines;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Ftp;

/// <summary>Speaks FTP on the control connections of one port: greets, then one command in, its replies out, until QUIT.</summary>
public sealed class FtpHandler(FtpServices services, bool implicitTls) : ConnectionHandler
{
    private static readonly byte[] TooMany = "421 Too many connections\r\n"u8.ToArray();
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        await using var lines = await services.Server.AcceptAsync(connection, "ftp", implicitTls, TooMany);
        if (lines is null) return;
        lines.IdleTimeout = services.Limits.LoginTimeout;
        var local = (connection.LocalEndPoint as IPEndPoint)?.Address ?? IPAddress.Loopback;
        await using var session = new FtpSession(services, lines, local.IsIPv4MappedToIPv6 ? local.MapToIPv4() : local);
        new FtpReply(220, "CompatBot ready").WriteTo(lines.Output);
        while (true)
        {
            var read = await session.ReadAsync();
            if (read.Status == LineStatus.Woken) continue;
            var reply = read.Status switch
            {
                LineStatus.Line => await AnswerAsync(session, read.Bytes),
                LineStatus.TooLong => new FtpReply(500, "Line too long"),
                LineStatus.BareLineFeed => new FtpReply(500, "Lines end in CRLF"),
                _ => GoodbyeFor(read.Status),
            };
            if (reply.IsMistake && ++session.Errors >= services.Limits.ErrorsMax) reply = FtpReply.Goodbye("Too many errors");
            if (!reply.IsEmpty) reply.WriteTo(lines.Output);
            if (reply.Closes) return;
        }
    }

    /// <summary>The last words, by why there are no more commands.</summary>
    internal static FtpReply GoodbyeFor(LineStatus status) => status switch
    {
        LineStatus.Closed => new FtpReply(0, "", Closes: true),
        LineStatus.IdleTimeout => FtpReply.Goodbye("Timeout, closing connection"),
        LineStatus.Draining => FtpReply.Goodbye("Service shutting down"),
        LineStatus.Cut => FtpReply.Goodbye("Session ended by the owner of the account"),
        LineStatus.Flood => FtpReply.Goodbye("Line too long"),
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    private async ValueTask<FtpReply> AnswerAsync(FtpSession session, ReadOnlySequence<byte> line)
    {
        var started = Stopwatch.GetTimestamp();
        var (entry, argument, reply) = Parse(session, line);
        try
        {
            if (entry is not null) reply = await RunOf(session, entry)(session, argument, CancellationToken.None);
        }
        catch (Exception error) when (error is ContentException or JournalException)
        {
            services.Log.Failed("ftp", entry!.Name, error);
            reply = new FtpReply(451, "The store can not be read");
        }
        catch (Exception error) when (error is not (OperationCanceledException or ConnectionResetException))
        {
            services.Log.Failed("ftp", entry!.Name, error);
            reply = new FtpReply(451, "Internal error");
        }

        if (entry is { Prepares: false }) session.RestartAt = 0;
        if (entry is not null && entry.Name != "RNFR") session.RenameFrom = null;
        if (services.Log.IsEnabled(LogLevel.Debug))
        {
            var elapsedMs = (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            var code = reply.Code.ToString(CultureInfo.InvariantCulture);
            services.Log.Answered("ftp", entry?.Name ?? "?", code, elapsedMs, 0, 0);
        }

        return reply;
    }

    private static FtpRun RunOf(FtpSession session, FtpCommandEntry entry) =>
        session.Drop is null || entry.ForDrops || !entry.NeedsLogin ? entry.Run : entry.Drop ?? Dropping.RefuseAsync;

    private static (FtpCommandEntry? Entry, string Argument, FtpReply Reply) Parse(FtpSession session, in ReadOnlySequence<byte> line)
    {
        var bytes = FtpCommands.WithoutTelnet(line.IsSingleSegment ? line.FirstSpan : line.ToArray());
        if (bytes.ContainsAny((byte)'\r', (byte)0)) return (null, "", new FtpReply(500, "CR or NUL in a command"));
        string text;
        try
        {
            text = Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return (null, "", new FtpReply(501, "Names are in UTF-8"));
        }

        var blank = text.IndexOf(' ', StringComparison.Ordinal);
        var (name, argument) = blank < 0 ? (text, "") : (text[..blank], text[(blank + 1)..]);
        if (FtpCommands.Find(name) is not { } entry) return (null, "", new FtpReply(500, "No such command"));
        if (entry.NeedsLogin && !session.IsLoggedIn) return (null, "", new FtpReply(530, "Log in first"));
        return entry.NeedsArgument && argument.Length == 0 ? (null, "", FtpReply.Syntax) : (entry, argument, default);
    }
}
