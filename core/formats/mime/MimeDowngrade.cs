using System.Buffers;
using System.Text;

namespace CompatBot.Formats.Mime;

/// <summary>What a message is made fit for.</summary>
public enum MimeForm
{
    /// <summary>Lines of any octets but CR, LF and NUL (8BITMIME): only parts of any octets at all are encoded.</summary>
    EightBit,

    /// <summary>Lines of ASCII: every part that is not encoded yet is.</summary>
    SevenBit,
}

/// <summary>
/// Encodes parts of a message while it goes by, for who takes no 8-bit or no binary octets (RFC 6152 section 3, RFC 3030 section 3).
/// What a part decodes to stays; signatures over the octets do not. Header fields with raw octets get encoded words.
/// </summary>
public sealed class MimeDowngrade(MimeForm form)
{
    /// <summary>A header that is longer, in octets, is taken for a body.</summary>
    private const int HeaderBytesMax = 1 << 20;

    private readonly OpenParts _open = new();
    private readonly ArrayBufferWriter<byte> _header = new();
    private readonly ArrayBufferWriter<byte> _line = new(256);
    private readonly ArrayBufferWriter<byte> _output = new(4096);
    private PartEncoder? _encoder;
    private bool _isInHeader = true, _endsLine = true;

    /// <summary>Octets at the start of the line being gathered that were written before.</summary>
    private int _lent;

    /// <summary>Takes octets of the message; the pieces may be cut anywhere.</summary>
    /// <returns>What can go on; valid until the next call.</returns>
    public ReadOnlyMemory<byte> Take(ReadOnlySpan<byte> octets)
    {
        Begin();
        while (!octets.IsEmpty) octets = octets[(_isInHeader ? Header(octets) : Body(octets))..];
        if (_output.WrittenCount > 0) _endsLine = _output.WrittenSpan[^1] == '\n';
        return _output.WrittenMemory;
    }

    /// <summary>The message is at its end.</summary>
    public ReadOnlyMemory<byte> Finish()
    {
        Begin();
        if (_isInHeader)
        {
            _header.Write(_line.WrittenSpan);
            _line.ResetWrittenCount();
            EndHeader(hasBlankLine: false);
        }

        Let(_line.WrittenSpan[_lent..]);
        EndPart();
        if (_output.WrittenCount > 0 ? _output.WrittenSpan[^1] != '\n' : !_endsLine) _output.Write("\r\n"u8);
        return _output.WrittenMemory;
    }

    private void Begin()
    {
        _output.ResetWrittenCount();
        if (_open.Depth == 0) _open.Push(new OpenPart(0, isMessageRoot: true, PartForm.Leaf));
    }

    private int Header(ReadOnlySpan<byte> octets)
    {
        var end = octets.IndexOf((byte)'\n') + 1;
        var piece = end > 0 ? octets[..end] : octets;
        _line.Write(piece);
        if (end == 0 && _line.WrittenCount + _header.WrittenCount <= HeaderBytesMax) return piece.Length;
        var line = _line.WrittenSpan;
        if (HeaderReader.IsBlank(line))
        {
            _line.ResetWrittenCount();
            EndHeader(hasBlankLine: true);
        }
        else if (end > 0 && _open.Find(line, out _) >= 0)
        {
            EndHeader(hasBlankLine: false);
            EndPart();
            Boundary(line);
        }
        else
        {
            _header.Write(line);
            _line.ResetWrittenCount();
            if (_header.WrittenCount > HeaderBytesMax) EndHeader(hasBlankLine: false);
        }

        return piece.Length;
    }

    private void EndHeader(bool hasBlankLine)
    {
        var header = _header.WrittenMemory.ToArray();
        _header.ResetWrittenCount();
        var fields = new HeaderFields([.. HeaderBlock.Fields(header)], complete: true);
        var content = ContentInfo.Of(fields, _open.Top.Form);
        var kind = ContentInfo.FormOf(fields, _open.Top.Form);
        if (_open.Depth > MimeLimits.Default.DepthMax) kind = PartForm.Leaf;
        var isRaw = content.Encoding.ToLowerInvariant() is not ("base64" or "quoted-printable");
        var isToEncode = isRaw && (form == MimeForm.SevenBit || Is(content.Encoding, "binary"));
        var isText = Is(content.Type, "text");
        var isLeaf = kind is PartForm.Leaf or PartForm.Opaque;
        if (isToEncode)
        {
            // A multipart and a message are encoded by their parts (RFC 2045 section 6.4).
            var encoding = !isLeaf ? form == MimeForm.SevenBit ? "7bit" : "8bit" : isText ? "quoted-printable" : "base64";
            using var rest = new MemoryStream(header.Length);
            HeaderBlock.WriteWithout(header, field => field.Is("Content-Transfer-Encoding"u8), rest);
            WriteHeader(rest.ToArray());
            var isMime = fields.Text("Content-Transfer-Encoding"u8) is not null || !fields.First("Content-Type"u8).Raw.IsEmpty;
            if (isMime || isLeaf) _output.Write(Encoding.ASCII.GetBytes($"Content-Transfer-Encoding: {encoding}\r\n"));
            if (isLeaf && _open.Depth == 1 && fields.Text("MIME-Version"u8) is null) _output.Write("MIME-Version: 1.0\r\n"u8);
        }
        else
        {
            WriteHeader(header);
        }

        if (hasBlankLine || (isToEncode && isLeaf)) _output.Write("\r\n"u8);
        if (isToEncode && isLeaf) _encoder = new PartEncoder(isText);
        if (kind == PartForm.Multipart)
        {
            _open.Top.IsDigest = ContentInfo.IsDigest(fields);
            if (ContentInfo.BoundaryOf(fields.Text("Content-Type"u8) ?? "") is { } boundary) _open.Expect(WireText.Bytes(boundary));
        }
        else if (kind == PartForm.Message)
        {
            _open.Push(new OpenPart(0, isMessageRoot: true, PartForm.Leaf));
            return;
        }

        _isInHeader = false;

        // The line end before a boundary is the boundary's: here it was the header's.
        _line.Write("\r\n"u8);
        _lent = 2;
    }

