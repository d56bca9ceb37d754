using System.Buffers;

namespace CompatBot.Formats.Mime;

/// <summary>Gathers the kept fields of one header block after another, within the limits.</summary>
internal sealed class FieldCollector(MimeLimits limits)
{
    private readonly List<HeaderField> _fields = [];
    private readonly ArrayBufferWriter<byte> _field = new(256);
    private readonly OtherNames _others = new();
    private bool _message;
    private bool _complete = true;
    private bool _keeping;
    private long _retained;
    private byte[]? _boundary;

    public void Start(bool message)
    {
        _message = message;
        _complete = true;
        _keeping = false;
        _boundary = null;
        _fields.Clear();
        _others.Clear();
        _field.ResetWrittenCount();
    }

    /// <summary>Takes one header line, line end included.</summary>
    /// <param name="cut">True where the line was longer than a field may be, and is not all here.</param>
    public void Line(ReadOnlySpan<byte> line, bool cut)
    {
        if (line[0] is (byte)' ' or (byte)'\t')
        {
            if (_keeping)
            {
                Append(line, cut);
            }

            return;
        }

        EndField();
        _keeping = HeaderReader.TryName(line, out var name, out _) && Wanted(name);
        if (_keeping)
        {
            Append(line, cut);
        }
    }

    /// <summary>The boundary that this header declares so far; null where it is no multipart, or the boundary fits in no line.</summary>
    public byte[]? Boundary()
    {
        EndField();
        return _boundary;
    }

    /// <summary>Hashes of the names that are not kept; null: there are too many.</summary>
    public ushort[]? Others => _others.All;

    public HeaderFields Finish()
    {
        EndField();
        return _fields.Count == 0 && _complete ? HeaderFields.Empty : new HeaderFields([.. _fields], _complete);
    }

    private bool Wanted(ReadOnlySpan<byte> name)
    {
        var keep = KeptFields.Of(name, _message);
        if (keep == Keep.No && _message) _others.Add(name);
        if (keep == Keep.First)
        {
            foreach (var field in _fields)
            {
                if (field.Is(name))
                {
                    return false;
                }
            }
        }

        return keep != Keep.No;
    }

    private void Append(ReadOnlySpan<byte> line, bool cut)
    {
        var room = limits.FieldBytesMax - _field.WrittenCount;
        _complete &= !cut && line.Length <= room;
        _field.Write(line[..Math.Min(line.Length, room)]);
    }

    private void EndField()
    {
        if (!_keeping)
        {
            return;
        }

        _keeping = false;
        if (_fields.Count >= limits.FieldsMax
            || _retained + _field.WrittenCount > limits.RetainedBytesMax
            || !HeaderReader.TryName(_field.WrittenSpan, out var name, out var valueStart))
        {
            _complete = false;
        }
        else
        {
            var raw = _field.WrittenSpan.ToArray();
            _retained += raw.Length;
            var field = new HeaderField(raw, name.Length, valueStart);
            _fields.Add(field);
            if (_boundary is null && field.Is("Content-Type"u8))
            {
                var declared = ContentInfo.BoundaryOf(WireText.Unfold(field.Value));
                _boundary = declared is null || declared.Length + 2 > limits.BoundaryLineBytesMax ? null : WireText.Bytes(declared);
            }
        }

        _field.ResetWrittenCount();
    }
}
