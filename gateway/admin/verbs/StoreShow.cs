using CompatBot.Core.Mail;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>store show: the mail of an account now or at any moment; now also what can be brought back.</summary>
internal static class StoreShow
{
    private static readonly string[] SystemFlags = ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"];

    public static Verb Create() => new("show", "An account's mailboxes, or one's messages, now or at any moment", ShowAsync)
    {
        HistoryVerbs.OneAddress,
        HistoryVerbs.OneMailbox,
        HistoryVerbs.At,
        HistoryVerbs.Sequence,
        CommonOptions.Unlock,
    };

    private static ValueTask<VerbAnswer> ShowAsync(VerbContext context, CancellationToken cancellation) =>
        HistoryVerbs.WithMailAsync(context, async mail =>
        {
            var address = context.Get(HistoryVerbs.OneAddress);
            var moment = await HistoryVerbs.MomentAsync(context, mail, cancellation);
            if (moment.Declined) return context.Declined(moment.Refusal, address);
            var state = mail.State;
            if (moment.Value is { } sequence)
            {
                var past = await mail.History.StateAtAsync(sequence, cancellation);
                if (past.Declined) return context.Declined(past.Refusal, $"entry {sequence}");
                state = past.Value;
            }

            var name = context.Get(HistoryVerbs.OneMailbox) is { } given ? MailboxNames.Fold(given) : null;
            var mailboxes = new List<PastMailbox>();
            foreach (var mailbox in state.Names.Values.Select(id => state.Find(id)!))
            {
                if (name is not null && mailbox.Name != name) continue;
                var shown = name is null ? mailbox : mailbox.Table is null ? await mail.RefreshAsync(mailbox.Id, cancellation) : mailbox;
                var messages = name is null || shown is null ? null : await MessagesAsync(mail, shown, cancellation);
                mailboxes.Add(new PastMailbox(
                    mailbox.Name, mailbox.UidValidity, mailbox.UidNext, mailbox.HighestModSeq, mailbox.Count, mailbox.Unseen, messages));
            }

            var deleted = moment.Value is null ? await DeletedAsync(mail, name, cancellation) : null;
            if (name is not null && mailboxes.Count == 0 && deleted is null or [])
            {
                return context.Declined(Refusal.NotFound, name);
            }

            var report = new PastReport(moment.Value ?? state.Sequence, mail.State.ForgottenThrough, mailboxes, deleted);
            return context.Done(report, AdminJson.Default.PastReport, Text(report));
        }, cancellation);

    private static async ValueTask<List<PastMessage>> MessagesAsync(MailStore mail, MailboxState mailbox, CancellationToken cancellation)
    {
        var messages = new List<PastMessage>(mailbox.Count);
        for (var i = 0; i < mailbox.Messages.Count; i++)
        {
            var row = mailbox.Messages[i];
            messages.Add(new PastMessage(
                row.Uid,
                Flags(row.Flags, mailbox),
                row.ModSeq,
                row.Size,
                DateTimeOffset.FromUnixTimeSeconds(row.InternalDate),
                await mail.History.IsReadableAsync(row, cancellation)));
        }

        return messages;
    }

    private static async ValueTask<List<DeletedReport>> DeletedAsync(MailStore mail, string? name, CancellationToken cancellation)
    {
        var reports = new List<DeletedReport>();
        var state = mail.State;
        foreach (var mailbox in state.Mailboxes.Values.OrderBy(mailbox => mailbox.Name, StringComparer.Ordinal))
        {
            if (mailbox.Graves.Count == 0 || (name is not null && mailbox.Name != name)) continue;
            var lines = new List<DeletedLine>();
            await foreach (var one in mail.History.DeletedAsync(mailbox.Id, cancellation))
            {
                var date = DateTimeOffset.FromUnixTimeSeconds(one.Row.InternalDate);
                lines.Add(new DeletedLine(one.Row.Uid, one.DeletedAt, Flags(one.Row.Flags, mailbox), one.Row.Size, date));
            }

            if (lines.Count > 0) reports.Add(new DeletedReport(mailbox.Name, null, lines.Count, name is null ? null : lines));
        }

        foreach (var deleted in state.Deleted.Values.OrderBy(one => one.Sequence))
        {
            if (name is not null && deleted.Mailbox.Name != name) continue;
            var at = await mail.History.TimeOfAsync(deleted.Sequence, cancellation);
            reports.Add(new DeletedReport(deleted.Mailbox.Name, at, deleted.Mailbox.Count, null));
        }

        return reports;
    }

    private static string Flags(MessageFlags flags, MailboxState mailbox)
    {
        var system = SystemFlags.Where((_, bit) => ((ulong)flags & (1UL << bit)) != 0);
        var keywords = mailbox.Keywords.Where((_, i) => ((ulong)flags & (1UL << (MailboxState.KeywordBit + i))) != 0);
        return string.Join(' ', system.Concat(keywords));
    }

    private static string Text(PastReport report)
    {
        var lines = new List<string> { $"after entry {report.Sequence}" };
        foreach (var mailbox in report.Mailboxes)
        {
            lines.Add(
                $"{mailbox.Name}: {mailbox.Count} messages ({mailbox.Unseen} unseen), UIDVALIDITY {mailbox.UidValidity}, "
                + $"UIDNEXT {mailbox.UidNext}, MODSEQ {mailbox.HighestModSeq}");
            lines.AddRange((mailbox.Messages ?? []).Select(message =>
                $"  {message.Uid}  {message.Date:yyyy-MM-dd HH:mm}  {message.Size} octets  {message.Flags}"
                + (message.Readable ? "" : "  (its octets are erased)")));
        }

        foreach (var deleted in report.Deleted ?? [])
        {
            lines.Add(deleted.MailboxDeleted is { } at
                ? $"deleted {at:yyyy-MM-dd HH:mm}: mailbox {deleted.Mailbox} with {deleted.Messages} messages"
                : $"deleted from {deleted.Mailbox}: {deleted.Messages} messages");
            lines.AddRange((deleted.Lines ?? []).Select(line =>
                $"  {line.Uid}  deleted {line.DeletedAt:yyyy-MM-dd HH:mm}  {line.Size} octets  {line.Flags}"));
        }

        return string.Join('\n', lines);
    }
}
