using CompatBot.Protocols.Net.Lines;
using CompatBot.Protocols.Pop3.Wire;

namespace CompatBot.Protocols.Pop3.Commands;

/// <summary>LIST: sizes of one message or of all (RFC 1939 section 5).</summary>
public sealed record List(int? Number) : IPop3Command
{
    /// <summary>"LIST" [SP msg]</summary>
    public static IPop3Command? Parse(ref Pop3Words words)
    {
        if (words.IsAtEnd) return new List(Number: null);
        return words.Number(out var number) && words.IsAtEnd ? new List(number) : null;
    }

    public async ValueTask<Pop3Reply> RunAsync(Pop3Session session, CancellationToken cancellation)
    {
        var maildrop = session.Maildrop;
        if (Number is { } one)
        {
            return maildrop.Has(one) ? Pop3Reply.Ok($"{one} {maildrop[one].Size}") : Pop3Reply.Error("No such message");
        }

        Pop3Reply.Ok($"{maildrop.Count} messages ({maildrop.Octets} octets)").WriteTo(session.Connection.Output);
        var writer = new DotWriter(session.Connection.Output);
        for (var number = 1; number <= maildrop.Last; number++)
        {
            if (maildrop.Has(number)) writer.Line(number, maildrop[number].Size);
            if (!await session.PauseAsync()) return Pop3Handler.GoodbyeFor(LineStatus.Closed);
        }

        writer.End();
        return Pop3Reply.Written;
    }
}
