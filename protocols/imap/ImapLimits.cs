namespace CompatBot.Protocols.Imap;

/// <summary>Everything that an IMAP client can grow, with its bound.</summary>
public sealed record ImapLimits
{
    /// <summary>Longest command line, literals apart, in bytes with its CRLF. RFC 7162 section 4 asks for at least 8192.</summary>
    public int CommandLineBytesMax { get; init; } = 64 * 1024;

    /// <summary>Longest literal that is kept in memory (a name, a search text), in bytes; APPEND's message streams instead.</summary>
    public int LiteralBytesMax { get; init; } = 64 * 1024;

    /// <summary>The same before login: strangers send names and passwords, nothing longer.</summary>
    public int LiteralBytesBeforeLoginMax { get; init; } = 4096;

    /// <summary>One command with all of its small literals, in bytes.</summary>
    public int CommandBytesMax { get; init; } = 256 * 1024;

    /// <summary>Largest message that APPEND takes, in bytes; beyond it NO [TOOBIG] before the message is sent.</summary>
    public long AppendBytesMax { get; init; } = 100L << 20;

    /// <summary>Messages that one APPEND brings (RFC 3502).</summary>
    public int MultiAppendMessagesMax { get; init; } = 1000;

    /// <summary>Bytes of all messages of such an APPEND: the short ones are in memory until all have come.</summary>
    public long MultiAppendBytesMax { get; init; } = 32L << 20;

    /// <summary>Messages that one command works on, those with the highest UIDs (RFC 9738). Any number: no limit is told.</summary>
    public int CommandMessagesMax { get; init; } = int.MaxValue;

    /// <summary>Bytes of a refused non-synchronizing literal that are read and thrown away; beyond it BYE (RFC 7888 section 4).</summary>
    public long DiscardBytesMax { get; init; } = 256L << 20;

    /// <summary>One line of an AUTHENTICATE exchange, in bytes. RFC 4954 section 4 asks for 12288 in SMTP; IMAP names none.</summary>
    public int AuthenticateLineBytesMax { get; init; } = 12 * 1024;

    /// <summary>Brackets, NOT and OR inside each other in SEARCH.</summary>
    public int SearchDepthMax { get; init; } = 50;

    /// <summary>Part numbers in one section, such as the four of BODY[1.2.3.4].</summary>
    public int SectionDepthMax { get; init; } = 100;

    /// <summary>Items in one FETCH; each message answers all of them.</summary>
    public int FetchItemsMax { get; init; } = 200;

    /// <summary>Longest mailbox name, in bytes of modified UTF-7.</summary>
    public int MailboxNameBytesMax { get; init; } = 1000;

    /// <summary>Longest keyword, in bytes.</summary>
    public int KeywordBytesMax { get; init; } = 100;

    /// <summary>BAD replies in a row before BYE: whoever speaks another protocol is told once and not for ever.</summary>
    public int MistakesMax { get; init; } = 20;

    /// <summary>Bytes that wait in the output pipe before the client must take some: awaiting that flush is the backpressure.</summary>
    public int FlushBytes { get; init; } = 32 * 1024;

    /// <summary>
    /// Bytes of the messages that FETCH reads in one step, or one chunk (at most 1 MiB) of a larger one. It holds three such batches:
    /// one that is being written, one that is ready and one that is being read.
    /// </summary>
    public int ReadAheadBytesMax { get; init; } = 128 * 1024;

    /// <summary>Messages in such a batch; of each, a chunk (at most 1 MiB) of its body is held.</summary>
    public int ReadAheadMessagesMax { get; init; } = 32;

    /// <summary>Most of a header that HEADER.FIELDS and SEARCH look through, in bytes; BODY[HEADER] sends all of it.</summary>
    public int HeaderBytesMax { get; init; } = 4 << 20;

    /// <summary>How often a long search says how far it has come (RFC 9585 section 3 recommends 10 to 15 seconds).</summary>
    public TimeSpan ProgressEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Patterns in one LIST; each is held against every mailbox.</summary>
    public int ListPatternsMax { get; init; } = 50;

    /// <summary>Silence before BYE. RFC 9051 section 5.4 forbids less than 30 minutes once logged in.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Silence before BYE while nobody is logged in.</summary>
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromMinutes(2);
}
