using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Items;

/// <summary>An item as it was before it was removed or replaced.</summary>
/// <param name="Collection">Where it was.</param>
/// <param name="GoneAt">The entry that did it.</param>
/// <param name="Time">When.</param>
/// <param name="Replaced">An item of the same name took its place.</param>
public sealed record GoneItem(CollectionId Collection, ItemRow Row, ulong GoneAt, DateTimeOffset Time, bool Replaced);

/// <summary>Reads what is no longer in the state out of the journal's entries.</summary>
internal static class ItemHistory
{
    /// <summary>
    /// Items that were removed or replaced, in order. An item that the same entry removes and puts elsewhere was moved, and is not among
    /// them.
    /// </summary>
    public static async IAsyncEnumerable<GoneItem> GoneAsync(IAsyncEnumerable<(EntryHeader Header, Change Change)> entries)
    {
        await foreach (var (header, change) in entries)
        {
            foreach (var gone in Gone(header, change)) yield return gone;
        }
    }

    /// <summary>What one entry removed or replaced.</summary>
    public static IEnumerable<GoneItem> Gone(EntryHeader header, Change change)
    {
        foreach (var operation in change.Operations)
        {
            var (collection, row, replaced) = operation.KindCase switch
            {
                Operation.KindOneofCase.ItemRemoved when !Puts(change, operation.ItemRemoved.Row.Item) =>
                    (operation.ItemRemoved.Collection, operation.ItemRemoved.Row, false),
                Operation.KindOneofCase.ItemPut when operation.ItemPut.Replaced is { } before =>
                    (operation.ItemPut.Collection, before, true),
                _ => (0UL, null, false),
            };
            if (row is null) continue;
            var time = JournalClock.TimeOf(header.TimeMicroseconds);
            yield return new GoneItem(new CollectionId(collection), ItemRow.Read(row, 0), header.Sequence, time, replaced);
        }
    }

    /// <summary>
    /// Places that something left, removed or moved away: those where nothing is now are what a client has to forget (RFC 6578).
    /// </summary>
    public static async IAsyncEnumerable<ItemPlace> LeftAsync(IAsyncEnumerable<(EntryHeader Header, Change Change)> entries)
    {
        await foreach (var (_, change) in entries)
        {
            foreach (var operation in change.Operations)
            {
                switch (operation.KindCase)
                {
                    case Operation.KindOneofCase.ItemRemoved:
                        yield return Place(operation.ItemRemoved.Collection, operation.ItemRemoved.Row.Name);
                        break;
                    case Operation.KindOneofCase.CollectionRemoved:
                        yield return Place(operation.CollectionRemoved.Parent, operation.CollectionRemoved.Name);
                        break;
                    case Operation.KindOneofCase.CollectionMoved:
                        yield return Place(operation.CollectionMoved.OldParent, operation.CollectionMoved.OldName);
                        break;
                }
            }
        }
    }

    private static ItemPlace Place(ulong collection, string name) => new(new CollectionId(collection), name);

    private static bool Puts(Change change, ulong item) =>
        change.Operations.Any(operation => operation.KindCase == Operation.KindOneofCase.ItemPut && operation.ItemPut.Row.Item == item);
}
