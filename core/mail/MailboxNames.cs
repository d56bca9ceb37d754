using System.Text;

namespace CompatBot.Core.Mail;

/// <summary>Which names a mailbox may have, and their one spelling.</summary>
public static class MailboxNames
{
    public const char Separator = '/';

    public const string Inbox = "INBOX";

    /// <summary>Longest name, all levels together, in bytes of UTF-8.</summary>
    public const int NameBytesMax = 1000;

    /// <summary>Longest single level, in bytes of UTF-8: what clients can use as a file name.</summary>
    public const int LevelBytesMax = 255;

    public const int LevelsMax = 50;

    /// <summary>Most mailboxes in one account.</summary>
    public const int MailboxesMax = 10_000;

    /// <summary>Most deleted mailboxes that wait to be forgotten; beyond it none can be deleted.</summary>
    public const int DeletedMailboxesMax = 10_000;

    /// <summary>INBOX in any case becomes "INBOX", alone and as the first level (RFC 9051 section 5.1).</summary>
    public static string Fold(string name)
    {
        var end = name.IndexOf(Separator, StringComparison.Ordinal);
        var first = end < 0 ? name.AsSpan() : name.AsSpan(0, end);
        return first.Equals(Inbox, StringComparison.OrdinalIgnoreCase) ? string.Concat(Inbox, name.AsSpan(first.Length)) : name;
    }

    /// <summary>
    /// Whether a new mailbox may have this (folded) name: no empty level, no control character, no wildcard, within limits.
    /// </summary>
    public static bool IsValid(string name)
    {
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > NameBytesMax) return false;
        var levels = 0;
        foreach (var range in name.AsSpan().Split(Separator))
        {
            var level = name.AsSpan()[range];
            if (level.IsEmpty || ++levels > LevelsMax || Encoding.UTF8.GetByteCount(level) > LevelBytesMax) return false;
        }

        foreach (var c in name)
        {
            if (char.IsControl(c) || c is '%' or '*' or '\uFFFD') return false;
        }

        return true;
    }

    /// <summary>The names above a name, topmost first: "a/b/c" has "a" and "a/b".</summary>
    public static IEnumerable<string> Parents(string name)
    {
        for (var end = name.IndexOf(Separator, StringComparison.Ordinal); end >= 0; end = name.IndexOf(Separator, end + 1))
        {
            yield return name[..end];
        }
    }
}
