using CompatBot.Core.Identity;
using CompatBot.Core.Metrics;
using CompatBot.Core.Store;
using CompatBot.UnitTests.Mail;
using Xunit;

namespace CompatBot.UnitTests.Identity;

/// <summary>Accounts that nobody uses make room for others before their grace is over, those left first before the rest.</summary>
public sealed class EvictionTests
{
    private const string Password = "abcdefghijklmnopqrstuvwxyz";

    private readonly ManualTime _time = ManualTime.At(1_700_000_000);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_account_that_was_left_first_goes_and_those_in_use_stay()
    {
        await using var house = await TestHouse.NewAsync();
        foreach (var name in (string[])["a", "b", "c", "d"]) await AddAsync(house, name);
        var one = await OpenedBytesAsync(house);
        await using var open = new OpenAccounts(
            house.Store, _time, TimeSpan.FromHours(1), new VaultTrouble(), memoryBytesMax: (one * 2) + (one / 2));
        var sessions = new Sessions(open, house.Accounts, house.Credentials);
        await using var stays = await LoginAsync(sessions, "a");
        await VisitAsync(sessions, "b");
        await VisitAsync(sessions, "c");
        Assert.Equal(2, open.Count); // b went for c.
        await VisitAsync(sessions, "c");
        await using (await LoginAsync(sessions, "d"))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(2, open.Count); // c went; a and d are in use.
            await using var more = await LoginAsync(sessions, "b");
            Assert.Equal(3, open.Count); // Whatever they take.
            Assert.True(open.MemoryBytes > one * 2);
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, open.Count);
        Assert.True((await stays.Mail!.OpenAsync("INBOX", Stop)).Value!.Count == 0);
        await stays.DisposeAsync();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((0, 0L), (open.Count, open.MemoryBytes));
    }

    [Fact]
    public async Task What_was_let_go_is_there_at_the_next_login()
    {
        await using var house = await TestHouse.NewAsync();
        await AddAsync(house, "a");
        await using var open = new OpenAccounts(house.Store, _time, TimeSpan.FromHours(1), new VaultTrouble(), memoryBytesMax: 1);
        var sessions = new Sessions(open, house.Accounts, house.Credentials);
        var before = CoreMetrics.VaultsEvicted.Value;
        await using (var session = await LoginAsync(sessions, "a"))
        {
            await session.Mail!.CreateAsync("kept", Core.Mail.SpecialUse.None, Stop);
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, open.Count);
        Assert.True(CoreMetrics.VaultsEvicted.Value > before);
        await using var again = await LoginAsync(sessions, "a");
        Assert.Equal(Refusal.None, (await again.Mail!.OpenAsync("kept", Stop)).Refusal);
    }

    private async Task<long> OpenedBytesAsync(TestHouse house)
    {
        await using var open = new OpenAccounts(house.Store, _time, TimeSpan.FromHours(1), new VaultTrouble());
        await VisitAsync(new Sessions(open, house.Accounts, house.Credentials), "a");
        return open.MemoryBytes;
    }

    private async Task VisitAsync(Sessions sessions, string name)
    {
        await using (await LoginAsync(sessions, name)) _time.Advance(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
    }

    private static async Task AddAsync(TestHouse house, string name)
    {
        var device = new NewDevice("phone", Scopes.All, AppPassword.Parse(Password));
        Assert.Equal(Refusal.None, (await house.Accounts.CreateAsync(new($"{name}@mail.test", [], [device]), Stop)).Refusal);
    }

    private static async Task<Session> LoginAsync(Sessions sessions, string name)
    {
        var login = await sessions.LoginAsync($"{name}@mail.test", new(Password), "imap", Stop);
        Assert.Equal(Refusal.None, login.Refusal);
        return login.Value!;
    }
}
