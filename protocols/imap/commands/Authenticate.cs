using System.Buffers;
using System.Buffers.Text;
using CompatBot.Protocols.Imap.Wire;
using CompatBot.Protocols.Net.Lines;
using CompatBot.Protocols.Net.Sasl;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>AUTHENTICATE: a SASL exchange in base64 lines (RFC 3501 section 6.2.2; RFC 4959 for the initial response).</summary>
/// <param name="Initial">Undone base64; null when there was none.</param>
public sealed record Authenticate(string Mechanism, byte[]? Initial) : IImapCommand
{
    /// <summary>authenticate = "AUTHENTICATE" SP auth-type [SP (base64 / "=")]</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer)
    {
        if (!lexer.Space() || !lexer.Word(out var mechanism)) return null;
        byte[]? initial = null;
        if (lexer.Take((byte)' '))
        {
            if (!lexer.InitialResponse(out var base64)) return null;
            if (base64.SequenceEqual("="u8)) initial = [];
            else if (!TryDecode(base64, out initial))
            {
                lexer.Expected("base64");
                return null;
            }
        }

        return lexer.End() ? new Authenticate(mechanism, initial) : null;
    }

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (!session.Connection.IsPrivate) return ImapReply.No("PRIVACYREQUIRED", "Not without TLS");
        if (session.Services.Logins.Start(Mechanism, session.Connection) is not { } mechanism)
        {
            return ImapReply.No("CANNOT", "No such mechanism here");
        }

        var response = Initial;
        if (response is null && mechanism.ClientFirst)
        {
            (response, var reply) = await AskAsync(session, default);
            if (response is null) return reply;
        }

        while (true)
        {
            var step = await mechanism.StepAsync(response ?? [], cancellation);
            if (step.Status != SaslStatus.Challenge && (step.Status != SaslStatus.Success || step.Challenge.IsEmpty))
            {
                return await Login.EnterAsync(session, step, "AUTHENTICATE completed");
            }

            (response, var reply) = await AskAsync(session, step.Challenge);
            if (step.Status == SaslStatus.Challenge)
            {
                if (response is null) return reply;
                continue;
            }

            // IMAP has no place for the last challenge in its OK, so it went before, and the client acknowledged it.
            if (response is not null) return await Login.EnterAsync(session, step, "AUTHENTICATE completed");
            await step.Session!.DisposeAsync();
            return reply;
        }
    }

    private static async ValueTask<(byte[]? Response, ImapReply Reply)> AskAsync(ImapSession session, ReadOnlyMemory<byte> challenge)
    {
        WriteChallenge(session, challenge.Span);
        var line = await session.Reader.NextLineAsync(session.Limits.AuthenticateLineBytesMax);
        if (line.Status is LineStatus.TooLong or LineStatus.BareLineFeed) return (null, ImapReply.Bad("Expected a line of base64"));
        if (line.Status != LineStatus.Line) return (null, ImapReply.Goodbye(line.Status));
        var text = line.Bytes.ToArray();
        if (text is [(byte)'*']) return (null, ImapReply.Bad("AUTHENTICATE cancelled"));
        return TryDecode(text, out var response) ? (response, default) : (null, ImapReply.Bad("Expected base64"));
    }

    private static void WriteChallenge(ImapSession session, ReadOnlySpan<byte> challenge)
    {
        var writer = new WireWriter(session.Output);
        writer.Raw("+ "u8);
        writer.Text(Convert.ToBase64String(challenge));
        writer.CrLf();
        writer.Commit();
    }

    private static bool TryDecode(ReadOnlySpan<byte> base64, out byte[] bytes)
    {
        bytes = [];
        if (base64.IsEmpty) return true;
        var buffer = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        if (base64.ContainsAny(" \t\r\n"u8)
            || Base64.DecodeFromUtf8(base64, buffer, out var consumed, out var written) != OperationStatus.Done
            || consumed != base64.Length) return false;
        bytes = buffer[..written];
        return true;
    }
}
