using System.Text;
using CompatBot.Core.Store;
using CompatBot.Gateway.Watch;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Xunit;

namespace CompatBot.UnitTests.Gateway.Watch;

public sealed class WatchPagesTests : IDisposable, IStoreHealth
{
    private readonly ManualTime _time = new();
    private readonly MetricCollector _collector = new(_ => false);
    private readonly Health _health;
    private readonly HostMetrics _host;
    private Refusal _refusal = Refusal.None;
    private bool _reads = true;

    public WatchPagesTests()
    {
        _health = new Health(this, () => Health.FreeBytesMin, _time);
        _host = new HostMetrics(
            this, () => 2, () => 1 << 20, () => 3, () => DateTimeOffset.UnixEpoch, () => throw new IOException("gone"), _time);
    }

    [Fact]
    public async Task A_failing_store_makes_readyz_503_and_back()
    {
        Assert.Equal((200, true), await ReadyAsync());
        _refusal = Refusal.Unavailable;
        _time.Advance(Health.KeptFor);
        var (status, text) = await GetAsync("/readyz");
        Assert.Equal(503, status);
        Assert.StartsWith("failed store: writing failed", text, StringComparison.Ordinal);
        Assert.Equal(200, (await GetAsync("/healthz")).Status); // The process lives all the same.
        _refusal = Refusal.None;
        _time.Advance(Health.KeptFor);
        Assert.Equal((200, true), await ReadyAsync());
        _health.Drain();
        Assert.Equal((503, true), await ReadyAsync());
    }

    [Theory]
    [InlineData("HEAD", "/healthz", 200)]
    [InlineData("POST", "/healthz", 404)]
    [InlineData("GET", "/", 404)]
    [InlineData("GET", "/Healthz", 404)]
    [InlineData("DELETE", "/metrics", 404)]
    public async Task Only_GET_and_HEAD_of_three_paths_are_answered(string method, string path, int wanted)
    {
        var (status, text) = await GetAsync(path, method);
        Assert.Equal(wanted, status);
        Assert.Equal(method == "HEAD", text.Length == 0);
    }

    [Fact]
    public async Task What_is_not_known_is_no_number()
    {
        using var collector = new MetricCollector(meter => meter.Name == HostMetrics.MeterName);
        Assert.Contains(collector.Collect(), family => family.Name == "compatbot_vaults_open");
        Assert.Equal(double.NaN, Value(collector, "compatbot_disk_free_bytes"));
        Assert.Equal(double.NaN, Value(collector, "compatbot_dropbox_items")); // Nobody asked the store yet.
        await _host.RefreshAsync(TestContext.Current.CancellationToken);
        Assert.Equal(3, Value(collector, "compatbot_dropbox_items"));
        _reads = false;
        await _host.RefreshAsync(TestContext.Current.CancellationToken);
        Assert.Equal(3, Value(collector, "compatbot_dropbox_items"));
        _time.Advance(HostMetrics.TotalsKeptFor);
        await _host.RefreshAsync(TestContext.Current.CancellationToken);
        Assert.Equal(double.NaN, Value(collector, "compatbot_dropbox_items"));
    }

    public void Dispose()
    {
        _host.Dispose();
        _health.Dispose();
        _collector.Dispose();
    }

    ValueTask<Refusal> IStoreHealth.ProbeAsync(CancellationToken cancellation) => new(_refusal);

    ValueTask<IReadOnlyList<string>> IStoreHealth.CheckAsync(CancellationToken cancellation) => new([]);

    ValueTask<StoreTotals> IStoreHealth.TotalsAsync(CancellationToken cancellation) =>
        _reads ? new(new StoreTotals(1, 3, 9)) : throw new IOException("The disk says no.");

    private static double Value(MetricCollector collector, string name) =>
        Assert.Single(Assert.Single(collector.Collect(), family => family.Name == name).Samples).Value;

    private async Task<(int Status, bool SaysDisk)> ReadyAsync()
    {
        var (status, text) = await GetAsync("/readyz");
        return (status, text.Contains("ok disk: 64 MiB free", StringComparison.Ordinal));
    }

    private async Task<(int Status, string Text)> GetAsync(string path, string method = "GET")
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { Request = { Method = method, Path = path }, Response = { Body = body } };
        context.Features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature());
        await new WatchPages(_health, _collector, _host.RefreshAsync).ProcessRequestAsync(context.Features);
        return (context.Response.StatusCode, Encoding.UTF8.GetString(body.ToArray()));
    }
}
