using CompatBot.Protocols.Net.Dns;

namespace CompatBot.Protocols.Smtp.Dkim;

/// <summary>
/// The server's signing keys, which all its domains share. A domain's mail is signed with the newest key of each kind that the domain has
/// published: so a fresh key is used from the moment when everybody can verify it, and an old one until then.
/// </summary>
/// <param name="keys">The newest first.</param>
public sealed class DkimKeys(IReadOnlyList<DkimKey> keys, IDnsResolver resolver) : IDisposable
{
    public IReadOnlyList<DkimKey> All => keys;

    /// <summary>The name of a key's record.</summary>
    public static string NameOf(DkimKey key, string domain) => $"{key.Selector}._domainkey.{domain}";

    /// <returns>At most one key of each kind; none when the domain publishes none.</returns>
    public async ValueTask<IReadOnlyList<DkimKey>> PublishedAsync(string domain, CancellationToken cancellation)
    {
        var published = new List<DkimKey>();
        foreach (var key in keys)
        {
            if (published.Any(other => other.Algorithm == key.Algorithm)) continue;
            var answer = await resolver.QueryAsync(NameOf(key, domain), DnsType.Txt, cancellation);

            // Whoever cannot ask now signs all the same: the newest key is more likely published than not.
            if (answer.Status == DnsStatus.Failed || answer.Texts.Any(text => SamePublicKey(text, key.Record))) published.Add(key);
        }

        return published;
    }

    public void Dispose()
    {
        foreach (var key in keys) key.Dispose();
    }

    private static bool SamePublicKey(string published, string own) =>
        PublicKey(published) is { Length: > 0 } key && key.AsSpan().SequenceEqual(PublicKey(own));

    private static byte[]? PublicKey(string record) => DkimTags.Base64(DkimTags.Parse(record)?.GetValueOrDefault("p") ?? "");
}
