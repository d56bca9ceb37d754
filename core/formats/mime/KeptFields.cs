using System.Text;

namespace CompatBot.Formats.Mime;

/// <summary>How many fields of one name a summary keeps.</summary>
internal enum Keep
{
    No,
    First,
    All,
}

/// <summary>
/// Which header fields a summary keeps: the envelope, the MIME fields, and what the lists of Thunderbird, mutt, Apple Mail and
/// K-9 ask for with HEADER.FIELDS.
/// </summary>
internal static class KeptFields
{
    /// <summary>Canonical names; their index is stored in summaries, so new names go to the end and none is removed.</summary>
    private static readonly byte[][] Names =
    [
        .. new[]
        {
            "From", "To", "Cc", "Bcc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Reply-To", "Sender", "Content-Type",
            "Content-Transfer-Encoding", "Content-ID", "Content-Description", "Content-Disposition", "Content-Language", "Content-Location",
            "Content-MD5", "MIME-Version", "Priority", "X-Priority", "Importance", "Return-Path", "Received", "Authentication-Results",
            "Disposition-Notification-To", "User-Agent", "X-Mailer", "Newsgroups", "Lines", "X-Label", "X-Original-To", "Auto-Submitted",
            "Precedence", "X-Spam-Flag", "Followup-To", "Mail-Followup-To", "Message-Id", "CC", "Delivered-To", "Resent-Message-ID",
            "X-Uniform-Type-Identifier", "X-Universally-Unique-Identifier", "Content-Class", "Content-Base", "Envelope-To", "Status",
            "X-Status", "X-Keywords",
        }.Select(Encoding.ASCII.GetBytes),
    ];

    private static readonly int[][] ByLength = [.. Enumerable.Range(0, 34).Select(
        length => Enumerable.Range(0, Names.Length).Where(index => Names[index].Length == length).ToArray())];

    /// <param name="message">True for a message's header, false for the header of a part in a multipart.</param>
    public static Keep Of(ReadOnlySpan<byte> name, bool message)
    {
        if (message && name.Length > 5 && Ascii.EqualsIgnoreCase(name[..5], "List-"u8))
        {
            return Keep.All;
        }

        if (name.Length >= ByLength.Length)
        {
            return Keep.No;
        }

        foreach (var index in ByLength[name.Length])
        {
            if (Ascii.EqualsIgnoreCase(name, Names[index]))
            {
                return !message ? (Names[index].AsSpan().StartsWith("Content-"u8) ? Keep.First : Keep.No)
                    : Names[index] is [(byte)'R', (byte)'e', (byte)'c', ..] or [(byte)'A', (byte)'u', (byte)'t', (byte)'h', ..] ? Keep.First
                    : Keep.All;
            }
        }

        return Keep.No;
    }

    /// <summary>The code of a name that is spelled exactly so, or -1.</summary>
    public static int Code(ReadOnlySpan<byte> name)
    {
        if (name.Length < ByLength.Length)
        {
            foreach (var index in ByLength[name.Length])
            {
                if (name.SequenceEqual(Names[index]))
                {
                    return index;
                }
            }
        }

        return -1;
    }

    public static ReadOnlySpan<byte> Name(int code) => code < Names.Length ? Names[code] : default;
}
