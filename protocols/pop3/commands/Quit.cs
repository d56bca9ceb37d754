using CompatBot.Core.Store;
using CompatBot.Protocols.Pop3.Wire;

namespace CompatBot.Protocols.Pop3.Commands;

/// <summary>QUIT: after a login, removes what is marked as deleted, and says goodbye (RFC 1939 section 6).</summary>
public sealed record Quit : IPop3Command
{
    /// <summary>"QUIT"</summary>
    public static IPop3Command? Parse(ref Pop3Words words) => words.IsAtEnd ? new Quit() : null;

    public async ValueTask<Pop3Reply> RunAsync(Pop3Session session, CancellationToken cancellation)
    {
        var refusal = session.State == Pop3State.Transaction ? await session.Maildrop.UpdateAsync(cancellation) : Refusal.None;
        return refusal == Refusal.None
            ? Pop3Reply.Ok("Goodbye") with { Closes = true }
            : Pop3Reply.Goodbye("[SYS/TEMP] Some deleted messages were not removed");
    }
}
