using System.Globalization;
using CompatBot.Core.Mail;

namespace CompatBot.Protocols.Imap;

/// <summary>Names of mailboxes that a rename does not change (RFC 8474 section 4).</summary>
internal static class ObjectIds
{
    public static string Of(MailboxState mailbox) => Of(mailbox.Id);

    public static string Of(MailboxId id) => string.Create(CultureInfo.InvariantCulture, $"F{id.Value}");
}
