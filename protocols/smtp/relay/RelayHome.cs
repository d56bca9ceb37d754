using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
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
        if (Address.Parse(recipient) is not { } address || await services.Accounts.ResolveAsync(address, cancellation) is not { } account)
        {
            return Reply(SmtpReply.From(Refusal.NotFound));
        }

        await using var delivery = await services.Deliveries.OpenAsync(
            mail.Envelope.Sender, [new DeliveryRecipient(account, recipient)], isAside: false, cancellation);
        await delivery.WriteAsync(Encoding.UTF8.GetBytes($"Return-Path: <{mail.Envelope.Sender}>\r\n"), cancellation);
        await foreach (var octets in services.Queue.ReadAsync(mail, cancellation)) await delivery.WriteAsync(octets, cancellation);
        var refusal = await delivery.CommitAsync(CancellationToken.None);
        return refusal == Refusal.None ? new RelayReply(250, "2.1.5 Delivered") : Reply(SmtpReply.From(refusal));
    }

    private static RelayReply Reply(SmtpReply reply) => new(reply.Code, $"{reply.Enhanced} {reply.Text}");
}
