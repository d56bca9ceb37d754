using System.Diagnostics;
using CompatBot.Protocols.ManageSieve.Commands;
using CompatBot.Protocols.ManageSieve.Wire;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Lines;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.ManageSieve;

/// <summary>Speaks ManageSieve on one port: greets, then one command in, one reply out, until LOGOUT or hang-up.</summary>
public sealed class ManageSieveHandler(ManageSieveServices services) : ConnectionHandler
{
    private static readonly byte[] TooMany = "BYE (TRYLATER) \"Too many connections\"\r\n"u8.ToArray();

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        await using var lines = await services.Server.AcceptAsync(connection, "managesieve", implicitTls: false, TooMany);
        if (lines is null) return;
        lines.IdleTimeout = services.Limits.LoginTimeout;
        await using var session = new ManageSieveSession(services, lines);
        (await new Capability().RunAsync(session, CancellationToken.None)).WriteTo(lines.Output);
        while (true)
        {
            var read = await CommandReader.ReadAsync(lines, services.Limits, session.LiteralBytesMax);
            if (read.Status == LineStatus.Woken) continue;
            var reply = read.Status switch
            {
                LineStatus.Line => await AnswerAsync(session, read),
                LineStatus.TooLong => ManageSieveReply.Mistake("Line too long"),
                LineStatus.BareLineFeed => ManageSieveReply.Mistake("Lines end in CRLF"),
                _ => GoodbyeFor(read.Status),
            };
            if (reply.IsMistake && ++session.Errors >= services.Limits.ErrorsMax) reply = ManageSieveReply.Bye("Too many errors");
            reply.WriteTo(lines.Output);
            if (reply.Closes) return;
        }
    }

    /// <summary>The last words, by why there are no more commands.</summary>
    internal static ManageSieveReply GoodbyeFor(LineStatus status) => status switch
    {
        LineStatus.Closed => ManageSieveReply.Written with { Closes = true },
        LineStatus.IdleTimeout => ManageSieveReply.Bye("Timeout, closing connection", "TRYLATER"),
        LineStatus.Draining => ManageSieveReply.Bye("Server shutting down", "TRYLATER"),
        LineStatus.Cut => ManageSieveReply.Bye("Session ended by the owner of the account"),
        LineStatus.Flood => ManageSieveReply.Bye("Too long", "QUOTA/MAXSIZE"),
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    private async ValueTask<ManageSieveReply> AnswerAsync(ManageSieveSession session, ReadCommand read)
    {
        var started = Stopwatch.GetTimestamp();
        var (command, reply) = Parse(session, read);
        try
        {
            if (command is not null) reply = await command.RunAsync(session, CancellationToken.None);
        }
        catch (Exception error) when (error is not (OperationCanceledException or ConnectionResetException))
        {
            services.Log.Failed("managesieve", read.Name, error);
            reply = ManageSieveReply.Bye("Internal error", "TRYLATER");
        }

        if (services.Log.IsEnabled(LogLevel.Debug))
        {
            var elapsedMs = (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            services.Log.Answered("managesieve", command is null ? "?" : read.Name, reply.Word ?? "OK", elapsedMs, 0, 0);
        }

        return reply;
    }

    private static (IManageSieveCommand? Command, ManageSieveReply Reply) Parse(ManageSieveSession session, ReadCommand read)
    {
        if (!ManageSieveCommands.Table.TryGetValue(read.Name, out var entry)) return (null, ManageSieveReply.Mistake("No such command"));
        if ((entry.AllowedIn & session.State) == 0) return (null, ManageSieveReply.Mistake("Not now"));
        if (read.Fault is { } fault) return (null, ManageSieveReply.Mistake(fault));
        return entry.Parse(read.Values) is { } command
            ? (command, default)
            : (null, ManageSieveReply.Mistake("The arguments are not what this command takes"));
    }
}
