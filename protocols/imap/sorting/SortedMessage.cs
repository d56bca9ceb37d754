using CompatBot.Core.Mail;
using CompatBot.Formats.Mime;
using CompatBot.Formats.Text;

namespace CompatBot.Protocols.Imap.Sorting;

/// <summary>What sorting and threading compare of one message.</summary>
/// <param name="Row">Its row in the view.</param>
/// <param name="Sent">Date of the header, or where that does not parse the day of arrival (RFC 5256 section 2.2).</param>
/// <param name="Subject">Base subject, in the form in which subjects are equal.</param>
/// <param name="IsReply">The subject had a mark of a reply or a forward.</param>
public sealed record SortedMessage(
    int Row, MessageRow Message, MimeMessage Summary, DateTimeOffset Sent, string Subject, bool IsReply)
{
    public static SortedMessage Of(int row, MessageRow message, MimeMessage summary)
    {
        var sent = MailDate.TryParse(summary.Envelope.Date, out var date) ? date : DateTimeOffset.FromUnixTimeSeconds(
            Math.Clamp(message.InternalDate, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds()));
        var subject = BaseSubject.Of(summary.Envelope.Subject, out var isReply);
        return new SortedMessage(row, message, summary, sent, Fold(subject), isReply);
    }

    /// <exception cref="Core.Content.ContentException">The message does not read.</exception>
    internal static async ValueTask<SortedMessage> ReadAsync(
        ImapSession session, MailboxView view, int row, CancellationToken cancellation) =>
        Of(row, view.Messages[row], await session.Mail.SummaryAsync(view.State.Id, view.Messages[row], cancellation));

    /// <summary>The text in the form in which i;unicode-casemap compares it (RFC 5051).</summary>
    public static string Fold(string text) => CaseMap.Fold(text);
}
