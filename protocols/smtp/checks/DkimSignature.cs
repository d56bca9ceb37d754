using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Smtp.Dkim;

namespace CompatBot.Protocols.Smtp.Checks;

/// <summary>One DKIM-Signature field, parsed (RFC 6376 section 3.5).</summary>
internal sealed class DkimSignature : IDisposable
{
    /// <param name="isArc">It is an ARC-Message-Signature (RFC 8617 section 4.1.2): without a version, and "i" is its instance.</param>
    public DkimSignature(HeaderField field, bool isArc = false)
    {
        Field = field;
        var text = Encoding.Latin1.GetString(field.Value);
        if (DkimTags.Parse(text) is not { } tags)
        {
            Mistake = "malformed";
            return;
        }

        Domain = tags.GetValueOrDefault("d", "").ToLowerInvariant();
        Selector = tags.GetValueOrDefault("s", "");
        Algorithm = tags.GetValueOrDefault("a", "");
        var canonical = tags.GetValueOrDefault("c", "simple/simple").Split('/');
        Names = [.. tags.GetValueOrDefault("h", "").Split(':').Select(name => name.Trim().ToLowerInvariant())];
        Value = DkimTags.Base64(tags.GetValueOrDefault("b", "")) ?? [];
        BodyHash = DkimTags.Base64(tags.GetValueOrDefault("bh", "")) ?? [];
        Identity = (isArc ? null : tags.GetValueOrDefault("i"))?.ToLowerInvariant() ?? $"@{Domain}";
        Identity = Identity[(Identity.LastIndexOf('@') + 1)..];
        IsHeaderRelaxed = canonical[0] == "relaxed";
        var isBodyRelaxed = canonical.Length > 1 && canonical[1] == "relaxed";
        long? length = null;
        if (tags.TryGetValue("l", out var l)) length =
            long.TryParse(l, NumberStyles.None, CultureInfo.InvariantCulture, out var octets) ? octets : -1;
        if (tags.TryGetValue("x", out var x) && long.TryParse(x, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        {
            Expires = DateTimeOffset.FromUnixTimeSeconds(seconds);
        }

        Mistake = !isArc && tags.GetValueOrDefault("v") != "1" ? "unknown version"
            : Domain.Length == 0 || Selector.Length == 0 || !Ascii.IsValid(Domain) || !Ascii.IsValid(Selector) ? "d or s is missing"
            : Algorithm is not ("rsa-sha256" or "ed25519-sha256") ? "unknown algorithm"
            : canonical.Any(one => one is not ("simple" or "relaxed")) || canonical.Length > 2 ? "unknown canonical form"
            : isArc && Names.Contains("arc-seal") ? "a seal is signed"
            : !isArc && !Names.Contains("from") ? "From is not signed"
            : Value.Length == 0 || BodyHash.Length == 0 ? "b or bh is missing"
            : Identity != Domain && !Identity.EndsWith($".{Domain}", StringComparison.Ordinal) ? "i is not of d"
            : length < 0 ? "l is no number"
            : tags.GetValueOrDefault("q", "dns/txt").Split(':').Contains("dns/txt") ? "" : "unknown query method";
        if (Mistake.Length == 0) Body = new DkimBody(isBodyRelaxed, length ?? long.MaxValue);
    }

    public HeaderField Field { get; }

    public string Mistake { get; } = "";

    public string Domain { get; } = "";

    public string Selector { get; } = "";

    public string Algorithm { get; } = "";

    public string Identity { get; } = "";

    public IReadOnlyList<string> Names { get; } = [];

    public byte[] Value { get; } = [];

    public byte[] BodyHash { get; } = [];

    public bool IsHeaderRelaxed { get; }

    public DateTimeOffset? Expires { get; }

    public DkimBody? Body { get; }

    /// <summary>
    /// The fields that "h" names, each name taking the next one from below, and then the signature's own (section 3.7): their hash.
    /// </summary>
    public byte[] HeaderHash(IEnumerable<HeaderField> all)
    {
        using var canonical = new MemoryStream();
        var left = new Dictionary<string, Stack<HeaderField>>();
        foreach (var group in all.GroupBy(field => field.Key)) left[group.Key] = new Stack<HeaderField>(group);
        foreach (var name in Names)
        {
            if (!left.TryGetValue(name, out var fields) || !fields.TryPop(out var field)) continue;
            if (IsHeaderRelaxed) DkimHeader.Relax(field, canonical);
            else canonical.Write(field.Raw.Span);
        }

        var own = HeaderBlock.Fields(DkimTags.WithoutValue(Field.Raw.Span))[0];
        var before = canonical.Length;
        if (IsHeaderRelaxed) DkimHeader.Relax(own, canonical);
        else canonical.Write(own.Raw.Span);
        var length = (int)canonical.Length;
        if (length - before >= 2 && canonical.GetBuffer().AsSpan(length - 2, 2).SequenceEqual("\r\n"u8)) length -= 2;
        return SHA256.HashData(canonical.GetBuffer().AsSpan(0, length));
    }

    public void Dispose() => Body?.Dispose();
}
