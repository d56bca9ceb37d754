using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Mail;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Imap.Sorting;

namespace CompatBot.Protocols.Imap;

/// <summary>Names of mailboxes that a rename does not change, and of conversations (RFC 8474 sections 4 and 5.2).</summary>
internal static class ObjectIds
{
    public static string Of(MailboxState mailbox) => Of(mailbox.Id);

    public static string Of(MailboxId id) => string.Create(CultureInfo.InvariantCulture, $"F{id.Value}");

    /// <summary>
    /// The same for all messages that name the same first message of their conversation, in all mailboxes and for ever: a function of the
    /// message alone. Null: it names none, and has no id itself.
    /// </summary>
    public static string? ThreadOf(MimeMessage message) => MessageIds.RootOf(message) is { } root
        ? $"T{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(root)).AsSpan(0, 16))}"
        : null;
}
