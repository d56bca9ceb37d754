using System.CommandLine;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>account attended: whether this server may open an account while no device of it is connected.</summary>
internal static class AttendedVerb
{
    private static readonly Argument<string?> Choice = CommonArguments.OnOrOff("on (needs --unlock) or off; none: show it");

    public static Verb Create() =>
        new("attended", "Whether this server may open an account by itself, for filters and answers while its owner is away", RunAsync)
        {
            CommonArguments.Account, Choice, CommonOptions.Unlock,
        };

    private static async ValueTask<VerbAnswer> RunAsync(VerbContext context, CancellationToken cancellation)
    {
        var composition = context.Composition;
        var address = context.Get(CommonArguments.Account);
        var accounts = composition.Accounts;
        if (await accounts.FindAsync(address, cancellation) is not { } account) return context.Declined(Refusal.NotFound, address);
        if (context.Get(Choice) == "on")
        {
            var opened = await Unlocking.OpenAsync(context, address, cancellation);
            if (opened.Declined) return Unlocking.Declined(context, opened.Refusal, address);
            using var keyring = opened.Value;
            var refusal = await composition.Attended.AttendAsync(keyring!, cancellation);
            if (refusal != Refusal.None) return context.Declined(refusal, account.Address);
        }
        else if (context.Get(Choice) == "off")
        {
            var refusal = await composition.Attended.LeaveAsync(account, cancellation);
            if (refusal != Refusal.None) return context.Declined(refusal, account.Address);
        }

        account = (await accounts.FindAsync(address, cancellation))!;
        var attended = AttendedAccounts.IsAttended(account);
        return context.Done(
            new AttendedReport(account.Address, attended),
            AdminJson.Default.AttendedReport,
            attended
                ? $"""
                {account.Address} is attended: this server opens it by itself, also while no device is connected. Whoever has the host key
                and a copy of the store reads the account. `account attended {account.Address} off` ends it.
                """
                : $"{account.Address} is private: only its own devices and words open it");
    }
}

/// <summary>What `account attended` shows.</summary>
internal sealed record AttendedReport(string Address, bool Attended);
