using CompatBot.Core.Mail;
using CompatBot.Core.Store;

namespace CompatBot.Core.Identity;

/// <summary>One logged-in connection of one device. The account stays open while it lives, and a grace time longer.</summary>
public sealed class Session : IAsyncDisposable
{
    private readonly AccountLease _lease;
    private readonly CancellationTokenSource _revoked = new();

    internal Session(AccountLease lease, DeviceId device, Scopes scopes, string address)
    {
        (_lease, Device, Scopes, Address) = (lease, device, scopes, address);
        Revoked = _revoked.Token;
        if (scopes.Allows(Realm.Mail) && lease.Account.Mail is { } mail) Mail = new MailStore(mail, device, scopes.ReadOnly);
    }

    public AccountId Account => _lease.Account.Id;

    /// <summary>Primary address of the account.</summary>
    public string Address { get; }

    public DeviceId Device { get; }

    public Scopes Scopes { get; }

    /// <summary>Signalled when the device is revoked or the account removed: the connection must end at once.</summary>
    public CancellationToken Revoked { get; }

    /// <summary>The account's mail; null when the device's scopes leave it out.</summary>
    public MailStore? Mail { get; }

    public async ValueTask DisposeAsync()
    {
        if (!_lease.Forget(this)) return;
        await _lease.DisposeAsync();
        _revoked.Dispose();
    }

    internal void Revoke() => _revoked.Cancel();
}
