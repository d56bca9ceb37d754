using CompatBot.Formats.Mime;

namespace CompatBot.Protocols.Imap.Sorting;

/// <summary>Message ids in header fields (RFC 5322 section 3.6.4).</summary>
internal static class MessageIds
{
    /// <summary>The "&lt;...>" of a field, without their brackets.</summary>
    public static IEnumerable<string> In(string? field)
    {
        if (field is null) yield break;
        for (var at = 0; (at = field.IndexOf('<', at)) >= 0;)
        {
            var end = field.IndexOf('>', at);
            if (end < 0) yield break;
            var id = field[(at + 1)..end].Trim();
            if (id.Length > 0) yield return id;
            at = end + 1;
        }
    }

    /// <summary>The id of the message with which a message's conversation began, as far as it says; null: it says nothing.</summary>
    public static string? RootOf(MimeMessage message) =>
        In(message.Fields.Text("References"u8)).FirstOrDefault()
        ?? In(message.Envelope.InReplyTo).FirstOrDefault()
        ?? In(message.Envelope.MessageId).FirstOrDefault();
}
