using CompatBot.Core.Journal;
using CompatBot.Protocols.Imap.Wire;
using CompatBot.Protocols.Net.Lines;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>IDLE: tells what changes as it changes, until the client says DONE (RFC 2177).</summary>
public sealed record Idle : IImapCommand
{
    /// <summary>DONE and its CRLF, with room for a client's blanks.</summary>
    private const int DoneLineBytesMax = 80;

    public static IImapCommand? Parse(ref ImapLexer lexer) => lexer.End() ? new Idle() : null;

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        using var watch = Watch(session);
        Continue(session);
        while (true)
        {
            // Before the first wait too: something may have changed while nobody watched.
            if (session.View is { } view && !await view.SyncAsync(session, mayExpunge: true, cancellation))
            {
                return ImapReply.Bye("The selected mailbox was deleted");
            }

            if (session.Notifier is { } notifier) await notifier.TellOthersAsync(cancellation);
            var line = await session.Connection.ReadLineAsync(DoneLineBytesMax);
            if (line.Status == LineStatus.Woken) continue;
            if (line.Status is LineStatus.TooLong or LineStatus.BareLineFeed) return ImapReply.Bad("Expected DONE");
            if (line.Status != LineStatus.Line) return ImapReply.Goodbye(line.Status);
            return IsDone(line.Bytes) ? ImapReply.Ok("IDLE completed") : ImapReply.Bad("Expected DONE");
        }
    }

    /// <returns>Null: there is nothing to tell, or NOTIFY wakes the connection for more than the selected mailbox.</returns>
    private static ChangeWatch? Watch(ImapSession session) => session is { Notifier: null, View: { } view }
        ? session.Mail.Watch(view.State.Id, session.Connection.Wake)
        : null;

    private static bool IsDone(in System.Buffers.ReadOnlySequence<byte> line)
    {
        Span<byte> text = stackalloc byte[DoneLineBytesMax];
        System.Buffers.BuffersExtensions.CopyTo(line, text);
        return System.Text.Ascii.EqualsIgnoreCase(text[..(int)line.Length].Trim((byte)' '), "DONE"u8);
    }

    private static void Continue(ImapSession session)
    {
        var writer = new WireWriter(session.Output);
        writer.Raw("+ idling\r\n"u8);
        writer.Commit();
    }
}
