using System.IO.Pipelines;
using System.Text;
using CompatBot.Core.Metrics;
using CompatBot.Core.Store;
using CompatBot.Protocols.Net;

namespace CompatBot.Protocols.Ftp;

/// <summary>A reply: three digits and text in one or more lines (RFC 959 section 4.2).</summary>
/// <param name="Text">Lines are separated by \n; those between the first and the last begin with a blank.</param>
/// <param name="Closes">The connection ends after it.</param>
public readonly record struct FtpReply(int Code, string Text, bool Closes = false)
{
    private static readonly Tally[] Given =
        [.. from kind in (string[])["1xx", "2xx", "3xx", "4xx", "5xx"] select LineMetrics.Of("ftp").Reply(kind)];

    public static readonly FtpReply NotFound = new(550, "No such file or folder");
    public static readonly FtpReply Syntax = new(501, "That is not what this command takes");
    public static readonly FtpReply BadPath = new(553, "Such a name can not be given");

    public bool IsMistake => Code is 500 or 501 or 502 or 503;

    public bool IsEmpty => Code == 0;

    public static FtpReply Goodbye(string text) => new(421, text, Closes: true);

    /// <summary>What core said.</summary>
    public static FtpReply From(Refusal refusal) => refusal switch
    {
        Refusal.NotFound => NotFound,
        Refusal.AlreadyExists => new(550, "There is something of that name"),
        Refusal.Invalid => BadPath,
        Refusal.HasChildren => new(550, "The folder is not empty"),
        Refusal.NotPermitted => new(550, "Not permitted"),
        Refusal.OverQuota => new(552, "The account is full"),
        Refusal.StoreFull => new(452, "Insufficient system storage"),
        Refusal.TooLarge or Refusal.TooMany => new(552, "A limit is reached"),
        Refusal.BadCredentials => new(530, "Login incorrect"),
        Refusal.Locked => new(450, "Locked by another client"),
        Refusal.Damaged or Refusal.WentBack => new(550, "The account's store can not be read: its operator must look"),
        _ => new(450, "Try again later"),
    };

    public void WriteTo(PipeWriter output)
    {
        Given[Math.Clamp(Code / 100, 1, 5) - 1].Add();
        var lines = Text.Split('\n');
        var text = new StringBuilder();
        for (var i = 0; i < lines.Length; i++)
        {
            if (i == lines.Length - 1) text.Append(Code).Append(' ');
            else if (i == 0) text.Append(Code).Append('-');
            else text.Append(' ');
            text.Append(lines[i]).Append("\r\n");
        }

        var span = output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        output.Advance(Encoding.UTF8.GetBytes(text.ToString(), span));
    }
}
