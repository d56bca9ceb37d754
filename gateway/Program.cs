using CompatBot.Core.Identity;
using CompatBot.Core.Vault;
using CompatBot.Gateway;
using CompatBot.Gateway.Admin;
using CompatBot.Gateway.Config;
using CompatBot.Gateway.Http;
using CompatBot.Gateway.Logs;
using CompatBot.Gateway.Tls;
using CompatBot.Gateway.Watch;
using CompatBot.Core.Calendar;
using CompatBot.Core.Calendar.Subscriptions;
using CompatBot.Protocols.Dav;
using CompatBot.Core.Push;
using CompatBot.Protocols.Dav.Push;
using CompatBot.Protocols.Dav.Scheduling;
using CompatBot.Protocols.Dav.Subscriptions;
using CompatBot.Protocols.Net.Push;
using CompatBot.Protocols.Net.Http;
using CompatBot.Protocols.Ftp;
using CompatBot.Protocols.Imap;
using CompatBot.Protocols.ManageSieve;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Dns;
using CompatBot.Protocols.Net.Sasl;
using CompatBot.Protocols.Net.Tls;
using CompatBot.Protocols.Pop3;
using CompatBot.Protocols.Shares;
using CompatBot.Protocols.Sieve;
using CompatBot.Protocols.Smtp;
using CompatBot.Protocols.Smtp.Checks;
using CompatBot.Protocols.Smtp.Dkim;
using CompatBot.Protocols.Smtp.Filters;
using CompatBot.Protocols.Smtp.Relay;
using CompatBot.Protocols.Smtp.Reports;

var hardened = ProcessHardening.Apply(); // Before any key is in memory.
return await CommandLine.RunAsync(args, ServeAsync, TimeProvider.System);

