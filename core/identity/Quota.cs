using CompatBot.Core.Store;

namespace CompatBot.Core.Identity;

/// <summary>How much content an account may have, in octets of what is there now: what only the past holds does not count.</summary>
/// <param name="HardBytes">What would go beyond it is refused; null: anything goes.</param>
/// <param name="SoftBytes">What goes beyond it is counted and shown; null: nothing is.</param>
public readonly record struct Quota(long? HardBytes, long? SoftBytes)
{
    /// <summary>The account's own, else the server's; in a profile 0 says that there is no limit, whatever the server's is.</summary>
    public static Quota Of(AccountRecord account, Quota server)
    {
        var profile = Profiles.Read(account);
        return new Quota(
            Limit(profile is { HasHardQuotaBytes: true } ? profile.HardQuotaBytes : null, server.HardBytes),
            Limit(profile is { HasSoftQuotaBytes: true } ? profile.SoftQuotaBytes : null, server.SoftBytes));
    }

    /// <summary>Whether so many octets are too many.</summary>
    public bool Forbids(long octets) => octets > HardBytes;

    public bool WarnsOf(long octets) => octets > SoftBytes;

    private static long? Limit(ulong? own, long? server) => own switch
    {
        null => server,
        0 => null,
        _ => (long)Math.Min(own.Value, long.MaxValue),
    };
}
