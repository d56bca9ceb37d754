using System.Buffers;

namespace CompatBot.Formats.Mime;

/// <summary>
/// The header fields that a message's summary keeps, one after the other, read where the encoded summary lies: nothing is decoded, and no
/// memory is taken. A copy goes through them anew from where the original is.
/// </summary>
public ref struct SummaryFields
{
    private readonly ReadOnlyMemory<byte>? _others;
    private SummaryReader _reader;
    private long _left;
    private ReadOnlySpan<byte> _raw;

    internal SummaryFields(SummaryReader reader, ReadOnlyMemory<byte>? others, bool isComplete, long count)
    {
        (_others, IsComplete, _left) = (others, isComplete, count);
        _reader = reader;
    }

    /// <summary>False where a limit cut or dropped a field that would have been kept.</summary>
    public bool IsComplete { get; }

    /// <summary>The field's name, as found.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>What follows the colon, line ends included.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <returns>False where the bytes are no summary of a version known here.</returns>
    public static bool TryOpen(ReadOnlyMemory<byte> summary, out SummaryFields fields) => SummaryCodec.TryFields(summary, out fields);

    public bool Read()
    {
        if (_left-- <= 0) return false;
        var code = _reader.Number();
        var bytes = _reader.Bytes().Span;
        if (_reader.Failed) return false;
        Name = code > 0 ? KeptFields.Name((int)Math.Min(code - 1, int.MaxValue)) : default;
        _raw = Name.IsEmpty ? bytes : default;
        Value = bytes;
        if (!Name.IsEmpty) return true;
        if (!HeaderReader.TryName(bytes, out var name, out var valueStart)) return false;
        Name = name;
        Value = bytes[valueStart..];
        return true;
    }

    /// <summary>Whether the message's header has no field of this name, or all of that name are here.</summary>
    public readonly bool Answers(ReadOnlySpan<byte> name) => HeaderFields.AreKept(name) ? IsComplete : !MayHave(name);

    /// <summary>The field as it is in the message, with a line end behind it in any case.</summary>
    public readonly void CopyTo(IBufferWriter<byte> output)
    {
        if (_raw.IsEmpty)
        {
            output.Write(Name);
            output.Write(":"u8);
            output.Write(Value);
        }
        else
        {
            output.Write(_raw);
        }

        if (!Value.EndsWith("\n"u8)) output.Write("\r\n"u8);
    }

    private readonly bool MayHave(ReadOnlySpan<byte> name)
    {
        if (_others is not { } others || KeptFields.Of(name, message: true) != Keep.No) return true;
        var hash = OtherNames.Hash(name);
        var span = others.Span;
        for (var at = 0; at < span.Length; at += sizeof(ushort))
        {
            if ((ushort)(span[at] | (span[at + 1] << 8)) == hash) return true;
        }

        return false;
    }
}
