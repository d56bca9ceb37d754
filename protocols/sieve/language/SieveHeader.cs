using System.Text;
using CompatBot.Formats.Mime;

namespace CompatBot.Protocols.Sieve.Language;

/// <summary>A message's header, as scripts see and edit it (RFC 5293). Immutable: an edit gives another one.</summary>
internal sealed class SieveHeader
{
    private readonly IReadOnlyList<HeaderField> _fields;
    private byte[]? _bytes;

    private SieveHeader(IReadOnlyList<HeaderField> fields, bool isEdited) => (_fields, IsEdited) = (fields, isEdited);

    /// <summary>It is not the one that the message came with.</summary>
    public bool IsEdited { get; }

    public static SieveHeader Of(ReadOnlyMemory<byte> header) => new(HeaderBlock.Fields(header), isEdited: false);

    /// <summary>The fields of a name, in their order.</summary>
    public IEnumerable<HeaderField> Fields(string name)
    {
        var wanted = Encoding.ASCII.GetBytes(name);
        return _fields.Where(field => field.Is(wanted));
    }

    /// <summary>Values of the fields of a name, decoded (RFC 5228 section 2.7.2).</summary>
    public IEnumerable<string> Values(string name) => Fields(name).Select(ValueOf);

    public static string ValueOf(HeaderField field) => EncodedWords.Decode(WireText.Unfold(field.Value));

    public SieveHeader With(string name, string value, bool last)
    {
        var raw = Encoding.UTF8.GetBytes($"{name}: {EncodedWords.Encode(value)}\r\n");
        var field = new HeaderField(raw, name.Length, name.Length + 1);
        return new SieveHeader(last ? [.. _fields, field] : [field, .. _fields], isEdited: true);
    }

    public SieveHeader Without(IReadOnlyCollection<HeaderField> gone) =>
        gone.Count == 0 ? this : new SieveHeader([.. _fields.Where(field => !gone.Any(one => one.Raw.Equals(field.Raw)))], isEdited: true);

    /// <summary>The header as octets, without the blank line.</summary>
    public byte[] ToBytes() => _bytes ??= Write();

    private byte[] Write()
    {
        using var output = new MemoryStream();
        foreach (var field in _fields)
        {
            output.Write(field.Raw.Span);
            if (!field.Raw.Span.EndsWith("\n"u8)) output.Write("\r\n"u8);
        }

        return output.ToArray();
    }
}
