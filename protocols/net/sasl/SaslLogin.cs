using System.Text;
using CompatBot.Core.Identity;

namespace CompatBot.Protocols.Net.Sasl;

/// <summary>
/// LOGIN: asks for user name and password in turn (draft-murchison-sasl-login). Outlook sends the name as initial response.
/// </summary>
internal sealed class SaslLogin(Logins logins, LineConnection connection) : ISaslMechanism
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
    private string? _login;

    public bool ClientFirst => false;

    public async ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte> response, CancellationToken cancellation)
    {
        if (_login is null && response.IsEmpty) return SaslStep.Ask("Username:"u8.ToArray());
        string text;
        try
        {
            text = Strict.GetString(response.Span);
        }
        catch (DecoderFallbackException)
        {
            return SaslStep.Malformed;
        }

        if (text.Length == 0 || text.Contains('\0', StringComparison.Ordinal)) return SaslStep.Malformed;
        if (_login is not null)
        {
            return SaslStep.From(await logins.LoginAsync(connection, "LOGIN", _login, new Password(text), cancellation));
        }

        _login = text;
        return SaslStep.Ask("Password:"u8.ToArray());
    }
}
