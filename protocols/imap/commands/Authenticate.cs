using System.Buffers;
using CompatBot.Protocols.Imap.Wire;
using CompatBot.Protocols.Net.Lines;
using CompatBot.Protocols.Net.Sasl;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>AUTHENTICATE: a SASL exchange in base64 lines (RFC 3501 section 6.2.2; RFC 4959 for the initial response).</summary>
/// <param name="Initial">Undone base64; null when there was none.</param>
public sealed record Authenticate(string Mechanism, ReadOnlyMemory<byte>? Initial) : IImapCommand
{
    /// <summary>authenticate = "AUTHENTICATE" SP auth-type [SP (base64 / "=")]</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer)
    {
        if (!lexer.Space() || !lexer.Word(out var mechanism)) return null;
        ReadOnlyMemory<byte>? initial = null;
        if (lexer.Take((byte)' '))
        {
            if (!lexer.InitialResponse(out var base64)) return null;
            if (!SaslExchange.TryDecode(base64.SequenceEqual("="u8) ? default : base64, out var decoded))
            {
                lexer.Expected("base64");
                return null;
            }

            initial = decoded;
        }

        return lexer.End() ? new Authenticate(mechanism, initial) : null;
    }

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (!session.Connection.IsPrivate) return ImapReply.No("PRIVACYREQUIRED", "Not without TLS");
        if (!session.Speaks($"AUTH={Mechanism}") || session.Services.Logins.Start(Mechanism, session.Connection) is not { } mechanism)
        {
            return ImapReply.No("CANNOT", "No such mechanism here");
        }

        var (step, refused) = await SaslExchange.RunAsync<ImapReply>(
            mechanism, Initial, challenge => AskAsync(session, challenge), cancellation);
        return refused ?? await Login.EnterAsync(session, step, "AUTHENTICATE completed", cancellation);
    }

    private static async ValueTask<(ReadOnlyMemory<byte> Response, ImapReply? Refused)> AskAsync(
        ImapSession session, ReadOnlyMemory<byte> challenge)
    {
        WriteChallenge(session, challenge.Span);
        var line = await session.Reader.NextLineAsync(session.Limits.AuthenticateLineBytesMax);
        if (line.Status is LineStatus.TooLong or LineStatus.BareLineFeed) return (default, ImapReply.Bad("Expected a line of base64"));
        if (line.Status != LineStatus.Line) return (default, ImapReply.Goodbye(line.Status));
        var text = line.Bytes.ToArray();
        if (text is [(byte)'*']) return (default, ImapReply.Bad("AUTHENTICATE cancelled"));
        return SaslExchange.TryDecode(text, out var response) ? (response, null) : (default, ImapReply.Bad("Expected base64"));
    }

    private static void WriteChallenge(ImapSession session, ReadOnlySpan<byte> challenge)
    {
        var writer = new WireWriter(session.Output);
        writer.Raw("+ "u8);
        writer.Text(Convert.ToBase64String(challenge));
        writer.CrLf();
        writer.Commit();
    }
}
