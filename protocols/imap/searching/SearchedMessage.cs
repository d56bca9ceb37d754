using System.Text;
using CompatBot.Core.Content;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Imap.Fetching;

namespace CompatBot.Protocols.Imap.Searching;

/// <summary>One message while a search looks at it: its summary, header and octets, each read at most once.</summary>
public sealed class SearchedMessage(ImapSession session, MailboxView view, int row)
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
        var summary = await SummaryAsync(cancellation);
        var name = Encoding.ASCII.GetBytes(field);
        if (summary.Fields.Answers(name)) return summary.Fields.Any(kept => kept.Is(name) && text.InHeader(WireText.Unfold(kept.Value)));
        if (!summary.MayHave(name)) return false;
        var header = await SectionFinder.HeaderAsync(summary.Root, Content, session.Limits, cancellation);
        return InFields(header.Span, name, text);
    }

    /// <summary>The text in a decoded text part, or in a header.</summary>
    public async ValueTask<bool> HasTextAsync(TextSearch text, bool withHeader, CancellationToken cancellation)
    {
        var summary = await SummaryAsync(cancellation);
        if (withHeader)
        {
            var header = await SectionFinder.HeaderAsync(summary.Root, Content, session.Limits, cancellation);
            if (InFields(header.Span, name: default, text)) return true;
        }

        return await InPartAsync(summary.Root, text, cancellation);
    }

    /// <summary>With an empty name, in any field; then the text may reach over the name too, as in "Subject: hello".</summary>
    private static bool InFields(ReadOnlySpan<byte> header, ReadOnlySpan<byte> name, TextSearch text)
    {
        var reader = new HeaderReader(header);
        while (reader.Read())
        {
            if (name.IsEmpty ? text.InHeader(WireText.Unfold(reader.Field))
                : Ascii.EqualsIgnoreCase(reader.Name, name) && text.InHeader(WireText.Unfold(reader.Value))) return true;
        }

        return false;
    }

    private async ValueTask<bool> InPartAsync(MimePart part, TextSearch text, CancellationToken cancellation)
    {
        foreach (var child in part.Children)
        {
            if (await InPartAsync(child, text, cancellation)) return true;
        }

        if (part.Message is { } message)
        {
            var header = await SectionFinder.HeaderAsync(message.Root, Content, session.Limits, cancellation);
            return InFields(header.Span, name: default, text) || await InPartAsync(message.Root, text, cancellation);
        }

        if (part.Kind != MimeKind.Text) return false; // Pictures and programs hold no words.
        var search = text.InBody(part);
        for (var at = part.BodyStart; at < part.End && !search.Found;)
        {
            var chunk = await Content.ReadAsync(at, cancellation);
            if (chunk.IsEmpty) break;
            chunk = chunk[..(int)Math.Min(chunk.Length, part.End - at)];
            search.Write(chunk.Span);
            at += chunk.Length;
        }

        return search.Finish();
    }
}
