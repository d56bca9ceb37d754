using CompatBot.Protocols.Net.Lines;
using CompatBot.Protocols.Pop3.Wire;

namespace CompatBot.Protocols.Pop3.Commands;

/// <summary>UIDL: names that stay, of one message or of all (RFC 1939 section 7).</summary>
public sealed record Uidl(int? Number) : IPop3Command
{
    /// <summary>"UIDL" [SP msg]</summary>
    public static IPop3Command? Parse(ref Pop3Words words)
    {
        if (words.IsAtEnd) return new Uidl(Number: null);
        return words.Number(out var number) && words.IsAtEnd ? new Uidl(number) : null;
    }

    public async ValueTask<Pop3Reply> RunAsync(Pop3Session session, CancellationToken cancellation)
    {
        var maildrop = session.Maildrop;
        if (Number is { } one)
        {
            return maildrop.Has(one) ? Pop3Reply.Ok($"{one} {maildrop.UniqueId(one)}") : Pop3Reply.Error("No such message");
        }

        Pop3Reply.Ok("Names follow").WriteTo(session.Connection.Output);
        var writer = new DotWriter(session.Connection.Output);
        for (var number = 1; number <= maildrop.Last; number++)
        {
            if (maildrop.Has(number)) writer.Line($"{number} {maildrop.UniqueId(number)}");
            if (!await session.PauseAsync()) return Pop3Handler.GoodbyeFor(LineStatus.Closed);
        }

        writer.End();
        return Pop3Reply.Written;
    }
}
