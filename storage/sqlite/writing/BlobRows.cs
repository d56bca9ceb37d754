using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite.Native;
using CompatBot.Storage.Sqlite.Reading;

namespace CompatBot.Storage.Sqlite.Writing;

/// <summary>The writer's part of blobs. Called within a transaction.</summary>
internal static class BlobRows
{
    // Bits 16 and up of `holders` are the epoch. A column behind `bytes` would have to be looked for behind them, on pages of its own.
    // The bytes of a name that exists stay; a row that has the holders and the hour already is not written again.
    private const string Again = " ON CONFLICT (shelf, name) DO UPDATE SET holders = holders | ?3, put = max(put, ?4) "
        + "WHERE holders & ?3 <> ?3 OR put < ?4 ";

    private static readonly Query InsertRow = new(
        "INSERT INTO blob (shelf, name, holders, put, bytes) VALUES (?1, ?2, ?3 | (?7 << 16), ?4, ?5)" + Again);

    private static readonly Query InsertFile = new(
        "INSERT INTO blob (shelf, name, holders, put, length, file) VALUES (?1, ?2, ?3 | (?7 << 16), ?4, ?5, ?6)"
        + Again + "RETURNING file");

    private const string Other =
        "holders = (holders & 65535) | (?7 << 16) WHERE shelf = ?1 AND name = ?2 AND file IS ?3 AND bytes IS ?4 RETURNING 1";

    private static readonly Query UpdateEpoch = new("UPDATE blob SET " + Other);

    private static readonly Query UpdateBytes = new("UPDATE blob SET bytes = ?5, length = NULL, file = NULL, " + Other);

    private static readonly Query UpdateFile = new("UPDATE blob SET bytes = NULL, length = ?5, file = ?6, " + Other);

    private static readonly Query DeleteRow = new("DELETE FROM blob WHERE shelf = ?1 AND name = ?2 RETURNING file");

    private static readonly Query DeleteHeld = new(
        "DELETE FROM blob WHERE shelf = ?1 AND name = ?2 AND holders & 65535 & ~?3 = 0 AND put < ?4 "
        + "RETURNING file, coalesce(length, length(bytes))");

    private static readonly Query LetGo = new(
        "UPDATE blob SET holders = holders & ~?3 WHERE shelf = ?1 AND name = ?2 AND holders & ?3 <> 0 AND put < ?4");

    /// <param name="shelves">The writer's view, in a transaction.</param>
    /// <param name="shelf">The account's.</param>
    /// <param name="holders">Who holds the blobs from now on.</param>
    /// <param name="blobs">What is put.</param>
    /// <param name="files">The blobs that lie in files already, in the order of <paramref name="blobs"/>; null: none.</param>
    public static void Put(
        SqliteShelves shelves, Shelf shelf, BlobHolders holders, IReadOnlyList<SealedBlob> blobs, long?[]? files)
    {
        for (var i = 0; i < blobs.Count; i++)
        {
            if (files?[i] is { } file)
            {
                var insert = Insert(shelves, InsertFile, shelf, holders, blobs[i]);
                insert.Bind(5, blobs[i].Bytes.Length);
                insert.Bind(6, file);
                var isNamed = false;
                if (insert.Step())
                {
                    isNamed = !insert.IsNull(0) && insert.Int64(0) == file;
                    insert.Reset();
                }

                if (!isNamed)
                {
                    shelves.DeleteFileAfterCommit(file); // The blob was there already, under another file or as a row.
                }
            }
            else
            {
                Insert(shelves, InsertRow, shelf, holders, blobs[i]).RunWith(5, blobs[i].Bytes.Span);
            }
        }
    }

    /// <summary>Gives blobs other bytes, or another epoch, where they are still what they were.</summary>
    /// <param name="files">The blobs that lie in new files already, in the order of <paramref name="changes"/>; null: none.</param>
    /// <returns>How many were changed.</returns>
    public static int Rewrite(SqliteShelves shelves, AccountId account, IReadOnlyList<BlobChange> changes, long?[]? files)
    {
        var count = 0;
        var shelf = shelves.Find(account);
        for (var i = 0; i < changes.Count; i++)
        {
            var (was, blob, sameBytes) = changes[i];
            var file = files?[i];
            var update = shelves.Connection[sameBytes ? UpdateEpoch : file is null ? UpdateBytes : UpdateFile];
            update.Bind(1, shelf?.Id ?? 0);
            Bind(update, 2, blob.Name);
            if (was.File is { } before) update.Bind(3, before);
            else update.BindNull(3);
            if (was.Bytes is { } bytes) update.Bind(4, bytes);
            else update.BindNull(4);
            if (!sameBytes && file is { } number)
            {
                update.Bind(5, blob.Bytes.Length);
                update.Bind(6, number);
            }
            else if (!sameBytes)
            {
                update.Bind(5, blob.Bytes.Span);
            }

            update.Bind(7, blob.Epoch);
            var isChanged = update.Step();
            if (isChanged)
            {
                update.Reset();
                count++;
            }

            var useless = isChanged ? sameBytes ? null : was.File : file;
            if (useless is { } gone)
            {
                shelves.DeleteFileAfterCommit(gone);
            }
        }

        return count;
    }

    /// <summary>Ends what the holders have of blobs that were last put before an hour; deletes what nobody holds then.</summary>
    public static ReleasedBlobs Release(
        SqliteShelves shelves, AccountId account, BlobHolders holders, IReadOnlyList<BlobName> names, long putBeforeHour)
    {
        if (shelves.Find(account) is not { } shelf)
        {
            return default;
        }

        var (blobs, bytes) = (0L, 0L);
        foreach (var name in names)
        {
            var delete = shelves.Connection[DeleteHeld];
            BindHeld(delete, shelf, name, holders, putBeforeHour);
            if (delete.Step())
            {
                (blobs, bytes) = (blobs + 1, bytes + delete.Int64(1));
                if (!delete.IsNull(0))
                {
                    shelves.DeleteFileAfterCommit(delete.Int64(0));
                }

                delete.Reset();
                continue;
            }

            var letGo = shelves.Connection[LetGo];
            BindHeld(letGo, shelf, name, holders, putBeforeHour);
            letGo.Run();
        }

        return new ReleasedBlobs(blobs, bytes);
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

    private static SqliteStatement Insert(SqliteShelves shelves, Query query, Shelf shelf, BlobHolders holders, SealedBlob blob)
    {
        var insert = shelves.Connection[query];
        BindHeld(insert, shelf, blob.Name, holders, shelves.Hour);
        insert.Bind(7, blob.Epoch);
        return insert;
    }

    private static void BindHeld(SqliteStatement statement, Shelf shelf, BlobName name, BlobHolders holders, long hour)
    {
        statement.Bind(1, shelf.Id);
        Bind(statement, 2, name);
        statement.Bind(3, (long)holders);
        statement.Bind(4, hour);
    }
}

/// <summary>What is to become of a blob.</summary>
/// <param name="Was">The row as it was read.</param>
/// <param name="SameBytes">Only the epoch is another one.</param>
internal readonly record struct BlobChange(BlobRow Was, SealedBlob Blob, bool SameBytes);
