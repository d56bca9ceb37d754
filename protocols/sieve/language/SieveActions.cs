namespace CompatBot.Protocols.Sieve.Language;

/// <summary>A copy that is stored.</summary>
/// <param name="Mailbox">As the script names it.</param>
/// <param name="Flags">System flags with their backslash, and keywords.</param>
/// <param name="Creates">The mailbox is made when it is not there (RFC 5490 section 3.2).</param>
/// <param name="SpecialUse">Where there is a mailbox of this use, it goes there (RFC 8579 section 4); null: not said.</param>
/// <param name="Header">Instead of the message's own; null: that one.</param>
public sealed record SieveStore(
    string Mailbox, IReadOnlyList<string> Flags, bool Creates = false, string? SpecialUse = null, ReadOnlyMemory<byte>? Header = null);

/// <summary>A copy that is sent on (RFC 5228 section 4.2).</summary>
public sealed record SieveRedirect(string Address, ReadOnlyMemory<byte>? Header);

/// <summary>A refusal that the sender hears of (RFC 5429).</summary>
public sealed record SieveReject(string Reason);

/// <summary>An answer that is sent once to each sender in a while (RFC 5230).</summary>
/// <param name="Addresses">Own addresses, beside those of the account.</param>
/// <param name="Handle">What tells this answer from others of the script.</param>
/// <param name="IsMime">The reason is a MIME entity.</param>
public sealed record SieveVacation(
    TimeSpan Period, string? Subject, string? From, IReadOnlyList<string> Addresses, bool IsMime, string Handle, string Reason);

/// <summary>A message to somebody that mail came (RFC 5435, 5436).</summary>
public sealed record SieveNotification(string Method, string? From, int Importance, string? Message);

/// <summary>Something that is remembered until a time, so that it happens once (RFC 7352).</summary>
public sealed record SieveMemory(string Key, TimeSpan Period);

/// <summary>What a script wants to happen to a message.</summary>
/// <param name="Error">What went wrong at the run: then the message is kept in INBOX, and nothing else happens; null: nothing.</param>
public sealed record SieveResult(
    IReadOnlyList<SieveStore> Stores,
    IReadOnlyList<SieveRedirect> Redirects,
    SieveReject? Reject,
    SieveVacation? Vacation,
    IReadOnlyList<SieveNotification> Notifications,
    IReadOnlyList<SieveMemory> Memories,
    string? Error)
{
    /// <summary>Something is to be sent, or at least may be.</summary>
    public bool Sends => Redirects.Count + Notifications.Count > 0 || Reject is not null || Vacation is not null;
}
