using System.CommandLine;
using System.Globalization;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>account undo-send: how long what an account sends waits, so that `queue drop` can take it back.</summary>
internal static class UndoVerb
{
    private static readonly Argument<int?> Seconds = new("seconds")
    {
        Description = $"0: it goes at once; at most {Accounts.UndoMax.TotalSeconds}; none: show it",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Verb Create() => new("undo-send", "How long what an account sends waits, in case of second thoughts", RunAsync)
    {
        CommonArguments.Account, Seconds,
    };

    private static async ValueTask<VerbAnswer> RunAsync(VerbContext context, CancellationToken cancellation)
    {
        var accounts = context.Composition.Accounts;
        var address = context.Get(CommonArguments.Account);
        if (await accounts.FindAsync(address, cancellation) is not { } account) return context.Declined(Refusal.NotFound, address);
        if (context.Get(Seconds) is { } seconds)
        {
            var refusal = await accounts.SetUndoWindowAsync(account.Id, TimeSpan.FromSeconds(seconds), cancellation);
            if (refusal == Refusal.Invalid)
            {
                return context.Failed(ExitCode.Usage, $"Write seconds from 0 to {Accounts.UndoMax.TotalSeconds}");
            }

            if (refusal != Refusal.None) return context.Declined(refusal, account.Address);
        }

        var window = (int)(await accounts.SendingWishesAsync(account.Id, cancellation)).UndoWindow.TotalSeconds;
        return context.Done(
            new UndoReport(account.Address, window),
            AdminJson.Default.UndoReport,
            window == 0 ? $"{account.Address}: mail goes at once" : string.Create(
                CultureInfo.InvariantCulture,
                $"{account.Address}: mail waits {window} seconds; until then `queue list` has it and `queue drop` takes it back"));
    }
}

/// <summary>What `account undo-send` shows.</summary>
internal sealed record UndoReport(string Address, int Seconds);
