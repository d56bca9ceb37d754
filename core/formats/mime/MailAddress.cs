namespace CompatBot.Formats.Mime;

/// <summary>
/// One address, or the start or end of a group, in the shape of RFC 3501 section 7.4.2: a group starts with Host null and its name in
/// Mailbox, and ends with Host and Mailbox null. All wire text, encoded words left as found.
/// </summary>
/// <param name="Name">The display name, unquoted, or the comment behind a bare address.</param>
/// <param name="Route">The obsolete source route, "@a,@b".</param>
/// <param name="Mailbox">The local part, unquoted; empty where the field has none.</param>
/// <param name="Host">The domain; empty (never null) where an address has none.</param>
public readonly record struct MailAddress(string? Name, string? Route, string? Mailbox, string? Host)
{
    public static MailAddress GroupEnd { get; }

    public bool IsGroupStart => Host is null && Mailbox is not null;

    public bool IsGroupEnd => Host is null && Mailbox is null;

    public static MailAddress GroupStart(string name) => new(null, null, name, null);
}
