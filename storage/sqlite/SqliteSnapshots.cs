using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite.Native;
using CompatBot.Storage.Sqlite.Reading;
using CompatBot.Storage.Sqlite.Writing;

namespace CompatBot.Storage.Sqlite;

/// <summary>Snapshot pieces: rows like blobs, in a table of their own, replaced in place.</summary>
internal sealed class SqliteSnapshots(SqliteWriter writer, SqliteReaders readers) : ISnapshotStore
{
    private static readonly Query Put = new(
        "INSERT INTO snapshot (shelf, name, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (shelf, name) DO UPDATE SET bytes = excluded.bytes");

    private static readonly Query Delete = new("DELETE FROM snapshot WHERE shelf = ?1 AND name = ?2");
    private static readonly Query Clear = new("DELETE FROM snapshot WHERE shelf = ?1");

    private static readonly Query Get = new(
        "SELECT bytes FROM snapshot WHERE shelf = (SELECT id FROM shelf WHERE account = ?1) AND name = ?2");

    public ValueTask<Refusal> ReplaceAsync(
        AccountId account, IReadOnlyList<SealedBlob> put, IReadOnlyList<BlobName> delete, CancellationToken cancellation)
    {
        StoreArguments.CheckPieces(put);
        return writer.WriteAsync(shelves =>
        {
            Replace(shelves.Connection, shelves.FindOrAdd(account), put, delete);
            return Refusal.None;
        }, BlobRows.BytesOf(put, null), cancellation);
    }

    public ValueTask<byte[]?> GetAsync(AccountId account, BlobName name, CancellationToken cancellation) =>
        readers.ReadAsync(static (connection, key) =>
        {
            var get = connection[Get];
            BlobQueries.Bind(get, key.account, key.name);
            if (!get.Step())
            {
                return null;
            }

            var bytes = get.Bytes(0);
            get.Reset();
            return bytes;
        }, (account, name), cancellation);

    public ValueTask<Refusal> ClearAsync(AccountId account, CancellationToken cancellation) => writer.WriteAsync(shelves =>
    {
        if (shelves.Find(account) is { } shelf)
        {
            var clear = shelves.Connection[Clear];
            clear.Bind(1, shelf.Id);
            clear.Run();
        }

        return Refusal.None;
    }, 0, WriteAim.Free, cancellation);

    private static void Replace(
        SqliteConnection connection, Shelf shelf, IReadOnlyList<SealedBlob> put, IReadOnlyList<BlobName> delete)
    {
        foreach (var name in delete)
        {
            var statement = connection[Delete];
            statement.Bind(1, shelf.Id);
            BlobRows.Bind(statement, 2, name);
            statement.Run();
        }

        foreach (var piece in put)
        {
            var statement = connection[Put];
            statement.Bind(1, shelf.Id);
            BlobRows.Bind(statement, 2, piece.Name);
            statement.RunWith(3, piece.Bytes.Span);
        }
    }
}
