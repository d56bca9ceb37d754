using System.Net;
using CompatBot.Core.Identity;
using CompatBot.DialogueTests.Imap;
using CompatBot.Protocols.Pop3;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace CompatBot.DialogueTests.Pop3;

/// <summary>POP3 in front of an <see cref="ImapBed"/>'s account.</summary>
internal static class Pop3Bed
{
    public const string LogIn = $"""
        S: +OK CompatBot ready
        C: USER {ImapBed.Address}
        S: +OK Send PASS
        C: PASS {ImapBed.Password}
        S: +OK <*>

        """;

    public const string First = "Subject: first\r\n\r\nline one\r\n.line two\r\n..line three\r\nlast";
    public const string Second = "Subject: second\r\n\r\nbody\r\n";

    public static Pop3Handler Handler(ImapBed bed) =>
        new(new Pop3Services(bed.Lines, bed.Services.Logins, new Pop3Limits(), NullLogger<Pop3Handler>.Instance), implicitTls: false);

    public static async Task PlayAsync(string dialogue, int? left = null, IPAddress? address = null)
    {
        await using var bed = await ImapBed.MakeAsync(null, null, First, Second);
        await Dialogue.PlayAsync(Handler(bed), dialogue, bed.Time, address);
        if (left is not { } count) return;
        await using Session session = await bed.OpenAsync();
        Assert.Equal(count, (await session.Mail!.OpenAsync("INBOX", TestContext.Current.CancellationToken)).Value!.Messages.Count);
    }
}
