using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace CompatBot.Protocols.Pop3.Wire;

/// <summary>
/// Writes a multi-line response: a dot before each line that begins with one, CRLF at the end of each line, and a line of one dot at the
/// end (RFC 1939 section 3). A bare LF in a message goes out as CRLF: to many clients it ends a line, and behind it a dot would end all.
/// A NUL, which no mail may have (RFC 5322 section 2.2), goes out as 0x80: Outlook waits for ever behind one.
/// </summary>
public struct DotWriter(PipeWriter output)
{
    private long _linesLeft = long.MaxValue;
    private bool _inHeader = true;
    private long _column;
    private bool _afterCr;

    /// <summary>From now on: the header, an empty line, and so many lines of the body.</summary>
    public void LimitBody(int lines) => _linesLeft = lines;

    /// <summary>All that was asked for is written.</summary>
    public readonly bool IsDone => !_inHeader && _linesLeft <= 0;

    /// <summary>A part of a message, cut anywhere.</summary>
    public void Octets(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty && !IsDone)
        {
            if (_column == 0 && octets[0] == '.') output.Write("."u8);
            var end = octets.IndexOf((byte)'\n');
            if (end < 0)
            {
                Copy(octets);
                (_column, _afterCr) = (_column + octets.Length, octets[^1] == '\r');
                return;
            }

            var hasCr = end > 0 ? octets[end - 1] == '\r' : _afterCr;
            if (hasCr)
            {
                Copy(octets[..(end + 1)]);
            }
            else
            {
                Copy(octets[..end]);
                output.Write("\r\n"u8);
            }

            if (!_inHeader) _linesLeft--;
            else if (_column + end == (hasCr ? 1 : 0)) _inHeader = false;
            (_column, _afterCr) = (0, false);
            octets = octets[(end + 1)..];
        }
    }

    private readonly void Copy(ReadOnlySpan<byte> octets)
    {
        if (!octets.Contains((byte)0))
        {
            output.Write(octets);
            return;
        }

        octets.Replace(output.GetSpan(octets.Length), (byte)0, (byte)0x80);
        output.Advance(octets.Length);
    }

    /// <summary>A line of a list.</summary>
    public readonly void Line(int number, long value)
    {
        var span = output.GetSpan(40);
        number.TryFormat(span, out var length, default, CultureInfo.InvariantCulture);
        span[length++] = (byte)' ';
        value.TryFormat(span[length..], out var more, default, CultureInfo.InvariantCulture);
        "\r\n"u8.CopyTo(span[(length + more)..]);
        output.Advance(length + more + 2);
    }

    /// <summary>A line that needs no dot.</summary>
    public readonly void Line(string text)
    {
        var span = output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length) + 2);
        var length = Encoding.UTF8.GetBytes(text, span);
        "\r\n"u8.CopyTo(span[length..]);
        output.Advance(length + 2);
    }

    public void End()
    {
        if (_column > 0) output.Write("\r\n"u8);
        output.Write(".\r\n"u8);
    }
}
