using System.Runtime.CompilerServices;
using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite.Files;
using CompatBot.Storage.Sqlite.Native;
using CompatBot.Storage.Sqlite.Reading;
using CompatBot.Storage.Sqlite.Writing;

namespace CompatBot.Storage.Sqlite;

/// <summary>The journal: rows under (shelf, sequence), appended in call order, also when large blobs must be written first.</summary>
internal sealed class SqliteJournal(SqliteWriter writer, SqliteReaders readers, LargeBlobs large) : IJournalStore
{
    /// <summary>A read gives its connection back after this many bytes, so that no long read holds up the checkpoint.</summary>
    private const int PageBytes = 1 << 20;

    private static readonly Query Insert = new("INSERT INTO journal (shelf, sequence, entry) VALUES (?1, ?2, ?3)");

    private static readonly Query Head = new(
        "SELECT max(sequence) FROM journal WHERE shelf = (SELECT id FROM shelf WHERE account = ?1)");

    private static readonly Query Read = new(
        "SELECT sequence, entry FROM journal WHERE shelf = (SELECT id FROM shelf WHERE account = ?1) "
        + "AND sequence > ?2 AND sequence <= ?3 ORDER BY sequence");

    private static readonly Query SetUsage = new(
        "INSERT INTO realm_usage (shelf, realm, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (shelf, realm) DO UPDATE SET bytes = ?3");

    private readonly Lock _lock = new();

    // The last append of an account that is still writing files: those called later wait behind it.
    private readonly Dictionary<AccountId, Task> _writingFiles = [];

    public ValueTask<Refusal> AppendAsync(JournalAppend append, CancellationToken cancellation)
    {
        StoreArguments.Check(append);
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Refusal>(cancellation);
        }

        lock (_lock)
        {
            var waits = _writingFiles.TryGetValue(append.Account, out var before);
            if (waits || large.Any(append.Blobs))
            {
                var queued = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _writingFiles[append.Account] = queued.Task;
                return new ValueTask<Refusal>(AppendLargeAsync(append, before ?? Task.CompletedTask, queued));
            }
        }

        return QueueAsync(append, null); // Not under the lock: it may write here and now.
    }

    public async IAsyncEnumerable<StoredEntry> ReadAsync(
        AccountId account, ulong after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var head = await HeadAsync(account, cancellation);
        while (after < head)
        {
            var page = await readers.ReadAsync(ReadPage, (account, after, head), cancellation);
            foreach (var entry in page)
            {
                yield return entry;
            }

            after = page.Count == 0 ? head : page[^1].Sequence; // None: the account was removed meanwhile.
        }
    }

    public ValueTask<ulong> HeadAsync(AccountId account, CancellationToken cancellation) =>
        readers.ReadAsync(ReadHead, account, cancellation);

    private static ulong ReadHead(SqliteConnection connection, AccountId account)
    {
        var head = connection[Head];
        BlobQueries.Bind(head, account);
        if (!head.Step())
        {
            return 0;
        }

        var sequence = (ulong)head.Int64(0); // max() of no row is NULL, which reads as 0.
        head.Reset();
        return sequence;
    }

    private static List<StoredEntry> ReadPage(SqliteConnection connection, (AccountId Account, ulong After, ulong Head) range)
    {
        var page = new List<StoredEntry>();
        var read = connection[Read];
        BlobQueries.Bind(read, range.Account);
        read.Bind(2, (long)range.After);
        read.Bind(3, (long)range.Head);
        var bytes = 0;
        while (read.Step())
        {
            page.Add(new StoredEntry((ulong)read.Int64(0), read.Bytes(1)));
            bytes += page[^1].Bytes.Length;
            if (bytes >= PageBytes)
            {
                read.Reset();
                break;
            }
        }

        return page;
    }

    private static Refusal Append(SqliteShelves shelves, JournalAppend append, long?[]? files)
    {
        var shelf = shelves.Find(append.Account);
        if ((shelf?.Head ?? 0) != append.Entry.Sequence - 1)
        {
            return Refusal.Conflict;
        }

        shelf ??= shelves.FindOrAdd(append.Account);
        var insert = shelves.Connection[Insert];
        insert.Bind(1, shelf.Id);
        insert.Bind(2, (long)append.Entry.Sequence);
        insert.RunWith(3, append.Entry.Bytes.Span);

        if (append.UsageBytes is { } bytes && (!shelf.Usage.TryGetValue(append.Realm, out var known) || known != bytes))
        {
            var usage = shelves.Connection[SetUsage];
            usage.Bind(1, shelf.Id);
            usage.Bind(2, (long)append.Realm);
            usage.Bind(3, bytes);
            usage.Run();
            shelf.Usage[append.Realm] = bytes;
        }

        BlobRows.Put(shelves, shelf, BlobHolder.Of(append.Realm), append.Blobs, files);
        shelf.Head = append.Entry.Sequence;
        return Refusal.None;
    }

    private ValueTask<Refusal> QueueAsync(JournalAppend append, long?[]? files)
    {
        var bytes = append.Entry.Bytes.Length + BlobRows.BytesOf(append.Blobs, files);
        var aim = append is { IsFreeing: true, Blobs.Count: 0 } ? WriteAim.Free : WriteAim.Add;
        return writer.WriteAsync(new WriteRequest(shelves => Append(shelves, append, files), bytes, aim) { MayWriteHere = append.IsLone });
    }

    private async Task<Refusal> AppendLargeAsync(JournalAppend append, Task before, TaskCompletionSource queued)
    {
        var refusal = Refusal.Unavailable;
        long?[]? files = null;
        Task<Refusal>? appending = null;
        try
        {
            (files, refusal) = await large.WriteAsync(append.Account, append.Blobs);
            await before;
        }
        finally
        {
            appending = refusal == Refusal.None ? QueueAsync(append, files).AsTask() : null;
            lock (_lock)
            {
                if (_writingFiles[append.Account] == queued.Task)
                {
                    _writingFiles.Remove(append.Account);
                }
            }

            queued.SetResult();
        }

        refusal = appending is null ? refusal : await appending;
        large.AfterRefusal(files, refusal);
        return refusal;
    }
}
