using System.CommandLine;
using CompatBot.Core.Calendar.Birthdays;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>account birthdays: whether an account's calendars have one that is made of its contacts.</summary>
internal static class BirthdaysVerb
{
    private static readonly Argument<string?> Choice = CommonArguments.OnOrOff("on or off; none: show it");

    public static Verb Create() => new("birthdays", "Whether an account has a calendar of its contacts' birthdays", RunAsync)
    {
        CommonArguments.Account, Choice,
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
            var changed = await context.Composition.Birthdays.SetAsync(account.Id, choice == "on", cancellation);
            if (changed.Declined) return context.Declined(changed.Refusal, account.Address);
            account = changed.Value;
        }

        var isOn = BirthdayWishes.AreOn(account);
        return context.Done(
            new BirthdaysReport(account.Address, isOn),
            AdminJson.Default.BirthdaysReport,
            isOn
                ? $"{account.Address}: the birthdays of contacts are a calendar"
                : $"{account.Address}: there is no calendar of birthdays");
    }
}

/// <summary>What `account birthdays` shows.</summary>
internal sealed record BirthdaysReport(string Address, bool On);
