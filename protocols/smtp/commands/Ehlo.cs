using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using CompatBot.Protocols.Net.Sasl;
using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp.Commands;

/// <summary>EHLO: who the client says it is, and what this server can do (RFC 5321 section 4.1.1.1). Resets like RSET.</summary>
public sealed record Ehlo(string Name) : ISmtpCommand
{
    private static readonly SearchValues<char> NotInNames = SearchValues.Create("()<>\\\"@,;");

    /// <summary>ehlo = "EHLO" SP ( Domain / address-literal ), taken as it comes: clients say all kinds of names.</summary>
    public static ISmtpCommand? Parse(ref SmtpLexer lexer) =>
        Greeting(ref lexer, out var name) ? new Ehlo(name) : null;

    public ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation) => session.Port.Role == SmtpRole.Lmtp
        ? new(SmtpReply.Unrecognized("This is LMTP: say LHLO"))
        : GreetAsync(session, Name);

    /// <summary>What this server can do on this connection.</summary>
    internal static async ValueTask<SmtpReply> GreetAsync(SmtpSession session, string name)
    {
        await session.ResetAsync();
        (session.HeloName, session.IsExtended) = (name, true);
        List<string> lines =
        [
            session.Services.HostName,
            $"SIZE {session.Limits.MessageBytesMax}", // RFC 1870
            "8BITMIME", // RFC 6152
            "SMTPUTF8", // RFC 6531
            "PIPELINING", // RFC 2920
            "CHUNKING", // RFC 3030
            "ENHANCEDSTATUSCODES", // RFC 2034
            $"LIMITS RCPTMAX={session.Limits.RecipientsMax}", // RFC 9422
        ];
        if (session.Connection.IsTls) lines.Add("REQUIRETLS"); // RFC 8689: what is not sent on is as safe as it can be
        if (session.Port.Role == SmtpRole.Submission)
        {
            lines.Add("DSN"); // RFC 3461: from those whose address we know
            lines.Add("BINARYMIME"); // RFC 3030: not from strangers, whose signatures do not survive what becomes of it
            lines.Add("DELIVERBY"); // RFC 2852
            lines.Add("MT-PRIORITY"); // RFC 6710
            var (most, now) = (session.Limits.HoldMax, session.Services.Time.GetUtcNow());
            lines.Add(string.Create(
                CultureInfo.InvariantCulture, $"FUTURERELEASE {most.TotalSeconds:0} {now + most:yyyy-MM-dd'T'HH:mm:ss'Z'}")); // RFC 4865
        }

        if (session.MaySpeakForOthers) lines.Add($"XCLIENT {Xclient.Attributes}");
        if (session.Connection.CanStartTls) lines.Add("STARTTLS"); // RFC 3207
        if (session.OffersAuth) lines.Add("AUTH " + string.Join(' ', Logins.Mechanisms)); // RFC 4954
        lines.Add("HELP");
        return new SmtpReply(250, null, string.Join('\n', lines));
    }

    /// <summary>What a client calls itself goes into a trace header: nothing that would end a word or a comment there.</summary>
    internal static bool Greeting(ref SmtpLexer lexer, [NotNullWhen(true)] out string? name)
    {
        name = null;
        return lexer.Space() && lexer.Word(SmtpLimits.HeloBytesMax, out name) && lexer.End()
            && (IsName(name) || lexer.Fail(SmtpReply.Syntax("Expected a host name")));
    }

    internal static bool IsName(string text) =>
        text.Length is > 0 and <= SmtpLimits.HeloBytesMax && Ascii.IsValid(text) && !text.AsSpan().ContainsAny(NotInNames)
        && !text.AsSpan().ContainsAnyInRange('\0', ' ');
}

/// <summary>LHLO: EHLO of LMTP (RFC 2033 section 4.1).</summary>
public sealed record Lhlo(string Name) : ISmtpCommand
{
    /// <summary>lhlo = "LHLO" SP ( Domain / address-literal )</summary>
    public static ISmtpCommand? Parse(ref SmtpLexer lexer) =>
        Ehlo.Greeting(ref lexer, out var name) ? new Lhlo(name) : null;

    public ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation) => session.Port.Role == SmtpRole.Lmtp
        ? Ehlo.GreetAsync(session, Name)
        : new(SmtpReply.Unrecognized("Command not recognized"));
}

/// <summary>HELO: EHLO of before 1995 (RFC 5321 section 4.1.1.1).</summary>
public sealed record Helo(string Name) : ISmtpCommand
{
    /// <summary>helo = "HELO" SP Domain</summary>
    public static ISmtpCommand? Parse(ref SmtpLexer lexer) =>
        Ehlo.Greeting(ref lexer, out var name) ? new Helo(name) : null;

    public async ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation)
    {
        if (session.Port.Role == SmtpRole.Lmtp) return SmtpReply.Unrecognized("This is LMTP: say LHLO");
        await session.ResetAsync();
        (session.HeloName, session.IsExtended) = (Name, false);
        return new SmtpReply(250, null, session.Services.HostName);
    }
}
