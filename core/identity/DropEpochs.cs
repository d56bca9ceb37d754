using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Identity;

/// <summary>Whether what was dropped for a realm can be opened by the keys that it has now.</summary>
internal static class DropEpochs
{
    /// <summary>An item of an epoch that the account has begun and that this realm has not heard of yet: it has to wait.</summary>
    public static async ValueTask<bool> IsAheadAsync(
        IDirectory directory, AccountId account, RealmKeys keys, ReadOnlyMemory<byte> dropped, CancellationToken cancellation)
    {
        if (!DropSeal.TryReadHeader(dropped.Span, out var realm, out var epoch)) return false;
        if (realm != keys.Realm || epoch <= keys.Newest.Epoch) return false;
        var record = await directory.AccountAsync(account, cancellation);
        return record is not null && Accounts.SealingKeyOf(record, realm)?.Epoch >= epoch;
    }
}
