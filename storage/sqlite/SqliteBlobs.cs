using System.Runtime.CompilerServices;
using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite.Files;
using CompatBot.Storage.Sqlite.Reading;
using CompatBot.Storage.Sqlite.Writing;

namespace CompatBot.Storage.Sqlite;

/// <summary>Blobs: small ones as rows, large ones as files that a row names.</summary>
internal sealed class SqliteBlobs(SqliteWriter writer, SqliteReaders readers, BlobFiles files, LargeBlobs large) : IBlobStore
{
    private const int ListCount = 1000;

    public async ValueTask<Refusal> PutAsync(
        AccountId account, BlobHolders holders, IReadOnlyList<SealedBlob> blobs, CancellationToken cancellation)
    {
        StoreArguments.Check(blobs);
        cancellation.ThrowIfCancellationRequested();
        long?[]? written = null;
        if (large.Any(blobs))
        {
            (written, var failed) = await large.WriteAsync(account, blobs);
            if (failed != Refusal.None)
            {
                return failed;
            }
        }

        var refusal = await writer.WriteAsync(shelves =>
        {
            BlobRows.Put(shelves, shelves.FindOrAdd(account), holders, blobs, written);
            return Refusal.None;
        }, BlobRows.BytesOf(blobs, written), CancellationToken.None);
        large.AfterRefusal(written, refusal);
        return refusal;
    }

    public async ValueTask<byte[]?> GetAsync(AccountId account, BlobName name, CancellationToken cancellation) =>
        await ReadAsync(account, name, await FindAsync(account, name, cancellation), cancellation);

    public async ValueTask<int> ReadAsync(AccountId account, BlobName name, Memory<byte> room, CancellationToken cancellation)
    {
        var (row, read) = await readers.ReadAsync(
            static (connection, key) => BlobQueries.Read(connection, key.account, key.name, key.room), (account, name, room), cancellation);
        if (read >= 0) return read;
        if (row.File is { } file && files.Read(file, room.Span[..(int)Math.Min(row.Length, room.Length)])) return (int)row.Length;
        var bytes = await ReadAsync(account, name, row, cancellation);
        return bytes is null ? -1 : StoreArguments.Lend(bytes, room);
    }

    public async ValueTask<byte[]?[]> GetAsync(AccountId account, IReadOnlyList<BlobName> names, CancellationToken cancellation)
    {
        var rows = await readers.ReadAsync(
            static (connection, key) => BlobQueries.FindAll(connection, key.account, key.names), (account, names), cancellation);
        var blobs = new byte[]?[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            blobs[i] = await ReadAsync(account, names[i], rows[i], cancellation);
        }

        return blobs;
    }

    public ValueTask<bool> ContainsAsync(AccountId account, BlobName name, CancellationToken cancellation) => readers.ReadAsync(
        static (connection, key) => BlobQueries.Contains(connection, key.account, key.name), (account, name), cancellation);

    public async ValueTask<Outcome<ReleasedBlobs>> ReleaseAsync(
        AccountId account, BlobHolders holders, IReadOnlyList<BlobName> names, DateTimeOffset putBefore, CancellationToken cancellation)
    {
        var hour = StoreArguments.HourOf(putBefore); // A row of this hour may be younger than putBefore.
        var (blobs, bytes) = (0L, 0L);
        var refusal = await InPartsAsync(names, async part =>
        {
            var released = default(ReleasedBlobs);
            var written = await writer.WriteAsync(shelves =>
            {
                released = BlobRows.Release(shelves, account, holders, part, hour);
                return Refusal.None;
            }, part.Count * BlobName.Length, WriteAim.Free, cancellation);
            if (written == Refusal.None) (blobs, bytes) = (blobs + released.Blobs, bytes + released.Bytes);
            return written;
        });
        return refusal == Refusal.None ? new ReleasedBlobs(blobs, bytes) : refusal;
    }

