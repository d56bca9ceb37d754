using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CompatBot.Core.Store;
using CompatBot.Gateway.Config;
using CompatBot.Gateway.Tls;
using CompatBot.Protocols.Dav;
using CompatBot.Protocols.Smtp.Dkim;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>domain dns: the records to publish, so that mail comes here, goes out and is believed, and devices find the server.</summary>
internal static class DomainDns
{
    /// <summary>Most characters in one string of a TXT record (RFC 1035 section 3.3.14).</summary>
    private const int StringCharsMax = 255;

    internal static readonly Argument<string> OneDomain = new("domain") { Description = "For example example.org" };

    internal static readonly Option<string?> Host = new("--host")
    {
        Description = "The server's public name (default: that of the running server)",
        HelpName = "name",
    };

    internal static readonly Option<string> Authority = new("--ca")
    {
        Description = "Domain of the authority that may give certificates to the server (CAA)",
        DefaultValueFactory = _ => "letsencrypt.org",
        HelpName = "domain",
    };

    public static Verb Records() => new("dns", "The DNS records to publish for a domain, as lines of a zone file", RecordsAsync)
    {
        OneDomain, Host, Authority,
    };

    public static Verb Rotate() => new(
        "dkim-rotate", "Make fresh keys that sign mail; they are used from when a domain publishes them (domain dns shows them)",
            RotateAsync);

    private static async ValueTask<VerbAnswer> RecordsAsync(VerbContext context, CancellationToken cancellation)
    {
        var (records, failure) = await FindAsync(context, cancellation);
        if (failure is { } answer) return answer;
        var text =
            string.Join('\n', records.Select(one => $"{one.Name} IN {one.Type} {(one.Type == "TXT" ? Quoted(one.Value) : one.Value)}"));
        return context.Done(records, AdminJson.Default.IReadOnlyListDnsRecord, text);
    }

    /// <returns>The records of the domain that the command line names; or why there are none.</returns>
    internal static async ValueTask<(IReadOnlyList<DnsRecord> Records, VerbAnswer? Failure)> FindAsync(
        VerbContext context, CancellationToken cancellation)
    {
        var domain = context.Get(OneDomain).ToLowerInvariant();
        if (!await context.Composition.Accounts.IsLocalAsync(domain, cancellation)) return ([], context.Declined(Refusal.NotFound, domain));
        var host = context.Get(Host) ?? context.Composition.Announced?.Hostname;
        if (host is null or "localhost")
        {
            return ([], context.Failed(
                ExitCode.Usage, "the server's public name is not known: give --host NAME, and `serve --hostname NAME`"));
        }

        var keys = DkimKeyFiles.Open(context.Composition.DataFolder, context.Time.GetUtcNow());
        List<DnsRecord> records =
        [
            new($"{domain}.", "MX", $"10 {host}."),
            new($"{domain}.", "TXT", "v=spf1 mx -all"),
            new($"{host}.", "TXT", "v=spf1 a -all"),
            .. keys.Select(key => new DnsRecord($"{DkimKeys.NameOf(key, domain)}.", "TXT", key.Record)),
            new($"_dmarc.{domain}.", "TXT", $"v=DMARC1; p=quarantine; rua=mailto:postmaster@{domain}"),
            new($"_smtp._tls.{domain}.", "TXT", $"v=TLSRPTv1; rua=mailto:postmaster@{domain}"),
            new($"_mta-sts.{domain}.", "TXT", "v=STSv1; id=1"),
            new($"mta-sts.{domain}.", "CNAME", $"{host}."),
            new($"autoconfig.{domain}.", "CNAME", $"{host}."),
            new($"{host}.", "CAA", $"0 issue \"{context.Get(Authority)}\""),
            .. CertificateFile(context) is { } file
                ? (IEnumerable<DnsRecord>)[new($"_{Ports.Smtp.StandardPort}._tcp.{host}.", "TLSA", Tlsa(file))]
                : [],
            .. from service in (IEnumerable<(string Name, int Port)>)
                [("submission", 587), ("submissions", 465), ("imap", 143), ("imaps", 993), ("pop3", 110), ("pop3s", 995),
                 ("caldavs", 443), ("carddavs", 443), ("sieve", 4190)]
                select new DnsRecord($"_{service.Name}._tcp.{domain}.", "SRV", $"0 1 {service.Port} {host}."),

            // RFC 6764: where below the host's name it begins; and "." for what is not there, as no password is taken without TLS.
            .. from service in (IEnumerable<string>)["caldav", "carddav"]
                from record in (IEnumerable<DnsRecord>)
                [
                    new($"_{service}s._tcp.{domain}.", "TXT", $"path={DavHandler.Root}"),
                    new($"_{service}._tcp.{domain}.", "SRV", "0 0 0 ."),
                ]
                select record,
        ];
        foreach (var key in keys) key.Dispose();
        return (records, null);
    }

    private static ValueTask<VerbAnswer> RotateAsync(VerbContext context, CancellationToken cancellation)
    {
        var now = context.Time.GetUtcNow();
        var made = DkimKeyFiles.Make(context.Composition.DataFolder, now);
        var keys = DkimKeyFiles.Open(context.Composition.DataFolder, now);
        List<string> selectors = [.. keys.Select(key => key.Selector)];
        foreach (var key in keys) key.Dispose();
        if (!made) return new(context.Failed(ExitCode.Exists, "keys were made today already: selectors are days"));
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"fresh keys: {selectors[0]}, {selectors[1]}. Publish what `domain dns` shows for each ")
            .Append("domain, then start the server again; withdraw the old records a week later.");
        return new(context.Done<IReadOnlyList<string>>(selectors, AdminJson.Default.IReadOnlyListString, text.ToString()));
    }

    /// <returns>The server's certificate; null: it has none yet.</returns>
    private static string? CertificateFile(VerbContext context)
    {
        if (context.Composition.Announced?.CertificateFile is { } given) return given;
        var own = SelfMadeCertificate.FileOf(context.Composition.DataFolder);
        return File.Exists(own) ? own : null;
    }

    /// <summary>The certificate's key by its SHA-256 (RFC 7672 section 3.1.1): it counts where DNSSEC vouches for the record.</summary>
    private static string Tlsa(string certificateFile)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(certificateFile);
        return $"3 1 1 {Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()))}";
    }

    private static string Quoted(string text) =>
        string.Join(' ', text.Chunk(StringCharsMax).Select(part => $"\"{new string(part)}\""));
}

/// <param name="Name">With its final dot.</param>
internal sealed record DnsRecord(string Name, string Type, string Value);
