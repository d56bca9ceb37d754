using CompatBot.Core.Identity.Proto;
using CompatBot.Core.Journal;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Identity;

/// <summary>Domains, accounts, addresses and devices.</summary>
public sealed class Accounts(IStore store, TimeProvider time, PassphraseStretcher stretcher)
{
    /// <summary>Devices of one account. Each costs a login a comparison, and SCRAM two hashes.</summary>
    public const int DevicesMax = 256;

    /// <summary>Longest device label, in characters.</summary>
    public const int LabelCharactersMax = 128;

    /// <summary>The longest time for second thoughts.</summary>
    public static readonly TimeSpan UndoMax = TimeSpan.FromHours(1);

    /// <summary>Shortest passphrase, in characters.</summary>
    public const int PassphraseCharactersMin = 12;

    /// <summary>Accounts that one durable step of a bulk creation holds.</summary>
    public const int BatchAccounts = 256;

    private readonly IDirectory _directory = store.Directory;

    /// <summary>Held while devices are made or keys rotated: a device that a rotation does not see would miss the new epoch.</summary>
    private readonly SemaphoreSlim _keys = new(1, 1);

    /// <summary>A device is gone: cut its sessions now. Raised after the directory has forgotten it.</summary>
    public event Action<AccountId, DeviceId>? Revoked;

    /// <summary>An account has a new epoch, and this knows its keys. Raised after it is durable; the keyring is the raiser's.</summary>
    public event Func<Keyring, ValueTask>? Rotated;

    /// <returns>None; AlreadyExists; Invalid when the name is no host name.</returns>
    public async ValueTask<Refusal> AddDomainAsync(string domain, CancellationToken cancellation) =>
        Address.DomainName(domain) is { } name
            ? await _directory.ApplyAsync(new() { NewDomains = [new(name, null)] }, cancellation)
            : Refusal.Invalid;

    /// <returns>None; NotFound; HasChildren while it has addresses.</returns>
    public async ValueTask<Refusal> RemoveDomainAsync(string domain, CancellationToken cancellation) =>
        Address.DomainName(domain) is { } name
            ? await _directory.ApplyAsync(new() { RemovedDomains = [name] }, cancellation)
            : Refusal.Invalid;

    public IAsyncEnumerable<DomainRecord> DomainsAsync(CancellationToken cancellation) => _directory.DomainsAsync(cancellation);

    /// <summary>Gives an account what is addressed to nobody else in a domain; null: such mail is refused.</summary>
    public async ValueTask<Refusal> SetCatchAllAsync(string domain, AccountId? account, CancellationToken cancellation) =>
        Address.DomainName(domain) is { } name
            ? await _directory.ApplyAsync(new() { ChangedDomains = [new(name, account)] }, cancellation)
            : Refusal.Invalid;

    /// <summary>The public escrow key of a domain's operator; empty: he has none. Set once, while wiring.</summary>
    public Func<string, ReadOnlyMemory<byte>> EscrowKeyOf { get; set; } = _ => default;

    /// <returns>The account with its words and passwords, to be shown once; or Invalid, NotFound (domain), AlreadyExists.</returns>
    public async ValueTask<Outcome<CreatedAccount>> CreateAsync(NewAccount account, CancellationToken cancellation) =>
        (await CreateAllAsync([account], cancellation))[0];

