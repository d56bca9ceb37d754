using System.Globalization;
using CompatBot.Core.Mail;
using CompatBot.Formats.Mime;

namespace CompatBot.Gateway.Moving;

/// <summary>A message of an mbox.</summary>
/// <param name="Octets">As it was before the mbox: lines that end in CRLF, no quoted "From ", no fields of the mbox's own.</param>
/// <param name="Labels">Gmail's, of a Takeout; null: there are none.</param>
internal sealed record MboxMessage(
    string Base, long Arrived, MessageFlags Flags, IReadOnlyList<string> Keywords, byte[] Octets, IReadOnlyList<string>? Labels)
    : MovingMessage(Base, Arrived, Flags, Keywords)
{
    /// <summary>Where in the mbox its "From " line begins.</summary>
    public long Start { get; init; }
}

/// <summary>
/// Takes an mbox apart (RFC 4155 and its relatives: mboxo, mboxrd; of mutt, Thunderbird, Apple Mail, Dovecot, Gmail's Takeout). A message
/// begins at a line "From ", at the start or behind an empty line, that ends in a year or a zone.
/// </summary>
internal static class MboxReader
{
    /// <summary>Octets of a message; a longer one is passed over, and named.</summary>
    public const int MessageBytesMax = 1 << 30;

    private const int LineBytesMax = 1 << 16;

    /// <summary>Fields that programs put into an mbox to remember flags.</summary>
    private static readonly HashSet<string> OwnFields = new(StringComparer.OrdinalIgnoreCase)
    {
        "Status", "X-Status", "X-Keywords", "X-UID", "X-IMAP", "X-IMAPbase", "X-Mozilla-Status", "X-Mozilla-Status2", "X-Mozilla-Keys",
        "X-GM-THRID", "X-Gmail-Labels",
    };

    private static readonly string[] DateForms =
    [
        "ddd MMM d HH:mm:ss yyyy", "ddd MMM d HH:mm yyyy", "ddd MMM d HH:mm:ss zzz yyyy", "ddd MMM d HH:mm:ss yyyy zzz",
        "ddd, d MMM yyyy HH:mm:ss zzz",
    ];

    /// <summary>Whether a file begins as an mbox does.</summary>
    public static bool IsMbox(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[5];
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("From "u8);
    }

    /// <summary>The messages in order; of one that is too long, null.</summary>
    /// <param name="otherwise">When a message arrived that does not say.</param>
    public static IEnumerable<MboxMessage?> Read(Stream file, DateTimeOffset otherwise)
    {
        using var message = new MemoryStream();
        string? from = null;
        var (afterEmpty, isTooLong, number) = (true, false, 0);
        var (start, next) = (0L, file.Position);
        foreach (var (line, isStart) in Lines(file))
        {
            var at = next;
            next += line.Length;
            if (afterEmpty && isStart && IsStart(line))
            {
                if (from is not null) yield return isTooLong ? null : Message(++number, from, message, otherwise) with { Start = start };
                start = at;
                from = System.Text.Encoding.Latin1.GetString(line).Trim();
                message.SetLength(0);
                (afterEmpty, isTooLong) = (false, false);
                continue;
            }

            if (from is null) continue; // It does not begin as it should.
            afterEmpty = isStart && line is [(byte)'\n'] or [(byte)'\r', (byte)'\n'];
            isTooLong |= message.Length + line.Length > MessageBytesMax;
            if (!isTooLong) message.Write(isStart ? Unquoted(line) : line);
        }

        if (from is not null) yield return isTooLong ? null : Message(++number, from, message, otherwise) with { Start = start };
    }

    /// <summary>Lines with their ends; one that is very long comes in pieces, of which only the first is its start.</summary>
    private static IEnumerable<(byte[] Line, bool IsStart)> Lines(Stream file)
    {
        var buffer = new byte[LineBytesMax];
        var (from, until, isStart) = (0, 0, true);
        while (true)
        {
            var end = buffer.AsSpan(from, until - from).IndexOf((byte)'\n');
            if (end >= 0 || (from == 0 && until == buffer.Length))
            {
                var length = end >= 0 ? end + 1 : until;
                yield return (buffer.AsSpan(from, length).ToArray(), isStart);
                (from, isStart) = (from + length, end >= 0);
                continue;
            }

            buffer.AsSpan(from, until - from).CopyTo(buffer);
            (from, until) = (0, until - from);
            var read = file.Read(buffer, until, buffer.Length - until);
            if (read == 0) break;
            until += read;
        }

        if (until > from) yield return (buffer.AsSpan(from, until - from).ToArray(), isStart);
    }

