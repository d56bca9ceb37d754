using System.IO.Pipelines;
using System.Text;
using CompatBot.Core.Metrics;
using CompatBot.Core.Store;
using CompatBot.Protocols.Net;

namespace CompatBot.Protocols.Smtp;

/// <summary>A reply: three digits, an enhanced status code (RFC 2034; null where the RFC has none), text in one or more lines.</summary>
/// <param name="Text">Lines are separated by \n.</param>
/// <param name="Closes">The connection ends after it.</param>
public readonly record struct SmtpReply(int Code, string? Enhanced, string Text, bool Closes = false)
{
    private static readonly Tally[] Given =
        [.. from kind in (string[])["2xx", "3xx", "4xx", "5xx"] select LineMetrics.Of("smtp").Reply(kind)];

    public static readonly SmtpReply Ok = new(250, "2.0.0", "OK");
    public static readonly SmtpReply TooManyRecipients = new(452, "4.5.3", "Too many recipients");
    public static readonly SmtpReply TooManyThisHour = new(450, "4.7.1", "This device has written to too many recipients, try again later");
    public static readonly SmtpReply TooManyFromYou = new(450, "4.7.1", "Too much mail from you in this hour, try again later");
    public static readonly SmtpReply TooManyForThem = new(450, "4.2.1", "Too much mail for this recipient in this hour, try again later");
    public static readonly SmtpReply TooManyHops = new(554, "5.4.6", "Message came through too many servers: it goes in a circle");
    public static readonly SmtpReply TooLarge = new(552, "5.3.4", "Message too big");
    public static readonly SmtpReply BareLineEnd = new(550, "5.6.11", "Bare CR or LF in message: lines end in CRLF");
    public static readonly SmtpReply HiddenEnd = new(550, "5.6.11", "A line is a dot and NULs: elsewhere it would be the message's end");
    public static readonly SmtpReply Failed = new(451, "4.3.0", "Internal error");

    public bool IsMistake => Code is >= 500 and <= 504 or 555;

    public bool IsEmpty => Code == 0;

    public static SmtpReply Syntax(string text) => new(501, "5.5.4", text);

    public static SmtpReply NoParameter(string command) => new(555, "5.5.4", $"{command} parameter not recognized");

    public static SmtpReply BadSequence(string text) => new(503, "5.5.1", text);

    public static SmtpReply Unrecognized(string text) => new(500, "5.5.2", text);

    /// <summary>421 and the end of the connection.</summary>
    public static SmtpReply Goodbye(string enhanced, string text) => new(421, enhanced, text, Closes: true);

    /// <summary>What core said about storing a message or finding its recipient.</summary>
    public static SmtpReply From(Refusal refusal) => refusal switch
    {
        Refusal.NotFound => new(550, "5.1.1", "No such mailbox here"),
        Refusal.AlreadyExists or Refusal.HasChildren or Refusal.Invalid => new(554, "5.6.0", "Message not acceptable"),
        Refusal.NotPermitted => new(550, "5.7.1", "Not permitted"),
        Refusal.OverQuota => new(452, "4.2.2", "Mailbox full"),
        Refusal.TooLarge => TooLarge,
        Refusal.TooMany => new(452, "4.5.3", "Mailbox has reached a limit"),
        Refusal.BadCredentials => new(535, "5.7.8", "Authentication credentials invalid"),
        Refusal.StoreFull => new(452, "4.3.1", "Insufficient system storage"),
        Refusal.Conflict or Refusal.Unavailable or Refusal.Locked => new(451, "4.3.0", "Try again later"),
        Refusal.Damaged or Refusal.WentBack => new(451, "4.3.0", "Try again later"),
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, null),
    };

    public void WriteTo(PipeWriter output)
    {
        Given[Math.Clamp(Code / 100, 2, 5) - 2].Add();
        for (var rest = Text.AsSpan(); ;)
        {
            var end = rest.IndexOf('\n');
            var line = end < 0 ? rest : rest[..end];
            var span = output.GetSpan(16 + Encoding.UTF8.GetMaxByteCount(line.Length));
            var length = Prefix(span, last: end < 0);
            length += Encoding.UTF8.GetBytes(line, span[length..]);
            "\r\n"u8.CopyTo(span[length..]);
            output.Advance(length + 2);
            if (end < 0) return;
            rest = rest[(end + 1)..];
        }
    }

    private int Prefix(Span<byte> span, bool last)
    {
        (span[0], span[1], span[2]) = ((byte)('0' + (Code / 100)), (byte)('0' + (Code / 10 % 10)), (byte)('0' + (Code % 10)));
        span[3] = last ? (byte)' ' : (byte)'-';
        if (Enhanced is null) return 4;
        var length = 4 + Encoding.ASCII.GetBytes(Enhanced, span[4..]);
        span[length] = (byte)' ';
        return length + 1;
    }
}
