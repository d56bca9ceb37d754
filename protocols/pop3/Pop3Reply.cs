using System.IO.Pipelines;
using System.Text;
using CompatBot.Core.Metrics;
using CompatBot.Core.Store;
using CompatBot.Protocols.Net;

namespace CompatBot.Protocols.Pop3;

/// <summary>A status line: +OK or -ERR, a response code in brackets (RFC 2449 section 8, RFC 3206), and text.</summary>
/// <param name="Text">One line; null for a reply that the command wrote itself.</param>
/// <param name="Closes">The connection ends after it.</param>
/// <param name="IsMistake">The command was none, or not at its time: too many end the connection.</param>
public readonly record struct Pop3Reply(bool IsOk, string? Text, bool Closes = false, bool IsMistake = false)
{
    private static readonly Tally GivenOk = LineMetrics.Of("pop3").Reply("ok");
    private static readonly Tally GivenError = LineMetrics.Of("pop3").Reply("err");

    /// <summary>The command has written all of its answer.</summary>
    public static readonly Pop3Reply Written = new(true, null);

    public static Pop3Reply Ok(string text) => new(true, text);

    public static Pop3Reply Error(string text) => new(false, text);

    public static Pop3Reply Mistake(string text) => new(false, text, IsMistake: true);

    public static Pop3Reply Goodbye(string text) => new(false, text, Closes: true);

    /// <summary>What core said.</summary>
    public static Pop3Reply From(Refusal refusal) => refusal switch
    {
        Refusal.BadCredentials => Error("[AUTH] Authentication failed"),
        Refusal.NotPermitted or Refusal.Locked => Error("[AUTH] POP3 is outside of this device's scope"),
        Refusal.Damaged or Refusal.WentBack => Error("[SYS/PERM] The mailbox can not be read: its operator must look"),
        _ => Error("[SYS/TEMP] Try again later"),
    };

    public void WriteTo(PipeWriter output)
    {
        (IsOk ? GivenOk : GivenError).Add();
        if (Text is null) return;
        var span = output.GetSpan(8 + Encoding.UTF8.GetMaxByteCount(Text.Length));
        var length = Encoding.UTF8.GetBytes(IsOk ? "+OK " : "-ERR ", span);
        length += Encoding.UTF8.GetBytes(Text, span[length..]);
        "\r\n"u8.CopyTo(span[length..]);
        output.Advance(length + 2);
    }
}
