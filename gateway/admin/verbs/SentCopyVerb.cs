using System.CommandLine;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>account sent-copy: whether what an account sends is put into its Sent mailbox here.</summary>
internal static class SentCopyVerb
{
    private static readonly Argument<string?> Choice = CommonArguments.OnOrOff("on or off; none: show it");

    public static Verb Create() => new("sent-copy", "Whether what an account sends is put into its Sent mailbox", RunAsync)
    {
        CommonArguments.Account, Choice,
    };

    private static async ValueTask<VerbAnswer> RunAsync(VerbContext context, CancellationToken cancellation)
    {
        var accounts = context.Composition.Accounts;
        var address = context.Get(CommonArguments.Account);
        if (await accounts.FindAsync(address, cancellation) is not { } account) return context.Declined(Refusal.NotFound, address);
        if (context.Get(Choice) is { } choice)
        {
            var refusal = await accounts.SetKeepsSentAsync(account.Id, choice == "on", cancellation);
            if (refusal != Refusal.None) return context.Declined(refusal, account.Address);
        }

        var keeps = (await accounts.SendingWishesAsync(account.Id, cancellation)).KeepsSent;
        return context.Done(
            new SentCopyReport(account.Address, keeps),
            AdminJson.Default.SentCopyReport,
            keeps
                ? $"{account.Address}: what is sent goes into the Sent mailbox; a client's own copy takes the place of it"
                : $"{account.Address}: clients put what they send into the Sent mailbox themselves");
    }
}

/// <summary>What `account sent-copy` shows.</summary>
internal sealed record SentCopyReport(string Address, bool KeepsSent);
