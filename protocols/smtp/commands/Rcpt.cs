using System.Buffers;
using CompatBot.Core.Identity;
using CompatBot.Core.Queue;
using CompatBot.Core.Store;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp.Commands;

/// <summary>RCPT: names one recipient (RFC 5321 section 4.1.1.3). Those of other servers are taken from who logged in.</summary>
/// <param name="Notify">NOTIFY; null: neither it nor ORCPT was given.</param>
/// <param name="Original">ORCPT; empty: none.</param>
public sealed record Rcpt(SmtpPath To, DsnNotify? Notify = null, string Original = "") : ISmtpCommand
{
    private static readonly SmtpReply Accepted = new(250, "2.1.5", "Recipient OK");
    private static readonly SearchValues<char> TypeLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>rcpt = "RCPT TO:" Forward-path [SP Rcpt-parameters]; those of RFC 3461 section 4.1 and 4.2 are known</summary>
    public static ISmtpCommand? Parse(ref SmtpLexer lexer)
    {
        if (!lexer.Space() || !lexer.Literal("TO:"u8) || !lexer.Path(mayBeNull: false, out var to)) return null;
        DsnNotify? notify = null;
        var original = "";
        while (!lexer.IsAtEnd)
        {
            if (!lexer.Parameter(out var keyword, out var value)) return null;
            switch (keyword)
            {
                case "NOTIFY" when value is not null && DsnWords.Parse(value) is { } wanted:
                    notify = wanted;
                    break;
                case "ORCPT" when value?.Length <= SmtpDsn.OriginalCharsMax && IsOriginal(value):
                    (notify, original) = (notify ?? DsnNotify.None, value);
                    break;
                case "NOTIFY" or "ORCPT":
                    lexer.Fail(SmtpReply.Syntax($"Bad value of {keyword}"));
                    return null;
                default:
                    lexer.Fail(SmtpReply.NoParameter("RCPT"));
                    return null;
            }
        }

        return new Rcpt(to, notify, original);
    }

    public async ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation)
    {
        var envelope = session.Envelope!;
        if (!To.IsAscii && !envelope.IsUtf8) return new SmtpReply(553, "5.6.7", "Non-ASCII address needs SMTPUTF8");
        if (Notify is not null && session.Port.Role != SmtpRole.Submission) return SmtpReply.NoParameter("RCPT");
        if (envelope.RecipientCount >= session.Limits.RecipientsMax) return SmtpReply.TooManyRecipients;
        if (session.Login is { } login && !session.Services.Paces.Devices.TryTake(login.Device)) return SmtpReply.TooManyThisHour;
        var account = await FindAsync(session.Services, cancellation);
        if (account is not null)
        {
            var unwelcome = To.IsPostmaster ? default : await TurnAwayAsync(session, envelope, account.Id, cancellation);
            if (!unwelcome.IsEmpty) return unwelcome;

            // Without SIZE only an account that is full already is refused here; the others after the data.
            var judged = await session.Services.Deliveries.JudgeAsync(account, Math.Max(envelope.Size, 1), cancellation);
            if (judged != Refusal.None) return SmtpReply.From(judged);
            if (envelope.HoldUntil is not null)
            {
                // Of this server, but not now: it waits with the rest.
                var address = To.Domain.Length > 0 ? To.Text : account.Address;
                envelope.Add(To, new QueuedRecipient(
                    address, Address.Parse(address)!.Domain, Notify ?? DsnNotify.None, Original));
                return Accepted;
            }

            var tells = ((Notify ?? DsnNotify.None) & DsnNotify.Success) != 0;
            envelope.Add(To, account, tells ? new QueuedRecipient(To.Text, To.Domain, Notify!.Value, Original) : null);
            return Accepted;
        }

        var isHere = To.Domain.Length == 0 || await session.Services.Accounts.IsLocalAsync(To.Domain, cancellation);
        if (!isHere && session.Login is not null && Destination() is { } domain)
        {
            if (session.Services.Queue.Count >= session.Limits.QueuedMessagesMax) return SmtpReply.From(Refusal.StoreFull);
            envelope.Add(To, new QueuedRecipient(To.Text, domain, Notify ?? DsnNotify.None, Original));
            return Accepted;
        }

        if (++session.RefusedRecipients > session.Limits.RefusedRecipientsMax)
        {
            return SmtpReply.Goodbye("4.7.0", "Too many recipients refused");
        }

        if (isHere) return SmtpReply.From(Refusal.NotFound);
        return session.Login is null ? new SmtpReply(550, "5.7.1", "Relay denied") : new SmtpReply(550, "5.1.2", "No such domain can be");
    }

    /// <summary>Strangers who are on a list, or who were never here before. The postmaster hears everybody.</summary>
    /// <returns>Empty: it goes on.</returns>
    private async ValueTask<SmtpReply> TurnAwayAsync(
        SmtpSession session, SmtpEnvelope envelope, AccountId account, CancellationToken cancellation)
    {
        if (session.Strangers is not { } checks) return default;
        var client = session.Connection.RemoteAddress;
        if (!session.Services.Paces.Strangers.TryTake(PeerAddress.Of(client))) return SmtpReply.TooManyFromYou;
        if (checks.Lists is { } lists)
        {
            session.Listed ??= lists.ListedByAsync(client, CancellationToken.None).AsTask();
            if (await session.Listed.WaitAsync(cancellation) is { } list)
            {
                return new SmtpReply(554, "5.7.1", $"Your address is on the list {list}");
            }
        }

        if (checks.Greylist?.Passes(client, envelope.From.Address, To.Address) == false)
        {
            return new SmtpReply(451, "4.7.1", "Not seen before: try again in a few minutes");
        }

        return session.Services.Paces.Mailboxes.TryTake(account) ? default : SmtpReply.TooManyForThem;
    }

    /// <returns>Where mail for it goes; null when that is no domain name.</returns>
    private string? Destination() => To.Domain[0] == '[' ? To.Domain.ToLowerInvariant() : Address.DomainName(To.Domain);

    private static bool IsOriginal(string text)
    {
        var semicolon = text.IndexOf(';', StringComparison.Ordinal);
        return semicolon > 0 && text.AsSpan(0, semicolon).IndexOfAnyExcept(TypeLetters) < 0 && SmtpDsn.IsXtext(text.AsSpan(semicolon + 1));
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
