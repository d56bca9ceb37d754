namespace CompatBot.Formats.Mime;

/// <summary>The parts whose end was not seen, from the message down to the innermost, and the boundaries that they wait for.</summary>
internal sealed class OpenParts
{
    private readonly List<OpenPart> _open = [];
    private int _boundaries;

    public OpenPart Top => _open[^1];

    public int Depth => _open.Count;

    /// <summary>Parts that were opened so far, the closed ones too.</summary>
    public int PartsOpened { get; private set; }

    /// <summary>False where no line can be a boundary, so that nobody need look for one.</summary>
    public bool HasBoundaries => _boundaries > 0;

    public void Push(OpenPart part)
    {
        _open.Add(part);
        PartsOpened++;
    }

    /// <summary>The innermost part waits for this boundary.</summary>
    public void Expect(byte[] boundary)
    {
        Top.Boundary = boundary;
        _boundaries++;
    }

    /// <summary>The innermost part had its closing line.</summary>
    public void ExpectNoMore()
    {
        Top.Boundary = null;
        _boundaries--;
    }

    public void ForgetBoundaries() => _boundaries = 0;

    /// <summary>The index of the innermost part that waits for this line, or -1.</summary>
    public int Find(ReadOnlySpan<byte> line, out bool closes)
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
    /// <param name="line">Starts with two hyphens.</param>
    public static bool IsBoundary(ReadOnlySpan<byte> line, ReadOnlySpan<byte> boundary, out bool closes)
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

    /// <summary>Forgets the innermost part.</summary>
    public void Drop()
    {
        _boundaries -= Top.Boundary is not null && _boundaries > 0 ? 1 : 0;
        _open.RemoveAt(_open.Count - 1);
    }

    /// <summary>Closes the innermost parts until so many are left open; returns the one closed last, null where there was none.</summary>
    public MimePart? CloseTo(int count, long end, long linesBeforeEnd)
    {
        MimePart? closed = null;
        while (_open.Count > count)
        {
            var top = Top;
            Drop();
            closed = top.Close(end, linesBeforeEnd);
            if (_open.Count > 0 && top.IsMessageRoot)
            {
                Top.Contain(closed);
            }
            else if (_open.Count > 0)
            {
                Top.Add(closed);
            }
        }

        return closed;
    }
}
