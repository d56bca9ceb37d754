using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Clients;

/// <summary>K-9 (Thunderbird for Android) and FairEmail.</summary>
public sealed class AndroidTests
{
    [Theory] // What K-9 5 and later look for; FairEmail wants UIDPLUS and NOTIFY.
    [InlineData("IDLE")]
    [InlineData("CONDSTORE")]
    [InlineData("SASL-IR")]
    [InlineData("NAMESPACE")]
    [InlineData("COMPRESS=DEFLATE")]
    [InlineData("ID")]
    [InlineData("SPECIAL-USE")]
    [InlineData("LIST-EXTENDED")]
    [InlineData("UIDPLUS")]
    [InlineData("MOVE")]
    [InlineData("NOTIFY")]
    public Task They_find_what_they_look_for(string capability) => ImapBed.PlayAsync(LogIn + $"""
        C: a CAPABILITY
        S: * CAPABILITY <*> {capability} <*>
        S: a OK CAPABILITY completed
        """);

    [Fact] // K-9 6: the list of folders, and a look into one that is open already (which emptied it on another server).
    public Task K9_examines_again_what_is_open() => ImapBed.PlayAsync(LogIn + """
        C: 2 LIST (SPECIAL-USE) "" "*" RETURN (SUBSCRIBED)
        S: * LIST (\HasNoChildren \Subscribed \Archive) "/" Archive
        S: <skip 4>
        S: 2 OK LIST completed
        C: 3 SELECT "INBOX"
        S: <skip 9>
        S: 3 OK <*>
        C: 4 EXAMINE "INBOX"
        S: * OK [CLOSED] The mailbox before is closed
        S: <skip 2>
        S: * 2 EXISTS
        S: <skip 6>
        S: 4 OK [READ-ONLY] EXAMINE completed
        C: 5 UID SEARCH 1:2 NOT DELETED
        S: * SEARCH 1 2
        S: 5 OK SEARCH completed
        C: 6 UID FETCH 1,2 (UID FLAGS)
        S: * 1 FETCH (UID 1 FLAGS ())
        S: * 2 FETCH (UID 2 FLAGS ())
        S: 6 OK FETCH completed
        """, "one", "two");

    [Fact] // FairEmail falls back to polling where a server says "Still here" within some minutes: this one says nothing.
    public Task FairEmail_is_left_in_peace_while_it_idles() => ImapBed.PlayAsync(LogInAndSelect + SecondLogIn + """
        C: a IDLE
        S: + idling
        T: 00:04:00
        T: 00:12:00
        T: 00:12:00
        R2: b APPEND INBOX {3+}\r\nnew\r\n
        S: * 2 EXISTS
        S: * 2 RECENT
        S2: b OK <*>
        C: DONE
        S: a OK IDLE completed
        """, "one");
}
