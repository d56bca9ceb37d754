using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite.Native;

namespace CompatBot.Storage.Sqlite.Writing;

/// <summary>Clears away the rows of removed accounts, a slice in each transaction so that nobody else waits long.</summary>
internal static class ShelfWipe
{
    /// <summary>Rows of each table that one slice deletes.</summary>
    private const int SliceRows = 500;

    private static readonly Query NextDoomed = new("SELECT id FROM doomed_shelf LIMIT 1");
    private static readonly Query Finish = new("DELETE FROM doomed_shelf WHERE id = ?1");

    private static readonly Query WipeBlobs = new(
        "DELETE FROM blob WHERE id IN (SELECT id FROM blob WHERE shelf = ?1 LIMIT ?2) RETURNING file");

    private static readonly Query[] Others =
    [
        new("DELETE FROM journal WHERE shelf = ?1 AND sequence IN (SELECT sequence FROM journal WHERE shelf = ?1 LIMIT ?2)"),
        new("DELETE FROM snapshot WHERE id IN (SELECT id FROM snapshot WHERE shelf = ?1 LIMIT ?2)"),
        new("DELETE FROM drop_item WHERE id IN (SELECT id FROM drop_item WHERE shelf = ?1 LIMIT ?2)"),
        new("DELETE FROM realm_usage WHERE shelf = ?1 AND realm IN (SELECT realm FROM realm_usage WHERE shelf = ?1 LIMIT ?2)"),
        new("DELETE FROM drop_box WHERE shelf = ?1 AND realm IN (SELECT realm FROM drop_box WHERE shelf = ?1 LIMIT ?2)"),
    ];

    /// <returns>None while there is more to do; NotFound when nothing is left.</returns>
    public static Refusal Slice(SqliteShelves shelves)
    {
        var connection = shelves.Connection;
        var next = connection[NextDoomed];
        if (!next.Step())
        {
            return Refusal.NotFound;
        }

        var shelf = next.Int64(0);
        next.Reset();
        var wiped = 0;
        var blobs = connection[WipeBlobs];
        blobs.Bind(1, shelf);
        blobs.Bind(2, SliceRows);
        while (blobs.Step())
        {
            wiped++;
            if (!blobs.IsNull(0))
            {
                shelves.DeleteFileAfterCommit(blobs.Int64(0));
            }
        }

        foreach (var query in Others)
        {
            var wipe = connection[query];
            wipe.Bind(1, shelf);
            wipe.Bind(2, SliceRows);
            wipe.Run();
            wiped += connection.Changes;
        }

        if (wiped == 0)
        {
            var finish = connection[Finish];
            finish.Bind(1, shelf);
            finish.Run();
        }

        return Refusal.None;
    }
}
