using System.Runtime.CompilerServices;
using CompatBot.Core.Content;

namespace CompatBot.Protocols.Imap.Fetching;

/// <summary>Where the bytes of a section are: in the message, or already at hand; or nowhere.</summary>
/// <param name="Offset">First byte in the message.</param>
/// <param name="AtHand">The bytes themselves, where they are picked header fields.</param>
public readonly record struct SectionBytes(bool IsNil, long Offset, long Length, ReadOnlyMemory<byte>? AtHand)
{
    public static readonly SectionBytes Nil = new(true, 0, 0, null);

    public static SectionBytes Of(long start, long end) => new(false, start, end - start, null);

    public static SectionBytes Of(ReadOnlyMemory<byte> bytes) => new(false, 0, bytes.Length, bytes);

    /// <summary>Its octets in order; each piece lasts until the next is asked for, which is read meanwhile.</summary>
    /// <exception cref="ContentException">They cannot be had, or the message is shorter than its size says.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        ContentReader content, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (AtHand is { } octets)
        {
            yield return octets;
            yield break;
        }

        var left = Length;
        await foreach (var chunk in content.StreamAsync(Offset, Offset + Length, cancellation))
        {
            left -= chunk.Length;
            yield return chunk;
        }

        if (left > 0) throw new ContentException("The message is shorter than its size says");
    }

    /// <summary>As much of it as a partial fetch asks for: what lies behind the end is empty (RFC 3501 section 6.4.5).</summary>
    public SectionBytes Part(long offset, long count)
    {
        var start = Math.Min(offset, Length);
        var length = Math.Min(count, Length - start);
        return new SectionBytes(IsNil, Offset + start, length, AtHand?.Slice((int)start, (int)length));
    }
}
