using System.Net;
using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Mail.Filters;
using CompatBot.DialogueTests.Net;
using CompatBot.Protocols.Imap;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Sasl;
using CompatBot.Storage.Memory;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace CompatBot.DialogueTests.Imap;

/// <summary>A server for one test: the real core over the memory engine, ann's account with devices, and IMAP in front of it.</summary>
internal sealed class ImapBed : IAsyncDisposable
{
    public const string Address = "ann@mail.test";
    public const string Password = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
    public const string ReadOnlyPassword = "bbbbbbbbbbbbbbbbbbbbbbbbbb";
    public const string CalendarPassword = "cccccccccccccccccccccccccc";

    /// <summary>Put before a dialogue, logs ann in.</summary>
    public const string LogIn = $"""
        S: * OK [CAPABILITY <*>] CompatBot ready
        C: l LOGIN {Address} {Password}
        S: l OK [CAPABILITY <*>] LOGIN completed

        """;

    /// <summary>Put before a dialogue, logs ann in and selects INBOX.</summary>
    public const string LogInAndSelect = LogIn + """
        C: s SELECT INBOX
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] These flags are kept
        S: * <*> EXISTS
        S: * <*> RECENT
        S: <skip>
        S: * OK [UIDVALIDITY <*>] UIDs valid
        S: * OK [UIDNEXT <*>] Predicted next UID
        S: * OK [HIGHESTMODSEQ <*>] Highest
        S: * OK [MAILBOXID (<*>)] Ok
        S: s OK [READ-WRITE] SELECT completed

        """;

    /// <summary>Logs ann in on a second connection.</summary>
    public const string SecondLogIn = $"""
        S2: * OK <*>
        C2: l LOGIN {Address} {Password}
        S2: l OK <*>

        """;

    private static readonly TimeSpan VaultGrace = TimeSpan.FromMinutes(10);

    private readonly HeldStore _store;
    private readonly PassphraseStretcher _stretcher = new();
    private readonly OpenAccounts _open;

    private ImapBed(ImapLimits limits, LineLimits lineLimits)
    {
        _store = new HeldStore(Disk);
        Accounts = new Accounts(_store, Time, _stretcher);
        _open = new OpenAccounts(_store, Time, VaultGrace, new QuietLog());
        Sessions = new Sessions(_open, Accounts, new Credentials(_store, _stretcher));
        var guard = new LoginGuard(new LoginGuardLimits { FreeFailures = 100 }, Time);
        Lines = new LineServer(lineLimits, TestCertificate.Tls, Time, NullLogger<LineServer>.Instance);
        var logins = new Logins(Sessions, guard, NullLogger<Logins>.Instance);
        Services = new ImapServices(Lines, logins, Accounts, Quotas, limits, "mail.test", Time, NullLogger<ImapHandler>.Instance);
    }

    public DialogueTime Time { get; } = new();

    public FullDisk Disk { get; } = new(new MemoryStore());

    public Accounts Accounts { get; }

    public Sessions Sessions { get; }

    public Quotas Quotas => new(_store, _open);

    /// <summary>Asked about what arrives for accounts that are opened from now on.</summary>
    public IMailFilter? Filter
    {
        get => _open.Filter;
        set => _open.Filter = value;
    }

    public LineServer Lines { get; }

    public ImapServices Services { get; }

    public CreatedAccount Account { get; private set; } = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="messages">Go to INBOX in this order.</param>
    public static async Task<ImapBed> MakeAsync(ImapLimits? limits = null, LineLimits? lineLimits = null, params string[] messages)
    {
        var bed = new ImapBed(limits ?? new ImapLimits(), lineLimits ?? new LineLimits());
        Assert.Equal(Core.Store.Refusal.None, await bed.Accounts.AddDomainAsync("mail.test", Cancellation));
        NewDevice[] devices =
        [
            Device("phone", "*", Password),
            Device("reader", "mail:read", ReadOnlyPassword),
            Device("calendar", "calendar", CalendarPassword),
        ];
        var made = await bed.Accounts.CreateAsync(new NewAccount(Address, [], devices), Cancellation);
        bed.Account = made.Value!;
        await using var session = await bed.OpenAsync();
        foreach (var message in messages) await AppendAsync(session.Mail!, "INBOX", message);
        return bed;
    }

