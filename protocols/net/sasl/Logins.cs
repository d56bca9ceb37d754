using System.Net;
using CompatBot.Core.Drops;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Net.Sasl;

/// <summary>Who tries to log in, as far as the guard, the counters and the log care.</summary>
/// <param name="Protocol">The name that scopes know it by: "imap", "dav".</param>
public sealed record LoginPeer(IPAddress Address, string Protocol, LineMetrics Metrics)
{
    internal static LoginPeer Of(LineConnection connection) => new(connection.RemoteAddress, connection.Protocol, connection.Metrics);
}

/// <summary>A session, a lock-out, or core's refusal.</summary>
public readonly record struct LoginOutcome(Session? Session, bool LockedOut, Refusal Refusal)
{
    /// <summary>A device that may only upload, where <see cref="Logins.LoginOrDropAsync"/> was asked; there is no session then.</summary>
    public DropLogin? Drop { get; init; }
}

/// <summary>Every login of every line protocol comes through here: the guard first, then core, then the guard learns.</summary>
/// <param name="drops">Logs in devices that may only upload; null: nobody does.</param>
public sealed class Logins(Sessions sessions, LoginGuard guard, ILogger<Logins> log, DropDevices? drops = null)
{
    /// <summary>Mechanisms in the order in which they are announced: the strongest first. Call only where a login may happen.</summary>
    /// <remarks>
    /// SCRAM-SHA-256-PLUS works when asked for, but is not announced: over TLS 1.3 a client takes the offer to mean tls-exporter
    /// (RFC 9266), which SslStream cannot give, and gives up (interop/CLIENTS.md, "mutt and -PLUS").
    /// </remarks>
    public static IReadOnlyList<string> Mechanisms { get; } = ["SCRAM-SHA-256", "PLAIN", "LOGIN"];

    /// <summary>Begins an exchange; null when there is no such mechanism here.</summary>
    public ISaslMechanism? Start(string mechanism, LineConnection connection) => mechanism.ToUpperInvariant() switch
    {
        "PLAIN" => new SaslPlain(this, connection),
        "LOGIN" => new SaslLogin(this, connection),
        "SCRAM-SHA-256" => Scram(connection, "SCRAM-SHA-256", plus: false),
        "SCRAM-SHA-256-PLUS" when !connection.EndPointBinding.IsEmpty => Scram(connection, "SCRAM-SHA-256-PLUS", plus: true),
        _ => null,
    };

    /// <summary>
    /// A login with a password: IMAP LOGIN, POP3 PASS, SASL PLAIN and LOGIN. The caller made sure that the connection is private.
    /// </summary>
    public ValueTask<LoginOutcome> LoginAsync(
        LineConnection connection, string mechanism, string login, Password password, CancellationToken cancellation) =>
        LoginAsync(LoginPeer.Of(connection), mechanism, login, password, cancellation);

    /// <summary>The same for a protocol without a connection of its own.</summary>
    public ValueTask<LoginOutcome> LoginAsync(
        LoginPeer peer, string mechanism, string login, Password password, CancellationToken cancellation) =>
        GuardAsync(peer, mechanism, login, () => sessions.LoginAsync(login, password, peer.Protocol, cancellation), cancellation);

    /// <summary>
    /// As <see cref="LoginAsync(LoginPeer, string, string, Password, CancellationToken)"/>, or a device that may only upload.
    /// </summary>
    public async ValueTask<LoginOutcome> LoginOrDropAsync(
        LoginPeer peer, string mechanism, string login, Password password, CancellationToken cancellation)
    {
        if (!await AdmitAsync(peer, mechanism, login, cancellation)) return LockedOut;
        var outcome = await sessions.LoginAsync(login, password, peer.Protocol, cancellation);
        if (outcome.Refusal == Refusal.NotPermitted && drops is not null)
        {
            var drop = await drops.LoginAsync(login, password, cancellation);
            if (!drop.Declined)
            {
                Entered(peer, mechanism, login, drop.Value.Account);
                return new LoginOutcome { Drop = drop.Value };
            }
        }

        return Learn(peer, mechanism, login, outcome);
    }

    internal Sessions Sessions => sessions;

    internal async ValueTask<LoginOutcome> GuardAsync(
        LoginPeer peer,
        string mechanism,
        string login,
        Func<ValueTask<Outcome<Session>>> attempt,
        CancellationToken cancellation) =>
        await AdmitAsync(peer, mechanism, login, cancellation) ? Learn(peer, mechanism, login, await attempt()) : LockedOut;

    private static LoginOutcome LockedOut => new(null, LockedOut: true, Refusal.BadCredentials);

    private async ValueTask<bool> AdmitAsync(LoginPeer peer, string mechanism, string login, CancellationToken cancellation)
    {
        if (await guard.AdmitAsync(peer.Address, login, cancellation)) return true;
        peer.Metrics.LoginsLockedOut.Add();
        log.LoginFailed(peer.Protocol, mechanism);
        return false;
    }

    private LoginOutcome Learn(LoginPeer peer, string mechanism, string login, Outcome<Session> outcome)
    {
        if (outcome.Declined)
        {
            // A full or stopped store is not the client's mistake.
            if (outcome.Refusal == Refusal.BadCredentials) guard.Failed(peer.Address, login);
            peer.Metrics.LoginsFailed.Add();
            log.LoginFailed(peer.Protocol, mechanism);
            return new LoginOutcome(null, LockedOut: false, outcome.Refusal);
        }

        Entered(peer, mechanism, login, outcome.Value.Account);
        return new LoginOutcome(outcome.Value, LockedOut: false, Refusal.None);
    }

    private void Entered(LoginPeer peer, string mechanism, string login, AccountId account)
    {
        peer.Metrics.LoginsOk.Add();
        guard.Succeeded(peer.Address, login);
        log.LoggedIn(peer.Protocol, mechanism, account.ToString());
    }

    private SaslScram Scram(LineConnection connection, string mechanism, bool plus)
    {
        // What was not announced cannot have been taken out of the offer: only -PLUS itself knows of a binding.
        IReadOnlyList<ChannelBinding> bindings = !plus
            ? []
            : [new ChannelBinding("tls-server-end-point", connection.EndPointBinding)];
        return new SaslScram(this, sessions.StartScram(connection.Protocol, plus, bindings), connection, mechanism);
    }
}
