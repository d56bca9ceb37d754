using System.Text;
using CompatBot.Core.Queue;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Sieve.Language;
using CompatBot.Protocols.Sieve.Language.Commands;

namespace CompatBot.Protocols.Sieve.Outgoing;

/// <summary>Tells somebody by mail that a message came (RFC 5436).</summary>
internal static class NotifyMail
{
    /// <summary>Fields of the URI that are not for its writer to set (section 2.3).</summary>
    private static readonly string[] Taken =
        ["to", "from", "date", "message-id", "subject", "body", "auto-submitted", "received", "mime-version", "sender", "return-path"];

    public static IEnumerable<OutgoingMail> Of(SieveErrand errand, SieveNotification notification)
    {
        // A notice is not told of by another one (section 2.7.1).
        var header = errand.Message.Header;
        if (header.Values("auto-submitted").Any(value => !value.StartsWith("no", StringComparison.OrdinalIgnoreCase))) yield break;
        foreach (var recipient in NotifyCommand.Recipients(notification.Method).Take(SieveLimits.RedirectsMax))
        {
            yield return errand.Own(recipient, Write(errand, notification, recipient));
        }
    }

    private static string Write(SieveErrand errand, SieveNotification notification, string recipient)
    {
        var header = errand.Message.Header;
        var fields = NotifyCommand.Fields(notification.Method).ToList();
        var (from, subject) = (header.Values("from").FirstOrDefault(""), header.Values("subject").FirstOrDefault(""));
        var title = notification.Message ?? Of("subject") ?? $"New mail from {from}";
        var submitted = $"auto-notified; owner-email=\"{errand.Owner.Address}\"";
        var text = new StringBuilder(errand.Head(errand.Author(notification.From), recipient, title, submitted));
        if (notification.Importance != 2)
        {
            text.Append(notification.Importance == 1 ? "Importance: high\r\nX-Priority: 1\r\n" : "Importance: low\r\nX-Priority: 5\r\n");
        }

        foreach (var (name, value) in fields.Where(field => HeaderName(field.Name)))
        {
            text.Append(name).Append(": ").Append(EncodedWords.Encode(SieveErrand.OneLine(value))).Append("\r\n");
        }

        return text.Append(SieveErrand.Text(Of("body") ?? $"A message came.\n\nFrom: {from}\nSubject: {subject}\n")).ToString();

        string? Of(string name) => fields.Find(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
    }

    private static bool HeaderName(string name) =>
        Language.Tests.HeaderTest.IsName(name) && !Taken.Contains(name, StringComparer.OrdinalIgnoreCase);
}
