using System.Diagnostics;
using System.Text;
using CompatBot.Protocols.Imap.Commands;
using CompatBot.Protocols.Imap.Wire;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Lines;
using Microsoft.AspNetCore.Connections;

namespace CompatBot.Protocols.Imap;

/// <summary>Speaks IMAP on one connection: greets, then one command in, one tagged reply out, until LOGOUT or hang-up.</summary>
public sealed class ImapHandler(ImapServices services, bool implicitTls) : ConnectionHandler
{
    private static readonly byte[] TooMany = "* BYE [UNAVAILABLE] Too many connections\r\n"u8.ToArray();

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        await using var lines = await services.Lines.AcceptAsync(connection, "imap", implicitTls, TooMany);
        if (lines is null) return;
        await using var session = new ImapSession(services, lines);
        lines.IdleTimeout = services.Limits.LoginTimeout;
        Write(session, $"* OK [CAPABILITY {ImapCapabilities.For(session)}] CompatBot ready\r\n");

        var mistakes = 0;
        while (session.State != ImapState.Logout)
        {
            var status = await session.Reader.ReadAsync(session.IsAppend);
            if (status == CommandStatus.Ended && session.Reader.Ended == LineStatus.Woken)
            {
                if (await TellAsync(session, lines.Closed)) continue;
                Write(session, ImapReply.Bye("The selected mailbox was deleted").ToLine("*"));
                return;
            }

            var (tag, reply) = status switch
            {
                CommandStatus.Command => await AnswerAsync(session, lines.Closed),
                CommandStatus.Bad => (session.Reader.TagOrStar(), ImapReply.Bad(session.Reader.Mistake)),
                CommandStatus.Lost => ("*", ImapReply.Bye("That was too long to be read")),
                _ => ("*", ImapReply.Goodbye(session.Reader.Ended)),
            };
            if (reply == ImapReply.Ended) return;
            mistakes = reply.Status == "BAD" ? mistakes + 1 : 0;
            if (mistakes > services.Limits.MistakesMax) reply = ImapReply.Bye("Too many mistakes");
            reply.Count();
            Write(session, reply.ToLine(reply.Status == "BYE" ? "*" : tag));
            if (reply.Status == "BYE" || !await session.ChangeAsync()) return;
        }
    }

    /// <summary>News, of which a client that did not ask for them hears with its next command.</summary>
    /// <returns>False: the selected mailbox is gone.</returns>
    private async ValueTask<bool> TellAsync(ImapSession session, CancellationToken cancellation)
    {
        if (session.Notifier is not { } notifier) return true;
        try
        {
            if (session.View is { } view) await view.ReadAsync();
            return await notifier.TellAsync(cancellation);
        }
        catch (Exception error) when (error is not (OperationCanceledException or ConnectionResetException or ConnectionAbortedException))
        {
            services.Log.Failed("imap", "NOTIFY", error);
            if (!session.IsMidLiteral) return true;
            session.Connection.Abort();
            return true;
        }
    }

    private async ValueTask<(string Tag, ImapReply Reply)> AnswerAsync(ImapSession session, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var bytes = session.Reader.Text.Length;
        var (tag, entry, command, mistake) = Parse(session);
        session.Reader.Release();
        session.Tag = tag;
        ImapReply reply;
        try
        {
            if (!await HasMessagesAsync(session)) return (tag, ImapReply.Bye("The selected mailbox cannot be read"));
            reply = command is null ? Refused(mistake!) : await command.RunAsync(session, cancellation);
            if (reply.Status is "OK" or "NO" && session.View is { IsReading: false } view
                && !await view.SyncAsync(session, mayExpunge: !entry.KeepsNumbers && command is not { KeepsNumbers: true }, cancellation))
            {
                reply = ImapReply.Bye("The selected mailbox was deleted");
            }

            if (session.Notifier is { } notifier) await notifier.TellOthersAsync(cancellation);
        }
        catch (Exception error) when (error is OperationCanceledException or ConnectionResetException or ConnectionAbortedException)
        {
            return (tag, ImapReply.Ended);
        }
        catch (Exception error)
        {
            services.Log.Failed("imap", entry.Name, error);
            reply = ImapReply.No("SERVERBUG", "Internal error");
        }

        // Inside of a literal the client would take any reply for the message's text.
        if (session.IsMidLiteral)
        {
            session.Connection.Abort();
            return (tag, ImapReply.Ended);
        }

        services.Log.Answered("imap", entry.Name ?? "?", reply.Status, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds, bytes, 0);
        return (tag, reply);
    }

    /// <summary>Whether the messages of the selected mailbox are there, which SELECT did not wait for.</summary>
    private async ValueTask<bool> HasMessagesAsync(ImapSession session)
    {
        if (session.View is not { IsReading: true } view) return true;
        try
        {
            await view.ReadAsync();
            return true;
        }
        catch (Exception error)
        {
            services.Log.Failed("imap", "SELECT", error);
            return false;
        }
    }

    private static (string Tag, ImapCommandEntry Entry, IImapCommand? Command, string? Mistake) Parse(ImapSession session)
    {
        var lexer = session.Lexer(session.Reader.Text);
        var unknown = new ImapCommandEntry("?", ImapState.Any, Noop.Parse);
        if (!lexer.Tag(out var tagBytes) || !lexer.Space()) return ("*", unknown, null, $"Expected {lexer.Mistake}");
        var tag = Encoding.ASCII.GetString(tagBytes);
        var hasNul = session.Reader.Text.Contains((byte)0);
        if (hasNul && !lexer.IsAtWord("SETMETADATA"u8)) return (tag, unknown, null, "NUL has no place in a command"); // But in its values.
        if (!lexer.Word(out var name)) return (tag, unknown, null, "Expected a command");
        if (!ImapCommands.TryFind(name, out var entry) || !session.Speaks(entry, lexer)) return (tag, unknown, null, "Unknown command");
        if ((entry.AllowedIn & session.State) == 0) return (tag, entry, null, $"{entry.Name} is not allowed now");
        if (session.IsUidOnly && entry.UsesNumbers) return (tag, entry, null, $"Expected {ImapLexer.UidRequired}");
        var command = entry.Parse(ref lexer);
        return (tag, entry, command, command is null ? $"Expected {lexer.Mistake}" : null);
    }

    private static ImapReply Refused(string mistake) => mistake == $"Expected {ImapLexer.UidRequired}"
        ? new ImapReply("BAD", "UIDREQUIRED", "Message numbers are off, see ENABLE UIDONLY") // RFC 9586 section 3
        : ImapReply.Bad(mistake);

    private static void Write(ImapSession session, string text)
    {
        var writer = new WireWriter(session.Output);
        writer.Text(text);
        writer.Commit();
    }
}
