using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CompatBot.Core.Queue;
using CompatBot.Protocols.Net.Dns;
using CompatBot.Protocols.Smtp;
using CompatBot.Protocols.Smtp.Relay;
using CompatBot.Protocols.Smtp.Relay.Security;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace CompatBot.DialogueTests.Smtp.Relay;

/// <summary>A house whose mail to others goes out, to servers on loopback addresses that a DNS of the test's own names.</summary>
internal sealed class RelayHouse : IAsyncDisposable, IDnsResolver, IStsFetcher, ITlsReports
{
    private static int lastAddress = 1;

    private readonly ConcurrentDictionary<(string Name, DnsType Type), DnsAnswer> _records = new();
    private readonly List<RemoteServer> _remotes = [];
    private readonly RelayOptions _options;

    private RelayHouse(SmtpHouse house, RelayOptions options) => (House, _options) = (house, options);

    public SmtpHouse House { get; }

    public DialogueTime Time => House.Time;

    public MailQueue Queue => House.Queue;

    public RelayRunner Runner { get; private set; } = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="change">Options that differ from the usual.</param>
    /// <param name="starts">The runner runs from the start.</param>
    public static async Task<RelayHouse> OpenAsync(Func<RelayOptions, RelayOptions>? change = null, bool starts = true)
    {
        using var free = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        free.Bind(new IPEndPoint(IPAddress.Any, 0));
        var options = new RelayOptions { Port = ((IPEndPoint)free.LocalEndPoint!).Port };
        var relay = new RelayHouse(await SmtpHouse.OpenAsync(), change?.Invoke(options) ?? options);
        relay.Runner = relay.MakeRunner(relay.Queue);
        if (starts) relay.Runner.Start();
        return relay;
    }

    public RelayRunner MakeRunner(MailQueue queue) => new(new RelayServices(
        queue, House.Accounts, House.Deliveries, Post(queue), this, _options, "mx.mail.test", Time, NullLogger<RelayRunner>.Instance)
    {
        Fetcher = this,
        Reports = this,
    });

    private SmtpPost Post(MailQueue queue) =>
        new(House.Accounts, House.Deliveries, queue, null, "mx.mail.test", Time, new SmtpLimits());

    /// <summary>DNSSEC vouches for every answer.</summary>
    public bool IsSecure { get; set; }

    /// <summary>MTA-STS policies, by domain.</summary>
    public ConcurrentDictionary<string, string> Policies { get; } = new();

    /// <summary>What reports would tell.</summary>
    public ConcurrentQueue<TlsOutcome> Outcomes { get; } = new();

    public void Add(TlsOutcome outcome) => Outcomes.Enqueue(outcome);

    public Task<string?> FetchAsync(string domain, CancellationToken cancellation) =>
        Task.FromResult(Policies.TryGetValue(domain, out var policy) ? policy : null);

    /// <summary>A server with an MX record of its own.</summary>
    public RemoteServer Add(string domain, params (int Preference, string Host)[] others)
    {
        var number = Interlocked.Increment(ref lastAddress);
        var address = new IPAddress([127, 0, (byte)(number >> 8), (byte)number]);
        var remote = new RemoteServer(address, _options.Smarthost?.Port ?? _options.Port);
        _remotes.Add(remote);
        var host = $"mx.{domain}";
        Set(domain, DnsType.Mx, [.. others.Append((10, host)).Select(one => Exchange(one.Item1, one.Item2))]);
        Set(host, DnsType.A, address.GetAddressBytes());
        return remote;
    }

    public void Set(string name, DnsType type, params byte[][] data) => _records[(name, type)] = new DnsAnswer(DnsStatus.Found, data);

    public void Fail(string name, DnsStatus status, DnsType type = DnsType.Mx) => _records[(name, type)] = new DnsAnswer(status, []);

    /// <summary>A TXT record of one string.</summary>
    public void Say(string name, string text) => Set(name, DnsType.Txt, [[(byte)text.Length, .. Encoding.ASCII.GetBytes(text)]]);

    public static byte[] Exchange(int preference, string host)
    {
        List<byte> data = [(byte)(preference >> 8), (byte)preference];
        foreach (var label in host.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            data.Add((byte)label.Length);
            data.AddRange(Encoding.ASCII.GetBytes(label));
        }

        return [.. data, 0];
    }

    public ValueTask<DnsAnswer> QueryAsync(string name, DnsType type, CancellationToken cancellation) =>
        ValueTask.FromResult((_records.TryGetValue((name, type), out var answer) ? answer
            : new DnsAnswer(_records.Keys.Any(key => key.Name == name) ? DnsStatus.NoData : DnsStatus.NoName, [])) with
        {
            IsSecure = IsSecure,
        });

    /// <summary>Anna sends a message.</summary>
    /// <param name="to">RCPT's arguments: "&lt;a@b.example> NOTIFY=SUCCESS".</param>
    /// <param name="mail">MAIL's parameters.</param>
    public Task SendAsync(string[] to, string body = "From: anna@mail.test\nSubject: hello\n\nwords", string mail = "") =>
        House.PlaySubmissionAsync(
        $"S: <skip>\nC: HELO phone\nS: <skip>\nC: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test")}\nS: 235 <*>\n"
        + $"C: MAIL FROM:<anna@mail.test>{mail}\nS: 250 <*>\n"
        + string.Concat(to.Select(one => $"C: RCPT TO:{one}\nS: 250 <*>\n"))
        + $"C: DATA\nS: 354 <*>\n{string.Concat(body.Split('\n').Select(line => $"P: {line}\n"))}P: .\nS: 250 2.0.0 <*>\n");

    /// <summary>Waits for what happens on other threads.</summary>
    public static async Task UntilAsync(Func<bool> isSo)
    {
        for (var tries = 0; tries < 1000 && !isSo(); tries++) await Task.Delay(10, Cancellation);
        Assert.True(isSo());
    }

    public Task UntilEmptyAsync() => UntilAsync(() => Queue.Count == 0);

    /// <summary>Every attempt so far has come to its end.</summary>
    public Task UntilTriedAsync(int attempts = 1) =>
        UntilAsync(() => Queue.All.Any() && Queue.All.All(mail => mail.Recipients.All(one => one.Attempts >= attempts))
            && Runner.Connections == 0);

    public async ValueTask DisposeAsync()
    {
        await Runner.DisposeAsync();
        foreach (var remote in _remotes) await remote.DisposeAsync();
        await House.DisposeAsync();
    }
}