    /// <summary>Fields as they are, but for octets that do not go.</summary>
    private void WriteHeader(ReadOnlyMemory<byte> header)
    {
        if (form == MimeForm.EightBit || Ascii.IsValid(header.Span))
        {
            _output.Write(header.Span);
            return;
        }

        var word = new ArrayBufferWriter<byte>();
        foreach (var octet in header.Span)
        {
            if (octet is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            {
                word.Write([octet]);
                continue;
            }

            WriteWord(word.WrittenSpan);
            word.ResetWrittenCount();
            _output.Write([octet]);
        }

        WriteWord(word.WrittenSpan);
    }

    private void WriteWord(ReadOnlySpan<byte> word)
    {
        const int OctetsMax = 45; // RFC 2047 section 2: an encoded word has at most 75 characters.
        if (Ascii.IsValid(word))
        {
            _output.Write(word);
            return;
        }

        var charset = System.Text.Unicode.Utf8.IsValid(word) ? "utf-8" : "unknown-8bit";
        var isFirst = true;
        for (var rest = word; !rest.IsEmpty; isFirst = false)
        {
            var taken = Math.Min(OctetsMax, rest.Length);
            while (taken < rest.Length && taken > 1 && charset[0] == 'u' && (rest[taken] & 0xC0) == 0x80) taken--;
            _output.Write(Encoding.ASCII.GetBytes($"{(isFirst ? "" : " ")}=?{charset}?B?{Convert.ToBase64String(rest[..taken])}?="));
            rest = rest[taken..];
        }
    }

    private int Body(ReadOnlySpan<byte> octets)
    {
        if (_line.WrittenCount > 0) return Gather(octets);
        var next = _open.HasBoundaries ? octets.IndexOf((byte)'\r') : -1;
        if (next == 0) return Gather(octets);
        Let(next < 0 ? octets : octets[..next]);
        return next < 0 ? octets.Length : next;
    }

    /// <summary>Takes one octet of what may be CRLF and a boundary line.</summary>
    private int Gather(ReadOnlySpan<byte> octets)
    {
        const int Start = 4; // CR, LF, two hyphens
        if (!_open.HasBoundaries || _line.WrittenCount > MimeLimits.Default.BoundaryLineBytesMax) return Release();
        var at = _line.WrittenCount;
        if (at < Start && octets[0] != "\r\n--"u8[at]) return Release();
        _line.Write(octets[..1]);
        if (at < Start || octets[0] != '\n') return 1;
        var line = _line.WrittenSpan[2..];
        if (_open.Find(line, out _) >= 0)
        {
            EndPart();
            if (_lent == 0) _output.Write("\r\n"u8);
            Boundary(line);
            return 1;
        }

        // Its own end may be that before a boundary.
        var hasCr = line.Length > 1 && line[^2] == '\r';
        Let(_line.WrittenSpan[_lent..^(hasCr ? 2 : 0)]);
        _line.ResetWrittenCount();
        _lent = 0;
        if (hasCr) _line.Write("\r\n"u8);
        return 1;

        int Release()
        {
            Let(_line.WrittenSpan[_lent..]);
            _line.ResetWrittenCount();
            _lent = 0;
            return 0;
        }
    }

    private void EndPart()
    {
        _encoder?.Finish(_output);
        _encoder = null;
    }

    private void Boundary(ReadOnlySpan<byte> line)
    {
        var owner = _open.Find(line, out var closes);
        _output.Write(line);
        _line.ResetWrittenCount();
        _lent = 0;
        while (_open.Depth > owner + 1) _open.Drop();
        if (closes)
        {
            _open.ExpectNoMore();
            _line.Write("\r\n"u8);
            _lent = 2;
            return;
        }

        _open.Push(new OpenPart(0, isMessageRoot: false, _open.Top.IsDigest ? PartForm.InDigest : PartForm.Leaf));
        _isInHeader = true;
    }

    /// <summary>Octets of a body.</summary>
    private void Let(ReadOnlySpan<byte> octets)
    {
        if (_encoder is not null)
        {
            _encoder.Write(octets, _output);
            return;
        }

        if (form == MimeForm.EightBit || Ascii.IsValid(octets))
        {
            _output.Write(octets);
            return;
        }

        // Preambles, and parts that say they are encoded and are not.
        foreach (var octet in octets) _output.Write([octet < 128 ? octet : (byte)'?']);
    }

    private static bool Is(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
}
