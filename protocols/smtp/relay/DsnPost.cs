using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;

namespace CompatBot.Protocols.Smtp.Relay;

/// <summary>
/// Brings notices to senders. Whoever submits mail here has an account here: a notice is only delivered, never sent on, so that
/// nobody gets one for mail that he did not send.
/// </summary>
internal sealed class DsnPost(Accounts accounts, Deliveries deliveries, string hostName, TimeProvider time)
{
    /// <returns>None, also when there is nobody to tell; or what the store said.</returns>
    public async ValueTask<Refusal> SendAsync(DsnSubject about, IReadOnlyList<DsnRecipient> notices, CancellationToken cancellation)
    {
        if (Address.Parse(about.Envelope.Sender) is not { } sender) return Refusal.None;
        if (await accounts.ResolveAsync(sender, cancellation) is not { } account) return Refusal.None;
        await using var delivery = await deliveries.OpenAsync([account], cancellation);
        await new DsnWriter(hostName, time.GetUtcNow(), about, notices).WriteAsync(delivery, cancellation);
        return await delivery.CommitAsync(cancellation);
    }
}
