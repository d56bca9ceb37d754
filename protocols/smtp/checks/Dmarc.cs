using CompatBot.Protocols.Net.Dns;
using CompatBot.Protocols.Smtp.Dkim;

namespace CompatBot.Protocols.Smtp.Checks;

/// <summary>RFC 8601 section 2.7: how the author's domain comes out.</summary>
public enum DmarcResult { None, Pass, Fail, TempError, PermError }

/// <summary>What the author's domain asks for where a message fails.</summary>
public enum DmarcPolicy { None, Quarantine, Reject }

/// <summary>How a message came out.</summary>
/// <param name="Policy">What is asked for where it fails.</param>
internal sealed record DmarcVerdict(DmarcResult Result, DmarcPolicy Policy = DmarcPolicy.None)
{
    /// <summary>The domain of From; empty where nothing is published for it.</summary>
    public string Author { get; init; } = "";

    /// <summary>The domain whose record counts: the author's or its organization's.</summary>
    public string Domain { get; init; } = "";

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public bool SpfAligns { get; init; }

    public bool DkimAligns { get; init; }
}

/// <summary>Whether the domain in From stands behind a message (RFC 9989: a walk up the DNS finds its organization).</summary>
internal static class Dmarc
{
    /// <summary>Questions of one walk: RFC 9989 section 4.10.</summary>
    private const int WalkMax = 8;

    /// <param name="author">The domain of From.</param>
    /// <param name="spf">The domain that SPF let pass; null: none.</param>
    /// <param name="dkim">Domains whose signatures verified.</param>
    public static async ValueTask<DmarcVerdict> CheckAsync(
        IDnsResolver resolver, string author, string? spf, IReadOnlyList<string> dkim, CancellationToken cancellation)
    {
        var (status, found) = await WalkAsync(resolver, author, cancellation);
        if (status == DnsStatus.Failed) return new DmarcVerdict(DmarcResult.TempError);
        if (Record(found, author) is not { } record) return new DmarcVerdict(DmarcResult.None);
        var (domain, tags) = record;
        var policy = Policy(domain != author && tags.TryGetValue("sp", out var below) ? below : tags.GetValueOrDefault("p"));
        var organization = Organization(found, author);
        var spfAligns = spf is not null && await AlignsAsync(spf, tags.GetValueOrDefault("aspf") == "s");
        var dkimAligns = false;
        foreach (var one in dkim) dkimAligns = dkimAligns || await AlignsAsync(one, tags.GetValueOrDefault("adkim") == "s");
        return new DmarcVerdict(spfAligns || dkimAligns ? DmarcResult.Pass : DmarcResult.Fail, policy)
        {
            Author = author,
            Domain = domain,
            Tags = tags,
            SpfAligns = spfAligns,
            DkimAligns = dkimAligns,
        };

        async ValueTask<bool> AlignsAsync(string domain, bool isStrict)
        {
            if (domain.Equals(author, StringComparison.OrdinalIgnoreCase)) return true;
            if (isStrict) return false;
            if (domain.EndsWith($".{organization}", StringComparison.OrdinalIgnoreCase)
                || domain.Equals(organization, StringComparison.OrdinalIgnoreCase))
            {
                return await OrganizationAsync(resolver, domain.ToLowerInvariant(), cancellation) == organization;
            }

            return false;
        }
    }

    /// <summary>The domain that stands for a name and all its relatives (section 4.10.2).</summary>
    /// <param name="domain">Lower case.</param>
    public static async ValueTask<string> OrganizationAsync(IDnsResolver resolver, string domain, CancellationToken cancellation) =>
        Organization((await WalkAsync(resolver, domain, cancellation)).Found, domain);

    /// <summary>The records from a name up to its top-level domain, the longest name first.</summary>
    private static async ValueTask<(DnsStatus Status, List<(string Domain, Dictionary<string, string> Tags)> Found)> WalkAsync(
        IDnsResolver resolver, string domain, CancellationToken cancellation)
    {
        var found = new List<(string, Dictionary<string, string>)>();
        var labels = domain.Split('.');
        for (var (at, asked) = (0, 0); at < labels.Length && asked < WalkMax; at++, asked++)
        {
            // Of a long name: itself, and then its last seven labels.
            if (asked == 1 && labels.Length - at > WalkMax - 1) at = labels.Length - (WalkMax - 1);
            var name = string.Join('.', labels[at..]);
            var answer = await resolver.QueryAsync($"_dmarc.{name}", DnsType.Txt, cancellation);
            if (answer.Status == DnsStatus.Failed) return (DnsStatus.Failed, []);
            List<Dictionary<string, string>> records =
                [.. answer.Texts.Where(text => text.StartsWith("v=DMARC1", StringComparison.Ordinal)).Select(
                    DkimTags.Parse).OfType<Dictionary<string, string>>()];
            if (records.Count == 1) found.Add((name, records[0]));
            if (records.Count == 1 && records[0].GetValueOrDefault("psd") is "y" or "n") break;
        }

        return (DnsStatus.Found, found);
    }

    /// <summary>The domain's own record, or its organization's (section 4.10.1).</summary>
    private static (string Domain, Dictionary<string, string> Tags)? Record(
        List<(string Domain, Dictionary<string, string> Tags)> found, string author)
    {
        if (found.Count == 0) return null;
        if (found[0].Domain == author) return found[0];
        var organization = Organization(found, author);
        return found.FirstOrDefault(one => one.Domain == organization) is { Domain: not null } own ? own : found[^1];
    }

    /// <summary>Section 4.10.2: a record with psd=n, the name below one with psd=y, or the shortest name that has a record.</summary>
    private static string Organization(List<(string Domain, Dictionary<string, string> Tags)> found, string author)
    {
        foreach (var (domain, tags) in found)
        {
            if (tags.GetValueOrDefault("psd") == "n") return domain;
            if (tags.GetValueOrDefault("psd") != "y" || domain == author) continue;
            var below = author[..^(domain.Length + 1)];
            return $"{below[(below.LastIndexOf('.') + 1)..]}.{domain}";
        }

        return found.Count > 0 ? found[^1].Domain : author;
    }

    private static DmarcPolicy Policy(string? word) => word switch
    {
        "reject" => DmarcPolicy.Reject,
        "quarantine" => DmarcPolicy.Quarantine,
        _ => DmarcPolicy.None,
    };
}
