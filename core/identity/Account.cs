using CompatBot.Core.Content;
using CompatBot.Core.Journal;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Identity;

/// <summary>One open account: its keys in memory, its journal, and the realms that its connected devices may open.</summary>
public sealed class Account
{
    private readonly IStore _store;
    private readonly Intakes _intakes;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly List<Keyring> _keyrings = [];

    private Account(IStore store, Keyring keyring, TimeProvider time, Intakes intakes)
    {
        (_store, _intakes, Id) = (store, intakes, keyring.Account);
        Journal = new JournalLog(Id, store.Journal, time);
        Contents = new Contents(Id, keyring.NamingKey, store.Blobs);
        _keyrings.Add(keyring);
    }

    public AccountId Id { get; }

    public JournalLog Journal { get; }

    public Contents Contents { get; }

    /// <summary>The mail realm; null while no device that may open it has connected.</summary>
    public MailRealm? Mail { get; private set; }

    /// <summary>Opens an account with what its first device unlocked; owns the keyring once it is open.</summary>
    /// <exception cref="JournalException">The journal is damaged or of a newer version; nothing was changed.</exception>
    internal static async ValueTask<Account> OpenAsync(
        IStore store, Keyring keyring, TimeProvider time, Intakes intakes, CancellationToken cancellation)
    {
        var account = new Account(store, keyring, time, intakes);
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
                _keyrings.Add(keyring);
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
        }
        finally
        {
            Mail = null;
            foreach (var keyring in _keyrings) keyring.Dispose();
            _keyrings.Clear();
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
