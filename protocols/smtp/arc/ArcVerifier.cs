using System.Security.Cryptography;
using System.Text.RegularExpressions;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Net.Dns;
using CompatBot.Protocols.Smtp.Checks;
using CompatBot.Protocols.Smtp.Dkim;

namespace CompatBot.Protocols.Smtp.Arc;

/// <summary>RFC 8617 section 4.4.</summary>
public enum ArcResult { None, Pass, Fail }

/// <param name="Sealers">Domains of the seals, the newest first.</param>
internal sealed record ArcVerdict(ArcResult Result, IReadOnlyList<string> Sealers, ArcSets Sets)
{
    /// <summary>One of the newest seals, all of which are of trusted domains, tells that DMARC passed when mail came there.</summary>
    public bool Vouches(IReadOnlySet<string> trusted) => Result == ArcResult.Pass
        && Sets.All.Reverse().TakeWhile(set => trusted.Contains(set.Domain)).Any(set => DmarcPass.IsMatch(set.ResultsText));

    private static readonly Regex DmarcPass = new(@"(^|[\s;])dmarc=pass([\s;]|$)", RegexOptions.NonBacktracking);
}

/// <summary>Verifies the chain of a message as it streams by (RFC 8617 section 5.2).</summary>
internal sealed class ArcVerifier : IDisposable
{
    private readonly IReadOnlyList<HeaderField> _fields;
    private readonly ArcSets _sets;
    private readonly DkimSignature? _newest;

    /// <param name="fields">The whole header.</param>
    public ArcVerifier(IReadOnlyList<HeaderField> fields)
    {
        _fields = fields;
        _sets = ArcSets.Read(_fields);
        if (_sets.All.Count > 0) _newest = new DkimSignature(_sets.All[^1].Message, isArc: true);
    }

    public void WriteBody(ReadOnlySpan<byte> octets) => _newest?.Body?.Write(octets);

    /// <summary>The body is at its end.</summary>
    public async ValueTask<ArcVerdict> FinishAsync(IDnsResolver resolver, CancellationToken cancellation)
    {
        List<string> sealers = [.. _sets.All.Reverse().Select(set => set.Domain)];
        ArcVerdict Say(ArcResult result) => new(result, sealers, _sets);
        if (_sets.IsBroken) return Say(ArcResult.Fail);
        if (_newest is null) return Say(ArcResult.None);
        for (var at = 0; at < _sets.All.Count; at++)
        {
            if (_sets.All[at].SealTags.GetValueOrDefault("cv") != (at == 0 ? "none" : "pass")) return Say(ArcResult.Fail);
        }

        if (!await VerifyMessageAsync(_newest, resolver, cancellation)) return Say(ArcResult.Fail);
        for (var count = _sets.All.Count; count > 0; count--)
        {
            if (!await VerifySealAsync(count, resolver, cancellation)) return Say(ArcResult.Fail);
        }

        return Say(ArcResult.Pass);
    }

    public void Dispose() => _newest?.Dispose();

    private async ValueTask<bool> VerifyMessageAsync(DkimSignature signature, IDnsResolver resolver, CancellationToken cancellation)
    {
        if (signature.Mistake.Length > 0) return false;
        if (!CryptographicOperations.FixedTimeEquals(signature.Body!.Finish(), signature.BodyHash)) return false;
        var (key, _, _) = await DkimPublicKey.FindAsync(
            resolver, signature.Domain, signature.Selector, signature.Algorithm, signature.Domain, cancellation);
        return key?.Verify(signature.HeaderHash(_fields), signature.Value) == true;
    }

    private async ValueTask<bool> VerifySealAsync(int count, IDnsResolver resolver, CancellationToken cancellation)
    {
        var set = _sets.All[count - 1];
        var (domain, selector, algorithm) = (set.Domain, set.SealTags.GetValueOrDefault("s", ""), set.SealTags.GetValueOrDefault("a", ""));
        if (domain.Length == 0 || selector.Length == 0 || !System.Text.Ascii.IsValid(domain)
            || !System.Text.Ascii.IsValid(selector)) return false;
        if (set.SealTags.ContainsKey("h") || algorithm is not ("rsa-sha256" or "ed25519-sha256")) return false;
        if (DkimTags.Base64(set.SealTags.GetValueOrDefault("b", "")) is not { Length: > 0 } value) return false;
        using var canonical = new MemoryStream();
        ArcSets.Canonical(_sets.All.Take(count - 1), canonical);
        DkimHeader.Relax(set.Results, canonical);
        DkimHeader.Relax(set.Message, canonical);
        DkimHeader.Relax(HeaderBlock.Fields(DkimTags.WithoutValue(set.Seal.Raw.Span))[0], canonical);
        var (key, _, _) = await DkimPublicKey.FindAsync(resolver, domain, selector, algorithm, domain, cancellation);
        return key?.Verify(SHA256.HashData(canonical.GetBuffer().AsSpan(0, (int)canonical.Length - 2)), value) == true;
    }
}
