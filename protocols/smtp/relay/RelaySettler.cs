using CompatBot.Core.Queue;
using CompatBot.Core.Store;

namespace CompatBot.Protocols.Smtp.Relay;

/// <summary>Draws the consequences of an attempt: done, once more later, or back to the sender; and tells the sender.</summary>
internal sealed class RelaySettler(RelayServices services)
{
    private readonly DsnPost _post = new(services.Accounts, services.Deliveries, services.HostName, services.Time);

    /// <param name="mail">As it was when the attempt began.</param>
    /// <param name="recipients">Those that were tried.</param>
    /// <param name="replies">What was said of each.</param>
    /// <param name="success">What success is; null: the other server gives the notices of it.</param>
    /// <param name="keepsTime">The other server hears until when it is to be there.</param>
    public async ValueTask SettleAsync(
        QueuedMail mail,
        IReadOnlyList<QueuedRecipient> recipients,
        IReadOnlyList<RelayReply> replies,
        DsnAction? success,
        bool keepsTime = false)
    {
        var now = services.Time.GetUtcNow();
        var after = new Dictionary<string, QueuedRecipient>(StringComparer.Ordinal);
        List<DsnRecipient> notices = [];
        for (var at = 0; at < recipients.Count; at++)
        {
            var (one, reply) = (recipients[at], replies[at]);
            var next = Next(mail, one, reply, now);
            DsnAction? action = next.State switch
            {
                QueueState.Failed when one.Wants(DsnNotify.Failure) => DsnAction.Failed,
                QueueState.Delivered when one.Wants(DsnNotify.Success) => success,

                // RFC 2852 section 4.1.4 and 4.2: from here on nobody looks at the time, or its way is to be seen.
                QueueState.Delivered when success == DsnAction.Relayed && (one.Notify & DsnNotify.Never) == 0
                    && mail.Envelope.Deadline is { } by && (by.Traces || !keepsTime) => DsnAction.Relayed,
                QueueState.Waiting when next.IsWarned && !one.IsWarned => DsnAction.Delayed,
                _ => null,
            };
            if (action is { } notice) notices.Add(new DsnRecipient(one, notice, reply));
            after[one.Address] = next;
        }

        // The notice first: a crash in between sends it twice, and never not at all.
        if (notices.Count > 0 && !await NotifyAsync(mail, notices))
        {
            foreach (var one in recipients) after[one.Address] = one with { Next = now + Pause(1) };
        }

        await services.Queue.UpdateAsync(
            mail.Id, stands => stands.With(one => after.ContainsKey(one.Address), one => after[one.Address]), CancellationToken.None);
    }

    private QueuedRecipient Next(QueuedMail mail, QueuedRecipient one, RelayReply reply, DateTimeOffset now)
    {
        var tried = one with { Attempts = one.Attempts + 1, Reply = reply.ToString() };
        if (reply.IsOk) return tried with { State = QueueState.Delivered };
        var age = now - mail.Due;
        if (reply.IsPermanent || age >= services.Options.Lifetime) return tried with { State = QueueState.Failed };
        var (next, deadline) = (now + Pause(tried.Attempts), mail.Envelope.Deadline);
        var isLate = deadline is { Returns: false } && deadline.At <= now && (one.Notify & DsnNotify.Never) == 0;
        return tried with
        {
            Next = deadline?.At > now && deadline.At < next ? deadline.At : next,
            IsWarned = one.IsWarned || isLate || (age >= services.Options.WarnAfter && one.Wants(DsnNotify.Delay)),
        };
    }

    private TimeSpan Pause(int attempts)
    {
        var pause = services.Options.RetryFirst * Math.Pow(2, Math.Min(attempts - 1, 20));
        if (pause > services.Options.RetryMax) pause = services.Options.RetryMax;
        return pause * (0.9 + (Random.Shared.NextDouble() / 5));
    }

    /// <returns>False when the store does not take it now: the attempt counts as not made.</returns>
    private async ValueTask<bool> NotifyAsync(QueuedMail mail, List<DsnRecipient> notices)
    {
        var about = new DsnSubject(
            mail.Envelope, mail.Arrived, mail.Due + services.Options.Lifetime, services.Queue.ReadAsync(mail, CancellationToken.None))
        {
            Size = mail.Size,
            HasEightBit = mail.HasEightBit,
        };
        var refusal = await _post.SendAsync(about, notices, CancellationToken.None);
        if (refusal == Refusal.None) return true;
        services.Log.NoticeRefused(mail.Id.ToString(), refusal.ToString());

        // A full mailbox is the owner's affair; a store that does not work now is tried again with the message.
        return refusal is not (Refusal.StoreFull or Refusal.Unavailable);
    }
}
