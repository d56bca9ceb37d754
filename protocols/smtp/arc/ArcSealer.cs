using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Smtp.Dkim;

namespace CompatBot.Protocols.Smtp.Arc;

/// <summary>Seals what this server found about a message that it sends on (RFC 8617 section 5.1).</summary>
internal static class ArcSealer
{
    /// <summary>Fields that the set's signature covers, each as often as it is there: DKIM's and the signatures themselves.</summary>
    private static readonly string[] Signed = [.. DkimSigner.Signed, "dkim-signature"];

    /// <param name="header">The message's, with this server's Authentication-Results in it.</param>
    /// <param name="bodyHash">SHA-256 of the relaxed body.</param>
    /// <param name="domain">Who seals.</param>
    /// <returns>One set, to be put on top; empty when the chain is broken or full.</returns>
    public static byte[] Seal(ReadOnlyMemory<byte> header, byte[] bodyHash, string hostName, string domain, DkimKey key, DateTimeOffset now)
    {
        var fields = HeaderBlock.Fields(header);
        var sets = ArcSets.Read(fields);
        if (sets.IsBroken || sets.All.Count == ArcSets.SetsMax) return [];
        var instance = sets.All.Count + 1;
        var found =
            fields.Where(field => field.Key == "authentication-results").Select(field => Encoding.Latin1.GetString(field.Value).Trim())
            .FirstOrDefault(text => text.StartsWith($"{hostName};", StringComparison.OrdinalIgnoreCase)) ?? $"{hostName}; none";
        var state = instance == 1 ? "none" : found.Contains("arc=pass", StringComparison.Ordinal) ? "pass" : "fail";
        var results = $"ARC-Authentication-Results: i={instance}; {found}\r\n";
        var stamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var lookup = fields.ToLookup(field => field.Key);
        List<string> names = [.. Signed.SelectMany(name => lookup[name].Select(_ => name))];

        using var canonical = new MemoryStream();
        foreach (var field in Signed.SelectMany(name => lookup[name].Reverse())) DkimHeader.Relax(field, canonical);
        var message =
            $"ARC-Message-Signature: i={instance}; a={key.Algorithm}; c=relaxed/relaxed; d={domain};\r\n\ts={key.Selector}; t={stamp};"
            + $"\r\n\th={DkimSigner.Folded(names)};\r\n\tbh={Convert.ToBase64String(bodyHash)};\r\n\tb=";
        message = Sign(message, canonical, key);

        canonical.SetLength(0);
        if (state != "fail") ArcSets.Canonical(sets.All, canonical); // Of a chain that failed only the own set is sealed: section 5.1.2.
        foreach (var field in HeaderBlock.Fields(Encoding.Latin1.GetBytes(results + message))) DkimHeader.Relax(field, canonical);
        var seal = $"ARC-Seal: i={instance}; a={key.Algorithm}; t={stamp}; cv={state};\r\n\td={domain}; s={key.Selector};\r\n\tb=";
        return Encoding.Latin1.GetBytes(Sign(seal, canonical, key) + message + results);
    }

    /// <summary>A field that ends with its tag "b": signs what was collected and the field itself, and completes it.</summary>
    private static string Sign(string field, MemoryStream canonical, DkimKey key)
    {
        DkimHeader.Relax(HeaderBlock.Fields(Encoding.Latin1.GetBytes(field + "\r\n"))[0], canonical);
        var hash = SHA256.HashData(canonical.GetBuffer().AsSpan(0, (int)canonical.Length - 2));
        return $"{field}{DkimSigner.Folded(Convert.ToBase64String(key.Sign(hash)))}\r\n";
    }
}