    /// <summary>Creates many, keys in parallel and many accounts in one durable step; an account that is refused stops no other.</summary>
    /// <returns>One outcome for each, in order.</returns>
    public async ValueTask<IReadOnlyList<Outcome<CreatedAccount>>> CreateAllAsync(
        IReadOnlyList<NewAccount> accounts, CancellationToken cancellation)
    {
        var outcomes = new Outcome<CreatedAccount>[accounts.Count];
        for (var start = 0; start < accounts.Count; start += BatchAccounts)
        {
            var first = start;
            var made = new AccountDraft?[Math.Min(BatchAccounts, accounts.Count - first)];
            var options = new ParallelOptions { CancellationToken = cancellation };
            Parallel.For(0, made.Length, options, i => made[i] = AccountDraft.Make(accounts[first + i], EscrowKeyOf, Now()));
            var whole = await _directory.ApplyAsync(AccountDraft.Change(made.OfType<AccountDraft>()), cancellation);
            for (var i = 0; i < made.Length; i++)
            {
                if (made[i] is not { } draft) outcomes[first + i] = Refusal.Invalid;
                else if (whole is Refusal.None) outcomes[first + i] = draft.Created;
                else if (whole is Refusal.StoreFull or Refusal.Unavailable) outcomes[first + i] = whole;
                else
                {
                    // Somebody in the batch was refused: each one alone shows whom.
                    var alone = await _directory.ApplyAsync(AccountDraft.Change([draft]), cancellation);
                    outcomes[first + i] = alone is Refusal.None ? draft.Created : alone;
                }
            }
        }

        return outcomes;
    }

    /// <summary>Removes an account with everything that it owns. Nothing brings it back but a copy of the store.</summary>
    public async ValueTask<Refusal> RemoveAsync(AccountId account, CancellationToken cancellation)
    {
        var devices = await _directory.DevicesAsync(account, cancellation);
        if (await _directory.AccountAsync(account, cancellation) is null) return Refusal.NotFound;
        var removed = await _directory.ApplyAsync(new() { RemovedAccounts = [account] }, cancellation);
        if (removed is Refusal.None) foreach (var device in devices) Revoked?.Invoke(account, device.Id);
        return removed;
    }

    public IAsyncEnumerable<AccountRecord> AllAsync(CancellationToken cancellation) => _directory.AccountsAsync(cancellation);

    /// <summary>The account that has exactly this address; no subaddress, no catch-all.</summary>
    public async ValueTask<AccountRecord?> FindAsync(string address, CancellationToken cancellation) =>
        Address.Parse(address) is { } parsed ? await _directory.OwnerAsync(parsed.ToString(), cancellation) : null;

    /// <summary>Who gets mail: the address's owner, else that of the address without its +tag, else the domain's catch-all.</summary>
    public async ValueTask<AccountRecord?> ResolveAsync(Address recipient, CancellationToken cancellation)
    {
        if (await _directory.OwnerAsync(recipient.ToString(), cancellation) is { } exact) return exact;
        if (recipient.Tag is not null && await _directory.OwnerAsync(recipient.Base.ToString(), cancellation) is { } tagged) return tagged;
        return await _directory.DomainAsync(recipient.Domain, cancellation) is { CatchAll: { } account }
            ? await _directory.AccountAsync(account, cancellation)
            : null;
    }

    /// <summary>True for a domain whose mail is delivered here.</summary>
    public async ValueTask<bool> IsLocalAsync(string domain, CancellationToken cancellation) =>
        Address.DomainName(domain) is { } name && await _directory.DomainAsync(name, cancellation) is not null;

    public ValueTask<IReadOnlyList<string>> AddressesAsync(AccountId account, CancellationToken cancellation) =>
        _directory.AddressesAsync(account, cancellation);

    /// <summary>Whether an account may send as an address: exactly when mail to the address reaches the account.</summary>
    public async ValueTask<bool> OwnsAsync(AccountId account, string address, CancellationToken cancellation) =>
        Address.Parse(address) is { } parsed && (await ResolveAsync(parsed, cancellation))?.Id == account;

    /// <returns>None; Invalid; NotFound (account or domain); AlreadyExists.</returns>
    public async ValueTask<Refusal> AddAliasAsync(AccountId account, string address, CancellationToken cancellation) =>
        Address.Parse(address) is { } parsed
            ? await _directory.ApplyAsync(new() { NewAddresses = [new(parsed.ToString(), account)] }, cancellation)
            : Refusal.Invalid;

