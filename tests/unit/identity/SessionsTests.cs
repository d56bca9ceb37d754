using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Storage.Memory;
using CompatBot.UnitTests.Journal;
using Xunit;

namespace CompatBot.UnitTests.Identity;

public sealed class SessionsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    private readonly SteppedStore _store = new(new MemoryStore());
    private readonly ManualTime _time = new();
    private readonly Accounts _accounts;
    private readonly OpenAccounts _open;
    private readonly Sessions _sessions;
    private readonly Deliveries _deliveries;

    public SessionsTests()
    {
        _time.Advance(TimeSpan.FromDays(20_000));
        var stretcher = new PassphraseStretcher();
        _accounts = new Accounts(_store, _time, stretcher);
        _open = new OpenAccounts(_store, _time, Grace, new QuietLog());
        _sessions = new Sessions(_open, _accounts, new Credentials(_store, stretcher));
        _deliveries = new Deliveries(_store, _open, _time);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Mail_arrives_whether_or_not_anybody_is_logged_in()
    {
        var created = await CreateAsync("ann@mail.test", "*");
        await DeliverAsync("ann+tag@mail.test", "Subject: before\r\n\r\n");
        Assert.Equal(0, _open.Count);
        var session = await LoginAsync(created);
        await DeliverAsync("ann@mail.test", "Subject: during\r\n\r\n");
        Assert.Equal(2, (await session.Mail!.OpenAsync("INBOX", Stop)).Value!.Count);
        await session.DisposeAsync();
        Assert.Equal(1, _open.Count);
        _time.Advance(Grace);
        await UntilAsync(() => _open.Count == 0);
        await DeliverAsync("ann@mail.test", "Subject: after\r\n\r\n");
        Assert.Equal(1, (await _store.Dropbox.DepthAsync(created.Id, Realm.Mail, Stop)).Items);
        await using var again = await LoginAsync(created);
        var inbox = (await again.Mail!.OpenAsync("INBOX", Stop)).Value!;
        Assert.Equal([1u, 2u, 3u], Enumerable.Range(0, inbox.Count).Select(inbox.Messages.UidAt));
    }

    [Fact]
    public async Task A_login_is_answered_before_all_that_waits_is_in_and_what_arrives_meanwhile_does_not_overtake()
    {
        const int waiting = (2 * IntakeSlices.SliceMessages) + 1;
        var created = await CreateAsync("ann@mail.test", "*");
        for (var i = 0; i < waiting; i++) await DeliverAsync("ann@mail.test", $"Subject: {i}\r\n\r\n");
        var (second, reads) = (new TaskCompletionSource(), 0);
        _store.Step = async step =>
        {
            if (step == "read" && Interlocked.Increment(ref reads) == 2) await second.Task;
            return Refusal.None;
        };
        await using var session = await LoginAsync(created);
        Assert.Equal(IntakeSlices.SliceMessages, session.Mail!.State.Find("INBOX")!.Count);
        await DeliverAsync("ann@mail.test", $"Subject: {waiting}\r\n\r\n");
        Assert.Equal(IntakeSlices.SliceMessages, session.Mail!.State.Find("INBOX")!.Count);
        second.SetResult();
        await UntilAsync(() => session.Mail!.State.Find("INBOX")!.Count == waiting + 1);
        await using (var lease = await _open.TryJoinAsync(created.Id, Stop)) await lease!.Account.Mail!.Intake.Work;
        await DeliverAsync("ann@mail.test", $"Subject: {waiting + 1}\r\n\r\n");
        Assert.Equal(3, reads); // Three slices: the last message went straight in.
        var inbox = (await session.Mail!.OpenAsync("INBOX", Stop)).Value!;
        for (var i = 0; i < waiting + 2; i++)
        {
            var octets = await session.Mail!.Read(inbox.Messages[i]).ReadAllAsync(Stop);
            Assert.Equal($"Subject: {i}\r\n\r\n", Encoding.ASCII.GetString(octets.Span));
        }
    }

    [Fact]
    public async Task One_sender_after_the_other_stays_in_order_from_the_dropbox_to_the_open_account()
    {
        var created = await CreateAsync("ann@mail.test", "*");
        var sent = 0;
        for (; sent < 2 * IntakeSlices.SliceMessages; sent++) await DeliverAsync("ann@mail.test", $"Subject: {sent}\r\n\r\n");
        await using var session = await LoginAsync(created);
        for (var behind = true; behind; sent++)
        {
            await using (var lease = await _open.TryJoinAsync(created.Id, Stop)) behind = lease!.Account.Mail!.Intake.IsBehind;
            await DeliverAsync("ann@mail.test", $"Subject: {sent}\r\n\r\n");
        }

        await DeliverAsync("ann@mail.test", $"Subject: {sent++}\r\n\r\n");
        var inbox = (await session.Mail!.OpenAsync("INBOX", Stop)).Value!;
        Assert.Equal(sent, inbox.Count);
        for (var i = 0; i < sent; i++)
        {
            var octets = await session.Mail!.Read(inbox.Messages[i]).ReadAllAsync(Stop);
            Assert.Equal($"Subject: {i}\r\n\r\n", Encoding.ASCII.GetString(octets.Span));
        }
    }

    [Fact]
    public async Task A_server_that_stops_leaves_what_waits_for_the_next_start()
    {
        const int waiting = (2 * IntakeSlices.SliceMessages) + 1;
        var created = await CreateAsync("ann@mail.test", "*");
        for (var i = 0; i < waiting; i++) await DeliverAsync("ann@mail.test", $"Subject: {i}\r\n\r\n");
        var (second, reads) = (new TaskCompletionSource(), 0);
        _store.Step = async step =>
        {
            if (step == "read" && Interlocked.Increment(ref reads) == 2) await second.Task;
            return Refusal.None;
        };
        await using var session = await LoginAsync(created);
        await UntilAsync(() => Volatile.Read(ref reads) == 2);
        var stopping = _open.DisposeAsync().AsTask();
        second.SetResult();
        await stopping;
        Assert.Equal(waiting - IntakeSlices.SliceMessages, (await _store.DepthAsync(created.Id, Realm.Mail, Stop)).Items);
        await using var again = await LoginAsync(created);
        await UntilAsync(() => again.Mail!.State.Find("INBOX")!.Count == waiting);
    }

    [Fact]
    public async Task The_grace_time_starts_with_the_last_session()
    {
        var created = await CreateAsync("ann@mail.test", "*");
        var first = await LoginAsync(created);
        var second = await LoginAsync(created);
        await first.DisposeAsync();
        _time.Advance(Grace * 3);
        Assert.Equal(1, _open.Count);
        await second.DisposeAsync();
        await second.DisposeAsync();
        var third = await LoginAsync(created);
        _time.Advance(Grace * 3);
        Assert.Equal(1, _open.Count);
        Assert.Equal(0, (await third.Mail!.OpenAsync("INBOX", Stop)).Value!.Count);
        await third.DisposeAsync();
        _time.Advance(Grace);
        await UntilAsync(() => _open.Count == 0);
    }

    [Fact]
    public async Task A_revoked_device_is_cut_and_can_not_come_back_while_others_stay()
    {
        var created = await CreateAsync("ann@mail.test", "*", "mail imap");
        await using var stays = await LoginAsync(created);
        await using var cut = await LoginAsync(created, device: 1);
        Assert.Equal(Refusal.None, await _accounts.RevokeAsync(created.Id, created.Devices[1].Id, Stop));
        Assert.True(cut.Revoked.IsCancellationRequested);
        Assert.False(stays.Revoked.IsCancellationRequested);
        var again = await _sessions.LoginAsync("ann@mail.test", new Password(created.Devices[1].Password.Text), "imap", Stop);
        Assert.Equal(Refusal.BadCredentials, again.Refusal);
    }

    [Fact]
    public async Task A_device_without_the_mail_realm_sees_no_mail_and_mail_is_opened_by_the_next_that_has_it()
    {
        var created = await CreateAsync("ann@mail.test", "calendar", "mail:read");
        await using var calendar = await LoginAsync(created);
        Assert.Null(calendar.Mail);
        await DeliverAsync("ann@mail.test", "Subject: sealed\r\n\r\n");
        Assert.Equal(1, (await _store.Dropbox.DepthAsync(created.Id, Realm.Mail, Stop)).Items);
        await using var mail = await LoginAsync(created, device: 1);
        Assert.True(mail.Mail!.ReadOnly);
        Assert.Equal(1, (await mail.Mail!.OpenAsync("INBOX", Stop)).Value!.Count);
    }

    [Fact]
    public async Task The_verifier_finds_what_is_missing_and_what_is_damaged()
    {
        var created = await CreateAsync("ann@mail.test", "*");
        await using var session = await LoginAsync(created);
        for (var i = 0; i < 10; i++) await DeliverAsync("ann@mail.test", $"Subject: {i}\r\n\r\n{i}");
        using var keys = (await _accounts.RecoverAsync(Words.Parse(created.Words)!, Stop)).Value!;
        var clean = await new AccountVerifier(_store, created.Id, keys).VerifyAsync(Stop);
        Assert.Equal([], clean.Flaws);
        Assert.Equal((11ul, 11ul, 10L, 10L), (clean.Entries, clean.OpenedEntries, clean.Blobs, clean.OpenedBlobs));
        var row = (await session.Mail!.OpenAsync("INBOX", Stop)).Value!.Messages[3];
        await _store.Blobs.DeleteAsync(created.Id, [Core.Vault.BlobSeal.NameOf(row.Content.Key)], Stop);
        var flawed = await new AccountVerifier(_store, created.Id, keys).VerifyAsync(Stop);
        Assert.Single(flawed.Flaws);
        var blind = await new AccountVerifier(_store, created.Id, null).VerifyAsync(Stop);
        Assert.Equal([], blind.Flaws);
    }

    [Fact]
    public async Task An_account_named_twice_gets_one_copy_and_several_get_one_each()
    {
        var ann = await CreateAsync("ann@mail.test", "*");
        var bob = await CreateAsync("bob@mail.test", "*");
        await using var session = await LoginAsync(ann);
        AccountRecord[] recipients = [await RecordAsync(ann), await RecordAsync(bob), await RecordAsync(ann)];
        await using (var delivery = await _deliveries.OpenAsync(recipients, Stop))
        {
            await delivery.WriteAsync("Subject: all\r\n\r\n"u8.ToArray(), Stop);
            Assert.Equal(Refusal.None, await delivery.CommitAsync(Stop));
        }

        Assert.Equal(1, (await session.Mail!.OpenAsync("INBOX", Stop)).Value!.Count);
        Assert.Equal(1, (await _store.Dropbox.DepthAsync(bob.Id, Realm.Mail, Stop)).Items);
    }

    [Fact]
    public async Task A_stop_waits_for_an_account_that_is_closing_already()
    {
        var created = await CreateAsync("ann@mail.test", "*");
        await (await LoginAsync(created)).DisposeAsync();
        var writing = new TaskCompletionSource();
        _store.BeforeSnapshot = () => writing.Task;
        _time.Advance(Grace);
        await UntilAsync(() => _open.Count == 0);
        var stopping = _open.DisposeAsync().AsTask();
        Assert.False(stopping.IsCompleted); // The caller closes the store next.
        writing.SetResult();
        await stopping.WaitAsync(TimeSpan.FromSeconds(30), Stop);
    }

    private async Task<CreatedAccount> CreateAsync(string address, params string[] scopes)
    {
        await _accounts.AddDomainAsync("mail.test", Stop);
        NewDevice[] devices = [.. scopes.Select((scope, i) => new NewDevice($"device {i}", Scopes.Parse(scope)!))];
        return (await _accounts.CreateAsync(new NewAccount(address, [], devices), Stop)).Value!;
    }

    private async Task<AccountRecord> RecordAsync(CreatedAccount account) => (await _accounts.FindAsync(account.Address, Stop))!;

    private async Task<Session> LoginAsync(CreatedAccount account, int device = 0)
    {
        var login = await _sessions.LoginAsync(account.Address, new Password(account.Devices[device].Password.Text), "imap", Stop);
        Assert.Equal(Refusal.None, login.Refusal);
        return login.Value!;
    }

    private async Task DeliverAsync(string address, string message)
    {
        var recipient = await _accounts.ResolveAsync(Address.Parse(address)!, Stop);
        await using var delivery = await _deliveries.OpenAsync([recipient!], Stop);
        await delivery.WriteAsync(Encoding.ASCII.GetBytes(message), Stop);
        Assert.Equal(Refusal.None, await delivery.CommitAsync(Stop));
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var waited = System.Diagnostics.Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(waited.Elapsed < Patience, "It did not happen");
            await Task.Yield();
        }
    }

    private sealed class QuietLog : IVaultLog
    {
        public void CloseFailed(Exception error) => Assert.Fail(error.Message);

        public void IntakeFailed(AccountId account, Refusal refusal, Exception? error) => Assert.Fail($"{refusal} {error}");

        public void Closed()
        {
        }
    }
}
