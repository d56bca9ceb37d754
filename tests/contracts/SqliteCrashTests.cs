using CompatBot.ContractTests.Faults;
using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite;

namespace CompatBot.ContractTests;

/// <summary>Killed between any two steps, and power lost with torn writes: played back from a log of all that went to the disk.</summary>
public sealed class SqliteCrashTests
{
    /// <summary>Crashes tried in one run; COMPATBOT_CRASH_POINTS=100000 tries every step.</summary>
    private static readonly int PointsMax =
        int.TryParse(Environment.GetEnvironmentVariable("COMPATBOT_CRASH_POINTS"), out var points) ? points : 60;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(CrashKind.Killed)]
    [InlineData(CrashKind.PowerLost)]
    [InlineData(CrashKind.Torn)]
    public async Task After_a_crash_at_any_step_what_was_acknowledged_is_there_and_nothing_is_there_by_halves(CrashKind kind)
    {
        using var load = new CrashLoad();
        await load.RunAsync(Cancellation);
        var steps = load.Steps;
        Assert.Contains(steps, step => step.Act == DiskAct.Flush && step.Path.EndsWith(SqliteStore.FileName, StringComparison.Ordinal));
        var image = new CrashImage(steps, load.Folder);
        var seed = Environment.TickCount;
        foreach (var count in Points(steps.Length, seed))
        {
            using var folder = new TestFolder(inMemory: true);
            image.Write(folder.Path, count, kind, seed + count);
            await CheckAsync(load, folder.Path, count, $"{kind} after step {count} of {steps.Length}, seed {seed}");
        }
    }

    private static IEnumerable<int> Points(int steps, int seed)
    {
        var all = Enumerable.Range(0, steps + 1).ToArray();
        new Random(seed).Shuffle(all);
        return all.Take(PointsMax).Order();
    }

    private static async Task CheckAsync(CrashLoad load, string folder, int count, string what)
    {
        await using var store = await SqliteStore.OpenAsync(
            folder, load.Options with { Vfs = null, Disk = new() }, TimeProvider.System, Cancellation);
        foreach (var account in load.Accounts)
        {
            await CheckJournalAsync(load, store, account, count, what);
        }

        await CheckDropboxAsync(load, store, count, what);
        await store.Tidied;
        var listed = 0;
        foreach (var account in load.Accounts)
        {
            listed += await store.Blobs.ListAsync(account, Cancellation).CountAsync(blob => blob.Bytes >= load.Options.FileBytesMin);
        }

        var files = Directory.EnumerateFiles(Path.Combine(folder, "blobs"), "*", SearchOption.AllDirectories).Count();
        Assert.True(listed == files, $"{what}: {files} blob files for {listed} rows");
    }

    private static async Task CheckJournalAsync(CrashLoad load, SqliteStore store, AccountId account, int count, string what)
    {
        var entries = await store.Journal.ReadAsync(account, 0, Cancellation).ToListAsync(Cancellation);
        Assert.Equal(Enumerable.Range(1, entries.Count).Select(i => (ulong)i), entries.Select(entry => entry.Sequence));
        var acked = load.Appends.Where(append => append.Account == account && append.AckedAt <= count).Select(append => append.Sequence);
        Assert.True((ulong)entries.Count >= acked.DefaultIfEmpty().Max(), $"{what}: an acknowledged entry is lost");
        foreach (var entry in entries)
        {
            for (var at = 0; at < entry.Bytes.Length; at += BlobName.Length)
            {
                var name = new BlobName(entry.Bytes.Span.Slice(at, BlobName.Length));
                var deletion = load.Deletions.Find(deleted => deleted.Name == name && deleted.BegunAt <= count);
                var bytes = await store.Blobs.GetAsync(account, name, Cancellation);
                Assert.True(bytes is null || Possible(load, name, count).Any(bytes.SequenceEqual), $"{what}: a blob has other bytes");
                Assert.True(bytes is not null || deletion is not null, $"{what}: a blob that an entry names is lost");
                Assert.True(bytes is null || deletion is null || deletion.AckedAt > count, $"{what}: a deleted blob is back");
            }
        }

        var next = load.Append(account, (ulong)entries.Count + 1, new Random(count));
        Assert.Equal(Refusal.None, await store.Journal.AppendAsync(next, Cancellation));
    }

    /// <summary>The bytes that a blob may have: of the last rewriting that was acknowledged, or of any that was begun since.</summary>
    private static IEnumerable<byte[]> Possible(CrashLoad load, BlobName name, int count)
    {
        var begun = load.Rewrites.Where(one => one.Name == name && one.BegunAt <= count).OrderBy(one => one.BegunAt).ToList();
        var done = begun.FindLastIndex(one => one.AckedAt <= count);
        return done < 0 ? begun.Select(one => one.Bytes).Prepend(load.Blobs[name]) : begun.Skip(done).Select(one => one.Bytes);
    }

    private static async Task CheckDropboxAsync(CrashLoad load, SqliteStore store, int count, string what)
    {
        var put = load.Drops.Where(dropped => dropped.AckedAt <= count).Select(dropped => (ulong)dropped.Count).DefaultIfEmpty().Max();
        var takenIn = load.Intakes.Where(intake => intake.AckedAt <= count).Select(intake => intake.Through).DefaultIfEmpty().Max();
        var mayBeTakenIn = load.Intakes.Where(intake => intake.BegunAt <= count).Select(intake => intake.Through).DefaultIfEmpty().Max();

        Assert.Equal(Refusal.None, await store.Dropbox.PutAsync([new(load.Mailbox, Realm.Mail, new byte[7], [])], Cancellation));
        var numbers = await store.Dropbox.ReadAsync(load.Mailbox, Realm.Mail, 0, Cancellation)
            .Select(item => item.Number).ToListAsync(Cancellation);
        var (first, last) = (numbers[0], numbers[^1]);
        Assert.Equal(Enumerable.Range((int)first, numbers.Count).Select(number => (ulong)number), numbers);
        Assert.True(last > put, $"{what}: the new item got number {last}, but {put} was acknowledged");
        Assert.True(first > takenIn, $"{what}: item {first} is back, {takenIn} was taken in");
        Assert.True(first <= mayBeTakenIn + 1, $"{what}: items before {first} are lost");
    }
}
