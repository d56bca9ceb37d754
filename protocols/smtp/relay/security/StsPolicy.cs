using System.Globalization;

namespace CompatBot.Protocols.Smtp.Relay.Security;

/// <summary>What a domain wants where its servers cannot prove who they are (RFC 8461 section 5).</summary>
internal enum StsMode
{
    /// <summary>It has withdrawn its policy.</summary>
    None,

    /// <summary>Mail goes, and a report tells.</summary>
    Testing,

    /// <summary>No mail goes.</summary>
    Enforce,
}

/// <summary>An MTA-STS policy (RFC 8461 section 3.2).</summary>
/// <param name="Id">Of the TXT record that it was fetched for: another one there means another policy.</param>
/// <param name="Exchanges">Names of mail servers, lower case; "*.example.org" is any one label before it.</param>
/// <param name="Until">How long it holds when no newer one can be fetched.</param>
internal sealed record StsPolicy(string Id, StsMode Mode, IReadOnlyList<string> Exchanges, DateTimeOffset Until)
{
    /// <summary>Longest policy that is read, in bytes: RFC 8461 section 3.3.</summary>
    public const int BytesMax = 64 << 10;

    /// <summary>Exchanges of one policy.</summary>
    public const int ExchangesMax = 100;

    /// <summary>Longest max_age, in seconds: section 3.2.</summary>
    private const long AgeSecondsMax = 31_557_600;

    /// <summary>Reads the TXT records at _mta-sts.DOMAIN.</summary>
    /// <returns>The id; null when there is none, or not exactly one (section 3.1).</returns>
    public static string? IdOf(IEnumerable<string> texts)
    {
        List<string> records = [.. texts.Where(text => text.Split(';')[0].Trim() == "v=STSv1")];
        if (records.Count != 1) return null;
        var id = records[0].Split(';').Select(field => field.Trim()).FirstOrDefault(
            field => field.StartsWith("id=", StringComparison.Ordinal));
        return id is { Length: > 3 and <= 35 } && id.AsSpan(3).IndexOfAnyExcept(AlphaNumeric) < 0 ? id[3..] : null;
    }

    /// <summary>Reads the policy's file.</summary>
    /// <returns>Null when it is none.</returns>
    public static StsPolicy? Parse(string text, string id, DateTimeOffset now)
    {
        var fields = text.Split('\n').Select(line => line.TrimEnd('\r').Split(':', 2)).Where(pair => pair.Length == 2)
            .Select(pair => (Key: pair[0].Trim(), Value: pair[1].Trim())).ToList();
        string? First(string key) => fields.FirstOrDefault(field => field.Key == key).Value;
        if (First("version") != "STSv1") return null;
        StsMode? mode = First("mode") switch
        {
            "enforce" => StsMode.Enforce,
            "testing" => StsMode.Testing,
            "none" => StsMode.None,
            _ => null,
        };
        List<string> exchanges =
            [.. fields.Where(field => field.Key == "mx").Select(field => field.Value.TrimEnd('.').ToLowerInvariant()).Take(ExchangesMax)];
        if (mode is null || (mode != StsMode.None && exchanges.Count == 0)) return null;
        if (!long.TryParse(First("max_age"), NumberStyles.None, CultureInfo.InvariantCulture, out var age)) return null;
        return new StsPolicy(id, mode.Value, exchanges, now + TimeSpan.FromSeconds(Math.Min(age, AgeSecondsMax)));
    }

    /// <summary>Whether a server may take the domain's mail (section 4.1).</summary>
    public bool Names(string host) => Exchanges.Any(one => one.StartsWith("*.", StringComparison.Ordinal)
        ? host.IndexOf('.', StringComparison.Ordinal) is var dot and > 0 && host.AsSpan(dot).SequenceEqual(one.AsSpan(1))
        : host == one);

    private static readonly System.Buffers.SearchValues<char> AlphaNumeric =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
}
