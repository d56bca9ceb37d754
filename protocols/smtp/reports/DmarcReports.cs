using System.Globalization;
using System.Net;
using System.Xml.Linq;
using CompatBot.Core.Notes;
using CompatBot.Protocols.Net.Dns;
using CompatBot.Protocols.Smtp.Checks;
using CompatBot.Protocols.Smtp.Dkim;

namespace CompatBot.Protocols.Smtp.Reports;

/// <summary>One kind of message of one sender (RFC 9990 section 3.1). Records compare by value: signatures are one text.</summary>
/// <param name="Disposition">What became of it: none, quarantine, reject.</param>
/// <param name="Published">The record's tags p, sp, adkim, aspf, np, each as "tag=value", joined by blanks.</param>
/// <param name="Dkim">"domain selector result", one after the other, joined by commas.</param>
internal sealed record DmarcLine(
    string Address,
    string Disposition,
    bool DkimAligns,
    bool SpfAligns,
    string Author,
    string Sender,
    string Published,
    string Dkim,
    string SpfDomain,
    string SpfResult);

/// <summary>What came in the name of domains that publish DMARC, for their daily reports (RFC 9990).</summary>
public sealed class DmarcReports(HostNotes notes, TimeProvider time)
{
    /// <summary>Addresses that one domain's report goes to (RFC 9990 section 3.5: at least two).</summary>
    public const int DestinationsMax = 2;

    internal ReportBook<DmarcLine> Book { get; } = new(notes, HostNote.DmarcReports, ReportJson.Default.ListReportPageDmarcLine, time);

    internal void Add(DmarcVerdict verdict, DmarcLine line)
    {
        if (verdict.Tags.ContainsKey("rua")) Book.Add(verdict.Domain, line);
    }

    /// <summary>Where a domain's reports go, as it says now; elsewhere only with consent there (RFC 9990 section 4).</summary>
    internal static async ValueTask<IReadOnlyList<string>> DestinationsAsync(
        IDnsResolver resolver, string domain, CancellationToken cancellation)
    {
        var answer = await resolver.QueryAsync($"_dmarc.{domain}", DnsType.Txt, cancellation);
        var record =
            answer.Texts.Where(text => text.StartsWith("v=DMARC1", StringComparison.Ordinal)).Select(DkimTags.Parse).FirstOrDefault();
        List<string> addresses = [];
        foreach (var uri in (record?.GetValueOrDefault("rua") ?? "").Split(',').Select(uri => uri.Trim()).Take(2 * DestinationsMax))
        {
            if (!uri.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase)) continue;
            var address = uri[7..].Split('!')[0]; // What is behind it is a size in an old form.
            var host = address[(address.LastIndexOf('@') + 1)..].ToLowerInvariant();
            if (host.Length == 0 || addresses.Count == DestinationsMax) continue;
            if (host != domain && await Checks.Dmarc.OrganizationAsync(resolver, host, cancellation)
                != await Checks.Dmarc.OrganizationAsync(resolver, domain, cancellation))
            {
                var consent = await resolver.QueryAsync($"{domain}._report._dmarc.{host}", DnsType.Txt, cancellation);
                if (!consent.Texts.Any(text => text.StartsWith("v=DMARC1", StringComparison.Ordinal))) continue;
            }

            addresses.Add(address);
        }

        return addresses;
    }

    /// <summary>The report's XML (RFC 9990 section 3.1 and appendix A).</summary>
    internal static XDocument Write(ReportPage<DmarcLine> page, string id, string organization, string contact)
    {
        XNamespace name = "urn:ietf:params:xml:ns:dmarc-2.0";
        var begin = new DateTimeOffset(page.Day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).ToUnixTimeSeconds();
        var published = Tags(page.Lines[0].Line.Published);
        return new XDocument(new XElement(
            name + "feedback",
            new XElement(name + "version", "1.0"),
            new XElement(
                name + "report_metadata",
                Element("org_name", organization),
                Element("email", contact),
                Element("report_id", id),
                new XElement(name + "date_range", Element("begin", Number(begin)), Element("end", Number(begin + 86_399)))),
            new XElement(
                name + "policy_published",
                Element("domain", page.Domain),
                from tag in published select Element(tag.Key, tag.Value)),
            from line in page.Lines select Record(line)));

        XElement Element(string key, string value) => new(name + key, value);

        XElement Record(ReportLine<DmarcLine> line) => new(
            name + "record",
            new XElement(
                name + "row",
                Element("source_ip", line.Line.Address),
                Element("count", Number(line.Count)),
                new XElement(
                    name + "policy_evaluated",
                    Element("disposition", line.Line.Disposition),
                    Element("dkim", line.Line.DkimAligns ? "pass" : "fail"),
                    Element("spf", line.Line.SpfAligns ? "pass" : "fail"))),
            new XElement(
                name + "identifiers",
                Element("header_from", line.Line.Author),
                Element("envelope_from", line.Line.Sender)),
            new XElement(
                name + "auth_results",
                from one in line.Line.Dkim.Split(',', StringSplitOptions.RemoveEmptyEntries)
                let words = one.Split(' ')
                select new XElement(
                    name + "dkim", Element("domain", words[0]), Element("selector", words[1]), Element("result", words[2])),
                new XElement(name + "spf", Element("domain", line.Line.SpfDomain), Element("result", line.Line.SpfResult))));
    }

    /// <summary>The sender's address as reports name it.</summary>
    internal static string Source(IPAddress address) => (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();

    private static IEnumerable<(string Key, string Value)> Tags(string published) =>
        published.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => one.Split('=', 2)).Select(pair => (pair[0], pair[1]));

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
