using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Lines;
using CompatBot.Protocols.Smtp.Wire;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Smtp;

/// <summary>Speaks SMTP on the connections of one port: greets, then one command in, one reply out, until QUIT or hang-up.</summary>
public sealed class SmtpHandler(SmtpServices services, SmtpPort port) : ConnectionHandler
{
    private readonly byte[] _tooMany = Encoding.ASCII.GetBytes($"421 4.7.0 {services.HostName} Too many connections\r\n");

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        await using var lines = await services.Server.AcceptAsync(connection, "smtp", port.ImplicitTls, _tooMany);
        if (lines is null) return;
        lines.IdleTimeout = services.Limits.IdleTimeout;
        await using var session = new SmtpSession(services, port, lines);
        if (port.Role == SmtpRole.Lmtp && services.Checks?.Covers(lines.RemoteAddress) == true)
        {
            SmtpReply.Goodbye("4.7.0", "LMTP is for trusted networks (--trusted)").WriteTo(lines.Output);
            return;
        }

        new SmtpReply(220, null, $"{services.HostName} ESMTP CompatBot").WriteTo(lines.Output);
        while (true)
        {
            var read = await lines.ReadLineAsync(services.Limits.CommandLineBytesMax);
            var reply = read.Status switch
            {
                LineStatus.Line => await AnswerAsync(session, read.Bytes),
                LineStatus.TooLong => SmtpReply.Unrecognized("Line too long"),
                LineStatus.BareLineFeed => SmtpReply.Unrecognized("Lines end in CRLF"),
                _ => GoodbyeFor(read.Status),
            };
            if (reply.IsMistake && ++session.Errors >= services.Limits.ErrorsMax) reply = SmtpReply.Goodbye("4.7.0", "Too many errors");
            if (!reply.IsEmpty) reply.WriteTo(lines.Output);
            if (reply.Closes) return;
        }
    }

    /// <summary>The last words, by why there are no more commands.</summary>
    internal static SmtpReply GoodbyeFor(LineStatus status) => status switch
    {
        LineStatus.Closed => new SmtpReply(0, null, "", Closes: true),
        LineStatus.Woken => default,
        LineStatus.IdleTimeout => SmtpReply.Goodbye("4.4.2", "Timeout, closing connection"),
        LineStatus.Draining => SmtpReply.Goodbye("4.3.2", "Service shutting down"),
        LineStatus.Cut => SmtpReply.Goodbye("4.7.0", "Session ended by the owner of the account"),
        LineStatus.Flood => SmtpReply.Goodbye("4.7.0", "Line too long"),
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    private async ValueTask<SmtpReply> AnswerAsync(SmtpSession session, ReadOnlySequence<byte> line)
    {
        var started = Stopwatch.GetTimestamp();
        var (name, command, reply) = Parse(session, line);
        try
        {
            // Not cancelled by a hang-up: a client may close its side behind pipelined commands, and they still count.
            if (command is not null) reply = await command.RunAsync(session, CancellationToken.None);
        }
        catch (Exception error) when (error is not (OperationCanceledException or ConnectionResetException))
        {
            services.Log.Failed("smtp", name, error);
            await session.ResetAsync();

            // Part of a message may be unread: it must never be taken for commands.
            reply = command is Commands.Data or Commands.Bdat ? SmtpReply.Goodbye("4.3.0", "Internal error") : SmtpReply.Failed;
        }

        if (services.Log.IsEnabled(LogLevel.Debug))
        {
            var elapsedMs = (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            services.Log.Answered("smtp", name, reply.Code.ToString(CultureInfo.InvariantCulture), elapsedMs, line.Length, 0);
        }

        return reply;
    }

    private static (string Name, ISmtpCommand? Command, SmtpReply Reply) Parse(SmtpSession session, in ReadOnlySequence<byte> line)
    {
        var bytes = line.IsSingleSegment ? line.FirstSpan : line.ToArray();
        if (bytes.ContainsAny((byte)'\r', (byte)0)) return ("?", null, SmtpReply.Unrecognized("CR or NUL in a command"));
        var lexer = new SmtpLexer(bytes);
        if (!lexer.Verb(out var verb)) return ("?", null, SmtpReply.Unrecognized("Command not recognized"));
        var entry = SmtpCommands.Find(verb);
        if (entry is null)
        {
            return SmtpCommands.IsHttp(verb)
                ? ("http", null, SmtpReply.Goodbye("4.7.0", "This is no web server"))
                : ("?", null, SmtpReply.Unrecognized("Command not recognized"));
        }

        if (entry.MovesNothing && ++session.IdleCommands > session.Limits.IdleCommandsMax)
        {
            return (entry.Name, null, SmtpReply.Goodbye("4.7.0", "Too many commands without mail"));
        }

        if ((entry.AllowedIn & session.State) == 0) return (entry.Name, null, SmtpReply.BadSequence(entry.OutOfOrder));
        var command = entry.Parse(ref lexer);
        return (entry.Name, command, command is null ? lexer.Mistake : default);
    }
}
