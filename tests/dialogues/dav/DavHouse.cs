using System.Net;
using System.Net.Sockets;
using System.Text;
using CompatBot.Core.Calendar;
using CompatBot.Core.Calendar.Birthdays;
using CompatBot.Core.Calendar.Attachments;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Calendar.Subscriptions;
using CompatBot.Core.Drops;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Proof;
using CompatBot.Core.Push;
using CompatBot.Core.Queue;
using CompatBot.Core.Shares;
using CompatBot.Core.Store;
using CompatBot.DialogueTests.Net;
using CompatBot.Protocols.Dav;
using CompatBot.Protocols.Dav.Push;
using CompatBot.Protocols.Dav.Scheduling;
using CompatBot.Protocols.Net.Push;
using CompatBot.Protocols.Dav.Subscriptions;
using CompatBot.Protocols.Net.Http;
using CompatBot.Protocols.Ftp;
using CompatBot.Protocols.Shares;
using CompatBot.Protocols.Net.Sasl;
using CompatBot.Protocols.Net;
using CompatBot.Storage.Memory;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>A whole server with its store in memory and HTTP on loopback: two accounts of mail.test, real core, real DAV.</summary>
internal sealed class DavHouse : IAsyncDisposable, IVaultLog, IMailPost, ISubscriptionLog, IPushLog, IUnsentLog
{
    /// <summary>The app password of both accounts' only device.</summary>
    public const string Password = "abcdefghijklmnopqrstuvwxyz";

    public const string Files = "/dav/files/anna@mail.test/";

    public const string Calendar = "/dav/calendars/anna@mail.test/calendar/";

    public const string Contacts = "/dav/addressbooks/anna@mail.test/contacts/";

    private readonly PassphraseStretcher _stretcher = new();
    private readonly MemoryStore _store;
    private readonly bool _isFirst;
    private readonly OpenAccounts _open;
    private readonly DavLogins _logins;
    private readonly AttachmentLinks _attachments;
    private readonly WebApplication _web;

    private readonly HostKey _host = new(new byte[HostKey.SeedBytes]);
    private readonly PushKeys _pushKeys;
    private readonly VapidKey _vapid;
    private readonly PushRounds? _pushes;
    private readonly UnsentSchedules _unsent;

    private DavHouse(DavLimits limits, MemoryStore? store, PublicHttp? push = null, PushLimits? pushLimits = null)
    {
        (_store, _isFirst) = (store ?? new MemoryStore(), store is null);
        Accounts = new Accounts(_store, Time, _stretcher);
        _open = new OpenAccounts(_store, Time, TimeSpan.FromMinutes(1), this);
        _pushKeys = new PushKeys(_host);
        _vapid = VapidKey.Of(_pushKeys, "mailto:postmaster@mail.test", Time);
        if (push is not null)
        {
            var messages = new PushMessages(new PushService(push, _vapid));
            _pushes = new PushRounds(_open, _store, _pushKeys, messages, Time, this) { Limits = pushLimits ?? new PushLimits() };
            _open.Pushes = _pushes;
        }

        var sessions = new Sessions(_open, Accounts, new Credentials(_store, _stretcher));
        Sessions = sessions;
        var logins = new Logins(sessions, new LoginGuard(new LoginGuardLimits(), Time), NullLogger<Logins>.Instance, Scanners);
        var drops = new FileDrops(_store, _open, Time);
        Links = new ShareLinks(_store, _open, _stretcher, Time);
        _attachments = new AttachmentLinks(_store, _open, Time);
        Deliveries = new Deliveries(_store, _open, Time);
        var schedules = new ScheduleDeliveries(_store, _open, Time);
        _open.Arrivals = new MailedInvitations(Accounts, schedules);
        _open.Answers = new AnswerNews(Accounts, schedules, Time);
        Quotas = new Quotas(_store, _open);
        Listings = new Listings(Accounts, _store.Directory, Time);
        var services = new DavServices(logins, Accounts, Quotas, limits, Time, NullLogger<DavHandler>.Instance)
        {
            Schedules = schedules, Post = this, Sharing = new CalendarSharing(Accounts, schedules), Drops = drops,
            Listings = Listings,
            Attachments = _attachments,
            Push = _pushes,
        };
        _logins = new DavLogins(services);
        _unsent = new UnsentSchedules(_open, _store, new ScheduleSender(services), this, services.Sharing);
        var lines = new LineServer(new LineLimits(), TestCertificate.Tls, Time, NullLogger<LineServer>.Instance);
        Ftp = new FtpServices(
            lines, logins, Accounts, Quotas, new FtpLimits(), Time, NullLogger<FtpHandler>.Instance)
        {
            Drops = drops,
        };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _web = builder.Build();
        var dav = new DavHandler(services, _logins);
        var guard = new LoginGuard(new LoginGuardLimits(), Time);
        var shares = new ShareHandler(
            new ShareServices(Links, drops, Accounts, guard, new ShareLimits(), NullLogger<ShareHandler>.Instance));
        _web.Run(http => ShareHandler.Takes(http) ? shares.HandleAsync(http) : dav.HandleAsync(http));
    }

