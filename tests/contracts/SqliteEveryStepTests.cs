using System.Security.Cryptography;
using CompatBot.ContractTests.Faults;
using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite;
using CompatBot.Storage.Sqlite.Native;

namespace CompatBot.ContractTests;

/// <summary>
/// The disk fails at each step of a load in turn. Nothing is acknowledged that is not there, what was refused for lack of room is not
/// there, reading goes on, and once the disk is well again all goes on without a restart.
/// </summary>
public sealed class SqliteEveryStepTests
{
    private const int Requests = 24;

    /// <summary>Steps tried in one run for each kind; COMPATBOT_CRASH_POINTS=100000 tries every one.</summary>
    private static readonly int PointsMax =
        int.TryParse(Environment.GetEnvironmentVariable("COMPATBOT_CRASH_POINTS"), out var points) ? points : 40;

    public enum Failure
    {
        /// <summary>From a step on there is no room, until somebody makes some.</summary>
        Full,

        /// <summary>The same, and what fails has written its first half.</summary>
        FullAfterHalf,

        /// <summary>One write gives EIO.</summary>
        Write,

        /// <summary>One flush gives EIO.</summary>
        Flush,
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Failure.Full)]
    [InlineData(Failure.FullAfterHalf)]
    [InlineData(Failure.Write)]
    [InlineData(Failure.Flush)]
    public async Task A_disk_that_fails_at_any_step_costs_nothing_that_was_acknowledged(Failure failure)
    {
        var steps = (await new Run(failure, int.MaxValue).PlayAsync()).Steps;
        Assert.True(steps > 4 * Requests);
        var (points, seed) = (Enumerable.Range(1, steps).ToArray(), Environment.TickCount);
        new Random(seed).Shuffle(points);
        var refused = 0;
        foreach (var point in points.Take(PointsMax)) refused += (await new Run(failure, point).PlayAsync()).Refused;
        Assert.True(refused > 0, $"seed {seed}");
    }

    private sealed class Run(Failure failure, int failAt)
    {
        private readonly ManualClock _clock = new();
        private readonly AccountId _account = AccountId.New();
        private readonly Random _random = new(failAt);
        private readonly Dictionary<ulong, (byte[] Entry, SealedBlob[] Blobs)> _acknowledged = [];
        private readonly List<byte[]> _refused = [];
        private readonly Dictionary<BlobName, byte[]> _perhaps = [];
        private int _steps;
        private bool _isWell;
        private bool _hasFailed;

        public async Task<(int Steps, int Refused)> PlayAsync()
        {
            using var vfs = new FaultVfs { ShortWrites = failure == Failure.FullAfterHalf };
            using var folder = new TestFolder(inMemory: true);
            var disk = new FaultDisk(vfs.Log);
            var options = new SqliteOptions
            {
                Vfs = vfs.Name, Disk = disk, CheckpointPages = 24, FileBytesMin = 16 << 10, ReserveBytes = 0,
            };
            await using (var store = await SqliteStore.OpenAsync(folder.Path, options, _clock, Cancellation))
            {
                await store.Tidied;
                vfs.Fault = (act, _, _) => Fails(act) ? act == DiskAct.Flush ? FaultVfs.FlushError : Code : Sqlite3.Ok;
                disk.Fault = (act, _) =>
                {
                    if (Fails(act)) throw new IOException("The disk says no.", failure is Failure.Full or Failure.FullAfterHalf ? 28 : 5);
                };
                for (var i = 0; i < Requests; i++)
                {
                    await AskAsync(store, i);
                    if (i == Requests - 6) await HealAsync(store);
                }

                await CheckAsync(store, isLive: true);
            }

            foreach (var kind in (CrashKind[])[CrashKind.Killed, CrashKind.PowerLost])
            {
                using var image = new TestFolder(inMemory: true);
                var log = vfs.Log.ToArray();
                new CrashImage(log, folder.Path).Write(image.Path, log.Length, kind, failAt);
                await using var after = await image.OpenAsync();
                await CheckAsync(after, isLive: false);
            }

            return (_steps, _refused.Count);
        }

        private int Code => failure == Failure.Write ? FaultVfs.WriteError : FaultVfs.Full;

        private bool Fails(DiskAct act)
        {
            if (act == DiskAct.Delete) return false;
            var isDue = Interlocked.Increment(ref _steps) >= failAt && !_isWell;
            if (!isDue) return false;
            switch (failure)
            {
                case Failure.Full or Failure.FullAfterHalf: return act == DiskAct.Write;
                case Failure.Write when act != DiskAct.Write:
                case Failure.Flush when act is not (DiskAct.Flush or DiskAct.FlushFolder): return false;
                default: return !Interlocked.Exchange(ref _hasFailed, true);
            }
        }

        private async Task HealAsync(SqliteStore store)
        {
            (_isWell, var waited) = (true, 0);
            while (await store.ProbeAsync(Cancellation) != Refusal.None)
            {
                _clock.Advance(new SqliteOptions().RetryAfter);
                await Task.Yield(); // A checkpoint in the background may stand in the way until it is done.
                Assert.True(++waited < 1000, $"{failure} at step {failAt}: the store does not heal");
            }
        }

        private async Task AskAsync(SqliteStore store, int request)
        {
            _clock.Advance(new SqliteOptions().RetryAfter);
            var refusal = (request % 6) switch
            {
                4 => await store.Dropbox.PutAsync([new(_account, Realm.Mail, Bytes(700), [])], Cancellation),
                3 when _acknowledged.Count > 0 => await RewriteAsync(store),
                5 => await store.Snapshots.ReplaceAsync(_account, [Blob(5000)], [], Cancellation),
                _ => await AppendAsync(store),
            };
            Assert.True(refusal is Refusal.None or Refusal.StoreFull or Refusal.Unavailable, $"{failure} at step {failAt}: {refusal}");
            if (_isWell) Assert.Equal(Refusal.None, refusal);
            if (failure is Failure.Full or Failure.FullAfterHalf) Assert.NotEqual(Refusal.Unavailable, refusal);
            foreach (var (_, blobs) in _acknowledged.Values.TakeLast(1)) await CheckAsync(store, blobs, isLive: true);
        }

        /// <summary>A blob of the last entry gets other bytes, or keeps those that it has.</summary>
        private async Task<Refusal> RewriteAsync(SqliteStore store)
        {
            var (sequence, (entry, blobs)) = _acknowledged.Last();
            var better = blobs[0] with { Bytes = Bytes(_random.Next(2) == 0 ? 20_000 : 3000) };
            var rewritten = await store.Blobs.RewriteAsync(_account, [better.Name], (_, _) => better, Cancellation);
            if (!rewritten.Declined) Assert.Equal(1, rewritten.Value);
            if (!rewritten.Declined) _acknowledged[sequence] = (entry, [better, .. blobs[1..]]);
            else if (rewritten.Refusal == Refusal.Unavailable) _perhaps[better.Name] = better.Bytes.ToArray();
            return rewritten.Refusal;
        }

        private async Task<Refusal> AppendAsync(SqliteStore store)
        {
            var sequence = await store.Journal.HeadAsync(_account, Cancellation) + 1;
            SealedBlob[] blobs = [Blob(_random.Next(6000)), .. _random.Next(3) == 0 ? [Blob(20_000)] : (SealedBlob[])[]];
            var entry = Bytes(300);
            var refusal = await store.Journal.AppendAsync(new(_account, Realm.Mail, new(sequence, entry), blobs), Cancellation);
            if (refusal == Refusal.None) _acknowledged.Add(sequence, (entry, blobs));
            else _refused.Add(entry);
            return refusal;
        }

        /// <param name="store">To look into.</param>
        /// <param name="isLive">Nothing that was refused may be seen; after a crash, what failed may be found whole.</param>
        private async Task CheckAsync(IStore store, bool isLive)
        {
            var entries = await store.Journal.ReadAsync(_account, 0, Cancellation).ToListAsync(Cancellation);
            foreach (var (sequence, (entry, blobs)) in _acknowledged)
            {
                Assert.Equal(entry, entries[(int)sequence - 1].Bytes.ToArray());
                await CheckAsync(store, blobs, isLive);
            }

            if (!isLive) return;
            Assert.Equal(_acknowledged.Count, entries.Count);
            Assert.DoesNotContain(entries, entry => _refused.Exists(refused => entry.Bytes.Span.SequenceEqual(refused)));
        }

        private async Task CheckAsync(IStore store, SealedBlob[] blobs, bool isLive)
        {
            foreach (var blob in blobs)
            {
                var found = await store.Blobs.GetAsync(_account, blob.Name, Cancellation);
                if (!isLive && found is not null && _perhaps.GetValueOrDefault(blob.Name)?.SequenceEqual(found) == true) continue;
                Assert.Equal(blob.Bytes.ToArray(), found);
            }
        }

        private byte[] Bytes(int length)
        {
            var bytes = new byte[length];
            _random.NextBytes(bytes);
            return bytes;
        }

        private static SealedBlob Blob(int length) =>
            new(new BlobName(RandomNumberGenerator.GetBytes(BlobName.Length)), RandomNumberGenerator.GetBytes(length));
    }
}