    /// <returns>None; Invalid; NotFound, also for a primary address.</returns>
    public async ValueTask<Refusal> RemoveAliasAsync(string address, CancellationToken cancellation) =>
        Address.Parse(address) is { } parsed
            ? await _directory.ApplyAsync(new() { RemovedAddresses = [parsed.ToString()] }, cancellation)
            : Refusal.Invalid;

    /// <summary>The newest public key of a realm: whoever has it can seal, and needs nothing else.</summary>
    /// <returns>Null when the profile does not read or has none.</returns>
    public static SealingKey? SealingKeyOf(AccountRecord account, Realm realm) =>
        Profiles.Read(account) is { } profile ? Profiles.SealingKey(profile, realm) : null;

    /// <summary>The account's Ed25519 public key; null when the profile does not read.</summary>
    public static ReadOnlyMemory<byte>? IdentityKeyOf(AccountRecord account) => Profiles.Read(account)?.IdentityKey.Memory;

    /// <summary>Makes a device. The owner must be a full device that may write, and so hold what the new one is to open.</summary>
    /// <returns>
    /// The device, its password to be shown once; or NotPermitted, Invalid, NotFound, TooMany, AlreadyExists (password), Conflict
    /// (rotated).
    /// </returns>
    public async ValueTask<Outcome<CreatedDevice>> AddDeviceAsync(Keyring owner, NewDevice device, CancellationToken cancellation)
    {
        if (!MayManage(owner)) return Refusal.NotPermitted;
        if (!IsLabel(device.Label)) return Refusal.Invalid;
        using var turn = await TakeTurnAsync(cancellation);
        var read = await ProfileAsync(owner, cancellation);
        if (read.Declined) return read.Refusal;
        var known = await _directory.DevicesAsync(owner.Account, cancellation);
        if (Devices.Count(known) >= DevicesMax) return Refusal.TooMany;
        var password = device.Password ?? AppPassword.Generate();
        using (var keys = new SlotKeys(password.CanonicalBytes, owner.Account))
        {
            if (Credentials.Match(known, keys) is not null) return Refusal.AlreadyExists;
        }

        var id = DeviceId.New();
        var settings = owner.Find(Realm.Settings)!.SealingKey;
        var record = Devices.Make(owner, settings, read.Value, id, device, password, Now());
        var added = await _directory.ApplyAsync(new() { NewDevices = [record] }, cancellation);
        return added is Refusal.None ? Devices.Created(record, device, password, owner.Epoch) : added;
    }

    /// <summary>Sets or replaces the account's passphrase. It opens the portal and the command line, no legacy protocol.</summary>
    /// <returns>The passphrase's device; or NotPermitted, Invalid (too short or long), Unavailable, Conflict (rotated).</returns>
    public async ValueTask<Outcome<DeviceId>> SetPassphraseAsync(Keyring owner, Password passphrase, CancellationToken cancellation)
    {
        if (!MayManage(owner)) return Refusal.NotPermitted;
        if (passphrase.Value.Length is < PassphraseCharactersMin or > Password.CharactersMax) return Refusal.Invalid;

        // What looks like an app password is tried as one: such a passphrase would never be stretched, and never fit.
        if (AppPassword.IsWellFormed(passphrase.Value)) return Refusal.Invalid;
        var parameters = PassphraseStretcher.NewParameters();
        var stretched = await stretcher.StretchAsync(passphrase, parameters, cancellation);
        if (stretched.Declined) return stretched.Refusal;
        using var secret = stretched.Value;
        using var turn = await TakeTurnAsync(cancellation);
        var read = await ProfileAsync(owner, cancellation);
        if (read.Declined) return read.Refusal;
        var known = await _directory.DevicesAsync(owner.Account, cancellation);
        var old = known.Where(device => Devices.Read(device)?.Stretch is not null).ToArray();
        if (Devices.Count(known) - old.Length >= DevicesMax) return Refusal.TooMany;
        var id = DeviceId.New();
        var device = new NewDevice("passphrase", Scopes.Parse("* portal cli")!);
        var settings = owner.Find(Realm.Settings)!.SealingKey;
        var record = Devices.MakePassphrase(owner, settings, id, device, secret, parameters, Now());
        var change = new DirectoryChange { NewDevices = [record], RemovedDevices = [.. old.Select(one => (one.Account, one.Id))] };
        var applied = await _directory.ApplyAsync(change, cancellation);
        if (applied is not Refusal.None) return applied;
        foreach (var one in old) Revoked?.Invoke(one.Account, one.Id);
        return id;
    }

