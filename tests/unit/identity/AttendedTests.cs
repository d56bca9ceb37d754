using CompatBot.Core.Identity;
using CompatBot.Core.Proof;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Storage.Memory;
using CompatBot.UnitTests.Mail;
using Xunit;

namespace CompatBot.UnitTests.Identity;

/// <summary>An account that the server may open by itself: open from the start on, listed as a device, and ended at once.</summary>
public sealed class AttendedTests : IAsyncDisposable
{
    private const string Ann = "ann@mail.test";

    private readonly MemoryStore _store = new();
    private readonly ManualTime _time = ManualTime.At(1_700_000_000);
    private readonly PassphraseStretcher _stretcher = new();
    private readonly HostKey _host = new(new byte[HostKey.SeedBytes]);
    private readonly Log _log = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _host.Dispose();
        _stretcher.Dispose();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task It_is_open_without_a_device_from_the_start_of_the_server_on()
    {
        var created = await AddAsync();
        await using (var server = new Server(this, _host))
        {
            await server.Attended.StartAsync(Stop);
            Assert.Equal(0, server.Open.Count);
            await AttendAsync(server, created);
            Assert.Equal(1, server.Open.Count);
        }

        await using var again = new Server(this, _host);
        await again.Attended.StartAsync(Stop);
        _time.Advance(TimeSpan.FromHours(10));
        Assert.Equal(1, again.Open.Count);
        Assert.Empty(_log.Refusals);
    }

    [Fact]
    public async Task Its_owner_sees_it_and_a_revoked_device_closes_the_account()
    {
        var created = await AddAsync();
        await using var server = new Server(this, _host);
        await server.Attended.StartAsync(Stop);
        await AttendAsync(server, created);
        await AttendAsync(server, created); // Said twice, it is one device.
        using var owner = await RecoverAsync(server, created);
        var device = Assert.Single(await server.Accounts.DevicesAsync(owner, Stop), one => one.Label == AttendedAccounts.Label);
        Assert.Equal(Refusal.None, await server.Accounts.RevokeAsync(created.Id, device.Id, Stop));
        await ClosedAsync(server);
    }

    [Fact]
    public async Task Off_ends_it_and_the_server_opens_it_no_more()
    {
        var created = await AddAsync();
        await using (var server = new Server(this, _host))
        {
            await server.Attended.StartAsync(Stop);
            await AttendAsync(server, created);
            var account = (await server.Accounts.FindAsync(Ann, Stop))!;
            Assert.True(AttendedAccounts.IsAttended(account));
            Assert.Equal(Refusal.None, await server.Attended.LeaveAsync(account, Stop));
            await ClosedAsync(server);
            Assert.False(AttendedAccounts.IsAttended((await server.Accounts.FindAsync(Ann, Stop))!));
        }

        await using var again = new Server(this, _host);
        await again.Attended.StartAsync(Stop);
        Assert.Equal(0, again.Open.Count);
    }

    [Fact]
    public async Task A_rotation_keeps_it_open_and_it_opens_after_it()
    {
        var created = await AddAsync();
        await using (var server = new Server(this, _host))
        {
            await server.Attended.StartAsync(Stop);
            await AttendAsync(server, created);
            using var owner = await RecoverAsync(server, created);
            Assert.Equal(Refusal.None, (await server.Accounts.RotateAsync(owner, null, [], Stop)).Refusal);
            Assert.Equal(1, server.Open.Count);
        }

        await using var again = new Server(this, _host);
        await again.Attended.StartAsync(Stop);
        Assert.Equal((1, 0), (again.Open.Count, _log.Refusals.Count));
    }

    [Fact]
    public async Task With_another_host_key_it_stays_closed_and_the_log_says_so()
    {
        var created = await AddAsync();
        await using (var server = new Server(this, _host)) await AttendAsync(server, created);
        using var other = new HostKey([.. Enumerable.Repeat((byte)1, HostKey.SeedBytes)]);
        await using var again = new Server(this, other);
        await again.Attended.StartAsync(Stop);
        Assert.Equal(0, again.Open.Count);
        Assert.Equal([Refusal.BadCredentials], _log.Refusals);
    }

    private async Task<CreatedAccount> AddAsync()
    {
        var accounts = new Accounts(_store, _time, _stretcher);
        await accounts.AddDomainAsync("mail.test", Stop);
        return (await accounts.CreateAsync(new(Ann, [], [new("phone", Scopes.All)]), Stop)).Value!;
    }

    private static async Task<Keyring> RecoverAsync(Server server, CreatedAccount created)
    {
        using var words = Words.Parse(created.Words)!;
        return (await server.Accounts.RecoverAsync(words, Stop)).Value!;
    }

    private static async Task AttendAsync(Server server, CreatedAccount created)
    {
        using var owner = await RecoverAsync(server, created);
        Assert.Equal(Refusal.None, await server.Attended.AttendAsync(owner, Stop));
    }

    private async Task ClosedAsync(Server server)
    {
        for (var i = 0; i < 10_000 && server.Open.Count > 0; i++)
        {
            await Task.Delay(1, Stop); // Until the cut session has left, and the grace has begun.
            _time.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal(0, server.Open.Count);
    }

    private sealed class Server : IAsyncDisposable
    {
        public Server(AttendedTests tests, HostKey host)
        {
            Accounts = new Accounts(tests._store, tests._time, tests._stretcher);
            Open = new OpenAccounts(tests._store, tests._time, TimeSpan.FromMinutes(1), new VaultTrouble());
            var credentials = new Credentials(tests._store, tests._stretcher);
            Attended = new AttendedAccounts(Accounts, credentials, new Sessions(Open, Accounts, credentials), host, tests._log);
        }

        public Accounts Accounts { get; }

        public OpenAccounts Open { get; }

        public AttendedAccounts Attended { get; }

        public async ValueTask DisposeAsync()
        {
            await Attended.DisposeAsync();
            await Open.DisposeAsync();
        }
    }

    private sealed class Log : IAttendedLog
    {
        public List<Refusal> Refusals { get; } = [];

        public void NotOpened(AccountId account, Refusal refusal) => Refusals.Add(refusal);
    }
}
