using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using CompatBot.Formats.Mime;

namespace CompatBot.Protocols.Smtp.Reports;

/// <summary>What another server tells of mail of a domain here, on one day.</summary>
/// <param name="Kind">"tls" (RFC 8460: how TLS went with our servers) or "dmarc" (RFC 9990: mail in the domain's name).</param>
/// <param name="Reporter">Who tells, as it calls itself.</param>
/// <param name="Passed">Sessions under TLS as asked for; messages that DKIM or SPF vouch for.</param>
/// <param name="Failed">The others.</param>
/// <param name="Failures">What went wrong, or where what nobody vouches for came from, with counts.</param>
public sealed record ReceivedReport(
    string Kind, string Reporter, string Domain, DateOnly Day, long Passed, long Failed, IReadOnlyList<ReceivedFailure> Failures);

/// <param name="What">A word of RFC 8460 section 4.3, with the server; or an address.</param>
public sealed record ReceivedFailure(string What, long Count);

/// <summary>Finds reports in mail, and reads them. They are strangers' words: bounded, and nothing in them is done.</summary>
public static class ReportReader
{
    /// <summary>Octets of an unpacked report; a longer one is none.</summary>
    public const int ReportBytesMax = 16 << 20;

    /// <summary>Failures that are told apart; the rest is counted in the last.</summary>
    public const int FailuresMax = 200;

    private const int TextCharsMax = 200;

    /// <summary>Reports among a message's parts; most messages have none.</summary>
    public static IReadOnlyList<ReceivedReport> Read(ReadOnlySpan<byte> message)
    {
        var scanner = new MimeScanner();
        scanner.Write(message);
        List<ReceivedReport> reports = [];
        foreach (var part in scanner.Finish().Root.Leaves())
        {
            if (!MayBeReport(part)) continue;
            var decoder = TransferDecoder.For(part.Encoding);
            var decoded = new System.Buffers.ArrayBufferWriter<byte>();
            decoder.Decode(message[(int)part.BodyStart..(int)part.End], decoded);
            decoder.Finish(decoded);
            try
            {
                if (Unpack(decoded.WrittenSpan.ToArray()) is { } text) reports.AddRange(Parse(text));
            }
            catch (Exception error) when (error is InvalidDataException or JsonException or XmlException or FormatException
                or InvalidOperationException or KeyNotFoundException or OverflowException or ArgumentException)
            {
                // An attachment of that kind which is no report.
            }
        }

        return reports;
    }

    private static bool MayBeReport(MimePart part)
    {
        var name = part.Parameter("name") ?? part.DispositionParameters.FirstOrDefault(
            one => one.Key.Equals("filename", StringComparison.OrdinalIgnoreCase)).Value ?? "";
        return $"{part.Type}/{part.Subtype}".ToLowerInvariant() is "application/tlsrpt+gzip" or "application/tlsrpt+json"
                or "application/gzip" or "application/x-gzip" or "application/zip" or "application/x-zip-compressed" or "text/xml"
                or "application/xml"
            || name.EndsWith(".xml.gz", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".json.gz", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".xml.zip", StringComparison.OrdinalIgnoreCase);
    }

    /// <returns>Null when it is too long, or empty.</returns>
    private static byte[]? Unpack(byte[] octets)
    {
        using var packed = new MemoryStream(octets);
        if (octets.AsSpan().StartsWith("PK"u8))
        {
            using var archive = new ZipArchive(packed);
            if (archive.Entries.Count == 0) return null;
            using var entry = archive.Entries[0].Open();
            return ReadAll(entry);
        }

        if (octets is not [0x1f, 0x8b, ..]) return octets.Length is 0 or > ReportBytesMax ? null : octets;
        using var gzip = new GZipStream(packed, CompressionMode.Decompress);
        return ReadAll(gzip);
    }