    /// <summary>
    /// Begins a new epoch: what is written from now on is sealed under new keys, which the devices that stay learn at their next login
    /// and those that do not never. One durable step; open accounts go on with the new keys, sessions of revoked devices are cut.
    /// </summary>
    /// <param name="owner">A full device's keyring that may write, or one from the words.</param>
    /// <param name="words">The account's words, where they are at hand: they certify the key that signs heads.</param>
    /// <param name="revoked">Devices to revoke in the same step.</param>
    /// <param name="cancellation">Before the step nothing happened, after it all did.</param>
    /// <returns>
    /// Or NotPermitted; NotFound (account or device); Conflict: another rotation was faster; TooMany epochs; Damaged: a device that stays,
    /// or the recovery key, is not as the account made it; StoreFull, Unavailable.
    /// </returns>
    public async ValueTask<Outcome<RotatedAccount>> RotateAsync(
        Keyring owner, Words? words, IReadOnlyCollection<DeviceId> revoked, CancellationToken cancellation) =>
        await RotateAsync(owner, words, null, revoked, cancellation);

    /// <summary>
    /// Gives an account other words. As the old ones opened the keys of all epochs so far, it begins a new one too: whoever has the
    /// old words, and an old copy of the store with them, opens nothing that is written from now on.
    /// </summary>
    /// <param name="owner">As for <see cref="RotateAsync(Keyring, Words?, IReadOnlyCollection{DeviceId}, CancellationToken)"/>.</param>
    /// <param name="old">The old words, where they are at hand; they vouch for the new ones, else a full device's head key does.</param>
    /// <param name="cancellation">Before the step nothing happened, after it all did.</param>
    /// <returns>The new words, to be shown once; or a refusal as of a rotation.</returns>
    public async ValueTask<Outcome<string>> RenewWordsAsync(Keyring owner, Words? old, CancellationToken cancellation)
    {
        using var renewed = Words.Generate();
        var rotated = await RotateAsync(owner, old, renewed, [], cancellation);
        return rotated.Declined ? rotated.Refusal : renewed.Reveal();
    }

    /// <summary>Deletes a device's key slot and cuts its sessions. Needs no key: who can write the directory can also forget.</summary>
    /// <returns>None; NotFound.</returns>
    public async ValueTask<Refusal> RevokeAsync(AccountId account, DeviceId device, CancellationToken cancellation)
    {
        var removed = await _directory.ApplyAsync(new() { RemovedDevices = [(account, device)] }, cancellation);
        if (removed is Refusal.None) Revoked?.Invoke(account, device);
        return removed;
    }

    /// <summary>False once a device is revoked. A session asks again after it is registered: it may have been revoked meanwhile.</summary>
    public async ValueTask<bool> IsLiveAsync(AccountId account, DeviceId device, CancellationToken cancellation) =>
        (await _directory.DevicesAsync(account, cancellation)).Any(record => record.Id == device);

    /// <summary>The devices of the keyring's account; labels need the settings realm.</summary>
    public async ValueTask<IReadOnlyList<DeviceInfo>> DevicesAsync(Keyring owner, CancellationToken cancellation) =>
        [.. (await _directory.DevicesAsync(owner.Account, cancellation)).Select(record => Devices.Describe(owner, record))];

    /// <summary>Opens an account with its 24 words: every realm, without a device. For making a new device, then dispose of it.</summary>
    /// <returns>BadCredentials when the words are another account's; Damaged when the recovery slot does not open.</returns>
    public async ValueTask<Outcome<Keyring>> RecoverAsync(string address, Words words, CancellationToken cancellation) =>
        await FindAsync(address, cancellation) is { } account ? Recover(account, words) : Refusal.BadCredentials;

