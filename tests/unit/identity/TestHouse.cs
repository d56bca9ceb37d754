using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using CompatBot.Storage.Memory;
using Xunit;

namespace CompatBot.UnitTests.Identity;

/// <summary>A memory store with the domain mail.test, and what opens accounts in it.</summary>
internal sealed class TestHouse : IAsyncDisposable
{
    public TestHouse()
    {
        Accounts = new(Store, new ManualTime(), Stretcher);
        Credentials = new(Store, Stretcher);
    }

    public MemoryStore Store { get; } = new();

    public PassphraseStretcher Stretcher { get; } = new();

    public Accounts Accounts { get; }

    public Credentials Credentials { get; }

    public static async Task<TestHouse> NewAsync()
    {
        var house = new TestHouse();
        Assert.Equal(Refusal.None, await house.Accounts.AddDomainAsync("mail.test", default));
        return house;
    }

    public async Task<CreatedAccount> AddAsync(string address, params (string Label, string Scopes)[] devices)
    {
        var created = await Accounts.CreateAsync(
            new(address, [], [.. devices.Select(device => new NewDevice(device.Label, Scopes.Parse(device.Scopes)!))]), default);
        Assert.Equal(Refusal.None, created.Refusal);
        return created.Value!;
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Stretcher.Dispose();
    }
}
