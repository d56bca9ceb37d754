using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Mail;
using CompatBot.Core.Queue;
using CompatBot.Formats.Mime;

namespace CompatBot.Protocols.Smtp.Relay;

/// <summary>What a notice says of a recipient (RFC 3464 section 2.3.3).</summary>
internal enum DsnAction
{
    Failed,
    Delayed,
    Delivered,
    Relayed,
}

/// <summary>One recipient of a notice, with the reply that is the reason.</summary>
internal sealed record DsnRecipient(QueuedRecipient Recipient, DsnAction Action, RelayReply Reply);

/// <summary>What a notice is about.</summary>
/// <param name="Until">When the last attempt is made.</param>
/// <param name="Message">Its octets; null: they are not sent back.</param>
internal sealed record DsnSubject(
    QueueEnvelope Envelope, DateTimeOffset Arrived, DateTimeOffset Until, IAsyncEnumerable<ReadOnlyMemory<byte>>? Message = null)
{
    /// <summary>Octets of it.</summary>
    public long Size { get; init; }

    public bool HasEightBit { get; init; }
}

/// <summary>Writes a delivery status notification: multipart/report with words, fields and what it is about (RFC 3464, 6522).</summary>
internal sealed class DsnWriter(string hostName, DateTimeOffset now, DsnSubject about, IReadOnlyList<DsnRecipient> notices)
{
    /// <summary>A message that failed comes back whole up to this size, in bytes; of longer ones only the header.</summary>
    public const int WholeBytesMax = 256 << 10;

    private readonly string _boundary = $"=_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}";

    private bool HasUtf8 => notices.Any(one => !Ascii.IsValid(one.Recipient.Address));

    private bool HasFailed => notices.Any(one => one.Action == DsnAction.Failed);

    public async ValueTask WriteAsync(Delivery delivery, CancellationToken cancellation)
    {
        await WriteAsync(Head() + Words() + Fields(), delivery, cancellation);
        if (about.Message is { } message) await WriteMessageAsync(message, delivery, cancellation);
        await WriteAsync($"--{_boundary}--\r\n", delivery, cancellation);
    }

    private async ValueTask WriteMessageAsync(
        IAsyncEnumerable<ReadOnlyMemory<byte>> message, Delivery delivery, CancellationToken cancellation)
    {
        var isWhole = HasFailed && !about.Envelope.ReturnHeadersOnly && about.Size <= WholeBytesMax;
        var type = isWhole ? "message/rfc822" : "text/rfc822-headers";
        var encoding = about.HasEightBit ? "Content-Transfer-Encoding: 8bit\r\n" : "";
        await WriteAsync($"--{_boundary}\r\nContent-Type: {type}\r\n{encoding}\r\n", delivery, cancellation);
        try
        {
            await foreach (var part in message.WithCancellation(cancellation))
            {
                await delivery.WriteAsync(isWhole ? part : part[..Header(part.Span)], cancellation);
                if (!isWhole) break; // A header is in the first part, or is cut there.
            }
        }
        catch (InvalidDataException)
        {
            await WriteAsync("(The message is damaged in the queue.)\r\n", delivery, cancellation);
        }

        await WriteAsync("\r\n", delivery, cancellation);
    }

    private static int Header(ReadOnlySpan<byte> part) => HeaderBlock.Length(part, 0) is var length and >= 0 ? length : part.Length;

    private static ValueTask WriteAsync(string text, Delivery delivery, CancellationToken cancellation) =>
        delivery.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);

    private string Head()
    {
        var subject = HasFailed ? "Mail could not be delivered"
            : notices.Any(one => one.Action == DsnAction.Delayed) ? "Mail is not delivered yet"
            : "Mail was passed on";
        return "Return-Path: <>\r\n"
            + $"From: Mail Delivery System <MAILER-DAEMON@{hostName}>\r\n"
            + $"To: <{about.Envelope.Sender}>\r\n"
            + $"Subject: {subject}\r\n"
            + $"Date: {MailDate.Text(now)}\r\n"
            + $"Message-ID: <{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}@{hostName}>\r\n"
            + "Auto-Submitted: auto-replied\r\n"
            + "MIME-Version: 1.0\r\n"
            + $"Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"{_boundary}\"\r\n\r\n";
    }

    private string Words()
    {
        var text = new StringBuilder(
            $"--{_boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
        text.Append("This is the mail server ").Append(hostName).Append(".\r\n");
        foreach (var group in notices.GroupBy(one => one.Action))
        {
            text.Append("\r\n").Append(group.Key switch
            {
                DsnAction.Failed => "Your message could not be delivered to:",
                DsnAction.Delayed => "Your message could not be delivered yet, and is tried again until "
                    + $"{MailDate.Text(about.Until)}, to:",
                DsnAction.Delivered => "Your message was delivered to:",
                _ => "Your message was passed on, to a server that does not tell what becomes of it, for:",
            }).Append("\r\n");
            foreach (var one in group)
            {
                text.Append("\r\n  ").Append(one.Recipient.Address).Append("\r\n    ");
                if (one.Reply.Host.Length > 0) text.Append(one.Reply.Host).Append(" said: ");
                text.Append(one.Reply).Append("\r\n");
            }
        }

        return text.Append("\r\n").ToString();
    }

    /// <summary>RFC 3464 section 2; with an address outside of ASCII the form of RFC 6533 section 3.</summary>
    private string Fields()
    {
        var (type, kind) = HasUtf8 ? ("message/global-delivery-status", "utf-8") : ("message/delivery-status", "rfc822");
        var text = new StringBuilder($"--{_boundary}\r\nContent-Type: {type}\r\n\r\nReporting-MTA: dns; {hostName}\r\n");
        if (about.Envelope.EnvelopeId.Length > 0) text.Append("Original-Envelope-Id: ").Append(about.Envelope.EnvelopeId).Append("\r\n");
        text.Append("Arrival-Date: ").Append(MailDate.Text(about.Arrived)).Append("\r\n");
        foreach (var one in notices)
        {
            text.Append("\r\n");
            if (one.Recipient.Original.Length > 0) text.Append("Original-Recipient: ").Append(one.Recipient.Original).Append("\r\n");
            text.Append(CultureInfo.InvariantCulture, $"Final-Recipient: {kind}; {one.Recipient.Address}\r\n")
                .Append("Action: ").Append(one.Action.ToString().ToLowerInvariant()).Append("\r\n")
                .Append("Status: ").Append(one.Action == DsnAction.Delayed || one.Reply.IsOk || one.Reply.IsPermanent
                    ? one.Reply.Status
                    : $"5{one.Reply.Status[1..]}").Append("\r\n");
            if (one.Reply.Host.Length > 0)
            {
                text.Append("Remote-MTA: dns; ").Append(one.Reply.Host).Append("\r\n")
                    .Append("Diagnostic-Code: smtp; ").Append(one.Reply).Append("\r\n");
            }

            text.Append("Last-Attempt-Date: ").Append(MailDate.Text(now)).Append("\r\n");
            if (one.Action == DsnAction.Delayed)
            {
                text.Append("Will-Retry-Until: ").Append(MailDate.Text(about.Until)).Append("\r\n");
            }
        }

        return text.Append("\r\n").ToString();
    }
}
