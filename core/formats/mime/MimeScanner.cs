using System.Buffers;

namespace CompatBot.Formats.Mime;

/// <summary>
/// Finds the parts of a message while its bytes go by: push any pieces with <see cref="Write"/>, then <see cref="Finish"/> once.
/// Every byte string is a message; nothing is refused and nothing is changed. Lines end with LF, with or without CR before it;
/// a lone CR is an ordinary byte. Only a blank line (or a boundary line) ends a header. Memory is bounded by the limits.
/// </summary>
public sealed class MimeScanner(MimeLimits? limits = null)
{
    private readonly MimeLimits _limits = limits ?? MimeLimits.Default;
    private readonly FieldCollector _fields = new(limits ?? MimeLimits.Default);
    private readonly List<OpenPart> _open = [];
    private readonly ArrayBufferWriter<byte> _line = new(256);
    private State _state = State.Start;
    private int _parts;
    private int _boundaries;
    private bool _lineCut;
    private long _position;
    private long _lines;
    private byte _last;

    /// <summary>Of the line being read: its offset, the line feeds before it, and the bytes of the line end before it.</summary>
    private long _lineStart, _lineLines;
    private int _lineEndBytes;
    private int _newestLineEndBytes;

    private enum State
    {
        Start,
        Header,
        /// <summary>At or in a body line that may be a boundary line.</summary>
        Candidate,
        /// <summary>In a body line that is none.</summary>
        Body,
        Finished,
    }

    private OpenPart Top => _open[^1];

