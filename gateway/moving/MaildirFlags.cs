using System.Buffers;
using System.Globalization;
using System.Text;
using CompatBot.Core.Mail;

namespace CompatBot.Gateway.Moving;

/// <summary>
/// Flags as the letters behind ":2," in the name of a Maildir's file. Keywords are the letters a to z, which the file
/// `dovecot-keywords` of the folder explains ("0 $Label1" is a); P is $Forwarded, as mutt and mbsync have it.
/// </summary>
internal static class MaildirFlags
{
    /// <summary>The file that says which keyword a letter stands for.</summary>
    public const string KeywordsFile = "dovecot-keywords";

    /// <summary>Keywords that have letters; further ones stand in our own list only.</summary>
    public const int LettersMax = 26;

    private static readonly SearchValues<char> NoAtom = SearchValues.Create("(){%*\"\\]");

    private const string Forwarded = "$Forwarded";

    // In ASCII order, as Maildir wants them.
    private static readonly (char Letter, MessageFlags Flag)[] System =
    [
        ('D', MessageFlags.Draft), ('F', MessageFlags.Flagged), ('R', MessageFlags.Answered),
        ('S', MessageFlags.Seen), ('T', MessageFlags.Deleted),
    ];

    /// <param name="flags">Of one message.</param>
    /// <param name="keywords">The mailbox's.</param>
    public static string Letters(MessageFlags flags, IReadOnlyList<string> keywords)
    {
        var letters = new List<char>();
        foreach (var (letter, flag) in System)
        {
            if ((flags & flag) != 0) letters.Add(letter);
        }

        foreach (var index in Indexes(flags))
        {
            if (index < LettersMax) letters.Add((char)('a' + index));
            if (index < keywords.Count && keywords[index].Equals(Forwarded, StringComparison.OrdinalIgnoreCase)) letters.Add('P');
        }

        letters.Sort();
        return new string([.. letters]);
    }

    /// <summary>Which of its mailbox's keywords a message has.</summary>
    public static IEnumerable<int> Indexes(MessageFlags flags)
    {
        for (var index = 0; index < MailboxState.KeywordsMax; index++)
        {
            if (((ulong)flags & (1UL << (MailboxState.KeywordBit + index))) != 0) yield return index;
        }
    }

    /// <summary>A file's name without its flags, and the flags. Some file systems have no colon: ";2," and "!2," count as well.</summary>
    public static (string Base, string Letters) Split(string file)
    {
        var at = file.LastIndexOf("2,", StringComparison.Ordinal);
        return at > 0 && file[at - 1] is ':' or ';' or '!' ? (file[..(at - 1)], file[(at + 2)..]) : (file, "");
    }

    public static (MessageFlags Flags, List<string> Keywords) Parse(string letters, IReadOnlyDictionary<int, string> known)
    {
        var (flags, keywords) = (MessageFlags.None, new List<string>());
        foreach (var letter in letters)
        {
            foreach (var (known1, flag) in System)
            {
                if (letter == known1) flags |= flag;
            }

            if (letter is >= 'a' and <= 'z' && known.TryGetValue(letter - 'a', out var keyword)) Add(keywords, keyword);
        }

        if (letters.Contains('P')) Add(keywords, Forwarded);
        return (flags, keywords);
    }

    public static void Add(List<string> keywords, string keyword)
    {
        if (!keywords.Contains(keyword, StringComparer.OrdinalIgnoreCase)) keywords.Add(keyword);
    }

    /// <summary>What `dovecot-keywords` says; nothing where it is missing. Lines that make no sense are passed over.</summary>
    public static Dictionary<int, string> Read(string folder)
    {
        var known = new Dictionary<int, string>();
        var path = Path.Combine(folder, KeywordsFile);
        if (!File.Exists(path)) return known;
        foreach (var line in File.ReadLines(path, Encoding.UTF8))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space <= 0) continue;
            if (!int.TryParse(line.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var index)) continue;
            if (index < LettersMax && IsKeyword(line[(space + 1)..])) known[index] = line[(space + 1)..];
        }

        return known;
    }

    /// <summary>Whether IMAP can carry it: an atom (RFC 9051 section 9) of reasonable length.</summary>
    public static bool IsKeyword(string text) =>
        text.Length is > 0 and <= 255 && !text.AsSpan().ContainsAnyExceptInRange('!', '~') && !text.AsSpan().ContainsAny(NoAtom);
}
