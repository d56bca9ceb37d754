using CompatBot.Formats.Mime;

namespace CompatBot.Protocols.Imap.Wire;

/// <summary>envelope (RFC 3501 sections 7.4.2 and 9).</summary>
public static class EnvelopeWriter
{
    public static void Write(ref WireWriter writer, Envelope envelope)
    {
        writer.Byte((byte)'(');
        writer.NString(envelope.Date);
        writer.Byte((byte)' ');
        writer.NString(envelope.Subject);
        Addresses(ref writer, envelope.From);
        Addresses(ref writer, envelope.Sender);
        Addresses(ref writer, envelope.ReplyTo);
        Addresses(ref writer, envelope.To);
        Addresses(ref writer, envelope.Cc);
        Addresses(ref writer, envelope.Bcc);
        writer.Byte((byte)' ');
        writer.NString(envelope.InReplyTo);
        writer.Byte((byte)' ');
        writer.NString(envelope.MessageId);
        writer.Byte((byte)')');
    }

    /// <summary>SP ( "(" 1*address ")" / nil ); no space between addresses.</summary>
    private static void Addresses(ref WireWriter writer, IReadOnlyList<MailAddress> addresses)
    {
        writer.Byte((byte)' ');
        if (addresses.Count == 0)
        {
            writer.Nil();
            return;
        }

        writer.Byte((byte)'(');
        foreach (var address in addresses)
        {
            writer.Byte((byte)'(');
            writer.NString(address.Name);
            writer.Byte((byte)' ');
            writer.NString(address.Route);
            writer.Byte((byte)' ');
            writer.NString(address.Mailbox);
            writer.Byte((byte)' ');
            writer.NString(address.Host);
            writer.Byte((byte)')');
        }

        writer.Byte((byte)')');
    }
}
