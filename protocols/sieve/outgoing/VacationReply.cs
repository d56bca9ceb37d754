using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Queue;
using CompatBot.Protocols.Sieve.Language;
using CompatBot.Protocols.Sieve.Language.Tests;

namespace CompatBot.Protocols.Sieve.Outgoing;

/// <summary>Answers a message in the owner's absence, as seldom and as carefully as RFC 5230 section 4 and RFC 3834 demand.</summary>
internal static class VacationReply
{
    private static readonly string[] ToFields = ["to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc"];
    private static readonly string[] ListFields =
        ["list-id", "list-help", "list-subscribe", "list-unsubscribe", "list-post", "list-owner", "list-archive"];
    private static readonly string[] Machines =
        ["mailer-daemon", "listserv", "majordomo", "noreply", "no-reply", "donotreply", "do-not-reply"];

    /// <returns>The answer; null: none is due. What is to be remembered of it is put to the memories.</returns>
    public static OutgoingMail? Of(SieveErrand errand, SieveVacation vacation, List<(string Key, DateTimeOffset Until)> memories)
    {
        var (mail, header) = (errand.Mail, errand.Message.Header);
        if (!IsPerson(mail.Sender) || errand.Owner.Owns(mail.Sender, vacation.Addresses)) return null;
        if (header.Values("auto-submitted").Any(value => !value.StartsWith("no", StringComparison.OrdinalIgnoreCase))) return null;
        if (header.Values("precedence").Any(value => value.Trim().ToLowerInvariant() is "bulk" or "list" or "junk")) return null;
        if (ListFields.Any(name => header.Fields(name).Any())) return null;
        if (!ToFields.SelectMany(header.Fields).SelectMany(field => AddressTest.Addresses(Formats.Mime.WireText.Unfold(field.Value)))
            .Any(address => errand.Owner.Owns(address, vacation.Addresses))) return null;

        var key = Convert.ToHexStringLower(SHA256.HashData(
            Encoding.UTF8.GetBytes($"vacation\0{vacation.Handle}\0{mail.Sender.ToLowerInvariant()}")));
        if (mail.Remembers(key)) return null;
        if (vacation.Period > TimeSpan.Zero) memories.Add((key, errand.Now + vacation.Period));
        return errand.Own(mail.Sender, Write(errand, vacation));
    }

    private static bool IsPerson(string sender)
    {
        var at = sender.LastIndexOf('@');
        if (at <= 0) return false;
        var local = sender[..at].ToLowerInvariant();
        return !Machines.Contains(local) && !local.StartsWith("owner-", StringComparison.Ordinal)
            && !local.EndsWith("-request", StringComparison.Ordinal) && !local.EndsWith("-owner", StringComparison.Ordinal)
            && !local.Contains("-bounces", StringComparison.Ordinal);
    }

    private static string Write(SieveErrand errand, SieveVacation vacation)
    {
        var header = errand.Message.Header;
        var subject = vacation.Subject ?? $"Auto: {header.Values("subject").FirstOrDefault("")}";
        var text = new StringBuilder(errand.Head(errand.Author(vacation.From), errand.Mail.Sender, subject, "auto-replied"));
        if (header.Values("message-id").FirstOrDefault() is { } id)
        {
            text.Append("In-Reply-To: ").Append(SieveErrand.OneLine(id)).Append("\r\nReferences: ")
                .Append(SieveErrand.OneLine(header.Values("references").FirstOrDefault("") + " " + id)).Append("\r\n");
        }

        // Of Exchange, which has no other word for "do not answer this".
        text.Append("X-Auto-Response-Suppress: All\r\n");
        return text.Append(vacation.IsMime ? vacation.Reason.ReplaceLineEndings("\r\n") : SieveErrand.Text(vacation.Reason)).ToString();
    }
}