// Listeners and wiring: the only place where a port meets a protocol.
async Task<int> ServeAsync(ServeOptions options)
{
    var time = TimeProvider.System;
    using var logs = new LoggerFactory([new ErrorStreamLog(options.LogLevel, Console.Error, time)]);
    if (!hardened) logs.CreateLogger<Composition>().NotHardened();

    await using var composition = await Composition.OpenAsync(
        new CompositionOptions(options.DataDirectory, Serving: true, options.VaultGrace, logs.CreateLogger<Composition>())
        {
            HistoryDays = options.HistoryDays,
            MemoryBytesMax = options.MemoryBytes,
            Quota = new Quota(options.Quota is { } size ? DataSize.Parse(size) : null, null),
            HeadsFolder = options.HeadsFolder,
            HostKeyFile = options.HostKeyFile,
        },
        time,
        CancellationToken.None);
    using var certificates = ServerCertificate.Open(options, time, logs);
    var pair = certificates.Read();
    var tls = new TlsSettings(pair.Certificate, pair.Chain);
    certificates.Watch(fresh => tls.Replace(fresh.Certificate, fresh.Chain));

    using var lines = new LineServer(
        new LineLimits { DrainTimeout = options.DrainTimeout }, tls, time, logs.CreateLogger<LineServer>());
    var logins = new Logins(
        composition.Sessions, new LoginGuard(new LoginGuardLimits(), time), logs.CreateLogger<Logins>(), composition.DropDevices);
    var queue = await composition.QueueAsync(CancellationToken.None);
    using var resolver = new UnboundResolver(options.Mail.DnsServers, options.Mail.AnchorFile, time);
    using var dkim = new DkimKeys(DkimKeyFiles.Open(options.DataDirectory, time.GetUtcNow()), resolver);
    var (tlsReports, dmarcReports) = (new TlsReports(composition.Notes, time), new DmarcReports(composition.Notes, time));
    await using var greylist = options.Mail.Greylists ? new Greylist(composition.Notes, time) : null;
    if (greylist is not null) await greylist.StartAsync(CancellationToken.None);
    using var filters = options.Mail.Filters(logs.CreateLogger<ContentFilters>());
    var checks = options.Mail.Checks(resolver) with
    {
        Reports = dmarcReports,
        Greylist = greylist,
        Filters = filters,
    };
    var imap = new ImapServices(
        lines,
        logins,
        composition.Accounts,
        composition.Quotas,
        new ImapLimits { CommandMessagesMax = options.ImapMessagesMax ?? int.MaxValue },
        options.Hostname,
        time,
        logs.CreateLogger<ImapHandler>())
    {
        Without = options.ImapWithout.ToHashSet(StringComparer.OrdinalIgnoreCase),
    };
    var pop3 = new Pop3Services(lines, logins, new Pop3Limits(), logs.CreateLogger<Pop3Handler>());
    var smtp = new SmtpServices(
        lines,
        logins,
        composition.Accounts,
        composition.Deliveries,
        queue,
        new SmtpLimits { RecipientsPerHourMax = options.Mail.RecipientsPerHour is > 0 and var most ? most : int.MaxValue },
        options.Hostname,
        options.Mail.Postmaster,
        time,
        logs.CreateLogger<SmtpHandler>()) { Dkim = dkim, Checks = checks, SpeakersForOthers = options.Mail.SpeakersForOthers };

    var post = new SmtpPost(composition.Accounts, composition.Deliveries, queue, dkim, options.Hostname, time, smtp.Limits);
    await using var relay = new RelayRunner(new RelayServices(
        queue, composition.Accounts, composition.Deliveries, post, resolver, options.Mail.Relay(), options.Hostname, time,
            logs.CreateLogger<RelayRunner>()) { Notes = composition.Notes, Reports = tlsReports });

    await using var reports = new ReportRounds(new ReportServices(
        tlsReports, dmarcReports, composition.Accounts, post, resolver, options.Hostname, options.Mail.Postmaster, time,
            logs.CreateLogger<ReportRounds>()));
    var sieve = new SieveFilter(new SieveServices(composition.Accounts, post, options.Hostname, time, logs.CreateLogger<SieveFilter>()));
    composition.Filter = sieve;
    var manageSieve = new ManageSieveServices(
        lines, logins, composition.Accounts, sieve, new ManageSieveLimits(), logs.CreateLogger<ManageSieveHandler>());
    using var web = new PublicHttp(options.PrivateSources, CalendarFetcher.Time);
    await using var subscriptions = composition.SubscribeBy(new CalendarFetcher(web), logs.CreateLogger<SubscriptionRounds>());
    using var vapid = VapidKey.Of(composition.PushKeys, $"mailto:postmaster@{options.Hostname}", time);
    await using var pushes = composition.PushBy(new PushMessages(new PushService(web, vapid)), logs.CreateLogger<PushRounds>());
    var davServices = new DavServices(
        logins, composition.Accounts, composition.Quotas, new DavLimits(), time, logs.CreateLogger<DavHandler>())
    {
        Schedules = composition.Schedules, Post = post, Sharing = composition.Sharing, Drops = composition.Drops,
        Listings = composition.Listings,
        Attachments = composition.Attachments, Subscriptions = subscriptions, Push = pushes,
    };
    await using var unsent = composition.SendUnsentBy(new ScheduleSender(davServices), logs.CreateLogger<UnsentSchedules>());
    await using var davLogins = new DavLogins(davServices);
    var ftpLimits = new FtpLimits { PassivePorts = options.FtpPorts is { } range ? ServeOptions.PassivePorts(range) : null };
    var ftp = new FtpServices(
        lines, logins, composition.Accounts, composition.Quotas, ftpLimits, time, logs.CreateLogger<FtpHandler>())
    {
        Drops = composition.Drops,
    };
    var shares = new ShareServices(
        composition.Links,
        composition.Drops,
        composition.Accounts,
        new LoginGuard(new LoginGuardLimits(), time),
        new ShareLimits(),
        logs.CreateLogger<ShareHandler>());
    var mtaSts = options.Mail.MtaSts == MailOptions.None ? null
        : new MtaStsPolicy(composition.Accounts, options.Mail.MtaSts, options.Hostname);
    var autoconfig = new Autoconfig(composition.Accounts, options.Hostname, options.PortOffset);
    var http = new HttpServer(
        options, new DavHandler(davServices, davLogins), new ShareHandler(shares), mtaSts, autoconfig, tls, time);

    using var watch = new WatchServer(options, composition, () => certificates.NotAfter);
    using var otlp = options.OtlpEndpoint is { } collector ? Otlp.Start(collector) : null; // Ends before what it asks.
    var server = new Listeners(options, logs);
    server.Add(Ports.Imap, new ImapHandler(imap, implicitTls: false));
    server.Add(Ports.Imaps, new ImapHandler(imap, implicitTls: true));
    server.Add(Ports.Pop3, new Pop3Handler(pop3, implicitTls: false));
    server.Add(Ports.Pop3s, new Pop3Handler(pop3, implicitTls: true));
    server.Add(Ports.Smtp, new SmtpHandler(smtp, new SmtpPort(SmtpRole.Mx, ImplicitTls: false)));
    server.Add(Ports.Submission, new SmtpHandler(smtp, new SmtpPort(SmtpRole.Submission, ImplicitTls: false)));
    server.Add(Ports.Submissions, new SmtpHandler(smtp, new SmtpPort(SmtpRole.Submission, ImplicitTls: true)));
    if (options.Mail.Lmtp) server.Add(Ports.Lmtp, new SmtpHandler(smtp, new SmtpPort(SmtpRole.Lmtp, ImplicitTls: false)));
    server.Add(Ports.Ftp, new FtpHandler(ftp, implicitTls: false));
    server.Add(Ports.Ftps, new FtpHandler(ftp, implicitTls: true));
    server.Add(Ports.Sieve, new ManageSieveHandler(manageSieve));
    await composition.Attended.StartAsync(CancellationToken.None); // Behind the filters: what waits is shown to them.
    relay.Start();
    await reports.StartAsync(CancellationToken.None);
    using var trim = QuietTrim.Start(time);
    composition.VaultClosed += trim.Ask;
    return await server.RunAsync(composition, watch, http, drain: lines.DrainAsync);
}
