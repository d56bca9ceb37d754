namespace CompatBot.Formats.Mime;

/// <summary>Reads a summary's pieces; after the first mistake every piece is zero or empty, and <see cref="Failed"/> stays true.</summary>
internal struct SummaryReader(byte[] bytes)
{
    private int _position;

    public bool Failed { get; private set; }

    public readonly bool AtEnd => !Failed && _position == bytes.Length;

    public void Fail() => Failed = true;

    public byte Byte()
    {
        if (Failed || _position >= bytes.Length)
        {
            Failed = true;
            return 0;
        }

        return bytes[_position++];
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

    public ReadOnlyMemory<byte> Bytes()
    {
        var length = Number();
        if (Failed || length > bytes.Length - _position)
        {
            Failed = true;
            return default;
        }

        _position += (int)length;
        return bytes.AsMemory(_position - (int)length, (int)length);
    }
}
