using System.Globalization;
using System.Text.Json.Nodes;
using CompatBot.Core.Notes;
using CompatBot.Protocols.Smtp.Relay.Security;

namespace CompatBot.Protocols.Smtp.Reports;

/// <summary>One kind of outcome (<see cref="TlsOutcome"/>); records compare by value, so names are joined by blanks.</summary>
internal sealed record TlsLine(TlsPolicyType Type, string Exchanges, string? Failure, string Host, string Address);

/// <summary>How TLS with other servers went, for their daily reports (RFC 8460).</summary>
public sealed class TlsReports(HostNotes notes, TimeProvider time) : ITlsReports
{
    internal ReportBook<TlsLine> Book { get; } = new(notes, HostNote.TlsReports, ReportJson.Default.ListReportPageTlsLine, time);

    public void Add(TlsOutcome outcome)
    {
        // Where it went well, the addresses say nothing.
        var address = outcome.Failure is null ? "" : outcome.Address?.ToString() ?? "";
        Book.Add(outcome.Domain, new TlsLine(
            outcome.Type, string.Join(' ', outcome.Exchanges), outcome.Failure, outcome.Failure is null ? "" : outcome.Host, address));
    }

    /// <summary>The record at _smtp._tls.DOMAIN (section 3).</summary>
    /// <returns>URIs that want reports; empty: none do.</returns>
    internal static IReadOnlyList<string> Destinations(IEnumerable<string> texts)
    {
        List<string> records = [.. texts.Where(text => text.Split(';')[0].Trim() == "v=TLSRPTv1")];
        if (records.Count != 1) return [];
        var rua = records[0].Split(';').Select(field => field.Trim()).FirstOrDefault(
            field => field.StartsWith("rua=", StringComparison.Ordinal));
        return rua is null ? [] : [.. rua[4..].Split(',').Select(uri => uri.Trim()).Where(uri => uri.Length > 0)];
    }

    /// <summary>The report's JSON (section 4.4).</summary>
    internal static JsonObject Write(ReportPage<TlsLine> page, string id, string organization, string contact)
    {
        var policies = new JsonArray();
        foreach (var group in page.Lines.GroupBy(line => (line.Line.Type, line.Line.Exchanges)))
        {
            var policy = new JsonObject
            {
                ["policy-type"] = group.Key.Type == TlsPolicyType.Sts ? "sts" : "tlsa",
                ["policy-domain"] = page.Domain,
            };
            if (group.Key.Exchanges.Length > 0)
            {
                policy["mx-host"] = new JsonArray([.. group.Key.Exchanges.Split(' ').Select(one => JsonValue.Create(one))]);
            }

            List<ReportLine<TlsLine>> failed = [.. group.Where(line => line.Line.Failure is not null)];
            var about = new JsonObject
            {
                ["policy"] = policy,
                ["summary"] = new JsonObject
                {
                    ["total-successful-session-count"] = group.Where(line => line.Line.Failure is null).Sum(line => line.Count),
                    ["total-failure-session-count"] = failed.Sum(line => line.Count),
                },
            };
            if (failed.Count > 0) about["failure-details"] = new JsonArray([.. failed.Select(Detail)]);
            policies.Add((JsonNode)about);
        }

        return new JsonObject
        {
            ["organization-name"] = organization,
            ["date-range"] =
                new JsonObject { ["start-datetime"] = Text(page.Day, "00:00:00"), ["end-datetime"] = Text(page.Day, "23:59:59") },
            ["contact-info"] = contact,
            ["report-id"] = id,
            ["policies"] = policies,
        };
    }

    private static string Text(DateOnly day, string clock) => $"{day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}T{clock}Z";

    private static JsonObject Detail(ReportLine<TlsLine> line)
    {
        var detail = new JsonObject { ["result-type"] = line.Line.Failure, ["failed-session-count"] = line.Count };
        if (line.Line.Host.Length > 0) detail["receiving-mx-hostname"] = line.Line.Host;
        if (line.Line.Address.Length > 0) detail["receiving-ip"] = line.Line.Address;
        return detail;
    }
}
