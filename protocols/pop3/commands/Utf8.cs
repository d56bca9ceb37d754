using CompatBot.Protocols.Pop3.Wire;

namespace CompatBot.Protocols.Pop3.Commands;

/// <summary>UTF8: the client takes UTF-8 in headers and says it in USER and PASS (RFC 6856 section 2). So it is here anyway.</summary>
public sealed record Utf8 : IPop3Command
{
    /// <summary>"UTF8"</summary>
    public static IPop3Command? Parse(ref Pop3Words words) => words.IsAtEnd ? new Utf8() : null;

    public ValueTask<Pop3Reply> RunAsync(Pop3Session session, CancellationToken cancellation) => new(Pop3Reply.Ok("UTF-8 it is"));
}
