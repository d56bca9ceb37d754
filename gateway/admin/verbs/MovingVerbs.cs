using System.CommandLine;
using System.Text;
using System.Text.Json;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using CompatBot.Gateway.Config;
using CompatBot.Gateway.Moving;
using CompatBot.Gateway.Moving.Imap;
using CompatBot.Storage;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>account export and import: all that an account has as files that other programs read, and such files into an account.</summary>
internal static class MovingVerbs
{
    /// <summary>Problems that the text names one by one; all of them are in the JSON.</summary>
    private const int ShownMax = 100;

    private static readonly Argument<string> ToFolder = new("dir") { Description = "A folder that is empty or not there yet" };

    private static readonly Argument<string> Source = new("source")
    {
        Description = "An export, a Maildir (dovecot, mbsync, mutt), an mbox or a folder of them (Thunderbird, Gmail's Takeout), "
            + "or imaps://USER@HOST, an account elsewhere",
    };

    private static readonly Option<bool> AsMbox = new("--mbox") { Description = "Mail as mbox files, as Thunderbird has them" };

    private static readonly Option<string?> SourcePassword = new("--source-password")
    {
        Description = "File with the password of the account elsewhere",
        HelpName = "file",
    };

    private static readonly Option<string?> SourceAuthority = new("--source-ca")
    {
        Description = "PEM certificates to trust for that server",
        HelpName = "file",
    };

    public static Verb Export() => new("export", "Write all that an account has, decrypted: a Maildir, .ics, .vcf, files", ExportAsync)
    {
        CommonArguments.Account,
        ToFolder,
        AsMbox,
        CommonOptions.Unlock,
    };

    public static Verb Import() => new("import", "Move in: take mail of elsewhere into an account; again is harmless", ImportAsync)
    {
        CommonArguments.Account,
        Source,
        SourcePassword,
        SourceAuthority,
        CommonOptions.Unlock,
    };

    private static async ValueTask<VerbAnswer> ExportAsync(VerbContext context, CancellationToken cancellation)
    {
        var (address, folder) = (context.Get(CommonArguments.Account), context.PathOf(ToFolder));
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            return context.Failed(ExitCode.Exists, $"{folder} is not empty: an export is never mixed with what is there");
        }

