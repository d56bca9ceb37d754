using System.Buffers;

namespace CompatBot.Formats.Mime;

/// <summary>
/// Finds the parts of a message while its bytes go by: push any pieces with <see cref="Write"/>, then <see cref="Finish"/> once.
/// Every byte string is a message; nothing is refused and nothing is changed. Lines end with LF, with or without CR before it;
/// a lone CR is an ordinary byte. Only a blank line (or a boundary line) ends a header, but a part that starts with text has none.
/// Memory is bounded by the limits.
/// </summary>
public sealed class MimeScanner(MimeLimits? limits = null)
{
    private readonly MimeLimits _limits = limits ?? MimeLimits.Default;
    private readonly FieldCollector _fields = new(limits ?? MimeLimits.Default);
    private readonly OpenParts _open = new();
    private readonly ArrayBufferWriter<byte> _line = new(256);
    private State _state = State.Start;
    private bool _lineCut;
    private long _position;
    private long _lines;
    private byte _last;
    private ushort[]? _others;

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

    private OpenPart Top => _open.Top;

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
        return new MimeMessage(_open.CloseTo(0, _position, _lines)!, _others);
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
        if (line.Length > _limits.FieldBytesMax + 1)
        {
            // As if the line had come in pieces.
            line = line[..(_limits.FieldBytesMax + 1)];
            _lineCut = true;
        }

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
        else if (IsBodyOfBarePart(line))
        {
            EndHeader(_lineStart, _lineLines);
        }
        else
        {
            _fields.Line(line, _lineCut);
        }

        NextLine();
    }

    /// <summary>
    /// A header without its blank line: the line is a boundary of an enclosing multipart, or the one that this header declares.
    /// </summary>
    private bool EndsHeader(ReadOnlySpan<byte> line) =>
        line.Length <= _limits.BoundaryLineBytesMax
        && (_open.Find(line, out _) >= 0
            || (_fields.Boundary() is { } declared && OpenParts.IsBoundary(line, declared, out _)));

    /// <summary>
    /// A part that starts with text has forgotten its header, and the blank line too; a message may start with an mbox line.
    /// </summary>
    private bool IsBodyOfBarePart(ReadOnlySpan<byte> line) =>
        _lineStart == Top.HeaderStart && !Top.IsMessageRoot && Top.Form == PartForm.Leaf
        && line[0] is not ((byte)' ' or (byte)'\t') && !HeaderReader.TryName(line, out _, out _);

    private void EndHeader(long bodyStart, long linesBefore)
    {
        var part = Top;
        part.Fields = _fields.Finish();
        if (_open.Depth == 1) _others = _fields.Others;
        part.BodyStart = bodyStart;
        part.LinesBefore = linesBefore;
        _state = State.Body;
        switch (ContentInfo.FormOf(part.Fields, part.Form))
        {
            case PartForm.Multipart when _open.Depth > _limits.DepthMax:
                part.Form |= PartForm.Opaque;
                break;
            case PartForm.Multipart:
                part.Form |= PartForm.Multipart;
                part.IsDigest = ContentInfo.IsDigest(part.Fields);
                if (_fields.Boundary() is { } boundary)
                {
                    _open.Expect(boundary);
                }

                break;
            case PartForm.Message when _open.Depth > _limits.DepthMax || _open.PartsOpened >= _limits.PartsMax - 1:
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
        if (!_open.HasBoundaries)
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
        var owner = _open.Find(line, out var closes);
        if (owner < 0)
        {
            return;
        }

        var ownEnd = Top.BodyStart <= _lineStart - _lineEndBytes;
        var end = ownEnd ? _lineStart - _lineEndBytes : _lineStart;
        _open.CloseTo(owner + 1, end, ownEnd && _lineEndBytes > 0 ? _lineLines - 1 : _lineLines);
        if (closes)
        {
            _open.ExpectNoMore();
        }
        else if (_open.PartsOpened < _limits.PartsMax - 1)
        {
            Open(new OpenPart(_position, isMessageRoot: false, Top.IsDigest ? PartForm.InDigest : PartForm.Leaf));
        }
        else
        {
            // The last part that is named takes what is left.
            Open(new OpenPart(_position, isMessageRoot: false, PartForm.Opaque));
            Top.LinesBefore = _lines;
            _open.ForgetBoundaries();
            _state = State.Body;
        }
    }

    private void Open(OpenPart part)
    {
        _open.Push(part);
        _fields.Start(part.IsMessageRoot);
        _state = State.Header;
    }

    private void NextLine()
    {
        _line.ResetWrittenCount();
        _lineCut = false;
        _lineStart = _position;
        _lineLines = _lines;
        _lineEndBytes = _newestLineEndBytes;
        if (_state == State.Body && _open.HasBoundaries)
        {
            _state = State.Candidate;
        }
        else if (_state == State.Candidate && !_open.HasBoundaries)
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
