namespace CompatBot.Core.Store;

/// <summary>Why core declined a request. Each protocol turns every member into its own words once, in its reply file.</summary>
public enum Refusal
{
    None,

    /// <summary>No such thing: mailbox, message, account, device, address, domain.</summary>
    NotFound,
    AlreadyExists,
    HasChildren,
    NotPermitted,

    /// <summary>The request itself is malformed: a name that no collection may have, an address that is none.</summary>
    Invalid,
    OverQuota,
    TooLarge,

    /// <summary>A stated limit on a count is reached (keywords of a mailbox, devices of an account, mailboxes).</summary>
    TooMany,

    /// <summary>Wrong address, password or proof; deliberately not more precise.</summary>
    BadCredentials,

    /// <summary>The head moved: somebody else wrote first. Core retries; a protocol sees it only when retries ran out.</summary>
    Conflict,

    /// <summary>The store has no space left; nothing was written.</summary>
    StoreFull,

    /// <summary>The store failed or is closing; what was asked is not durable. Try again later.</summary>
    Unavailable,

    /// <summary>The key that opens this is not open: the realm is outside of the device's scope.</summary>
    Locked,

    /// <summary>Stored bytes do not open or do not verify. They are kept as they are.</summary>
    Damaged,

    /// <summary>The journal does not hold what was signed: an older copy of the store lies here. An operator must decide.</summary>
    WentBack,
}

/// <summary>A value, or the reason core declined. Never both.</summary>
public readonly record struct Outcome<T>(T? Value, Refusal Refusal)
{
    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(false, nameof(Value))]
    public bool Declined => Refusal != Refusal.None;

    public static implicit operator Outcome<T>(T value) => new(value, Refusal.None);

    public static implicit operator Outcome<T>(Refusal refusal) => new(default, refusal);
}