        return await WithSessionAsync(context, address, async session =>
        {
            DataDirectory.EnsurePrivate(folder);
            IMailExport export = context.Get(AsMbox)
                ? new MboxExport(session.Mail!, folder, context.Progress)
                : new MailExport(session.Mail!, folder, context.Progress);
            await export.RunAsync(cancellation);
            var damaged = export.Damaged.ToList();
            var filters = new FilterMove(session.Mail!.Filters, folder);
            filters.Export();
            var (items, octets) = (0L, 0L);
            context.Progress.Begin("items");
            foreach (var (realm, realmFolder) in ItemSheet.Realms)
            {
                var opened = await session.ItemsAsync(realm, cancellation);
                if (opened.Declined) return context.Declined(opened.Refusal, address);
                var one = new ItemExport(opened.Value!, folder, realmFolder, context.Progress);
                await one.RunAsync(cancellation);
                (items, octets) = (items + one.Items, octets + one.Octets);
                damaged.AddRange(one.Damaged);
            }

            Durable.FlushFileSystem(folder);
            var now = context.Composition.Time.GetUtcNow();
            var report = new ExportReport(
                1, address, folder, now, export.Mailboxes, export.Messages, export.Octets, items, octets, damaged);
            DataDirectory.ReplacePrivate(
                Path.Combine(folder, MailImport.ExportedFile), JsonSerializer.Serialize(report, AdminJson.Default.ExportReport) + "\n");
            Durable.FlushFolder(folder);
            var text = new StringBuilder(
                $"{report.Messages} messages, {report.Octets} bytes, of {report.Mailboxes} mailboxes are in {folder}, "
                + $"readable by whoever has it\n{items} files, calendar objects and contacts, {octets} bytes, are beside them, "
                + $"and {filters.Scripts} filter scripts\n");
            Tell(text, "DAMAGED", report.Damaged);
            return context.Done(report, AdminJson.Default.ExportReport, text.ToString(), Code(report.Damaged));
        }, cancellation);
    }

    private static async ValueTask<VerbAnswer> ImportAsync(VerbContext context, CancellationToken cancellation)
    {
        var (address, given) = (context.Get(CommonArguments.Account), context.Get(Source));
        var (source, failure) = SourceOf(context, given);
        if (source is null) return failure!;
        var folder = ImapPlace.IsUrl(given) ? given : context.PathOf(given);
        return await WithSessionAsync(context, address, async session =>
        {
            var import = new MailImport(session.Mail!, context.Progress);
            Refusal refusal;
            try
            {
                refusal = await import.RunAsync(source, cancellation);
            }
            catch (ImapRefusedException error)
            {
                return context.Failed(ExitCode.Denied, error.Message);
            }
            catch (IOException error) when (source is ImapSource)
            {
                return context.Failed(
                    ExitCode.Unavailable, $"{import.Added} messages came, then {error.Message}; run it again to go on");
            }

            var (notes, damaged) = (import.Notes.ToList(), import.Damaged.ToList());
            var filters = new FilterMove(session.Mail!.Filters, folder);
            if (refusal == Refusal.None) refusal = await filters.ImportAsync(cancellation);
            notes.AddRange(filters.Notes);
            damaged.AddRange(filters.Damaged);
            var (itemsAdded, itemsPresent) = (0L, 0L);
            context.Progress.Begin("items");
            foreach (var (realm, realmFolder) in File.Exists(Path.Combine(folder, MailImport.ExportedFile)) ? ItemSheet.Realms : [])
            {
                if (refusal != Refusal.None) break;
                var opened = await session.ItemsAsync(realm, cancellation);
                if (opened.Declined) return context.Declined(opened.Refusal, address);
                var one = new ItemImport(opened.Value!, folder, realmFolder, context.Progress);
                refusal = await one.RunAsync(cancellation);
                (itemsAdded, itemsPresent) = (itemsAdded + one.Added, itemsPresent + one.Present);
                notes.AddRange(one.Notes);
                damaged.AddRange(one.Damaged);
            }

            var stopped = refusal == Refusal.None ? null : $"{RefusalWords.Text(refusal, address)}; run it again to go on";
            var report = new ImportReport(
                address,
                folder,
                import.Mailboxes,
                import.Added,
                import.Present,
                import.Octets,
                itemsAdded,
                itemsPresent,
                notes,
                damaged,
                stopped);
            var text = new StringBuilder(
                $"{report.Added} messages, {report.Octets} bytes, added to {report.Mailboxes} mailboxes of {address}; "
                + $"{report.Present} were there\n"
                + $"{itemsAdded} files, calendar objects and contacts added; {itemsPresent} were there\n"
                + $"{filters.Scripts} filter scripts added\n");
            Tell(text, "NOTE", report.Notes);
            Tell(text, "DAMAGED", report.Damaged);
            if (stopped is not null) text.Append("STOPPED ").Append(stopped).Append('\n');
            var code = stopped is null ? Code(report.Damaged) : RefusalWords.Code(refusal);
            return context.Done(report, AdminJson.Default.ImportReport, text.ToString(), code);
        }, cancellation);
    }

    private static async ValueTask<VerbAnswer> WithSessionAsync(
        VerbContext context, string address, Func<Session, ValueTask<VerbAnswer>> run, CancellationToken cancellation)
    {
        var started = await Unlocking.StartAsync(context, address, cancellation);
        if (started.Declined) return Unlocking.Declined(context, started.Refusal, address);
        await using Session session = started.Value;
        if (session.Mail is null) return context.Declined(Refusal.NotPermitted, address);
        try
        {
            return await run(session);
        }
        catch (UnauthorizedAccessException error)
        {
            return context.Failed(ExitCode.Denied, error.Message);
        }
    }

    private static (IMailSource? Source, VerbAnswer? Failure) SourceOf(VerbContext context, string given)
    {
        if (!ImapPlace.IsUrl(given))
        {
            var path = context.PathOf(given);
            if (File.Exists(path))
            {
                return MboxSource.IsAt(path)
                    ? (new MboxSource(path), null)
                    : (null, context.Failed(ExitCode.Usage, $"{path} is no mbox: its first line is not \"From ...\""));
            }

            if (!Directory.Exists(path)) return (null, context.Failed(ExitCode.NotFound, $"{path}: there is no such file or folder"));
            var isMbox = !MaildirScan.Folders(path).Any(one => one.Mailbox is not null) && MboxSource.IsAt(path);
            return (isMbox ? new MboxSource(path) : new MaildirSource(path), null);
        }

        if (context.Get(SourcePassword) is not { } file)
        {
            return (null, context.Failed(ExitCode.Usage, "give --source-password FILE: the password of the account elsewhere"));
        }

        foreach (var needed in new[] { file, context.Get(SourceAuthority) }.OfType<string>().Select(context.PathOf))
        {
            if (!File.Exists(needed)) return (null, context.Failed(ExitCode.NotFound, $"{needed}: there is no such file"));
        }

        var password = File.ReadAllText(context.PathOf(file)).TrimEnd('\r', '\n');
        var authority = context.Get(SourceAuthority) is { } pem ? context.PathOf(pem) : null;
        return ImapPlace.Parse(given, password, authority) is { } place
            ? (new ImapSource(place, context.Time), null)
            : (null, context.Failed(ExitCode.Usage, $"{given} is not of the form imaps://USER@HOST[:PORT]"));
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
