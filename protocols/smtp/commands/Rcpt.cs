using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp.Commands;

/// <summary>RCPT: names one recipient (RFC 5321 section 4.1.1.3). Only local ones are taken.</summary>
public sealed record Rcpt(SmtpPath To) : ISmtpCommand
{
    /// <summary>rcpt = "RCPT TO:" Forward-path [SP Rcpt-parameters]; no extension that has parameters is offered</summary>
    public static ISmtpCommand? Parse(ref SmtpLexer lexer)
    {
        if (!lexer.Space() || !lexer.Literal("TO:"u8) || !lexer.Path(mayBeNull: false, out var to)) return null;
        if (lexer.IsAtEnd) return new Rcpt(to);
        if (lexer.Parameter(out _, out _)) lexer.Fail(new SmtpReply(555, "5.5.4", "RCPT parameter not recognized"));
        return null;
    }

    public async ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation)
    {
        var envelope = session.Envelope!;
        if (!To.IsAscii && !envelope.IsUtf8) return new SmtpReply(553, "5.6.7", "Non-ASCII address needs SMTPUTF8");
        if (envelope.RecipientCount >= session.Limits.RecipientsMax) return SmtpReply.TooManyRecipients;
        var account = await FindAsync(session.Services, cancellation);
        if (account is not null)
        {
            // Without SIZE only an account that is full already is refused here; the others after the data.
            var judged = await session.Services.Deliveries.JudgeAsync(account, Math.Max(envelope.Size, 1), cancellation);
            if (judged != Refusal.None) return SmtpReply.From(judged);
            envelope.Add(To, account);
            return new SmtpReply(250, "2.1.5", "Recipient OK");
        }

        if (++session.RefusedRecipients > session.Limits.RefusedRecipientsMax)
        {
            return SmtpReply.Goodbye("4.7.0", "Too many recipients refused");
        }

        if (To.Domain.Length == 0 || await session.Services.Accounts.IsLocalAsync(To.Domain, cancellation))
        {
            return SmtpReply.From(Refusal.NotFound);
        }

        return session.Port.Role == SmtpRole.Mx
            ? new SmtpReply(550, "5.7.1", "Relay denied")
            : new SmtpReply(550, "5.7.1", "Remote delivery is not available yet");
    }

    private async ValueTask<AccountRecord?> FindAsync(SmtpServices services, CancellationToken cancellation)
    {
        if (To.Domain.Length > 0)
        {
            var found = Address.Parse(To.Address) is { } address ? await services.Accounts.ResolveAsync(address, cancellation) : null;
            if (found is not null || !To.IsPostmaster) return found;
            if (!await services.Accounts.IsLocalAsync(To.Domain, cancellation)) return null;
        }

        return services.Postmaster is null ? null : await services.Accounts.FindAsync(services.Postmaster, cancellation);
    }
}
