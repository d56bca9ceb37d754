using System.Buffers;
using System.Diagnostics;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Lines;
using CompatBot.Protocols.Pop3.Wire;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Pop3;

/// <summary>Speaks POP3 on the connections of one port: greets, then one command in, one reply out, until QUIT or hang-up.</summary>
public sealed class Pop3Handler(Pop3Services services, bool implicitTls) : ConnectionHandler
{
    private static readonly byte[] TooMany = "-ERR [SYS/TEMP] Too many connections\r\n"u8.ToArray();

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        await using var lines = await services.Server.AcceptAsync(connection, "pop3", implicitTls, TooMany);
        if (lines is null) return;
        lines.IdleTimeout = services.Limits.LoginTimeout;
        await using var session = new Pop3Session(services, lines);
        Pop3Reply.Ok("CompatBot ready").WriteTo(lines.Output);
        while (true)
        {
            var read = await lines.ReadLineAsync(services.Limits.CommandLineBytesMax);
            if (read.Status == LineStatus.Woken) continue;
            var reply = read.Status switch
            {
                LineStatus.Line => await AnswerAsync(session, read.Bytes),
                LineStatus.TooLong => Pop3Reply.Mistake("Line too long"),
                LineStatus.BareLineFeed => Pop3Reply.Mistake("Lines end in CRLF"),
                _ => GoodbyeFor(read.Status),
            };
            if (reply.IsMistake && ++session.Errors >= services.Limits.ErrorsMax) reply = Pop3Reply.Goodbye("Too many errors");
            reply.WriteTo(lines.Output);
            if (reply.Closes) return;
        }
    }

    /// <summary>The last words, by why there are no more commands. Nothing is deleted: that takes QUIT (RFC 1939 section 3).</summary>
    internal static Pop3Reply GoodbyeFor(LineStatus status) => status switch
    {
        LineStatus.Closed => new Pop3Reply(false, null, Closes: true),
        LineStatus.IdleTimeout => Pop3Reply.Goodbye("[SYS/TEMP] Timeout, closing connection"),
        LineStatus.Draining => Pop3Reply.Goodbye("[SYS/TEMP] Server shutting down"),
        LineStatus.Cut => Pop3Reply.Goodbye("[AUTH] Session ended by the owner of the account"),
        LineStatus.Flood => Pop3Reply.Goodbye("Line too long"),
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    private async ValueTask<Pop3Reply> AnswerAsync(Pop3Session session, ReadOnlySequence<byte> line)
    {
        var started = Stopwatch.GetTimestamp();
        var (name, command, reply) = Parse(session, line);
        var length = line.Length;
        try
        {
            // Not cancelled by a hang-up: a client may close its side behind a pipelined QUIT, and it still counts.
            if (command is not null) reply = await command.RunAsync(session, CancellationToken.None);
        }
        catch (Exception error) when (error is not (OperationCanceledException or ConnectionResetException))
        {
            services.Log.Failed("pop3", name, error);

            // A message that broke off in its middle has no end: the client must not take the next reply for a part of it.
            reply = Pop3Reply.Goodbye("[SYS/TEMP] Internal error");
        }

        if (services.Log.IsEnabled(LogLevel.Debug))
        {
            var elapsedMs = (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            services.Log.Answered("pop3", name, reply.IsOk ? "+OK" : "-ERR", elapsedMs, length, 0);
        }

        return reply;
    }

    private static (string Name, IPop3Command? Command, Pop3Reply Reply) Parse(Pop3Session session, in ReadOnlySequence<byte> line)
    {
        var bytes = line.IsSingleSegment ? line.FirstSpan : line.ToArray();
        if (bytes.ContainsAny((byte)'\r', (byte)0)) return ("?", null, Pop3Reply.Mistake("CR or NUL in a command"));
        var words = new Pop3Words(bytes);
        if (Pop3Commands.Find(words.Keyword) is not { } entry) return ("?", null, Pop3Reply.Mistake("No such command"));
        if ((entry.AllowedIn & session.State) == 0) return (entry.Name, null, Pop3Reply.Mistake("Not now"));
        return entry.Parse(ref words) is { } command
            ? (entry.Name, command, default)
            : (entry.Name, null, Pop3Reply.Mistake("The arguments are not what this command takes"));
    }
}
