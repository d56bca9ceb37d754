namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>A line of `store history`.</summary>
/// <param name="Device">Its id; "words" for the 24 words; absent for the server itself.</param>
/// <param name="Uids">As IMAP writes them: 1:3,7.</param>
internal sealed record HistoryLine(
    ulong Sequence, DateTimeOffset Time, string? Device, string? Label, string Action, string? Mailbox, string? Uids, string? Detail);

/// <summary>What `store show` prints: the state of an account's mail at one entry.</summary>
/// <param name="Mailboxes">Of the state; with --mailbox only that one.</param>
/// <param name="Deleted">What can be brought back; only of the newest state.</param>
internal sealed record PastReport(
    ulong Sequence, ulong ForgottenThrough, IReadOnlyList<PastMailbox> Mailboxes, IReadOnlyList<DeletedReport>? Deleted);

/// <param name="Messages">Absent without --mailbox.</param>
internal sealed record PastMailbox(
    string Name, uint UidValidity, uint UidNext, ulong HighestModSeq, int Count, int Unseen, IReadOnlyList<PastMessage>? Messages);

/// <param name="Readable">Whether its octets are still there.</param>
internal sealed record PastMessage(
    uint Uid, string Flags, ulong ModSeq, uint Size, DateTimeOffset Date, bool Readable);

/// <summary>A mailbox that was deleted, or deleted messages of one that is there.</summary>
/// <param name="MailboxDeleted">When the mailbox itself was deleted; absent while it is there.</param>
internal sealed record DeletedReport(string Mailbox, DateTimeOffset? MailboxDeleted, int Messages, IReadOnlyList<DeletedLine>? Lines);

internal sealed record DeletedLine(uint Uid, DateTimeOffset DeletedAt, string Flags, uint Size, DateTimeOffset Date);

/// <summary>Something of files, calendars or contacts that can be brought back.</summary>
/// <param name="GoneAt">Absent for a collection.</param>
internal sealed record GoneReport(string Path, bool IsCollection, DateTimeOffset? GoneAt, long? Octets);

internal sealed record RestoredReport(string Realm, string Path);

internal sealed record UndeleteReport(int Mailboxes, int Messages, string? Mailbox);

/// <param name="Own">False: the default.</param>
internal sealed record HorizonReport(string Address, int Days, bool Own);

internal sealed record GarbageReport(
    string Address,
    ulong ForgottenThrough,
    long Forgotten,
    long Marked,
    long Seen,
    long Released,
    long ReleasedBytes,
    bool Erased);
