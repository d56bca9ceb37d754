using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

/// <summary>What is kept of a message's answers is what was told when they were made.</summary>
public sealed class KeptAnswersTests
{
    private const string Message = "From: \"A \\\"B\\\"\" <a@b.c>\r\nSUBJECT : coffee\r\nTo: x@y.z,\r\n w@y.z\r\nX-Odd: 1\r\n"
        + "Content-Type: text/plain; charset=utf-8\r\n\r\nwords\r\n";

    [Fact]
    public Task Envelope_and_structure_are_told_again_as_they_were() => PlayAsync(LogInAndSelect + """
        C: a1 FETCH 1 (ENVELOPE BODYSTRUCTURE)
        S: * 1 FETCH (ENVELOPE (NIL "coffee" (("A \"B\"" NIL "a" "b.c")) (("A \"B\"" NIL "a" "b.c")) (("A \"B\"" NIL "a" "b.c")) ((NIL NIL "x" "y.z")(NIL NIL "w" "y.z")) NIL NIL NIL NIL) BODYSTRUCTURE ("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 7 1 NIL NIL NIL NIL))
        S: a1 OK FETCH completed
        C: a2 UID FETCH 1 (BODYSTRUCTURE ENVELOPE)
        S: * 1 FETCH (UID 1 BODYSTRUCTURE ("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 7 1 NIL NIL NIL NIL) ENVELOPE (NIL "coffee" (("A \"B\"" NIL "a" "b.c")) (("A \"B\"" NIL "a" "b.c")) (("A \"B\"" NIL "a" "b.c")) ((NIL NIL "x" "y.z")(NIL NIL "w" "y.z")) NIL NIL NIL NIL))
        S: a2 OK FETCH completed
        """, Message);

    [Fact]
    public Task Header_lists_come_as_the_message_has_them() => PlayAsync(LogInAndSelect + """
        C: a1 FETCH 1 (BODY.PEEK[HEADER.FIELDS (To subject)] BODY.PEEK[HEADER.FIELDS (X-Odd From)])
        S: * 1 FETCH (BODY[HEADER.FIELDS (To subject)] {40}
        S: SUBJECT : coffee
        S: To: x@y.z,
        S:  w@y.z
        S: 
        S:  BODY[HEADER.FIELDS (X-Odd From)] {37}
        S: From: "A \"B\"" <a@b.c>
        S: X-Odd: 1
        S: 
        S: )
        S: a1 OK FETCH completed
        C: a2 SEARCH HEADER X-None "" SUBJECT coffee
        S: * SEARCH
        S: a2 OK SEARCH completed
        C: a3 SEARCH HEADER X-Odd 1 SUBJECT COFFEE
        S: * SEARCH 1
        S: a3 OK SEARCH completed
        """, Message);
}
