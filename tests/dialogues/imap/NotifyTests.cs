using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

/// <summary>NOTIFY (RFC 5465): clients hear of what they asked for, between their commands.</summary>
public sealed class NotifyTests
{
    private const string Second = """
        C2: l LOGIN ann@mail.test aaaaaaaaaaaaaaaaaaaaaaaaaa
        S2: <skip>
        S2: l OK <*>

        """;

    /// <summary>The dialogue of RFC 5465 section 5.2, in one: new mail of INBOX with its header, the rest by STATUS.</summary>
    [Fact]
    public Task New_mail_comes_with_what_is_wanted_of_it() => ImapBed.PlayAsync((LogInAndSelect + Second + """
        P: n NOTIFY SET STATUS (SELECTED (MessageNew (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)]) MessageExpunge FlagChange)) {events}
        S: * STATUS Archive (MESSAGES 0 UIDNEXT 1 UIDVALIDITY <*> UNSEEN 0 HIGHESTMODSEQ <*>)
        S: * STATUS Drafts (MESSAGES 0 UIDNEXT 1 UIDVALIDITY <*> UNSEEN 0 HIGHESTMODSEQ <*>)
        S: * STATUS Junk (MESSAGES 0 UIDNEXT 1 UIDVALIDITY <*> UNSEEN 0 HIGHESTMODSEQ <*>)
        S: * STATUS Sent (MESSAGES 0 UIDNEXT 1 UIDVALIDITY <*> UNSEEN 0 HIGHESTMODSEQ <*>)
        S: * STATUS Trash (MESSAGES 0 UIDNEXT 1 UIDVALIDITY <*> UNSEEN 0 HIGHESTMODSEQ <*>)
        S: n OK NOTIFY completed
        R2: a APPEND INBOX {16+}\r\nSubject: hello\r\n\r\n
        S2: a OK <*>
        S: * 2 EXISTS
        S: * 2 RECENT
        S: * 2 FETCH (UID 2 BODY[HEADER.FIELDS (SUBJECT)] {18}
        S: Subject: hello
        S: 
        S: )
        R2: b APPEND Trash (\\Seen) {3+}\r\nold\r\n
        S2: b OK <*>
        S: * STATUS Trash (MESSAGES 1 UIDNEXT 2 UIDVALIDITY <*> UNSEEN 0 HIGHESTMODSEQ <*>)
        C2: c SELECT INBOX
        S2: <skip 9>
        S2: <skip>
        C2: d STORE 1 +FLAGS (\Deleted)
        S2: <skip>
        S2: d OK <*>
        S: * 1 FETCH (UID 1 FLAGS (\Deleted \Recent))
        C2: e EXPUNGE
        S2: * 1 EXPUNGE
        S2: e OK <*>
        S: * 1 EXPUNGE
        C: o NOTIFY NONE
        S: o OK NOTIFY completed
        R2: f APPEND Trash {3+}\r\nold\r\n
        S2: f OK <*>
        C: p NOOP
        S: p OK <*>
        """).Replace("{events}", "(SUBSCRIBED (MessageNew MessageExpunge FlagChange))", StringComparison.Ordinal), "one");

    [Fact]
    public Task Names_and_subscriptions_are_told() => ImapBed.PlayAsync(LogIn + Second + """
        C: n NOTIFY SET (SUBTREE Work (MailboxName SubscriptionChange MessageNew MessageExpunge)) (PERSONAL (MailboxName))
        S: n OK NOTIFY completed
        C2: a CREATE Work/Deep
        S2: a OK <*>
        S: * LIST (\HasChildren) "/" Work
        S: * LIST (\HasNoChildren) "/" Work/Deep
        C2: b RENAME Work/Deep Work/Flat
        S2: b OK <*>
        S: * LIST (\HasNoChildren) "/" Work/Flat ("OLDNAME" (Work/Deep))
        C2: c SUBSCRIBE Work/Flat
        S2: c OK <*>
        S: * LIST (\Subscribed \HasNoChildren) "/" Work/Flat
        R2: d APPEND Work/Flat {3+}\r\nnew\r\n
        S2: d OK <*>
        S: * STATUS Work/Flat (MESSAGES 1 UIDNEXT 2 UIDVALIDITY <*>)
        R2: e APPEND Trash {3+}\r\nnew\r\n
        S2: e OK <*>
        C2: f DELETE Work/Flat
        S2: f OK <*>
        S: * LIST (\NonExistent) "/" Work/Flat
        S: * LIST (\HasNoChildren) "/" Work
        C2: g CREATE Other
        S2: g OK <*>
        S: * LIST (\HasNoChildren) "/" Other
        """);

    [Fact]
    public Task Delayed_it_keeps_numbers_until_a_command() => ImapBed.PlayAsync(LogInAndSelect + Second + """
        C: n NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge FlagChange))
        S: n OK NOTIFY completed
        C2: c SELECT INBOX
        S2: <skip 10>
        C2: d STORE 1 +FLAGS.SILENT (\Deleted)
        S2: d OK <*>
        S: * 1 FETCH (UID 1 FLAGS (\Deleted \Recent))
        C2: e EXPUNGE
        S2: * 1 EXPUNGE
        S2: e OK <*>
        C2: f STORE 1 +FLAGS.SILENT (\Flagged)
        S2: f OK <*>
        S: * 2 FETCH (UID 2 FLAGS (\Flagged \Recent))
        C: o NOOP
        S: * 1 EXPUNGE
        S: o OK <*>
        """, "one", "two");

    [Theory]
    [InlineData("SET (SELECTED (MessageNew))", "BAD Expected MessageNew and MessageExpunge together")]
    [InlineData("SET (PERSONAL (FlagChange))", "BAD Expected MessageNew and MessageExpunge together")]
    [InlineData("SET (NOWHERE (MessageNew MessageExpunge))", "BAD Expected SELECTED, <*>")]
    [InlineData("SET (PERSONAL (AnnotationChange))", "NO [BADEVENT (MessageNew MessageExpunge <*> ServerMetadataChange)] <*>")]
    [InlineData("SET", "BAD Expected a space")]
    [InlineData("MAYBE", "BAD Expected SET or NONE")]
    [InlineData("SET (INBOXES NONE) (PERSONAL NONE)", "OK NOTIFY completed")]
    public Task Mistakes_are_answered(string arguments, string reply) =>
        ImapBed.PlayAsync(LogIn + $"C: n NOTIFY {arguments}\nS: n {reply}\n");
}
