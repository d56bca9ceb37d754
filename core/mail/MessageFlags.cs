namespace CompatBot.Core.Mail;

/// <summary>The flags of one message: system flags (RFC 3501 section 2.3.2) below bit 8, the mailbox's keywords from bit 8 on.</summary>
[Flags]
public enum MessageFlags : ulong
{
    None = 0,
    Seen = 1,
    Answered = 2,
    Flagged = 4,
    Deleted = 8,
    Draft = 16,
    System = Seen | Answered | Flagged | Deleted | Draft,
}

/// <summary>How STORE changes flags (RFC 3501 section 6.4.6).</summary>
public enum FlagAction { Add, Remove, Replace }

/// <summary>The role of a mailbox (RFC 6154). The numbers are stored in the journal.</summary>
public enum SpecialUse { None = 0, Archive = 1, Drafts = 2, Junk = 3, Sent = 4, Trash = 5 }

/// <summary>Names a mailbox for ever: a rename keeps it, and it is never used again.</summary>
public readonly record struct MailboxId(ulong Value);