    /// <summary>Takes the next bytes of the message; the pieces may be cut anywhere.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        Begin();
        while (!bytes.IsEmpty)
        {
            var used = _state switch
            {
                State.Header => Header(bytes),
                State.Candidate => Candidate(bytes),
                State.Body => Body(bytes),
                _ => throw new InvalidOperationException("The message is finished."),
            };
            bytes = bytes[used..];
        }
    }

    /// <summary>Ends the message and returns its tree. The scanner is used up.</summary>
    public MimeMessage Finish()
    {
        Begin();
        if (_state == State.Header && _line.WrittenCount > 0)
        {
            HeaderLine(_line.WrittenSpan);
        }
        else if (_state == State.Candidate && _line.WrittenCount > 0)
        {
            BoundaryLine(_line.WrittenSpan);
        }

        while (_state == State.Header)
        {
            EndHeader(_position, _lines);
        }

        _state = State.Finished;
        return new MimeMessage(CloseTo(0, _position, _lines));
    }

    private void Begin()
    {
        if (_state == State.Start)
        {
            Open(new OpenPart(0, isMessageRoot: true, PartForm.Leaf));
        }
    }

    private int Header(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)'\n') + 1;
        var piece = end > 0 ? bytes[..end] : bytes;
        if (end > 0 && _line.WrittenCount == 0)
        {
            Consume(piece);
            HeaderLine(piece);
            return piece.Length;
        }

        // One byte more than a field may have is enough to know that the field is cut.
        var room = Math.Min(piece.Length, _limits.FieldBytesMax + 1 - _line.WrittenCount);
        _line.Write(piece[..room]);
        _lineCut |= room < piece.Length;
        Consume(piece);
        if (end > 0)
        {
            HeaderLine(_line.WrittenSpan);
        }

        return piece.Length;
    }

    private void HeaderLine(ReadOnlySpan<byte> line)
    {
        if (!_lineCut && HeaderReader.IsBlank(line))
        {
            EndHeader(_position, _lines);
        }
        else if (!_lineCut && line.StartsWith("--"u8) && EndsHeader(line))
        {
            while (_state == State.Header)
            {
                EndHeader(_lineStart, _lineLines);
            }

            BoundaryLine(line);
        }
        else
        {
            _fields.Line(line, _lineCut);
        }

        NextLine();
    }

    /// <summary>A header without its blank line: the line is a boundary of an enclosing multipart, or the one that this header declares.</summary>
    private bool EndsHeader(ReadOnlySpan<byte> line) =>
        FindBoundary(line, out _) >= 0
        || (_fields.Boundary() is { } declared && IsBoundary(line, WireText.Bytes(declared), out _));

    private void EndHeader(long bodyStart, long linesBefore)
    {
        var part = Top;
        part.Fields = _fields.Finish();
        part.BodyStart = bodyStart;
        part.LinesBefore = linesBefore;
        _state = State.Body;
        switch (ContentInfo.FormOf(part.Fields, part.Form))
        {
            case PartForm.Multipart when _open.Count > _limits.DepthMax:
                part.Form |= PartForm.Opaque;
                break;
            case PartForm.Multipart:
                part.Form |= PartForm.Multipart;
                part.IsDigest = ContentInfo.IsDigest(part.Fields);
                if (_fields.Boundary() is { } boundary)
                {
                    part.SetBoundary(boundary);
                    _boundaries++;
                }

                break;
            case PartForm.Message when _open.Count > _limits.DepthMax || _parts >= _limits.PartsMax - 1:
                part.Form |= PartForm.Opaque;
                break;
            case PartForm.Message:
                part.Form |= PartForm.Message;
                Open(new OpenPart(bodyStart, isMessageRoot: true, PartForm.Leaf));
                break;
            case PartForm.Opaque:
                part.Form |= PartForm.Opaque;
                break;
        }
    }

    private int Candidate(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)'\n') + 1;
        var piece = end > 0 ? bytes[..end] : bytes;
        if (!MayBeBoundary(piece))
        {
            _line.ResetWrittenCount();
            _state = State.Body;
            return 0;
        }

        if (end > 0 && _line.WrittenCount == 0)
        {
            Consume(piece);
            BoundaryLine(piece);
            NextLine();
            return piece.Length;
        }

        _line.Write(piece);
        Consume(piece);
        if (end > 0)
        {
            BoundaryLine(_line.WrittenSpan);
            NextLine();
        }

        return piece.Length;
    }

    private bool MayBeBoundary(ReadOnlySpan<byte> next)
    {
        var gathered = _line.WrittenCount;
        return gathered + next.Length <= _limits.BoundaryLineBytesMax
            && (gathered > 0 ? _line.WrittenSpan[0] : next[0]) == (byte)'-'
            && (gathered > 1 || gathered + next.Length < 2 || next[1 - gathered] == (byte)'-');
    }

    private int Body(ReadOnlySpan<byte> bytes)
    {
        if (_boundaries == 0)
        {
            Consume(bytes);
            return bytes.Length;
        }

        // The next line that may be a boundary; or the start of a line whose first bytes are not all here.
        var next = bytes.IndexOf("\n--"u8);
        next = next >= 0 ? next + 1
            : bytes[^1] == (byte)'\n' ? bytes.Length
            : bytes.EndsWith("\n-"u8) ? bytes.Length - 1 : -1;
        if (next < 0)
        {
            Consume(bytes);
            return bytes.Length;
        }

        Consume(bytes[..next]);
        NextLine();
        return next;
    }

    /// <summary>Closes and opens what a boundary line closes and opens; any other line changes nothing.</summary>
    private void BoundaryLine(ReadOnlySpan<byte> line)
    {
        var owner = FindBoundary(line, out var closes);
        if (owner < 0)
        {
            return;
        }

        var ownEnd = Top.BodyStart <= _lineStart - _lineEndBytes;
        var end = ownEnd ? _lineStart - _lineEndBytes : _lineStart;
        CloseTo(owner + 1, end, ownEnd && _lineEndBytes > 0 ? _lineLines - 1 : _lineLines);
        if (closes)
        {
            Top.Boundary = null;
            _boundaries--;
        }
        else if (_parts < _limits.PartsMax - 1)
        {
            Open(new OpenPart(_position, isMessageRoot: false, Top.IsDigest ? PartForm.InDigest : PartForm.Leaf));
        }
        else
        {
            // The last part that is named takes what is left.
            Open(new OpenPart(_position, isMessageRoot: false, PartForm.Opaque));
            Top.LinesBefore = _lines;
            _boundaries = 0;
            _state = State.Body;
        }
    }

    private int FindBoundary(ReadOnlySpan<byte> line, out bool closes)
    {
        closes = false;
        if (_boundaries > 0 && line.StartsWith("--"u8))
        {
            for (var index = _open.Count - 1; index >= 0; index--)
            {
                if (_open[index].Boundary is { } boundary && IsBoundary(line, boundary, out closes))
                {
                    return index;
                }
            }
        }

        return -1;
    }

    /// <summary>Nothing but white space may follow, so a boundary that is the start of another one is not taken for it.</summary>
    private static bool IsBoundary(ReadOnlySpan<byte> line, ReadOnlySpan<byte> boundary, out bool closes)
    {
        closes = false;
        line = line[2..].TrimEnd(" \t\r\n"u8);
        if (!line.StartsWith(boundary))
        {
            return false;
        }

        closes = line[boundary.Length..].SequenceEqual("--"u8);
        return closes || line.Length == boundary.Length;
    }

    private void Open(OpenPart part)
    {
        _open.Add(part);
        _parts++;
        _fields.Start(part.IsMessageRoot);
        _state = State.Header;
    }

    /// <summary>Closes the innermost parts until so many are left open; returns the one closed last.</summary>
    private MimePart CloseTo(int count, long end, long linesBeforeEnd)
    {
        MimePart closed = null!;
        while (_open.Count > count)
        {
            var top = Top;
            _boundaries -= top.Boundary is not null && _boundaries > 0 ? 1 : 0;
            _open.RemoveAt(_open.Count - 1);
            closed = top.Close(end, linesBeforeEnd);
            if (_open.Count == 0)
            {
                break;
            }

            if (top.IsMessageRoot)
            {
                Top.Contain(closed);
            }
            else
            {
                Top.Add(closed);
            }
        }

        return closed;
    }

    private void NextLine()
    {
        _line.ResetWrittenCount();
        _lineCut = false;
        _lineStart = _position;
        _lineLines = _lines;
        _lineEndBytes = _newestLineEndBytes;
        if (_state == State.Body && _boundaries > 0)
        {
            _state = State.Candidate;
        }
        else if (_state == State.Candidate && _boundaries == 0)
        {
            _state = State.Body;
        }
    }

    private void Consume(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        _lines += bytes.Count((byte)'\n');
        _position += bytes.Length;
        if (bytes[^1] == (byte)'\n')
        {
            _newestLineEndBytes = (bytes.Length > 1 ? bytes[^2] : _last) == (byte)'\r' ? 2 : 1;
        }

        _last = bytes[^1];
    }
}
