using System.Runtime.CompilerServices;
using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite.Files;
using CompatBot.Storage.Sqlite.Native;
using CompatBot.Storage.Sqlite.Reading;
using CompatBot.Storage.Sqlite.Writing;

namespace CompatBot.Storage.Sqlite;

/// <summary>The dropbox: rows under (shelf, realm, number); and a row for each realm with the last number, which outlives them.</summary>
internal sealed class SqliteDropbox(SqliteWriter writer, SqliteReaders readers, LargeBlobs large) : IDropbox
{
    /// <summary>A read gives its connection back after this many bytes.</summary>
    private const int PageBytes = 1 << 20;

    private static readonly Query NextNumber = new(
        "INSERT INTO drop_box (shelf, realm, last, items, bytes, octets) VALUES (?1, ?2, 1, 1, ?3, ?4) ON CONFLICT (shelf, realm) "
        + "DO UPDATE SET last = last + 1, items = items + 1, bytes = bytes + ?3, octets = octets + ?4 RETURNING last");

    private static readonly Query Skip = new(
        "INSERT INTO drop_box (shelf, realm, last, items, bytes) VALUES (?1, ?2, ?3, 0, 0) "
        + "ON CONFLICT (shelf, realm) DO UPDATE SET last = max(last, ?3)");

    private static readonly Query Last = new(
        "SELECT last FROM drop_box WHERE shelf = (SELECT id FROM shelf WHERE account = ?1) AND realm = ?2");

    private static readonly Query Insert = new(
        "INSERT INTO drop_item (shelf, realm, number, bytes, octets) VALUES (?1, ?2, ?3, ?4, ?5)");

    private static readonly Query Delete = new(
        "DELETE FROM drop_item WHERE shelf = ?1 AND realm = ?2 AND number <= ?3 RETURNING length(bytes), octets");

    private static readonly Query Deduct = new(
        "UPDATE drop_box SET items = items - ?3, bytes = bytes - ?4, octets = octets - ?5 WHERE shelf = ?1 AND realm = ?2");

    private static readonly Query Read = new(
        "SELECT number, bytes FROM drop_item WHERE shelf = (SELECT id FROM shelf WHERE account = ?1) "
        + "AND realm = ?2 AND number > ?3 ORDER BY number");

    private static readonly Query Depth = new(
        "SELECT items, bytes FROM drop_box WHERE shelf = (SELECT id FROM shelf WHERE account = ?1) AND realm = ?2");

    public async ValueTask<Refusal> PutAsync(IReadOnlyList<DroppedItem> items, CancellationToken cancellation)
    {
        StoreArguments.Check(items);
        cancellation.ThrowIfCancellationRequested();
        var files = new List<long?[]?>(items.Count);
        var refusal = Refusal.None;
        for (var i = 0; i < items.Count && refusal == Refusal.None; i++)
        {
            var written = ((long?[]?)null, Refusal.None);
            if (large.Any(items[i].Blobs))
            {
                written = await large.WriteAsync(items[i].Account, items[i].Blobs);
            }

            files.Add(written.Item1);
            refusal = written.Item2;
        }

        if (refusal == Refusal.None)
        {
            refusal = await writer.WriteAsync(
                shelves => Put(shelves, items, files), items.Select((item, i) => BytesOf(item, files[i])).Sum(), CancellationToken.None);
        }

        foreach (var written in files)
        {
            large.AfterRefusal(written, refusal);
        }

        return refusal;
    }

    public async IAsyncEnumerable<(ulong Number, byte[] Bytes)> ReadAsync(
        AccountId account, Realm realm, ulong after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        List<(ulong Number, byte[] Bytes)> page;
        do
        {
            page = await readers.ReadAsync(ReadPage, (account, realm, after), cancellation);
            foreach (var item in page)
            {
                yield return item;
                after = item.Number;
            }
        }
        while (page.Count > 0);
    }

    public ValueTask<Refusal> DeleteAsync(
        AccountId account, Realm realm, ulong through, IReadOnlyList<BlobName> blobs, CancellationToken cancellation) =>
        writer.WriteAsync(shelves =>
        {
            if (shelves.Find(account) is { } shelf)
            {
                DeleteItems(shelves.Connection, shelf, realm, through);
                BlobRows.Delete(shelves, account, blobs);
            }

            return Refusal.None;
        }, blobs.Count * BlobName.Length, WriteAim.Free, cancellation);

