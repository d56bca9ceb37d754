using System.CommandLine;
using System.Text;
using System.Text.Json;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Gateway.Config;
using CompatBot.Gateway.Moving;
using CompatBot.Storage;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>account export and import: an account's mail as a Maildir, and Maildirs into an account.</summary>
internal static class MovingVerbs
{
    /// <summary>Problems that the text names one by one; all of them are in the JSON.</summary>
    private const int ShownMax = 100;

    private static readonly Argument<string> OneAddress = new("address") { Description = "The account's address, or one of its aliases" };

    private static readonly Argument<string> ToFolder = new("dir") { Description = "A folder that is empty or not there yet" };

    private static readonly Argument<string> FromFolder = new("dir")
    {
        Description = "An export, or a Maildir of another program: dovecot, mbsync, mutt",
    };

    public static Verb Export() => new("export", "Write an account's mail, decrypted, as a Maildir", ExportAsync)
    {
        OneAddress,
        ToFolder,
        CommonOptions.Unlock,
    };

    public static Verb Import() => new("import", "Take the mail of an export or a Maildir into an account; again is harmless", ImportAsync)
    {
        OneAddress,
        FromFolder,
        CommonOptions.Unlock,
    };

    private static async ValueTask<VerbAnswer> ExportAsync(VerbContext context, CancellationToken cancellation)
    {
        var (address, folder) = (context.Get(OneAddress), context.PathOf(ToFolder));
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            return context.Failed(ExitCode.Exists, $"{folder} is not empty: an export is never mixed with what is there");
        }

        return await WithMailAsync(context, address, async mail =>
        {
            DataDirectory.EnsurePrivate(folder);
            var export = new MailExport(mail, folder, context.Progress);
            await export.RunAsync(cancellation);
            var report = new ExportReport(
                1, address, folder, context.Composition.Time.GetUtcNow(), export.Mailboxes, export.Messages, export.Octets, export.Damaged);
            DataDirectory.ReplacePrivate(
                Path.Combine(folder, MailImport.ExportedFile), JsonSerializer.Serialize(report, AdminJson.Default.ExportReport) + "\n");
            Durable.FlushFolder(folder);
            var text = new StringBuilder(
                $"{report.Messages} messages, {report.Octets} bytes, of {report.Mailboxes} mailboxes are in {folder}, "
                + "readable by whoever has it\n");
            Tell(text, "DAMAGED", report.Damaged);
            return context.Done(report, AdminJson.Default.ExportReport, text.ToString(), Code(report.Damaged));
        }, cancellation);
    }

    private static async ValueTask<VerbAnswer> ImportAsync(VerbContext context, CancellationToken cancellation)
    {
        var (address, folder) = (context.Get(OneAddress), context.PathOf(FromFolder));
        if (!Directory.Exists(folder)) return context.Failed(ExitCode.NotFound, $"{folder}: there is no such folder");
        return await WithMailAsync(context, address, async mail =>
        {
            var import = new MailImport(mail, folder, context.Progress);
            var refusal = await import.RunAsync(cancellation);
            var stopped = refusal == Refusal.None ? null : $"{RefusalWords.Text(refusal, address)}; run it again to go on";
            var report = new ImportReport(
                address, folder, import.Mailboxes, import.Added, import.Present, import.Octets, import.Notes, import.Damaged, stopped);
            var text = new StringBuilder(
                $"{report.Added} messages, {report.Octets} bytes, added to {report.Mailboxes} mailboxes of {address}; "
                + $"{report.Present} were there\n");
            Tell(text, "NOTE", report.Notes);
            Tell(text, "DAMAGED", report.Damaged);
            if (stopped is not null) text.Append("STOPPED ").Append(stopped).Append('\n');
            var code = stopped is null ? Code(report.Damaged) : RefusalWords.Code(refusal);
            return context.Done(report, AdminJson.Default.ImportReport, text.ToString(), code);
        }, cancellation);
    }

    private static async ValueTask<VerbAnswer> WithMailAsync(
        VerbContext context, string address, Func<MailStore, ValueTask<VerbAnswer>> run, CancellationToken cancellation)
    {
        var opened = await Unlocking.OpenAsync(context, address, cancellation);
        var started = opened.Declined ? opened.Refusal : await context.Composition.Sessions.StartAsync(opened.Value, cancellation);
        if (started.Declined) return Unlocking.Declined(context, started.Refusal, address);
        await using Session session = started.Value;
        if (session.Mail is null) return context.Declined(Refusal.NotPermitted, address);
        try
        {
            return await run(session.Mail);
        }
        catch (UnauthorizedAccessException error)
        {
            return context.Failed(ExitCode.Denied, error.Message);
        }
    }

    private static ExitCode Code(IReadOnlyList<MoveProblem> damaged) => damaged.Count == 0 ? ExitCode.Done : ExitCode.Damaged;

    private static void Tell(StringBuilder text, string word, IReadOnlyList<MoveProblem> problems)
    {
        foreach (var problem in problems.Take(ShownMax))
        {
            text.Append(word).Append(' ').Append(problem.Mailbox).Append(": ");
            if (problem.Item is not null) text.Append(problem.Item).Append(": ");
            text.Append(problem.What).Append('\n');
        }

        if (problems.Count > ShownMax) text.Append("and ").Append(problems.Count - ShownMax).Append(" more; --json names all\n");
    }
}
