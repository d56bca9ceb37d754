using CompatBot.Protocols.Net.Lines;
using CompatBot.Protocols.Pop3.Wire;

namespace CompatBot.Protocols.Pop3.Commands;

/// <summary>LIST: sizes of one message or of all (RFC 1939 section 5); UIDL: the names that stay (section 7).</summary>
public sealed record List(int? Number, bool ByName) : IPop3Command
{
    /// <summary>"LIST" [SP msg]</summary>
    public static IPop3Command? Parse(ref Pop3Words words) => Parse(ref words, byName: false);

    /// <summary>"UIDL" [SP msg]</summary>
    public static IPop3Command? ParseNames(ref Pop3Words words) => Parse(ref words, byName: true);

    public async ValueTask<Pop3Reply> RunAsync(Pop3Session session, CancellationToken cancellation)
    {
        var maildrop = session.Maildrop;
        if (Number is { } one)
        {
            if (!maildrop.Has(one)) return Pop3Reply.Error("No such message");
            return Pop3Reply.Ok(ByName ? $"{one} {maildrop.UniqueId(one)}" : $"{one} {maildrop[one].Size}");
        }

        Pop3Reply.Ok(ByName ? "Names follow" : $"{maildrop.Count} messages ({maildrop.Octets} octets)").WriteTo(session.Connection.Output);
        var writer = new DotWriter(session.Connection.Output);
        for (var number = 1; number <= maildrop.Last; number++)
        {
            if (!maildrop.Has(number)) continue;
            if (ByName) writer.Line($"{number} {maildrop.UniqueId(number)}");
            else writer.Line(number, maildrop[number].Size);
            if (!await session.PauseAsync()) return Pop3Handler.GoodbyeFor(LineStatus.Closed);
        }

        writer.End();
        return Pop3Reply.Written;
    }

    private static List? Parse(ref Pop3Words words, bool byName)
    {
        if (words.IsAtEnd) return new List(null, byName);
        return words.Number(out var number) && words.IsAtEnd ? new List(number, byName) : null;
    }
}