    /// <summary>Plays a dialogue with a fresh server that holds these messages.</summary>
    public static async Task PlayAsync(string dialogue, params string[] messages)
    {
        await using var bed = await MakeAsync(null, null, messages);
        await bed.PlayAsync(dialogue);
    }

    /// <summary>The same, with other limits.</summary>
    public static async Task PlayAsync(ImapLimits limits, string dialogue, params string[] messages)
    {
        await using var bed = await MakeAsync(limits, null, messages);
        await bed.PlayAsync(dialogue);
    }

    public Task PlayAsync(string dialogue, IPAddress? address = null, bool implicitTls = false) =>
        Dialogue.PlayAsync(new ImapHandler(Services, implicitTls), dialogue, Time, address);

    /// <summary>Ann's mail without IMAP: somebody else who changes things.</summary>
    public async Task<Session> OpenAsync()
    {
        var session = await Sessions.LoginAsync(Address, new Password(Password), "imap", Cancellation);
        Assert.False(session.Declined);
        return session.Value!;
    }

    public static async Task<uint> AppendAsync(MailStore mail, string mailbox, string message)
    {
        using var writer = mail.NewMessage();
        await writer.WriteAsync(Encoding.Latin1.GetBytes(message), Cancellation);
        var written = await writer.CompleteAsync(Cancellation);
        var appended = await mail.AppendAsync(mailbox, written.Value!, MessageFlags.None, [], DateTimeOffset.UnixEpoch, Cancellation);
        Assert.False(appended.Declined);
        return appended.Value.Uid;
    }

    /// <summary>Changes what ann may have.</summary>
    public async Task SetQuotaAsync(Quota quota)
    {
        var set = await Quotas.SetAsync(
            Accounts, Account.Id, quota.HardBytes ?? 0, quota.SoftBytes ?? 0, Cancellation);
        Assert.False(set.Declined);
    }

    /// <summary>Ends ann's last session for good, so that her keys are closed.</summary>
    public async Task CloseAccountAsync()
    {
        Time.Advance(VaultGrace);
        for (var i = 0; i < 1_000_000 && _open.Count > 0; i++) await Task.Yield();
        Assert.Equal(0, _open.Count);
    }

    /// <summary>Mail for ann comes in, as over SMTP.</summary>
    public async Task DeliverAsync(string message, string from = "", string to = "")
    {
        var ann = (await Accounts.FindAsync(Address, Cancellation))!;
        await using var delivery = await new Deliveries(_store, _open, Time).OpenAsync(
            from, [new DeliveryRecipient(ann, to)], isAside: false, Cancellation);
        await delivery.WriteAsync(Encoding.Latin1.GetBytes(message), Cancellation);
        Assert.Equal(Core.Store.Refusal.None, await delivery.CommitAsync(Cancellation));
    }

    /// <summary>From now on each slice that is taken in from the dropbox waits for one of these.</summary>
    public void HoldSlices(SemaphoreSlim slices) => _store.Looks = slices;

    /// <summary>From now on each piece of a snapshot that is read waits for one of these.</summary>
    public void HoldPieces(SemaphoreSlim pieces) => _store.Pieces = pieces;

    /// <summary>Loses the octets of every message, as a broken disk does.</summary>
    public async Task LoseContentAsync()
    {
        var names = new List<Core.Store.BlobName>();
        await foreach (var (name, _) in _store.Blobs.ListAsync(Account.Id, Cancellation)) names.Add(name);
        Assert.Equal(Core.Store.Refusal.None, await _store.Blobs.DeleteAsync(Account.Id, names, Cancellation));
    }

    public async ValueTask DisposeAsync()
    {
        Lines.Dispose();
        await _open.DisposeAsync();
        _stretcher.Dispose();
        await _store.DisposeAsync();
    }

    private static NewDevice Device(string label, string scopes, string password) =>
        new(label, Scopes.Parse(scopes)!, AppPassword.Parse(password)!);

    private sealed class QuietLog : IVaultLog
    {
        public void CloseFailed(Exception error) => Assert.Fail(error.ToString());

        public void IntakeFailed(Core.Store.AccountId account, Core.Store.Refusal refusal, Exception? error) =>
            Assert.Fail($"{refusal} {error}");

        public void Closed()
        {
        }
    }
}
