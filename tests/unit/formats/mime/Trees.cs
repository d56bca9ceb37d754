using System.Text;
using CompatBot.Formats.Mime;
using Xunit;

namespace CompatBot.UnitTests.Formats.Mime;

/// <summary>Scans, prints and checks trees.</summary>
internal static class Trees
{
    public static MimeMessage Scan(ReadOnlySpan<byte> message, int piece = int.MaxValue, MimeLimits? limits = null)
    {
        var scanner = new MimeScanner(limits);
        while (!message.IsEmpty)
        {
            var length = Math.Min(piece, message.Length);
            scanner.Write(message[..length]);
            message = message[length..];
        }

        return scanner.Finish();
    }

    /// <summary>(type/subtype header-body-end lines children... message)</summary>
    public static string Show(MimeMessage message)
    {
        var text = new StringBuilder();
        Show(text, message.Root);
        return text.ToString();
    }

    /// <summary>Every part lies in its parent, brothers do not overlap, and what the tree promises holds.</summary>
    public static void Check(MimeMessage message, long size)
    {
        Assert.Equal(size, message.Size);
        Assert.Equal(0, message.Root.HeaderStart);
        Check(message.Root, 0, size);
        _ = message.Envelope;
    }

    private static void Check(MimePart part, long from, long to)
    {
        Assert.InRange(part.HeaderStart, from, to);
        Assert.InRange(part.BodyStart, part.HeaderStart, to);
        Assert.InRange(part.End, part.BodyStart, to);
        Assert.InRange(part.BodyLines, 0, part.BodyBytes);
        Assert.NotEmpty(part.Type);
        Assert.NotEmpty(part.Subtype);
        Assert.Equal(part.Kind == MimeKind.Message, part.Message is not null);
        Assert.Equal(part.Kind == MimeKind.Multipart, part.Children.Count > 0);
        var next = part.BodyStart;
        foreach (var child in part.Children)
        {
            Check(child, next, part.End);
            next = child.End;
        }

        if (part.Message is { } message)
        {
            Assert.Equal(part.BodyStart, message.Root.HeaderStart);
            Assert.Equal(part.End, message.Root.End);
            Check(message.Root, part.BodyStart, part.End);
            _ = message.Envelope;
        }
    }

    private static void Show(StringBuilder text, MimePart part)
    {
        text.Append('(').Append(part.Type).Append('/').Append(part.Subtype).Append(' ')
            .Append(part.HeaderStart).Append('-').Append(part.BodyStart).Append('-').Append(part.End).Append(' ').Append(part.BodyLines);
        foreach (var child in part.Children)
        {
            Show(text.Append(' '), child);
        }

        if (part.Message is { } message)
        {
            Show(text.Append(' '), message.Root);
        }

        text.Append(')');
    }
}