    public ValueTask<ulong> LastNumberAsync(AccountId account, Realm realm, CancellationToken cancellation) =>
        readers.ReadAsync(static (connection, key) =>
        {
            var last = connection[Last];
            BlobQueries.Bind(last, key.account);
            last.Bind(2, (long)key.realm);
            var number = last.Step() ? (ulong)last.Int64(0) : 0;
            last.Reset();
            return number;
        }, (account, realm), cancellation);

    public ValueTask<Refusal> SkipNumbersAsync(AccountId account, Realm realm, ulong last, CancellationToken cancellation) =>
        writer.WriteAsync(shelves =>
        {
            var skip = shelves.Connection[Skip];
            skip.Bind(1, shelves.FindOrAdd(account).Id);
            skip.Bind(2, (long)realm);
            skip.Bind(3, (long)Math.Min(last, long.MaxValue));
            skip.Run();
            return Refusal.None;
        }, 0, cancellation);

    public ValueTask<(long Items, long Bytes)> DepthAsync(AccountId account, Realm realm, CancellationToken cancellation) =>
        readers.ReadAsync(static (connection, key) =>
        {
            var depth = connection[Depth];
            BlobQueries.Bind(depth, key.account);
            depth.Bind(2, (long)key.realm);
            var result = depth.Step() ? (depth.Int64(0), depth.Int64(1)) : default;
            depth.Reset();
            return result;
        }, (account, realm), cancellation);

    private static List<(ulong Number, byte[] Bytes)> ReadPage(
        SqliteConnection connection, (AccountId Account, Realm Realm, ulong After) from)
    {
        var page = new List<(ulong, byte[])>();
        var read = connection[Read];
        BlobQueries.Bind(read, from.Account);
        read.Bind(2, (long)from.Realm);
        read.Bind(3, (long)Math.Min(from.After, long.MaxValue));
        var bytes = 0;
        while (read.Step())
        {
            page.Add(((ulong)read.Int64(0), read.Bytes(1)));
            bytes += page[^1].Item2.Length;
            if (bytes >= PageBytes)
            {
                read.Reset();
                break;
            }
        }

        return page;
    }

    private static void DeleteItems(SqliteConnection connection, Shelf shelf, Realm realm, ulong through)
    {
        var delete = connection[Delete];
        delete.Bind(1, shelf.Id);
        delete.Bind(2, (long)realm);
        delete.Bind(3, (long)Math.Min(through, long.MaxValue));
        var (items, bytes, octets) = (0L, 0L, 0L);
        while (delete.Step())
        {
            items++;
            bytes += delete.Int64(0);
            octets += delete.Int64(1);
        }

        var deduct = connection[Deduct];
        deduct.Bind(1, shelf.Id);
        deduct.Bind(2, (long)realm);
        deduct.Bind(3, items);
        deduct.Bind(4, bytes);
        deduct.Bind(5, octets);
        deduct.Run();
    }

    private static Refusal Put(SqliteShelves shelves, IReadOnlyList<DroppedItem> items, List<long?[]?> files)
    {
        for (var i = 0; i < items.Count; i++)
        {
            var item = items[i];
            var shelf = shelves.FindOrAdd(item.Account);
            var next = shelves.Connection[NextNumber];
            next.Bind(1, shelf.Id);
            next.Bind(2, (long)item.Realm);
            next.Bind(3, item.Bytes.Length);
            next.Bind(4, item.Octets);
            next.Step();
            var number = next.Int64(0);
            next.Reset();

            var insert = shelves.Connection[Insert];
            insert.Bind(1, shelf.Id);
            insert.Bind(2, (long)item.Realm);
            insert.Bind(3, number);
            insert.Bind(5, item.Octets);
            insert.RunWith(4, item.Bytes.Span);

            BlobRows.Put(shelves, shelf, BlobHolder.DropOf(item.Realm), item.Blobs, files[i]);
        }

        return Refusal.None;
    }

    private static long BytesOf(DroppedItem item, long?[]? files) => item.Bytes.Length + BlobRows.BytesOf(item.Blobs, files);
}
