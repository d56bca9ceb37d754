using CompatBot.Core.Calendar.Birthdays;
using CompatBot.Core.Content;
using CompatBot.Core.Content.Envelopes;
using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Items;
using CompatBot.Core.Items.Sharing;
using CompatBot.Core.Journal;
using CompatBot.Core.Mail;
using CompatBot.Core.Proof;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Identity;

/// <summary>One open account: its keys in memory, its journal, and the realms that its connected devices may open.</summary>
public sealed class Account
{
    /// <summary>The realms whose state is an <see cref="ItemState"/>.</summary>
    internal static readonly Realm[] ItemRealms = [Realm.Calendar, Realm.Contacts, Realm.Files];

    /// <summary>What an open account takes beside its states: an estimate, which tests/bench/accounts holds against the process.</summary>
    private const long OpenBytes = 40 << 10;

    private readonly IStore _store;
    private readonly Intakes _intakes;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly SemaphoreSlim _resealing = new(1, 1);
    private CancellationTokenSource _yields = new();
    private readonly HeadKeeper? _heads;
    private readonly TimeProvider _time;
    private readonly Dictionary<Realm, RealmKeys> _keys = [];
    private readonly Dictionary<Realm, ItemRealm> _items = [];
    private readonly Dictionary<Realm, SharedRealms> _shares = [];
    private Keyring[] _keyrings;
    private uint _epoch;
    private uint _newestEpoch;

    private Account(IStore store, HeadKeeper? heads, Keyring keyring, TimeProvider time, Intakes intakes)
    {
        (_store, _heads, _intakes, _time) = (store, heads, intakes, time);
        (Id, _keyrings, _epoch) = (keyring.Account, [keyring], keyring.Epoch);
        Journal = new JournalLog(Id, store.Journal, time);
        Contents = ContentsOf(Realm.Mail, keyring);
        Birthdays = new BirthdayKeeper(Id, store.Directory, intakes.Log);
    }

    public AccountId Id { get; }

    public JournalLog Journal { get; }

    /// <summary>The mail realm's content.</summary>
    public Contents Contents { get; }

    /// <summary>Keeps the calendar of birthdays.</summary>
    internal BirthdayKeeper Birthdays { get; }

    /// <summary>The mail realm; null while no device that may open it has connected.</summary>
    public MailRealm? Mail { get; private set; }

    /// <summary>About how many bytes it takes in memory. Only while nobody uses it.</summary>
    internal long MemoryBytes => OpenBytes + (Mail?.MemoryBytes ?? 0) + _items.Values.Sum(realm => realm.State.MemoryBytes)
        + _shares.Values.Sum(shares => shares.MemoryBytes);

    /// <summary>Keys of a full device, if one is connected.</summary>
    internal Keyring? FullKeyring => Array.Find(_keyrings, keyring => keyring.MasterKey is not null && keyring.Epoch == _epoch);

    /// <summary>The newest that is known here.</summary>
    internal uint Epoch => _epoch;

    /// <summary>The newest epoch, if the identity certified its head key; else 0.</summary>
    internal uint HeadEpoch { get; private set; }

    /// <summary>The newest entry whose head was signed and kept; for <see cref="HeadKeeper"/>.</summary>
    internal ulong SignedSequence { get; set; }

    /// <summary>Opens an account with what its first device unlocked; owns the keyring once it is open.</summary>
    /// <exception cref="JournalException">The journal is damaged or of a newer version; nothing was changed.</exception>
    /// <exception cref="WentBackException">The journal does not hold what was signed; nothing was changed.</exception>
    /// <exception cref="StaleKeysException">The account has a newer epoch than the keyring; nothing was changed.</exception>
    internal static async ValueTask<Account> OpenAsync(
        IStore store, HeadKeeper? heads, Keyring keyring, TimeProvider time, Intakes intakes, CancellationToken cancellation)
    {
        if (heads is not null) await heads.CheckAsync(keyring.Account, cancellation);
        var account = new Account(store, heads, keyring, time, intakes);
        if (await account.LookAsync(cancellation) > keyring.Epoch && !keyring.Scopes.IsMember) throw new StaleKeysException();
        foreach (var realm in Enum.GetValues<Realm>())
        {
            var usage = await store.Directory.UsageAsync(account.Id, realm, cancellation);
            if (usage.Bytes > 0) account.Journal.CountClosed(realm, usage.Bytes);
        }

        await account.OpenMailAsync(keyring, cancellation);
        return account;
    }