    public DialogueTime Time { get; } = new();

    /// <summary>The same accounts over FTP.</summary>
    public FtpServices Ftp { get; }

    public Accounts Accounts { get; }

    public Quotas Quotas { get; }

    public Sessions Sessions { get; }

    /// <summary>Devices that may only upload.</summary>
    public DropDevices Scanners => new(_store, Time);

    public ShareLinks Links { get; }

    public Listings Listings { get; }

    public BirthdayWishes Birthdays => new(Accounts, _open);

    /// <summary>How many accounts have their keys in memory.</summary>
    public int OpenVaults => _open.Count;

    public IStore Store => _store;

    public CreatedAccount Anna { get; private set; } = null!;

    public Deliveries Deliveries { get; }

    /// <summary>What was sent to users elsewhere.</summary>
    public List<(string Sender, string Recipient, string Text)> Outgoing { get; } = [];

    /// <summary>What the post says to the next message.</summary>
    public Refusal PostRefuses { get; set; }

    /// <summary>The process dies when it gives a message to the post.</summary>
    public bool DiesInPost { get; set; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Uri Address => new(_web.Urls.First());

    /// <summary>Host and port.</summary>
    public string Authority => Address.Authority;

    public int Port => Address.Port;

    /// <summary>Sends at each login, whatever it is for, what an earlier process did not come to send.</summary>
    public void SendUnsent()
    {
        _open.Unsent = _unsent;
        _unsent.Start();
    }

    /// <param name="push">Sends to push services; null: nobody does.</param>
    public static async Task<DavHouse> OpenAsync(DavLimits? limits = null, PublicHttp? push = null, PushLimits? pushLimits = null)
    {
        var house = new DavHouse(limits ?? new DavLimits(), null, push, pushLimits);
        Assert.Equal(default, await house.Accounts.AddDomainAsync("mail.test", Cancellation));
        house.Anna = await house.AddAsync("anna@mail.test");
        await house.AddAsync("bert@mail.test");
        await house._web.StartAsync(Cancellation);
        return house;
    }

    /// <summary>Another server over the same store, as if the process of this one were dead: what it had in memory is lost.</summary>
    public async Task<DavHouse> RestartAsync(PublicHttp? push = null)
    {
        var house = new DavHouse(new DavLimits(), _store, push) { Anna = Anna };
        await house._web.StartAsync(Cancellation);
        return house;
    }

    /// <summary>
    /// Sends one request as it is written: its line, header fields, an empty line and a body. Host, Content-Length and, unless the request
    /// has an Authorization of its own, Anna's password are added; {host} is the server's.
    /// </summary>
    public async Task<DavReply> AskAsync(string request)
    {
        var text = request.Replace("{host}", Address.Authority, StringComparison.Ordinal);
        var cut = text.IndexOf("\n\n", StringComparison.Ordinal);
        var (head, body) = cut < 0 ? (text, "") : (text[..cut], text[(cut + 2)..]);
        var lines = head.Split('\n').Where(line => line.Length > 0).ToList();
        if (!lines[0].Contains(" HTTP/", StringComparison.Ordinal)) lines[0] += " HTTP/1.1";
        bool Has(string name) => lines.Exists(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase));
        if (!Has("Host")) lines.Add("Host: " + Address.Authority);
        if (!Has("Authorization")) lines.Add("Authorization: " + Basic("anna@mail.test"));
        if (!Has("Content-Length") && !Has("Transfer-Encoding")) lines.Add($"Content-Length: {Encoding.UTF8.GetByteCount(body)}");
        lines.Add("Connection: close");
        return await SendAsync(Encoding.UTF8.GetBytes(string.Join("\r\n", lines) + "\r\n\r\n" + body));
    }

    /// <summary>As <see cref="AskAsync(string)"/>, and the status must be this.</summary>
    public async Task<DavReply> AskAsync(int status, string request)
    {
        var reply = await AskAsync(request);
        Assert.True(status == reply.Status, $"{status} was expected of {request.Split('\n')[0]}, and is {reply}");
        return reply;
    }

