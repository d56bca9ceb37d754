using CompatBot.Core.Content;
using CompatBot.Core.Journal;
using CompatBot.Core.Mail;
using CompatBot.Core.Proof;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Identity;

/// <summary>One open account: its keys in memory, its journal, and the realms that its connected devices may open.</summary>
public sealed class Account
{
    private readonly IStore _store;
    private readonly Intakes _intakes;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly HeadKeeper? _heads;
    private Keyring[] _keyrings;
    private RealmKeys? _mailKeys;
    private uint _epoch;

    private Account(IStore store, HeadKeeper? heads, Keyring keyring, TimeProvider time, Intakes intakes)
    {
        (_store, _heads, _intakes, Id, _keyrings, _epoch) = (store, heads, intakes, keyring.Account, [keyring], keyring.Epoch);
        Journal = new JournalLog(Id, store.Journal, time);
        Contents = new Contents(Id, Realm.Mail, keyring.NamingKey, store.Blobs, time);
        Contents.Adopt(keyring.NamingKeys);
    }

    public AccountId Id { get; }

    public JournalLog Journal { get; }

    /// <summary>The mail realm's content.</summary>
    public Contents Contents { get; }

    /// <summary>The mail realm; null while no device that may open it has connected.</summary>
    public MailRealm? Mail { get; private set; }

    /// <summary>Keys of a full device, if one is connected.</summary>
    internal Keyring? FullKeyring => Array.Find(_keyrings, keyring => keyring.MasterKey is not null && keyring.Epoch == _epoch);

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
        if (await account.LookAsync(cancellation) > keyring.Epoch) throw new StaleKeysException();
        await account.OpenRealmsAsync(keyring, cancellation);
        return account;
    }

    /// <summary>Opens what a further device may see; owns the keyring once that is done.</summary>
    /// <exception cref="StaleKeysException">The account has a newer epoch than the keyring.</exception>
    internal async ValueTask AdoptAsync(Keyring keyring, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (keyring.Epoch < _epoch) throw new StaleKeysException();
            var forMail = _mailKeys is { } known && known.Newest.Epoch < keyring.Epoch && keyring.Find(Realm.Mail) is not null;
            if (keyring.Epoch > _epoch || forMail)
            {
                // Rotated by somebody who could not say so here.
                _keyrings = [keyring, .. _keyrings];
                Use(keyring);
                await LookAsync(cancellation);
                await OpenRealmsAsync(keyring, cancellation);
            }
            else if (Mail is null && keyring.Find(Realm.Mail) is not null)
            {
                await OpenRealmsAsync(keyring, cancellation);
                _keyrings = [.. _keyrings, keyring];
            }
            else
            {
                keyring.Dispose();
            }
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
            var renewed = _keyrings.Where(keyring => keyring.Epoch == _epoch).Select(newer.Renew).OfType<Keyring>().ToArray();
            _keyrings = [.. renewed, .. _keyrings];
            foreach (var keyring in renewed) Use(keyring);
            await LookAsync(cancellation);
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
            if (_heads is not null) await _heads.SignAsync([this], cancellation);
        }
        finally
        {
            Mail = null;
            var keyrings = _keyrings;
            _keyrings = [];
            foreach (var keyring in keyrings) keyring.Dispose();
        }
    }

    private void Use(Keyring keyring)
    {
        _epoch = keyring.Epoch;
        Contents.Adopt(keyring.NamingKeys);
        if (keyring.KeysOf(Realm.Mail) is { } mail) _mailKeys?.Adopt(mail);
    }

    /// <summary>Looks up whether the epoch's head key is certified.</summary>
    /// <returns>The newest epoch of the profile; 0 when there is none to be had.</returns>
    private async ValueTask<uint> LookAsync(CancellationToken cancellation)
    {
        var record = await _store.Directory.AccountAsync(Id, cancellation);
        if (record is null || Profiles.Read(record) is not { } profile) return 0;
        HeadEpoch = HeadKey.Find(profile, Id, _epoch).IsEmpty ? 0 : _epoch;
        return Profiles.Epoch(profile);
    }

    private async ValueTask OpenRealmsAsync(Keyring keyring, CancellationToken cancellation)
    {
        if (Mail is not null || keyring.KeysOf(Realm.Mail) is not { } keys) return;
        var mail = new MailRealm(Id, keys, _store, Journal, Contents, _intakes);
        await mail.OpenAsync(cancellation);
        (_mailKeys, Mail) = (keys, mail);
    }
}

/// <summary>A login read its device's record before a rotation and opens the account after it: it has to log in again.</summary>
internal sealed class StaleKeysException() : Exception("The account has a newer epoch than these keys");
