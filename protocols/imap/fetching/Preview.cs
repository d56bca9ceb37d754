using System.Buffers;
using System.Net;
using System.Text;
using CompatBot.Core.Content;
using CompatBot.Formats.Mime;

namespace CompatBot.Protocols.Imap.Fetching;

/// <summary>The first words of a message, for lists (RFC 8970): of its text as people see it, without what they answer to.</summary>
public static class Preview
{
    /// <summary>Characters of it: RFC 8970 section 3.1 recommends 200.</summary>
    public const int CharactersMax = 200;

    /// <summary>Octets of a text that are looked at; HTML has its style in front.</summary>
    private const int TextBytesMax = 16 << 10, HtmlBytesMax = 64 << 10;

    /// <returns>Empty where there is no text.</returns>
    /// <exception cref="ContentException">The message cannot be read.</exception>
    public static async ValueTask<string> OfAsync(MimePart root, ContentReader content, CancellationToken cancellation)
    {
        if (Find(root, "plain") is { } plain && Plain(await TextAsync(plain, content, TextBytesMax, cancellation)) is { Length: > 0 } text)
        {
            return text;
        }

        return Find(root, "html") is { } html ? Html(await TextAsync(html, content, HtmlBytesMax, cancellation)) : "";
    }

    /// <summary>Without lines that are quoted, where there are others.</summary>
    public static string Plain(string text)
    {
        var lines = text.Split('\n');
        var own = lines.Where(line => !line.StartsWith('>'));
        return Joined(string.Join('\n', own)) is { Length: > 0 } words ? words : Joined(text);
    }

    /// <summary>Without what no reader shows: tags, comments, style, scripts and the head.</summary>
    public static string Html(string html)
    {
        var text = new StringBuilder();
        for (var at = 0; at < html.Length;)
        {
            var open = html.IndexOf('<', at);
            text.Append(html, at, (open < 0 ? html.Length : open) - at).Append(' ');
            if (open < 0) break;
            at = End(html, open);
        }

        return Joined(WebUtility.HtmlDecode(text.ToString()));
    }

    /// <returns>Where reading goes on behind a tag and what it hides.</returns>
    private static int End(string html, int open)
    {
        var rest = html.AsSpan(open);
        if (rest.StartsWith("<!--", StringComparison.Ordinal)) return After(html, "-->", open);
        foreach (var hidden in (string[])["style", "script", "head", "title"])
        {
            if (rest.Length > hidden.Length + 1 && rest[1..].StartsWith(hidden, StringComparison.OrdinalIgnoreCase)
                && !char.IsAsciiLetterOrDigit(rest[hidden.Length + 1])) return After(html, $"</{hidden}>", open);
        }

        return After(html, ">", open);
    }

    private static int After(string html, string end, int from) =>
        html.IndexOf(end, from, StringComparison.OrdinalIgnoreCase) is var at and >= 0 ? at + end.Length : html.Length;

    /// <summary>Words with one blank between them.</summary>
    private static string Joined(string text)
    {
        var words = new StringBuilder(CharactersMax);
        var hasGap = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune) || rune.Value is 0x200B or 0x200C or 0xFEFF or 0x00AD or 0x034F)
            {
                hasGap = words.Length > 0;
                continue;
            }

            if (words.Length + rune.Utf16SequenceLength + (hasGap ? 1 : 0) > CharactersMax) break;
            if (hasGap) words.Append(' ');
            hasGap = false;
            words.Append(rune);
        }

        return words.ToString();
    }

    private static MimePart? Find(MimePart root, string subtype) => root.Leaves().FirstOrDefault(part =>
        part.Type.Equals("text", StringComparison.OrdinalIgnoreCase)
        && part.Subtype.Equals(subtype, StringComparison.OrdinalIgnoreCase)
        && !string.Equals(part.Disposition, "attachment", StringComparison.OrdinalIgnoreCase));

    private static async ValueTask<string> TextAsync(
        MimePart part, ContentReader content, int bytesMax, CancellationToken cancellation)
    {
        var (decoder, decoded) = (TransferDecoder.For(part.Encoding), new ArrayBufferWriter<byte>());
        var end = Math.Min(part.End, part.BodyStart + bytesMax);
        await foreach (var chunk in content.StreamAsync(part.BodyStart, end, cancellation)) decoder.Decode(chunk.Span, decoded);

        decoder.Finish(decoded);
        return Charsets.GetOrUtf8(part.Parameter("charset")).GetString(decoded.WrittenSpan);
    }
}
