using CompatBot.Core.Mail;
using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

/// <summary>METADATA (RFC 5464), with the examples of its section 4; LIST-METADATA (RFC 9590).</summary>
public sealed class MetadataTests
{
    [Fact]
    public Task Notes_about_mailboxes_are_kept() => ImapBed.PlayAsync(LogIn + """
        C: a SETMETADATA INBOX (/private/comment "My comment" /shared/Comment {13+}
        R: Shared\r\nwords)\r\n
        S: a OK SETMETADATA completed
        C: b GETMETADATA INBOX /private/comment
        S: * METADATA INBOX (/private/comment "My comment")
        S: b OK GETMETADATA completed
        C: c GETMETADATA INBOX (/shared/comment /private/none)
        S: * METADATA INBOX (/shared/comment {13}
        S: Shared
        S: words /private/none NIL)
        S: c OK GETMETADATA completed
        C: d SETMETADATA "" (/shared/vendor/x/a "1" /shared/vendor/x/a/b "22" /shared/vendor/y ~{3+}
        R: a\0b)\r\n
        S: d OK SETMETADATA completed
        C: e GETMETADATA (DEPTH 1) "" /shared/vendor/x
        S: * METADATA "" (/shared/vendor/x/a "1")
        S: e OK GETMETADATA completed
        C: f GETMETADATA (MAXSIZE 1 DEPTH infinity) "" (/shared/vendor)
        S: * METADATA "" (/shared/vendor/x/a "1")
        S: f OK [METADATA LONGENTRIES 3] GETMETADATA completed, without what is longer
        C: g SETMETADATA INBOX (/private/comment NIL)
        S: g OK SETMETADATA completed
        C: h GETMETADATA INBOX /private/comment
        S: * METADATA INBOX (/private/comment NIL)
        S: h OK GETMETADATA completed
        C: i LIST "" (INBOX Trash) RETURN (METADATA (/shared/comment))
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * METADATA INBOX (/shared/comment {13}
        S: Shared
        S: words)
        S: * LIST (\HasNoChildren \Trash) "/" Trash
        S: * METADATA Trash (/shared/comment NIL)
        S: i OK LIST completed
        C: j CREATE Old
        S: j OK <*>
        C: k SETMETADATA Old (/private/color "#ff0000")
        S: k OK SETMETADATA completed
        C: l RENAME Old New
        S: l OK <*>
        C: m GETMETADATA New /private/color
        S: * METADATA New (/private/color "#ff0000")
        S: m OK GETMETADATA completed
        """);

    [Theory]
    [InlineData("GETMETADATA Nowhere /private/comment", "NO [NONEXISTENT] <*>")]
    [InlineData("GETMETADATA INBOX /comment", "BAD Expected an entry such as /private/comment")]
    [InlineData("GETMETADATA INBOX /private//x", "BAD Expected an entry such as /private/comment")]
    [InlineData("GETMETADATA INBOX /private/x/", "BAD Expected an entry such as /private/comment")]
    [InlineData("GETMETADATA (DEPTH 2) INBOX /private/x", "BAD Expected MAXSIZE or DEPTH")]
    [InlineData("SETMETADATA INBOX (/private/%x NIL)", "BAD <*>")]
    [InlineData("SETMETADATA INBOX ()", "BAD <*>")]
    [InlineData("SETMETADATA Nowhere (/private/x NIL)", "NO [NONEXISTENT] <*>")]
    public Task Mistakes_are_answered(string command, string reply) => ImapBed.PlayAsync(LogIn + $"C: a {command}\nS: a {reply}\n");

    [Fact]
    public async Task Limits_are_kept_and_what_was_set_outlives_the_account_s_closing()
    {
        await using var bed = await ImapBed.MakeAsync();
        var long_ = new string('x', MailAnnotations.ValueBytesMax + 1);
        await bed.PlayAsync(LogIn
            + $"R: a SETMETADATA INBOX (/private/x {{{long_.Length}+}}\\r\\n{long_})\\r\\n\nS: a NO [METADATA MAXSIZE 32768] <*>\n"
            + string.Concat(Enumerable.Range(0, MailAnnotations.EntriesMax).Select(at =>
                $"R: b{at} SETMETADATA INBOX (/private/e{at} \"v\")\\r\\n\nS: b{at} OK <*>\n"))
            + "C: c SETMETADATA INBOX (/private/more \"v\")\nS: c NO [METADATA TOOMANY] <*>\n");
        await bed.CloseAccountAsync();
        await bed.PlayAsync(LogIn
            + "C: d GETMETADATA INBOX (/private/e7 /private/more)\n"
            + "S: * METADATA INBOX (/private/e7 \"v\" /private/more NIL)\nS: d OK <*>\n");
        await bed.PlayAsync($"""
            S: * OK <*>
            C: l LOGIN {Address} {ReadOnlyPassword}
            S: l OK <*>
            C: a SETMETADATA INBOX (/private/x NIL)
            S: a NO [NOPERM] <*>
            """);
    }
}
