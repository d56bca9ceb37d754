using System.Text;
using CompatBot.Core.Identity;

namespace CompatBot.Protocols.Net.Sasl;

/// <summary>PLAIN: [authzid] NUL authcid NUL password (RFC 4616). Nobody may act for somebody else.</summary>
internal sealed class SaslPlain(Logins logins, LineConnection connection) : ISaslMechanism
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public bool ClientFirst => true;

    public async ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte> response, CancellationToken cancellation)
    {
        if (!TrySplit(response.Span, out var actFor, out var login, out var password)) return SaslStep.Malformed;

        // Some clients repeat the login as the identity to act for; any other identity is not theirs.
        if (actFor.Length > 0 && !actFor.Equals(login, StringComparison.OrdinalIgnoreCase))
        {
            return new SaslStep(SaslStatus.Declined, default, null, Core.Store.Refusal.BadCredentials);
        }

        return SaslStep.From(await logins.LoginAsync(connection, "PLAIN", login, new Password(password), cancellation));
    }

    private static bool TrySplit(ReadOnlySpan<byte> message, out string actFor, out string login, out string password)
    {
        actFor = login = password = "";
        var first = message.IndexOf((byte)0);
        var second = first < 0 ? -1 : message[(first + 1)..].IndexOf((byte)0) + first + 1;
        if (first < 0 || second <= first || message[(second + 1)..].Contains((byte)0)) return false;
        try
        {
            actFor = Strict.GetString(message[..first]);
            login = Strict.GetString(message[(first + 1)..second]);
            password = Strict.GetString(message[(second + 1)..]);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        return login.Length > 0 && password.Length > 0;
    }
}
