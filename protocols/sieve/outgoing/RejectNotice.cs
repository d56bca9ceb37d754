using System.Text;
using CompatBot.Core.Queue;
using CompatBot.Protocols.Sieve.Language;

namespace CompatBot.Protocols.Sieve.Outgoing;

/// <summary>Tells a sender that the owner does not want the message: a disposition notification (RFC 5429, RFC 8098).</summary>
internal static class RejectNotice
{
    /// <returns>Null: nobody is to be told, since the message itself is a notice.</returns>
    public static OutgoingMail? Of(SieveErrand errand, SieveReject reject)
    {
        var sender = errand.Mail.Sender;
        if (sender.Length == 0) return null;
        var boundary = $"=_{Guid.NewGuid():N}";
        var header = errand.Message.Header;
        var text = new StringBuilder(errand.Head(
            $"<{errand.Owner.Address}>", sender, $"Rejected: {header.Values("subject").FirstOrDefault("")}", "auto-replied"));
        text.Append("Content-Type: multipart/report; report-type=disposition-notification;\r\n\tboundary=\"").Append(boundary).Append(
            "\"\r\n\r\n")
            .Append("--").Append(boundary).Append("\r\n").Append(SieveErrand.Text(reject.Reason))
            .Append("\r\n--").Append(boundary).Append("\r\nContent-Type: message/disposition-notification\r\n\r\n")
            .Append("Reporting-UA: ").Append(errand.HostName).Append("; CompatBot\r\n")
            .Append("Final-Recipient: rfc822; ").Append(errand.Owner.Address).Append("\r\n");
        if (header.Values("message-id").FirstOrDefault() is { } id)
        {
            text.Append("Original-Message-ID: ").Append(SieveErrand.OneLine(id)).Append("\r\n");
        }

        return errand.Own(sender, text.Append("Disposition: automatic-action/MDN-sent-automatically; deleted\r\n\r\n--")
            .Append(boundary).Append("--\r\n").ToString());
    }
}
