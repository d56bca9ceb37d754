using CompatBot.Core.Mail;

namespace CompatBot.Protocols.Imap;

/// <summary>Roles of mailboxes as RFC 6154 names them.</summary>
public static class SpecialUses
{
    /// <summary>The attribute of LIST; null for a mailbox without a role.</summary>
    public static string? Attribute(SpecialUse use) => use switch
    {
        SpecialUse.None => null,
        SpecialUse.Archive => "\\Archive",
        SpecialUse.Drafts => "\\Drafts",
        SpecialUse.Junk => "\\Junk",
        SpecialUse.Sent => "\\Sent",
        SpecialUse.Trash => "\\Trash",
        _ => throw new ArgumentOutOfRangeException(nameof(use), use, null),
    };

    /// <param name="name">Without its backslash, in upper case.</param>
    public static bool TryParse(string name, out SpecialUse use)
    {
        use = name switch
        {
            "ARCHIVE" => SpecialUse.Archive,
            "DRAFTS" => SpecialUse.Drafts,
            "JUNK" => SpecialUse.Junk,
            "SENT" => SpecialUse.Sent,
            "TRASH" => SpecialUse.Trash,
            _ => SpecialUse.None,
        };
        return use != SpecialUse.None;
    }
}
