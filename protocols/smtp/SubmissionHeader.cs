using System.Security.Cryptography;
using System.Text;
using CompatBot.Formats.Mime;

namespace CompatBot.Protocols.Smtp;

/// <summary>
/// What a submission server mends in a message (RFC 6409 section 8): a missing Date or Message-ID is added, Bcc is taken out. The
/// header is held until it has come whole; all else streams on.
/// </summary>
/// <param name="hostName">Right side of a Message-ID that is made here.</param>
/// <param name="now">The Date that is put in.</param>
public sealed class SubmissionHeader(string hostName, DateTimeOffset now)
{
    /// <summary>A header that is longer, in bytes, goes on as it is.</summary>
    public const int HeaderBytesMax = 256 << 10;

    private MemoryStream? _held = new();

    /// <summary>
    /// Who says to have written or, where it was sent on as it is, to have resent the message (RFC 5322 section 3.6.2, 3.6.6): addresses
    /// of Resent-From or From. Empty before the header is known.
    /// </summary>
    public IReadOnlyList<string> Authors { get; private set; } = [];

    /// <summary>The Bcc fields that were taken out: for nobody but the sender.</summary>
    public ReadOnlyMemory<byte> Bcc { get; private set; }

    /// <summary>TLS-Required: No. To reach the recipient counts more than what its domain demands of TLS (RFC 8689 section 5).</summary>
    public bool IsTlsOptional { get; private set; }

    /// <summary>Takes octets of the message.</summary>
    /// <returns>What can go on.</returns>
    public ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> octets)
    {
        if (_held is null) return octets;
        var before = (int)_held.Length;
        _held.Write(octets.Span);
        var all = _held.GetBuffer().AsMemory(0, (int)_held.Length);
        var length = HeaderBlock.Length(all.Span, before);
        if (length < 0 && all.Length <= HeaderBytesMax) return default;
        _held = null;
        return length < 0 ? all : Mend(all[..length], all[length..]);
    }

    /// <summary>The message is at its end, and was only a header.</summary>
    public ReadOnlyMemory<byte> Finish()
    {
        if (_held is null) return default;
        var all = _held.GetBuffer().AsMemory(0, (int)_held.Length);
        _held = null;
        return Mend(all, default);
    }

    private byte[] Mend(ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> rest)
    {
        var fields = HeaderBlock.Fields(header);
        Authors = Addresses(fields, "Resent-From") is { Count: > 0 } resent ? resent : Addresses(fields, "From");
        IsTlsOptional = fields.Any(field => field.Is("TLS-Required"u8)
            && Ascii.EqualsIgnoreCase(WireText.Unfold(field.Value).Trim(), "No"));
        using var mended = new MemoryStream(header.Length + rest.Length + 200);
        if (!fields.Any(field => field.Is("Date"u8))) Write($"Date: {MailDate.Text(now)}\r\n");
        if (!fields.Any(field => field.Is("Message-ID"u8)))
        {
            Write($"Message-ID: <{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}@{hostName}>\r\n");
        }

        Bcc = fields.Where(field => field.Is("Bcc"u8)).SelectMany(field => field.Raw.ToArray()).ToArray();
        HeaderBlock.WriteWithout(header, field => field.Is("Bcc"u8), mended);
        mended.Write(rest.Span);
        return mended.ToArray();

        void Write(string field) => mended.Write(Encoding.ASCII.GetBytes(field));
    }

    private static List<string> Addresses(List<HeaderField> fields, string name) =>
        [.. HeaderBlock.Addresses(fields, name).Select(one => $"{one.Mailbox}@{one.Host}")];
}
