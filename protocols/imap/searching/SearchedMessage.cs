using System.Collections.Concurrent;
using System.Text;
using CompatBot.Core.Content;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Imap.Fetching;

namespace CompatBot.Protocols.Imap.Searching;

/// <summary>One message while a search looks at it: its summary, header and octets, each read at most once.</summary>
/// <param name="signatures">Builders that nobody uses just now, of the search.</param>
public sealed class SearchedMessage(ImapSession session, MailboxView view, int row, ConcurrentBag<TextSignature.Builder> signatures)
{
    private MimeMessage? _summary;
    private ContentReader? _content;

    public int Row => row;

    private ContentReader Content => _content ??= session.Mail.Read(view.Messages[row]);

    public async ValueTask<MimeMessage> SummaryAsync(CancellationToken cancellation) =>
        _summary ??= await session.Mail.SummaryAsync(view.State.Id, view.Messages[row], cancellation);

    /// <summary>A field of that name that holds the text; with an empty text, any field of that name.</summary>
    public async ValueTask<bool> HasHeaderAsync(string field, TextSearch text, CancellationToken cancellation)
    {
        var name = Encoding.ASCII.GetBytes(field);
        var kept = await session.Mail.EncodedSummaryAsync(view.State.Id, view.Messages.UidAt(row), cancellation);
        if (kept is { } known && InKept(known, name, text) is { } quick) return quick;
        var summary = await SummaryAsync(cancellation);
        if (summary.Fields.Answers(name)) return summary.Fields.Any(kept => kept.Is(name) && text.InHeader(WireText.Unfold(kept.Value)));
        if (!summary.MayHave(name)) return false;
        var header = await SectionFinder.HeaderAsync(summary.Root, Content, session.Limits, cancellation);
        return InFields(header.Span, name, text);
    }

    /// <returns>Null: the message must be looked at.</returns>
    private static bool? InKept(ReadOnlyMemory<byte> summary, byte[] name, TextSearch text)
    {
        if (!SummaryFields.TryOpen(summary, out var fields) || !fields.Answers(name)) return null;
        while (fields.Read())
        {
            if (Ascii.EqualsIgnoreCase(fields.Name, name) && text.InHeader(WireText.Unfold(fields.Value))) return true;
        }

        return false;
    }

    /// <summary>The text in a decoded text part, or in a header.</summary>
    public async ValueTask<bool> HasTextAsync(TextSearch text, bool withHeader, CancellationToken cancellation)
    {
        var uid = view.Messages.UidAt(row);
        var known = await session.Mail.SignatureAsync(view.State.Id, uid, cancellation);
        if (known?.MayHold(text.Text) == false) return false;
        if (known is not null) return await HasTextAsync(text, withHeader, made: null, cancellation);
        if (!signatures.TryTake(out var made)) made = new TextSignature.Builder();
        var found = await HasTextAsync(text, withHeader, made, cancellation);

        // Of what was found the rest was not read, and what is not known of it is not kept.
        if (!found) await session.Mail.KeepAsync(view.State.Id, uid, made.Finish(), cancellation);
        made.Clear();
        signatures.Add(made);
        return found;
    }

    /// <param name="made">Takes all texts up to the first that has it; null: nobody does.</param>
    private async ValueTask<bool> HasTextAsync(
        TextSearch text, bool withHeader, TextSignature.Builder? made, CancellationToken cancellation)
    {
        var summary = await SummaryAsync(cancellation);
        if (withHeader || made is not null)
        {
            var header = await SectionFinder.HeaderAsync(summary.Root, Content, session.Limits, cancellation);
            if (InFields(header.Span, name: default, text, made) && withHeader) return true;
        }

        return await InPartAsync(summary.Root, text, made, cancellation);
    }

    /// <summary>With an empty name, in any field; then the text may reach over the name too, as in "Subject: hello".</summary>
    /// <param name="made">Takes all fields, so that all are looked at; null: the first that has the text ends it.</param>
    private static bool InFields(
        ReadOnlySpan<byte> header, ReadOnlySpan<byte> name, TextSearch text, TextSignature.Builder? made = null)
    {
        var reader = new HeaderReader(header);
        var found = false;
        while ((made is not null || !found) && reader.Read())
        {
            found |= name.IsEmpty ? text.InHeader(WireText.Unfold(reader.Field), made)
                : Ascii.EqualsIgnoreCase(reader.Name, name) && text.InHeader(WireText.Unfold(reader.Value));
        }

        return found;
    }

    private async ValueTask<bool> InPartAsync(
        MimePart part, TextSearch text, TextSignature.Builder? made, CancellationToken cancellation)
    {
        foreach (var child in part.Children)
        {
            if (await InPartAsync(child, text, made, cancellation)) return true;
        }

        if (part.Message is { } message)
        {
            var header = await SectionFinder.HeaderAsync(message.Root, Content, session.Limits, cancellation);
            return InFields(header.Span, name: default, text, made) || await InPartAsync(message.Root, text, made, cancellation);
        }

        if (part.Kind != MimeKind.Text) return false; // Pictures and programs hold no words.
        var search = text.InBody(part, made);
        await foreach (var chunk in Content.StreamAsync(part.BodyStart, part.End, cancellation))
        {
            if (search.Write(chunk.Span)) break;
        }

        return search.Finish();
    }
}
