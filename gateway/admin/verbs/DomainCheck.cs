using System.CommandLine;
using System.Globalization;
using System.Text;
using CompatBot.Gateway.Config;
using CompatBot.Protocols.Net.Dns;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>domain check: whether the world sees what `domain dns` says to publish.</summary>
internal static class DomainCheck
{
    private static readonly Option<string[]> Servers = new("--dns")
    {
        Description = "Name server to ask, more than one by more options (default: those of /etc/resolv.conf)",
        HelpName = "address[@port]",
    };

    public static Verb Check() => new("check", "Ask the DNS whether the records of a domain are published", CheckAsync)
    {
        DomainDns.OneDomain, DomainDns.Host, DomainDns.Authority, Servers,
    };

    private static async ValueTask<VerbAnswer> CheckAsync(VerbContext context, CancellationToken cancellation)
    {
        var (records, failure) = await DomainDns.FindAsync(context, cancellation);
        if (failure is { } answer) return answer;
        IReadOnlyList<string> servers = context.Get(Servers) ?? [];
        if (servers.FirstOrDefault(server => !MailOptions.IsNameServer(server)) is { } wrong)
        {
            return context.Failed(ExitCode.Usage, $"--dns {wrong} is no address, and no ADDRESS@PORT");
        }

        using var resolver = new UnboundResolver(servers, null, context.Time);
        var asked = records.Select(record => CheckAsync(resolver, record, cancellation)).ToList();
        List<PublishedRecord> found = [.. await Task.WhenAll(asked)];
        var text = new StringBuilder();
        foreach (var one in found)
        {
            text.Append(CultureInfo.InvariantCulture, $"{one.State,-10}{one.Type,-6}{one.Name}\n");
            if (one.State != PublishedRecord.Ok) text.Append(CultureInfo.InvariantCulture, $"          wanted  {one.Value}\n");
            foreach (var other in one.Found) text.Append(CultureInfo.InvariantCulture, $"          found   {other}\n");
        }

        var bad = found.Count(one => one.State != PublishedRecord.Ok);
        text.Append(CultureInfo.InvariantCulture, $"{found.Count - bad} of {found.Count} records are as `domain dns` prints them");
        return context.Done<IReadOnlyList<PublishedRecord>>(
            found, AdminJson.Default.IReadOnlyListPublishedRecord, text.ToString(), bad == 0 ? ExitCode.Done : ExitCode.NotFound);
    }

    private static async Task<PublishedRecord> CheckAsync(UnboundResolver resolver, DnsRecord record, CancellationToken cancellation)
    {
        var answer = await resolver.QueryAsync(record.Name.TrimEnd('.'), Enum.Parse<DnsType>(record.Type, ignoreCase: true), cancellation);
        if (answer.Status == DnsStatus.Failed) return Say("no answer", []);
        List<string> found = record.Type switch
        {
            "MX" => [.. answer.Exchanges.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Preference} {one.Host}."))],
            "TLSA" => [.. answer.Associations],
            "CAA" => [.. answer.Authorities],
            "SRV" => [.. answer.Services],
            "CNAME" => [.. answer.Names.Select(name => $"{name}.")],
            _ => [.. answer.Texts],
        };

        // Of the texts at a name only those of the same kind are looked at: "v=spf1", "v=DMARC1".
        if (record.Type == "TXT") found.RemoveAll(text => text.Split(' ', ';')[0] != record.Value.Split(' ', ';')[0]);
        if (found.Any(one => Plain(one) == Plain(record.Value))) return Say(PublishedRecord.Ok, []);
        return Say(found.Count == 0 ? "missing" : "different", found);

        PublishedRecord Say(string state, IReadOnlyList<string> others) => new(state, record.Name, record.Type, record.Value, others);
    }

    private static string Plain(string text) => text.Replace(" ", "", StringComparison.Ordinal).TrimEnd(';');
}

/// <param name="State">ok, missing, different, no answer.</param>
/// <param name="Value">What is wanted.</param>
/// <param name="Found">What is there instead.</param>
internal sealed record PublishedRecord(string State, string Name, string Type, string Value, IReadOnlyList<string> Found)
{
    public const string Ok = "ok";
}
