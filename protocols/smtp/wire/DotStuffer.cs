namespace CompatBot.Protocols.Smtp.Wire;

/// <summary>
/// Cuts a message into pieces before each line that begins with a dot, so that the sender can put one more in front
/// (RFC 5321 section 4.5.2). Only a dot behind CRLF begins a line: nothing else in a message can end it at the other side.
/// </summary>
public sealed class DotStuffer
{
    // 2: behind CRLF, at the start of a line. 1: behind CR.
    private int _at = 2;

    /// <summary>What was taken so far ends in CRLF, or is nothing.</summary>
    public bool IsAtLineStart => _at == 2;

    /// <summary>Takes the octets up to and with the next dot that must be doubled.</summary>
    /// <param name="octets">What is left of a part.</param>
    /// <param name="doubles">The last of the octets taken is to be sent once more.</param>
    /// <returns>How many octets were taken: all, or up to the dot.</returns>
    public int Next(ReadOnlySpan<byte> octets, out bool doubles)
    {
        doubles = false;
        for (var from = 0; from < octets.Length;)
        {
            if (_at == 0)
            {
                var skip = octets[from..].IndexOf((byte)'\r');
                if (skip < 0) return octets.Length;
                from += skip + 1;
                _at = 1;
                continue;
            }

            var octet = octets[from++];
            if (_at == 2 && octet == '.')
            {
                (_at, doubles) = (0, true);
                return from;
            }

            _at = octet == '\r' ? 1 : octet == '\n' && _at == 1 ? 2 : 0;
        }

        return octets.Length;
    }
}