    private static byte[]? ReadAll(Stream stream)
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 << 10];
        while (stream.Read(buffer) is var read and > 0)
        {
            if (all.Length + read > ReportBytesMax) return null;
            all.Write(buffer, 0, read);
        }

        return all.Length == 0 ? null : all.ToArray();
    }

    private static List<ReceivedReport> Parse(byte[] text)
    {
        var first = text.AsSpan().TrimStart(" \t\r\n\uFEFF"u8);
        return first.StartsWith("{"u8) ? ParseTls(first.ToArray()) : first.StartsWith("<"u8) ? [ParseDmarc(text)] : [];
    }

    /// <summary>RFC 8460 section 4.4.</summary>
    private static List<ReceivedReport> ParseTls(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        var reporter = Clean(root.GetProperty("organization-name").GetString());
        var start = root.GetProperty("date-range").GetProperty("start-datetime").GetDateTimeOffset().UtcDateTime;
        List<ReceivedReport> reports = [];
        foreach (var policy in root.GetProperty("policies").EnumerateArray())
        {
            var summary = policy.GetProperty("summary");
            var failures = new Failures();
            if (policy.TryGetProperty("failure-details", out var details))
            {
                foreach (var detail in details.EnumerateArray())
                {
                    var host = detail.TryGetProperty("receiving-mx-hostname", out var mx) ? $" {mx.GetString()}" : "";
                    failures.Add($"{detail.GetProperty("result-type").GetString()}{host}", Count(detail, "failed-session-count"));
                }
            }

            reports.Add(new ReceivedReport(
                "tls",
                reporter,
                Clean(policy.GetProperty("policy").GetProperty("policy-domain").GetString()),
                DateOnly.FromDateTime(start),
                Count(summary, "total-successful-session-count"),
                Count(summary, "total-failure-session-count"),
                failures.All));
        }

        return reports;
    }

    /// <summary>RFC 9990 section 3; the names of RFC 7489 appendix C are the same, whatever the namespace.</summary>
    private static ReceivedReport ParseDmarc(byte[] xml)
    {
        using var stream = new MemoryStream(xml);
        using var reader = XmlReader.Create(stream, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
        var root = XDocument.Load(reader).Root!;
        if (root.Name.LocalName != "feedback") throw new FormatException("no report");
        var about = Child(root, "report_metadata");
        var begin = long.Parse(Child(Child(about, "date_range"), "begin").Value.Trim(), CultureInfo.InvariantCulture);
        var (passed, failed, failures) = (0L, 0L, new Failures());
        foreach (var row in root.Elements().Where(one => one.Name.LocalName == "record").Select(one => Child(one, "row")))
        {
            var count = long.Parse(Child(row, "count").Value.Trim(), CultureInfo.InvariantCulture);
            var judged = Child(row, "policy_evaluated");
            if (judged.Elements().Any(one => one.Name.LocalName is "dkim" or "spf" && one.Value.Trim() == "pass"))
            {
                passed = checked(passed + count);
                continue;
            }

            failed = checked(failed + count);
            failures.Add(Child(row, "source_ip").Value.Trim(), count);
        }

        return new ReceivedReport(
            "dmarc",
            Clean(Child(about, "org_name").Value),
            Clean(Child(Child(root, "policy_published"), "domain").Value),
            DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeSeconds(begin).UtcDateTime),
            passed,
            failed,
            failures.All);
    }

    private static XElement Child(XElement parent, string name) =>
        parent.Elements().FirstOrDefault(one => one.Name.LocalName == name) ?? throw new FormatException($"no {name}");

    private static long Count(JsonElement parent, string name) => parent.TryGetProperty(name, out var count) ? count.GetInt64() : 0;

    private static string Clean(string? text) =>
        new([.. (text ?? "").Trim().Where(one => !char.IsControl(one)).Take(TextCharsMax)]);

    private sealed class Failures
    {
        private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

        public IReadOnlyList<ReceivedFailure> All =>
            [.. _counts.OrderByDescending(one => one.Value).Select(one => new ReceivedFailure(one.Key, one.Value))];

        public void Add(string? what, long count)
        {
            var key = Clean(what);
            if (!_counts.ContainsKey(key) && _counts.Count >= FailuresMax) key = "others";
            _counts[key] = checked(_counts.GetValueOrDefault(key) + count);
        }
    }
}
