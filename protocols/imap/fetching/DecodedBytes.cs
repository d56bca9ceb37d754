using System.Buffers;
using CompatBot.Core.Content;
using CompatBot.Formats.Mime;

namespace CompatBot.Protocols.Imap.Fetching;

/// <summary>A part without its transfer encoding (RFC 3516), chunk after chunk: never whole in memory.</summary>
/// <param name="raw">Where it lies in the message.</param>
/// <param name="encoding">Its Content-Transfer-Encoding.</param>
public sealed class DecodedBytes(SectionBytes raw, string encoding)
{
    /// <summary>Octets after decoding, once <see cref="MeasureAsync"/> was there.</summary>
    public long Length { get; private set; }

    /// <summary>It needs a literal8 (RFC 3516 section 4.1).</summary>
    public bool HasNul { get; private set; }

    /// <summary>RFC 3516 section 4.3: what cannot be decoded is refused.</summary>
    public static bool Knows(string encoding) =>
        encoding.ToLowerInvariant() is "" or "7bit" or "8bit" or "binary" or "base64" or "quoted-printable";

    public async ValueTask MeasureAsync(ContentReader content, CancellationToken cancellation)
    {
        var (length, hasNul) = (0L, false);
        await foreach (var piece in ReadAsync(content, cancellation))
        {
            length += piece.Length;
            hasNul |= piece.Span.Contains((byte)0);
        }

        (Length, HasNul) = (length, hasNul);
    }

    /// <summary>Pieces in order; each valid until the next.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        ContentReader content, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        const int Step = 32 << 10;
        var (decoder, decoded) = (TransferDecoder.For(encoding), new ArrayBufferWriter<byte>(Step));
        await foreach (var chunk in raw.ReadAsync(content, cancellation))
        {
            for (var at = 0; at < chunk.Length; at += Step)
            {
                decoded.ResetWrittenCount();
                decoder.Decode(chunk.Span[at..Math.Min(chunk.Length, at + Step)], decoded);
                yield return decoded.WrittenMemory;
            }
        }

        decoded.ResetWrittenCount();
        decoder.Finish(decoded);
        yield return decoded.WrittenMemory;
    }
}
