using CompatBot.Formats.Mime;

namespace CompatBot.Protocols.Imap.Sorting;

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
