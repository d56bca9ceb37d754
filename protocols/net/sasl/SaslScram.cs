using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.Protocols.Net.Sasl;

/// <summary>SCRAM-SHA-256 and -PLUS (RFC 5802, RFC 7677): core does the proof, this carries the messages and asks the guard.</summary>
internal sealed class SaslScram(Logins logins, ScramServer server, LineConnection connection, string mechanism) : ISaslMechanism
{
    private bool _started;

    public bool ClientFirst => true;

    public async ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte> response, CancellationToken cancellation)
    {
        if (!_started)
        {
            _started = true;
            var first = await server.StartAsync(response, cancellation);
            return first.Declined ? From(first.Refusal) : SaslStep.Ask(Encoding.UTF8.GetBytes(first.Value));
        }

        var serverFinal = "";
        var outcome = await logins.GuardAsync(LoginPeer.Of(connection), mechanism, server.User ?? "", FinishAsync, cancellation);
        return outcome.Refusal == Refusal.Invalid ? SaslStep.Malformed : SaslStep.From(outcome, Encoding.UTF8.GetBytes(serverFinal));

        async ValueTask<Outcome<Session>> FinishAsync()
        {
            var proven = await server.FinishAsync(response, cancellation);
            if (proven.Declined) return proven.Refusal;
            serverFinal = proven.Value.ServerFinal;
            return await logins.Sessions.StartAsync(proven.Value.Keyring, cancellation);
        }
    }

    private static SaslStep From(Refusal refusal) =>
        refusal == Refusal.Invalid ? SaslStep.Malformed : new SaslStep(SaslStatus.Declined, default, null, refusal);
}
