using CompatBot.Core.Mail;
using CompatBot.Core.Queue;
using CompatBot.Core.Store;
using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp;

/// <summary>One mail transaction: from MAIL to the end of the data, or to whatever resets it.</summary>
/// <param name="from">The sender.</param>
/// <param name="isUtf8">MAIL had SMTPUTF8.</param>
/// <param name="size">What the client expects to send, in bytes; 0 when it did not say.</param>
/// <param name="dsn">What MAIL said about notices.</param>
public sealed class SmtpEnvelope(SmtpPath from, bool isUtf8, long size = 0, SmtpDsn? dsn = null) : IAsyncDisposable
{
    private readonly Dictionary<AccountId, DeliveryRecipient> _accounts = [];
    private readonly Dictionary<string, QueuedRecipient> _others = new(StringComparer.Ordinal);

    private readonly List<QueuedRecipient> _reached = [];

    public SmtpPath From { get; } = from;

    /// <summary>What the client expects to send, in bytes; 0 when it did not say.</summary>
    public long Size { get; } = size;

    /// <summary>MAIL had SMTPUTF8.</summary>
    public bool IsUtf8 { get; } = isUtf8;

    /// <summary>Nobody gets it before; null: at once.</summary>
    public DateTimeOffset? HoldUntil { get; init; }

    /// <summary>When it has to be there; null: nobody said.</summary>
    public QueueDeadline? Deadline { get; init; }

    /// <summary>MT-PRIORITY of MAIL.</summary>
    public int Priority { get; init; }

    /// <summary>MAIL had BODY=BINARYMIME.</summary>
    public bool IsBinary { get; init; }

    /// <summary>The sender wants a copy in the mailbox for what was sent.</summary>
    public bool KeepsSent { get; init; }

    /// <summary>MAIL had REQUIRETLS.</summary>
    public bool RequiresTls { get; init; }

    /// <summary>What MAIL said about notices.</summary>
    public SmtpDsn Dsn { get; } = dsn ?? SmtpDsn.None;

    /// <summary>Accepted RCPT commands, two for one account counted as two.</summary>
    public int RecipientCount { get; private set; }

    /// <summary>The only recipient, as the client named it; null when there are more.</summary>
    public SmtpPath? OnlyRecipient { get; private set; }

    /// <summary>Each account once, however many of its addresses were named.</summary>
    public IReadOnlyList<DeliveryRecipient> Accounts => [.. _accounts.Values];

    /// <summary>Recipients at other servers, each once.</summary>
    public IReadOnlyCollection<QueuedRecipient> Others => _others.Values;

    /// <summary>The message on its way, from the first BDAT on.</summary>
    public SmtpMessage? Message { get; set; }

    /// <summary>A BDAT was refused: all further ones are, until RSET.</summary>
    public bool IsSpoiled { get; set; }

    /// <summary>Recipients here of whom the sender wants to hear that it reached them.</summary>
    public IReadOnlyList<QueuedRecipient> Reached => _reached;

    /// <param name="notice">The recipient with its wishes, when success is among them.</param>
    public void Add(SmtpPath path, AccountRecord account, QueuedRecipient? notice)
    {
        if (notice is not null) _reached.Add(notice);
        OnlyRecipient = RecipientCount++ == 0 ? path : null;
        _accounts.TryAdd(account.Id, new DeliveryRecipient(account, path.Text));
    }

    public void Add(SmtpPath path, QueuedRecipient other)
    {
        OnlyRecipient = RecipientCount++ == 0 ? path : null;
        _others.TryAdd(other.Address, other);
    }

    public async ValueTask DisposeAsync()
    {
        if (Message is not null) await Message.DisposeAsync();
        Message = null;
    }
}

/// <summary>What MAIL says about notices (RFC 3461 section 4.3 and 4.4).</summary>
/// <param name="EnvelopeId">ENVID as xtext; empty: none.</param>
/// <param name="HeadersOnly">RET=HDRS.</param>
public sealed record SmtpDsn(string EnvelopeId, bool HeadersOnly)
{
    /// <summary>Longest ENVID, in characters: section 4.4.</summary>
    public const int EnvelopeIdCharsMax = 100;

    /// <summary>Longest ORCPT, in characters: section 4.2.</summary>
    public const int OriginalCharsMax = 500;

    public static readonly SmtpDsn None = new("", false);

    /// <summary>xtext: printable ASCII without "=", and "+" only before two hexadecimal digits (section 4).</summary>
    public static bool IsXtext(ReadOnlySpan<char> text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] is < '!' or > '~' or '=') return false;
            if (text[at] != '+') continue;
            if (at + 2 >= text.Length || !char.IsAsciiHexDigit(text[at + 1]) || !char.IsAsciiHexDigit(text[at + 2])) return false;
        }

        return text.Length > 0;
    }
}
