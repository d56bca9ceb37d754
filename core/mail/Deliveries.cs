using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.Core.Mail;

/// <summary>Brings mail to accounts, whether or not anybody can open them right now.</summary>
public sealed class Deliveries(IStore store, OpenAccounts accounts, TimeProvider time)
{
    private readonly Quotas _quotas = new(store, accounts);

    /// <summary>Whether an account has room for so many octets, before they come.</summary>
    /// <returns>None; OverQuota.</returns>
    public ValueTask<Refusal> JudgeAsync(AccountRecord recipient, long octets, CancellationToken cancellation) =>
        _quotas.JudgeAsync(recipient, octets, cancellation);

    /// <summary>Starts a delivery; an account that is named twice gets one copy.</summary>
    public async ValueTask<Delivery> OpenAsync(IReadOnlyList<AccountRecord> recipients, CancellationToken cancellation)
    {
        var targets = new List<DeliveryTarget>(recipients.Count);
        var seen = new HashSet<AccountId>();
        try
        {
            foreach (var recipient in recipients)
            {
                if (seen.Add(recipient.Id)) targets.Add(await TargetAsync(recipient, cancellation));
            }
        }
        catch
        {
            foreach (var target in targets) await target.DisposeAsync();
            throw;
        }

        return new Delivery(targets, store, time, (octets, stop) => JudgeAllAsync(recipients, octets, stop));
    }

    private async ValueTask<Refusal> JudgeAllAsync(IReadOnlyList<AccountRecord> recipients, long octets, CancellationToken cancellation)
    {
        foreach (var recipient in recipients)
        {
            if (await JudgeAsync(recipient, octets, cancellation) is var refusal and not Refusal.None) return refusal;
        }

        return Refusal.None;
    }

    private async ValueTask<DeliveryTarget> TargetAsync(AccountRecord recipient, CancellationToken cancellation)
    {
        if (await accounts.TryJoinAsync(recipient.Id, cancellation) is { } lease)
        {
            // Behind what waits in the dropbox, not around it.
            if (lease.Account.Mail is { Intake.IsBehind: false } mail) return new OpenTarget(mail, lease);
            await lease.DisposeAsync();
        }

        var key = Accounts.SealingKeyOf(recipient, Realm.Mail)
            ?? throw new InvalidDataException("The account's profile has no key for mail");
        return new ClosedTarget(
            recipient.Id,
            key,
            store.Blobs,
            stop => TakeInAsync(recipient.Id, stop));
    }

    /// <summary>The account may have been opened while the message was on its way, or be taking in what waits.</summary>
    private async ValueTask TakeInAsync(AccountId account, CancellationToken cancellation)
    {
        if (await accounts.TryJoinAsync(account, cancellation) is not { } lease) return;
        await using (lease)
        {
            if (lease.Account.Mail is { } mail) await mail.Intake.TakeInAsync(cancellation);
        }
    }
}
