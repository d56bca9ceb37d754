using System.Globalization;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp.Commands;

/// <summary>MAIL: begins a transaction and names the sender (RFC 5321 section 4.1.1.2).</summary>
/// <param name="Size">What the client expects to send, in bytes; 0 when it did not say.</param>
/// <param name="Dsn">What it says about notices; null: nothing.</param>
/// <param name="Hold">It is not to go before a time; null: at once.</param>
/// <param name="RequiresTls">It goes over no connection that is not proven safe (RFC 8689).</param>
/// <param name="By">Until when it is of use; null: for as long as this server tries.</param>
/// <param name="Priority">Before which other mail it goes, -9 to 9 (RFC 6710); null: not said.</param>
/// <param name="IsBinary">Lines of its parts may be any octets (RFC 3030 section 3).</param>
public sealed record Mail(
    SmtpPath From,
    long Size,
    bool IsUtf8,
    SmtpDsn? Dsn = null,
    bool RequiresTls = false,
    SmtpHold? Hold = null,
    SmtpDeliverBy? By = null,
    int? Priority = null,
    bool IsBinary = false) : ISmtpCommand
{
    private const int PriorityMax = 9;

    /// <summary>What only those get who logged in, and on the ports where they do.</summary>
    private bool AsksOfSubmission => Dsn is not null || Hold is not null || By is not null || Priority is not null;

    /// <summary>mail = "MAIL FROM:" Reverse-path [SP Mail-parameters]</summary>
    public static ISmtpCommand? Parse(ref SmtpLexer lexer)
    {
        if (!lexer.Space() || !lexer.Literal("FROM:"u8) || !lexer.Path(mayBeNull: true, out var from)) return null;
        var (size, isUtf8, requiresTls) = (0L, false, false);
        SmtpDsn? dsn = null;
        SmtpHold? hold = null;
        SmtpDeliverBy? by = null;
        int? priority = null;
        var isBinary = false;
        while (!lexer.IsAtEnd)
        {
            if (!lexer.Parameter(out var keyword, out var value)) return null;
            switch (keyword)
            {
                case "SIZE" when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out size): // RFC 1870
                case "BODY" when value?.ToUpperInvariant() is "7BIT" or "8BITMIME": // RFC 6152; octets are kept in any case
                case "AUTH" when value is not null: // RFC 4954 section 5: not trusted, so as good as AUTH=<>
                    break;
                case "SMTPUTF8" when value is null: // RFC 6531; iOS sends it without BODY=8BITMIME
                    isUtf8 = true;
                    break;
                case "HOLDFOR" or "HOLDUNTIL" when hold is null && SmtpHold.Parse(keyword, value) is { } until: // RFC 4865
                    hold = until;
                    break;
                case "BY" when by is null && SmtpDeliverBy.Parse(value) is { } deadline: // RFC 2852
                    by = deadline;
                    break;
                case "MT-PRIORITY" when priority is null && PriorityOf(value) is { } wanted: // RFC 6710
                    priority = wanted;
                    break;
                case "BODY" when value?.ToUpperInvariant() is "BINARYMIME": // RFC 3030 section 3
                    isBinary = true;
                    break;
                case "REQUIRETLS" when value is null: // RFC 8689
                    requiresTls = true;
                    break;
                case "RET" when value?.ToUpperInvariant() is "FULL" or "HDRS": // RFC 3461 section 4.3
                    dsn = (dsn ?? SmtpDsn.None) with { HeadersOnly = value!.Length == 4 && value[0] is 'H' or 'h' };
                    break;
                case "ENVID" when value?.Length <= SmtpDsn.EnvelopeIdCharsMax && SmtpDsn.IsXtext(value): // RFC 3461 section 4.4
                    dsn = (dsn ?? SmtpDsn.None) with { EnvelopeId = value };
                    break;
                case "SIZE" or "BODY" or "AUTH" or "SMTPUTF8" or "RET" or "ENVID" or "HOLDFOR" or "HOLDUNTIL" or "BY" or "MT-PRIORITY":
                    lexer.Fail(SmtpReply.Syntax($"Bad value of {keyword}"));
                    return null;
                default:
                    lexer.Fail(SmtpReply.NoParameter("MAIL"));
                    return null;
            }
        }

        return new Mail(from, size, isUtf8, dsn, requiresTls, hold, by, priority, isBinary);
    }

    public async ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation)
    {
        if (session is { Port.Role: SmtpRole.Submission, Login: null }) return new SmtpReply(530, "5.7.0", "Authentication required");
        if (!From.IsAscii && !IsUtf8) return new SmtpReply(553, "5.6.7", "Non-ASCII address needs SMTPUTF8");
        if (Size > session.Limits.MessageBytesMax) return SmtpReply.TooLarge;

        // The null path is for delivery and disposition notifications, which clients send too (RFC 6409 section 6.1).
        if (session.Login is { } login && !From.IsNull)
        {
            var owned = await session.Services.Accounts.OwnsAsync(login.Account, From.Address, cancellation);
            if (!owned) return new SmtpReply(553, "5.7.1", "Sender address is not yours");
        }

        if (IsBinary && session.Port.Role != SmtpRole.Submission) return SmtpReply.Syntax("Bad value of BODY");
        if (AsksOfSubmission && session.Port.Role != SmtpRole.Submission) return SmtpReply.NoParameter("MAIL");
        if (RequiresTls && !session.Connection.IsTls) return SmtpReply.NoParameter("MAIL");
        if (session.Strangers is not null && !From.IsNull)
        {
            var sender = (PeerAddress.Of(session.Connection.RemoteAddress), From.Address.ToLowerInvariant());
            if (!session.Services.Paces.Senders.TryTake(sender)) return SmtpReply.TooManyFromYou;
        }

        var now = session.Services.Time.GetUtcNow();
        if (Hold?.Until(now) > now + session.Limits.HoldMax) return SmtpReply.Syntax("Too far ahead, see FUTURERELEASE of EHLO");
        var wishes = session.Login is { } owner
            ? await session.Services.Accounts.SendingWishesAsync(owner.Account, cancellation)
            : default;
        session.Envelope = new SmtpEnvelope(From, IsUtf8, Size, Dsn)
        {
            RequiresTls = RequiresTls,
            HoldUntil = Hold?.Until(now) ?? (wishes.UndoWindow > TimeSpan.Zero ? now + wishes.UndoWindow : null),
            Deadline = By?.From(now),
            Priority = Priority ?? 0,
            IsBinary = IsBinary,
            KeepsSent = wishes.KeepsSent,
        };
        session.IdleCommands = 0;
        return new SmtpReply(250, "2.1.0", "Sender OK");
    }

    private static int? PriorityOf(string? value) =>
        int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var priority)
            && Math.Abs((long)priority) <= PriorityMax ? priority : null;
}
