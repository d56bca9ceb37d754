using System.Net;
using CompatBot.Protocols.Net;
using Xunit;

namespace CompatBot.DialogueTests.Net;

public sealed class LoginGuardTests
{
    private static readonly IPAddress Home = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Away = IPAddress.Parse("2001:db8:1:2::3");
    private readonly DialogueTime _time = new();

    [Fact]
    public async Task Failures_make_the_next_attempts_wait_twice_as_long_each_time()
    {
        var guard = new LoginGuard(new LoginGuardLimits { FreeFailures = 2 }, _time);
        await Fail(guard, Home, "anna", 2);
        foreach (var milliseconds in new[] { 250, 500, 1000, 2000, 4000, 8000, 8000 })
        {
            var waiting = Admit(guard, Home, "anna");
            _time.Advance(TimeSpan.FromMilliseconds(milliseconds - 1));
            Assert.False(waiting.IsCompleted);
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.True(await waiting);
            guard.Failed(Home, "anna");
        }
    }

    [Fact]
    public async Task Attempts_at_once_queue_and_those_too_far_behind_are_refused()
    {
        var guard = new LoginGuard(new LoginGuardLimits { FreeFailures = 1, LongestDelay = TimeSpan.FromSeconds(1) }, _time);
        await Fail(guard, Home, "anna", 1);
        Task<bool>[] waiting = [.. Enumerable.Range(0, 4).Select(_ => Admit(guard, Home, "anna"))];
        for (var turn = 0; turn < 4; turn++)
        {
            Assert.All(waiting[turn..], attempt => Assert.False(attempt.IsCompleted));
            _time.Advance(TimeSpan.FromMilliseconds(250));
            Assert.True(await waiting[turn]);
        }

        waiting = [.. Enumerable.Range(0, 5).Select(_ => Admit(guard, Home, "anna"))];
        Assert.False(await waiting[4]);
    }

    [Fact]
    public async Task A_login_is_locked_out_everywhere_but_where_it_has_succeeded()
    {
        var limits = new LoginGuardLimits { FreeFailures = 100, LoginFailuresMax = 3 };
        var guard = new LoginGuard(limits, _time);
        Assert.True(await Admit(guard, Home, "anna"));
        guard.Succeeded(Home, "anna");
        await Fail(guard, Away, "Anna ", 3);
        Assert.False(await Admit(guard, Away, "anna"));
        Assert.False(await Admit(guard, IPAddress.Loopback, "ANNA"));
        Assert.True(await Admit(guard, Home, "anna"));
        Assert.True(await Admit(guard, Away, "bert"));
        _time.Advance(limits.LockTime);
        Assert.True(await Admit(guard, Away, "anna"));
    }

    [Fact]
    public async Task An_address_is_locked_out_with_its_whole_network()
    {
        var guard = new LoginGuard(new LoginGuardLimits { FreeFailures = 100, AddressFailuresMax = 3 }, _time);
        for (var login = 0; login < 3; login++) await Fail(guard, Away, $"guess{login}", 1);
        Assert.False(await Admit(guard, IPAddress.Parse("2001:db8:1:2:ffff::1"), "anna"));
        Assert.True(await Admit(guard, IPAddress.Parse("2001:db8:1:3::1"), "anna"));
    }

    [Fact]
    public async Task A_mapped_address_is_the_address_that_it_maps()
    {
        var guard = new LoginGuard(new LoginGuardLimits { FreeFailures = 100, AddressFailuresMax = 1 }, _time);
        await Fail(guard, Home, "anna", 1);
        Assert.False(await Admit(guard, Home.MapToIPv6(), "bert"));
        Assert.True(await Admit(guard, IPAddress.Parse("192.0.2.2"), "bert"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Loopback_is_counted_unless_it_is_trusted(bool trusted)
    {
        var guard = new LoginGuard(new LoginGuardLimits { AddressFailuresMax = 1, LoopbackIsTrusted = trusted }, _time);
        await Fail(guard, IPAddress.Loopback, "anna", 1);
        Assert.Equal(trusted, await Admit(guard, IPAddress.Loopback, "bert"));
    }

    [Fact]
    public async Task Failures_are_forgotten_after_a_while()
    {
        var limits = new LoginGuardLimits { FreeFailures = 2, LoginFailuresMax = 4 };
        var guard = new LoginGuard(limits, _time);
        await Fail(guard, Home, "anna", 2);
        _time.Advance(limits.FailureWindow + TimeSpan.FromSeconds(1));
        await Fail(guard, Home, "anna", 2);
    }

    [Fact]
    public async Task Success_halves_what_an_address_has_to_its_name()
    {
        var guard = new LoginGuard(new LoginGuardLimits { FreeFailures = 100, AddressFailuresMax = 4 }, _time);
        await Fail(guard, Home, "one", 3);
        guard.Succeeded(Home, "mine");
        await Fail(guard, Home, "two", 2);
        await Fail(guard, Home, "three", 1);
        Assert.False(await Admit(guard, Home, "four"));
    }

    [Fact]
    public void Memory_is_bounded_whatever_strangers_do()
    {
        var table = new RecentTable<int, int>(100);
        for (var key = 0; key < 100_000; key++)
        {
            table.Set(key, key);
            Assert.True(table.TryGet(7, out _) || key < 7, "what is used stays");
            Assert.True(table.Count <= 200);
        }
    }

    private static async Task Fail(LoginGuard guard, IPAddress address, string login, int times)
    {
        for (var time = 0; time < times; time++)
        {
            Assert.True(await Admit(guard, address, login));
            guard.Failed(address, login);
        }
    }

    private static Task<bool> Admit(LoginGuard guard, IPAddress address, string login) =>
        guard.AdmitAsync(address, login, TestContext.Current.CancellationToken).AsTask();
}
