using System.Collections;

namespace CompatBot.Formats.Mime;

/// <summary>One header field as found.</summary>
/// <param name="Raw">The whole field: name, colon, value, folds and line end.</param>
/// <param name="NameLength">Bytes of the name at the start of Raw.</param>
/// <param name="ValueStart">Where the value starts in Raw, behind the colon.</param>
public readonly record struct HeaderField(ReadOnlyMemory<byte> Raw, int NameLength, int ValueStart)
{
    public ReadOnlySpan<byte> Name => Raw.Span[..NameLength];

    public ReadOnlySpan<byte> Value => Raw.Span[ValueStart..];

    /// <summary>The name in lower case.</summary>
    public string Key => System.Text.Encoding.ASCII.GetString(Name).ToLowerInvariant();

    public bool Is(ReadOnlySpan<byte> name) => System.Text.Ascii.EqualsIgnoreCase(Name, name);
}

/// <summary>The header fields that a summary keeps, in their order.</summary>
public sealed class HeaderFields(HeaderField[] fields, bool complete) : IReadOnlyList<HeaderField>
{
    internal static HeaderFields Empty { get; } = new([], true);

    /// <summary>False where a limit cut or dropped a field that would have been kept.</summary>
    public bool Complete { get; } = complete;

    public int Count => fields.Length;

    public HeaderField this[int index] => fields[index];

    /// <summary>
    /// True where every field of this name in the message's header is here, so that HEADER.FIELDS and SEARCH HEADER can be answered
    /// without reading the message (of a message's own fields; a part keeps its Content-* fields alone).
    /// </summary>
    public bool Answers(ReadOnlySpan<byte> name) => Complete && AreKept(name);

    /// <summary>Whether summaries have all fields of a name, unless a message has so many that they are not complete.</summary>
    public static bool AreKept(ReadOnlySpan<byte> name) => KeptFields.Of(name, message: true) == Keep.All;

    /// <summary>The first field of this name; its Raw is empty where there is none.</summary>
    public HeaderField First(ReadOnlySpan<byte> name)
    {
        foreach (var field in fields)
        {
            if (field.Is(name))
            {
                return field;
            }
        }

        return default;
    }

    /// <summary>The first field's value, unfolded, as wire text; null where there is none.</summary>
    public string? Text(ReadOnlySpan<byte> name)
    {
        var field = First(name);
        return field.Raw.IsEmpty ? null : WireText.Unfold(field.Value);
    }

    public IEnumerator<HeaderField> GetEnumerator() => ((IEnumerable<HeaderField>)fields).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => fields.GetEnumerator();
}
