using System.Buffers;
using CompatBot.Core.Content;
using CompatBot.Core.Mail;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Fetching;

/// <summary>What has been read of a message before its FETCH response starts: from here on nothing but its chunks can fail.</summary>
/// <param name="Decoded">By item; null where none is asked for without its transfer encoding.</param>
/// <param name="HasUnknownEncoding">One of these cannot be decoded.</param>
public sealed record MessageSource(
    MimeMessage? Summary,
    ContentReader? Content,
    SectionBytes[] Sections,
    DecodedBytes?[]? Decoded = null,
    bool HasUnknownEncoding = false);

/// <summary>Reads and writes single FETCH responses for one command (RFC 3501 section 7.4.2).</summary>
public sealed class MessageFetch(ImapSession session, MailboxView view, IReadOnlyList<FetchItem> items)
{
    /// <summary>13 August 1982, the day of RFC 822: an INTERNALDATE before it makes Apple Mail crash. In seconds since 1970.</summary>
    private const long FirstMail = 398_044_800;

    private static readonly MessageSource Nothing = new(null, null, []);

    private readonly bool _needsSummary = items.Any(item =>
        item.Kind is FetchKind.Envelope or FetchKind.Body or FetchKind.BodyStructure or FetchKind.Preview or FetchKind.ThreadId
        || (item.Section is { } section && SectionFinder.NeedsSummary(section)));

    private readonly bool _needsContent = items.Any(item => item.Kind is FetchKind.Section or FetchKind.Preview or FetchKind.BinarySize);

    /// <summary>Octets are needed of every message, so that they are worth reading ahead.</summary>
    private readonly bool _needsOctets = items.Any(item => item.Kind is FetchKind.Preview or FetchKind.BinarySize
        || (item.Section is { } section && !SectionFinder.IsInSummary(section)));

    private readonly long _firstDate = session.IsAppleMail ? FirstMail : long.MinValue;

    private readonly bool _decodes = items.Any(item => item.IsDecoded);

    private readonly byte[][] _names = [.. items.Select(item => System.Text.Encoding.UTF8.GetBytes(item.Name))];

    private readonly RowFetch? _rows = RowFetch.Answers(items) ? new RowFetch(session, view, items) : null;

    /// <summary>Rows of the mailbox, and what is kept beside them, say all that is asked of most messages.</summary>
    public bool IsOfRows => _rows is not null;

    /// <summary>Octets that are read of a message, about.</summary>
    public long BytesOf(int row) => _needsOctets ? Math.Min(view.Messages[row].Size, Contents.ChunkBytes) : 0;

    /// <summary>For the octets of a message; null where none are asked for.</summary>
    public ContentReader? Read(int row) => _needsContent ? session.Mail.Read(view.Messages[row]) : null;

    /// <summary>Reads the beginning of several messages in one step; what can not be read shows when it is prepared.</summary>
    public async ValueTask LoadAsync(IReadOnlyList<ContentReader?> contents, CancellationToken cancellation)
    {
        if (_needsOctets && contents.Count > 1) await session.Mail.LoadAsync([.. contents.OfType<ContentReader>()], cancellation);
    }

