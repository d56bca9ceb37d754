using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Core.Queue;
using CompatBot.Core.Store;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Dns;
using CompatBot.Protocols.Smtp.Relay;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Smtp.Reports;

/// <summary>What sending reports needs from the house.</summary>
/// <param name="Postmaster">In whose name they go: an address of an account here; null: none go.</param>
public sealed record ReportServices(
    TlsReports Tls,
    DmarcReports Dmarc,
    Accounts Accounts,
    IMailPost Post,
    IDnsResolver Resolver,
    string HostName,
    string? Postmaster,
    TimeProvider Time,
    ILogger<ReportRounds> Log)
{
    /// <summary>Brings reports to web servers; null: on the Internet alone.</summary>
    public HttpMessageHandler? Web { get; init; }
}

/// <summary>Keeps what reports are made of, and sends those of past days.</summary>
public sealed class ReportRounds(ReportServices services) : IAsyncDisposable
{
    /// <summary>How often it is kept, and looked for what is to be sent: what a crash loses at most.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _web = new(services.Web ?? new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectCallback = (context, cancellation) =>
            RelayRace.OpenAsync(services.Resolver, context.DnsEndPoint, PublicAddress.Is, cancellation),
    })
    {
        Timeout = TimeSpan.FromSeconds(30),
        MaxResponseContentBufferSize = 64 << 10,
    };

    private Task _running = Task.CompletedTask;

    /// <summary>Reads what earlier processes counted, and begins.</summary>
    public async ValueTask StartAsync(CancellationToken cancellation)
    {
        await services.Tls.Book.LoadAsync(cancellation);
        await services.Dmarc.Book.LoadAsync(cancellation);
        _running = RunAsync();
    }

    /// <summary>One round: sends every report that is due, and keeps the rest.</summary>
    public async ValueTask RunOnceAsync(CancellationToken cancellation)
    {
        try
        {
            if (await SenderAsync(cancellation) is { } sender)
            {
                foreach (var page in services.Tls.Book.Past())
                {
                    if (await SendAsync(sender, page, cancellation)) services.Tls.Book.Remove(page);
                }

                foreach (var page in services.Dmarc.Book.Past())
                {
                    if (await SendAsync(sender, page, cancellation)) services.Dmarc.Book.Remove(page);
                }
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            services.Log.ReportsFailed(error);
        }

        await KeepAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await KeepAsync();
        _web.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Every, services.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token)) await RunOnceAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async ValueTask KeepAsync()
    {
        var refusal = await services.Tls.Book.KeepAsync(CancellationToken.None);
        if (refusal == Refusal.None) refusal = await services.Dmarc.Book.KeepAsync(CancellationToken.None);
        if (refusal != Refusal.None) services.Log.ReportsNotKept(refusal);
    }

    /// <summary>The account in whose name reports go.</summary>
    private async ValueTask<(AccountRecord Account, string Address)?> SenderAsync(CancellationToken cancellation) =>
        Address.Parse(services.Postmaster ?? "") is { } address
            && await services.Accounts.ResolveAsync(address, cancellation) is { } account ? (account, address.ToString()) : null;

    /// <returns>True: it is done with, sent or not wanted.</returns>
    private async ValueTask<bool> SendAsync(
        (AccountRecord Account, string Address) sender, ReportPage<TlsLine> page, CancellationToken cancellation)
    {
        var record = await services.Resolver.QueryAsync($"_smtp._tls.{page.Domain}", DnsType.Txt, cancellation);
        if (record.Status == DnsStatus.Failed) return IsTooOld(page.Day);
        var id = NewId();
        var packed = ReportMail.Pack(
            Encoding.UTF8.GetBytes(TlsReports.Write(page, id, services.HostName, sender.Address).ToJsonString()));
        List<string> destinations = [.. TlsReports.Destinations(record.Texts).Take(DmarcReports.DestinationsMax)];
        var isDone = destinations.Count == 0; // One that took it is enough: none gets it twice because another is dead.
        foreach (var uri in destinations)
        {
            if (uri.StartsWith("https:", StringComparison.OrdinalIgnoreCase)) isDone |= await UploadAsync(uri, packed, cancellation);
            if (!uri.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase)) continue;
            var fields = $"TLS-Report-Domain: {page.Domain}\r\nTLS-Report-Submitter: {services.HostName}\r\nTLS-Required: No\r\n";
            var (start, end) = Range(page.Day);
            isDone |= await MailAsync(sender, new ReportMail(
                sender.Address,
                uri[7..].Split('?')[0],
                $"Report Domain: {page.Domain} Submitter: {services.HostName} Report-ID: <{id}@{services.HostName}>",
                fields,
                "multipart/report; report-type=\"tlsrpt\"",
                "application/tlsrpt+gzip",
                $"{services.HostName}!{page.Domain}!{start}!{end}.json.gz",
                packed), cancellation);
        }

        return isDone || IsTooOld(page.Day);
    }

    private async ValueTask<bool> SendAsync(
        (AccountRecord Account, string Address) sender, ReportPage<DmarcLine> page, CancellationToken cancellation)
    {
        var id = NewId();
        var xml = DmarcReports.Write(page, id, services.HostName, sender.Address);
        var packed = ReportMail.Pack(Encoding.UTF8.GetBytes($"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{xml}\n"));
        var destinations = await DmarcReports.DestinationsAsync(services.Resolver, page.Domain, cancellation);
        var isDone = destinations.Count == 0;
        foreach (var address in destinations)
        {
            var (start, end) = Range(page.Day);
            isDone |= await MailAsync(sender, new ReportMail(
                sender.Address,
                address,
                $"Report Domain: {page.Domain} Submitter: {services.HostName} Report-ID: {id}",
                "",
                "multipart/mixed",
                "application/gzip",
                $"{services.HostName}!{page.Domain}!{start}!{end}.xml.gz",
                packed), cancellation);
        }

        return isDone || IsTooOld(page.Day);
    }

    private async ValueTask<bool> MailAsync(
        (AccountRecord Account, string Address) sender, ReportMail report, CancellationToken cancellation)
    {
        if (Address.Parse(report.To) is null) return true; // Nobody can be told.
        var octets = report.Write(services.HostName, services.Time.GetUtcNow());
        var mail =
            new OutgoingMail(sender.Account.Id, sender.Address, report.To, new[] { (ReadOnlyMemory<byte>)octets }.ToAsyncEnumerable());
        return await services.Post.SendAsync(mail, cancellation) is not (Refusal.StoreFull or Refusal.Unavailable);
    }

    /// <summary>The target is a stranger's choice: only the Internet is reached, never a network of one's own.</summary>
    private async ValueTask<bool> UploadAsync(string uri, byte[] packed, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(uri, UriKind.Absolute, out var target)) return true;
        using var content = new ByteArrayContent(packed);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/tlsrpt+gzip");
        try
        {
            using var answer = await _web.PostAsync(target, content, cancellation);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return false; // It cannot be reached, or takes too long.
        }
    }

    private bool IsTooOld(DateOnly day) => day < services.Tls.Book.Today.AddDays(-ReportBook<TlsLine>.DaysMax);

    private static (string Start, string End) Range(DateOnly day)
    {
        var start = new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).ToUnixTimeSeconds();
        return (start.ToString(CultureInfo.InvariantCulture), (start + 86_399).ToString(CultureInfo.InvariantCulture));
    }

    private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
}

internal static partial class ReportLog
{
    [LoggerMessage(1120, LogLevel.Error, "Reports for other servers could not be sent; it is tried again")]
    public static partial void ReportsFailed(this ILogger log, Exception error);

    [LoggerMessage(1121, LogLevel.Error, "What reports for other servers are made of could not be kept: {Refusal}")]
    public static partial void ReportsNotKept(this ILogger log, Refusal refusal);
}
