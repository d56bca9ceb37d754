using CompatBot.Core.Store;

namespace CompatBot.Core.Identity;

/// <summary>Sets and judges quotas, whether or not an account is open.</summary>
/// <param name="store">Has the profiles and the sizes.</param>
/// <param name="open">Hear of a change at once.</param>
public sealed class Quotas(IStore store, OpenAccounts open)
{
    /// <summary>What the account may have.</summary>
    public Quota Of(AccountRecord account) => Quota.Of(account, open.Quota);

    /// <summary>What the account has: content, and what waits for it.</summary>
    public async ValueTask<RealmUsage> UsageAsync(AccountId account, CancellationToken cancellation)
    {
        var (bytes, waiting) = (0L, 0L);
        foreach (var realm in Enum.GetValues<Realm>())
        {
            var usage = await store.Directory.UsageAsync(account, realm, cancellation);
            (bytes, waiting) = (bytes + usage.Bytes, waiting + usage.WaitingBytes);
        }

        return new RealmUsage(bytes, waiting);
    }

    /// <summary>Octets that an account has, and may have; null: any.</summary>
    public async ValueTask<(long Used, long? Limit)> OfAsync(AccountId account, CancellationToken cancellation) =>
        await store.Directory.AccountAsync(account, cancellation) is { } record ? await OfAsync(record, cancellation) : (0, null);

    /// <summary>What an account has, and how much more it may have; null: any.</summary>
    /// <param name="accounts">Knows the account.</param>
    /// <param name="address">One of its addresses.</param>
    /// <param name="cancellation">Ends the looking up.</param>
    public async ValueTask<(long Used, long? Available)> RoomAsync(Accounts accounts, string address, CancellationToken cancellation)
    {
        if (await accounts.FindAsync(address, cancellation) is not { } account) return (0, null);
        var (used, limit) = await OfAsync(account, cancellation);
        return (used, limit is { } most ? Math.Max(0, most - used) : null);
    }

    /// <summary>Whether so many more octets would be too many for the account, as far as the store knows now.</summary>
    /// <returns>None; OverQuota.</returns>
    public async ValueTask<Refusal> JudgeAsync(AccountRecord account, long octets, CancellationToken cancellation)
    {
        var quota = Of(account);
        if (quota.HardBytes is null) return Refusal.None;
        var usage = await UsageAsync(account.Id, cancellation);
        return quota.Forbids(usage.Total + octets) ? Refusal.OverQuota : Refusal.None;
    }

    /// <summary>Gives an account limits of its own; null leaves one as it is, 0 lifts it.</summary>
    /// <returns>The account as it is now; or NotFound, Damaged, Invalid (negative), and what the store says.</returns>
    public async ValueTask<Outcome<AccountRecord>> SetAsync(
        Accounts accounts, AccountId account, long? hard, long? soft, CancellationToken cancellation)
    {
        if (hard < 0 || soft < 0) return Refusal.Invalid;
        var changed = await accounts.SetQuotaAsync(account, hard, soft, cancellation);
        if (!changed.Declined) await open.SetQuotaAsync(account, Of(changed.Value!), cancellation);
        return changed;
    }

    private async ValueTask<(long Used, long? Limit)> OfAsync(AccountRecord account, CancellationToken cancellation) =>
        ((await UsageAsync(account.Id, cancellation)).Total, Of(account).HardBytes);
}
