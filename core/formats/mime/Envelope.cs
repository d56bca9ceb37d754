namespace CompatBot.Formats.Mime;

/// <summary>The envelope of RFC 3501 section 7.4.2: wire text, unfolded, not decoded. A field that is missing is null or an empty list.</summary>
public sealed record Envelope
{
    public string? Date { get; init; }

    public string? Subject { get; init; }

    public required IReadOnlyList<MailAddress> From { get; init; }

    /// <summary>From, where the message has no Sender, or an empty one.</summary>
    public required IReadOnlyList<MailAddress> Sender { get; init; }

    /// <summary>From, where the message has no Reply-To, or an empty one.</summary>
    public required IReadOnlyList<MailAddress> ReplyTo { get; init; }

    public required IReadOnlyList<MailAddress> To { get; init; }

    public required IReadOnlyList<MailAddress> Cc { get; init; }

    public required IReadOnlyList<MailAddress> Bcc { get; init; }

    public string? InReplyTo { get; init; }

    public string? MessageId { get; init; }

    internal static Envelope Of(HeaderFields fields)
    {
        var from = Addresses(fields, "From"u8);
        var sender = Addresses(fields, "Sender"u8);
        var replyTo = Addresses(fields, "Reply-To"u8);
        return new Envelope
        {
            Date = fields.Text("Date"u8),
            Subject = fields.Text("Subject"u8),
            From = from,
            Sender = sender.Count > 0 ? sender : from,
            ReplyTo = replyTo.Count > 0 ? replyTo : from,
            To = Addresses(fields, "To"u8),
            Cc = Addresses(fields, "Cc"u8),
            Bcc = Addresses(fields, "Bcc"u8),
            InReplyTo = fields.Text("In-Reply-To"u8),
            MessageId = fields.Text("Message-ID"u8),
        };
    }

    /// <summary>Repeated fields count as one list: otherwise one program would check the first From, and another show the second.</summary>
    private static List<MailAddress> Addresses(HeaderFields fields, ReadOnlySpan<byte> name)
    {
        var addresses = new List<MailAddress>();
        for (var index = 0; index < fields.Count; index++)
        {
            if (fields[index].Is(name))
            {
                AddressParser.Parse(WireText.Unfold(fields[index].Value), addresses);
            }
        }

        return addresses;
    }
}
