using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Storage.Memory;
using Xunit;

namespace CompatBot.UnitTests.Identity;

public sealed class GarbageRoundsTests
{
    private readonly ManualTime _time = ManualTime.At(1_700_000_000);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_open_account_is_collected_within_an_hour_and_then_once_a_day()
    {
        var log = new Log();
        var (open, session) = await LoginAsync();
        await using var accounts = open;
        await using var rounds = new GarbageRounds(open, _time, historyDays: 3, log);
        rounds.Start();
        await DeleteOneAsync(session.Mail!);
        await AdvanceAsync(TimeSpan.FromDays(3) + TimeSpan.FromSeconds(1));
        Assert.Empty(log.Reports); // Seen for the first time: at a random moment of the next hour.
        await AdvanceAsync(GarbageRounds.FirstWithin);
        Assert.Equal([(1L, 1L)], log.Reports);

        await DeleteOneAsync(session.Mail!);
        await AdvanceAsync(GarbageRounds.Period / 2);
        Assert.Single(log.Reports);
        await AdvanceAsync(GarbageRounds.Period / 2);
        Assert.Equal([(1L, 1L), (0L, 0L)], log.Reports);
        await AdvanceAsync(TimeSpan.FromDays(3));
        Assert.Equal([(1L, 1L), (0L, 0L), (1L, 1L)], log.Reports);
    }

    [Fact]
    public async Task While_the_clock_is_years_ahead_nothing_is_forgotten()
    {
        var log = new Log();
        var (open, session) = await LoginAsync();
        await using var accounts = open;
        await using var rounds = new GarbageRounds(open, _time, historyDays: 30, log);
        rounds.Start();
        await DeleteOneAsync(session.Mail!);
        _time.Leap(TimeSpan.FromDays(3652));
        for (var hour = 0; hour < 30; hour++) await AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Empty(log.Reports);
        Assert.Equal([3652.0], log.Leaps);
        _time.Leap(TimeSpan.FromDays(-3652));
        for (var hour = 0; hour < 30; hour++) await AdvanceAsync(TimeSpan.FromHours(1));
        Assert.All(log.Reports, report => Assert.Equal((0L, 0L), report));
        Assert.Equal(2, log.Leaps.Count);
        Assert.NotEmpty(log.Reports);
    }

    private async Task<(OpenAccounts Open, Session Session)> LoginAsync()
    {
        var store = new MemoryStore(_time);
        using var stretcher = new PassphraseStretcher();
        var accounts = new Accounts(store, _time, stretcher);
        await accounts.AddDomainAsync("mail.test", Stop);
        var created = (await accounts.CreateAsync(new("ann@mail.test", [], [new("phone", Scopes.All)]), Stop)).Value!;
        var open = new OpenAccounts(store, _time, TimeSpan.Zero, new QuietLog());
        var sessions = new Sessions(open, accounts, new Credentials(store, stretcher));
        var login = await sessions.LoginAsync("ann@mail.test", new(created.Devices[0].Password.Text), "imap", Stop);
        return (open, login.Value!);
    }

    private static async Task DeleteOneAsync(MailStore mail)
    {
        using var writer = mail.NewMessage();
        await writer.WriteAsync(Guid.NewGuid().ToByteArray(), Stop);
        var written = (await writer.CompleteAsync(Stop)).Value!;
        await mail.AppendAsync("INBOX", written, MessageFlags.Deleted, [], null, Stop);
        await mail.ExpungeAsync(mail.State.Find("INBOX")!.Id, null, Stop);
    }

    /// <summary>Moves the clock, and waits until the rounds wait for it again.</summary>
    private async Task AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        while (_time.NextDue is null) await Task.Yield();
    }

    private sealed class QuietLog : IVaultLog
    {
        public void CloseFailed(Exception error) => Assert.Fail(error.Message);

        public void IntakeFailed(AccountId account, Refusal refusal, Exception? error) => Assert.Fail($"{refusal} {error}");

        public void Closed()
        {
        }
    }

    private sealed class Log : IGarbageLog
    {
        public List<(long Forgotten, long Released)> Reports { get; } = [];

        public List<double> Leaps { get; } = [];

        public void ClockLeapt(TimeSpan by) => Leaps.Add(by.TotalDays);

        public void Collected(AccountId account, CollectReport report, TimeSpan elapsed) =>
            Reports.Add((report.Forgotten, report.Released));

        public void Declined(AccountId account, Refusal refusal) => throw new InvalidOperationException($"{refusal}");

        public void Failed(AccountId account, Exception error) => throw new InvalidOperationException("Failed", error);
    }
}