    /// <summary>"From " address, date: what begins a message, and not what somebody wrote at the start of a line.</summary>
    private static bool IsStart(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith("From "u8)) return false;
        var text = line.TrimEnd("\r\n "u8);
        var last = text[(text.LastIndexOf((byte)' ') + 1)..];
        if (last is [(byte)'+' or (byte)'-', ..]) last = last[1..];
        return last.Length == 4 && !last.ContainsAnyExceptInRange((byte)'0', (byte)'9') && line.Contains((byte)':');
    }

    /// <summary>mboxrd takes a ">" from every line of such and "From "; where only "From " was quoted, that is the same.</summary>
    private static ReadOnlySpan<byte> Unquoted(ReadOnlySpan<byte> line)
    {
        var quotes = line.IndexOfAnyExcept((byte)'>');
        return quotes > 0 && line[quotes..].StartsWith("From "u8) ? line[1..] : line;
    }

    private static MboxMessage Message(int number, string from, MemoryStream text, DateTimeOffset otherwise)
    {
        var octets = WithCrLf(text.GetBuffer().AsSpan(0, (int)text.Length));
        var length = HeaderBlock.Length(octets, 0) is var found and >= 0 ? found : octets.Length;
        var fields = HeaderBlock.Fields(octets.AsMemory(0, length));
        var (flags, keywords) = Flags(fields);
        using var clean = new MemoryStream(octets.Length);
        HeaderBlock.WriteWithout(octets.AsMemory(0, length), field => OwnFields.Contains(field.Key), clean);
        clean.Write(octets.AsSpan(length));
        var labels = Text(fields, "X-Gmail-Labels") is { } given ? Labels(given) : null;
        if (labels is not null) flags |= LabelFlags(labels);
        var name = string.Create(CultureInfo.InvariantCulture, $"message {number}");
        return new MboxMessage(name, Arrived(from, fields) ?? otherwise.ToUnixTimeSeconds(), flags, keywords, clean.ToArray(), labels);
    }

    /// <summary>Line feeds alone become CRLF; the empty line that the mbox put behind the message is not its own.</summary>
    private static byte[] WithCrLf(ReadOnlySpan<byte> text)
    {
        if (text.EndsWith("\r\n\r\n"u8)) text = text[..^2];
        else if (text.EndsWith("\n\n"u8)) text = text[..^1];
        using var octets = new MemoryStream(text.Length + (text.Length / 20));
        for (var at = 0; at < text.Length;)
        {
            var end = text[at..].IndexOf((byte)'\n');
            var line = end < 0 ? text[at..] : text.Slice(at, end);
            octets.Write(line);
            at += line.Length + 1;
            if (end < 0) break;
            if (line is not [.., (byte)'\r']) octets.WriteByte((byte)'\r');
            octets.WriteByte((byte)'\n');
        }

        return octets.ToArray();
    }

    private static (MessageFlags Flags, List<string> Keywords) Flags(List<HeaderField> fields)
    {
        var (flags, keywords) = (MessageFlags.None, new List<string>());
        var letters = $"{Text(fields, "Status")}{Text(fields, "X-Status")}";
        if (letters.Contains('R', StringComparison.Ordinal)) flags |= MessageFlags.Seen;
        if (letters.Contains('A', StringComparison.Ordinal)) flags |= MessageFlags.Answered;
        if (letters.Contains('F', StringComparison.Ordinal)) flags |= MessageFlags.Flagged;
        if (letters.Contains('T', StringComparison.Ordinal)) flags |= MessageFlags.Draft;
        if (letters.Contains('D', StringComparison.Ordinal)) flags |= MessageFlags.Deleted;
        if (int.TryParse(Text(fields, "X-Mozilla-Status"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var mozilla))
        {
            // nsMsgMessageFlags: read, replied, marked, expunged, forwarded.
            if ((mozilla & 0x1) != 0) flags |= MessageFlags.Seen;
            if ((mozilla & 0x2) != 0) flags |= MessageFlags.Answered;
            if ((mozilla & 0x4) != 0) flags |= MessageFlags.Flagged;
            if ((mozilla & 0x8) != 0) flags |= MessageFlags.Deleted;
            if ((mozilla & 0x1000) != 0) keywords.Add("$Forwarded");
        }

        foreach (var name in (string[])["X-Keywords", "X-Mozilla-Keys"])
        {
            keywords.AddRange((Text(fields, name) ?? "").Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries));
        }

        return (flags, [.. keywords.Distinct(StringComparer.OrdinalIgnoreCase)]);
    }

    private static MessageFlags LabelFlags(IReadOnlyList<string> labels) =>
        (labels.Contains("Unread") ? MessageFlags.None : MessageFlags.Seen)
        | (labels.Contains("Starred") ? MessageFlags.Flagged : MessageFlags.None)
        | (labels.Contains("Drafts") ? MessageFlags.Draft : MessageFlags.None);

    /// <summary>Comma-separated, with quotes around what has commas; encoded words where it is not ASCII.</summary>
    private static List<string> Labels(string text)
    {
        List<string> labels = [];
        var (label, isQuoted) = (new System.Text.StringBuilder(), false);
        foreach (var letter in EncodedWords.Decode(text))
        {
            if (letter == '"') isQuoted = !isQuoted;
            else if (letter != ',' || isQuoted) label.Append(letter);
            else Take();
        }

        Take();
        return labels;

        void Take()
        {
            if (label.ToString().Trim() is { Length: > 0 } found) labels.Add(found);
            label.Clear();
        }
    }

    private static long? Arrived(string from, List<HeaderField> fields)
    {
        // "From ADDRESS DATE": the address may have blanks.
        var words = from.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (var skip = 1; skip < words.Length; skip++)
        {
            if (DateTimeOffset.TryParseExact(
                string.Join(' ', words.Skip(skip)), DateForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            {
                return time.ToUnixTimeSeconds();
            }
        }

        return MailDate.TryParse(Text(fields, "Date"), out var date) ? date.ToUnixTimeSeconds() : null;
    }

    private static string? Text(List<HeaderField> fields, string name)
    {
        var wanted = System.Text.Encoding.ASCII.GetBytes(name);
        foreach (var field in fields)
        {
            if (field.Is(wanted)) return WireText.Unfold(field.Value).Trim();
        }

        return null;
    }
}
