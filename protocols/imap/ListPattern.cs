namespace CompatBot.Protocols.Imap;

/// <summary>A mailbox name with * (anything) and % (anything within one level) in it (RFC 3501 section 6.3.8).</summary>
public sealed class ListPattern(string pattern)
{
    /// <summary>Costs at most one step for each pair of a pattern's and a name's letters, however many wildcards there are.</summary>
    public bool Matches(string name)
    {
        var ignoreCase = name == "INBOX" || name.StartsWith("INBOX/", StringComparison.Ordinal);
        Span<bool> reached = name.Length < 512 ? stackalloc bool[name.Length + 1] : new bool[name.Length + 1];
        reached[0] = true;
        foreach (var letter in pattern)
        {
            if (letter is '*' or '%')
            {
                for (var at = 1; at <= name.Length; at++) reached[at] |= reached[at - 1] && (letter == '*' || name[at - 1] != '/');
                continue;
            }

            for (var at = name.Length; at > 0; at--)
            {
                reached[at] = reached[at - 1] && Same(letter, name[at - 1], ignoreCase && at <= 5);
            }

            reached[0] = false;
        }

        return reached[name.Length];
    }

    private static bool Same(char letter, char other, bool ignoreCase) =>
        letter == other || (ignoreCase && char.ToUpperInvariant(letter) == other);
}
