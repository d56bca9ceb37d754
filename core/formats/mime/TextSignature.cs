using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CompatBot.Formats.Text;

namespace CompatBot.Formats.Mime;

/// <summary>
/// Says of a text that a message does not hold it, without the message: one bit for the hash of each three characters that follow each
/// other somewhere in it (a Bloom filter of one hash). It may be wrong about what is there, never about what is not. Immutable.
/// </summary>
public sealed class TextSignature
{
    private const int BytesMin = 64;
    private const byte Version = 1;

    private readonly ReadOnlyMemory<byte> _bits;

    private TextSignature(ReadOnlyMemory<byte> bits) => _bits = bits;

    /// <summary>False: <paramref name="text"/> (folded) is nowhere in it. Texts of fewer than three characters may be anywhere.</summary>
    public bool MayHold(ReadOnlySpan<char> text)
    {
        var bits = _bits.Span;
        for (var at = 2; at < text.Length; at++)
        {
            var bit = Hash(Upper(text[at - 2]), Upper(text[at - 1]), Upper(text[at])) & ((bits.Length * 8) - 1);
            if ((bits[bit >> 3] & (1 << (bit & 7))) == 0) return false;
        }

        return true;
    }

    /// <summary>Versioned; <see cref="Decode"/> reads it.</summary>
    public byte[] Encode() => [Version, .. _bits.Span];

    /// <returns>Null where the bytes are no signature of a version known here.</returns>
    public static TextSignature? Decode(ReadOnlyMemory<byte> bytes) =>
        bytes.Length > BytesMin && BitOperations.IsPow2(bytes.Length - 1) && bytes.Span[0] == Version
            ? new TextSignature(bytes[1..])
            : null;

    private static char Upper(char character) => character is >= 'a' and <= 'z' ? (char)(character - 32) : character;

    private static int Hash(char first, char second, char third)
    {
        var mixed = (first * 0x9E3779B1u) ^ (second * 0x85EBCA77u) ^ (third * 0xC2B2AE3Du);
        return (int)((mixed * 0x27D4EB2Fu) >> 16);
    }

    /// <summary>Takes a message's texts as searches see them, one after the other; once cleared, those of the next message.</summary>
    public sealed class Builder
    {
        private const int BytesMax = 1 << 13;

        /// <summary>Halving goes on while at most so many bits of eight would be set.</summary>
        private const int FillOfEight = 4;

        private readonly byte[] _bits = new byte[BytesMax];
        private char _last, _beforeLast;

        /// <summary>The next characters; texts that follow each other count as one.</summary>
        public void Add(ReadOnlySpan<char> text)
        {
            var other = text.IndexOfAnyExceptInRange('\0', '\x7f');
            AddFolded(other < 0 ? text : text[..other]);
            if (other < 0) return;
            var folded = new System.Buffers.ArrayBufferWriter<char>(text.Length - other + 64);
            CaseMap.Fold(text[other..], folded);
            AddFolded(folded.WrittenSpan);
        }

        /// <returns>What it has been given; it takes no more before it is cleared.</returns>
        public TextSignature Finish()
        {
            var bits = MemoryMarshal.Cast<byte, ulong>(_bits.AsSpan());
            while (bits.Length * sizeof(ulong) > BytesMin)
            {
                var lower = bits[..(bits.Length / 2)];
                var upper = bits[lower.Length..];
                if (CountOfBoth(lower, upper) * 8 > lower.Length * sizeof(ulong) * 8 * FillOfEight) break;
                for (var at = 0; at < lower.Length; at++) lower[at] |= upper[at];
                bits = lower;
            }

            return new TextSignature(MemoryMarshal.AsBytes(bits).ToArray());
        }

        /// <summary>Forgets all texts.</summary>
        public void Clear()
        {
            Array.Clear(_bits);
            (_last, _beforeLast) = ('\0', '\0');
        }

        private static int CountOfBoth(ReadOnlySpan<ulong> lower, ReadOnlySpan<ulong> upper)
        {
            var count = 0;
            for (var at = 0; at < lower.Length; at++) count += BitOperations.PopCount(lower[at] | upper[at]);
            return count;
        }

        /// <summary>Sees every character of a mailbox in its first search, so that it is compiled as well as can be at once.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void AddFolded(ReadOnlySpan<char> text)
        {
            var (bits, first, second) = (_bits, _beforeLast, _last);
            foreach (var character in text)
            {
                var third = Upper(character);
                var bit = Hash(first, second, third);
                bits[bit >> 3] |= (byte)(1 << (bit & 7));
                (first, second) = (second, third);
            }

            (_beforeLast, _last) = (first, second);
        }
    }
}
