using System.Buffers;
using System.Buffers.Text;

namespace CompatBot.Formats.Mime;

/// <summary>Base64 (RFC 2045 section 6.8): bytes outside the alphabet are stepped over, padding ends a group and more may follow.</summary>
internal sealed class Base64Decoder : TransferDecoder
{
    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8);

    private int _bits;
    private int _count;

    public override void Decode(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        while (!input.IsEmpty)
        {
            if (_count == 0 && Groups(ref input, output))
            {
                continue;
            }

            var next = input[0];
            input = input[1..];
            if (Alphabet.Contains(next))
            {
                _bits = (_bits << 6) | Value(next);
                if (++_count == 4)
                {
                    output.Write([(byte)(_bits >> 16), (byte)(_bits >> 8), (byte)_bits]);
                    (_bits, _count) = (0, 0);
                }
            }
            else if (next == (byte)'=')
            {
                Finish(output);
            }
        }
    }

    public override void Finish(IBufferWriter<byte> output)
    {
        switch (_count)
        {
            case 2:
                output.Write([(byte)(_bits >> 4)]);
                break;
            case 3:
                output.Write([(byte)(_bits >> 10), (byte)(_bits >> 2)]);
                break;
        }

        (_bits, _count) = (0, 0);
    }

    /// <summary>Decodes the whole groups of four at the start; false where there is none.</summary>
    private static bool Groups(ref ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        var run = input.IndexOfAnyExcept(Alphabet);
        run = (run < 0 ? input.Length : run) & ~3;
        if (run == 0)
        {
            return false;
        }

        Base64.DecodeFromUtf8(input[..run], output.GetSpan(run / 4 * 3), out _, out var written);
        output.Advance(written);
        input = input[run..];
        return true;
    }

    private static int Value(byte digit) => digit switch
    {
        >= (byte)'A' and <= (byte)'Z' => digit - 'A',
        >= (byte)'a' and <= (byte)'z' => digit - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => digit - '0' + 52,
        (byte)'+' => 62,
        _ => 63,
    };
}
