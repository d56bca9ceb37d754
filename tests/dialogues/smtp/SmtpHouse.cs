using System.Net;
using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Proof;
using CompatBot.Core.Queue;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Sasl;
using CompatBot.Protocols.Net.Tls;
using CompatBot.Protocols.Smtp;
using CompatBot.Storage.Memory;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace CompatBot.DialogueTests.Smtp;

/// <summary>A whole server in memory: two accounts of mail.test, real core, real SMTP.</summary>
internal sealed class SmtpHouse : IAsyncDisposable, IVaultLog, IQueueLog
{
    /// <summary>The app password of both accounts' only device.</summary>
    public const string Password = "abcdefghijklmnopqrstuvwxyz";

    private readonly PassphraseStretcher _stretcher = new();

    private SmtpHouse(SmtpLimits limits, LineLimits lineLimits, LoginGuardLimits guard, TlsSettings? tls)
    {
        Accounts = new Accounts(Store, Time, _stretcher);
        Open = new OpenAccounts(Store, Time, TimeSpan.FromMinutes(1), this);
        Sessions = new Sessions(Open, Accounts, new Credentials(Store, _stretcher));
        Deliveries = new Deliveries(Store, Open, Time);
        Queue = new MailQueue(Store, Host, this, Time);
        Server = new LineServer(lineLimits, tls, Time, NullLogger<LineServer>.Instance);
        Services = new SmtpServices(
            Server,
            new Logins(Sessions, new LoginGuard(guard, Time), NullLogger<Logins>.Instance),
            Accounts,
            Deliveries,
            Queue,
            limits,
            "mx.mail.test",
            "anna@mail.test",
            Time,
            NullLogger<SmtpHandler>.Instance);
    }

    public MemoryStore Store { get; } = new();

    public DialogueTime Time { get; } = new();

    public Accounts Accounts { get; }

    public OpenAccounts Open { get; }

    public Sessions Sessions { get; }

    public HostKey Host { get; } = new(new byte[HostKey.SeedBytes]);

    public Deliveries Deliveries { get; }

    public MailQueue Queue { get; }

    public LineServer Server { get; }

    public SmtpServices Services { get; set; }

    public CreatedAccount Anna { get; private set; } = null!;

    public SmtpHandler Mx => new(Services, new SmtpPort(SmtpRole.Mx, ImplicitTls: false));

    public SmtpHandler Submission => new(Services, new SmtpPort(SmtpRole.Submission, ImplicitTls: false));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<SmtpHouse> OpenAsync(
        SmtpLimits? limits = null, LineLimits? lineLimits = null, LoginGuardLimits? guard = null, TlsSettings? tls = null)
    {
        var house = new SmtpHouse(limits ?? new SmtpLimits(), lineLimits ?? new LineLimits(), guard ?? new LoginGuardLimits(), tls);
        Assert.Equal(default, await house.Accounts.AddDomainAsync("mail.test", Cancellation));
        house.Anna = await house.AddAsync("anna@mail.test", "info@mail.test", "ännchen@mail.test");
        await house.AddAsync("bert@mail.test");
        return house;
    }

    /// <summary>PLAIN's one message, in base64.</summary>
    public static string Plain(string login, string password = Password, string actFor = "") =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes($"{actFor}\0{login}\0{password}"));

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    public Task PlayMxAsync(string dialogue, IPAddress? address = null) => Dialogue.PlayAsync(Mx, dialogue, Time, address);

    public Task PlaySubmissionAsync(string dialogue, IPAddress? address = null) => Dialogue.PlayAsync(Submission, dialogue, Time, address);

    /// <summary>The octets of all messages in an INBOX or another mailbox, one char an octet.</summary>
    public async Task<string[]> InboxAsync(string address = "anna@mail.test", string mailbox = "INBOX")
    {
        var login = await Sessions.LoginAsync(address, new Password(Password), "imap", Cancellation);
        Assert.False(login.Declined, login.Refusal.ToString());
        await using var session = login.Value;
        var inbox = await session.Mail!.OpenAsync(mailbox, Cancellation);
        Assert.False(inbox.Declined, inbox.Refusal.ToString());
        var messages = new List<string>();
        for (var at = 0; at < inbox.Value.Messages.Count; at++)
        {
            messages.Add(Encoding.Latin1.GetString((await session.Mail.Read(inbox.Value.Messages[at]).ReadAllAsync(Cancellation)).Span));
        }

        return [.. messages];
    }

    /// <summary>The only message in an INBOX, without the trace header that delivery put on top.</summary>
    public async Task<string> OnlyBodyAsync(string address = "anna@mail.test") => WithoutTrace(Assert.Single(await InboxAsync(address)));

    public static string WithoutTrace(string message)
    {
        Assert.StartsWith("Return-Path: ", message, StringComparison.Ordinal);
        var dateEnds = message.IndexOf("+0000\r\n", StringComparison.Ordinal) + "+0000\r\n".Length;
        return message[dateEnds..];
    }

    public void CloseFailed(Exception error) => Assert.Fail(error.ToString());

    public void IntakeFailed(Core.Store.AccountId account, Core.Store.Refusal refusal, Exception? error) =>
        Assert.Fail($"{refusal} {error}");

    public void Unreadable(string id) => Assert.Fail($"{id} does not open");

    public void NotKept(string id, Core.Store.Refusal refusal) => Assert.Fail($"{id} {refusal}");

    public void Closed()
    {
    }

    public async ValueTask DisposeAsync()
    {
        await Open.DisposeAsync();
        Server.Dispose();
        Queue.Dispose();
        Host.Dispose();
        _stretcher.Dispose();
        await Store.DisposeAsync();
    }

    private async Task<CreatedAccount> AddAsync(string address, params string[] aliases)
    {
        var device = new NewDevice("phone", Scopes.Parse("*")!, AppPassword.Parse(Password));
        var created = await Accounts.CreateAsync(new NewAccount(address, aliases, [device]), Cancellation);
        Assert.False(created.Declined, created.Refusal.ToString());
        return created.Value;
    }
}
