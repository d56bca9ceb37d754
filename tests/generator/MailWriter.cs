using System.Buffers;
using System.Globalization;
using System.Text;

namespace CompatBot.Generator;

/// <summary>Writes lines of a message; text is UTF-8.</summary>
internal sealed class MailWriter(Random random, int seed, MessageOptions options)
{
    private static readonly DateTimeOffset Epoch = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ArrayBufferWriter<byte> _bytes = new();

    public Random Random { get; } = random;

    public int Seed { get; } = seed;

    public MessageOptions Options { get; } = options;

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    public MailWriter Line(string text = "") => Bytes(Encoding.UTF8.GetBytes(text)).Bytes("\r\n"u8);

    public MailWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public MailWriter Raw(string text) => Bytes(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n")));

    /// <summary>The usual fields, without MIME fields and without the blank line.</summary>
    public MailWriter Header(string? subject = null)
    {
        Line($"From: {Address("sender")}");
        Line($"To: {Address(Options.AddressMarker ?? "friend")}");
        if (Random.Next(3) == 0)
        {
            Line($"Cc: {Address("colleague")},\r\n {Address("other")}");
        }

        Line($"Subject: {Marked(subject ?? Words.Sentence(Random, 6))}");
        Line($"Date: {Date()}");
        return Line($"Message-ID: <{Seed}.{Random.Next()}@generator.test>");
    }

    public MailWriter Mime(string contentType, string? encoding = null)
    {
        Line("MIME-Version: 1.0").Line($"Content-Type: {contentType}");
        return encoding is null ? this : Line($"Content-Transfer-Encoding: {encoding}");
    }

    /// <summary>A few paragraphs of plain text, in lines below 78 characters.</summary>
    public MailWriter Text(int paragraphs = 0)
    {
        paragraphs = paragraphs > 0 ? paragraphs : 1 + Random.Next(6);
        if (Options.BodyMarker is { } marker)
        {
            Line(marker);
        }

        for (var paragraph = 0; paragraph < paragraphs; paragraph++)
        {
            for (var line = Random.Next(1, 8); line > 0; line--)
            {
                Line(Words.Sentence(Random, 9));
            }

            Line();
        }

        return this;
    }

    public MailWriter Base64(ReadOnlySpan<byte> bytes)
    {
        var text = Convert.ToBase64String(bytes);
        for (var start = 0; start < text.Length; start += 76)
        {
            Line(text.Substring(start, Math.Min(76, text.Length - start)));
        }

        return this;
    }

    public MailWriter QuotedPrintable(ReadOnlySpan<byte> bytes)
    {
        var line = new StringBuilder();
        foreach (var octet in bytes)
        {
            line.Append(octet is > 32 and < 127 and not (byte)'=' ? ((char)octet).ToString() : $"={octet:X2}");
            if (line.Length > 70)
            {
                Line(line.Append('=').ToString());
                line.Clear();
            }
        }

        return Line(line.ToString());
    }

    public string Address(string local) => Random.Next(5) switch
    {
        0 => $"{local}{Random.Next(100)}@{Words.Domain(Random)}",
        1 => $"\"{Words.Name(Random)}, {Words.Name(Random)}\" <{local}@{Words.Domain(Random)}>",
        2 => $"{local}@{Words.Domain(Random)} ({Words.Name(Random)})",
        3 => $"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(Words.Unicode(Random)))}?= <{local}@{Words.Domain(Random)}>",
        _ => $"{Words.Name(Random)} <{local}+tag{Random.Next(9)}@{Words.Domain(Random)}>",
    };

    public string Marked(string subject) => Options.SubjectMarker is { } marker ? $"{marker} {subject}" : subject;

    public string Boundary() => Random.Next(3) switch
    {
        0 => $"----=_Part_{Random.Next()}",
        1 => $"=_{Random.NextInt64():x}:{Random.Next(100)}",
        _ => $"b{Random.Next(1000)}",
    };

    public string Date()
    {
        var minutes = Random.Next(14) * 60 * (Random.Next(2) == 0 ? -1 : 1);
        var date = Epoch.AddSeconds(Random.Next(200_000_000)).ToOffset(TimeSpan.FromMinutes(minutes));
        return date.ToString("ddd, dd MMM yyyy HH:mm:ss ", CultureInfo.InvariantCulture)
            + (minutes < 0 ? "-" : "+") + date.Offset.ToString("hhmm", CultureInfo.InvariantCulture);
    }
}
