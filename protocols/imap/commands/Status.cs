using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

public enum StatusItem { Messages, Recent, UidNext, UidValidity, Unseen, Size, HighestModSeq, MailboxId, AppendLimit, Deleted,
    DeletedStorage }

/// <summary>STATUS: a mailbox's counts without selecting it (RFC 3501 section 6.3.10; SIZE by RFC 8438).</summary>
public sealed record Status(string Mailbox, IReadOnlyList<StatusItem> Items) : IImapCommand
{
    /// <summary>status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer) =>
        lexer.Space() && lexer.Mailbox(out var mailbox) && lexer.Space() && ParseItems(ref lexer) is { } items && lexer.End()
            ? new Status(mailbox, items)
            : null;

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (session.Mail.State.Find(MailboxNames.Fold(Mailbox)) is not { } mailbox) return ImapReply.No(Core.Store.Refusal.NotFound);
        if (Items.Contains(StatusItem.HighestModSeq)) session.EnableCondStore();
        await WriteAsync(session, mailbox, Items, cancellation);
        return ImapReply.Ok("STATUS completed");
    }

    internal static List<StatusItem>? ParseItems(ref ImapLexer lexer)
    {
        if (!lexer.Open()) return null;
        var items = new List<StatusItem>();
        do
        {
            if (!lexer.Word(out var word)) return null;
            StatusItem? item = word switch
            {
                "MESSAGES" => StatusItem.Messages,
                "RECENT" => StatusItem.Recent,
                "UIDNEXT" => StatusItem.UidNext,
                "UIDVALIDITY" => StatusItem.UidValidity,
                "UNSEEN" => StatusItem.Unseen,
                "SIZE" => StatusItem.Size,
                "HIGHESTMODSEQ" => StatusItem.HighestModSeq, // RFC 7162 section 3.1.2.1
                "MAILBOXID" => StatusItem.MailboxId, // RFC 8474 section 4.3
                "APPENDLIMIT" => StatusItem.AppendLimit, // RFC 7889 section 3
                "DELETED" => StatusItem.Deleted, // RFC 9208 section 4.1.4
                "DELETED-STORAGE" => StatusItem.DeletedStorage, // the same
                _ => null,
            };
            if (item is null)
            {
                lexer.Expected("something that STATUS knows");
                return null;
            }

            if (!items.Contains(item.Value)) items.Add(item.Value);
        }
        while (lexer.Take((byte)' '));
        return lexer.Close() ? items : null;
    }

    internal static async ValueTask WriteAsync(
        ImapSession session, MailboxState mailbox, IReadOnlyList<StatusItem> items, CancellationToken cancellation)
    {
        // Only the count of \Recent needs the messages themselves, and only where there are some.
        if (mailbox is { Table: null } && items.Contains(StatusItem.Recent) && mailbox.RecentFromUid < mailbox.UidNext)
        {
            mailbox = await session.Mail.RefreshAsync(mailbox.Id, cancellation) ?? mailbox;
        }

        if (mailbox is { Table: null } && (items.Contains(StatusItem.Deleted) || items.Contains(StatusItem.DeletedStorage)))
        {
            mailbox = await session.Mail.RefreshAsync(mailbox.Id, cancellation) ?? mailbox;
        }

        Write(session, mailbox, items);
    }

    private static void Write(ImapSession session, MailboxState mailbox, IReadOnlyList<StatusItem> items)
    {
        var writer = new WireWriter(session.Output);
        writer.Raw("* STATUS "u8);
        writer.Mailbox(mailbox.Name, session.IsUtf8);
        writer.Raw(" ("u8);
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) writer.Byte((byte)' ');
            writer.Text(items[i] == StatusItem.DeletedStorage ? "DELETED-STORAGE" : items[i].ToString().ToUpperInvariant());
            writer.Byte((byte)' ');
            if (items[i] == StatusItem.MailboxId)
            {
                writer.Text($"({ObjectIds.Of(mailbox)})");
                continue;
            }

            writer.Number(items[i] switch
            {
                StatusItem.Messages => (ulong)mailbox.Count,
                StatusItem.Recent => (ulong)RecentCount(mailbox),
                StatusItem.UidNext => mailbox.UidNext,
                StatusItem.UidValidity => mailbox.UidValidity,
                StatusItem.Unseen => (ulong)mailbox.Unseen,
                StatusItem.Size => mailbox.Bytes,
                StatusItem.HighestModSeq => mailbox.HighestModSeq,
                StatusItem.AppendLimit => (ulong)session.Limits.AppendBytesMax,
                StatusItem.Deleted => (ulong)(mailbox.Table?.CountWith(MessageFlags.Deleted, set: true) ?? 0),
                StatusItem.DeletedStorage => DeletedBytes(mailbox),
                _ => throw new ArgumentOutOfRangeException(nameof(items), items[i], null),
            });
        }

        writer.Raw(")\r\n"u8);
        writer.Commit();
    }

    private static ulong DeletedBytes(MailboxState mailbox)
    {
        var bytes = 0UL;
        for (var i = 0; i < (mailbox.Table?.Count ?? 0); i++)
        {
            var row = mailbox.Messages[i];
            if ((row.Flags & MessageFlags.Deleted) != 0) bytes += row.Size;
        }

        return bytes;
    }

    private static int RecentCount(MailboxState mailbox)
    {
        if (mailbox.RecentFromUid >= mailbox.UidNext || mailbox.Table is not { } messages) return 0;
        var found = messages.IndexOf(mailbox.RecentFromUid);
        return messages.Count - (found < 0 ? ~found : found);
    }
}
