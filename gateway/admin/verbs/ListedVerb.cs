using System.CommandLine;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>account listed: whether the others of its domain find an account in the directory.</summary>
internal static class ListedVerb
{
    private static readonly Argument<string?> Choice = CommonArguments.OnOrOff("on (its owner agreed) or off; none: show it");

    private static readonly Option<string?> Name = new("--name")
    {
        Description = "Of the person, as the others see it; it is in clear in the store",
    };

    public static Verb Create() => new("listed", "Whether others of its domain find an account in the directory", RunAsync)
    {
        CommonArguments.Account, Choice, Name,
    };

    private static async ValueTask<VerbAnswer> RunAsync(VerbContext context, CancellationToken cancellation)
    {
        var address = context.Get(CommonArguments.Account);
        if (await context.Composition.Accounts.FindAsync(address, cancellation) is not { } account)
        {
            return context.Declined(Refusal.NotFound, address);
        }

        if (context.Get(Choice) is { } choice)
        {
            var changed = await context.Composition.Listings.SetAsync(account.Id, choice == "on", context.Get(Name), cancellation);
            if (changed.Refusal == Refusal.Invalid)
            {
                return context.Failed(
                    ExitCode.Usage, $"--name has at most {Listings.NameCharactersMax} characters, and no control characters");
            }

            if (changed.Declined) return context.Declined(changed.Refusal, account.Address);
            account = changed.Value;
        }

        var listing = Listings.Of(account);
        return context.Done(
            new ListedReport(account.Address, listing is not null, listing?.Name),
            AdminJson.Default.ListedReport,
            listing is null
                ? $"{account.Address}: is not in the directory"
                : $"{account.Address}: the others of its domain find it, as {listing.Name}");
    }
}

/// <summary>What `account listed` shows.</summary>
internal sealed record ListedReport(string Address, bool Listed, string? Name);
