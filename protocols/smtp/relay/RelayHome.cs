using CompatBot.Core.Queue;
using CompatBot.Core.Store;

namespace CompatBot.Protocols.Smtp.Relay;

/// <summary>Brings queued mail to accounts here: what was held until its time, or is for a domain that came here meanwhile.</summary>
internal sealed class RelayHome(RelayServices services)
{
    public ValueTask<bool> TakesAsync(string domain, CancellationToken cancellation) =>
        services.Accounts.IsLocalAsync(domain, cancellation);

    /// <returns>What became of each recipient, in their order.</returns>
    public async ValueTask<RelayReply[]> DeliverAsync(
        QueuedMail mail, IReadOnlyList<QueuedRecipient> recipients, CancellationToken cancellation)
    {
        var replies = new RelayReply[recipients.Count];
        for (var at = 0; at < replies.Length; at++) replies[at] = await DeliverAsync(mail, recipients[at].Address, cancellation);
        return replies;
    }

    private async ValueTask<RelayReply> DeliverAsync(QueuedMail mail, string recipient, CancellationToken cancellation)
    {
        var (sender, submitter) = (mail.Envelope.Sender, mail.Envelope.Submitter);
        var refusal = await services.Post.SendAsync(
            new OutgoingMail(submitter, sender, recipient, services.Queue.ReadAsync(mail, cancellation)), cancellation);
        if (refusal == Refusal.None) return new RelayReply(250, "2.1.5 Delivered");
        var reply = SmtpReply.From(refusal);
        return new RelayReply(reply.Code, $"{reply.Enhanced} {reply.Text}");
    }
}
