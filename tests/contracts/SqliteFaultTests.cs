using System.Buffers;
using CompatBot.ContractTests.Faults;
using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite;
using CompatBot.Storage.Sqlite.Native;

namespace CompatBot.ContractTests;

/// <summary>A disk that is full, or fails to write or to flush: nobody is told that something is durable when it is not.</summary>
public sealed class SqliteFaultTests : IAsyncLifetime
{
    private const int CheckpointPages = 256;
    private const string Writer = "store writer";
    private const string Bug = "A bug of who hears of trouble.";

    private static readonly TimeSpan RetryAfter = new SqliteOptions().RetryAfter;

    private readonly TestFolder _folder = new();
    private readonly FaultVfs _vfs = new();
    private readonly ManualClock _clock = new();
    private readonly AccountId _account = AccountId.New();
    private readonly List<StoreTrouble> _troubles = [];
    private readonly TaskCompletionSource<StoreTrouble> _copyFailed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FaultDisk _disk = null!;
    private bool _hasBug;
    private SqliteStore _store = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _disk = new FaultDisk(_vfs.Log);
        var options = new SqliteOptions
        {
            Vfs = _vfs.Name, Disk = _disk, FileBytesMin = 128 << 10, CheckpointPages = CheckpointPages, Report = Note,
        };
        _store = await SqliteStore.OpenAsync(_folder.Path, options, _clock, Cancellation);
        await _store.Tidied;
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _vfs.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(DiskAct.Flush, FaultVfs.FlushError)]
    [InlineData(DiskAct.Write, FaultVfs.WriteError)]
    public async Task After_a_failed_flush_nothing_is_acknowledged_until_all_that_was_is_safe_again(DiskAct act, int code)
    {
        Assert.Equal(Refusal.None, await AppendAsync(1, 5000));
        _vfs.Fault = (step, path, _) => step == act && IsLog(path) ? code : Sqlite3.Ok;
        Assert.Equal(Refusal.Unavailable, await AppendAsync(2, 100));
        _vfs.Fault = (step, path, _) => step == DiskAct.Flush && !IsLog(path) ? FaultVfs.FlushError : Sqlite3.Ok;
        Assert.Equal(Refusal.Unavailable, await AppendAsync(2, 100)); // Too early to try again.
        _clock.Advance(RetryAfter);
        Assert.Equal(Refusal.Unavailable, await AppendAsync(2, 100)); // Tried: the database file does not flush either.
        Assert.Equal(1ul, await _store.Journal.HeadAsync(_account, Cancellation)); // Reading goes on.

        _vfs.Fault = static (_, _, _) => Sqlite3.Ok;
        Assert.Equal(Refusal.Unavailable, await AppendAsync(2, 100));
        _clock.Advance(RetryAfter);
        Assert.Equal(Refusal.None, await AppendAsync(2, 100));
        Assert.NotEmpty(_troubles);
        await AssertAfterPowerCutAsync(head: 2);
    }

    [Fact]
    public async Task A_failed_flush_fails_exactly_those_that_waited_for_it()
    {
        var other = AccountId.New();
        Assert.Equal(Refusal.None, await AppendAsync(1, 10));
        var (first, rest) = await HoldFirstFlushAsync(
            () => AppendAsync(2, 10),
            () => [AppendAsync(3, 10), AppendAsync(4, 10), AppendAsync(1, 10, other)],
            afterFirst: () => _vfs.Fault = (step, path, _) => step == DiskAct.Flush && IsLog(path) ? FaultVfs.FlushError : Sqlite3.Ok);
        Assert.Equal(Refusal.None, first);
        Assert.Equal([Refusal.Unavailable, Refusal.Unavailable, Refusal.Unavailable], rest);
        Assert.Equal(2ul, await _store.Journal.HeadAsync(_account, Cancellation));
        _vfs.Fault = static (_, _, _) => Sqlite3.Ok;
        _clock.Advance(RetryAfter);
        Assert.Equal(Refusal.None, await AppendAsync(3, 10));
        Assert.Equal(Refusal.None, await AppendAsync(1, 10, other));
    }

    [Fact]
    public async Task Those_that_wait_together_share_one_flush()
    {
        var before = _vfs.Log.ToArray().Length;
        var (_, rest) = await HoldFirstFlushAsync(
            () => AppendAsync(1, 10), () => [.. Enumerable.Range(2, 300).Select(i => AppendAsync((ulong)i, 10))], () => { });
        Assert.All(rest, refusal => Assert.Equal(Refusal.None, refusal));
        var flushes = _vfs.Log.ToArray().Skip(before).Count(step => step.Act == DiskAct.Flush && IsLog(step.Path));
        Assert.InRange(flushes, 2, 4); // The first, the other 300, and perhaps the header of a log that begins anew.
    }

    [Fact]
    public async Task Who_was_alone_for_some_time_writes_and_who_comes_meanwhile_is_written_for()
    {
        var threads = new List<string?>();
        void Note() => _vfs.Fault = (step, path, _) =>
        {
            if (step == DiskAct.Flush && IsLog(path)) threads.Add(Thread.CurrentThread.Name);
            return Sqlite3.Ok;
        };
        Note();
        ulong head = 0;
        while (threads is [] or [.., Writer] && head < 100) Assert.Equal(Refusal.None, await AppendAloneAsync(++head));
        Assert.InRange(head, 2ul, 20ul);
        Assert.True(AppendAloneAsync(++head).IsCompletedSuccessfully);
        Assert.NotEqual(Writer, threads[^1]);
        Assert.Equal(Refusal.None, await AppendAsync(++head, 10)); // Others wait for this one's caller.
        Assert.Equal(Writer, threads[^1]);
        await HoldFirstFlushAsync(() => AppendAloneAsync(++head), () => [AppendAloneAsync(++head), AppendAloneAsync(++head)], Note);
        Assert.Equal(Writer, threads[^1]);
        Assert.Equal(Refusal.None, await AppendAloneAsync(++head));
        Assert.Equal(Writer, threads[^1]); // There was a crowd just now.
        await AssertAfterPowerCutAsync(head);
    }

    [Fact]
    public async Task A_bug_on_the_thread_of_who_writes_alone_ends_the_store_and_loses_nothing()
    {
        ulong head = 0;
        while (head < 20) Assert.Equal(Refusal.None, await AppendAloneAsync(++head));
        Assert.True(AppendAloneAsync(++head).IsCompletedSuccessfully);
        _vfs.Fault = (step, path, _) => step == DiskAct.Flush && IsLog(path) ? FaultVfs.FlushError : Sqlite3.Ok;
        _hasBug = true;
        Assert.Equal(Bug, (await Assert.ThrowsAsync<InvalidOperationException>(() => AppendAloneAsync(head + 1))).Message);
        Assert.Equal(Refusal.Unavailable, await AppendAsync(head + 1, 10));
        Assert.Equal(head, await _store.Journal.HeadAsync(_account, Cancellation));
        (_vfs.Fault, _hasBug) = (static (_, _, _) => Sqlite3.Ok, false);
        var ended = await Assert.ThrowsAsync<InvalidOperationException>(async () => await _store.DisposeAsync());
        Assert.Equal(Bug, ended.InnerException!.Message);
        await AssertAfterPowerCutAsync(head);
    }

    [Fact]
    public async Task The_log_stays_short_enough_for_the_reserve_however_slowly_it_is_copied()
    {
        var never = new TaskCompletionSource().Task;
        _vfs.Fault = (step, path, _) =>
        {
            if (step == DiskAct.Write && !IsLog(path)) never.Wait(1);
            return Sqlite3.Ok;
        };
        var longest = 0L;
        for (var sequence = 1ul; sequence <= 100; sequence++)
        {
            Assert.Equal(Refusal.None, await AppendAsync(sequence, 100_000));
            longest = Math.Max(longest, new FileInfo(Path.Combine(_folder.Path, SqliteStore.FileName + "-wal")).Length);
        }

        Assert.InRange(longest, CheckpointPages * 4096, (4 * CheckpointPages * 4120) + 200_000);
    }

    [Fact]
    public async Task On_a_full_disk_the_large_is_refused_while_the_small_of_the_same_batch_gets_through()
    {
        Assert.Equal(Refusal.None, await AppendAsync(1, 10));
        var log = new FileInfo(Path.Combine(_folder.Path, SqliteStore.FileName + "-wal"));
        var room = log.Length + 40_000;
        var other = AccountId.New();
        var (_, rest) = await HoldFirstFlushAsync(
            () => AppendAsync(2, 10),
            () => [AppendAsync(3, 100_000), AppendAsync(4, 10), AppendAsync(1, 10, other)],
            afterFirst: () => _vfs.Fault = (step, path, at) => step == DiskAct.Write && at > room ? FaultVfs.Full : Sqlite3.Ok);
        Assert.Equal([Refusal.StoreFull, Refusal.Conflict, Refusal.None], rest);
        Assert.Contains(_troubles, trouble => trouble.Code == FaultVfs.Full);
        _vfs.Fault = static (_, _, _) => Sqlite3.Ok;
        Assert.Equal(Refusal.None, await AppendAsync(3, 100_000)); // No waiting: a full disk is no failed one.
        await AssertAfterPowerCutAsync(head: 3);
    }

    [Theory]
    [InlineData(28, Refusal.StoreFull)] // ENOSPC
    [InlineData(5, Refusal.Unavailable)] // EIO
    public async Task A_large_blob_that_cannot_be_written_refuses_its_request_and_leaves_no_file(int error, Refusal expected)
    {
        var writes = 0;
        _disk.Fault = (act, _) =>
        {
            if (act == DiskAct.Write && ++writes > 1)
            {
                throw new IOException("The disk says no.", error);
            }
        };
        SealedBlob[] blobs = [Blob(200_000), Blob(300_000)];
        Assert.Equal(expected, await _store.Journal.AppendAsync(new(_account, Realm.Mail, new(1, new byte[9]), blobs), Cancellation));
        writes = 0;
        Assert.Equal(expected, await _store.Blobs.PutAsync(_account, BlobHolders.Mail, blobs, Cancellation));
        writes = 0;
        Assert.Equal(expected, await _store.Dropbox.PutAsync([new(_account, Realm.Mail, new byte[9], blobs)], Cancellation));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_folder.Path, "blobs"), "*", SearchOption.AllDirectories));
        Assert.Equal(0ul, await _store.Journal.HeadAsync(_account, Cancellation));
        Assert.Equal(Refusal.None, await AppendAsync(1, 10));
        _disk.Fault = static (_, _) => { };
        Assert.Equal(Refusal.None, await _store.Blobs.PutAsync(_account, BlobHolders.Mail, blobs, Cancellation));
    }

    [Fact]
    public async Task A_request_with_a_bug_gets_its_exception_and_the_others_of_the_batch_get_through()
    {
        using var broken = new BrokenMemory();
        var bug = new JournalAppend(AccountId.New(), Realm.Mail, new StoredEntry(1, broken.Memory), []);
        Task<Refusal>? failing = null;
        var (_, rest) = await HoldFirstFlushAsync(
            () => AppendAsync(1, 10),
            () =>
            {
                var before = AppendAsync(2, 10);
                failing = _store.Journal.AppendAsync(bug, Cancellation).AsTask();
                return [before, AppendAsync(3, 10)];
            },
            () => { });
        Assert.Equal([Refusal.None, Refusal.None], rest);
        await Assert.ThrowsAsync<InvalidOperationException>(() => failing!);
        Assert.Equal(3ul, await _store.Journal.HeadAsync(_account, Cancellation));
    }

    [Fact]
    public async Task A_probe_says_whether_a_write_would_be_taken_and_heals_a_store_that_nobody_writes_to()
    {
        Assert.Equal(Refusal.None, await ProbeAsync());
        Assert.Equal(Refusal.None, await AppendAsync(1, 10));
        _vfs.Fault = (step, path, _) => step == DiskAct.Flush && IsLog(path) ? FaultVfs.FlushError : Sqlite3.Ok;
        Assert.Equal(Refusal.Unavailable, await AppendAsync(2, 10));
        _clock.Advance(RetryAfter);
        Assert.Equal(Refusal.Unavailable, await ProbeAsync());
        _vfs.Fault = static (_, _, _) => Sqlite3.Ok;
        _clock.Advance(RetryAfter);
        Assert.Equal(Refusal.None, await ProbeAsync());
        _vfs.Fault = (step, _, _) => step == DiskAct.Write ? FaultVfs.Full : Sqlite3.Ok;
        Assert.Equal(Refusal.StoreFull, await AppendAsync(2, 10));
        Assert.Equal(Refusal.StoreFull, await ProbeAsync());
        _vfs.Fault = static (_, _, _) => Sqlite3.Ok;
        Assert.Equal(Refusal.None, await ProbeAsync());
        Assert.Equal(Refusal.None, await AppendAsync(2, 10));
        await AssertAfterPowerCutAsync(head: 2);
    }

    [Fact]
    public async Task A_healthy_store_is_probed_without_touching_the_disk()
    {
        Assert.Equal(Refusal.None, await AppendAsync(1, 10));
        var before = _vfs.Log.ToArray().Length;
        Assert.Equal(Refusal.None, await ProbeAsync());
        Assert.Equal(before, _vfs.Log.ToArray().Length);
        var drop = new DroppedItem(_account, Realm.Mail, new byte[9], []);
        Assert.Equal(Refusal.None, await _store.Dropbox.PutAsync([drop, drop], Cancellation));
        Assert.Equal(new StoreTotals(0, 2, 18), await _store.TotalsAsync(Cancellation));
    }

    [Fact]
    public async Task A_checkpoint_that_fails_is_reported_and_loses_nothing()
    {
        _vfs.Fault = (step, path, _) => step == DiskAct.Flush && !IsLog(path) ? FaultVfs.FlushError : Sqlite3.Ok;
        var entries = (ulong)(3 * CheckpointPages * new SqliteOptions().PageBytes / 100_000);
        for (ulong sequence = 1; sequence <= entries; sequence++)
        {
            Assert.Equal(Refusal.None, await AppendAsync(sequence, 100_000));
        }

        Assert.Equal(FaultVfs.FlushError, (await _copyFailed.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation)).Code);
        await AssertAfterPowerCutAsync(entries);
        _vfs.Fault = static (_, _, _) => Sqlite3.Ok;
        Assert.Equal(Refusal.None, await AppendAsync(entries + 1, 10));
        await _store.DisposeAsync();
    }

    private Task<Refusal> ProbeAsync() => _store.ProbeAsync(Cancellation).AsTask();

    private static bool IsLog(string path) => path.EndsWith("-wal", StringComparison.Ordinal);

    private void Note(StoreTrouble trouble)
    {
        if (_hasBug) throw new InvalidOperationException(Bug);
        if (trouble.Step == "checkpoint") _copyFailed.TrySetResult(trouble);
        lock (_troubles)
        {
            _troubles.Add(trouble);
        }
    }

    private static SealedBlob Blob(int length) =>
        new(new BlobName([.. AccountId.New().ToBytes(), .. AccountId.New().ToBytes()]), new byte[length]);

    private Task<Refusal> AppendAsync(ulong sequence, int length, AccountId? account = null) => _store.Journal.AppendAsync(
        new(account ?? _account, Realm.Mail, new(sequence, new byte[length]), []), Cancellation).AsTask();

    private Task<Refusal> AppendAloneAsync(ulong sequence) => _store.Journal.AppendAsync(
        new(_account, Realm.Mail, new(sequence, new byte[10]), []) { IsLone = true }, Cancellation).AsTask();

    /// <summary>Stops the writer in the flush of one request, queues others behind it, and lets it go: they become one batch.</summary>
    private async Task<(Refusal First, Refusal[] Others)> HoldFirstFlushAsync(
        Func<Task<Refusal>> first, Func<Task<Refusal>[]> rest, Action afterFirst)
    {
        using var go = new ManualResetEventSlim();
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _vfs.Fault = (step, path, _) =>
        {
            if (step == DiskAct.Flush && IsLog(path))
            {
                _vfs.Fault = static (_, _, _) => Sqlite3.Ok;
                stopped.SetResult();
                go.Wait(Cancellation);
                afterFirst();
            }

            return Sqlite3.Ok;
        };
        var beginning = Task.Run(first, Cancellation); // It writes on its own thread.
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        var pending = rest();
        go.Set();
        return (await beginning, await Task.WhenAll(pending));
    }

    /// <summary>What a power cut now would leave still has all entries up to the head.</summary>
    private async Task AssertAfterPowerCutAsync(ulong head)
    {
        using var folder = new TestFolder(inMemory: true);
        var steps = _vfs.Log.ToArray();
        new CrashImage(steps, _folder.Path).Write(folder.Path, steps.Length, CrashKind.PowerLost, 1);
        await using var store = await folder.OpenAsync();
        Assert.Equal(head, await store.Journal.HeadAsync(_account, Cancellation));
    }

    private sealed class BrokenMemory : MemoryManager<byte>
    {
        public override Memory<byte> Memory => CreateMemory(10);

        public override Span<byte> GetSpan() => throw new InvalidOperationException("A bug of the caller.");

        public override MemoryHandle Pin(int elementIndex = 0) => throw new InvalidOperationException("A bug of the caller.");

        public override void Unpin()
        {
            // Was never pinned.
        }

        protected override void Dispose(bool disposing)
        {
            // Owns nothing.
        }
    }
}
