using System.CommandLine;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>store verify and drop-caches. What is in the store is in <see cref="StoreStat"/>.</summary>
internal static class StoreVerbs
{
    public static Option<string?> OneAccount { get; } = new("--account")
    {
        Description = "Only this account; needed where --unlock is an app password",
        HelpName = "address",
    };

    private static readonly Option<bool> Deep = new("--deep")
    {
        Description = "Check the engine's own files too, page by page",
    };

    public static Verb Verify() => new("verify", "Check every hash chain and every blob; --unlock opens them too", VerifyAsync)
    {
        OneAccount,
        Deep,
        CommonOptions.Unlock,
    };

    public static Verb DropCaches() =>
        new Verb("drop-caches", "Delete all snapshots and summaries; they are rebuilt from the journal", DropCachesAsync).Alone();

    /// <summary>The accounts that a verb is about: all, or the one that was named.</summary>
    public static async ValueTask<Outcome<List<AccountRecord>>> AccountsAsync(VerbContext context, CancellationToken cancellation)
    {
        var accounts = new List<AccountRecord>();
        if (context.Get(OneAccount) is { } address)
        {
            if (await context.Composition.Accounts.FindAsync(address, cancellation) is not { } account) return Refusal.NotFound;
            accounts.Add(account);
            return accounts;
        }

        await foreach (var account in context.Composition.Accounts.AllAsync(cancellation)) accounts.Add(account);
        return accounts;
    }

    private static async ValueTask<VerbAnswer> VerifyAsync(VerbContext context, CancellationToken cancellation)
    {
        var accounts = await AccountsAsync(context, cancellation);
        if (accounts.Declined) return context.Declined(accounts.Refusal, context.Get(OneAccount)!);
        Keyring? keyring = null;
        if (!string.IsNullOrWhiteSpace(context.Unlock))
        {
            var opened = await Unlocking.OpenAsync(context, context.Get(OneAccount), cancellation);
            if (opened.Declined) return Unlocking.Declined(context, opened.Refusal, context.Get(OneAccount) ?? "any account");
            keyring = opened.Value;
        }

        using (keyring)
        {
            var (checks, flaws) = (new List<AccountCheck>(), new List<Flaw>());
            foreach (var account in accounts.Value)
            {
                var own = keyring?.Account == account.Id ? keyring : null;
                var found = await new AccountVerifier(context.Composition.Store, account.Id, own).VerifyAsync(cancellation);
                checks.Add(new AccountCheck(
                    account.Address, found.Entries, found.OpenedEntries, found.Blobs, found.BlobBytes, found.OpenedBlobs, found.Waiting));
                var unread = await SealedBlobsAsync(context.Composition.Store, account, cancellation);
                flaws.AddRange(found.Flaws.Concat(unread).Select(flaw => new Flaw(account.Address, flaw)));
            }

            if (context.Get(Deep))
            {
                var engine = await context.Composition.StoreHealth.CheckAsync(cancellation);
                flaws.AddRange(engine.Select(flaw => new Flaw("the engine", flaw)));
            }

            var all = new StoreCheck(flaws.Count == 0, checks, flaws);
            return context.Done(all, AdminJson.Default.StoreCheck, Text(all), all.Sound ? ExitCode.Done : ExitCode.Damaged);
        }
    }

    /// <summary>Reads every blob: what can be said without a key is whether it is there, whole, and of a sealed blob's size.</summary>
    private static async ValueTask<List<string>> SealedBlobsAsync(IStore store, AccountRecord account, CancellationToken cancellation)
    {
        var flaws = new List<string>();
        await foreach (var (name, bytes) in store.Blobs.ListAsync(account.Id, cancellation))
        {
            try
            {
                var stored = await store.Blobs.GetAsync(account.Id, name, cancellation);

                // Null: deleted since it was listed, by a server that runs.
                if (stored is not null && (stored.LongLength != bytes || bytes < BlobSeal.Overhead))
                {
                    flaws.Add($"blob {name}: {stored.LongLength} bytes where {bytes} were listed");
                }
            }
            catch (IOException error)
            {
                flaws.Add($"blob {name}: {error.Message}");
            }
        }

        return flaws;
    }

    private static async ValueTask<VerbAnswer> DropCachesAsync(VerbContext context, CancellationToken cancellation)
    {
        var accounts = 0;
        await foreach (var account in context.Composition.Accounts.AllAsync(cancellation))
        {
            var refusal = await context.Composition.Store.Snapshots.ClearAsync(account.Id, cancellation);
            if (refusal != Refusal.None) return context.Declined(refusal, account.Address);
            accounts++;
        }

        return context.Done(
            new DropCachesReport(accounts), AdminJson.Default.DropCachesReport, $"snapshots and summaries of {accounts} accounts deleted");
    }

    private static string Text(StoreCheck report)
    {
        var lines = report.Accounts.Select(check =>
            $"{check.Address}: {check.Entries} entries ({check.OpenedEntries} opened), "
            + $"{check.Blobs} blobs, {check.BlobBytes} bytes ({check.OpenedBlobs} opened), {check.Waiting} waiting");
        return string.Join('\n', lines
            .Concat(report.Flaws.Select(flaw => $"DAMAGED {flaw.Account}: {flaw.What}"))
            .Append(report.Sound ? "sound" : $"{report.Flaws.Count} flaws: nothing was changed; copy the store before you do anything"));
    }
}
