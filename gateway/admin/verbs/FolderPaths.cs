using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>Paths of files and folders, as they are typed: work/plan.odt.</summary>
internal static class FolderPaths
{
    public static List<string> NamesOf(string path) =>
        [.. path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(ItemNames.Fold)];

    /// <summary>A folder of the files; it, and those above it, are made if missing.</summary>
    /// <returns>Or AlreadyExists: a file is there; and what core says.</returns>
    public static async ValueTask<Outcome<CollectionId>> MakeAsync(Session session, string path, CancellationToken cancellation)
    {
        var opened = await session.ItemsAsync(Realm.Files, cancellation);
        if (opened.Declined) return opened.Refusal;
        var (items, names) = (opened.Value, NamesOf(path));
        var folder = CollectionId.Root;
        for (var level = 1; level <= names.Count; level++)
        {
            var found = (await items.FindAsync([.. names.Take(level)], cancellation))!;
            if (found.Item is not null) return Refusal.AlreadyExists;
            if (found.Collection is { } there)
            {
                folder = there.Id;
                continue;
            }

            var made = await items.CreateAsync(found.Place, new NewCollection(CollectionKind.Folder), null, cancellation);
            if (made.Declined) return made.Refusal;
            folder = made.Value;
        }

        return folder;
    }
}
