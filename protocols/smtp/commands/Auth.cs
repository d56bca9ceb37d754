using System.Buffers;
using System.Text;
using CompatBot.Protocols.Net.Lines;
using CompatBot.Protocols.Net.Sasl;
using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp.Commands;

/// <summary>AUTH: logs a device in by SASL (RFC 4954), on submission ports only.</summary>
/// <param name="InitialResponse">In base64; "=" is an empty one, null is none.</param>
public sealed record Auth(string Mechanism, string? InitialResponse) : ISmtpCommand
{
    /// <summary>auth-command = "AUTH" SP sasl-mech [SP initial-response]</summary>
    public static ISmtpCommand? Parse(ref SmtpLexer lexer)
    {
        if (!lexer.Space() || !lexer.Word(40, out var mechanism)) return null;
        if (lexer.IsAtEnd) return new Auth(mechanism, null);
        return lexer.Space() && lexer.Word(12_288, out var response) && lexer.End() ? new Auth(mechanism, response) : null;
    }

    /// <summary>A record would print its members.</summary>
    public override string ToString() => $"AUTH {Mechanism}";

    public async ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation)
    {
        if (session.Port.Role != SmtpRole.Submission)
        {
            return new SmtpReply(502, "5.5.1", "No AUTH on this port: it takes mail for local recipients");
        }

        if (session.Login is not null) return SmtpReply.BadSequence("Already authenticated");
        if (!session.Connection.IsPrivate) return new SmtpReply(538, "5.7.11", "Encryption required: STARTTLS first");
        var mechanism = session.Services.Logins.Start(Mechanism, session.Connection);
        if (mechanism is null) return new SmtpReply(504, "5.5.4", "Mechanism not recognized");

        ReadOnlyMemory<byte>? initial = null;
        if (InitialResponse is not null)
        {
            if (!SaslExchange.TryDecode(Encoding.UTF8.GetBytes(InitialResponse == "=" ? "" : InitialResponse), out var decoded))
            {
                return new SmtpReply(501, "5.5.2", "Not base64");
            }

            initial = decoded;
        }

        var (step, refused) = await SaslExchange.RunAsync<SmtpReply>(
            mechanism, initial, challenge => AskAsync(session, challenge), cancellation);
        if (refused is { } reply) return reply;
        if (step.Status != SaslStatus.Success) return Fail(session, step);
        session.Start(step.Session!);
        return new SmtpReply(235, "2.7.0", "Authentication successful");
    }

    private static SmtpReply Fail(SmtpSession session, SaslStep step)
    {
        if (step.Status == SaslStatus.Malformed) return new SmtpReply(501, "5.5.2", "Not what the mechanism says");
        if (++session.FailedLogins >= session.Limits.FailedLoginsMax) return SmtpReply.Goodbye("4.7.0", "Too many failed logins");
        if (step.Status == SaslStatus.LockedOut) return new SmtpReply(454, "4.7.0", "Too many failures, try again later");
        return step.Refusal == Core.Store.Refusal.Unavailable
            ? new SmtpReply(454, "4.7.0", "Temporary authentication failure")
            : new SmtpReply(535, "5.7.8", "Authentication credentials invalid");
    }

    private static async ValueTask<(ReadOnlyMemory<byte> Response, SmtpReply? Refused)> AskAsync(
        SmtpSession session, ReadOnlyMemory<byte> challenge)
    {
        new SmtpReply(334, null, Convert.ToBase64String(challenge.Span)).WriteTo(session.Connection.Output);
        var read = await session.Connection.ReadLineAsync(session.Limits.AuthLineBytesMax);
        if (read.Status == LineStatus.TooLong) return (default, new SmtpReply(500, "5.5.6", "Response too long"));
        if (read.Status == LineStatus.BareLineFeed) return (default, SmtpReply.Unrecognized("Lines end in CRLF"));
        if (read.Status != LineStatus.Line) return (default, SmtpHandler.GoodbyeFor(read.Status));
        var line = read.Bytes.ToArray();
        if (line is [(byte)'*']) return (default, new SmtpReply(501, "5.7.0", "Authentication cancelled"));
        return SaslExchange.TryDecode(line, out var response) ? (response, null) : (default, new SmtpReply(501, "5.5.2", "Not base64"));
    }
}
