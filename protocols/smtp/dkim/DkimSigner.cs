using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CompatBot.Formats.Mime;

namespace CompatBot.Protocols.Smtp.Dkim;

/// <summary>Signs a message that streams by: relaxed/relaxed (RFC 6376 section 5).</summary>
public sealed class DkimSigner : IDisposable
{
    /// <summary>A header that is longer, in bytes, is not signed.</summary>
    public const int HeaderBytesMax = 256 << 10;

    /// <summary>Fields that are signed, each as often as it is there.</summary>
    internal static readonly string[] Signed =
    [
        "from", "sender", "reply-to", "subject", "date", "message-id", "to", "cc", "mime-version", "content-type",
        "content-transfer-encoding", "in-reply-to", "references", "list-id", "list-unsubscribe", "list-unsubscribe-post",
    ];

    /// <summary>Fields that nobody may add afterwards: signed once more than they are there (section 8.15).</summary>
    private static readonly string[] Guarded = ["from", "reply-to", "subject", "date", "to", "cc", "content-type"];

    private readonly DkimBody _body = new(isRelaxed: true);
    private readonly MemoryStream _header = new();
    private byte[]? _bodyHash;
    private bool _isBody, _isTooLong;

    /// <summary>Takes octets of the message.</summary>
    public void Write(ReadOnlySpan<byte> octets)
    {
        if (_isBody)
        {
            _body.Write(octets);
            return;
        }

        if (_isTooLong) return;
        var before = (int)_header.Length;
        _header.Write(octets);
        var all = _header.GetBuffer().AsSpan(0, (int)_header.Length);
        var length = HeaderBlock.Length(all, before);
        if (length < 0)
        {
            _isTooLong = all.Length > HeaderBytesMax;
            return;
        }

        _isBody = true;
        _body.Write(all[(length + 2)..]);
        _header.SetLength(length);
    }

    /// <summary>What is known at the message's end: its header; empty when it is too long.</summary>
    internal ReadOnlyMemory<byte> Header => _isTooLong ? default : _header.GetBuffer().AsMemory(0, (int)_header.Length);

    /// <summary>At the message's end: SHA-256 of its relaxed body.</summary>
    internal byte[] BodyHash => _bodyHash ??= _body.Finish();

    /// <summary>The message is at its end.</summary>
    /// <param name="domain">Who signs.</param>
    /// <param name="keys">One signature by each.</param>
    /// <returns>DKIM-Signature fields, to be put on top of the message; empty when it has no From.</returns>
    public byte[] Finish(string domain, IEnumerable<DkimKey> keys, DateTimeOffset now)
    {
        if (_isTooLong) return [];
        var fields = HeaderBlock.Fields(_header.GetBuffer().AsMemory(0, (int)_header.Length)).ToLookup(field => field.Key);
        if (!fields.Contains("from")) return [];
        var names = new List<string>();
        using var canonical = new MemoryStream();
        foreach (var name in Signed)
        {
            // The last instance first: section 5.4.2.
            foreach (var field in fields[name].Reverse())
            {
                names.Add(name);
                DkimHeader.Relax(field, canonical);
            }

            if (Guarded.Contains(name)) names.Add(name);
        }

        var bodyHash = Convert.ToBase64String(BodyHash);
        var signatures = new StringBuilder();
        foreach (var key in keys)
        {
            var field = string.Create(
                CultureInfo.InvariantCulture,
                $" v=1; a={key.Algorithm}; c=relaxed/relaxed; d={domain};\r\n\ts={key.Selector}; "
                + $"t={now.ToUnixTimeSeconds()};\r\n\th={Folded(names)};\r\n\tbh={bodyHash};\r\n\tb=");
            signatures.Append("DKIM-Signature:").Append(field)
                .Append(Folded(Convert.ToBase64String(key.Sign(Hash(canonical, field))))).Append("\r\n");
        }

        return Encoding.ASCII.GetBytes(signatures.ToString());
    }

    public void Dispose()
    {
        _body.Dispose();
        _header.Dispose();
    }

    /// <summary>Over the fields, and then the signature's own without its value and without a line end (section 3.7).</summary>
    private static byte[] Hash(MemoryStream canonical, string value)
    {
        using var own = new MemoryStream();
        DkimHeader.Relax("dkim-signature", Encoding.ASCII.GetBytes(value), own);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(canonical.GetBuffer(), 0, (int)canonical.Length);
        hash.AppendData(own.GetBuffer(), 0, (int)own.Length - 2);
        return hash.GetHashAndReset();
    }

    internal static string Folded(IEnumerable<string> names) =>
        string.Join(":\r\n\t", names.Chunk(6).Select(chunk => string.Join(':', chunk)));

    internal static string Folded(string base64) => string.Join("\r\n\t", base64.Chunk(72).Select(chunk => new string(chunk)));
}
