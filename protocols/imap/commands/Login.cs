using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Protocols.Imap.Wire;
using CompatBot.Protocols.Net.Sasl;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>LOGIN: address and app password in the clear, so only where nobody listens (RFC 3501 section 6.2.3).</summary>
public sealed record Login(string Address, Password Password) : IImapCommand
{
    /// <summary>login = "LOGIN" SP userid SP password</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer) =>
        lexer.Space() && lexer.AString(out var address) && lexer.Space() && lexer.AString(out var password) && lexer.End()
            ? new Login(Encoding.UTF8.GetString(address), new Password(Encoding.UTF8.GetString(password)))
            : null;

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (!session.Connection.IsPrivate) return ImapReply.No("PRIVACYREQUIRED", "Not without TLS");
        var outcome = await session.Services.Logins.LoginAsync(session.Connection, "LOGIN", Address, Password, cancellation);
        return await EnterAsync(session, SaslStep.From(outcome), "LOGIN completed", cancellation);
    }

    /// <summary>The reply to a finished login, by whichever way.</summary>
    internal static async ValueTask<ImapReply> EnterAsync(
        ImapSession session, SaslStep step, string completed, CancellationToken cancellation)
    {
        if (step.Status == SaslStatus.LockedOut) return ImapReply.No("UNAVAILABLE", "Too many failed logins, try again later");
        if (step.Status == SaslStatus.Malformed) return ImapReply.Bad("That is not what the mechanism says");
        if (step.Session is not { } login) return ImapReply.No(step.Refusal);
        if (login.Mail is null)
        {
            await login.DisposeAsync();
            return ImapReply.No("AUTHORIZATIONFAILED", "Mail is outside of this device's scope");
        }

        session.LogIn(login, await session.Services.Accounts.ImapWithoutAsync(login.Account, cancellation));
        return ImapReply.Ok($"CAPABILITY {ImapCapabilities.For(session)}", completed);
    }
}
