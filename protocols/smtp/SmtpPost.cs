using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Queue;
using CompatBot.Core.Store;
using CompatBot.Protocols.Smtp.Arc;
using CompatBot.Protocols.Smtp.Dkim;

namespace CompatBot.Protocols.Smtp;

/// <summary>Sends mail of this server itself: as submission does, without a connection.</summary>
/// <param name="dkim">Signs what goes to other servers; null: nothing does.</param>
/// <param name="hostName">Whose findings are sealed into mail that is sent on.</param>
public sealed class SmtpPost(
    Accounts accounts, Deliveries deliveries, MailQueue queue, DkimKeys? dkim, string hostName, TimeProvider time, SmtpLimits limits)
    : IMailPost
{
    public async ValueTask<Refusal> SendAsync(OutgoingMail mail, CancellationToken cancellation)
    {
        if (Address.Parse(mail.Recipient) is not { } recipient) return Refusal.Invalid;
        if (await accounts.ResolveAsync(recipient, cancellation) is { } account) return await DeliverAsync(mail, account, cancellation);
        if (await accounts.IsLocalAsync(recipient.Domain, cancellation)) return Refusal.NotFound;
        return queue.Count >= limits.QueuedMessagesMax ? Refusal.StoreFull : await QueueAsync(mail, recipient.Domain, cancellation);
    }

    private async ValueTask<Refusal> DeliverAsync(OutgoingMail mail, AccountRecord account, CancellationToken cancellation)
    {
        // Aside: whoever sends may be taking in mail himself, and must not wait for another who waits for him.
        await using var delivery = await deliveries.OpenAsync(
            mail.Sender, [new DeliveryRecipient(account, mail.Recipient)], isAside: true, cancellation);
        await delivery.WriteAsync(Encoding.UTF8.GetBytes($"Return-Path: <{mail.Sender}>\r\n"), cancellation);
        await foreach (var octets in mail.Octets.WithCancellation(cancellation)) await delivery.WriteAsync(octets, cancellation);
        return await delivery.CommitAsync(cancellation);
    }

    private async ValueTask<Refusal> QueueAsync(OutgoingMail mail, string domain, CancellationToken cancellation)
    {
        var author = Address.Parse(mail.Sender) is { } sender && await accounts.IsLocalAsync(sender.Domain, cancellation) ? sender : null;
        var keys = author is null || dkim is null ? [] : await dkim.PublishedAsync(author.Domain, cancellation);
        using var signer = keys.Count > 0 ? new DkimSigner() : null;
        await using var draft = queue.Draft();
        await foreach (var octets in mail.Octets.WithCancellation(cancellation))
        {
            signer?.Write(octets.Span);
            await draft.WriteAsync(octets, cancellation);
        }

        var signatures = signer?.Finish(author!.Domain, keys, time.GetUtcNow()) ?? [];
        if (signer is not null && mail.IsForwarded && keys.FirstOrDefault(key => key is RsaDkimKey) is { } key)
        {
            signatures =
                [.. ArcSealer.Seal(signer.Header, signer.BodyHash, hostName, author!.Domain, key, time.GetUtcNow()), .. signatures];
        }

        var envelope = new QueueEnvelope(mail.Sender, mail.Submitter, IsUtf8: !Ascii.IsValid(mail.Recipient + mail.Sender));
        return (await draft.CommitAsync(envelope, [new QueuedRecipient(mail.Recipient, domain)], signatures, cancellation)).Refusal;
    }
}
