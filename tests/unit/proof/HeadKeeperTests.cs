using CompatBot.Core.Identity;
using CompatBot.Core.Proof;
using CompatBot.Core.Store;
using CompatBot.Storage.Memory;
using Xunit;

namespace CompatBot.UnitTests.Proof;

/// <summary>An account with mail, its signed head in a book, and stores that hold older or other copies of it.</summary>
public sealed class HeadKeeperTests : IAsyncLifetime
{
    private const uint EntriesMin = 3;

    private readonly ManualTime _time = new();
    private readonly MemoryStore _store = new();
    private readonly MemoryBook _book = new();
    private readonly HostKey _host = new(new byte[HostKey.SeedBytes]);
    private readonly Watcher _log = new();
    private CreatedAccount _ann = null!;
    private ulong _head;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        using var stretcher = new PassphraseStretcher();
        var accounts = new Accounts(_store, _time, stretcher);
        await accounts.AddDomainAsync("mail.test", Stop);
        NewDevice[] devices = [new("full", Scopes.All), new("mail", Scopes.Parse("mail")!)];
        _ann = (await accounts.CreateAsync(new NewAccount("ann@mail.test", [], devices), Stop)).Value!;
        Assert.Equal(Refusal.None, await VisitAsync(_store, device: 0));
        _head = await _store.Journal.HeadAsync(_ann.Id, Stop);
        Assert.True(_head >= EntriesMin);
    }

    public async ValueTask DisposeAsync()
    {
        _host.Dispose();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task Closing_signs_with_the_accounts_own_key_where_a_full_device_was_there()
    {
        var head = Remembered();
        Assert.Equal((HeadSigner.Account, 1u, _head), (head.Signer, head.Epoch, head.Head.Sequence));
        Assert.Equal(HeadStanding.Held, await StandingAsync(_store));
        Assert.Equal(Refusal.None, await VisitAsync(_store, device: 1));
        Assert.Equal(HeadSigner.Host, Remembered().Signer);
        Assert.Equal(HeadStanding.Held, await StandingAsync(_store));
        Assert.Equal(Refusal.None, await VisitAsync(_store, device: 0));
    }

    [Fact]
    public async Task An_older_copy_is_refused_until_it_is_accepted()
    {
        await using var old = await CopyAsync(_head - 1);
        Assert.Equal(HeadStanding.WentBack, await StandingAsync(old));
        Assert.Equal(Refusal.WentBack, await VisitAsync(old, device: 0));
        Assert.Equal((_ann.Id, HeadStanding.WentBack), Assert.Single(_log.Refused));
        Assert.Equal(_head - 1, await old.Journal.HeadAsync(_ann.Id, Stop));
        await Keeper(old).AcceptAsync(_ann.Id, Stop);
        Assert.Equal(Refusal.None, await VisitAsync(old, device: 0));
        Assert.True(Remembered().Head.Sequence > _head - 1);
        Assert.Equal(HeadStanding.WentBack, await StandingAsync(_store)); // The histories have parted.
    }

    [Fact]
    public async Task A_journal_that_was_lost_whole_is_refused()
    {
        await using var empty = await CopyAsync(0);
        Assert.Equal(Refusal.WentBack, await VisitAsync(empty, device: 0));
    }

    [Fact]
    public async Task Another_history_of_the_same_length_is_refused()
    {
        await using var other = await CopyAsync(0);
        Assert.Equal(Refusal.None, await VisitAsync(other, device: 0, heads: false));
        Assert.Equal(_head, await other.Journal.HeadAsync(_ann.Id, Stop));
        Assert.Equal(Refusal.WentBack, await VisitAsync(other, device: 0));
    }

    [Fact]
    public async Task A_newer_journal_is_welcome()
    {
        Assert.Equal(Refusal.None, await VisitAsync(_store, device: 0, heads: false));
        Assert.True(await _store.Journal.HeadAsync(_ann.Id, Stop) > _head);
        Assert.Equal(HeadStanding.Held, await StandingAsync(_store));
        Assert.Equal(Refusal.None, await VisitAsync(_store, device: 0));
    }

    [Fact]
    public async Task A_record_that_nobody_signed_is_refused()
    {
        var whole = Remembered().ToBytes();
        for (var i = 0; i < whole.Length; i++)
        {
            var forged = (byte[])whole.Clone();
            forged[i] ^= 1;
            await _book.PutAsync([(_ann.Id, forged)], Stop);
            Assert.Equal(HeadStanding.Forged, await StandingAsync(_store));
        }

        Assert.Equal(Refusal.WentBack, await VisitAsync(_store, device: 0));
        using var stranger = new HostKey([.. Enumerable.Repeat((byte)7, HostKey.SeedBytes)]);
        await new HeadKeeper(_store, [_book], stranger, _time, _log).AcceptAsync(_ann.Id, Stop);
        Assert.Equal(HeadStanding.Forged, await StandingAsync(_store));
        await _book.PutAsync([(_ann.Id, whole)], Stop);
        Assert.Equal(HeadStanding.Held, await StandingAsync(_store));
    }

    [Fact]
    public async Task A_book_that_can_not_be_written_is_told_again()
    {
        _book.Broken = true;
        Assert.Equal(Refusal.None, await VisitAsync(_store, device: 0));
        Assert.Equal(1, _log.Failed);
        Assert.Equal(_head, Remembered().Head.Sequence);
        _book.Broken = false;
        Assert.Equal(Refusal.None, await VisitAsync(_store, device: 0));
        Assert.Equal(await _store.Journal.HeadAsync(_ann.Id, Stop), Remembered().Head.Sequence);
    }

    [Theory]
    [InlineData(true, HeadSigner.Account, 2u)]
    [InlineData(false, HeadSigner.Host, 0u)]
    public async Task A_new_epoch_signs_for_itself_once_the_words_certified_it(bool withWords, HeadSigner signer, uint epoch)
    {
        using var stretcher = new PassphraseStretcher();
        using var words = Words.Parse(_ann.Words)!;
        var password = new Password(_ann.Devices[0].Password.Text);
        var accounts = new Accounts(_store, _time, stretcher);
        await using (var open = new OpenAccounts(_store, _time, TimeSpan.Zero, _log, Keeper(_store)))
        {
            var credentials = new Credentials(_store, stretcher);
            var sessions = new Sessions(open, accounts, credentials);
            await using var session = (await sessions.LoginAsync(_ann.Address, password, "imap", Stop)).Value!;
            using var owner = (await credentials.OpenAsync(_ann.Address, password, "cli", Stop)).Value!;
            var rotated = await accounts.RotateAsync(owner, withWords ? words : null, [], Stop);
            Assert.Equal(withWords, rotated.Value!.Certified);
            Assert.Equal(Refusal.None, (await session.Mail!.CreateAsync("after", default, Stop)).Refusal);
        }

        Assert.Equal((signer, epoch), (Remembered().Signer, Remembered().Epoch));
        Assert.Equal(HeadStanding.Held, await StandingAsync(_store));
        Assert.Equal(Refusal.None, await VisitAsync(_store, device: 0));
        Assert.Equal((signer, epoch), (Remembered().Signer, Remembered().Epoch));
        Assert.Equal(HeadStanding.Held, await StandingAsync(_store));
    }

    private SignedHead Remembered() => SignedHead.Read(_book.Find(_ann.Id)!.Value.Span)!;

    private HeadKeeper Keeper(MemoryStore store) => new(store, [_book], _host, _time, _log);

    private async Task<HeadStanding> StandingAsync(MemoryStore store) =>
        Assert.Single(await Keeper(store).StandingAsync(_ann.Id, Stop)).Standing;

    /// <summary>A device logs in, makes three mailboxes, and the account closes.</summary>
    private async Task<Refusal> VisitAsync(MemoryStore store, int device, bool heads = true)
    {
        using var stretcher = new PassphraseStretcher();
        await using var open = new OpenAccounts(store, _time, TimeSpan.Zero, _log, heads ? Keeper(store) : null);
        var sessions = new Sessions(open, new Accounts(store, _time, stretcher), new Credentials(store, stretcher));
        var login = await sessions.LoginAsync(_ann.Address, new Password(_ann.Devices[device].Password.Text), "imap", Stop);
        if (login.Declined) return login.Refusal;
        for (var i = 0; i < EntriesMin; i++)
        {
            Assert.Equal(Refusal.None, (await login.Value.Mail!.CreateAsync(Guid.NewGuid().ToString("N"), default, Stop)).Refusal);
        }

        await login.Value.DisposeAsync();
        return Refusal.None;
    }

    /// <summary>The same account in another store, with the first entries of its journal.</summary>
    private async Task<MemoryStore> CopyAsync(ulong entries)
    {
        var copy = new MemoryStore();
        var account = await _store.Directory.AccountAsync(_ann.Id, Stop);
        var change = new DirectoryChange
        {
            NewDomains = [new("mail.test", null)],
            NewAccounts = [account!],
            NewDevices = await _store.Directory.DevicesAsync(_ann.Id, Stop),
        };
        Assert.Equal(Refusal.None, await copy.Directory.ApplyAsync(change, Stop));
        await foreach (var entry in _store.Journal.ReadAsync(_ann.Id, 0, Stop))
        {
            if (entry.Sequence > entries) break;
            Assert.Equal(Refusal.None, await copy.Journal.AppendAsync(new JournalAppend(_ann.Id, Realm.Mail, entry, []), Stop));
        }

        return copy;
    }

    private sealed class MemoryBook : IHeadBook
    {
        private readonly Dictionary<AccountId, ReadOnlyMemory<byte>> _heads = [];

        public bool Broken { get; set; }

        public string Place => "here";

        public ReadOnlyMemory<byte>? Find(AccountId account) =>
            _heads.TryGetValue(account, out var head) ? (ReadOnlyMemory<byte>?)head : null;

        public ValueTask PutAsync(IReadOnlyList<(AccountId Account, ReadOnlyMemory<byte> Head)> heads, CancellationToken cancellation)
        {
            if (Broken) throw new IOException("The disk is gone.");
            foreach (var (account, head) in heads) _heads[account] = head;
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Watcher : IHeadLog, IVaultLog
    {
        public List<(AccountId, HeadStanding)> Refused { get; } = [];

        public int Failed { get; private set; }

        public void CloseFailed(Exception error) => Assert.Fail(error.Message);

        public void Closed()
        {
        }

        public void IntakeFailed(AccountId account, Refusal refusal, Exception? error) => Assert.Fail("Nothing waits here.");

        public void BookFailed(string place, Exception error) => Failed++;

        void IHeadLog.Refused(AccountId account, string place, HeadStanding standing) => Refused.Add((account, standing));
    }
}
