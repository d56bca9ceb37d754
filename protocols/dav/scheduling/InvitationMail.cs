using System.Globalization;
using System.Text;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Icalendar.Itip;
using CompatBot.Formats.Vobject;

namespace CompatBot.Protocols.Dav.Scheduling;

/// <summary>A scheduling message as mail (iMIP, RFC 6047): words for a person, the message for a program, and the same as a file.</summary>
internal static class InvitationMail
{
    /// <summary>A message in ASCII, but where an address is not; lines ending in CRLF.</summary>
    public static byte[] Write(ItipMessage message, DateTimeOffset now)
    {
        var part = message.Calendar.Components.First(one => one.Name != "VTIMEZONE");
        var title = part.Find("SUMMARY")?.Text is { Length: > 0 } summary ? summary : "(no title)";
        var calendar = message.ToOctets();
        var boundary = "=_" + Guid.NewGuid().ToString("N");
        var domain = message.From[(message.From.IndexOf('@', StringComparison.Ordinal) + 1)..];
        var mail = new StringBuilder()
            .Append("From: <").Append(message.From).Append(">\r\nTo: <").Append(message.To).Append(">\r\nSubject: ")
            .Append(Encoded($"{Word(message, part)}: {title}"))
            .Append("\r\nDate: ").Append(now.ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture))
            .Append("\r\nMessage-ID: <").Append(Guid.NewGuid().ToString("N")).Append('@').Append(domain)
            .Append(">\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"").Append(boundary).Append("\"\r\n\r\n--")
            .Append(boundary).Append("\r\nContent-Type: multipart/alternative; boundary=\"").Append(boundary).Append("a\"\r\n\r\n");
        Part(mail, boundary + "a", "text/plain; charset=utf-8", null, Encoding.UTF8.GetBytes(Words(message, part, title)));
        Part(mail, boundary + "a", $"text/calendar; charset=utf-8; method={message.Method}", null, calendar);
        mail.Append("--").Append(boundary).Append("a--\r\n");
        Part(mail, boundary, "application/ics; name=\"invite.ics\"", "attachment; filename=\"invite.ics\"", calendar);
        return Encoding.UTF8.GetBytes(mail.Append("--").Append(boundary).Append("--\r\n").ToString());
    }

    private static void Part(StringBuilder mail, string boundary, string type, string? disposition, byte[] content)
    {
        mail.Append("--").Append(boundary).Append("\r\nContent-Type: ").Append(type).Append("\r\nContent-Transfer-Encoding: base64\r\n");
        if (disposition is not null) mail.Append("Content-Disposition: ").Append(disposition).Append("\r\n");
        var text = Convert.ToBase64String(content, Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\r\n");
        mail.Append("\r\n").Append(text).Append("\r\n");
    }

    private static string Word(ItipMessage message, Component part) => message.Method switch
    {
        "CANCEL" => "Cancelled",
        "COUNTER" => "Another proposal",
        "DECLINECOUNTER" => "Proposal declined",
        "REFRESH" => "Asked for again",
        "REPLY" => Answer(message, part),
        _ => ItipMessage.SequenceOf(part) > 0 ? "Updated invitation" : "Invitation",
    };

    private static string Answer(ItipMessage message, Component part) => CalendarUser.StatusOf(part, message.From) switch
    {
        "ACCEPTED" => "Accepted",
        "DECLINED" => "Declined",
        "TENTATIVE" => "Tentatively accepted",
        "DELEGATED" => "Delegated",
        var other => other,
    };

    private static string Words(ItipMessage message, Component part, string title)
    {
        var text = new StringBuilder(title).Append("\r\n\r\n");
        if (part.Find("DTSTART") is { } start) text.Append("When: ").Append(Time(start)).Append("\r\n");
        if (part.Find("LOCATION")?.Text is { Length: > 0 } place) text.Append("Where: ").Append(place).Append("\r\n");
        if (part.Find("RRULE") is not null) text.Append("It repeats.\r\n");
        text.Append("\r\n").Append(message.Method switch
        {
            "CANCEL" => $"{message.From} has cancelled it.",
            "COUNTER" => $"{message.From} proposes this instead.",
            "DECLINECOUNTER" => $"{message.From} does not take your proposal: what was planned stays.",
            "REFRESH" => $"{message.From} asks you to send it again.",
            "REPLY" => $"{message.From}: {Answer(message, part)}.",
            _ => $"{message.From} invites you. A calendar program that opens this message can answer.",
        });
        if (part.Find("DESCRIPTION")?.Text is { Length: > 0 } about) text.Append("\r\n\r\n").Append(about);
        return text.Append("\r\n").ToString().ReplaceLineEndings("\r\n");
    }

    private static string Time(ContentLine line)
    {
        if (CalendarTime.Parse(line.Value) is not { } time) return line.Value;
        var format = time.IsDate ? "dddd, d MMMM yyyy" : "dddd, d MMMM yyyy HH:mm";
        var zone = time.IsUtc ? " UTC" : line["TZID"] is { } name ? $" ({name})" : "";
        return time.Local.ToString(format, CultureInfo.InvariantCulture) + zone;
    }

    /// <summary>Encoded words of at most 75 characters each (RFC 2047 section 2).</summary>
    private static string Encoded(string text)
    {
        const int OctetsMax = 45;
        if (text.Length <= 60 && text.All(one => one is >= ' ' and <= '~') && !text.Contains("=?", StringComparison.Ordinal)) return text;
        var words = new List<string>();
        var octets = new List<byte>();
        var one = new byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var length = rune.EncodeToUtf8(one);
            if (octets.Count + length > OctetsMax) Flush();
            octets.AddRange(one.AsSpan(0, length));
        }

        Flush();
        return string.Join("\r\n ", words);

        void Flush()
        {
            words.Add($"=?utf-8?B?{Convert.ToBase64String(octets.ToArray())}?=");
            octets.Clear();
        }
    }
}
