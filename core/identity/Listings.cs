using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.Core.Identity;

/// <summary>An account whose owner agreed that the others of its domain find it.</summary>
/// <param name="Address">The primary one.</param>
/// <param name="Name">Of the person; the address, where there is none.</param>
/// <param name="Uid">Of this account and no other; says nothing of it.</param>
public sealed record Listing(string Address, string Name, string Uid);

/// <summary>Who is in the directory. Nobody is, unless it was said of the account.</summary>
public sealed class Listings(Accounts accounts, IDirectory directory, TimeProvider time)
{
    /// <summary>Longest name, in characters.</summary>
    public const int NameCharactersMax = 128;

    /// <summary>How long what was read of all accounts counts; another process of the same store may have changed it.</summary>
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(30);

    private IReadOnlyList<Listing>? _kept;
    private long _readAt;

    /// <summary>The listed accounts of a domain, ordered by address.</summary>
    public async ValueTask<IReadOnlyList<Listing>> OfDomainAsync(string domain, CancellationToken cancellation)
    {
        var all = _kept;
        if (all is null || time.GetElapsedTime(_readAt) > KeptFor)
        {
            _readAt = time.GetTimestamp();
            _kept = all = await ReadAsync(cancellation);
        }

        return [.. all.Where(one => one.Address.EndsWith("@" + domain, StringComparison.Ordinal))];
    }

    /// <returns>Null: the account is not listed.</returns>
    public static Listing? Of(AccountRecord account) => Profiles.Read(account) is { Listed: true, ListedName: var name }
        ? new Listing(account.Address, name.Length > 0 ? name : account.Address, UidOf(account.Id))
        : null;

    /// <summary>Lists an account, or does not any more.</summary>
    /// <param name="account">Whose owner agreed.</param>
    /// <param name="isListed">From now on.</param>
    /// <param name="name">Of the person; null: as it was.</param>
    /// <param name="cancellation">Before it is durable.</param>
    /// <returns>The account as it is then; or Invalid (the name), NotFound, Damaged, and what the store says.</returns>
    public async ValueTask<Outcome<AccountRecord>> SetAsync(
        AccountId account, bool isListed, string? name, CancellationToken cancellation)
    {
        if (name is { Length: > NameCharactersMax } || (name?.Any(char.IsControl) ?? false)) return Refusal.Invalid;
        var changed = await accounts.ChangeProfileAsync(
            account,
            profile =>
            {
                profile.Listed = isListed;
                profile.ListedName = isListed ? name ?? profile.ListedName : "";
            },
            cancellation);
        _kept = null;
        return changed;
    }

    private async ValueTask<IReadOnlyList<Listing>> ReadAsync(CancellationToken cancellation)
    {
        var all = new List<Listing>();
        await foreach (var account in directory.AccountsAsync(cancellation))
        {
            if (Of(account) is { } listing) all.Add(listing);
        }

        return all;
    }

    private static string UidOf(AccountId account) =>
        Convert.ToHexStringLower(SHA256.HashData([.. "compatbot listing"u8, .. account.ToBytes()]).AsSpan(0, 16));
}
