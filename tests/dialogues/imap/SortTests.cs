using Xunit;

namespace CompatBot.DialogueTests.Imap;

/// <summary>RFC 5256, 5267 and 5957: SORT and THREAD.</summary>
public sealed class SortTests
{
    private static readonly string[] Mails =
    [
        Mail("Zoe <anna@x.test>", "Re: banana", "Mon, 2 Mar 2026 10:00:00 +0000"),
        Mail("Anna <zoe@x.test>", "apple", "Sun, 1 Mar 2026 10:00:00 +0000", "To: b@x.test\r\n"),
        Mail("mid@x.test", "[list] BANANA", "Sun, 1 Mar 2026 23:00:00 -0500", "To: A@x.test\r\nCc: c@x.test\r\n"),
        Mail("\u00c4rger <aerger@x.test>", "\u00e4pfel", "not a date", "", "longer than the others by far"),
    ];

    [Fact]
    public async Task Messages_come_in_the_order_that_was_asked_for() => await ImapBed.PlayAsync(
        ImapBed.LogInAndSelect + """
        C: a1 SORT (SUBJECT) UTF-8 ALL
        S: * SORT 2 4 1 3
        S: a1 OK SORT completed
        C: a2 SORT (REVERSE SUBJECT REVERSE ARRIVAL) US-ASCII ALL
        S: * SORT 1 3 4 2
        S: a2 OK SORT completed
        C: a3 SORT (DATE) UTF-8 ALL
        S: * SORT 4 2 3 1
        S: a3 OK SORT completed
        C: a4 UID SORT (FROM) UTF-8 1:3
        S: * SORT 1 3 2
        S: a4 OK SORT completed
        C: a5 SORT (DISPLAYFROM) UTF-8 ALL
        S: * SORT 2 4 3 1
        S: a5 OK SORT completed
        C: a6 SORT (TO CC SIZE) UTF-8 NOT 4
        S: * SORT 1 3 2
        S: a6 OK SORT completed
        C: a7 SORT (REVERSE SIZE) UTF-8 ALL
        S: * SORT 3 2 4 1
        S: a7 OK SORT completed
        C: a8 SORT (SUBJECT) UTF-8 SEEN
        S: * SORT
        S: a8 OK SORT completed
        C: a9 SORT (SUBJECT) X-NONE ALL
        S: a9 NO [BADCHARSET (US-ASCII UTF-8)] <*>
        C: b1 SORT (COLOUR) UTF-8 ALL
        S: b1 BAD Expected a sort criterion
        C: b2 SORT () UTF-8 ALL
        S: b2 BAD <*>
        C: b3 SORT (SUBJECT) ALL
        S: b3 BAD <*>
        C: b4 SORT RETURN (MIN COUNT ALL SAVE) (REVERSE DATE) UTF-8 ALL
        S: * ESEARCH (TAG "b4") MIN 1 ALL 1,3,2,4 COUNT 4
        S: b4 OK SORT completed
        C: b5 SEARCH $ 2:3
        S: * SEARCH 2 3
        S: b5 OK SEARCH completed
        """,
        Mails);

    [Fact]
    public async Task Threads_follow_references_and_then_subjects() => await ImapBed.PlayAsync(
        ImapBed.LogInAndSelect + """
        C: a1 THREAD REFERENCES UTF-8 ALL
        S: * THREAD (1 2 (3 5)(4))(6 7)((8)(9))
        S: a1 OK THREAD completed
        C: a2 THREAD ORDEREDSUBJECT UTF-8 ALL
        S: * THREAD (1 (2)(3)(4)(5))(6 7)(8)(9)
        S: a2 OK THREAD completed
        C: a3 UID THREAD REFERENCES US-ASCII 2:3
        S: * THREAD (2 3)
        S: a3 OK THREAD completed
        C: a4 THREAD REFERENCES UTF-8 SUBJECT nothing
        S: * THREAD
        S: a4 OK THREAD completed
        C: a5 THREAD JWZ UTF-8 ALL
        S: a5 BAD Expected REFERENCES or ORDEREDSUBJECT
        """,
        Threaded("1", "topic", 1),
        Threaded("2", "Re: topic", 2, "References: <1@x>\r\n"),
        Threaded("3", "Re: topic", 3, "References: <1@x> <2@x>\r\n"),
        Threaded("4", "Re: topic", 4, "In-Reply-To: <2@x>\r\n"),
        Threaded("5", "Re: topic", 5, "References: <1@x>\r\n\t<2@x> <3@x>\r\n"),
        Threaded("6", "other", 6),
        Threaded("7", "Re: other", 7),
        Threaded("8", "answer", 8, "References: <missing@x>\r\n"),
        Threaded("9", "answer too", 9, "References: <missing@x>\r\n"));

    [Fact]
    public async Task Loops_and_doubles_of_ids_hurt_nobody() => await ImapBed.PlayAsync(
        ImapBed.LogInAndSelect + """
        C: a1 THREAD REFERENCES UTF-8 ALL
        S: * THREAD (<*>
        S: a1 OK THREAD completed
        C: a2 THREAD REFERENCES UTF-8 3:4
        S: * THREAD (3 4)
        S: a2 OK THREAD completed
        """,
        Threaded("1", "a", 1, "References: <2@x> <1@x>\r\n"),
        Threaded("2", "b", 2, "References: <1@x> <2@x>\r\n"),
        Threaded("3", "c", 3),
        Threaded("3", "d", 4, "References: <3@x> <>\r\n"));

    private static string Mail(string from, string subject, string date, string more = "", string body = "b") =>
        Bytes($"From: {from}\r\nSubject: {subject}\r\nDate: {date}\r\n{more}\r\n{body}\r\n");

    private static string Threaded(string id, string subject, int day, string more = "") =>
        $"Message-ID: <{id}@x>\r\nSubject: {subject}\r\nDate: {day} Mar 2026 10:00:00 +0000\r\n{more}\r\nb\r\n";

    /// <summary>UTF-8, one char an octet, as the bed takes messages.</summary>
    private static string Bytes(string text) => System.Text.Encoding.Latin1.GetString(System.Text.Encoding.UTF8.GetBytes(text));
}
