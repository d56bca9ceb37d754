using CompatBot.Protocols.ManageSieve.Wire;
using CompatBot.Protocols.Net.Lines;
using CompatBot.Protocols.Net.Sasl;

namespace CompatBot.Protocols.ManageSieve.Commands;

/// <summary>AUTHENTICATE: logs in by SASL (RFC 5804 section 2.1).</summary>
internal sealed record Authenticate(string Mechanism, byte[]? Initial) : IManageSieveCommand
{
    public static IManageSieveCommand? Parse(IReadOnlyList<SieveValue> values)
    {
        if (values.Count is 0 or > 2 || CommandReader.Text(values[0]) is not { } mechanism) return null;
        if (values.Count == 1) return new Authenticate(mechanism, null);
        return values[1].Octets is { } initial ? new Authenticate(mechanism, initial) : null;
    }

    /// <summary>A record would print its members.</summary>
    public override string ToString() => $"AUTHENTICATE {Mechanism}";

    public async ValueTask<ManageSieveReply> RunAsync(ManageSieveSession session, CancellationToken cancellation)
    {
        if (!session.Connection.IsPrivate) return ManageSieveReply.No("Not without TLS: STARTTLS first", "ENCRYPT-NEEDED");
        if (session.Services.Logins.Start(Mechanism, session.Connection) is not { } mechanism)
        {
            return ManageSieveReply.No("No such mechanism here");
        }

        ReadOnlyMemory<byte>? initial = null;
        if (Initial is not null)
        {
            if (!SaslExchange.TryDecode(Initial, out var decoded)) return NotBase64;
            initial = decoded;
        }

        var (step, refused) = await SaslExchange.RunAsync<ManageSieveReply>(
            mechanism, initial, challenge => AskAsync(session, challenge), cancellation, successCarriesData: true);
        if (refused is { } why) return why;
        var reply = await session.EnterAsync(step, cancellation);

        // What the mechanism says last goes with the success (section 2.1).
        return reply.Word == "OK" && !step.Challenge.IsEmpty
            ? reply with { Code = $"SASL \"{Convert.ToBase64String(step.Challenge.Span)}\"" }
            : reply;
    }

    private static ManageSieveReply NotBase64 => ManageSieveReply.No("Not base64");

    private static async ValueTask<(ReadOnlyMemory<byte> Response, ManageSieveReply? Refused)> AskAsync(
        ManageSieveSession session, ReadOnlyMemory<byte> challenge)
    {
        var writer = new SieveWriter(session.Connection.Output);
        writer.String(Convert.ToBase64String(challenge.Span));
        writer.End();
        var read = await CommandReader.ReadAsync(session.Connection, session.Limits, session.LiteralBytesMax, isResponse: true);
        if (read.Status is LineStatus.TooLong or LineStatus.BareLineFeed) return (default, NotBase64);
        if (read.Status != LineStatus.Line) return (default, ManageSieveHandler.GoodbyeFor(read.Status));
        if (read.Values is not [{ Octets: { } octets }]) return (default, ManageSieveReply.No("Expected a string"));
        if (octets is [(byte)'*']) return (default, ManageSieveReply.No("Authentication cancelled"));
        return SaslExchange.TryDecode(octets, out var response) ? (response, null) : (default, NotBase64);
    }
}
