using CompatBot.Core.Mail.Filters;

namespace CompatBot.Protocols.Sieve;

/// <summary>Whose script it is.</summary>
/// <param name="Address">In whose name things are sent: the address that the message came to, if it is one of the account's.</param>
/// <param name="Addresses">All of the account's.</param>
internal sealed record SieveOwner(string Address, IReadOnlyList<string> Addresses)
{
    /// <returns>Null: the account is gone.</returns>
    public static async ValueTask<SieveOwner?> OfAsync(SieveServices services, FilteredMail mail, CancellationToken cancellation)
    {
        var addresses = await services.Accounts.AddressesAsync(mail.Account, cancellation);
        if (addresses.Count == 0) return null;
        return new SieveOwner(Parsed(mail.Recipient) is { } to && addresses.Contains(to) ? to : addresses[0], addresses);
    }

    /// <summary>Whether an address is the owner's, with or without a tag.</summary>
    public bool Owns(string address, IEnumerable<string> more) => Parsed(address) is { } plain
        && (Addresses.Contains(plain) || more.Any(other => Parsed(other) == plain));

    public override string ToString() => "(owner)";

    private static string? Parsed(string address) => Core.Identity.Address.Parse(address)?.Base.ToString();
}
