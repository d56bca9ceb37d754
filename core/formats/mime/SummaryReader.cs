namespace CompatBot.Formats.Mime;

/// <summary>Reads a summary's pieces; after the first mistake every piece is zero or empty, and <see cref="Failed"/> stays true.</summary>
internal ref struct SummaryReader(ReadOnlyMemory<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _span = bytes.Span;
    private int _position;

    public bool Failed { get; private set; }

    public readonly bool AtEnd => !Failed && _position == _span.Length;

    public void Fail() => Failed = true;

    public byte Byte()
    {
        if (Failed || _position >= _span.Length)
        {
            Failed = true;
            return 0;
        }

        return _span[_position++];
    }

    /// <summary>A number below 2^63.</summary>
    public long Number()
    {
        ulong value = 0;
        for (var shift = 0; shift < 63; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return Failed ? 0 : (long)value;
            }
        }

        Failed = true;
        return 0;
    }

    public ReadOnlyMemory<byte> Bytes() => Bytes(Number());

    public ReadOnlyMemory<byte> Bytes(long length)
    {
        if (Failed || length > _span.Length - _position)
        {
            Failed = true;
            return default;
        }

        _position += (int)length;
        return bytes.Slice(_position - (int)length, (int)length);
    }
}
