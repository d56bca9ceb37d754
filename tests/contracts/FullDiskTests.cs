using System.Diagnostics;
using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite;

namespace CompatBot.ContractTests;

/// <summary>A real disk without a byte left: a small tmpfs of its own, where mounting is permitted.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private const int DiskMebibytes = 64;
    private const long ReserveBytes = DiskMebibytes * (1 << 20) / 8; // What the engine takes of so small a disk.

    private readonly TestFolder _folder = new();
    private readonly AccountId _account = AccountId.New();
    private readonly SqliteOptions _options = new() { RetryAfter = TimeSpan.Zero, CheckpointPages = 256 };
    private SqliteStore? _store;
    private bool _isMounted;
    private ulong _head;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SqliteStore Store => _store!;

    private FileInfo Reserve => new(Path.Combine(Data, "reserve"));

    private string Data => Path.Combine(_folder.Path, "data");

    private string Filler => Path.Combine(_folder.Path, "filler");

    public async ValueTask InitializeAsync()
    {
        _isMounted = Run("mount", "-t", "tmpfs", "-o", $"size={DiskMebibytes}m", "tmpfs", _folder.Path) == 0;
        Assert.SkipUnless(_isMounted, "mounting a tmpfs is not permitted here");
        _store = await OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_store is not null) await _store.DisposeAsync();
        if (_isMounted) Assert.Equal(0, Run("umount", _folder.Path));
        _folder.Dispose();
    }

    [Fact]
    public async Task What_frees_goes_through_on_a_full_disk_and_what_adds_does_not()
    {
        Assert.Equal(ReserveBytes, Reserve.Length);
        var blobs = await FillAsync();
        Assert.Equal(Refusal.StoreFull, await AppendAsync(isFreeing: false));
        for (var i = 0; i < 300; i++)
        {
            Assert.Equal(Refusal.None, await AppendAsync(isFreeing: true));
            await FillAgainAsync(); // What the log gave back: somebody else may take it.
            if (i % 50 == 0) Assert.Equal(Refusal.StoreFull, await PutAsync(Blob(300_000)));
        }

        Assert.InRange(Reserve.Length, ReserveBytes / 2, ReserveBytes); // The entries themselves came out of it.
        Assert.Equal(_head, await Store.Journal.HeadAsync(_account, Cancellation));
        Assert.NotNull(await Store.Blobs.GetAsync(_account, blobs[0], Cancellation));
        var released = await Store.Blobs.ReleaseAsync(
            _account, BlobHolders.Mail, blobs, TimeProvider.System.GetUtcNow().AddDays(1), Cancellation);
        Assert.Equal(blobs.Count, released.Value.Blobs);
        Assert.Equal(Refusal.None, await Store.Blobs.EraseAsync(Cancellation));

        // The database has free pages now, so that there is room again although the disk has none.
        for (var i = 0; i < 20; i++) Assert.Equal(Refusal.None, await PutAsync(Blob(300_000)));
        Assert.Equal(Refusal.None, await AppendAsync(isFreeing: false));
    }

    [Fact]
    public async Task A_store_opens_on_a_full_disk_and_reads_and_deletes_there()
    {
        var blobs = await FillAsync();
        await Store.DisposeAsync();
        Fill();
        _store = await OpenAsync();
        Fill();
        Assert.Equal(_head, await Store.Journal.HeadAsync(_account, Cancellation));
        Assert.NotNull(await Store.Blobs.GetAsync(_account, blobs[^1], Cancellation));
        Assert.Equal(Refusal.None, await AppendAsync(isFreeing: true));
        Assert.Equal(Refusal.None, await Store.Blobs.DeleteAsync(_account, blobs, Cancellation));

        // How much of the reserve came back depends on when the log gave up its room; that it serves on does not.
        for (var i = 0; i < 20; i++)
        {
            await FillAgainAsync();
            Assert.Equal(Refusal.None, await AppendAsync(isFreeing: true));
        }
    }

    [Fact]
    public async Task When_there_is_room_again_the_reserve_is_taken_back_first_and_then_all_goes_on()
    {
        var others = Path.Combine(_folder.Path, "others");
        await File.WriteAllBytesAsync(others, new byte[2 * ReserveBytes], Cancellation);
        await FillAsync();
        Assert.Equal(Refusal.None, await AppendAsync(isFreeing: true));
        await FillAgainAsync();
        await FillAsync(); // What the log gave back meanwhile.
        Assert.Equal(Refusal.StoreFull, await PutAsync(Blob(300_000)));
        File.Delete(others);
        Assert.Equal(Refusal.None, await Store.ProbeAsync(Cancellation));
        Assert.Equal(Refusal.None, await AppendAsync(isFreeing: false));
        Assert.Equal(Refusal.None, await Store.ProbeAsync(Cancellation));
        Assert.Equal(Refusal.None, await Store.ProbeAsync(Cancellation)); // The reserve came back before this one was taken up.
        Assert.Equal(ReserveBytes, Reserve.Length);
    }

    [Fact]
    public async Task A_request_that_adds_does_not_get_what_is_lent_to_the_others_of_its_batch()
    {
        await FillAsync();
        Assert.Equal(Refusal.None, await AppendAsync(isFreeing: true));
        await FillAgainAsync();
        var other = AccountId.New();
        var writes = new List<Task<Refusal>>();
        for (var i = 0; i < 20; i++)
        {
            writes.Add(AppendAsync(isFreeing: true));
            writes.Add(Store.Journal.AppendAsync(
                new JournalAppend(other, Realm.Mail, new(1, new byte[4 << 20]), []), Cancellation).AsTask());
        }

        var answers = await Task.WhenAll(writes);
        Assert.All(answers.Where((_, i) => i % 2 == 0), refusal => Assert.Equal(Refusal.None, refusal));
        Assert.All(answers.Where((_, i) => i % 2 == 1), refusal => Assert.Equal(Refusal.StoreFull, refusal));
        Assert.Equal(0ul, await Store.Journal.HeadAsync(other, Cancellation));
    }

    [Fact]
    public async Task Without_a_reserve_there_is_none()
    {
        await Store.DisposeAsync();
        _store = await SqliteStore.OpenAsync(Data, new SqliteOptions { ReserveBytes = 0 }, TimeProvider.System, Cancellation);
        Assert.False(Reserve.Exists);
    }

    private static int Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1; // No such program on this system.
        }
    }

    private static SealedBlob Blob(int length) =>
        new(new BlobName([.. AccountId.New().ToBytes(), .. AccountId.New().ToBytes()]), new byte[length]);

    private ValueTask<SqliteStore> OpenAsync() => SqliteStore.OpenAsync(Data, _options, TimeProvider.System, Cancellation);

    private async Task<Refusal> PutAsync(SealedBlob blob) =>
        await Store.Blobs.PutAsync(_account, BlobHolders.Mail, [blob], Cancellation);

    private async Task<Refusal> AppendAsync(bool isFreeing)
    {
        var append = new JournalAppend(_account, Realm.Mail, new(_head + 1, new byte[2000]), []) { IsFreeing = isFreeing };
        _head++;
        var refusal = await Store.Journal.AppendAsync(append, Cancellation);
        if (refusal != Refusal.None) _head--;
        return refusal;
    }

    /// <summary>Blobs and entries until nothing more goes in, and then the last bytes of the disk.</summary>
    private async Task<List<BlobName>> FillAsync()
    {
        var names = new List<BlobName>();
        for (var blob = Blob(300_000); await PutAsync(blob) == Refusal.None; blob = Blob(300_000)) names.Add(blob.Name);
        Fill();
        while (await AppendAsync(isFreeing: false) == Refusal.None)
        {
            Fill();
        }

        return names;
    }

    private async Task FillAgainAsync()
    {
        await Store.ProbeAsync(Cancellation); // Taken up when the reserve that served the last write is back.
        Fill();
    }

    private void Fill()
    {
        using var filler = File.OpenHandle(Filler, FileMode.OpenOrCreate, FileAccess.Write);
        try
        {
            for (var at = RandomAccess.GetLength(filler); ; at += 4096) RandomAccess.Write(filler, new byte[4096], at);
        }
        catch (IOException)
        {
            // Full, which is what is wanted.
        }
    }
}
