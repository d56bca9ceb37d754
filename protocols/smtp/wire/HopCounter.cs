namespace CompatBot.Protocols.Smtp.Wire;

/// <summary>Counts the Received fields of a message that streams by: how many servers it came through (RFC 5321 section 6.3).</summary>
public sealed class HopCounter
{
    private static readonly byte[] Name = "received:"u8.ToArray();

    /// <summary>Octets of the current line that were seen, up to the name's length; -1: it is not one, whatever follows.</summary>
    private int _at;
    private bool _isOver, _isLineEmpty = true;

    public int Hops { get; private set; }

    /// <summary>Takes octets, cut anywhere; those behind the header cost nothing.</summary>
    public void Write(ReadOnlySpan<byte> octets)
    {
        while (!_isOver && !octets.IsEmpty)
        {
            var octet = octets[0];
            if (octet == '\n')
            {
                _isOver = _isLineEmpty;
                (_at, _isLineEmpty) = (0, true);
                octets = octets[1..];
                continue;
            }

            if (octet != '\r') _isLineEmpty = false;
            if (_at >= 0 && (octet | 0x20) == Name[_at] && (octet == Name[_at] || octet is >= (byte)'A' and <= (byte)'Z'))
            {
                if (++_at == Name.Length) (Hops, _at) = (Hops + 1, -1);
                octets = octets[1..];
                continue;
            }

            _at = -1;
            var end = octets.IndexOf((byte)'\n');
            if (end != 0 && octets[..(end < 0 ? octets.Length : end)].ContainsAnyExcept((byte)'\r')) _isLineEmpty = false;
            octets = end < 0 ? [] : octets[end..];
        }
    }
}
