using CompatBot.Core.Store;

namespace CompatBot.Storage.Memory;

/// <summary>An immutable register, swapped as a whole: readers never wait and never see half a change.</summary>
internal sealed class MemoryDirectory(MemoryShelves shelves) : IDirectory
{
    private volatile MemoryRegister _register = MemoryRegister.Empty;

    public ValueTask<Refusal> ApplyAsync(DirectoryChange change, CancellationToken cancellation) =>
        shelves.WriteAsync(all =>
        {
            var draft = new MemoryRegisterDraft(_register);
            var refusal = draft.Apply(change);
            if (refusal != Refusal.None)
            {
                return refusal;
            }

            _register = draft.Finish();
            foreach (var account in change.RemovedAccounts)
            {
                all.Remove(account);
            }

            return Refusal.None;
        }, cancellation);

    public ValueTask<DomainRecord?> DomainAsync(string domain, CancellationToken cancellation) =>
        Answer(_register.Domains.GetValueOrDefault(domain), cancellation);

    public IAsyncEnumerable<DomainRecord> DomainsAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return _register.Domains.Values.ToAsyncEnumerable();
    }

    public ValueTask<AccountRecord?> AccountAsync(AccountId account, CancellationToken cancellation) =>
        Answer(_register.Accounts.GetValueOrDefault(account)?.Record, cancellation);

    public ValueTask<AccountRecord?> OwnerAsync(string address, CancellationToken cancellation)
    {
        var register = _register;
        return Answer(
            register.Addresses.TryGetValue(address, out var account) ? register.Accounts[account].Record : null, cancellation);
    }

    public IAsyncEnumerable<AccountRecord> AccountsAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return _register.Accounts.Values.Select(entry => entry.Record)
            .OrderBy(record => record.Address, StringComparer.Ordinal).ToAsyncEnumerable();
    }

    public ValueTask<IReadOnlyList<string>> AddressesAsync(AccountId account, CancellationToken cancellation) =>
        Answer<IReadOnlyList<string>>(
            _register.Accounts.TryGetValue(account, out var entry) ? [entry.Record.Address, .. entry.Aliases] : [], cancellation);

    public ValueTask<IReadOnlyList<DeviceRecord>> DevicesAsync(AccountId account, CancellationToken cancellation) =>
        Answer<IReadOnlyList<DeviceRecord>>(
            _register.Accounts.TryGetValue(account, out var entry) ? entry.Devices : [], cancellation);

    public ValueTask<RealmUsage> UsageAsync(AccountId account, Realm realm, CancellationToken cancellation) => shelves.ReadAsync(
        account,
        shelf => shelf is null
            ? default
            : new RealmUsage(shelf.Usage.GetValueOrDefault(realm), shelf.Drops.GetValueOrDefault(realm)?.Octets.Values.Sum() ?? 0),
        cancellation);

    private static ValueTask<T> Answer<T>(T answer, CancellationToken cancellation) =>
        cancellation.IsCancellationRequested ? ValueTask.FromCanceled<T>(cancellation) : ValueTask.FromResult(answer);
}
