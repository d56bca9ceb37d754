using CompatBot.Core.Proof;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Identity;

/// <summary>
/// Accounts that their owners let this server open by itself, so that filters, answers and push run while no device is connected. In each
/// the server has a device like any other, which its owner sees and can revoke; the password of that device follows from the host key.
/// </summary>
/// <param name="accounts">Knows which accounts are attended.</param>
/// <param name="credentials">Opens the server's devices.</param>
/// <param name="sessions">Keeps their accounts open.</param>
/// <param name="host">Whoever has it opens all attended accounts.</param>
/// <param name="log">Told of accounts that do not open.</param>
public sealed class AttendedAccounts(
    Accounts accounts, Credentials credentials, Sessions sessions, HostKey host, IAttendedLog log) : IAsyncDisposable
{
    /// <summary>What the server's device is called in the list of devices.</summary>
    public const string Label = "this server (attended)";

    /// <summary>The protocol that scopes would call it; the device has them all.</summary>
    private const string Protocol = "attended";

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<AccountId, Session> _open = [];
    private bool _isStarted;

    /// <summary>Whether the server may open an account by itself.</summary>
    public static bool IsAttended(AccountRecord account) => DeviceOf(account) is not null;

    /// <summary>Opens every attended account, and those that become so from now on; it keeps them open.</summary>
    public async ValueTask StartAsync(CancellationToken cancellation)
    {
        _isStarted = true;
        await foreach (var account in accounts.AllAsync(cancellation))
        {
            if (IsAttended(account)) await OpenAsync(account, cancellation);
        }
    }

    /// <summary>Lets the server open an account by itself. The owner must be a full device that may write, or the words.</summary>
    /// <returns>None; or as <see cref="Accounts.AddDeviceAsync"/> says.</returns>
    public async ValueTask<Refusal> AttendAsync(Keyring owner, CancellationToken cancellation)
    {
        var password = PasswordOf(owner.Account);
        var device = new NewDevice(Label, Scopes.All, password);
        var added = await accounts.AddDeviceAsync(owner, device, cancellation);
        var id = added.Refusal switch
        {
            Refusal.None => added.Value!.Id,
            Refusal.AlreadyExists => await credentials.DeviceOfAsync(owner.Account, password, cancellation),
            _ => null,
        };
        if (id is null) return added.Refusal;
        var marked = await accounts.SetAttendedAsync(owner.Account, id, cancellation);
        if (!marked.Declined && _isStarted) await OpenAsync(marked.Value!, cancellation);
        return marked.Refusal;
    }

    /// <summary>Takes that back: the server's device is revoked, and the account closes when its other devices are gone.</summary>
    /// <returns>None, also where it was not attended; or what the store says.</returns>
    public async ValueTask<Refusal> LeaveAsync(AccountRecord account, CancellationToken cancellation)
    {
        if (DeviceOf(account) is not { } device) return Refusal.None;
        var revoked = await accounts.RevokeAsync(account.Id, device, cancellation);
        return revoked is Refusal.None or Refusal.NotFound
            ? (await accounts.SetAttendedAsync(account.Id, null, cancellation)).Refusal
            : revoked;
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync(CancellationToken.None);
        Session[] open = [.. _open.Values];
        _open.Clear();
        _gate.Release();
        foreach (var session in open) await session.DisposeAsync();
    }

    private static DeviceId? DeviceOf(AccountRecord account) =>
        Profiles.Read(account)?.AttendedDevice is { Length: AccountId.Length } id ? DeviceId.FromBytes(id.Span) : null;

    private AppPassword PasswordOf(AccountId account)
    {
        using var key = host.DeriveKey(account, KeyLabel.Attended);
        return AppPassword.FromBytes(key.Span);
    }

    private async ValueTask OpenAsync(AccountRecord account, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_open.ContainsKey(account.Id)) return;
            var keyring = await credentials.OpenAsync(account.Address, new Password(PasswordOf(account.Id).Text), Protocol, cancellation);
            var started = keyring.Declined ? keyring.Refusal : await sessions.StartAsync(keyring.Value!, cancellation);
            if (started.Declined)
            {
                log.NotOpened(account.Id, started.Refusal);
                return;
            }

            _open.Add(account.Id, started.Value!);
            started.Value!.Revoked.UnsafeRegister(id => _ = CloseAsync((AccountId)id!), account.Id);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task CloseAsync(AccountId account)
    {
        await _gate.WaitAsync(CancellationToken.None);
        _open.Remove(account, out var session);
        _gate.Release();
        if (session is not null) await session.DisposeAsync();
    }
}

/// <summary>Told what becomes of accounts that the server opens by itself.</summary>
public interface IAttendedLog
{
    /// <summary>It stays closed. BadCredentials: the host key is another one now, or the server's device was removed.</summary>
    void NotOpened(AccountId account, Refusal refusal);
}
