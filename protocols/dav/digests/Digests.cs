using System.Collections.Frozen;
using CompatBot.Core.Content;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Digests;

/// <summary>
/// What a client says of the octets that it sends: OC-Checksum (ownCloud), Content-Digest and Repr-Digest (RFC 9530), Digest (RFC 3230)
/// and Content-MD5. Each hash that is known is computed on the way, once, and must be right; others are passed over.
/// </summary>
internal sealed class Digests : IDisposable
{
    private static readonly FrozenDictionary<string, HashKind> Names = new Dictionary<string, HashKind>
    {
        ["sha-256"] = HashKind.Sha256, ["sha256"] = HashKind.Sha256, ["sha-512"] = HashKind.Sha512, ["sha512"] = HashKind.Sha512,
        ["sha"] = HashKind.Sha1, ["sha-1"] = HashKind.Sha1, ["sha1"] = HashKind.Sha1, ["md5"] = HashKind.Md5,
        ["crc32"] = HashKind.Crc32, ["adler32"] = HashKind.Adler32, ["adler"] = HashKind.Adler32,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private readonly List<(HashKind Kind, byte[] Wanted, bool IsKept)> _said = [];
    private readonly Dictionary<HashKind, ContentHash> _hashes = [];

    private Digests()
    {
    }

    /// <summary>Nothing was said.</summary>
    public bool IsEmpty => _said.Count == 0;

    /// <summary>What OC-Checksum said, as it is kept with the item once <see cref="Check"/> was content.</summary>
    public string Kept => string.Join(' ', from one in _said where one.IsKept select Text(one.Kind, one.Wanted));

    /// <param name="request">Whose header fields are read.</param>
    /// <param name="isWhole">The body is a file's whole content; otherwise only what is said of the body itself counts.</param>
    /// <exception cref="DavException">400: a hash that is known by name does not read.</exception>
    public static Digests OfBody(HttpRequest request, bool isWhole)
    {
        var digests = new Digests();
        digests.ReadFields(request, "Content-Digest");
        digests.Read("md5", request.Headers["Content-MD5"].ToString(), FromBase64, isKept: false);
        if (!isWhole) return digests;
        digests.ReadFields(request, "Repr-Digest");
        digests.ReadFields(request, "Digest");
        digests.ReadChecksums(request);
        return digests;
    }

    /// <summary>What is said of a file that is put together from parts.</summary>
    /// <exception cref="DavException">As above.</exception>
    public static Digests OfParts(HttpRequest request)
    {
        var digests = new Digests();
        digests.ReadFields(request, "Repr-Digest");
        digests.ReadChecksums(request);
        return digests;
    }

    /// <summary>A hash as ownCloud writes it.</summary>
    public static string Text(HashKind kind, ReadOnlySpan<byte> hash) =>
        $"{kind.ToString().ToUpperInvariant()}:{Convert.ToHexStringLower(hash)}";

    public void Append(ReadOnlySpan<byte> octets)
    {
        foreach (var hash in _hashes.Values) hash.Append(octets);
    }

    /// <summary>Takes what is stored already.</summary>
    public async ValueTask AppendAsync(ContentReader content, CancellationToken cancellation)
    {
        await foreach (var octets in content.StreamAsync(0, content.Length, cancellation)) Append(octets.Span);
    }

    /// <exception cref="DavException">400: the octets are others than was said.</exception>
    public void Check()
    {
        var found = _hashes.ToDictionary(one => one.Key, one => one.Value.Finish());
        if (_said.TrueForAll(one => found[one.Kind].AsSpan().SequenceEqual(one.Wanted))) return;
        throw new DavException(400, null, "The octets that came do not have the checksum that was announced");
    }

    public void Dispose()
    {
        foreach (var hash in _hashes.Values) hash.Dispose();
    }

    /// <summary>NAME=:BASE64: with commas between; older fields have no colons.</summary>
    private void ReadFields(HttpRequest request, string field)
    {
        foreach (var member in request.Headers[field].ToString().Split(','))
        {
            var equals = member.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0) continue;
            var (name, value) = (member[..equals].Trim(), member[(equals + 1)..].Trim());
            if (value.StartsWith(':')) value = value[1..].Split(':')[0];
            var isHex = name.Equals("adler32", StringComparison.OrdinalIgnoreCase); // RFC 3230 section 4.1.1 and its registry.
            Read(name, value, isHex ? Convert.FromHexString : FromBase64, isKept: false);
        }
    }

    /// <summary>NAME:HEX with blanks between.</summary>
    private void ReadChecksums(HttpRequest request)
    {
        foreach (var one in request.Headers["OC-Checksum"].ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = one.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0) Read(one[..colon], one[(colon + 1)..], Convert.FromHexString, isKept: true);
        }
    }

    private void Read(string name, string value, Func<string, byte[]> decode, bool isKept)
    {
        if (value.Length == 0 || !Names.TryGetValue(name, out var kind)) return;
        try
        {
            _said.Add((kind, decode(value), isKept));
        }
        catch (FormatException)
        {
            throw new DavException(400, null, "A checksum does not read");
        }

        if (!_hashes.ContainsKey(kind)) _hashes.Add(kind, new ContentHash(kind));
    }

    private static byte[] FromBase64(string text) => Convert.FromBase64String(text);
}
