using CompatBot.Core.Identity;
using CompatBot.Core.Mail.Filters;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Sasl;

namespace CompatBot.Protocols.ManageSieve;

/// <summary>Where a connection stands (RFC 5804 section 1.1).</summary>
[Flags]
public enum ManageSieveState
{
    NotAuthenticated = 1,
    Authenticated = 2,
    Any = 3,
}

/// <summary>What one ManageSieve connection knows.</summary>
public sealed class ManageSieveSession(ManageSieveServices services, LineConnection connection) : IAsyncDisposable
{
    private CancellationTokenRegistration _revoked;
    private Session? _login;

    public ManageSieveServices Services { get; } = services;

    public LineConnection Connection { get; } = connection;

    public ManageSieveLimits Limits => Services.Limits;

    public ManageSieveState State => _login is null ? ManageSieveState.NotAuthenticated : ManageSieveState.Authenticated;

    /// <summary>The account's scripts; when authenticated only.</summary>
    public MailFilters Filters => (_login?.Mail ?? throw new InvalidOperationException("Nobody is logged in")).Filters;

    /// <summary>Whose scripts they are: the account's address; null before the login.</summary>
    public string? Owner { get; private set; }

    /// <summary>Literals of the next command together, in bytes.</summary>
    public int LiteralBytesMax => _login is null ? Limits.LiteralBytesBeforeLoginMax : Limits.LiteralBytesMax;

    public int Errors { get; set; }

    public int FailedLogins { get; set; }

    /// <summary>A finished login.</summary>
    public async ValueTask<ManageSieveReply> EnterAsync(SaslStep step, CancellationToken cancellation)
    {
        if (step.Status == SaslStatus.Malformed) return ManageSieveReply.No("That is not what the mechanism says");
        if (step.Session is not { } login)
        {
            var reply = step.Status == SaslStatus.LockedOut
                ? ManageSieveReply.No("Too many failed logins, try again later", "TRYLATER")
                : ManageSieveReply.From(step.Refusal);
            return ++FailedLogins >= Limits.FailedLoginsMax ? ManageSieveReply.Bye("Too many failed logins") : reply;
        }

        if (login.Mail is null)
        {
            await login.DisposeAsync();
            return ManageSieveReply.No("Mail is outside of this device's scope");
        }

        _login = login;
        Owner = (await Services.Accounts.AddressesAsync(login.Account, cancellation)).FirstOrDefault("");
        Connection.IdleTimeout = Limits.IdleTimeout;

        // From here on revoking the device cuts the connection.
        _revoked = login.Revoked.UnsafeRegister(static connection => ((LineConnection)connection!).Cut(), Connection);
        return ManageSieveReply.Ok("Logged in");
    }

    /// <summary>The login ends, the connection stays (RFC 5804 section 2.14).</summary>
    public async ValueTask LeaveAsync()
    {
        await _revoked.DisposeAsync();
        if (_login is not null) await _login.DisposeAsync();
        (_login, Owner, _revoked) = (null, null, default);
        Connection.IdleTimeout = Limits.LoginTimeout;
    }

    public ValueTask DisposeAsync() => LeaveAsync();
}
