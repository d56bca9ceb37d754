using System.Security.Cryptography;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Net.Dns;

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

    private readonly IReadOnlyList<HeaderField> _fields;
    private readonly List<DkimSignature> _signatures = [];

    /// <param name="fields">The whole header.</param>
    public DkimVerifier(IReadOnlyList<HeaderField> fields)
    {
        _fields = fields;
        foreach (var field in _fields.Where(field => field.Key == "dkim-signature").Take(SignaturesMax)) _signatures.Add(
            new DkimSignature(field));
    }

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
        foreach (var signature in _signatures) signature.Dispose();
    }

    private async ValueTask<DkimVerdict> VerifyAsync(
        DkimSignature signature, IDnsResolver resolver, DateTimeOffset now, CancellationToken cancellation)
    {
        DkimVerdict Say(DkimResult result, string reason = "") =>
            new(result, signature.Domain, signature.Selector, signature.Algorithm, reason);

        if (signature.Mistake.Length > 0) return Say(DkimResult.PermError, signature.Mistake);
        if (signature.Expires is { } expires && expires < now) return Say(DkimResult.Neutral, "signature expired");
        var (key, failure, reason) = await DkimPublicKey.FindAsync(
            resolver, signature.Domain, signature.Selector, signature.Algorithm, signature.Identity, cancellation);
        if (key is null) return Say(failure, reason);
        if (!CryptographicOperations.FixedTimeEquals(signature.Body!.Finish(), signature.BodyHash)) return Say(
            DkimResult.Fail, "body hash did not verify");
        return key.Verify(signature.HeaderHash(_fields), signature.Value) switch
        {
            null => Say(DkimResult.PermError, "the key is malformed or too short"),
            true => Say(DkimResult.Pass),
            false => Say(DkimResult.Fail, "signature did not verify"),
        };
    }
}
