using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Proof;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Net.Dns;
using CompatBot.Protocols.Smtp.Dkim;

namespace CompatBot.Protocols.Smtp.Checks;

/// <summary>RFC 8601 section 2.7.1, as far as signatures can come out.</summary>
public enum DkimResult { Pass, Fail, Neutral, TempError, PermError }

/// <param name="Domain">The tag "d"; empty when it does not say.</param>
public sealed record DkimVerdict(DkimResult Result, string Domain, string Selector, string Algorithm, string Reason);

/// <summary>Verifies the signatures of a message as it streams by (RFC 6376 section 6).</summary>
internal sealed class DkimVerifier : IDisposable
{
    /// <summary>Signatures that are looked at, the first ones; each costs a hash of the body and a question.</summary>
    public const int SignaturesMax = 5;

    /// <summary>RFC 8301 section 3.2.</summary>
    private const int RsaBitsMin = 1024;

    private readonly List<HeaderField> _fields;
    private readonly List<Signature> _signatures = [];

    /// <param name="header">The whole header.</param>
    public DkimVerifier(ReadOnlyMemory<byte> header)
    {
        _fields = HeaderBlock.Fields(header);
        foreach (var field in _fields.Where(field => field.Key == "dkim-signature").Take(SignaturesMax)) _signatures.Add(
            new Signature(field));
    }

    public bool HasSignatures => _signatures.Count > 0;

    public void WriteBody(ReadOnlySpan<byte> octets)
    {
        foreach (var signature in _signatures) signature.Body?.Write(octets);
    }

    /// <summary>The body is at its end.</summary>
    public async ValueTask<IReadOnlyList<DkimVerdict>> FinishAsync(
        IDnsResolver resolver, DateTimeOffset now, CancellationToken cancellation)
    {
        var verdicts = new List<DkimVerdict>();
        foreach (var signature in _signatures) verdicts.Add(await VerifyAsync(signature, resolver, now, cancellation));
        return verdicts;
    }

    public void Dispose()
    {
        foreach (var signature in _signatures) signature.Body?.Dispose();
    }

    private async ValueTask<DkimVerdict> VerifyAsync(
        Signature signature, IDnsResolver resolver, DateTimeOffset now, CancellationToken cancellation)
    {
        DkimVerdict Say(DkimResult result, string reason = "") =>
            new(result, signature.Domain, signature.Selector, signature.Algorithm, reason);

        if (signature.Mistake.Length > 0) return Say(DkimResult.PermError, signature.Mistake);
        if (signature.Expires is { } expires && expires < now) return Say(DkimResult.Neutral, "signature expired");
        var answer = await resolver.QueryAsync($"{signature.Selector}._domainkey.{signature.Domain}", DnsType.Txt, cancellation);
        if (answer.Status == DnsStatus.Failed) return Say(DkimResult.TempError, "no answer for the key");
        if (answer.Status != DnsStatus.Found) return Say(DkimResult.PermError, "no key");
        var tags = DkimTags.Parse(answer.Texts.First());
        if (tags is null || tags.GetValueOrDefault("v", "DKIM1") != "DKIM1") return Say(
            DkimResult.PermError, "the key's record is malformed");
        var isRsa = signature.Algorithm == "rsa-sha256";
        if (tags.GetValueOrDefault("k", "rsa") != (isRsa ? "rsa" : "ed25519")) return Say(
            DkimResult.PermError, "the key is of another kind");
        if (!tags.GetValueOrDefault("h", "sha256").Split(':').Contains("sha256")) return Say(
            DkimResult.PermError, "the key takes no SHA-256");
        if (!tags.GetValueOrDefault("s", "*").Split(':').Any(service => service is "*" or "email")) return Say(
            DkimResult.PermError, "the key is not for mail");
        if (tags.GetValueOrDefault("t", "").Split(':').Contains("s") && signature.Identity != signature.Domain) return Say(
            DkimResult.PermError, "the key signs for no subdomain");
        var key = DkimTags.Base64(tags.GetValueOrDefault("p", ""));
        if (key is null) return Say(DkimResult.PermError, "the key's record is malformed");
        if (key.Length == 0) return Say(DkimResult.PermError, "the key was revoked");
        if (!CryptographicOperations.FixedTimeEquals(signature.Body!.Finish(), signature.BodyHash)) return Say(
            DkimResult.Fail, "body hash did not verify");
        var hash = Hash(signature);
        bool? isGood = isRsa ? VerifyRsa(key, hash, signature.Value) : key.Length == 32
            ? Ed25519Key.Verify(signature.Value, hash, key) : null;
        return isGood switch
        {
            null => Say(DkimResult.PermError, "the key is malformed or too short"),
            true => Say(DkimResult.Pass),
            false => Say(DkimResult.Fail, "signature did not verify"),
        };
    }

    /// <returns>Null when it is no key that counts.</returns>
    private static bool? VerifyRsa(byte[] key, byte[] hash, byte[] signature)
    {
        using var rsa = RSA.Create();
        try
        {
            try
            {
                rsa.ImportSubjectPublicKeyInfo(key, out _);
            }
            catch (CryptographicException)
            {
                rsa.ImportRSAPublicKey(key, out _); // As some publish it (RFC 6376 erratum 3017).
            }

            return rsa.KeySize < RsaBitsMin ? null : rsa.VerifyHash(hash, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>The fields that "h" names, each name taking the next one from below, and then the signature's own (section 3.7).</summary>
    private byte[] Hash(Signature signature)
    {
        using var canonical = new MemoryStream();
        var left = new Dictionary<string, Stack<HeaderField>>();
        foreach (var group in _fields.GroupBy(field => field.Key)) left[group.Key] = new Stack<HeaderField>(group);
        foreach (var name in signature.Names)
        {
            if (!left.TryGetValue(name, out var fields) || !fields.TryPop(out var field)) continue;
            if (signature.IsHeaderRelaxed) DkimHeader.Relax(field, canonical);
            else canonical.Write(field.Raw.Span);
        }

        var own = HeaderBlock.Fields(DkimTags.WithoutValue(signature.Field.Raw.Span))[0];
        var before = canonical.Length;
        if (signature.IsHeaderRelaxed) DkimHeader.Relax(own, canonical);
        else canonical.Write(own.Raw.Span);
        var length = (int)canonical.Length;
        if (length - before >= 2 && canonical.GetBuffer().AsSpan(length - 2, 2).SequenceEqual("\r\n"u8)) length -= 2;
        return SHA256.HashData(canonical.GetBuffer().AsSpan(0, length));
    }

    /// <summary>One DKIM-Signature field, parsed.</summary>
    private sealed class Signature
    {
        public Signature(HeaderField field)
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
            Identity = tags.GetValueOrDefault("i", $"@{Domain}").ToLowerInvariant();
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

            Mistake = tags.GetValueOrDefault("v") != "1" ? "unknown version"
                : Domain.Length == 0 || Selector.Length == 0 || !Ascii.IsValid(Domain) || !Ascii.IsValid(Selector) ? "d or s is missing"
                : Algorithm is not ("rsa-sha256" or "ed25519-sha256") ? "unknown algorithm"
                : canonical.Any(one => one is not ("simple" or "relaxed")) || canonical.Length > 2 ? "unknown canonical form"
                : !Names.Contains("from") ? "From is not signed"
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
    }
}
