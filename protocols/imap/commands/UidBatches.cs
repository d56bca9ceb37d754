using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>UIDBATCHES: UID ranges that cut the mailbox into batches of a size, the newest first (RFC 10022).</summary>
/// <param name="Size">Messages in a batch; the last may have fewer.</param>
/// <param name="First">The first batch that is told, from 1.</param>
/// <param name="Last">The last one.</param>
public sealed record UidBatches(uint Size, uint First, uint Last) : IImapCommand
{
    /// <summary>Smaller batches are refused: the answer would grow with the mailbox, and each batch is one more command.</summary>
    public const int SizeMin = 500;

    /// <summary>uidbatches = "UIDBATCHES" SP nz-number [SP nz-number ":" nz-number]</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer)
    {
        if (!lexer.Space() || !lexer.Number(out var size)) return null;
        if (lexer.IsAtEnd) return new UidBatches(size, 1, uint.MaxValue);
        if (!lexer.Space() || !lexer.Number(out var first) || !(lexer.Take((byte)':') || lexer.Expected(":"))) return null;
        if (!lexer.Number(out var last) || !lexer.End()) return null;
        return first > 0 || lexer.Expected("batches from 1 on") ? new UidBatches(size, first, last) : null;
    }

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (First > Last) return new(new ImapReply("BAD", "CLIENTBUG", "Expected the first batch before the last"));
        if (Size < SizeMin) return new(ImapReply.No("TOOFEW", $"A batch has {SizeMin} messages or more"));
        var messages = session.View!.Messages;
        var writer = new WireWriter(session.Output);
        writer.Raw("* UIDBATCHES (TAG "u8);
        writer.String(System.Text.Encoding.ASCII.GetBytes(session.Tag));
        writer.Byte((byte)')');
        for (long batch = First; batch <= Last && (batch - 1) * Size < messages.Count; batch++)
        {
            // Ranges meet, and the last one goes down to 1, so that together they hold every UID there can be below the newest.
            var newest = messages.UidAt((int)(messages.Count - 1 - ((batch - 1) * Size)));
            var below = messages.Count - 1 - (batch * Size);
            writer.Text($"{(batch == First ? ' ' : ',')}{newest}:{(below < 0 ? 1 : messages.UidAt((int)below) + 1)}");
        }

        writer.CrLf();
        writer.Commit();
        return new(ImapReply.Ok("UIDBATCHES completed"));
    }
}
