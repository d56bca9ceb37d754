using CompatBot.Core.Content;
using CompatBot.Core.Metrics;
using CompatBot.Formats.Mime;

namespace CompatBot.Core.Mail;

/// <summary>
/// What FETCH asks of a message without its octets: envelope, structure, common headers. What is not at hand is read from the message.
/// </summary>
internal sealed class Summaries(MessageBlocks blocks, Contents contents)
{
    public async ValueTask<MimeMessage> GetAsync(MailboxId mailbox, MessageRow row, CancellationToken cancellation)
    {
        var known = await blocks.GetAsync(mailbox, row.Uid, cancellation);
        CoreMetrics.SummaryCache.Count(hit: known is not null);
        if (known is { } bytes && MimeMessage.Decode(bytes.Span) is { } summary) return summary;
        var scanned = await ScanAsync(row, cancellation);
        await PutAsync(mailbox, row.Uid, scanned, cancellation);
        return scanned;
    }

    public ValueTask PutAsync(MailboxId mailbox, uint uid, MimeMessage summary, CancellationToken cancellation) =>
        blocks.PutAsync(mailbox, uid, summary.Encode(), cancellation);

    private async ValueTask<MimeMessage> ScanAsync(MessageRow row, CancellationToken cancellation)
    {
        var (scanner, reader) = (new MimeScanner(), contents.Read(row.Content, row.Size));
        for (long at = 0; at < row.Size;)
        {
            var part = await reader.ReadAsync(at, cancellation);
            scanner.Write(part.Span);
            at += part.Length;
        }

        return scanner.Finish();
    }
}