    /// <summary>Sends the beginning of a request whose body is this long, and hangs up.</summary>
    public async Task CutAsync(string head, string body, int sent)
    {
        var lines = head.Split('\n').ToList();
        lines[0] += " HTTP/1.1";
        lines.AddRange([$"Host: {Address.Authority}", $"Authorization: {Basic("anna@mail.test")}", $"Content-Length: {body.Length}"]);
        var octets = Encoding.UTF8.GetBytes(string.Join("\r\n", lines) + "\r\n\r\n" + body[..sent]);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Address.Port, Cancellation);
        await client.GetStream().WriteAsync(octets, Cancellation);
    }

    /// <summary>As <see cref="AskAsync(int, string)"/>, by another user.</summary>
    public Task<DavReply> AskAsAsync(string user, int status, string request)
    {
        var line = request.IndexOf('\n', StringComparison.Ordinal);
        var cut = line < 0 ? request.Length : line;
        return AskAsync(status, request[..cut] + "\nAuthorization: " + Basic(user) + (line < 0 ? "" : request[cut..]));
    }

    /// <summary>Mail for an account of this server, from elsewhere.</summary>
    public async Task MailAsync(string recipient, string text, bool isSuspect = false)
    {
        var account = (await Accounts.FindAsync(recipient, Cancellation))!;
        await using var delivery = await Deliveries.OpenAsync(
            "someone@else.test", [new DeliveryRecipient(account, recipient)], isAside: false, Cancellation);
        delivery.IsSuspect = isSuspect;
        await delivery.WriteAsync(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n")), Cancellation);
        Assert.Equal(Refusal.None, await delivery.CommitAsync(Cancellation));
    }

    public async ValueTask<Refusal> SendAsync(OutgoingMail mail, CancellationToken cancellation)
    {
        if (DiesInPost) throw new InvalidOperationException("The process is dead");
        using var all = new MemoryStream();
        await foreach (var octets in mail.Octets) all.Write(octets.Span);
        if (PostRefuses == Refusal.None) Outgoing.Add((mail.Sender, mail.Recipient, Encoding.UTF8.GetString(all.ToArray())));
        return PostRefuses;
    }

    /// <summary>Waits, by the house's clock, until nobody's keys are in memory.</summary>
    public async Task CloseVaultsAsync()
    {
        for (var i = 0; i < 200 && OpenVaults > 0; i++)
        {
            Time.Advance(TimeSpan.FromMinutes(2));
            await Task.Delay(10, Cancellation);
        }

        Assert.Equal(0, OpenVaults);
    }

    public static string Basic(string user, string password = Password) =>
        "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

    public void CloseFailed(Exception error) => Assert.Fail(error.ToString());

    public void IntakeFailed(AccountId account, Refusal refusal, Exception? error) => Assert.Fail($"{refusal} {error}");

    public void Closed()
    {
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        await _logins.DisposeAsync();
        await _unsent.DisposeAsync();
        Links.Dispose();
        _attachments.Dispose();
        if (_pushes is not null) await _pushes.DisposeAsync();
        await _open.DisposeAsync();
        _stretcher.Dispose();
        _vapid.Dispose();
        _pushKeys.Dispose();
        _host.Dispose();
        if (_isFirst) await _store.DisposeAsync();
    }

    private async Task<DavReply> SendAsync(byte[] octets)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Address.Port, Cancellation);
        var stream = client.GetStream();
        using var got = new MemoryStream();
        try
        {
            await stream.WriteAsync(octets, Cancellation);
            await stream.CopyToAsync(got, Cancellation);
        }
        catch (IOException)
        {
            // It answered before it had read all, and hung up.
        }

        return DavReply.Parse(got.ToArray());
    }

    /// <summary>What fetches subscribed calendars, when a test says so.</summary>
    public SubscriptionRounds Subscribe(PublicHttp http, long bytesMax = CalendarFetcher.BytesMax) =>
        new(_open, new CalendarFetcher(http, bytesMax), Time, this);

    void ISubscriptionLog.Declined(AccountId account, Refusal refusal) => Assert.Fail(refusal.ToString());

    void ISubscriptionLog.Failed(AccountId account, Exception error) => Assert.Fail(error.ToString());

    void IPushLog.Declined(AccountId account, Refusal refusal) => Assert.Fail(refusal.ToString());

    void IPushLog.Failed(AccountId account, Exception error) => Assert.Fail(error.ToString());

    void IUnsentLog.Failed(AccountId account, Exception error) => Assert.Fail(error.ToString());

    /// <summary>One more account of mail.test.</summary>
    public async Task<CreatedAccount> AddAsync(string address)
    {
        var device = new NewDevice("phone", Scopes.Parse("*")!, AppPassword.Parse(Password));
        var created = await Accounts.CreateAsync(new NewAccount(address, [], [device]), Cancellation);
        Assert.False(created.Declined, created.Refusal.ToString());
        return created.Value;
    }
}
