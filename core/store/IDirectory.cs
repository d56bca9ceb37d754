namespace CompatBot.Core.Store;

/// <summary>Who exists: domains, accounts, addresses, devices. Addresses and names are lower case; record bytes are core's.</summary>
public interface IDirectory
{
    /// <summary>Applies all of a change in one durable step, or nothing of it.</summary>
    /// <returns>
    /// None; AlreadyExists when a new account, address, domain or device is already there; NotFound when something to
    /// replace or remove, the account or domain of a new address or device, or the account of a catch-all, is not;
    /// HasChildren when a domain to remove still has addresses; StoreFull; Unavailable.
    /// </returns>
    ValueTask<Refusal> ApplyAsync(DirectoryChange change, CancellationToken cancellation);

    ValueTask<DomainRecord?> DomainAsync(string domain, CancellationToken cancellation);

    /// <summary>Every domain, ordered by name.</summary>
    IAsyncEnumerable<DomainRecord> DomainsAsync(CancellationToken cancellation);

    ValueTask<AccountRecord?> AccountAsync(AccountId account, CancellationToken cancellation);

    /// <summary>The account that owns exactly this address (primary or alias); no subaddressing, no catch-all.</summary>
    ValueTask<AccountRecord?> OwnerAsync(string address, CancellationToken cancellation);

    /// <summary>Every account, ordered by primary address.</summary>
    IAsyncEnumerable<AccountRecord> AccountsAsync(CancellationToken cancellation);

    /// <summary>All addresses of an account, the primary one first, then the aliases in ordinal order; empty for no account.</summary>
    ValueTask<IReadOnlyList<string>> AddressesAsync(AccountId account, CancellationToken cancellation);

    /// <summary>The devices of an account in the order in which they were added; empty for no account.</summary>
    ValueTask<IReadOnlyList<DeviceRecord>> DevicesAsync(AccountId account, CancellationToken cancellation);

    /// <summary>How much content an account's realm has: what its newest entry that says so says, and what waits in its dropbox.</summary>
    ValueTask<RealmUsage> UsageAsync(AccountId account, Realm realm, CancellationToken cancellation);
}

/// <summary>Octets of content, in the clear as sizes are: of what is there, and of what waits in the dropbox.</summary>
public readonly record struct RealmUsage(long Bytes, long WaitingBytes)
{
    public long Total => Bytes + WaitingBytes;
}

/// <param name="Name">Lower-case A-label or ASCII host name.</param>
/// <param name="CatchAll">Gets what is addressed to nobody else in the domain.</param>
public sealed record DomainRecord(string Name, AccountId? CatchAll);

/// <param name="Address">Primary address, also the account's name.</param>
/// <param name="Profile">Encoded AccountProfile (identity.proto): public keys, recovery slot, SCRAM salt, times.</param>
public sealed record AccountRecord(AccountId Id, string Address, ReadOnlyMemory<byte> Profile);

/// <param name="Slot">Encoded DeviceSlot (identity.proto): verifier, wrapped keys, sealed label and scopes.</param>
public sealed record DeviceRecord(AccountId Account, DeviceId Id, ReadOnlyMemory<byte> Slot);

public sealed record AddressRecord(string Address, AccountId Account);

/// <summary>A set of additions, replacements and removals that take effect together, in the order of the members below.</summary>
public sealed record DirectoryChange
{
    public IReadOnlyList<DomainRecord> NewDomains { get; init; } = [];

    public IReadOnlyList<DomainRecord> ChangedDomains { get; init; } = [];

    public IReadOnlyList<AccountRecord> NewAccounts { get; init; } = [];

    /// <summary>Same Id, new profile; the primary address does not change here.</summary>
    public IReadOnlyList<AccountRecord> ChangedAccounts { get; init; } = [];

    /// <summary>Aliases; a new account's primary address comes with the account itself.</summary>
    public IReadOnlyList<AddressRecord> NewAddresses { get; init; } = [];

    public IReadOnlyList<DeviceRecord> NewDevices { get; init; } = [];

    public IReadOnlyList<DeviceRecord> ChangedDevices { get; init; } = [];

    public IReadOnlyList<(AccountId Account, DeviceId Device)> RemovedDevices { get; init; } = [];

    /// <summary>Aliases only.</summary>
    public IReadOnlyList<string> RemovedAddresses { get; init; } = [];

    /// <summary>Removes the account, its addresses, devices, journal, blobs, snapshots, dropbox and catch-alls.</summary>
    public IReadOnlyList<AccountId> RemovedAccounts { get; init; } = [];

    public IReadOnlyList<string> RemovedDomains { get; init; } = [];
}
