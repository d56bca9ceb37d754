using System.CommandLine;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>store undelete --realm: lists what of files, calendars or contacts can be brought back, or brings one of it back.</summary>
internal static class ItemUndelete
{
    public static Option<string?> OfRealm { get; } = new("--realm")
    {
        Description = "files, calendar or contacts; without --path: lists what can be brought back",
        HelpName = "realm",
    };

    public static Option<string?> OnePath { get; } = new("--path")
    {
        Description = "With --realm: a file, object, folder, calendar or address book by the path that it had",
        HelpName = "path",
    };

    /// <param name="context">Of the verb.</param>
    /// <param name="session">Of the account.</param>
    /// <param name="realmName">As typed.</param>
    /// <param name="asPath">Where it goes; null: where it was.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public static async ValueTask<VerbAnswer> RunAsync(
        VerbContext context, Session session, string realmName, string? asPath, CancellationToken cancellation)
    {
        var isRealm = Enum.TryParse<Realm>(realmName, ignoreCase: true, out var realm);
        if (!isRealm || realm is not (Realm.Files or Realm.Calendar or Realm.Contacts))
        {
            return context.Failed(ExitCode.Usage, $"--realm {realmName}: files, calendar or contacts");
        }

        var opened = await session.ItemsAsync(realm, cancellation);
        if (opened.Declined) return context.Declined(opened.Refusal, realmName);
        var items = opened.Value!;
        var gone = await GoneAsync(items, cancellation);
        if (context.Get(OnePath) is not { } path)
        {
            var list = gone.Select(one => new GoneReport(one.Path, one.Item is null, one.Item?.Time, one.Item?.Row.Size)).ToList();
            return context.Done<IReadOnlyList<GoneReport>>(
                list, AdminJson.Default.IReadOnlyListGoneReport, string.Join('\n', list.Select(Text)));
        }

        var wanted = string.Join('/', FolderPaths.NamesOf(path));
        if (gone.FindLast(one => one.Path == wanted) is not { } found)
        {
            return context.Failed(ExitCode.NotFound, $"{path}: nothing to bring back");
        }

        var names = FolderPaths.NamesOf(asPath ?? path);
        var place = names.Count == 0 ? null : (await items.FindAsync(names, cancellation))?.Place;
        if (place is null)
        {
            return context.Failed(ExitCode.NotFound, $"{path}: its folder is gone too: bring that back first, or give --as");
        }

        var refusal = found.Item is { } item
            ? (await items.RestoreAsync(item, place.Value, cancellation)).Refusal
            : (await items.RestoreAsync(found.Collection!.Value, place.Value, cancellation)).Refusal;
        if (refusal == Refusal.AlreadyExists)
        {
            return context.Failed(ExitCode.Exists, $"{asPath ?? path} is there already: give a free path by --as");
        }

        if (refusal != Refusal.None) return context.Declined(refusal, path);
        var report = new RestoredReport(realmName, string.Join('/', names));
        return context.Done(report, AdminJson.Default.RestoredReport, $"{report.Path} is back");
    }

    private static string Text(GoneReport one) =>
        one.IsCollection ? $"{one.Path}/" : $"{one.Path}  deleted {one.GoneAt:yyyy-MM-dd HH:mm:ss}, {one.Octets} bytes";

    /// <summary>The newest of each path last.</summary>
    private static async ValueTask<List<Gone>> GoneAsync(ItemStore items, CancellationToken cancellation)
    {
        var found = new List<(ulong At, Gone Gone)>();
        await foreach (var item in items.GoneAsync(cancellation))
        {
            if (items.State.Find(item.Collection) is null) continue;
            found.Add((item.GoneAt, new Gone(string.Join('/', [.. items.State.PathOf(item.Collection), item.Row.Name]), item, null)));
        }

        foreach (var id in items.State.Removed)
        {
            if (items.State.Find(id) is not { } collection) continue;
            found.Add((collection.RemovedAt, new Gone(string.Join('/', items.State.PathOf(id)), null, id)));
        }

        return [.. found.OrderBy(one => one.At).Select(one => one.Gone)];
    }
    private sealed record Gone(string Path, GoneItem? Item, CollectionId? Collection);
}
