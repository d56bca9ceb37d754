using CompatBot.Core.Store;

namespace CompatBot.Core.Identity;

/// <summary>Tells when a device, or a link, is revoked: for what it does without a session.</summary>
public sealed class RevocationWatch : IDisposable
{
    private readonly Accounts _accounts;
    private readonly AccountId _account;
    private readonly DeviceId _device;
    private readonly CancellationTokenSource _revoked = new();

    private RevocationWatch(Accounts accounts, AccountId account, DeviceId device)
    {
        (_accounts, _account, _device, Revoked) = (accounts, account, device, _revoked.Token);
        accounts.Revoked += Hear;
    }

    /// <summary>Signalled when it is revoked, or its account removed.</summary>
    public CancellationToken Revoked { get; }

    /// <returns>Null when it is revoked already.</returns>
    public static async ValueTask<RevocationWatch?> OpenAsync(
        Accounts accounts, AccountId account, DeviceId device, CancellationToken cancellation)
    {
        var watch = new RevocationWatch(accounts, account, device);
        if (await accounts.IsLiveAsync(account, device, cancellation)) return watch;
        watch.Dispose();
        return null;
    }

    public void Dispose() => _accounts.Revoked -= Hear; // The source has no timer; a signal on its way may still use it.

    private void Hear(AccountId account, DeviceId device)
    {
        if (account == _account && device == _device) _revoked.Cancel();
    }
}
