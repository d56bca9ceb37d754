using System.Buffers;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Fetching;

/// <summary>What is kept beside a message's row of all that a FETCH asks.</summary>
/// <param name="Summary">Encoded; null where no header fields are asked for, or it is not at hand.</param>
/// <param name="Answers">See <see cref="KeptAnswers"/>; empty where neither envelope nor structure is asked for.</param>
public readonly record struct KeptParts(ReadOnlyMemory<byte>? Summary, ReadOnlyMemory<byte> Answers);

/// <summary>
/// FETCH of what rows of the mailbox, summaries and kept answers say: it goes from there to the client without memory for each message.
/// </summary>
public sealed class RowFetch(ImapSession session, MailboxView view, IReadOnlyList<FetchItem> items)
{
    private readonly bool _needsFields = items.Any(item => item.Kind == FetchKind.Section);

    private readonly bool _needsAnswers = items.Any(item => item.Kind is FetchKind.Envelope or FetchKind.BodyStructure);

    private readonly ArrayBufferWriter<byte> _picked = new(1024);

    public static bool Answers(IReadOnlyList<FetchItem> items) => items.All(item => item.Kind switch
    {
        FetchKind.Section => item is { IsDecoded: false, Partial: null } && SectionFinder.IsInSummary(item.Section!),
        FetchKind.Body or FetchKind.ThreadId or FetchKind.Preview or FetchKind.BinarySize => false,
        _ => true,
    });

    /// <exception cref="Core.Content.ContentException">The message had to be read for it, and cannot be.</exception>
    public ValueTask<KeptParts> KeptAsync(int row, CancellationToken cancellation) =>
        _needsFields || _needsAnswers ? ReadAsync(row, cancellation) : default;

    /// <returns>False, and nothing is written: the message itself must be looked at.</returns>
    public bool TryWrite(MessageFetch rows, int row, in KeptParts kept)
    {
        SummaryFields fields = default;
        if (_needsFields && !(kept.Summary is { } summary && SummaryFields.TryOpen(summary, out fields) && fields.IsComplete)) return false;
        var message = view.Messages[row];
        var writer = new WireWriter(session.Output);
        MailboxView.Start(session, ref writer, row + 1, message.Uid);
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) writer.Byte((byte)' ');
            switch (items[i].Kind)
            {
                case FetchKind.Section:
                    rows.Name(ref writer, i);
                    Pick(fields, items[i].Section!.FieldNames);
                    writer.LiteralHeader(_picked.WrittenCount);
                    writer.Raw(_picked.WrittenSpan);
                    break;
                case FetchKind.Envelope:
                    rows.Name(ref writer, i);
                    writer.Raw(KeptAnswers.Envelope(kept.Answers.Span));
                    break;
                case FetchKind.BodyStructure:
                    rows.Name(ref writer, i);
                    writer.Raw(KeptAnswers.BodyStructure(kept.Answers.Span));
                    break;
                default:
                    rows.Item(ref writer, i, row, message);
                    break;
            }
        }

        writer.Raw(")\r\n"u8);
        writer.Commit();
        return true;
    }

    private async ValueTask<KeptParts> ReadAsync(int row, CancellationToken cancellation)
    {
        var (mailbox, uid) = (view.State.Id, view.Messages.UidAt(row));
        var summary = _needsFields ? await session.Mail.EncodedSummaryAsync(mailbox, uid, cancellation) : null;
        if (!_needsAnswers) return new KeptParts(summary, default);
        var kept = await session.Mail.AnswersAsync(mailbox, uid, cancellation);
        return new KeptParts(summary, kept is { } known && KeptAnswers.AreKnown(known.Span) ? known : await MakeAsync(row, cancellation));
    }

    private async ValueTask<ReadOnlyMemory<byte>> MakeAsync(int row, CancellationToken cancellation)
    {
        var (mailbox, message) = (view.State.Id, view.Messages[row]);
        var made = KeptAnswers.Of(await session.Mail.SummaryAsync(mailbox, message, cancellation));
        await session.Mail.KeepAnswersAsync(mailbox, message.Uid, made, cancellation);
        return made;
    }

    private void Pick(SummaryFields fields, byte[][] names)
    {
        _picked.ResetWrittenCount();
        while (fields.Read())
        {
            if (SectionFinder.Names(names, fields.Name)) fields.CopyTo(_picked);
        }

        _picked.Write("\r\n"u8);
    }
}
