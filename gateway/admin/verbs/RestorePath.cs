using System.CommandLine;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>store restore-path: a file or folder as it was at a moment, in the place of what is there now or beside it.</summary>
internal static class RestorePath
{
    private static readonly Argument<string> WantedPath = new("path") { Description = "Of a file or folder, such as work/plan.odt" };

    private static readonly Option<string?> OtherPath = new("--as")
    {
        Description = "Where it goes; otherwise where it was",
        HelpName = "path",
    };

    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "What is there now goes; it can be undeleted" };

    public static Verb Create() => new("restore-path", "Bring a file or folder back as it was at a moment (--at)", RestoreAsync)
    {
        HistoryVerbs.OneAddress,
        WantedPath,
        HistoryVerbs.At,
        OtherPath,
        Overwrite,
        CommonOptions.Unlock,
    };

    private static ValueTask<VerbAnswer> RestoreAsync(VerbContext context, CancellationToken cancellation) =>
        HistoryVerbs.WithSessionAsync(context, session => RestoreAsync(context, session, cancellation), cancellation);

    private static async ValueTask<VerbAnswer> RestoreAsync(VerbContext context, Session session, CancellationToken cancellation)
    {
        if (context.Get(HistoryVerbs.At) is not { } time) return context.Failed(ExitCode.Usage, "--at: give the moment");
        var path = context.Get(WantedPath);
        var opened = await session.ItemsAsync(Realm.Files, cancellation);
        if (opened.Declined) return context.Declined(opened.Refusal, path);
        var items = opened.Value!;
        if (await items.AtAsync(time, cancellation) is not { } past)
        {
            return context.Failed(ExitCode.NotFound, $"{time:u}: nothing of then can be brought back (account horizon)");
        }

        if (await past.FindAsync(FolderPaths.NamesOf(path), cancellation) is not { IsNothing: false } found)
        {
            return context.Failed(ExitCode.NotFound, $"{path}: was not there then");
        }

        var (target, names) = (context.Get(OtherPath) ?? path, FolderPaths.NamesOf(context.Get(OtherPath) ?? path));
        if (names.Count == 0) return context.Failed(ExitCode.Usage, "Everything at once goes beside what is there now: give --as");
        if (await items.FindAsync(names, cancellation) is not { } place)
        {
            return context.Failed(ExitCode.NotFound, $"{target}: its folder is not there: bring that back first, or give --as");
        }

        var restored = await items.RestoreAsync(past, found, place.Place, context.Get(Overwrite), null, cancellation);
        if (restored.Refusal == Refusal.AlreadyExists)
        {
            return context.Failed(ExitCode.Exists, $"{target} is there already: give a free path by --as, or --overwrite");
        }

        if (restored.Declined) return context.Declined(restored.Refusal, target);
        var report = new RestoredReport("files", string.Join('/', names));
        return context.Done(report, AdminJson.Default.RestoredReport, $"{report.Path} is as it was at {time:u}");
    }
}
