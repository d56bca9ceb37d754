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

        var step = await ExchangeAsync(session, mechanism, initial, cancellation);
        if (step.Refused is { } refused) return refused;
        var reply = await session.EnterAsync(step.Step, cancellation);

        // What the mechanism says last goes with the success (section 2.1).
        return reply.Word == "OK" && !step.Step.Challenge.IsEmpty
            ? reply with { Code = $"SASL \"{Convert.ToBase64String(step.Step.Challenge.Span)}\"" }
            : reply;
    }

    private static ManageSieveReply NotBase64 => ManageSieveReply.No("Not base64");

    private static async ValueTask<(SaslStep Step, ManageSieveReply? Refused)> ExchangeAsync(
        ManageSieveSession session, ISaslMechanism mechanism, ReadOnlyMemory<byte>? initial, CancellationToken cancellation)
    {
        ManageSieveReply? refused = null;
        var response = initial ?? default;
        if (initial is null && mechanism.ClientFirst) (response, refused) = await AskAsync(session, default);
        while (refused is null)
        {
            var step = await mechanism.StepAsync(response, cancellation);
            if (step.Status != SaslStatus.Challenge) return (step, null);
            (response, refused) = await AskAsync(session, step.Challenge);
        }

        return (default, refused);
    }

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
