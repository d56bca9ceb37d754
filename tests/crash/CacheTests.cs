using Xunit;

namespace CompatBot.CrashTests;

/// <summary>Snapshots and summaries are only shortcuts: without them the state is the same, to the last MODSEQ.</summary>
public sealed class CacheTests
{
    [Fact]
    public async Task State_is_identical_without_snapshots_and_caches()
    {
        using var site = await CrashSite.MakeAsync();
        var random = new Random(1);
        for (var round = 0; round < 3; round++)
        {
            using var server = await ServerProcess.StartAsync(site.Data);
            await new Audit(site, server).RunAsync();
            var load = new Load(site, server, random).RunAsync();
            await Task.WhenAny(load, Task.Delay(700));
            await server.StopAsync();
            await load;
        }

        var before = await StatAsync(site);
        Assert.Contains("\"highestModSeq\":", before);
        Assert.Contains("\"messages\":", before);
        var dropped = await ServerProcess.VerbAsync(site.Data, null, "store", "drop-caches");
        Assert.Equal((0, ""), (dropped.ExitCode, dropped.Error));
        Assert.Equal(before, await StatAsync(site));

        using var again = await ServerProcess.StartAsync(site.Data);
        await new Audit(site, again).RunAsync();
        var refused = await ServerProcess.VerbAsync(site.Data, null, "store", "drop-caches");
        Assert.Equal(6, refused.ExitCode); // A server that runs holds parts of them.
        Assert.Equal(0, await again.StopAsync());
    }

    private static async Task<string> StatAsync(CrashSite site)
    {
        var words = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(words, site.Home.Words);
        var (exitCode, output, error) = await ServerProcess.VerbAsync(
            site.Data, null, "store", "stat", "--account", site.Home.Address, "--unlock", words, "--json");
        File.Delete(words);
        return exitCode == 0 ? output : throw new CrashException(error);
    }
}