    /// <summary>The same without an address: looks for the account whose identity the words are.</summary>
    public async ValueTask<Outcome<Keyring>> RecoverAsync(Words words, CancellationToken cancellation)
    {
        await foreach (var account in _directory.AccountsAsync(cancellation))
        {
            if (IdentityKeyOf(account) is { } key && key.Span.SequenceEqual(words.IdentityKey.Span)) return Recover(account, words);
        }

        return Refusal.BadCredentials;
    }

    internal static bool IsLabel(string label) => label.Length is > 0 and <= LabelCharactersMax && !label.Any(char.IsControl);

    private static Outcome<Keyring> Recover(AccountRecord account, Words words)
    {
        if (Profiles.Read(account) is not { } profile) return Refusal.Damaged;
        if (!profile.IdentityKey.Span.SequenceEqual(words.IdentityKey.Span)) return Refusal.BadCredentials;
        using var key = words.RecoveryKey(account.Id);
        if (KeySlotSeal.Open(key, account.Id, default, KeySlotKind.Recovery, profile.RecoverySlot.Span) is not { } first
            || EpochGrant.OpenAll(first, profile.RecoveryGrants.Select(grant => grant.Memory)) is not { } keyring)
        {
            return Refusal.Damaged;
        }

        if (Profiles.Agrees(profile, keyring)) return keyring;
        keyring.Dispose();
        return Refusal.Damaged;
    }

    private static bool MayManage(Keyring owner) => owner.Scopes is { Full: true, ReadOnly: false };

    private async ValueTask<Outcome<RotatedAccount>> RotateAsync(
        Keyring owner, Words? words, Words? renewed, IReadOnlyCollection<DeviceId> revoked, CancellationToken cancellation)
    {
        if (!MayManage(owner)) return Refusal.NotPermitted;
        using var turn = await TakeTurnAsync(cancellation);
        var read = await ProfileAsync(owner, cancellation);
        if (read.Declined) return read.Refusal;
        var account = (await _directory.AccountAsync(owner.Account, cancellation))!;
        var devices = await _directory.DevicesAsync(owner.Account, cancellation);
        var gone = revoked.ToHashSet();
        if (!gone.All(id => devices.Any(device => device.Id == id))) return Refusal.NotFound;
        if (owner.Device != default && !devices.Any(device => device.Id == owner.Device)) return Refusal.NotPermitted;
        if (words is not null && !read.Value.IdentityKey.Span.SequenceEqual(words.IdentityKey.Span)) return Refusal.BadCredentials;
        var made = Rotation.Make(account, read.Value, devices, owner, gone, words, renewed, Now());
        if (made.Declined) return made.Refusal;
        using var keyring = made.Value.Keyring;
        var applied = await _directory.ApplyAsync(made.Value.Change, cancellation);
        if (applied is not Refusal.None) return applied;
        foreach (var (_, device) in made.Value.Change.RemovedDevices) Revoked?.Invoke(owner.Account, device);
        if (Rotated is { } rotated) await rotated(keyring);
        return made.Value.Rotated;
    }

    /// <summary>Gives an account limits of its own; not while its keys rotate, which writes the profile as well.</summary>
    internal ValueTask<Outcome<AccountRecord>> SetQuotaAsync(
        AccountId account, long? hard, long? soft, CancellationToken cancellation) => ChangeProfileAsync(
            account,
            profile =>
            {
                if (hard is { } hardBytes) profile.HardQuotaBytes = (ulong)hardBytes;
                if (soft is { } softBytes) profile.SoftQuotaBytes = (ulong)softBytes;
            },
            cancellation);

    /// <summary>What the account wants done with what it sends.</summary>
    public async ValueTask<SendingWishes> SendingWishesAsync(AccountId account, CancellationToken cancellation) =>
        await _directory.AccountAsync(account, cancellation) is { } record && Profiles.Read(record) is { } profile
            ? new(TimeSpan.FromSeconds(Math.Min(profile.UndoSeconds, UndoMax.TotalSeconds)), profile.KeepsSent)
            : default;

