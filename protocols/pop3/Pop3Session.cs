using CompatBot.Core.Identity;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Sasl;

namespace CompatBot.Protocols.Pop3;

/// <summary>Where a connection stands (RFC 1939 section 3). UPDATE is the run of QUIT.</summary>
[Flags]
public enum Pop3State
{
    Authorization = 1,
    Transaction = 2,
    Any = 3,
}

/// <summary>What one POP3 connection knows.</summary>
public sealed class Pop3Session(Pop3Services services, LineConnection connection) : IAsyncDisposable
{
    private const int FlushBytes = 64 << 10;

    private CancellationTokenRegistration _revoked;
    private Session? _login;
    private Maildrop? _maildrop;

    public Pop3Services Services { get; } = services;

    public LineConnection Connection { get; } = connection;

    public Pop3Limits Limits => Services.Limits;

    public Pop3State State => _maildrop is null ? Pop3State.Authorization : Pop3State.Transaction;

    /// <summary>In the transaction state only.</summary>
    public Maildrop Maildrop => _maildrop ?? throw new InvalidOperationException("Nobody is logged in");

    /// <summary>What USER said; null before.</summary>
    public string? User { get; set; }

    public int Errors { get; set; }

    public int FailedLogins { get; set; }

    /// <summary>A finished login, by whichever way: opens the maildrop.</summary>
    public async ValueTask<Pop3Reply> EnterAsync(SaslStep step, CancellationToken cancellation)
    {
        User = null;
        if (step.Status == SaslStatus.Malformed) return Pop3Reply.Error("That is not what the mechanism says");
        if (step.Session is not { } login) return Fail(step);
        if (login.Mail is not { } mail)
        {
            await login.DisposeAsync();
            return Pop3Reply.Error("[AUTH] Mail is outside of this device's scope");
        }

        var maildrop = await Maildrop.OpenAsync(mail, cancellation);
        if (maildrop.Declined)
        {
            await login.DisposeAsync();
            return Pop3Reply.From(maildrop.Refusal);
        }

        (_login, _maildrop) = (login, maildrop.Value);
        Connection.IdleTimeout = Limits.IdleTimeout;

        // From here on revoking the device cuts the connection.
        _revoked = login.Revoked.UnsafeRegister(static connection => ((LineConnection)connection!).Cut(), Connection);
        return Pop3Reply.Ok($"{Maildrop.Count} messages ({Maildrop.Octets} octets)");
    }

    /// <summary>Within a long answer: waits for a client that does not read.</summary>
    /// <returns>False when it is gone.</returns>
    public ValueTask<bool> PauseAsync() => Connection.Output.UnflushedBytes < FlushBytes ? new(true) : Connection.FlushAsync();

    public async ValueTask DisposeAsync()
    {
        await _revoked.DisposeAsync();
        if (_login is not null) await _login.DisposeAsync();
    }

    private Pop3Reply Fail(SaslStep step)
    {
        var reply = step.Status == SaslStatus.LockedOut
            ? Pop3Reply.Error("[SYS/TEMP] Too many failed logins, try again later")
            : Pop3Reply.From(step.Refusal);
        return ++FailedLogins >= Limits.FailedLoginsMax ? reply with { Closes = true } : reply;
    }
}
