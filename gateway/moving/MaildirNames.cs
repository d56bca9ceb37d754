using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Gateway.Moving;

/// <summary>
/// Mailbox names as folders of a Maildir++: INBOX is the top, every other mailbox a folder beside its cur, new and tmp, its levels
/// joined by dots behind a first dot, in modified UTF-7 (dovecot's default; mbsync and mutt take names as they are). A dot or a
/// backslash inside of a level is written as dovecot's listescape plugin does: \2e and \5c.
/// </summary>
internal static class MaildirNames
{
    /// <summary>Longest file name, in bytes, of the file systems that matter.</summary>
    public const int FolderBytesMax = 255;

    private const string Dot = "\\2e";
    private const string Backslash = "\\5c";
    private const int HashBytes = 16;

    /// <summary>The folder of a mailbox, relative to the Maildir; empty for INBOX. A name too long for a folder becomes a hash.</summary>
    public static string Folder(string mailbox)
    {
        if (mailbox == MailboxNames.Inbox) return "";
        var levels = mailbox.Split(MailboxNames.Separator).Select(level =>
            ModifiedUtf7.Encode(level).Replace("\\", Backslash, StringComparison.Ordinal).Replace(".", Dot, StringComparison.Ordinal));
        var folder = "." + string.Join('.', levels);
        if (folder.Length <= FolderBytesMax) return folder;
        return ".long-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(mailbox)).AsSpan(0, HashBytes));
    }

    /// <summary>
    /// The mailbox of a folder in somebody's Maildir: Maildir++ (".Work.Letters"), plain folders ("Work/Letters") and both mixed. What
    /// no mailbox name may hold becomes an underscore.
    /// </summary>
    /// <param name="folder">Relative to the Maildir; empty or "." for the top.</param>
    /// <returns>Null when no valid name can be made of it.</returns>
    public static string? Mailbox(string folder)
    {
        var levels = new List<string>();
        foreach (var part in folder.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.StartsWith('.')) levels.AddRange(part.Split('.', StringSplitOptions.RemoveEmptyEntries));
            else levels.Add(part);
        }

        var name = MailboxNames.Fold(string.Join(MailboxNames.Separator, levels.Select(Level)));
        return name.Length == 0 ? MailboxNames.Inbox : MailboxNames.IsValid(name) ? name : null;
    }

    private static string Level(string part)
    {
        var plain = part.Replace(Dot, ".", StringComparison.OrdinalIgnoreCase).Replace(Backslash, "\\", StringComparison.OrdinalIgnoreCase);
        var name = ModifiedUtf7.TryDecode(Encoding.UTF8.GetBytes(plain), out var decoded) ? decoded : plain;
        var clean = new StringBuilder(name.Length);
        foreach (var letter in name)
        {
            clean.Append(char.IsControl(letter) || letter is '%' or '*' or '\uFFFD' or MailboxNames.Separator ? '_' : letter);
        }

        return clean.ToString();
    }
}
