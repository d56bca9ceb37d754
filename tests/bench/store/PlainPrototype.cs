using System.Collections.Concurrent;
using System.Security.Cryptography;
using CompatBot.Storage.Sqlite.Native;

namespace CompatBot.StoreBench;

/// <summary>
/// What SQLite alone gives on this machine: one row of journal and one blob for each delivery, one thread that commits whatever waits,
/// synchronous=FULL. Nothing is sealed, named, checked or counted: the yardstick for what the store does.
/// </summary>
internal sealed class PlainPrototype : IDisposable
{
    private static readonly Query Journal = new("INSERT INTO journal (shelf, sequence, entry) VALUES (?1, ?2, ?3)");
    private static readonly Query Blob = new("INSERT INTO blob (name, bytes) VALUES (?1, ?2)");
    private static readonly Query Begin = new("BEGIN IMMEDIATE");
    private static readonly Query Commit = new("COMMIT");

    private readonly SqliteConnection _connection;
    private readonly BlockingCollection<(int Shelf, ulong Sequence, byte[] Name, int At, TaskCompletionSource Done)> _queue = [];
    private readonly byte[] _content;
    private readonly byte[] _entry;
    private readonly int _blobBytes;
    private readonly Thread _thread;

    public PlainPrototype(string path, int entryBytes, int blobBytes)
    {
        (_entry, _blobBytes, _content) = (new byte[entryBytes], blobBytes, RandomNumberGenerator.GetBytes((1 << 20) + blobBytes));
        _connection = new SqliteConnection(path, create: true, null);
        _connection.Execute("PRAGMA journal_mode=WAL");
        _connection.Execute("PRAGMA synchronous=FULL");
        _connection.Execute("PRAGMA cache_size=-65536");
        _connection.Execute(
            "CREATE TABLE journal (shelf INTEGER, sequence INTEGER, entry BLOB, PRIMARY KEY (shelf, sequence)) WITHOUT ROWID");
        _connection.Execute("CREATE TABLE blob (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, bytes BLOB)");
        _thread = new Thread(Loop) { IsBackground = true };
        _thread.Start();
    }

    public Task<string> RunAsync(int writers, int accounts, TimeSpan time, int firstShelf)
    {
        var heads = new ulong[accounts];
        return Timing.RunAsync(writers, accounts, time, async (home, random) =>
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _queue.Add((firstShelf + home, ++heads[home], RandomNumberGenerator.GetBytes(32), random.Next(1 << 20), done));
            await done.Task;
        });
    }

    public void Dispose()
    {
        _queue.CompleteAdding();
        _thread.Join();
        _connection.Dispose();
        _queue.Dispose();
    }

    private void Loop()
    {
        var batch = new List<TaskCompletionSource>();
        foreach (var first in _queue.GetConsumingEnumerable())
        {
            _connection[Begin].Run();
            var next = first;
            do
            {
                var journal = _connection[Journal];
                journal.Bind(1, next.Shelf);
                journal.Bind(2, (long)next.Sequence);
                journal.RunWith(3, _entry);
                var blob = _connection[Blob];
                blob.Bind(1, next.Name);
                blob.RunWith(2, _content.AsSpan(next.At, _blobBytes));
                batch.Add(next.Done);
            }
            while (batch.Count < 1024 && _queue.TryTake(out next));
            _connection[Commit].Run();
            batch.ForEach(done => done.SetResult());
            batch.Clear();
        }
    }
}
