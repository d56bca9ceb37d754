using CompatBot.Core.Store;
using CompatBot.Gateway.Watch;
using Xunit;

namespace CompatBot.UnitTests.Gateway.Watch;

public sealed class HealthTests
{
    private readonly ManualTime _time = new();
    private readonly StubStore _store = new();
    private long _free = Health.FreeBytesMin;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_store_that_writes_on_a_disk_with_room_is_ready()
    {
        using var health = Make();
        var report = await health.ReadyAsync(Cancellation);
        Assert.True(report.IsReady);
        Assert.Equal(["store", "disk", "server"], from check in report.Checks select check.Name);
    }

    [Theory]
    [InlineData(Refusal.Unavailable)]
    [InlineData(Refusal.StoreFull)]
    public async Task A_failing_store_is_not_ready_until_it_writes_again(Refusal refusal)
    {
        using var health = Make();
        _store.Answer = () => Task.FromResult(refusal);
        Assert.Equal(["store"], await FailedAsync(health));
        _store.Answer = () => throw new ObjectDisposedException("store");
        _time.Advance(Health.KeptFor);
        Assert.Equal(["store"], await FailedAsync(health));
        _store.Answer = () => Task.FromResult(Refusal.None);
        Assert.Equal(["store"], await FailedAsync(health)); // Kept for a moment, so that asking often costs nothing.
        _time.Advance(Health.KeptFor);
        Assert.Empty(await FailedAsync(health));
    }

    [Fact]
    public async Task A_store_that_does_not_answer_is_not_ready_and_is_asked_once()
    {
        using var health = Make();
        var answer = new TaskCompletionSource<Refusal>();
        _store.Answer = () => answer.Task;
        for (var twice = 0; twice < 2; twice++)
        {
            var asked = FailedAsync(health);
            _time.Advance(Health.ProbeTimeout);
            Assert.Equal(["store"], await asked);
            _time.Advance(Health.KeptFor);
        }

        Assert.Equal(1, _store.Probes);
        answer.SetResult(Refusal.None);
        Assert.Empty(await FailedAsync(health));
    }

    [Fact]
    public async Task A_disk_one_byte_too_full_is_not_ready()
    {
        using var health = Make();
        Assert.Empty(await FailedAsync(health));
        _free--;
        Assert.Equal(["disk"], await FailedAsync(health));
    }

    [Fact]
    public async Task A_server_that_stops_is_not_ready()
    {
        using var health = Make();
        health.Drain();
        Assert.Equal(["server"], await FailedAsync(health));
    }

    private static async Task<IEnumerable<string>> FailedAsync(Health health)
    {
        var report = await health.ReadyAsync(Cancellation);
        Assert.Equal(report.IsReady, report.Checks.All(check => check.IsOk));
        return from check in report.Checks where !check.IsOk select check.Name;
    }

    private Health Make() => new(_store, () => _free, _time);

    private sealed class StubStore : IStoreHealth
    {
        public Func<Task<Refusal>> Answer { get; set; } = () => Task.FromResult(Refusal.None);

        public int Probes { get; private set; }

        public ValueTask<IReadOnlyList<string>> CheckAsync(CancellationToken cancellation) => new([]);

        public ValueTask<Refusal> ProbeAsync(CancellationToken cancellation)
        {
            Probes++;
            return new ValueTask<Refusal>(Answer());
        }

        public ValueTask<StoreTotals> TotalsAsync(CancellationToken cancellation) => new(default(StoreTotals));
    }
}
