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
    public ValueTask<RealmUsage> UsageAsync(AccountId account, CancellationToken cancellation) =>
        store.Directory.UsageAsync(account, Realm.Mail, cancellation);

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
    public async ValueTask<Outcome<AccountRecord>> SetAsync(AccountId account, long? hard, long? soft, CancellationToken cancellation)
    {
        if (hard < 0 || soft < 0) return Refusal.Invalid;
        if (await store.Directory.AccountAsync(account, cancellation) is not { } record) return Refusal.NotFound;
        if (Profiles.Read(record) is not { } profile) return Refusal.Damaged;
        if (hard is { } hardBytes) profile.HardQuotaBytes = (ulong)hardBytes;
        if (soft is { } softBytes) profile.SoftQuotaBytes = (ulong)softBytes;
        var changed = record with { Profile = Google.Protobuf.MessageExtensions.ToByteArray(profile) };
        var applied = await store.Directory.ApplyAsync(new() { ChangedAccounts = [changed] }, cancellation);
        if (applied != Refusal.None) return applied;
        await open.SetQuotaAsync(account, Of(changed), cancellation);
        return changed;
    }
}
