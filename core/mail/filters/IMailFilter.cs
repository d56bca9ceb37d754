using CompatBot.Core.Store;

namespace CompatBot.Core.Mail.Filters;

/// <summary>The language of an account's own scripts: says what becomes of messages that arrive.</summary>
public interface IMailFilter
{
    /// <summary>Names of the language's extensions that scripts may use.</summary>
    IReadOnlyList<string> Extensions { get; }

    /// <summary>Ways in which a script may tell somebody that mail came: URI schemes.</summary>
    IReadOnlyList<string> NotifyMethods { get; }

    /// <summary>Messages that one run may send on.</summary>
    int RedirectsMax { get; }

    /// <summary>What is wrong with a script, for its author; null: nothing.</summary>
    string? FaultIn(string script);

    /// <summary>
    /// Asked once about each message that arrives for an account with an active script, when its key is open and before the message is in
    /// any mailbox. Sends what the script wants sent; should the process end before the message is stored, it is asked again.
    /// </summary>
    /// <returns>What to store; or StoreFull, Unavailable: the message waits and is asked about again.</returns>
    ValueTask<Outcome<FilterVerdict>> JudgeAsync(FilteredMail mail, CancellationToken cancellation);
}

/// <summary>A message that arrives.</summary>
/// <param name="State">The account's mailboxes and scripts.</param>
/// <param name="Sender">Envelope address without brackets; empty: the null path.</param>
/// <param name="Recipient">Envelope address, as it was named; empty: not known.</param>
/// <param name="Size">Octets, at most.</param>
/// <param name="Remembers">Whether a script has noted a key, for this or an earlier message.</param>
/// <param name="ReadAsync">The message's octets, from the first on, as often as asked.</param>
public sealed record FilteredMail(
    AccountId Account,
    MailState State,
    string Sender,
    string Recipient,
    long Size,
    Func<string, bool> Remembers,
    Func<CancellationToken, IAsyncEnumerable<ReadOnlyMemory<byte>>> ReadAsync)
{
    public override string ToString() => "(mail)";
}

/// <summary>What becomes of a message.</summary>
/// <param name="Stores">Where it goes; nowhere: it is gone.</param>
/// <param name="Memories">Keys (hexadecimal) to note, and until when.</param>
public sealed record FilterVerdict(IReadOnlyList<FilterStore> Stores, IReadOnlyList<(string Key, DateTimeOffset Until)> Memories)
{
    /// <summary>INBOX, as without a script.</summary>
    public static FilterVerdict Keep { get; } = new([new FilterStore(MailboxNames.Inbox)], []);

    /// <summary>The mailbox for junk; INBOX where there is none.</summary>
    public static FilterVerdict Junk { get; } = new([new FilterStore(MailboxNames.Inbox) { SpecialUse = SpecialUse.Junk }], []);
}

/// <summary>One copy. A mailbox that is not there, and is not to be made, is INBOX.</summary>
/// <param name="Mailbox">Name, not folded yet.</param>
public sealed record FilterStore(string Mailbox)
{
    public MessageFlags Flags { get; init; }

    public IReadOnlyList<string> Keywords { get; init; } = [];

    /// <summary>The mailbox is made when it is not there.</summary>
    public bool Creates { get; init; }

    /// <summary>Where there is a mailbox of this use, it goes there whatever its name. None: by the name.</summary>
    public SpecialUse SpecialUse { get; init; }

    /// <summary>Header in the place of the message's own, without the blank line; null: that one.</summary>
    public ReadOnlyMemory<byte>? Header { get; init; }
}
