namespace CompatBot.Formats.Mime;

/// <summary>
/// Goes through the fields of a header block, as found: folds, order and line ends kept, CRLF or bare LF. Lines that are no field
/// (mbox "From ", garbage) are stepped over with their folds. Stops at the blank line.
/// </summary>
public ref struct HeaderReader(ReadOnlySpan<byte> header)
{
    private ReadOnlySpan<byte> _rest = header;

    /// <summary>The field's name as found, without the white space that obsolete syntax allows before the colon.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The whole field: name, colon, value, folds and the line end (which only an unfinished last line lacks).</summary>
    public ReadOnlySpan<byte> Field { get; private set; }

    /// <summary>What follows the colon, line ends included.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    public bool Read()
    {
        while (!_rest.IsEmpty && !IsBlank(_rest))
        {
            var length = FieldLength(_rest);
            var field = _rest[..length];
            _rest = _rest[length..];
            if (TryName(field, out var name, out var valueStart))
            {
                Name = name;
                Field = field;
                Value = field[valueStart..];
                return true;
            }
        }

        return false;
    }

    /// <summary>Finds the name at the start of a line; false where the line is no field.</summary>
    internal static bool TryName(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> name, out int valueStart)
    {
        var end = 0;
        while (end < line.Length && line[end] is > 32 and not 127 and not (byte)':')
        {
            end++;
        }

        name = line[..end];
        valueStart = end;
        while (valueStart < line.Length && line[valueStart] is (byte)' ' or (byte)'\t')
        {
            valueStart++;
        }

        return end > 0 && valueStart < line.Length && line[valueStart++] == (byte)':';
    }

    internal static bool IsBlank(ReadOnlySpan<byte> line) =>
        line[0] == (byte)'\n' || (line[0] == (byte)'\r' && line.Length > 1 && line[1] == (byte)'\n');

    private static int FieldLength(ReadOnlySpan<byte> rest)
    {
        var length = 0;
        while (true)
        {
            var end = rest[length..].IndexOf((byte)'\n');
            if (end < 0)
            {
                return rest.Length;
            }

            length += end + 1;
            if (length == rest.Length || rest[length] is not ((byte)' ' or (byte)'\t'))
            {
                return length;
            }
        }
    }
}
