namespace CompatBot.Protocols.Net;

/// <summary>
/// How much guessing is taken before it becomes slow, and then pointless. A generated app password has 130 bits: this also
/// keeps the work that guessing makes small.
/// </summary>
public sealed record LoginGuardLimits
{
    /// <summary>Failures of one address (IPv6: /64) or one login before each further attempt waits.</summary>
    public int FreeFailures { get; init; } = 5;

    /// <summary>The first wait; each failure doubles it.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest wait. An attempt that would have to queue longer is refused.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Failures of one address that lock it out: more than for a login, because households and offices share addresses.</summary>
    public int AddressFailuresMax { get; init; } = 50;

    /// <summary>Failures for one login that lock it out, except for addresses from which it has succeeded before.</summary>
    public int LoginFailuresMax { get; init; } = 20;

    /// <summary>How long a lock-out lasts.</summary>
    public TimeSpan LockTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Failures are forgotten after so long without another.</summary>
    public TimeSpan FailureWindow { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Addresses, logins and known pairs remembered, each; the least recently seen are forgotten first.</summary>
    public int EntriesMax { get; init; } = 65_536;

    /// <summary>Attempts from this machine itself are not counted by address (they still are by login).</summary>
    public bool LoopbackIsTrusted { get; init; }
}
