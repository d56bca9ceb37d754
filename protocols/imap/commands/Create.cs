using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>CREATE: makes a mailbox, with the ones above it (RFC 3501 section 6.3.3), and gives it a role (RFC 6154).</summary>
public sealed record Create(string Mailbox, SpecialUse Use, bool IsUseKnown) : IImapCommand
{
    /// <summary>create = "CREATE" SP mailbox [SP "(" "USE" SP "(" [use-attr *(SP use-attr)] ")" ")"]</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer)
    {
        if (!lexer.Space() || !lexer.Mailbox(out var mailbox)) return null;
        var (use, isKnown) = (SpecialUse.None, true);
        if (lexer.Take((byte)' '))
        {
            if (!lexer.Open() || !lexer.Word(out var parameter)) return null;
            if (parameter != "USE")
            {
                lexer.Expected("USE");
                return null;
            }

            if (!lexer.Space() || !lexer.Open()) return null;
            for (var count = 0; !lexer.Take((byte)')'); count++)
            {
                if ((count > 0 && !lexer.Space()) || !lexer.Backslash() || !lexer.Word(out var name)) return null;
                isKnown &= count == 0 && SpecialUses.TryParse(name, out use);
            }

            if (!lexer.Close()) return null;
        }

        return lexer.End() ? new Create(mailbox, use, isKnown) : null;
    }

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (!IsUseKnown) return ImapReply.No("USEATTR", "One of \\Archive, \\Drafts, \\Junk, \\Sent and \\Trash, please");
        var created = await session.Mail.CreateAsync(Mailbox, Use, cancellation);
        if (created.Declined) return ImapReply.No(created.Refusal);
        if (session.IsRev2 && created.Value.Name != MailboxNames.Fold(Mailbox)) // RFC 9051 section 6.3.4: the name in NFC.
        {
            var attributes = MailboxListing.Attributes(session.Mail.State, created.Value);
            MailboxListing.Write(session, "LIST", created.Value.Name, attributes, childInfo: false, Mailbox);
        }

        return ImapReply.Ok($"MAILBOXID ({ObjectIds.Of(created.Value)})", "CREATE completed"); // RFC 8474 section 4.1
    }
}
