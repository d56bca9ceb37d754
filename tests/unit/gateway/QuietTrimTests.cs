using CompatBot.Gateway;
using Xunit;

namespace CompatBot.UnitTests.Gateway;

public sealed class QuietTrimTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly QuietTrim _trim;
    private long _allocated;
    private int _trims;

    public QuietTrimTests() => _trim = new QuietTrim(_time, () => _allocated, () => _trims++);

    public void Dispose() => _trim.Dispose();

    [Fact]
    public void Memory_goes_back_once_after_a_burst_when_it_is_quiet()
    {
        Second(QuietTrim.WorthBytesMin);
        Assert.Equal(0, _trims); // Not quiet yet.
        Second(QuietTrim.QuietBytesMax);
        Assert.Equal(1, _trims);
        Second(0);
        Second(0);
        Assert.Equal(1, _trims);
    }

    [Fact]
    public void A_busy_server_is_never_stopped_for_it()
    {
        for (var second = 0; second < 100; second++) Second(QuietTrim.QuietBytesMax + 1);
        Assert.Equal(0, _trims);
    }

    [Fact]
    public void A_little_garbage_is_not_worth_it()
    {
        Second(QuietTrim.WorthBytesMin - 1);
        Second(0);
        Assert.Equal(0, _trims);
        Second(1);
        Assert.Equal(1, _trims);
    }

    [Fact]
    public void After_a_vault_closed_memory_goes_back_at_once_and_again_when_the_shared_arrays_have_aged()
    {
        _trim.Ask();
        Second(0);
        Assert.Equal(1, _trims);
        for (var second = 1; second < QuietTrim.SharedArraysAge.TotalSeconds - 1; second++) Second(0);
        Assert.Equal(1, _trims);
        for (var second = 0; second < 100; second++) Second(0);
        Assert.Equal(3, _trims);
    }

    private void Second(long bytes)
    {
        _allocated += bytes;
        _time.Advance(QuietTrim.LookEvery);
    }
}
