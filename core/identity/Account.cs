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

    private Account(IStore store, HeadKeeper? heads, Keyring keyring, TimeProvider time, Intakes intakes)
    {
        (_store, _heads, _intakes, Id, _keyrings) = (store, heads, intakes, keyring.Account, [keyring]);
        Journal = new JournalLog(Id, store.Journal, time);
        Contents = new Contents(Id, Realm.Mail, keyring.NamingKey, store.Blobs, time);
    }

    public AccountId Id { get; }

    public JournalLog Journal { get; }

    /// <summary>The mail realm's content.</summary>
    public Contents Contents { get; }

    /// <summary>The mail realm; null while no device that may open it has connected.</summary>
    public MailRealm? Mail { get; private set; }

    /// <summary>Keys of a full device, if one is connected.</summary>
    internal Keyring? FullKeyring => Array.Find(_keyrings, keyring => keyring.MasterKey is not null);

    /// <summary>The newest entry whose head was signed and kept; for <see cref="HeadKeeper"/>.</summary>
    internal ulong SignedSequence { get; set; }

    /// <summary>Opens an account with what its first device unlocked; owns the keyring once it is open.</summary>
    /// <exception cref="JournalException">The journal is damaged or of a newer version; nothing was changed.</exception>
    /// <exception cref="WentBackException">The journal does not hold what was signed; nothing was changed.</exception>
    internal static async ValueTask<Account> OpenAsync(
        IStore store, HeadKeeper? heads, Keyring keyring, TimeProvider time, Intakes intakes, CancellationToken cancellation)
    {
        if (heads is not null) await heads.CheckAsync(keyring.Account, cancellation);
        var account = new Account(store, heads, keyring, time, intakes);
        await account.OpenRealmsAsync(keyring, cancellation);
        return account;
    }

    /// <summary>Opens what a further device may see; owns the keyring once that is done.</summary>
    internal async ValueTask AdoptAsync(Keyring keyring, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (Mail is null && keyring.Find(Realm.Mail) is not null)
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

    private async ValueTask OpenRealmsAsync(Keyring keyring, CancellationToken cancellation)
    {
        if (Mail is not null || keyring.Find(Realm.Mail) is not { } key) return;
        var mail = new MailRealm(Id, key, _store, Journal, Contents, _intakes);
        await mail.OpenAsync(cancellation);
        Mail = mail;
    }
}
