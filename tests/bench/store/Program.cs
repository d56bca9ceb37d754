using System.Diagnostics;
using System.Globalization;
using CompatBot.Storage.Sqlite;
using CompatBot.StoreBench;

// dotnet run -c Release --project tests/bench/store -- --writers 1,10,50 --seconds 5
// Options: --entry 300 --blob 4096 --accounts (as many as writers) --page 4096 --file-min 524288 --directory (a new one under /tmp)
// --reads 50000 --preload 0 --checkpoint 2048 --keep
// --sealed closed|open: whole deliveries, sealed, to accounts that are closed or open; --plain 3: SQLite alone and those, in turns
// --garbage 1000000 --percent 20 --writers 20: a garbage collection beside deliveries
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var arguments = new BenchArguments(args);
var directory = arguments.Text("directory", "") is { Length: > 0 } given
    ? given
    : Directory.CreateTempSubdirectory("compatbot-bench-").FullName;
var options = new SqliteOptions
{
    PageBytes = arguments.Number("page", new SqliteOptions().PageBytes),
    FileBytesMin = arguments.Number("file-min", new SqliteOptions().FileBytesMin),
    CheckpointPages = arguments.Number("checkpoint", new SqliteOptions().CheckpointPages),
    Report = trouble => Console.WriteLine(trouble),
};
var clock = new MovableClock();
try
{
    await using var store = await SqliteStore.OpenAsync(directory, options, clock, CancellationToken.None);
    var deliveries = new Deliveries(store, arguments.Number("entry", 300), arguments.Number("blob", 4096));
    var sealedDeliveries = arguments.Text("sealed", "") is { Length: > 0 } how
        ? new SealedDeliveries(store, deliveries.BlobBytes, how == "open")
        : null;
    await deliveries.PreloadAsync(arguments.Number("preload", 0));
    Console.WriteLine($"page {options.PageBytes}, entry {deliveries.EntryBytes} B, blob {deliveries.BlobBytes} B");
    Console.WriteLine("writers  deliveries/s  p50 ms  p99 ms  max ms  fsync/s  CPU µs each");
    if (arguments.Number("plain", 0) is > 0 and var rounds)
    {
        using var plain = new PlainPrototype(Path.Combine(directory, "plain.db"), deliveries.EntryBytes, deliveries.BlobBytes);
        await CompareAsync(plain, sealedDeliveries ?? new SealedDeliveries(store, deliveries.BlobBytes, open: false), rounds);
        return;
    }

    if (arguments.Number("garbage", 0) is > 0 and var garbage)
    {
        var (writers, seconds) = (arguments.Number("writers", 20), arguments.Number("seconds", 5));
        await new GarbageLoad(store, clock, deliveries).RunAsync(
            garbage, arguments.Number("percent", 20) / 100.0, writers, TimeSpan.FromSeconds(seconds));
        return;
    }

    foreach (var writers in arguments.Numbers("writers", "1,10,50"))
    {
        var (accounts, time) = (arguments.Number("accounts", writers), TimeSpan.FromSeconds(arguments.Number("seconds", 5)));
        Console.WriteLine(sealedDeliveries is null
            ? await deliveries.RunAsync(writers, accounts, time)
            : await sealedDeliveries.RunAsync(writers, accounts, time));
    }

    if (sealedDeliveries is null)
    {
        var reads = await deliveries.ReadAsync(arguments.Number("reads", 50_000), parallel: 2);
        Console.WriteLine($"random blob reads: {reads:F0}/s by 2 readers, of {deliveries.Count} blobs");
    }

    var size = new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
    Console.WriteLine($"{size / 1e6:F0} MB on disk");
    var watch = Stopwatch.StartNew();
    await store.DisposeAsync();
    Console.WriteLine($"closed in {watch.ElapsedMilliseconds} ms");
}
finally
{
    if (!arguments.Has("keep"))
    {
        Directory.Delete(directory, recursive: true);
    }
}

// SQLite alone, then sealed deliveries, round after round in the same process on the same disk.
async Task CompareAsync(PlainPrototype plain, SealedDeliveries deliveries, int rounds)
{
    var shelf = 0;
    foreach (var writers in arguments.Numbers("writers", "1,10,50"))
    {
        var (accounts, time) = (arguments.Number("accounts", writers), TimeSpan.FromSeconds(arguments.Number("seconds", 5)));
        for (var round = 0; round < rounds; round++, shelf += accounts)
        {
            Console.WriteLine(await plain.RunAsync(writers, accounts, time, shelf) + "  plain");
            Console.WriteLine(await deliveries.RunAsync(writers, accounts, time) + "  sealed");
        }
    }
}
