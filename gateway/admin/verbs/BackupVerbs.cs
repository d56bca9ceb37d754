using System.CommandLine;
using CompatBot.Gateway.Config;
using CompatBot.Storage.Backup;
using CompatBot.Storage.Sqlite;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>backup, and backup list, verify, restore.</summary>
internal static class BackupVerbs
{
    /// <summary>What a restore is called until it is complete.</summary>
    private const string Unfinished = ".restoring";

    private static readonly string[] HostFiles = ["decoy", "history-days", "tls/certificate.pem", "tls/key.pem"];

    private static readonly Argument<string> ToFolder = new("dir") { Description = "The backup's own folder; made if missing" };

    private static readonly Argument<string> FromFolder = new("dir") { Description = "The backup's folder" };

    private static readonly Option<ulong?> Run = new("--run")
    {
        Description = "The run to restore (default: the newest)",
        HelpName = "number",
    };

    private static readonly Option<bool> Salvage = new("--salvage")
    {
        Description = "Restore what can be had of a damaged backup, and say what cannot",
    };

    private static readonly Verb Make = new Verb("backup", "Add what is new to a backup; a server may run", WithKey(BackupAsync))
    {
        ToFolder,
        CommonOptions.BackupKey,
        new Verb("list", "The runs of a backup", WithKey(ListAsync)) { FromFolder, CommonOptions.BackupKey }.WithoutStore(),
        new Verb("verify", "Read all of a backup and say what is damaged", WithKey(VerifyAsync))
        {
            FromFolder,
            CommonOptions.BackupKey,
        }.WithoutStore(),
        new Verb("restore", "Make a new data directory (--data) of a backup", WithKey(RestoreAsync))
        {
            FromFolder,
            Run,
            Salvage,
            CommonOptions.BackupKey,
        }.WithoutStore(),
    }.WithVerbsBelow();

    public static Verb Create() => Make;

    /// <summary>Whether a missing key file is made: for the first run into a folder, and no other.</summary>
    public static bool MakesKey(ParseResult parse) =>
        parse.CommandResult.Command == Make && !BackupList.Exists(Path.GetFullPath(parse.GetValue(ToFolder)!));

    private static async ValueTask<VerbAnswer> BackupAsync(VerbContext context, BackupKey key, CancellationToken cancellation)
    {
        context.Progress.Unit = "entries and blobs";
        var files = new List<BackupFile>();
        foreach (var name in HostFiles)
        {
            var path = Path.Combine(context.Composition.DataFolder, name);
            if (File.Exists(path)) files.Add(new BackupFile(name, await File.ReadAllBytesAsync(path, cancellation)));
        }

        var run = new BackupRun(context.Composition.Store, context.PathOf(ToFolder), key, context.Time, context.Progress.AddAsync);
        var report = await run.RunAsync(files, cancellation);
        var text = $"run {report.Run}: {report.Accounts} accounts; {report.Entries} entries and {report.Blobs} blobs are new; "
            + $"{report.Bytes} bytes written\n{Flaws("NOT BACKED UP", report.Flaws)}";
        if (context.Call.BackupKeyMade)
        {
            text += $"The key of this backup was made: {context.Call.BackupKeyFile}\n"
                + "Keep a copy of it elsewhere, and not beside the backup: without the key the backup opens for nobody.\n";
        }

        return context.Done(
            new BackupDone(report, context.Call.BackupKeyFile!, context.Call.BackupKeyMade),
            AdminJson.Default.BackupDone,
            text,
            report.Flaws.Count == 0 ? ExitCode.Done : ExitCode.Damaged);
    }

    private static ValueTask<VerbAnswer> ListAsync(VerbContext context, BackupKey key, CancellationToken cancellation)
    {
        var runs = BackupList.Read(context.PathOf(FromFolder), key);
        var lines = runs.Select(run =>
            $"run {run.Run}  {run.Time:yyyy-MM-dd HH:mm:ss}Z  {run.Accounts} accounts, {run.Entries} entries, {run.Blobs} blobs, "
            + $"{run.Bytes} bytes written");
        return new(context.Done(runs, AdminJson.Default.IReadOnlyListBackupRunLine, string.Join('\n', lines)));
    }

