using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Identity;

/// <summary>Logs devices in, for every protocol alike, and cuts them off when they are revoked.</summary>
public sealed class Sessions
{
    private readonly OpenAccounts _open;
    private readonly Accounts _accounts;
    private readonly Credentials _credentials;

    public Sessions(OpenAccounts open, Accounts accounts, Credentials credentials)
    {
        (_open, _accounts, _credentials) = (open, accounts, credentials);
        accounts.Revoked += open.Revoke;
        accounts.Rotated += open.RotateAsync;
    }

    /// <summary>Logs in by full address and app password.</summary>
    /// <param name="protocol">Name that the device's scopes may be limited to, such as "imap".</param>
    /// <returns>As <see cref="Credentials.OpenAsync"/>; Damaged also when the account's journal does not read.</returns>
    public async ValueTask<Outcome<Session>> LoginAsync(
        string address, Password password, string protocol, CancellationToken cancellation)
    {
        var opened = await _credentials.OpenAsync(address, password, protocol, cancellation);
        return opened.Declined ? opened.Refusal : await StartAsync(opened.Value, cancellation);
    }

    /// <summary>The server's side of one SCRAM-SHA-256 exchange; the keyring that it gives goes to <see cref="StartAsync"/>.</summary>
    public ScramServer StartScram(string protocol, bool plus, IReadOnlyList<ChannelBinding> bindings) =>
        new(_credentials, protocol, plus, bindings);

    /// <summary>Starts the session of a device whose keys were opened. Owns the keyring from here on.</summary>
    /// <returns>
    /// Damaged when the account's journal does not read; WentBack when it does not hold what was signed; Unavailable when the disk
    /// does not read, or the account was rotated this moment; BadCredentials when the device was just revoked.
    /// </returns>
    public async ValueTask<Outcome<Session>> StartAsync(Keyring keyring, CancellationToken cancellation)
    {
        var (account, device, scopes) = (keyring.Account, keyring.Device, keyring.Scopes);
        AccountLease lease;
        try
        {
            lease = await _open.OpenAsync(keyring, cancellation);
        }
        catch (Journal.JournalException)
        {
            return Refusal.Damaged;
        }
        catch (Proof.WentBackException)
        {
            return Refusal.WentBack;
        }
        catch (StaleKeysException)
        {
            return Refusal.Unavailable;
        }
        catch (IOException)
        {
            return Refusal.Unavailable;
        }

        var session = new Session(lease, device, scopes);
        lease.Register(session);
        if (device == default || await _accounts.IsLiveAsync(account, device, cancellation)) return session; // Words are no device.

        // Revoked after its password was checked and before the cut could see it.
        await session.DisposeAsync();
        return Refusal.BadCredentials;
    }
}
