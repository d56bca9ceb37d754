using CompatBot.Core.Content.Envelopes;
using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Items;
using CompatBot.Core.Mail;
using CompatBot.Core.Shares;
using CompatBot.Core.Store;

namespace CompatBot.Core.Identity;

/// <summary>One logged-in connection of one device. The account stays open while it lives, and a grace time longer.</summary>
public sealed class Session : IAsyncDisposable
{
    private readonly AccountLease _lease;
    private readonly CancellationTokenSource _revoked = new();

    internal Session(AccountLease lease, DeviceId device, Scopes scopes)
    {
        (_lease, Device, Scopes) = (lease, device, scopes);
        Revoked = _revoked.Token;
        if (scopes.Allows(Realm.Mail) && lease.Account.Mail is { } mail) Mail = new MailStore(mail, device, scopes.ReadOnly);
    }

    public AccountId Account => _lease.Account.Id;

    public DeviceId Device { get; }

    public Scopes Scopes { get; }

    /// <summary>Signalled when the device is revoked or the account removed: the connection must end at once.</summary>
    public CancellationToken Revoked { get; }

    /// <summary>The account's mail; null when the device's scopes leave it out.</summary>
    public MailStore? Mail { get; }

    /// <summary>The account's files, calendar or contacts; for the device of a member, what is shared of them.</summary>
    /// <returns>Locked when the device's scopes leave the realm out; Damaged when its journal does not read; Unavailable.</returns>
    public async ValueTask<Outcome<ItemStore>> ItemsAsync(Realm realm, CancellationToken cancellation)
    {
        var opened = await RealmAsync(realm, cancellation);
        if (opened.Declined) return opened.Refusal;
        var isOwn = opened.Value is { Realm: Realm.Calendar, Share: null };
        if (isOwn) await _lease.Account.KeepBirthdaysAsync(opened.Value, cancellation);
        var isStale = opened.Value.Share is { } share && _lease.Account.IsStale(share.Keys.Newest.Epoch);
        return new ItemStore(opened.Value, Device, Scopes.ReadOnly || isStale);
    }

    /// <summary>The links to what is in a realm.</summary>
    /// <returns>As <see cref="ItemsAsync"/>.</returns>
    internal async ValueTask<Outcome<ShareKeeper>> SharesAsync(Realm realm, CancellationToken cancellation)
    {
        var opened = await RealmAsync(realm, cancellation);
        return opened.Declined ? opened.Refusal : opened.Value.Shares;
    }

    /// <summary>Makes a device of the account, as a full device may.</summary>
    /// <returns>NotPermitted for a device that is none, or may only read; else as <see cref="Accounts.AddDeviceAsync"/>.</returns>
    internal ValueTask<Outcome<CreatedDevice>> AddDeviceAsync(Accounts accounts, NewDevice device, CancellationToken cancellation) =>
        Scopes is { Full: true, ReadOnly: false } && _lease.Account.FullKeyring is { } keyring
            ? accounts.AddDeviceAsync(keyring, device, cancellation)
            : new(Refusal.NotPermitted);

    /// <summary>Begins a new epoch of the account, as a full device may.</summary>
    /// <returns>NotPermitted for a device that is none, or may only read; else what <see cref="Accounts"/> says of a rotation.</returns>
    internal ValueTask<Outcome<RotatedAccount>> RotateAsync(
        Accounts accounts, Words? words, IReadOnlyCollection<DeviceId> revoked, CancellationToken cancellation) =>
        Scopes is { Full: true, ReadOnly: false } && _lease.Account.FullKeyring is { } keyring
            ? accounts.RotateAsync(keyring, words, revoked, cancellation)
            : new(Refusal.NotPermitted);

    /// <summary>Erases what was deleted before the account's horizon, in all realms of the device.</summary>
    /// <param name="defaultDays">The horizon of an account that chose none.</param>
    /// <param name="pace">How fast.</param>
    /// <param name="cancellation">Between two steps.</param>
    /// <returns>What was done; or NotPermitted (a read-only device), Locked (without mail), Damaged, Unavailable.</returns>
    public ValueTask<Outcome<CollectReport>> CollectAsync(int defaultDays, Pace pace, CancellationToken cancellation) =>
        Scopes.ReadOnly ? new(Refusal.NotPermitted) : _lease.Account.CollectAsync(defaultDays, pace, cancellation);

    /// <summary>Seals again what was written before the account's newest epoch, in all realms of connected devices.</summary>
    /// <param name="pace">How fast.</param>
    /// <param name="progress">Told how many blobs were sealed again.</param>
    /// <param name="cancellation">Between two steps.</param>
    /// <returns>How far that came; or NotPermitted (a read-only device), StoreFull, Unavailable.</returns>
    public ValueTask<Outcome<ResealReport>> ResealAsync(
        Pace pace, Func<long, CancellationToken, ValueTask> progress, CancellationToken cancellation) =>
        Scopes.ReadOnly ? new(Refusal.NotPermitted) : _lease.Account.ResealAsync(pace, progress, cancellation);

    public async ValueTask DisposeAsync()
    {
        if (!_lease.Forget(this)) return;
        await _lease.DisposeAsync();
        _revoked.Dispose();
    }

    internal void Revoke() => _revoked.Cancel();

    private async ValueTask<Outcome<ItemRealm>> RealmAsync(Realm realm, CancellationToken cancellation)
    {
        if (!Scopes.Allows(realm)) return Refusal.Locked;
        try
        {
            var opened = Scopes.IsMember
                ? await _lease.Account.SharedItemsAsync(Device, cancellation)
                : await _lease.Account.ItemsAsync(realm, cancellation);
            return opened is null ? Refusal.Locked : opened;
        }
        catch (Journal.JournalException)
        {
            return Refusal.Damaged;
        }
        catch (IOException)
        {
            return Refusal.Unavailable;
        }
    }
}