    private static async ValueTask<VerbAnswer> VerifyAsync(VerbContext context, BackupKey key, CancellationToken cancellation)
    {
        context.Progress.Unit = "bytes";
        var check = await new BackupVerify(context.PathOf(FromFolder), key, context.Progress.AddAsync).RunAsync(cancellation);
        var text = $"{check.Runs} runs, {check.Packs} packs, {check.Entries} entries, {check.Blobs} blobs, {check.Bytes} bytes read\n"
            + Flaws("DAMAGED", check.Flaws) + (check.Flaws.Count == 0 ? "sound\n" : "");
        return context.Done(check, AdminJson.Default.BackupCheck, text, check.Flaws.Count == 0 ? ExitCode.Done : ExitCode.Damaged);
    }

    private static async ValueTask<VerbAnswer> RestoreAsync(VerbContext context, BackupKey key, CancellationToken cancellation)
    {
        var data = context.PathOf(context.Get(CommonOptions.Data));
        var unfinished = data.TrimEnd('/') + Unfinished;
        if (File.Exists(data) || (Directory.Exists(data) && Directory.EnumerateFileSystemEntries(data).Any()))
        {
            return context.Failed(ExitCode.Exists, $"{data} is not empty: give a new folder by --data");
        }

        if (Directory.Exists(unfinished))
        {
            return context.Failed(ExitCode.Exists, $"{unfinished} is left of a restore that was cut off: delete it first");
        }

        context.Progress.Unit = "entries and blobs";
        DataDirectory.EnsurePrivate(unfinished);
        var restore = await FillAsync(context, key, unfinished, cancellation);
        if (Directory.Exists(data)) Directory.Delete(data);
        Directory.Move(unfinished, data);
        CompatBot.Storage.Durable.FlushFolder(Path.GetDirectoryName(data) ?? data);
        var text = $"run {restore.Run} is restored to {data}: {restore.Accounts} accounts, {restore.Entries} entries, "
            + $"{restore.Blobs} blobs, {restore.Waiting} waiting\n{Flaws("NOT RESTORED", restore.Flaws)}";
        return context.Done(restore, AdminJson.Default.RestoreReport, text, restore.Flaws.Count == 0 ? ExitCode.Done : ExitCode.Damaged);
    }

    private static async ValueTask<RestoreReport> FillAsync(
        VerbContext context, BackupKey key, string folder, CancellationToken cancellation)
    {
        await using var store = await SqliteStore.OpenAsync(folder, new SqliteOptions(), context.Time, cancellation);
        var restore = new BackupRestore(store, context.PathOf(FromFolder), key, context.Progress.AddAsync);
        var report = await restore.RunAsync(context.Get(Run), context.Get(Salvage), cancellation);
        foreach (var file in restore.HostFiles.Where(file => HostFiles.Contains(file.Name)))
        {
            DataDirectory.EnsurePrivate(Path.GetDirectoryName(Path.Combine(folder, file.Name))!);
            DataDirectory.ReplacePrivate(Path.Combine(folder, file.Name), System.Text.Encoding.UTF8.GetString(file.Content.Span));
        }

        return report;
    }

    private static VerbBody WithKey(Func<VerbContext, BackupKey, CancellationToken, ValueTask<VerbAnswer>> run) =>
        (context, cancellation) => RunAsync(context, run, cancellation);

    private static async ValueTask<VerbAnswer> RunAsync(
        VerbContext context, Func<VerbContext, BackupKey, CancellationToken, ValueTask<VerbAnswer>> run, CancellationToken cancellation)
    {
        if (context.Call.BackupKey is null)
        {
            return context.Failed(ExitCode.Denied, $"the backup's key is not in {context.Call.BackupKeyFile}: name its file by --key");
        }

        using var key = BackupKey.Parse(context.Call.BackupKey);
        if (key is null) return context.Failed(ExitCode.Denied, $"{context.Call.BackupKeyFile} is no key of a backup");
        try
        {
            return await run(context, key, cancellation);
        }
        catch (UnauthorizedAccessException error)
        {
            return context.Failed(ExitCode.Denied, error.Message);
        }
        catch (DirectoryNotFoundException error)
        {
            return context.Failed(ExitCode.NotFound, error.Message);
        }
    }

    private static string Flaws(string word, IReadOnlyList<string> flaws) =>
        string.Concat(flaws.Select(flaw => $"{word} {flaw}\n"));
}
