using System.CommandLine;
using CompatBot.Core.Store;
using CompatBot.Gateway.Config;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>account quota: how much an account has and may have. Needs no words: sizes are no secret.</summary>
internal static class QuotaVerb
{
    private static readonly Option<string?> Hard = new("--hard")
    {
        Description = "What would go beyond it is refused: octets, or with K, M, G or T; 0: no limit",
        HelpName = "size",
    };

    private static readonly Option<string?> Soft = new("--soft")
    {
        Description = "What goes beyond it is counted and shown here; 0: no limit",
        HelpName = "size",
    };

    public static Verb Create() => new("quota", "How much content an account has, and how much it may have", RunAsync)
    {
        CommonArguments.Account, Hard, Soft,
    };

    private static async ValueTask<VerbAnswer> RunAsync(VerbContext context, CancellationToken cancellation)
    {
        var quotas = context.Composition.Quotas;
        var address = context.Get(CommonArguments.Account);
        var (hard, soft) = (context.Get(Hard), context.Get(Soft));
        foreach (var text in new[] { hard, soft }.OfType<string>())
        {
            if (DataSize.Parse(text) is null) return context.Failed(ExitCode.Usage, $"{text} is no size: write octets, or 500M, 10G");
        }

        if (await context.Composition.Accounts.FindAsync(address, cancellation) is not { } account)
        {
            return context.Declined(Refusal.NotFound, address);
        }

        if ((hard ?? soft) is not null)
        {
            var set = await quotas.SetAsync(
                context.Composition.Accounts,
                account.Id,
                hard is null ? null : DataSize.Parse(hard),
                soft is null ? null : DataSize.Parse(soft),
                cancellation);
            if (set.Declined) return context.Declined(set.Refusal, account.Address);
            account = set.Value!;
        }

        var (quota, usage) = (quotas.Of(account), await quotas.UsageAsync(account.Id, cancellation));
        var state = quota.Forbids(usage.Total) ? "over the hard quota" : quota.WarnsOf(usage.Total) ? "over the soft quota" : "within";
        var report = new QuotaReport(account.Address, usage.Bytes, usage.WaitingBytes, quota.HardBytes, quota.SoftBytes, state);
        return context.Done(report, AdminJson.Default.QuotaReport, $"""
            {account.Address}: {state}
            content    {DataSize.Text(usage.Bytes)}
            waiting    {DataSize.Text(usage.WaitingBytes)}
            hard       {Limit(quota.HardBytes)}
            soft       {Limit(quota.SoftBytes)}
            """);
    }

    private static string Limit(long? octets) => octets is { } limit ? DataSize.Text(limit) : "no limit";
}

/// <summary>What `account quota` shows, in octets; null: no limit.</summary>
/// <param name="WaitingBytes">In the dropbox.</param>
/// <param name="State">within, over the soft quota, over the hard quota.</param>
internal sealed record QuotaReport(
    string Address, long ContentBytes, long WaitingBytes, long? HardBytes, long? SoftBytes, string State);
