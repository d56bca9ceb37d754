using System.Security.Cryptography;
using CompatBot.Core.Proof;
using CompatBot.Protocols.Net.Dns;
using CompatBot.Protocols.Smtp.Dkim;

namespace CompatBot.Protocols.Smtp.Checks;

/// <summary>A key that a domain has published for its signatures (RFC 6376 section 3.6.1).</summary>
internal sealed class DkimPublicKey(byte[] octets, bool isRsa)
{
    /// <summary>RFC 8301 section 3.2.</summary>
    private const int RsaBitsMin = 1024;

    /// <param name="algorithm">Of the signature: rsa-sha256 or ed25519-sha256.</param>
    /// <param name="identity">The domain for which it is used, which may be below the one that publishes it.</param>
    /// <returns>The key; or how the signature comes out without it, and why.</returns>
    public static async ValueTask<(DkimPublicKey? Key, DkimResult Failure, string Reason)> FindAsync(
        IDnsResolver resolver, string domain, string selector, string algorithm, string identity, CancellationToken cancellation)
    {
        var answer = await resolver.QueryAsync($"{selector}._domainkey.{domain}", DnsType.Txt, cancellation);
        if (answer.Status == DnsStatus.Failed) return (null, DkimResult.TempError, "no answer for the key");
        if (answer.Status != DnsStatus.Found) return Bad("no key");
        var tags = DkimTags.Parse(answer.Texts.First());
        if (tags is null || tags.GetValueOrDefault("v", "DKIM1") != "DKIM1") return Bad("the key's record is malformed");
        var isRsa = algorithm == "rsa-sha256";
        if (tags.GetValueOrDefault("k", "rsa") != (isRsa ? "rsa" : "ed25519")) return Bad("the key is of another kind");
        if (!tags.GetValueOrDefault("h", "sha256").Split(':').Contains("sha256")) return Bad("the key takes no SHA-256");
        if (!tags.GetValueOrDefault("s", "*").Split(':').Any(service => service is "*" or "email")) return Bad("the key is not for mail");
        if (tags.GetValueOrDefault("t", "").Split(':').Contains("s") && identity != domain) return Bad("the key signs for no subdomain");
        var key = DkimTags.Base64(tags.GetValueOrDefault("p", ""));
        if (key is null) return Bad("the key's record is malformed");
        return key.Length == 0 ? Bad("the key was revoked") : (new DkimPublicKey(key, isRsa), default, "");

        static (DkimPublicKey?, DkimResult, string) Bad(string reason) => (null, DkimResult.PermError, reason);
    }

    /// <param name="hash">SHA-256 of what is signed.</param>
    /// <returns>Null when it is no key that counts.</returns>
    public bool? Verify(byte[] hash, byte[] signature)
    {
        if (isRsa) return VerifyRsa(hash, signature);
        return octets.Length == 32 ? Ed25519Key.Verify(signature, hash, octets) : null;
    }

    private bool? VerifyRsa(byte[] hash, byte[] signature)
    {
        using var rsa = RSA.Create();
        try
        {
            try
            {
                rsa.ImportSubjectPublicKeyInfo(octets, out _);
            }
            catch (CryptographicException)
            {
                rsa.ImportRSAPublicKey(octets, out _); // As some publish it (RFC 6376 erratum 3017).
            }

            return rsa.KeySize < RsaBitsMin ? null : rsa.VerifyHash(hash, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
