using System.CommandLine;
using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using CompatBot.Gateway.Config;
using CompatBot.Storage;
using CompatBot.Storage.Backup;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>
/// store repair: takes blobs that do not open out of the store, keeps their bytes in quarantine, and puts good ones from a backup in
/// their place. It touches nothing else: an entry of a journal cannot be replaced, only restored with its store.
/// </summary>
internal static class RepairVerb
{
    /// <summary>Folder in the data directory: account, then a file for each blob.</summary>
    private const string Quarantine = "quarantine";

    private static readonly Option<string?> FromBackup = new("--backup")
    {
        Description = "A backup to take good blobs from; needs its --key unless that is in the data directory",
        HelpName = "dir",
    };

    public static Verb Create() => new(
        "repair", "Put damaged blobs of an account in quarantine, and good ones of a backup in their place", RepairAsync)
    {
        CommonArguments.Account,
        FromBackup,
        CommonOptions.BackupKey,
        CommonOptions.Unlock,
    };

    private static async ValueTask<VerbAnswer> RepairAsync(VerbContext context, CancellationToken cancellation)
    {
        var (address, store) = (context.Get(CommonArguments.Account), context.Composition.Store);
        var backup = context.Get(FromBackup) is { } given ? context.PathOf(given) : null;
        using var backupKey = backup is null ? null : BackupKey.Parse(context.Call.BackupKey ?? "");
        if (backup is not null && backupKey is null)
        {
            return context.Failed(ExitCode.Denied, $"{context.Call.BackupKeyFile} holds no key of a backup: name its file by --key");
        }

        var opened = await Unlocking.OpenAsync(context, address, cancellation);
        if (opened.Declined) return Unlocking.Declined(context, opened.Refusal, address);
        using var keyring = opened.Value;
        try
        {
            var bad = (await new AccountVerifier(store, keyring.Account, keyring).VerifyAsync(cancellation)).BadBlobs.ToHashSet();
            var good = backup is null ? [] : await FetchAsync(backup, backupKey!, keyring.Account, bad, cancellation);
            var (files, replaced) = (new List<string>(), 0);
            var holders = await HoldersAsync(store, keyring.Account, bad, cancellation);
            foreach (var name in bad)
            {
                var file = await SetAsideAsync(context, keyring.Account, name, cancellation);
                if (file is not null) files.Add(file);
                var hasGood = good.TryGetValue(name, out var better);
                if (file is null && !hasGood) continue; // Missing, or the disk refuses to read it now: perhaps not tomorrow.
                var refusal = await store.Blobs.DeleteAsync(keyring.Account, [name], cancellation);
                if (refusal == Refusal.None && hasGood)
                {
                    var held = holders.GetValueOrDefault(name, BlobHolder.Of(Realm.Mail));
                    refusal = await store.Blobs.PutAsync(keyring.Account, held, [better], cancellation);
                    replaced++;
                }

                if (refusal != Refusal.None) return context.Declined(refusal, address);
            }

            var flaws = (await new AccountVerifier(store, keyring.Account, keyring).VerifyAsync(cancellation)).Flaws;
            var report = new RepairReport(address, bad.Count, files, replaced, flaws);
            return context.Done(
                report, AdminJson.Default.RepairReport, Text(report), flaws.Count == 0 ? ExitCode.Done : ExitCode.Damaged);
        }
        catch (UnauthorizedAccessException error)
        {
            return context.Failed(ExitCode.Denied, error.Message);
        }
    }

    private static async ValueTask<Dictionary<BlobName, SealedBlob>> FetchAsync(
        string backup, BackupKey key, AccountId account, HashSet<BlobName> bad, CancellationToken cancellation)
    {
        var good = new Dictionary<BlobName, SealedBlob>();
        if (bad.Count == 0) return good;
        await foreach (var blob in BackupBlobs.FindAsync(backup, key, account, bad, cancellation)) good[blob.Name] = blob;
        return good;
    }

    private static async ValueTask<Dictionary<BlobName, BlobHolders>> HoldersAsync(
        IStore store, AccountId account, HashSet<BlobName> bad, CancellationToken cancellation)
    {
        var holders = new Dictionary<BlobName, BlobHolders>();
        await foreach (var blob in store.Blobs.ListAsync(account, cancellation))
        {
            if (bad.Contains(blob.Name)) holders.Add(blob.Name, blob.Holders);
        }

        return holders;
    }

    /// <summary>Writes a blob's bytes, whatever they are, to a file of their own, durably.</summary>
    /// <returns>The file; null when there are no bytes to be had.</returns>
    private static async ValueTask<string?> SetAsideAsync(
        VerbContext context, AccountId account, BlobName name, CancellationToken cancellation)
    {
        byte[]? bytes;
        try
        {
            bytes = await context.Composition.Store.Blobs.GetAsync(account, name, cancellation);
        }
        catch (IOException)
        {
            return null; // The verifier named the trouble.
        }

        if (bytes is null) return null;
        var folder = DataDirectory.EnsurePrivate(Path.Combine(context.Composition.DataFolder, Quarantine));
        folder = DataDirectory.EnsurePrivate(Path.Combine(folder, account.ToString()));
        var path = Path.Combine(folder, name.ToString());
        await using (var file = Durable.OpenPrivateFile(path, FileMode.Create))
        {
            await file.WriteAsync(bytes, cancellation);
            file.Flush(flushToDisk: true);
        }

        Durable.FlushFolder(folder);
        return path;
    }

    private static string Text(RepairReport report)
    {
        var text = new StringBuilder(
            $"{report.Damaged} damaged blobs; {report.Quarantined.Count} put in quarantine, {report.Replaced} replaced\n");
        foreach (var file in report.Quarantined) text.Append("QUARANTINED ").Append(file).Append('\n');
        foreach (var flaw in report.Flaws) text.Append("STILL DAMAGED ").Append(flaw).Append('\n');
        return text.Append(report.Flaws.Count == 0 ? "sound\n" : "").ToString();
    }
}
