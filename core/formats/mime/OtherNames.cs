namespace CompatBot.Formats.Mime;

/// <summary>
/// Which header fields a message has of those that its summary does not keep, as hashes of their names: who looks for another one need not
/// read the message.
/// </summary>
internal sealed class OtherNames
{
    /// <summary>Different names of one message; of one with more nothing is known.</summary>
    public const int Most = 256;

    private readonly SortedSet<ushort> _hashes = [];

    /// <summary>The hashes, ascending; null: there are too many.</summary>
    public ushort[]? All => _hashes.Count > Most ? null : [.. _hashes];

    public void Add(ReadOnlySpan<byte> name)
    {
        if (_hashes.Count <= Most) _hashes.Add(Hash(name));
    }

    public void Clear() => _hashes.Clear();

    /// <summary>FNV-1a of the name in lower case, folded; stored in summaries, so it never changes.</summary>
    public static ushort Hash(ReadOnlySpan<byte> name)
    {
        var hash = 2166136261u;
        foreach (var octet in name)
        {
            var lower = octet is >= (byte)'A' and <= (byte)'Z' ? (byte)(octet | 0x20) : octet;
            hash = (hash ^ lower) * 16777619u;
        }

        return (ushort)(hash ^ (hash >> 16));
    }
}