    /// <exception cref="ContentException">The message cannot be read.</exception>
    public async ValueTask<MessageSource> PrepareAsync(int row, ContentReader? content, CancellationToken cancellation)
    {
        if (!_needsSummary && !_needsContent) return Nothing;
        var message = view.Messages[row];
        var summary = _needsSummary ? await session.Mail.SummaryAsync(view.State.Id, message, cancellation) : null;
        if (content is null) return new MessageSource(summary, null, []);

        var sections = new SectionBytes[items.Count];
        var decoded = _decodes ? new DecodedBytes?[items.Count] : null;
        SectionBytes? first = null;
        var hasUnknownEncoding = false;
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i].Kind == FetchKind.Preview)
            {
                var words = await Preview.OfAsync(summary!.Root, content, cancellation);
                sections[i] = SectionBytes.Of(System.Text.Encoding.UTF8.GetBytes(words));
            }

            if (items[i].Section is not { } section) continue;
            var bytes = await SectionFinder.FindAsync(section, summary, content, session.Limits, cancellation);
            if (items[i].IsDecoded && !bytes.IsNil)
            {
                var encoding = EncodingOf(section, summary);
                hasUnknownEncoding |= !DecodedBytes.Knows(encoding);
                decoded![i] = new DecodedBytes(bytes, encoding);
                await decoded[i]!.MeasureAsync(content, cancellation);
                sections[i] = bytes;
                continue;
            }

            sections[i] = items[i].Partial is { } partial ? bytes.Part(partial.Offset, partial.Bytes) : bytes;
            if (sections[i] is { IsNil: false, AtHand: null, Length: > 0 }) first ??= sections[i];
        }

        // The reader keeps its newest chunk, so this is the one that writing starts with.
        if (first is { } start) await content.ReadAsync(start.Offset, cancellation);
        return new MessageSource(summary, content, sections, decoded, hasUnknownEncoding);
    }

    /// <summary>What has parts of its own is never encoded itself (RFC 2045 section 6.4).</summary>
    private static string EncodingOf(SectionSpec section, MimeMessage? summary) =>
        section.Path.Length > 0 && summary?.Root.Find(section.Path) is { Message: null, Children.Count: 0 } part ? part.Encoding : "binary";

    /// <summary>Writes of many messages what their rows say, and what is kept beside them: that takes no memory.</summary>
    /// <param name="changedSince">Only messages with a greater mod-sequence; null: all.</param>
    /// <param name="ranges">Rows, ascending.</param>
    /// <param name="cancellation">Of the connection.</param>
    /// <returns>How many could not be read.</returns>
    public async ValueTask<int> WriteRowsAsync(
        List<(int First, int Below)> ranges, ulong? changedSince, CancellationToken cancellation)
    {
        var unreadable = 0;
        foreach (var (first, below) in ranges)
        {
            for (var row = first; row < below; row++)
            {
                if (changedSince is { } since && view.ModSeqAt(row) <= since) continue;
                try
                {
                    var kept = await _rows!.KeptAsync(row, cancellation);
                    if (_rows.TryWrite(this, row, kept)) await session.FlushIfLargeAsync();
                    else await WriteAsync(row, await PrepareAsync(row, Read(row), cancellation), isSeenNow: false, cancellation);
                }
                catch (ContentException)
                {
                    unreadable++;
                }
            }
        }

        return unreadable;
    }

    /// <param name="isSeenNow">\Seen was set by this very command: the client must learn of it.</param>
    public ValueTask WriteAsync(int row, MessageSource source, bool isSeenNow, CancellationToken cancellation)
    {
        if (_needsContent) return WriteSlowlyAsync(row, source, isSeenNow, cancellation);
        var message = view.Messages[row];
        var writer = new WireWriter(session.Output);
        MailboxView.Start(session, ref writer, row + 1, message.Uid);
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) writer.Byte((byte)' ');
            Item(ref writer, i, row, message, source);
        }

        writer.Raw(")\r\n"u8);
        writer.Commit();
        return session.FlushIfLargeAsync();
    }

    private async ValueTask WriteSlowlyAsync(int row, MessageSource source, bool isSeenNow, CancellationToken cancellation)
    {
        var message = view.Messages[row];
        for (var i = 0; i < items.Count; i++)
        {
            WriteItem(i, row, message, source);
            var section = source.Sections[i];
            if (items[i].Kind != FetchKind.Section || section.IsNil) continue;
            if (source.Decoded?[i] is { } decoded) await StreamAsync(source.Content!, decoded, items[i].Partial, cancellation);
            else await StreamAsync(source.Content!, section, cancellation);
        }

        WriteEnd(row, isSeenNow);
        await session.FlushIfLargeAsync();
    }

    private void WriteItem(int index, int row, in MessageRow message, MessageSource source)
    {
        var writer = new WireWriter(session.Output);
        if (index == 0) MailboxView.Start(session, ref writer, row + 1, message.Uid);
        else writer.Byte((byte)' ');
        Item(ref writer, index, row, message, source);
        if (items[index].Kind == FetchKind.Section)
        {
            if (items[index].Partial is { } partial)
            {
                writer.Byte((byte)'<');
                writer.Number(partial.Offset);
                writer.Byte((byte)'>');
            }

            writer.Byte((byte)' ');
            if (source.Sections[index].IsNil)
            {
                writer.Nil();
            }
            else if (source.Decoded?[index] is { } decoded)
            {
                if (decoded.HasNul) writer.Byte((byte)'~');
                writer.LiteralHeader(Part(decoded, items[index].Partial).Length);
            }
            else
            {
                writer.LiteralHeader(source.Sections[index].Length);
            }
        }

        writer.Commit();
    }

    private void WriteEnd(int row, bool isSeenNow)
    {
        var writer = new WireWriter(session.Output);
        if (isSeenNow) WriteSeen(ref writer, row);

        writer.Raw(")\r\n"u8);
        writer.Commit();
    }

    /// <summary>The new flags, as after any change of flags (RFC 7162 section 3.2.4), unless they were asked for.</summary>
    private void WriteSeen(ref WireWriter writer, int row)
    {
        var uid = view.Messages.UidAt(row);
        if (session.TellsUids && !session.IsUidOnly && !items.Contains(FetchItem.Uid))
        {
            writer.Raw(" UID "u8);
            writer.Number(uid);
        }

        if (!items.Contains(FetchItem.Flags))
        {
            writer.Raw(" FLAGS "u8);
            Flags(ref writer, row, uid);
        }

        if (!session.IsCondStore || items.Contains(FetchItem.ModSeq)) return;
        writer.Raw(" MODSEQ "u8);
        ModSeq(ref writer, view.ModSeqAt(row));
    }

    /// <summary>Name and value of what rows say.</summary>
    internal void Item(ref WireWriter writer, int index, int row, in MessageRow message) => Item(ref writer, index, row, message, Nothing);

    internal void Name(ref WireWriter writer, int index)
    {
        writer.Raw(_names[index]);
        writer.Byte((byte)' ');
    }

    /// <summary>Name and value; of a section the name alone.</summary>
    private void Item(ref WireWriter writer, int index, int row, in MessageRow message, MessageSource source)
    {
        var item = items[index];
        writer.Raw(_names[index]);
        if (item.Kind == FetchKind.Section) return;
        writer.Byte((byte)' ');
        switch (item.Kind)
        {
            case FetchKind.Uid: writer.Number(message.Uid); break;
            case FetchKind.Flags: Flags(ref writer, row, message.Uid); break;
            case FetchKind.ModSeq: ModSeq(ref writer, view.ModSeqAt(row)); break;
            case FetchKind.EmailId: writer.Text($"({message.EmailId})"); break;
            case FetchKind.ThreadId when ObjectIds.ThreadOf(source.Summary!) is { } thread: writer.Text($"({thread})"); break;
            case FetchKind.ThreadId: writer.Nil(); break;
            case FetchKind.SaveDate: ImapDate.Write(ref writer, message.SaveDate); break;
            case FetchKind.Preview: writer.String(source.Sections[index].AtHand!.Value.Span); break;
            case FetchKind.BinarySize when source.Decoded![index] is { } decoded: writer.Number(decoded.Length); break;
            case FetchKind.BinarySize: writer.Nil(); break;
            case FetchKind.InternalDate: ImapDate.Write(ref writer, Math.Max(message.InternalDate, _firstDate)); break;
            case FetchKind.Rfc822Size: writer.Number(message.Size); break;
            case FetchKind.Envelope: EnvelopeWriter.Write(ref writer, source.Summary!.Envelope); break;
            case FetchKind.Body: BodyStructureWriter.Write(ref writer, source.Summary!.Root, extended: false); break;
            case FetchKind.BodyStructure: BodyStructureWriter.Write(ref writer, source.Summary!.Root, extended: true); break;
            default: throw new ArgumentOutOfRangeException(nameof(index), item.Kind, null);
        }
    }

    private static void ModSeq(ref WireWriter writer, ulong modSeq)
    {
        writer.Byte((byte)'(');
        writer.Number(modSeq);
        writer.Byte((byte)')');
    }

    private void Flags(ref WireWriter writer, int row, uint uid) =>
        writer.Flags((ulong)view.FlagsAt(row), view.IsRecent(uid), view.State.Keywords.AsSpan());

    /// <summary>What of a decoded part is asked for.</summary>
    private static (long Skip, long Length) Part(DecodedBytes decoded, FetchPartial? partial)
    {
        var skip = Math.Min(partial?.Offset ?? 0, decoded.Length);
        return (skip, Math.Min(partial?.Bytes ?? long.MaxValue, decoded.Length - skip));
    }

    private async ValueTask StreamAsync(
        ContentReader content, DecodedBytes decoded, FetchPartial? partial, CancellationToken cancellation)
    {
        var (skip, left) = Part(decoded, partial);
        session.IsMidLiteral = true;
        await foreach (var piece in decoded.ReadAsync(content, cancellation))
        {
            var skipped = (int)Math.Min(skip, piece.Length);
            var wanted = piece[skipped..(int)Math.Min(piece.Length, skipped + left)];
            (skip, left) = (skip - skipped, left - wanted.Length);
            session.Output.Write(wanted.Span);
            await session.FlushIfLargeAsync();
            if (left == 0) break;
        }

        session.IsMidLiteral = left > 0;
    }

    /// <summary>Chunk after chunk straight into the pipe; the client's pace is the pace.</summary>
    private async ValueTask StreamAsync(ContentReader content, SectionBytes section, CancellationToken cancellation)
    {
        session.IsMidLiteral = true;
        await foreach (var chunk in section.ReadAsync(content, cancellation))
        {
            for (var at = 0; at < chunk.Length;)
            {
                var piece = chunk[at..Math.Min(chunk.Length, at + session.Limits.FlushBytes)];
                session.Output.Write(piece.Span);
                at += piece.Length;
                await session.FlushIfLargeAsync();
            }
        }

        session.IsMidLiteral = false;
    }
}
