using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Core.Shares.Proto;
using Google.Protobuf;

namespace CompatBot.Core.Shares;

/// <summary>What a link shows of a state. Pure.</summary>
internal static class LinkViews
{
    /// <summary>Files and folders that one link shows at most.</summary>
    public const int MembersMax = 10_000;

    /// <summary>Events or contacts that one link shows at most.</summary>
    public const int ObjectsMax = 50_000;

    /// <summary>Levels that one link shows at most.</summary>
    public const int LevelsMax = 32;

    private const string Color = "{http://apple.com/ns/ical/}calendar-color";

    /// <summary>The newest entry that changed what lies at a place; 0 when it is gone.</summary>
    /// <param name="state">With the items of the deed's collection in memory.</param>
    public static ulong Shown(ItemState state, LinkDeed deed)
    {
        var id = new CollectionId(deed.Collection);
        if (state.Find(id) is null || !state.IsThere(id)) return 0;
        return deed.Item.Length > 0
            ? state.Item(new ItemPlace(id, deed.Item))?.ChangedAt ?? 0
            : state.Subtree(id).Max(collection => Math.Max(collection.ChangedAt, collection.CreatedAt));
    }

    private static string TextOf(CollectionState collection, string property) =>
        collection.Properties.GetValueOrDefault(property) is { } stored ? XElement.Parse(stored).Value.Trim() : "";

    public static LinkedFile Of(ItemRow row) => new()
    {
        Name = row.Name,
        Content = ByteString.CopyFrom(row.Content.Key.ToBytes()),
        Depth = row.Content.Depth,
        Size = (ulong)row.Size,
        MediaType = row.MediaType ?? "",
        Modified = row.Modified,
        Item = row.Id,
        Version = row.Version,
        Digest = ByteString.CopyFrom(row.Digest.Span),
    };

    /// <summary>All files of a folder and of those below it.</summary>
    public static IEnumerable<LinkedFile> FilesOf(LinkedFolder folder) => folder.Files.Concat(folder.Folders.SelectMany(FilesOf));

    /// <summary>How much one link to a collection shows at most.</summary>
    public static int MostOf(CollectionState collection) => collection.Kind == CollectionKind.Folder ? MembersMax : ObjectsMax;

    /// <summary>A folder, calendar or address book with all that is below it.</summary>
    /// <param name="state">The collections.</param>
    /// <param name="table">The items of a collection.</param>
    public static async ValueTask<LinkedFolder> OfAsync(
        ItemState state, CollectionState folder, Func<CollectionState, ValueTask<ItemTable>> table)
    {
        var room = MostOf(folder);
        var all = await WalkAsync(folder, 1);
        all.Title = TextOf(folder, FirstCollections.DisplayName);
        all.Color = TextOf(folder, Color);
        return all;

        async ValueTask<LinkedFolder> WalkAsync(CollectionState one, int level)
        {
            var view = new LinkedFolder { Name = one.Name };
            foreach (var row in (await table(one)).Rows)
            {
                view.IsCut |= room-- <= 0;
                if (view.IsCut) return view;
                view.Files.Add(Of(row));
            }

            foreach (var child in one.Children.Values)
            {
                view.IsCut |= room-- <= 0 || level == LevelsMax;
                if (view.IsCut) return view;
                view.Folders.Add(await WalkAsync(state.Collections[child], level + 1));
            }

            return view;
        }
    }
}
