namespace CompatBot.DialogueTests.Imap;

/// <summary>Messages that dialogues and writer tests share.</summary>
internal static class SampleMessages
{
    /// <summary>The message of RFC 3501 section 8, with a short body.</summary>
    public static readonly string Minutes = """
        Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)
        From: Terry Gray <gray@cac.washington.edu>
        Subject: IMAP4rev1 WG mtg summary and minutes
        To: imap@cac.washington.edu
        cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>
        Message-Id: <B27397-0100000@cac.washington.edu>
        MIME-Version: 1.0
        Content-Type: TEXT/PLAIN; CHARSET=US-ASCII

        The minutes follow.

        """.ReplaceLineEndings("\r\n");

    /// <summary>A text part, and a message in the message.</summary>
    public static readonly string Nested = """
        Subject: out
        Content-Type: multipart/mixed; boundary=b

        --b
        Content-Type: text/plain; charset=utf-8

        hi
        --b
        Content-Type: message/rfc822
        Content-Disposition: attachment; filename=x.eml
        Content-Language: en

        Subject: in

        !
        --b--

        """.ReplaceLineEndings("\r\n");
}
