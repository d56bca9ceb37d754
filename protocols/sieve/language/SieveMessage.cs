using System.Buffers;
using CompatBot.Formats.Mime;

namespace CompatBot.Protocols.Sieve.Language;

/// <summary>A message as scripts look at it.</summary>
/// <param name="octets">Its beginning, at most <see cref="SieveLimits.LookedAtBytesMax"/>.</param>
/// <param name="size">Octets of the whole message.</param>
internal sealed class SieveMessage(ReadOnlyMemory<byte> octets, long size)
{
    private MimeMessage? _structure;

    public long Size => size;

    public ReadOnlyMemory<byte> HeaderOctets { get; } = octets[..HeaderLength(octets.Span)];

    /// <summary>The header as it came.</summary>
    public SieveHeader Header => field ??= SieveHeader.Of(HeaderOctets);

    /// <summary>Everything behind the blank line, undecoded.</summary>
    public ReadOnlyMemory<byte> Body => octets[Math.Min(octets.Length, HeaderOctets.Length + 2)..];

    public MimePart Root => (_structure ??= Scan()).Root;

    /// <summary>A part's own octets, its transfer encoding taken off.</summary>
    public byte[] Decoded(MimePart part)
    {
        var output = new ArrayBufferWriter<byte>();
        var decoder = TransferDecoder.For(part.Encoding);
        decoder.Decode(Between(part.BodyStart, part.End).Span, output);
        decoder.Finish(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>A part's text as Unicode.</summary>
    public string Text(MimePart part) => Charsets.GetOrUtf8(part.Parameter("charset")).GetString(Decoded(part));

    public ReadOnlyMemory<byte> Between(long start, long end) =>
        octets[(int)Math.Min(start, octets.Length)..(int)Math.Min(end, octets.Length)];

    private static int HeaderLength(ReadOnlySpan<byte> octets) =>
        HeaderBlock.Length(octets, 0) is var length and >= 0 ? length : octets.Length;

    private MimeMessage Scan()
    {
        var scanner = new MimeScanner();
        scanner.Write(octets.Span);
        return scanner.Finish();
    }
}
