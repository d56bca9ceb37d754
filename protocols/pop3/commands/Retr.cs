using CompatBot.Core.Content;
using CompatBot.Protocols.Net.Lines;
using CompatBot.Protocols.Pop3.Wire;

namespace CompatBot.Protocols.Pop3.Commands;

/// <summary>RETR: a whole message (RFC 1939 section 5); TOP: its header and some lines (section 7).</summary>
public sealed record Retr(int Number, int? Lines) : IPop3Command
{
    /// <summary>"RETR" SP msg</summary>
    public static IPop3Command? Parse(ref Pop3Words words) => words.Number(out var number) && words.IsAtEnd ? new Retr(number, null) : null;

    /// <summary>"TOP" SP msg SP n</summary>
    public static IPop3Command? ParseTop(ref Pop3Words words) =>
        words.Number(out var number) && words.Number(out var lines) && words.IsAtEnd ? new Retr(number, lines) : null;

    public async ValueTask<Pop3Reply> RunAsync(Pop3Session session, CancellationToken cancellation)
    {
        var maildrop = session.Maildrop;
        if (!maildrop.Has(Number)) return Pop3Reply.Error("No such message");
        var reader = maildrop.Read(Number);
        try
        {
            await reader.ReadAsync(0, cancellation); // What is damaged is an error, and not the beginning of a message.
        }
        catch (ContentException)
        {
            return Pop3Reply.Error("[SYS/PERM] The message can not be read");
        }

        Pop3Reply.Ok(Lines is null ? $"{reader.Length} octets" : "Top of message follows").WriteTo(session.Connection.Output);
        var writer = new DotWriter(session.Connection.Output);
        if (Lines is { } lines) writer.LimitBody(lines);
        await foreach (var part in reader.StreamAsync(0, reader.Length, cancellation))
        {
            for (var rest = part; !rest.IsEmpty; rest = rest[Math.Min(Step, rest.Length)..])
            {
                writer.Octets(rest.Span[..Math.Min(Step, rest.Length)]);
                if (!await session.PauseAsync()) return Pop3Handler.GoodbyeFor(LineStatus.Closed);
            }

            if (writer.IsDone) break;
        }

        writer.End();
        if (Lines is null) maildrop.MarkRetrieved(Number);
        return Pop3Reply.Written;
    }

    /// <summary>Octets that are written before the client is waited for.</summary>
    private const int Step = 64 << 10;
}
