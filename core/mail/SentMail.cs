using CompatBot.Core.Store;
using CompatBot.Formats.Mime;

namespace CompatBot.Core.Mail;

/// <summary>
/// The copies that a server makes of what a device sends. Most clients append one as well: then theirs, which is as the user wrote it,
/// takes the place of ours, so that the user sees one.
/// </summary>
public sealed class SentMail(MailStore mail)
{
    /// <summary>Keyword of the server's copies (RFC 5550 section 5.10: it was submitted).</summary>
    public const string Submitted = "$Submitted";

    /// <summary>So many of the newest messages are looked at: the client's copy comes within moments.</summary>
    public const int NewestMax = 32;

    /// <summary>Puts a message into the mailbox for what was sent, unless it is there.</summary>
    /// <returns>None, also where there is no such mailbox; or what the store says.</returns>
    public async ValueTask<Refusal> FileAsync(WrittenMessage message, CancellationToken cancellation)
    {
        var sent = mail.State.Mailboxes.Values.FirstOrDefault(one => one.SpecialUse == SpecialUse.Sent);
        if (sent is not { Name: var name }) return Refusal.None;
        if (await FindAsync(name, message.Summary, MessageFlags.None, cancellation) is not null) return Refusal.None;
        return (await mail.AppendAsync(name, message, MessageFlags.Seen, [Submitted], null, cancellation)).Refusal;
    }

    /// <summary>Puts a client's message at the end of a mailbox, in the place of the server's copy of it, if there is one.</summary>
    /// <returns>As <see cref="MailStore.AppendAllAsync"/>.</returns>
    public async ValueTask<Outcome<AppendResult>> AppendAsync(string mailbox, MailAppend message, CancellationToken cancellation)
    {
        var state = mail.State.Find(MailboxNames.Fold(mailbox));
        return state is { SpecialUse: SpecialUse.Sent } && state.FlagOf(Submitted) is { } flag
            && await FindAsync(state.Name, message.Message.Summary, flag, cancellation) is { } copy
            ? await mail.ReplaceAsync(state.Id, copy, mailbox, message, cancellation)
            : await mail.AppendAllAsync(mailbox, [message], cancellation);
    }

    /// <returns>UID of a message with the same Message-ID and the flags; null: there is none among the newest.</returns>
    private async ValueTask<uint?> FindAsync(string name, MimeMessage like, MessageFlags flags, CancellationToken cancellation)
    {
        if (like.Envelope.MessageId is not { Length: > 0 } messageId) return null;
        if (await mail.OpenAsync(name, cancellation) is not { Declined: false, Value: var mailbox }) return null;
        for (var index = mailbox.Count - 1; index >= Math.Max(0, mailbox.Count - NewestMax); index--)
        {
            var row = mailbox.Messages[index];
            if ((row.Flags & flags) != flags) continue;
            if ((await mail.SummaryAsync(mailbox.Id, row, cancellation)).Envelope.MessageId == messageId) return row.Uid;
        }

        return null;
    }
}
