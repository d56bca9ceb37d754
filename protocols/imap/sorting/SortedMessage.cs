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

    /// <summary>The text in the form in which i;unicode-casemap compares it (RFC 5051).</summary>
    public static string Fold(string text) => UnicodeForm.Decompose(text.ToUpperInvariant());
}

/// <summary>Orders messages by criteria, the first that tells them apart; at last by their numbers.</summary>
public sealed class Sorter(IReadOnlyList<SortKey> keys) : IComparer<SortedMessage>
{
    public int Compare(SortedMessage? x, SortedMessage? y)
    {
        foreach (var key in keys)
        {
            var order = Compare(key.Field, x!, y!);
            if (order != 0) return key.IsReverse ? -order : order;
        }

        return x!.Row.CompareTo(y!.Row);
    }

    private static int Compare(SortField field, SortedMessage x, SortedMessage y) => field switch
    {
        SortField.Arrival => x.Message.InternalDate.CompareTo(y.Message.InternalDate),
        SortField.Date => x.Sent.UtcDateTime.CompareTo(y.Sent.UtcDateTime),
        SortField.Size => x.Message.Size.CompareTo(y.Message.Size),
        SortField.Subject => string.CompareOrdinal(x.Subject, y.Subject),
        _ => string.CompareOrdinal(Text(field, x.Summary.Envelope), Text(field, y.Summary.Envelope)),
    };

    private static string Text(SortField field, Envelope envelope) => SortedMessage.Fold(field switch
    {
        SortField.From => Mailbox(envelope.From),
        SortField.To => Mailbox(envelope.To),
        SortField.Cc => Mailbox(envelope.Cc),
        SortField.DisplayFrom => Display(envelope.From),
        SortField.DisplayTo => Display(envelope.To),
        _ => throw new ArgumentOutOfRangeException(nameof(field), field, null),
    });

    /// <summary>The part before the "@" of the first address; that of a group is its name.</summary>
    private static string Mailbox(IReadOnlyList<MailAddress> addresses) => addresses.Count == 0 ? "" : addresses[0].Mailbox ?? "";

    /// <summary>The name that people see, or the address (RFC 5957 section 3).</summary>
    private static string Display(IReadOnlyList<MailAddress> addresses)
    {
        if (addresses.Count == 0) return "";
        var first = addresses[0];
        return first.Name is { Length: > 0 } name ? EncodedWords.Decode(name) : first.IsGroupStart
            ? first.Mailbox! : $"{first.Mailbox}@{first.Host}";
    }
}
