using CompatBot.Core.Store;
using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp;

/// <summary>One mail transaction: from MAIL to the end of the data, or to whatever resets it.</summary>
/// <param name="from">The sender.</param>
/// <param name="isUtf8">MAIL had SMTPUTF8.</param>
/// <param name="size">What the client expects to send, in bytes; 0 when it did not say.</param>
public sealed class SmtpEnvelope(SmtpPath from, bool isUtf8, long size = 0) : IAsyncDisposable
{
    private readonly Dictionary<AccountId, AccountRecord> _accounts = [];

    public SmtpPath From { get; } = from;

    /// <summary>What the client expects to send, in bytes; 0 when it did not say.</summary>
    public long Size { get; } = size;

    /// <summary>MAIL had SMTPUTF8.</summary>
    public bool IsUtf8 { get; } = isUtf8;

    /// <summary>Accepted RCPT commands, two for one account counted as two.</summary>
    public int RecipientCount { get; private set; }

    /// <summary>The only recipient, as the client named it; null when there are more.</summary>
    public SmtpPath? OnlyRecipient { get; private set; }

    /// <summary>Each account once, however many of its addresses were named.</summary>
    public IReadOnlyList<AccountRecord> Accounts => [.. _accounts.Values];

    /// <summary>The message on its way, from the first BDAT on.</summary>
    public SmtpMessage? Message { get; set; }

    /// <summary>A BDAT was refused: all further ones are, until RSET.</summary>
    public bool IsSpoiled { get; set; }

    public void Add(SmtpPath path, AccountRecord account)
    {
        OnlyRecipient = RecipientCount++ == 0 ? path : null;
        _accounts.TryAdd(account.Id, account);
    }

    public async ValueTask DisposeAsync()
    {
        if (Message is not null) await Message.DisposeAsync();
        Message = null;
    }
}
