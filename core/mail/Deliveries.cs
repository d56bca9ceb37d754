using CompatBot.Core.Identity;
using CompatBot.Core.Journal.Proto;
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

    /// <summary>Starts a delivery of a notice or another message of this server; an account that is named twice gets one copy.</summary>
    public ValueTask<Delivery> OpenAsync(IReadOnlyList<AccountRecord> recipients, CancellationToken cancellation) =>
        OpenAsync("", [.. recipients.Select(account => new DeliveryRecipient(account, ""))], isAside: false, cancellation);

    /// <summary>Starts a delivery; an account that is named twice gets one copy.</summary>
    /// <param name="sender">Envelope address without brackets; empty: the null path.</param>
    /// <param name="isAside">
    /// It only lays the message down, and whoever is open takes it in afterwards: for callers that themselves take something in.
    /// </param>
    public async ValueTask<Delivery> OpenAsync(
        string sender, IReadOnlyList<DeliveryRecipient> recipients, bool isAside, CancellationToken cancellation)
    {
        var targets = new List<DeliveryTarget>(recipients.Count);
        var seen = new HashSet<AccountId>();
        try
        {
            foreach (var recipient in recipients)
            {
                if (seen.Add(recipient.Account.Id)) targets.Add(await TargetAsync(sender, recipient, isAside, cancellation));
            }
        }
        catch
        {
            foreach (var target in targets) await target.DisposeAsync();
            throw;
        }

        return new Delivery(
            targets, store, time, (octets, stop) => JudgeAllAsync([.. recipients.Select(one => one.Account)], octets, stop));
    }

    private async ValueTask<Refusal> JudgeAllAsync(IReadOnlyList<AccountRecord> recipients, long octets, CancellationToken cancellation)
    {
        foreach (var recipient in recipients)
        {
            if (await JudgeAsync(recipient, octets, cancellation) is var refusal and not Refusal.None) return refusal;
        }

        return Refusal.None;
    }

    private async ValueTask<DeliveryTarget> TargetAsync(
        string sender, DeliveryRecipient recipient, bool isAside, CancellationToken cancellation)
    {
        var account = recipient.Account;
        if (!isAside && await accounts.TryJoinAsync(account.Id, cancellation) is { } lease)
        {
            // Behind what waits in the dropbox, not around it; and what a filter is asked about is all taken in from there.
            if (lease.Account.Mail is { Intake.IsBehind: false, State.Filters.Active: null } mail)
            {
                return new OpenTarget(account.Id, mail, lease);
            }

            await lease.DisposeAsync();
        }

        var key = Accounts.SealingKeyOf(account, Realm.Mail)
            ?? throw new InvalidDataException("The account's profile has no key for mail");
        return new ClosedTarget(
            account.Id,
            key,
            store.Blobs,
            isAside ? _ => TakeInLater(account.Id) : stop => TakeInAsync(account.Id, stop),
            new DroppedMail { Sender = sender, Recipient = recipient.Address });
    }

    private ValueTask TakeInLater(AccountId account)
    {
        // Nobody waits for it: should it fail, the next delivery or login takes it in.
        _ = Task.Run(() => TakeInAsync(account, CancellationToken.None).AsTask()).ContinueWith(
            static work => work.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return ValueTask.CompletedTask;
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

/// <summary>Whom a message is for.</summary>
/// <param name="Address">As the envelope names it; empty: not known.</param>
public readonly record struct DeliveryRecipient(AccountRecord Account, string Address);