    public async ValueTask<Outcome<int>> RewriteAsync(
        AccountId account,
        IReadOnlyList<BlobName> names,
        Func<BlobName, ReadOnlyMemory<byte>, SealedBlob?> rewrite,
        CancellationToken cancellation)
    {
        var changes = new List<BlobChange>();
        foreach (var name in names)
        {
            var (row, bytes) = await TryReadAsync(account, name, cancellation);
            if (bytes is null || rewrite(name, bytes) is not { } blob) continue;
            StoreArguments.Check([blob]);
            changes.Add(new BlobChange(row, blob, SameBytes: blob.Bytes.Equals(bytes)));
        }

        if (changes.Count == 0) return 0;
        var written = changes.ConvertAll(change => change.SameBytes ? new SealedBlob(change.Blob.Name, default) : change.Blob);
        long?[]? files = null;
        if (large.Any(written))
        {
            (files, var failed) = await large.WriteAllAsync(written);
            if (failed != Refusal.None) return failed;
        }

        var count = 0;
        var refusal = await writer.WriteAsync(shelves =>
        {
            count = BlobRows.Rewrite(shelves, account, changes, files);
            return Refusal.None;
        }, BlobRows.BytesOf(written, files), CancellationToken.None);
        large.AfterRefusal(files, refusal);
        return refusal == Refusal.None ? count : refusal;
    }

    public ValueTask<Refusal> EraseAsync(CancellationToken cancellation) => writer.EraseAsync(cancellation);

    public ValueTask<Refusal> DeleteAsync(AccountId account, IReadOnlyList<BlobName> names, CancellationToken cancellation) =>
        InPartsAsync(names, part => writer.WriteAsync(shelves =>
        {
            BlobRows.Delete(shelves, account, part);
            return Refusal.None;
        }, part.Count * BlobName.Length, WriteAim.Free, cancellation));

    public async IAsyncEnumerable<BlobLine> ListAsync(
        AccountId account, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var after = Array.Empty<byte>();
        int found;
        do
        {
            var page = await readers.ReadAsync(
                static (connection, key) => BlobQueries.List(connection, key.account, key.after, ListCount),
                (account, after),
                cancellation);
            foreach (var blob in page)
            {
                yield return blob;
            }

            found = page.Count;
            after = found == 0 ? after : page[^1].Name.ToBytes();
        }
        while (found == ListCount);
    }

    /// <summary>What is deleted passes through the log as zeros: on a full disk a part of it may fit where all of it does not.</summary>
    private static async ValueTask<Refusal> InPartsAsync(
        IReadOnlyList<BlobName> names, Func<IReadOnlyList<BlobName>, ValueTask<Refusal>> write)
    {
        var refusal = await write(names);
        if (refusal != Refusal.StoreFull || names.Count < 2)
        {
            return refusal;
        }

        var half = names.Count / 2;
        refusal = await InPartsAsync([.. names.Take(half)], write);
        return refusal == Refusal.None ? await InPartsAsync([.. names.Skip(half)], write) : refusal;
    }

    /// <returns>No bytes: there is no such blob, or the disk does not give it.</returns>
    private async ValueTask<(BlobRow Row, byte[]? Bytes)> TryReadAsync(AccountId account, BlobName name, CancellationToken cancellation)
    {
        try
        {
            var row = await FindAsync(account, name, cancellation);
            return (row, row.File is { } file ? files.Read(file, row.Length) : row.Bytes);
        }
        catch (IOException)
        {
            return default; // Whoever wants to read it hears of that.
        }
    }

    private async ValueTask<byte[]?> ReadAsync(AccountId account, BlobName name, BlobRow row, CancellationToken cancellation)
    {
        if (row.File is not { } file)
        {
            return row.Bytes;
        }

        if (files.Read(file, row.Length) is { } bytes)
        {
            return bytes;
        }

        // Deleted between the row and the file, perhaps put again since. The same row without its file is damage.
        var again = await FindAsync(account, name, cancellation);
        return again.File is not { } sameFile ? again.Bytes
            : sameFile != file ? files.Read(sameFile, again.Length)
            : throw new StoreDamagedException($"Blob file {file:x16} is missing.");
    }

    private ValueTask<BlobRow> FindAsync(
        AccountId account, BlobName name, CancellationToken cancellation) => readers.ReadAsync(
        static (connection, key) => BlobQueries.Find(connection, key.account, key.name), (account, name), cancellation);
}
