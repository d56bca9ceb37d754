using System.Buffers;

namespace CompatBot.Formats.Mime;

/// <summary>Quoted-printable (RFC 2045 section 6.7): white space at a line's end is dropped, a broken escape stays as it is.</summary>
internal sealed class QuotedPrintableDecoder : TransferDecoder
{
    /// <summary>Bytes that are held back for what follows them: an escape, or white space that may end a line. More are let go.</summary>
    private const int HeldBytesMax = 1_000;

    private readonly ArrayBufferWriter<byte> _held = new();

    public override void Decode(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        if (_held.WrittenCount == 0)
        {
            Hold(Run(input, output, final: false), output);
            return;
        }

        var joined = ArrayPool<byte>.Shared.Rent(_held.WrittenCount + input.Length);
        _held.WrittenSpan.CopyTo(joined);
        input.CopyTo(joined.AsSpan(_held.WrittenCount));
        var length = _held.WrittenCount + input.Length;
        _held.ResetWrittenCount();
        Hold(Run(joined.AsSpan(0, length), output, final: false), output);
        ArrayPool<byte>.Shared.Return(joined, clearArray: true);
    }

    public override void Finish(IBufferWriter<byte> output)
    {
        Run(_held.WrittenSpan, output, final: true);
        _held.ResetWrittenCount();
    }

    private void Hold(ReadOnlySpan<byte> rest, IBufferWriter<byte> output)
    {
        if (rest.Length > HeldBytesMax)
        {
            output.Write(rest);
        }
        else
        {
            _held.Write(rest);
        }
    }

    /// <returns>What cannot be decided yet.</returns>
    private static ReadOnlySpan<byte> Run(ReadOnlySpan<byte> input, IBufferWriter<byte> output, bool final)
    {
        while (!input.IsEmpty)
        {
            var stop = input.IndexOfAny((byte)'=', (byte)'\n');
            if (stop < 0)
            {
                var text = input.TrimEnd(" \t\r"u8);
                output.Write(text);
                return final ? default : input[text.Length..];
            }

            if (input[stop] == (byte)'\n')
            {
                var hasReturn = stop > 0 && input[stop - 1] == (byte)'\r';
                output.Write(input[..(hasReturn ? stop - 1 : stop)].TrimEnd(" \t"u8));
                output.Write(hasReturn ? "\r\n"u8 : "\n"u8);
                input = input[(stop + 1)..];
                continue;
            }

            output.Write(input[..stop]);
            input = input[stop..];
            if (!Escape(input, output, final, out var used))
            {
                return input;
            }

            input = input[used..];
        }

        return default;
    }

    /// <summary>Decodes the escape at the start; false where more bytes must come first.</summary>
    private static bool Escape(ReadOnlySpan<byte> input, IBufferWriter<byte> output, bool final, out int used)
    {
        used = 1;
        if (input.Length > 2 && Hex.TryByte(input[1], input[2], out var octet))
        {
            output.Write([octet]);
            used = 3;
            return true;
        }

        var end = input[1..].IndexOfAnyExcept(" \t\r"u8) + 1;
        if (end > 0 && input[end] == (byte)'\n')
        {
            used = end + 1;
            return true;
        }

        var undecided = end == 0 || (input.Length == 2 && Hex.Digit(input[1]) >= 0);
        if (undecided && !final)
        {
            return false;
        }

        if (end == 0)
        {
            used = input.Length;
        }
        else
        {
            output.Write("="u8);
        }

        return true;
    }
}
