using System.Diagnostics;

namespace CompatBot.StoreBench;

/// <summary>Runs writers side by side, each one delivery after the other, and says how long deliveries took.</summary>
internal static class Timing
{
    /// <param name="deliver">One delivery to the account of this number, durable when it ends.</param>
    public static async Task<string> RunAsync(int writers, int accounts, TimeSpan time, Func<int, Random, ValueTask> deliver)
    {
        var latencies = new List<double>[writers];
        var flushesBefore = Flushes();
        var processorBefore = Process.GetCurrentProcess().TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            int[] mine = [.. Enumerable.Range(0, accounts).Where(home => home % writers == writer)];
            latencies[writer] = await WriteAsync(new Random(writer), mine, watch, time, deliver);
        })));
        var seconds = watch.Elapsed.TotalSeconds;
        var processor = Process.GetCurrentProcess().TotalProcessorTime - processorBefore;
        var all = latencies.SelectMany(list => list).Order().ToArray();
        var flushes = flushesBefore is { } before && Flushes() is { } after ? $"{(after - before) / seconds:F0}" : "-";
        return $"{writers,7}  {all.Length / seconds,12:F0}  {all[all.Length / 2],6:F2}  {all[(int)(all.Length * 0.99)],6:F2}  "
            + $"{all[^1],6:F1}  {flushes,7}  {processor.TotalMicroseconds / all.Length,11:F0}";
    }

    private static async Task<List<double>> WriteAsync(
        Random random, int[] homes, Stopwatch watch, TimeSpan time, Func<int, Random, ValueTask> deliver)
    {
        var latencies = new List<double>(100_000);
        while (watch.Elapsed < time)
        {
            var begun = watch.Elapsed;
            await deliver(homes[random.Next(homes.Length)], random);
            latencies.Add((watch.Elapsed - begun).TotalMilliseconds);
        }

        return latencies;
    }

    /// <summary>Flushes that the disk under / has seen since the machine started (/proc/diskstats, field 19), everybody's.</summary>
    private static long? Flushes() => File.Exists("/proc/diskstats")
        ? File.ReadLines("/proc/diskstats").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > 18).Select(fields => (long?)long.Parse(fields[18])).Max()
        : null;
}
