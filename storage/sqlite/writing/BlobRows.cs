using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite.Native;

namespace CompatBot.Storage.Sqlite.Writing;

/// <summary>The writer's part of blobs. Called within a transaction.</summary>
internal static class BlobRows
{
    private static readonly Query InsertRow = new("INSERT OR IGNORE INTO blob (shelf, name, bytes) VALUES (?1, ?2, ?3)");
    private static readonly Query InsertFile = new("INSERT OR IGNORE INTO blob (shelf, name, length, file) VALUES (?1, ?2, ?3, ?4)");
    private static readonly Query DeleteRow = new("DELETE FROM blob WHERE shelf = ?1 AND name = ?2 RETURNING file");

    /// <param name="files">The blobs that lie in files already, in the order of <paramref name="blobs"/>; null: none.</param>
    public static void Put(SqliteShelves shelves, Shelf shelf, IReadOnlyList<SealedBlob> blobs, long?[]? files)
    {
        for (var i = 0; i < blobs.Count; i++)
        {
            if (files?[i] is { } file)
            {
                PutFile(shelves, shelf, blobs[i], file);
            }
            else
            {
                PutRow(shelves.Connection, shelf, blobs[i]);
            }
        }
    }

    /// <summary>What the blobs add to a transaction, files apart.</summary>
    public static long BytesOf(IReadOnlyList<SealedBlob> blobs, long?[]? files)
    {
        var bytes = 0L;
        for (var i = 0; i < blobs.Count; i++)
        {
            bytes += files?[i] is null ? blobs[i].Bytes.Length : BlobName.Length;
        }

        return bytes;
    }

    public static void Delete(SqliteShelves shelves, AccountId account, IReadOnlyList<BlobName> names)
    {
        if (shelves.Find(account) is not { } shelf)
        {
            return;
        }

        var delete = shelves.Connection[DeleteRow];
        foreach (var name in names)
        {
            delete.Bind(1, shelf.Id);
            Bind(delete, 2, name);
            if (delete.Step())
            {
                if (!delete.IsNull(0))
                {
                    shelves.DeleteFileAfterCommit(delete.Int64(0));
                }

                delete.Reset();
            }
        }
    }

    public static void Bind(SqliteStatement statement, int index, BlobName name)
    {
        Span<byte> bytes = stackalloc byte[BlobName.Length];
        name.WriteTo(bytes);
        statement.Bind(index, bytes);
    }

    private static void PutRow(SqliteConnection connection, Shelf shelf, SealedBlob blob)
    {
        var insert = connection[InsertRow];
        insert.Bind(1, shelf.Id);
        Bind(insert, 2, blob.Name);
        insert.RunWith(3, blob.Bytes.Span);
    }

    private static void PutFile(SqliteShelves shelves, Shelf shelf, SealedBlob blob, long file)
    {
        var insert = shelves.Connection[InsertFile];
        insert.Bind(1, shelf.Id);
        Bind(insert, 2, blob.Name);
        insert.Bind(3, blob.Bytes.Length);
        insert.Bind(4, file);
        insert.Run();
        if (shelves.Connection.Changes == 0)
        {
            shelves.DeleteFileAfterCommit(file); // The blob was there already, under another file or as a row.
        }
    }
}