    /// <summary>Opens what a further device may see; owns the keyring once that is done.</summary>
    /// <exception cref="StaleKeysException">The account has a newer epoch than the keyring.</exception>
    internal async ValueTask AdoptAsync(Keyring keyring, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (keyring.Scopes.IsMember)
            {
                if (MemberOf(keyring.Device) is null) _keyrings = [.. _keyrings, keyring];
                else keyring.Dispose();
                await LookAsync(cancellation);
                return;
            }

            if (keyring.Epoch < _epoch) throw new StaleKeysException();
            var renews = _keys.Any(open => open.Value.Newest.Epoch < keyring.Epoch && keyring.Find(open.Key) is not null);
            if (keyring.Epoch > _epoch || renews)
            {
                // Rotated by somebody who could not say so here.
                _keyrings = [keyring, .. _keyrings];
                Use(keyring);
                await LookAsync(cancellation);
                await OpenMailAsync(keyring, cancellation);
            }
            else if (Enum.GetValues<Realm>().Any(realm => keyring.Find(realm) is not null && KeyringOf(realm) is null))
            {
                await OpenMailAsync(keyring, cancellation);
                _keyrings = [.. _keyrings, keyring];
            }
            else
            {
                keyring.Dispose();
            }

            await RefreshSharesAsync(cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Goes on with the keys of a new epoch: each keyring that the account holds gets them as far as its own scopes go. The old ones
    /// stay until the account closes, as they may be in use at this moment.
    /// </summary>
    internal async ValueTask RotateAsync(Keyring newer, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (newer.Epoch <= _epoch) return;
            var held = _keyrings.Where(keyring => keyring.Epoch == _epoch && !keyring.Scopes.IsMember);
            var renewed = held.Select(newer.Renew).OfType<Keyring>().ToArray();
            _keyrings = [.. renewed, .. _keyrings];
            foreach (var keyring in renewed) Use(keyring);
            await LookAsync(cancellation);
            await RefreshSharesAsync(cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Writes snapshots and forgets all keys. Nobody uses the account any more.</summary>
    internal async ValueTask CloseAsync(CancellationToken cancellation)
    {
        try
        {
            if (Mail is not null) await Mail.CloseAsync(cancellation);
            foreach (var realm in _items.Values) await realm.CloseAsync(cancellation);
            foreach (var shares in _shares.Values) await shares.CloseAsync(cancellation);
            if (_heads is not null) await _heads.SignAsync([this], cancellation);
        }
        finally
        {
            Mail = null;
            _items.Clear();
            _shares.Clear();
            var keyrings = _keyrings;
            _keyrings = [];
            foreach (var keyring in keyrings) keyring.Dispose();
        }
    }

    /// <summary>Files, calendar or contacts, read in when first asked for; null while no device that may open it has connected.</summary>
    /// <exception cref="JournalException">The journal is damaged or of a newer version.</exception>
    internal async ValueTask<ItemRealm?> ItemsAsync(Realm realm, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_items.TryGetValue(realm, out var open)) return open;
            if (KeyringOf(realm) is not { } keyring || keyring.KeysOf(realm) is not { } keys) return null;
            var items = new ItemRealm(Id, keys, _store, Journal, ContentsOf(realm, keyring), _intakes) { OwnEnvelopes = OwnEnvelopes };
            await items.OpenAsync(cancellation);
            _keys.Add(realm, keys);
            _items.Add(realm, items);
            return items;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>What a member's device may open: one collection that is shared; null: it is not, or not with this one, any more.</summary>
    /// <exception cref="JournalException">The journal is damaged or of a newer version.</exception>
    internal async ValueTask<ItemRealm?> SharedItemsAsync(DeviceId device, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (MemberOf(device) is not { } member) return null;
            var realm = member.Scopes.Realms.First();
            if (!_shares.TryGetValue(realm, out var shares))
            {
                _shares.Add(realm, shares = new SharedRealms(Id, realm, _store, Journal, _time, _intakes));
            }

            return await shares.OpenAsync(member, cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Whether what is written under a key of that epoch is open to who had the account's keys before it was rotated: members wait with
    /// it, until somebody is connected who begins their share anew.
    /// </summary>
    internal bool IsStale(uint epoch) => epoch < Volatile.Read(ref _newestEpoch);

    /// <summary>Brings the calendar of birthdays up to date, if the account's keys for it and for the contacts are here.</summary>
    internal async ValueTask KeepBirthdaysAsync(ItemRealm calendars, CancellationToken cancellation)
    {
        try
        {
            if (await ItemsAsync(Realm.Contacts, cancellation) is not { } contacts) return;
            await Birthdays.RefreshAsync(calendars, contacts, cancellation);
        }
        catch (JournalException error)
        {
            _intakes.Log.IntakeFailed(Id, Refusal.Damaged, error); // Contacts that do not read take no calendar with them.
        }
    }

    /// <summary>Collects the garbage of all realms that are open to anybody connected, one after the other.</summary>
    /// <param name="defaultDays">The horizon of an account that chose none.</param>
    /// <param name="pace">How fast.</param>
    /// <param name="cancellation">Between two steps.</param>
    /// <returns>
    /// What was done; Locked while nobody is connected who may open the mail, where the horizon stands; or as a realm's collector says.
    /// </returns>
    internal async ValueTask<Outcome<CollectReport>> CollectAsync(int defaultDays, Pace pace, CancellationToken cancellation)
    {
        if (Mail is not { } mail) return Refusal.Locked;
        var collected = await mail.Collector.CollectAsync(defaultDays, pace, cancellation);
        foreach (var realm in ItemRealms)
        {
            if (collected.Declined) return collected;
            if (await ItemsAsync(realm, cancellation) is not { } items) continue;
            var horizon = TimeSpan.FromDays(mail.State.HorizonDays ?? defaultDays);
            var more = await items.Collector.CollectAsync(horizon, pace, cancellation);
            collected = more.Declined ? more : collected.Value + more.Value;
        }

        return collected;
    }

    /// <summary>
    /// Seals again what was written before the newest epoch, in the realms that are open to anybody connected, until nothing is left
    /// that can be.
    /// </summary>
    /// <param name="pace">How fast.</param>
    /// <param name="progress">Told how many blobs were sealed again; null: nobody waits for it, and it makes way for who does.</param>
    /// <param name="cancellation">Between two steps.</param>
    /// <returns>How far that came; or StoreFull, Unavailable.</returns>
    internal async ValueTask<Outcome<ResealReport>> ResealAsync(
        Pace pace, Func<long, CancellationToken, ValueTask>? progress, CancellationToken cancellation)
    {
        if (progress is not null) await Interlocked.Exchange(ref _yields, new()).CancelAsync();
        using var turn = CancellationTokenSource.CreateLinkedTokenSource(
            cancellation, progress is null ? _yields.Token : CancellationToken.None);
        cancellation = turn.Token;
        await _resealing.WaitAsync(cancellation);
        try
        {
            var (bare, resealed) = (new BlobMarks(), 0L);
            var open = await OpenToResealAsync(bare, pace, cancellation);
            var resealing = new Resealing(Id, () => OwnEnvelopes() ?? Contents.Envelopes!, _store.Blobs);
            while (true)
            {
                var pass = await resealing.PassAsync(open, bare, pace, progress, cancellation);
                if (pass.Declined) return pass.Refusal;
                resealed += pass.Value.Resealed;
                if (pass.Value.Resealed > 0) continue;
                if (Mail is { } mail) await mail.RenewAsync(pace, cancellation);

                // A garbage collection erases too, should readers stand in the way now.
                if (resealed > 0) await _store.Blobs.EraseAsync(cancellation);
                return pass.Value with { Resealed = resealed };
            }
        }
        finally
        {
            _resealing.Release();
        }
    }

    /// <summary>The realms whose blobs can be sealed again, with those of them marked that get no envelope.</summary>
    private async ValueTask<BlobHolders> OpenToResealAsync(BlobMarks bare, Pace pace, CancellationToken cancellation)
    {
        if (OwnEnvelopes() is null) return BlobHolders.None; // Nobody but guests is here.
        var open = BlobHolder.Of(Realm.Settings) | (Mail is null ? BlobHolders.None : BlobHolder.Of(Realm.Mail));
        foreach (var realm in ItemRealms)
        {
            try
            {
                if (await ItemsAsync(realm, cancellation) is not { } items) continue;
                if (await items.Collector.MarkBareAsync(bare, pace, cancellation)) open |= BlobHolder.Of(realm);
            }
            catch (JournalException error)
            {
                _intakes.Log.IntakeFailed(Id, Refusal.Damaged, error); // A realm that does not read holds up no other.
            }
        }

        return open;
    }

    /// <summary>Of the newest keys that one of the account's own devices brought; null: none is connected.</summary>
    private AccountEnvelopes? OwnEnvelopes() =>
        Array.Find(_keyrings, keyring => keyring.Epoch == _epoch && !keyring.Scopes.IsShare) is { } own
            ? new AccountEnvelopes(Id, own.Epochs)
            : null;

    private async ValueTask RefreshSharesAsync(CancellationToken cancellation)
    {
        foreach (var items in _items.Values) await items.RefreshSharesAsync(cancellation);
    }

    private Keyring? MemberOf(DeviceId device) =>
        Array.Find(_keyrings, keyring => keyring.Scopes.IsMember && keyring.Device == device);

    private Keyring? KeyringOf(Realm realm) => Array.Find(_keyrings, keyring => keyring.Epoch == _epoch && keyring.Find(realm) is not null);

    private Contents ContentsOf(Realm realm, Keyring keyring)
    {
        var contents = new Contents(Id, realm, keyring.NamingKey, _store.Blobs, _time);
        contents.Adopt(keyring.Epochs);
        return contents;
    }

    private void Use(Keyring keyring)
    {
        _epoch = keyring.Epoch;
        if (keyring.Find(Realm.Mail) is not null) Contents.Adopt(keyring.Epochs);
        foreach (var (realm, items) in _items)
        {
            if (keyring.Find(realm) is not null) items.Contents.Adopt(keyring.Epochs);
        }

        foreach (var (realm, keys) in _keys)
        {
            if (keyring.KeysOf(realm) is { } newer) keys.Adopt(newer);
        }
    }

    /// <summary>Looks up whether the epoch's head key is certified.</summary>
    /// <returns>The newest epoch of the profile; 0 when there is none to be had.</returns>
    private async ValueTask<uint> LookAsync(CancellationToken cancellation)
    {
        var record = await _store.Directory.AccountAsync(Id, cancellation);
        if (record is null || Profiles.Read(record) is not { } profile) return 0;
        HeadEpoch = HeadKey.Find(profile, Id, _epoch).IsEmpty ? 0 : _epoch;
        _newestEpoch = Profiles.Epoch(profile);
        return _newestEpoch;
    }

    private async ValueTask OpenMailAsync(Keyring keyring, CancellationToken cancellation)
    {
        if (Mail is not null || keyring.KeysOf(Realm.Mail) is not { } keys) return;
        Contents.Adopt(keyring.Epochs); // The device that opened the account may have been another's, with other names.
        var mail = new MailRealm(Id, keys, _store, Journal, Contents, _intakes);
        await mail.OpenAsync(cancellation);
        Mail = mail;
        _keys.Add(Realm.Mail, keys);
    }
}

/// <summary>A login read its device's record before a rotation and opens the account after it: it has to log in again.</summary>
internal sealed class StaleKeysException() : Exception("The account has a newer epoch than these keys");
