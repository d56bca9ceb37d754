using System.Buffers;

namespace CompatBot.Protocols.Net.Lines;

/// <summary>Finds CRLF-terminated lines in the bytes of a connection.</summary>
public static class LineReader
{
    /// <summary>Takes one line off the front of <paramref name="buffer"/>.</summary>
    /// <param name="buffer">Unread bytes; on Line and BareLineFeed it starts after the LF, else it is untouched.</param>
    /// <param name="lineBytesMax">Longest line accepted, in bytes, CRLF included.</param>
    /// <param name="line">The line without its CRLF; valid until the pipe is advanced.</param>
    public static LineStatus TryRead(ref ReadOnlySequence<byte> buffer, int lineBytesMax, out ReadOnlySequence<byte> line)
    {
        // Nearly always the whole command lies in one segment: one vectorized search, no SequenceReader.
        var first = buffer.FirstSpan;
        var end = first.IndexOf((byte)'\n');
        if (end >= 0) return Cut(ref buffer, end, lineBytesMax, end > 0 ? first[end - 1] : (byte)0, out line);

        line = default;
        if (buffer.IsSingleSegment) return buffer.Length >= lineBytesMax ? LineStatus.TooLong : LineStatus.NeedMore;

        var found = buffer.PositionOf((byte)'\n');
        if (found is null) return buffer.Length >= lineBytesMax ? LineStatus.TooLong : LineStatus.NeedMore;
        var length = buffer.Slice(0, found.Value).Length;
        return Cut(ref buffer, length, lineBytesMax, length > 0 ? buffer.Slice(length - 1, 1).FirstSpan[0] : (byte)0, out line);
    }

    private static LineStatus Cut(
        ref ReadOnlySequence<byte> buffer, long end, int lineBytesMax, byte before, out ReadOnlySequence<byte> line)
    {
        line = default;
        if (end + 1 > lineBytesMax) return LineStatus.TooLong;

        // A bare LF is refused, never treated as CRLF: two servers that disagree on where a line ends let mail be smuggled.
        var status = before == '\r' ? LineStatus.Line : LineStatus.BareLineFeed;
        if (status == LineStatus.Line) line = buffer.Slice(0, end - 1);
        buffer = buffer.Slice(end + 1);
        return status;
    }
}
