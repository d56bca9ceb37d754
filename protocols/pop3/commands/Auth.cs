using CompatBot.Protocols.Net.Lines;
using CompatBot.Protocols.Net.Sasl;
using CompatBot.Protocols.Pop3.Wire;
using System.Buffers;
using System.Text;

namespace CompatBot.Protocols.Pop3.Commands;

/// <summary>AUTH: logs in by SASL (RFC 5034); without an argument lists the mechanisms, as Outlook expects.</summary>
public sealed record Auth(string? Mechanism, string? Initial) : IPop3Command
{
    /// <summary>"AUTH" [SP mechanism [SP initial-response]]</summary>
    public static IPop3Command? Parse(ref Pop3Words words) => ParseAll(ref words);

    private static Auth? ParseAll(ref Pop3Words words)
    {
        if (words.IsAtEnd) return new Auth(null, null);
        if (!words.Word(out var mechanism)) return null;
        var initial = words.Word(out var response) ? Encoding.ASCII.GetString(response) : null;
        return words.IsAtEnd ? new Auth(Encoding.ASCII.GetString(mechanism), initial) : null;
    }

    /// <summary>A record would print its members.</summary>
    public override string ToString() => $"AUTH {Mechanism}";

    public async ValueTask<Pop3Reply> RunAsync(Pop3Session session, CancellationToken cancellation)
    {
        if (!session.Connection.IsPrivate) return Pop3Reply.Error("[AUTH] Not without TLS: STLS first");
        if (Mechanism is null) return ListMechanisms(session);
        if (session.Services.Logins.Start(Mechanism, session.Connection) is not { } mechanism)
        {
            return Pop3Reply.Error("No such mechanism here");
        }

        ReadOnlyMemory<byte>? initial = null;
        if (Initial is not null)
        {
            if (!SaslExchange.TryDecode(Encoding.ASCII.GetBytes(Initial == "=" ? "" : Initial), out var decoded)) return NotBase64;
            initial = decoded;
        }

        var (step, refused) = await SaslExchange.RunAsync<Pop3Reply>(
            mechanism, initial, challenge => AskAsync(session, challenge), cancellation);
        return refused ?? await session.EnterAsync(step, cancellation);
    }

    private static Pop3Reply NotBase64 => Pop3Reply.Error("Not base64");

    private static Pop3Reply ListMechanisms(Pop3Session session)
    {
        Pop3Reply.Ok("Mechanisms follow").WriteTo(session.Connection.Output);
        var writer = new DotWriter(session.Connection.Output);
        foreach (var name in Logins.Mechanisms) writer.Line(name);
        writer.End();
        return Pop3Reply.Written;
    }

    private static async ValueTask<(ReadOnlyMemory<byte> Response, Pop3Reply? Refused)> AskAsync(
        Pop3Session session, ReadOnlyMemory<byte> challenge)
    {
        new DotWriter(session.Connection.Output).Line("+ " + Convert.ToBase64String(challenge.Span));
        var read = await session.Connection.ReadLineAsync(session.Limits.AuthLineBytesMax);
        if (read.Status is LineStatus.TooLong or LineStatus.BareLineFeed) return (default, NotBase64);
        if (read.Status != LineStatus.Line) return (default, Pop3Handler.GoodbyeFor(read.Status));
        var line = read.Bytes.ToArray();
        if (line is [(byte)'*']) return (default, Pop3Reply.Error("Authentication cancelled"));
        return SaslExchange.TryDecode(line, out var response) ? (response, null) : (default, NotBase64);
    }
}
