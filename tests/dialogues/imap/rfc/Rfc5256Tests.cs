using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Rfc;

/// <summary>
/// The rules of RFC 5256 that its few examples (in <see cref="SearchRfcTests"/>) do not show: base subjects, sent dates, and the six steps
/// of THREAD=REFERENCES.
/// </summary>
public sealed class Rfc5256Tests
{
    /// <summary>Section 2.1: subjects that are one, and ones that only look like it; an empty one comes first.</summary>
    [Fact]
    public Task Base_subjects_are_what_is_compared() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a THREAD ORDEREDSUBJECT UTF-8 ALL
        S: * THREAD (1 (2)(3)(4)(5)(6)(7)(8)(9))(10)(11 12)(13)
        S: a OK THREAD completed
        C: b SORT (SUBJECT) UTF-8 ALL
        S: * SORT 13 10 1 2 3 4 5 6 7 8 9 11 12
        S: b OK SORT completed
        C: c SORT (REVERSE SUBJECT DATE) UTF-8 1:3,10
        S: * SORT 1 2 3 10
        S: c OK SORT completed
        """,
        Subject(1, "status of the pig"),
        Subject(2, "Re: Status of the pig"),
        Subject(3, "RE: Fwd: FW: status of the pig"),
        Subject(4, "[barn] Re: [barn] status of the pig"),
        Subject(5, "status of the pig (fwd)"),
        Subject(6, "[Fwd: Re: status of the pig]"),
        Subject(7, "Re[4]: status\r\n\tof  the   pig (fwd) (fwd)"),
        Subject(8, "=?us-ascii?Q?Re:_status_of?= =?us-ascii?B?IHRoZSBwaWc=?="),
        Subject(9, "[a] [b] [Fwd: [c] status of the pig (FWD)]"),
        Subject(10, "(fwd) is a trailer"),
        Subject(11, "[just a blob]"),
        Subject(12, "Re: [just a blob]"),
        Subject(13, "Re: "));

    /// <summary>Sections 2.2 and 3: in UTC, to the second, or when it came in; a tie goes by number, in reverse too.</summary>
    [Fact]
    public Task Sent_dates_count_in_UTC() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a SORT (DATE) UTF-8 ALL
        S: * SORT 5 6 3 1 2 4
        S: a OK SORT completed
        C: b SORT (REVERSE DATE) UTF-8 ALL
        S: * SORT 4 2 1 3 5 6
        S: b OK SORT completed
        """,
        "Date: Mon, 2 Mar 2026 10:00:00 +0000\r\n\r\n",
        "Date: Mon, 2 Mar 2026 05:30:00 -0500\r\n\r\n",
        "Date: Mon, 2 Mar 2026 11:30:00 +0200\r\n\r\n",
        "Date: Mon, 2 Mar 2026 10:30:01 +0000\r\n\r\n",
        "Subject: no date\r\n\r\n",
        "Date: yesterday\r\n\r\n");

    /// <summary>Section 3, step 1: a quoted id is the same id, and what is no id does not count.</summary>
    [Fact]
    public Task Message_ids_are_normalized() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a THREAD REFERENCES UTF-8 1:3
        S: * THREAD (1 (2)(3))
        S: a OK THREAD completed
        C: b THREAD REFERENCES UTF-8 4:7
        S: * THREAD (4 5)(6 7)
        S: b OK THREAD completed
        """,
        "Message-ID: <\"01KF8JCEOCBS0045PS\"@xxx.yyy.com>\r\nDate: 1 Mar 2026 10:00:00 +0000\r\nSubject: a\r\n\r\n",
        "References: <01KF8JCEOCBS0045PS@xxx.yyy.com>\r\nDate: 2 Mar 2026 10:00:00 +0000\r\nSubject: b\r\n\r\n",
        "In-Reply-To: <\"01KF8JC\\EOCBS0045PS\"@xxx.yyy.com>\r\nDate: 3 Mar 2026 10:00:00 +0000\r\nSubject: c\r\n\r\n",
        "Message-ID: <p@x>\r\nDate: 4 Mar 2026 10:00:00 +0000\r\nSubject: d\r\n\r\n",
        "References: none at all\r\nIn-Reply-To: your mail <p@x> of <q@x>\r\nDate: 5 Mar 2026 10:00:00 +0000\r\nSubject: e\r\n\r\n",
        "Message-ID: <\"two words\"@x>\r\nDate: 6 Mar 2026 10:00:00 +0000\r\nSubject: f\r\n\r\n",
        "References: <\"two words\"@x>\r\nDate: 7 Mar 2026 10:00:00 +0000\r\nSubject: g\r\n\r\n");

    /// <summary>Section 3, steps 1.B and 3: a message says best whose answer it is; what is missing leaves its place to others.</summary>
    [Fact]
    public Task Missing_messages_leave_their_place() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a THREAD REFERENCES UTF-8 1:3
        S: * THREAD (1 2 3)
        S: a OK THREAD completed
        C: b THREAD REFERENCES UTF-8 4:5
        S: * THREAD (4 5)
        S: b OK THREAD completed
        C: c THREAD REFERENCES UTF-8 2:3
        S: * THREAD (2 3)
        S: c OK THREAD completed
        """,
        Threaded(1, "a"),
        Threaded(2, "b", 1),
        Threaded(3, "c", 1, 2),
        Threaded(4, "d", 90, 91),
        Threaded(5, "e", 90, 91, 4));

    /// <summary>Section 3, steps 4 and 5: answers join the first of their subject; two that are none become brothers.</summary>
    [Fact]
    public Task Threads_of_one_subject_are_gathered() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a THREAD REFERENCES UTF-8 1:2
        S: * THREAD (1 2)
        S: a OK THREAD completed
        C: b THREAD REFERENCES UTF-8 1,3
        S: * THREAD ((1)(3))
        S: b OK THREAD completed
        C: c THREAD REFERENCES UTF-8 2,4
        S: * THREAD ((2)(4))
        S: c OK THREAD completed
        C: d THREAD REFERENCES UTF-8 5:8
        S: * THREAD ((5)(6)(7)(8))
        S: d OK THREAD completed
        C: e THREAD REFERENCES UTF-8 9:10
        S: * THREAD (9)(10)
        S: e OK THREAD completed
        """,
        Threaded(1, "plans"),
        Threaded(2, "Re: plans"),
        Threaded(3, "PLANS"),
        Threaded(4, "Fwd: plans"),
        Threaded(5, "lost", 70),
        Threaded(6, "lost", 70),
        Threaded(7, "lost", 80),
        Threaded(8, "lost", 80),
        Threaded(9, ""),
        Threaded(10, "Re: "));

    private static string Subject(int day, string subject) => $"Date: {day} Mar 2026 10:00:00 +0000\r\nSubject: {subject}\r\n\r\n";

    private static string Threaded(int id, string subject, params int[] references) =>
        $"Message-ID: <{id}@x>\r\nSubject: {subject}\r\nDate: {id} Mar 2026 10:00:00 +0000\r\n"
        + (references.Length == 0 ? "" : $"References: {string.Join(' ', references.Select(one => $"<{one}@x>"))}\r\n") + "\r\n";
}
