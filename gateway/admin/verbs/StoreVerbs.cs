using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>store verify: every entry of every chain and every blob; with words, opened too.</summary>
internal static class StoreVerbs
{
    public static Verb Verify() => new("verify", "Check every hash chain and every blob; with --unlock, open everything of that account too", VerifyAsync)
    {
        CommonOptions.Unlock,
    };

    public static Verb DropCaches() =>
        new Verb("drop-caches", "Delete all snapshots and summaries; they are rebuilt from the journal", DropCachesAsync).Alone();

    private static async ValueTask<VerbAnswer> VerifyAsync(VerbContext context, CancellationToken cancellation)
    {
        var store = context.Composition.Store;
        var (checks, flaws) = (new List<AccountCheck>(), new List<Flaw>());
        await foreach (var account in store.Directory.AccountsAsync(cancellation))
        {
            var check = new ChainCheck(store, account);
            checks.Add(await check.RunAsync(cancellation));
            flaws.AddRange(check.Flaws);
        }

        var report = new VerifyReport(flaws.Count == 0, checks, flaws);
        return context.Done(report, AdminJson.Default.VerifyReport, Text(report), flaws.Count == 0 ? ExitCode.Done : ExitCode.Damaged);
    }

    private static async ValueTask<VerbAnswer> DropCachesAsync(VerbContext context, CancellationToken cancellation)
    {
        var store = context.Composition.Store;
        var accounts = 0;
        await foreach (var account in store.Directory.AccountsAsync(cancellation))
        {
            var refusal = await store.Snapshots.ClearAsync(account.Id, cancellation);
            if (refusal != Refusal.None) return context.Declined(refusal, account.Address);
            accounts++;
        }

        return context.Done(
            new DropCachesReport(accounts), AdminJson.Default.DropCachesReport, $"snapshots and summaries of {accounts} accounts deleted");
    }

    private static string Text(VerifyReport report)
    {
        var lines = report.Accounts.Select(check =>
            $"{check.Address}: {check.Entries} entries, {check.Blobs} blobs ({check.BlobBytes} bytes), {check.Waiting} waiting"
            + (check.Messages > 0 ? $", {check.Messages} messages opened" : ""));
        return string.Join('\n', lines
            .Concat(report.Flaws.Select(flaw => $"DAMAGED {flaw.Account} {flaw.Place}: {flaw.What}"))
            .Append(report.Sound ? "sound" : $"{report.Flaws.Count} flaws: nothing was changed; keep a copy of the store before you do anything"));
    }
}
