using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace CompatBot.CrashTests;

/// <summary>The real server under load, killed again and again: nothing is lost or doubled, no UID comes again, it always starts.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    /// <summary>tests/crash/run.sh sets these for a long run, or to repeat one.</summary>
    private const string KillsVariable = "COMPATBOT_CRASH_KILLS", SeedVariable = "COMPATBOT_CRASH_SEED";

    private const int KillsOfShortRun = 8;
    private const int KillsBetweenStoreVerifies = 25;
    private const int AcknowledgedBeforeKillMax = 400;

    private static readonly TimeSpan LoadTimeMax = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task What_was_acknowledged_survives_every_kill()
    {
        var kills = Given(KillsVariable) ?? KillsOfShortRun;
        var seed = Given(SeedVariable) ?? Environment.TickCount;
        var random = new Random(seed);
        Say($"{kills} kills, seed {seed}");
        using var site = await CrashSite.MakeAsync();
        var startTimes = new List<TimeSpan>();
        for (var kill = 1; kill <= kills; kill++)
        {
            try
            {
                await RoundAsync(site, random, startTimes);
                if (kill % KillsBetweenStoreVerifies == 0 || kill == kills) await site.VerifyStoreAsync();
            }
            catch (Exception error) when (error is CrashException or InvalidOperationException or IOException)
            {
                throw new CrashException($"kill {kill} of {kills}, seed {seed}: {error}");
            }

            if (kill % 50 == 0) Say($"{kill} kills, {Acknowledged(site)} acknowledged");
        }

        using (var server = await ServerProcess.StartAsync(site.Data))
        {
            await new Audit(site, server).RunAsync();
            Assert.Equal(0, await server.StopAsync());
        }

        startTimes.Sort();
        Say($"{kills} kills, {Acknowledged(site)} acknowledged operations, all there; "
            + $"start {startTimes[startTimes.Count / 2].TotalMilliseconds:f0} ms median, {startTimes[^1].TotalMilliseconds:f0} ms longest");
    }

    /// <summary>Start, audit (sometimes killed in the middle), load, kill (sometimes in the middle of a stop or of a start).</summary>
    private static async Task RoundAsync(CrashSite site, Random random, List<TimeSpan> startTimes)
    {
        if (random.Next(8) == 0) await ServerProcess.KillWhileStartingAsync(site.Data, TimeSpan.FromMilliseconds(random.Next(50, 600)));
        if (random.Next(6) == 0)
        {
            using var audited = await ServerProcess.StartAsync(site.Data);
            var audit = new Audit(site, audited).RunAsync();
            await Task.WhenAny(audit, Task.Delay(random.Next(1, 60)));
            await audited.KillAsync();
            await IgnoreHangUpAsync(audit);
        }

        var started = Stopwatch.GetTimestamp();
        using var server = await ServerProcess.StartAsync(site.Data);
        startTimes.Add(Stopwatch.GetElapsedTime(started));
        await new Audit(site, server).RunAsync();
        var load = new Load(site, server, random).RunAsync();
        await Task.WhenAny(load, SomeLoadAsync(site, random));
        if (random.Next(10) == 0) await Task.WhenAny(server.StopAsync(), Task.Delay(random.Next(1, 30)));
        await server.KillAsync();
        await load;
    }

    /// <summary>Until some promises were made, however fast the machine is just now, and then a moment more.</summary>
    private static async Task SomeLoadAsync(CrashSite site, Random random)
    {
        var (started, enough) = (Stopwatch.GetTimestamp(), Acknowledged(site) + random.Next(AcknowledgedBeforeKillMax));
        while (Acknowledged(site) < enough && Stopwatch.GetElapsedTime(started) < LoadTimeMax) await Task.Delay(5);
        await Task.Delay(random.Next(15));
    }

    private static async Task IgnoreHangUpAsync(Task audit)
    {
        try
        {
            await audit;
        }
        catch (IOException)
        {
            return; // Killed in the middle, as intended.
        }
    }

    private static long Acknowledged(CrashSite site) =>
        site.Home.Ledger.Acknowledged + site.Away.Ledger.Acknowledged + site.Home.Paths.Acknowledged;

    private static int? Given(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    private void Say(string line)
    {
        output.WriteLine(line);
        Console.Error.WriteLine(line);
    }
}
