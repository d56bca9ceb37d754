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
        var known = await EncodedAsync(mailbox, row.Uid, cancellation);
        if (known is { } bytes && MimeMessage.Decode(bytes) is { } summary) return summary;
        var scanned = await ScanAsync(row, cancellation);
        await PutAsync(mailbox, row.Uid, scanned, cancellation);
        return scanned;
    }

    /// <summary>As it is kept; null: it is not at hand.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> EncodedAsync(MailboxId mailbox, uint uid, CancellationToken cancellation)
    {
        var known = await blocks.GetAsync(mailbox, uid, cancellation);
        CoreMetrics.SummaryCache.Count(hit: known is not null);
        return known;
    }

    public ValueTask PutAsync(MailboxId mailbox, uint uid, MimeMessage summary, CancellationToken cancellation) =>
        blocks.PutAsync(mailbox, uid, summary.Encode(), cancellation);

    private async ValueTask<MimeMessage> ScanAsync(MessageRow row, CancellationToken cancellation)
    {
        var scanner = new MimeScanner();
        await foreach (var part in contents.Read(row.Content, row.Size).StreamAsync(0, row.Size, cancellation)) scanner.Write(part.Span);
        return scanner.Finish();
    }
}
