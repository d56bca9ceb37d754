using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using CompatBot.Formats.Mime;

namespace CompatBot.Protocols.Smtp;

/// <summary>The header fields that SMTP puts on top of a message (RFC 5321 section 4.4).</summary>
public static class SmtpTrace
{
    /// <summary>What only final delivery adds.</summary>
    public static byte[] ReturnPath(SmtpEnvelope envelope) => Encoding.UTF8.GetBytes($"Return-Path: <{envelope.From.Text}>\r\n");

    /// <summary>One Received field. The recipient is named only when there is a single one: Bcc stays blind.</summary>
    public static byte[] Received(SmtpSession session, SmtpEnvelope envelope)
    {
        var address = session.Connection.RemoteAddress;
        var literal = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{address}]" : $"[{address}]";
        if (address.Equals(IPAddress.None)) literal = "[127.0.0.1]";
        var only = envelope.OnlyRecipient is { } path ? $"\r\n\tfor <{path.Text}>" : "";
        var priority = envelope.Priority == 0 ? "" : $" PRIORITY {envelope.Priority}"; // RFC 6710 section 7
        var date = MailDate.Text(session.Services.Time.GetUtcNow());
        return Encoding.UTF8.GetBytes(
            $"Received: from {session.HeloName} ({literal})\r\n" +
            $"\tby {session.Services.HostName} with {Protocol(session, envelope)} id {NewId()}{priority}{only};\r\n" +
            $"\t{date}\r\n");
    }

    /// <summary>The registered name of what was spoken: RFC 3848, and RFC 6531 section 4.3 for the UTF8 ones.</summary>
    private static string Protocol(SmtpSession session, SmtpEnvelope envelope)
    {
        if (session.Port.Role == SmtpRole.Lmtp) return session.Connection.IsTls ? "LMTPS" : "LMTP";
        if (!session.IsExtended) return "SMTP";
        var secure = (session.Connection.IsTls ? "S" : "") + (session.Login is null ? "" : "A");
        return (envelope.IsUtf8 ? "UTF8SMTP" : "ESMTP") + secure;
    }

    private static string NewId()
    {
        Span<byte> random = stackalloc byte[12];
        RandomNumberGenerator.Fill(random);
        return Base64Url.EncodeToString(random).Replace('_', '0').Replace('-', '0');
    }
}
