using System.Buffers;

namespace CompatBot.Formats.Mime;

/// <summary>Writes a part's octets as quoted-printable or base64 while they come (RFC 2045 section 6.7, 6.8).</summary>
/// <param name="isText">Quoted-printable, with lines that end in CRLF; else base64.</param>
internal sealed class PartEncoder(bool isText)
{
    /// <summary>Octets of one line of base64: 76 characters.</summary>
    private const int LineOctets = 57;

    private const int LineCharactersMax = 76;

    private readonly byte[] _group = new byte[LineOctets];
    private int _grouped, _column;
    private byte? _space;
    private bool _afterCr, _hasLine;

    public void Write(ReadOnlySpan<byte> octets, ArrayBufferWriter<byte> output)
    {
        foreach (var octet in octets)
        {
            if (isText) Quote(octet, output);
            else Group(octet, output);
        }
    }

    /// <summary>The part is at its end, which is not the end of a line.</summary>
    public void Finish(ArrayBufferWriter<byte> output)
    {
        if (isText)
        {
            if (_afterCr) Escape((byte)'\r', output);
            if (_space is { } space) Escape(space, output);
        }
        else if (_grouped > 0)
        {
            Line(output);
        }
    }

    private void Quote(byte octet, ArrayBufferWriter<byte> output)
    {
        if (_afterCr)
        {
            _afterCr = false;
            if (octet == '\n')
            {
                // White space at a line's end would be lost on the way.
                if (_space is { } last) Escape(last, output);
                (_space, _column) = (null, 0);
                output.Write("\r\n"u8);
                return;
            }

            Spaced(output);
            Escape((byte)'\r', output);
        }

        if (octet == '\r')
        {
            _afterCr = true;
            return;
        }

        Spaced(output);
        if (octet is (byte)' ' or (byte)'\t') _space = octet;
        else if (octet is >= 33 and <= 126 and not (byte)'=') Plain(octet, output);
        else Escape(octet, output);
    }

    private void Spaced(ArrayBufferWriter<byte> output)
    {
        if (_space is { } space) Plain(space, output);
        _space = null;
    }

    private void Plain(byte octet, ArrayBufferWriter<byte> output)
    {
        Fit(1, output);
        output.Write([octet]);
    }

    private void Escape(byte octet, ArrayBufferWriter<byte> output)
    {
        Fit(3, output);
        output.Write([(byte)'=', "0123456789ABCDEF"u8[octet >> 4], "0123456789ABCDEF"u8[octet & 15]]);
    }

    private void Fit(int characters, ArrayBufferWriter<byte> output)
    {
        if (_column + characters >= LineCharactersMax)
        {
            output.Write("=\r\n"u8);
            _column = 0;
        }

        _column += characters;
    }

    private void Group(byte octet, ArrayBufferWriter<byte> output)
    {
        _group[_grouped++] = octet;
        if (_grouped == LineOctets) Line(output);
    }

    private void Line(ArrayBufferWriter<byte> output)
    {
        if (_hasLine) output.Write("\r\n"u8);
        System.Buffers.Text.Base64.EncodeToUtf8(
            _group.AsSpan(0, _grouped), output.GetSpan(LineCharactersMax), out _, out var written);
        output.Advance(written);
        (_grouped, _hasLine) = (0, true);
    }
}
