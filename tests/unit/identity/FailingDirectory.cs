using CompatBot.Core.Store;

namespace CompatBot.UnitTests.Identity;

/// <summary>A store whose directory asks a test before each change, and may break off when it is done.</summary>
internal sealed class FailingDirectory(IStore inner) : IStore, IDirectory
{
    /// <summary>What a change is answered with instead of being made.</summary>
    public Refusal Refuse { get; set; }

    /// <summary>Called after a change is durable; throws as the machine dies.</summary>
    public Action? Applied { get; set; }

    /// <summary>Called once, before devices are read.</summary>
    public Func<Task>? BeforeDevices { get; set; }

    public IJournalStore Journal => inner.Journal;

    public IBlobStore Blobs => inner.Blobs;

    public ISnapshotStore Snapshots => inner.Snapshots;

    public IDropbox Dropbox => inner.Dropbox;

    public IDirectory Directory => this;

    public async ValueTask<Refusal> ApplyAsync(DirectoryChange change, CancellationToken cancellation)
    {
        if (Refuse != Refusal.None) return Refuse;
        var refusal = await inner.Directory.ApplyAsync(change, cancellation);
        Applied?.Invoke();
        return refusal;
    }

    public ValueTask<DomainRecord?> DomainAsync(string domain, CancellationToken cancellation) =>
        inner.Directory.DomainAsync(domain, cancellation);

    public IAsyncEnumerable<DomainRecord> DomainsAsync(CancellationToken cancellation) => inner.Directory.DomainsAsync(cancellation);

    public ValueTask<AccountRecord?> AccountAsync(AccountId account, CancellationToken cancellation) =>
        inner.Directory.AccountAsync(account, cancellation);

    public ValueTask<AccountRecord?> OwnerAsync(string address, CancellationToken cancellation) =>
        inner.Directory.OwnerAsync(address, cancellation);

    public IAsyncEnumerable<AccountRecord> AccountsAsync(CancellationToken cancellation) => inner.Directory.AccountsAsync(cancellation);

    public ValueTask<IReadOnlyList<string>> AddressesAsync(AccountId account, CancellationToken cancellation) =>
        inner.Directory.AddressesAsync(account, cancellation);

    public async ValueTask<IReadOnlyList<DeviceRecord>> DevicesAsync(AccountId account, CancellationToken cancellation)
    {
        var before = BeforeDevices;
        BeforeDevices = null;
        if (before is not null) await before();
        return await inner.Directory.DevicesAsync(account, cancellation);
    }

    public ValueTask<RealmUsage> UsageAsync(AccountId account, Realm realm, CancellationToken cancellation) =>
        inner.Directory.UsageAsync(account, realm, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
