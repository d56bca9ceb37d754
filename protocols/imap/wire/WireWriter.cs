using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace CompatBot.Protocols.Imap.Wire;

/// <summary>Writes IMAP's tokens into a pipe without allocating. Call <see cref="Commit"/> before anyone else writes or flushes.</summary>
public ref struct WireWriter(IBufferWriter<byte> output)
{
    private const int SpanBytes = 512;

    /// <summary>Longest quoted string; what is longer goes as a literal, which no client has to scan.</summary>
    private const int QuotedBytesMax = 1000;

    private static readonly SearchValues<byte> NotQuotable = SearchValues.Create(
        [.. Enumerable.Range(0, 256).Select(value => (byte)value)
            .Where(value => value is < 32 or > 126 and not 0 or (byte)'"' or (byte)'\\')]);

    private static readonly SearchValues<byte> AtomBytes = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&'+,-./:;<=>?@[^_`|~"u8);

    private readonly IBufferWriter<byte> _output = output;
    private Span<byte> _span;
    private int _used;

    public void Commit()
    {
        if (_used > 0) _output.Advance(_used);
        _span = default;
        _used = 0;
    }

    public void Byte(byte value)
    {
        if (_used == _span.Length) Grow(1);
        _span[_used++] = value;
    }

    public void Raw(scoped ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _span.Length - _used)
        {
            if (bytes.Length > SpanBytes)
            {
                Commit();
                _output.Write(bytes);
                return;
            }

            Grow(bytes.Length);
        }

        bytes.CopyTo(_span[_used..]);
        _used += bytes.Length;
    }

    public void Number(ulong value)
    {
        if (_span.Length - _used < 20) Grow(20);
        Utf8Formatter.TryFormat(value, _span[_used..], out var digits);
        _used += digits;
    }

    public void Number(long value) => Number((ulong)value);

    /// <summary>Text as UTF-8, as it is.</summary>
    public void Text(string text)
    {
        if (_span.Length - _used < text.Length * 3)
        {
            Commit();
            if (text.Length * 3 > SpanBytes)
            {
                Encoding.UTF8.GetBytes(text, _output);
                return;
            }

            Grow(text.Length * 3);
        }

        _used += Encoding.UTF8.GetBytes(text, _span[_used..]);
    }

    public void Nil() => Raw("NIL"u8);

    public void CrLf() => Raw("\r\n"u8);

    /// <summary>string: quoted where it may be, else a literal. NUL may stand in neither (CHAR8) and is left out.</summary>
    [SuppressMessage("Naming", "CA1720", Justification = "The grammar's own word.")]
    public void String(scoped ReadOnlySpan<byte> value)
    {
        if (value.Length <= QuotedBytesMax && !value.ContainsAny(NotQuotable))
        {
            Byte((byte)'"');
            Raw(value);
            Byte((byte)'"');
            return;
        }

        if (value.Length <= QuotedBytesMax && !value.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            Byte((byte)'"');
            foreach (var letter in value)
            {
                if (letter is (byte)'"' or (byte)'\\') Byte((byte)'\\');
                Byte(letter);
            }

            Byte((byte)'"');
            return;
        }

        LiteralHeader(value.Length - value.Count((byte)0));
        for (var nul = value.IndexOf((byte)0); nul >= 0; nul = value.IndexOf((byte)0))
        {
            Raw(value[..nul]);
            value = value[(nul + 1)..];
        }

        Raw(value);
    }

    /// <summary>Any octets, NULs too: quoted where they may be, else a literal.</summary>
    public void Bytes(scoped ReadOnlySpan<byte> value)
    {
        if (value.Length <= QuotedBytesMax && !value.ContainsAny(NotQuotable))
        {
            String(value);
            return;
        }

        LiteralHeader(value.Length);
        Raw(value);
    }

    /// <summary>nstring of header text whose chars are bytes.</summary>
    public void NString(string? wireText)
    {
        if (wireText is null)
        {
            Nil();
            return;
        }

        var rented = wireText.Length > SpanBytes ? ArrayPool<byte>.Shared.Rent(wireText.Length) : null;
        var bytes = rented ?? stackalloc byte[SpanBytes];
        String(bytes[..Encoding.Latin1.GetBytes(wireText, bytes)]);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented, clearArray: true);
    }

    /// <summary>astring: an atom where it may be, so that names look as people expect them.</summary>
    public void AString(string value)
    {
        if (value.Length is > 0 and < 200 && !value.Equals("NIL", StringComparison.OrdinalIgnoreCase))
        {
            Span<byte> bytes = stackalloc byte[600];
            var atom = bytes[..Encoding.UTF8.GetBytes(value, bytes)];
            if (!atom.ContainsAnyExcept(AtomBytes))
            {
                Raw(atom);
                return;
            }
        }

        String(Encoding.UTF8.GetBytes(value));
    }

    /// <summary>A mailbox name: Unicode within; on the wire modified UTF-7, or where the client speaks it UTF-8.</summary>
    public void Mailbox(string name, bool isUtf8)
    {
        if (!isUtf8 || Ascii.IsValid(name))
        {
            AString(isUtf8 ? name : ModifiedUtf7.Encode(name));
            return;
        }

        Byte((byte)'"');
        Text(name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal));
        Byte((byte)'"');
    }

    public void LiteralHeader(long bytes)
    {
        Byte((byte)'{');
        Number((ulong)bytes);
        Raw("}\r\n"u8);
    }

    /// <summary>What a function writes, as text for a reply.</summary>
    public static string Compose(WireWriting write)
    {
        var text = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(text);
        write(ref writer);
        writer.Commit();
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <summary>The flags in brackets; a keyword's bit shows the name in its place.</summary>
    public void Flags(ulong flags, bool recent, scoped ReadOnlySpan<string> keywords)
    {
        Byte((byte)'(');
        var start = true;
        if ((flags & ImapFlags.Answered) != 0) Flag("\\Answered"u8, ref start);
        if ((flags & ImapFlags.Flagged) != 0) Flag("\\Flagged"u8, ref start);
        if ((flags & ImapFlags.Deleted) != 0) Flag("\\Deleted"u8, ref start);
        if ((flags & ImapFlags.Seen) != 0) Flag("\\Seen"u8, ref start);
        if ((flags & ImapFlags.Draft) != 0) Flag("\\Draft"u8, ref start);
        if (recent) Flag("\\Recent"u8, ref start);
        var bits = flags >> ImapFlags.FirstKeywordBit;
        for (var keyword = 0; bits != 0 && keyword < keywords.Length; keyword++, bits >>= 1)
        {
            if ((bits & 1) == 0) continue;
            if (!start) Byte((byte)' ');
            start = false;
            Text(keywords[keyword]);
        }

        Byte((byte)')');
    }

    /// <summary>uid-set (RFC 4315): ascending UIDs, with runs as ranges.</summary>
    public void UidSet(IReadOnlyList<uint> uids)
    {
        for (var first = 0; first < uids.Count;)
        {
            var last = first;
            while (last + 1 < uids.Count && uids[last + 1] == uids[last] + 1) last++;
            if (first > 0) Byte((byte)',');
            Number(uids[first]);
            if (last > first)
            {
                Byte((byte)':');
                Number(uids[last]);
            }

            first = last + 1;
        }
    }

    /// <summary>sequence-set of ascending ranges, at least one.</summary>
    public void Ranges(IReadOnlyList<(uint From, uint To)> ranges)
    {
        for (var at = 0; at < ranges.Count; at++)
        {
            if (at > 0) Byte((byte)',');
            Number(ranges[at].From);
            if (ranges[at].To == ranges[at].From) continue;
            Byte((byte)':');
            Number(ranges[at].To);
        }
    }

    private void Flag(scoped ReadOnlySpan<byte> name, ref bool start)
    {
        if (!start) Byte((byte)' ');
        start = false;
        Raw(name);
    }

    private void Grow(int bytes)
    {
        Commit();
        _span = _output.GetSpan(Math.Max(bytes, SpanBytes));
    }
}

/// <summary>Writes a part of a reply.</summary>
public delegate void WireWriting(ref WireWriter writer);
