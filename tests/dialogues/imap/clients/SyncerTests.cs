using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Clients;

/// <summary>mbsync, mutt and neomutt, and tools over Python's imaplib.</summary>
public sealed class SyncerTests
{
    [Fact] // neomutt refuses a UIDVALIDITY of more than 32 bits, and 0 is none; mbsync stops where it changes.
    public Task UIDVALIDITY_is_a_number_of_32_bits_and_stays() => ImapBed.PlayAsync(LogIn + """
        C: a STATUS INBOX (UIDVALIDITY)
        S: * STATUS INBOX (UIDVALIDITY 1795262400)
        S: a OK STATUS completed
        C: b CREATE one
        S: b OK <*>
        C: c STATUS one (UIDVALIDITY)
        S: * STATUS one (UIDVALIDITY 1795262406)
        S: c OK STATUS completed
        C: d RENAME one two
        S: d OK <*>
        C: e STATUS two (UIDVALIDITY)
        S: * STATUS two (UIDVALIDITY 1795262406)
        S: e OK STATUS completed
        C: f CREATE one
        S: f OK <*>
        C: g STATUS one (UIDVALIDITY)
        S: * STATUS one (UIDVALIDITY 1795262407)
        S: g OK STATUS completed
        """);

    [Fact] // mbsync: what it marks \Deleted stays until it says EXPUNGE, and copies tell their UIDs (else its Trash loses mail).
    public Task Nothing_is_expunged_unasked() => ImapBed.PlayAsync(LogInAndSelect + """
        C: 5 UID STORE 1 +FLAGS.SILENT (\Deleted)
        S: 5 OK STORE completed
        C: 6 UID COPY 1 Trash
        S: 6 OK [COPYUID <*> 1 1] COPY completed
        C: 7 NOOP
        S: 7 OK NOOP completed
        C: 8 SELECT Trash
        S: <skip 10>
        S: 8 OK <*>
        C: 9 SELECT INBOX
        S: * OK [CLOSED] The mailbox before is closed
        S: <skip 2>
        S: * 2 EXISTS
        S: <skip 6>
        S: 9 OK <*>
        C: 10 UID EXPUNGE 1
        S: * 1 EXPUNGE
        S: 10 OK EXPUNGE completed
        """, "one", "two");

    [Fact] // imaplib asks for capabilities once, before it logs in.
    public Task Capabilities_are_the_same_before_login() => ImapBed.PlayAsync($"""
        S: * OK <*>
        C: a CAPABILITY
        S: * CAPABILITY <*> UIDPLUS MOVE UNSELECT <*> SORT SORT=DISPLAY ESORT THREAD=ORDEREDSUBJECT THREAD=REFERENCES <*>
        S: a OK CAPABILITY completed
        C: b LOGIN {Address} {Password}
        S: b OK [CAPABILITY <*> UIDPLUS MOVE UNSELECT <*> SORT SORT=DISPLAY ESORT THREAD=ORDEREDSUBJECT THREAD=REFERENCES <*>] <*>
        """);
}