    /// <returns>None; Invalid (negative, or longer than <see cref="UndoMax"/>), NotFound, Damaged, and what the store says.</returns>
    public async ValueTask<Refusal> SetUndoWindowAsync(AccountId account, TimeSpan window, CancellationToken cancellation)
    {
        if (window < TimeSpan.Zero || window > UndoMax) return Refusal.Invalid;
        return (await ChangeProfileAsync(
            account, profile => profile.UndoSeconds = (uint)window.TotalSeconds, cancellation)).Refusal;
    }

    /// <returns>None; NotFound, Damaged, and what the store says.</returns>
    public async ValueTask<Refusal> SetKeepsSentAsync(AccountId account, bool keeps, CancellationToken cancellation) =>
        (await ChangeProfileAsync(account, profile => profile.KeepsSent = keeps, cancellation)).Refusal;

    /// <summary>Capabilities of IMAP that the account's sessions do without, for a client that goes wrong with one.</summary>
    public async ValueTask<IReadOnlyList<string>> ImapWithoutAsync(AccountId account, CancellationToken cancellation) =>
        await _directory.AccountAsync(account, cancellation) is { } record && Profiles.Read(record) is { } profile
            ? profile.ImapWithout
            : [];

    /// <returns>None; NotFound, Damaged, and what the store says.</returns>
    public async ValueTask<Refusal> SetImapWithoutAsync(
        AccountId account, IReadOnlyList<string> capabilities, CancellationToken cancellation) => (await ChangeProfileAsync(
            account,
            profile =>
            {
                profile.ImapWithout.Clear();
                profile.ImapWithout.AddRange(capabilities);
            },
            cancellation)).Refusal;

    /// <summary>Notes which device is the host's own; null: none.</summary>
    internal ValueTask<Outcome<AccountRecord>> SetAttendedAsync(AccountId account, DeviceId? device, CancellationToken cancellation) =>
        ChangeProfileAsync(
            account, profile => profile.AttendedDevice = Google.Protobuf.ByteString.CopyFrom(device?.ToBytes() ?? []), cancellation);

    /// <summary>Changes what everybody may know of an account.</summary>
    /// <returns>The account as it is then; or NotFound, Damaged, and what the store says.</returns>
    internal async ValueTask<Outcome<AccountRecord>> ChangeProfileAsync(
        AccountId account, Action<Proto.AccountProfile> change, CancellationToken cancellation)
    {
        using var turn = await TakeTurnAsync(cancellation);
        if (await _directory.AccountAsync(account, cancellation) is not { } record) return Refusal.NotFound;
        if (Profiles.Read(record) is not { } profile) return Refusal.Damaged;
        change(profile);
        var changed = record with { Profile = Google.Protobuf.MessageExtensions.ToByteArray(profile) };
        var applied = await _directory.ApplyAsync(new() { ChangedAccounts = [changed] }, cancellation);
        return applied is Refusal.None ? changed : applied;
    }

    private async ValueTask<Turn> TakeTurnAsync(CancellationToken cancellation)
    {
        await _keys.WaitAsync(cancellation);
        return new(_keys);
    }

    /// <returns>The profile; Conflict when it has an epoch that the owner's keyring was not given.</returns>
    private async ValueTask<Outcome<AccountProfile>> ProfileAsync(Keyring owner, CancellationToken cancellation)
    {
        if (await _directory.AccountAsync(owner.Account, cancellation) is not { } record) return Refusal.NotFound;
        if (Profiles.Read(record) is not { } profile) return Refusal.Damaged;
        return Profiles.Epoch(profile) == owner.Epoch ? profile : Refusal.Conflict;
    }

    private readonly struct Turn(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }

    private long Now() => JournalClock.MicrosecondsOf(time.GetUtcNow());
}
