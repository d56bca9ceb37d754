using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

/// <summary>What one session learns of what others do, and when (RFC 3501 sections 5.2 and 7).</summary>
public sealed class NewsTests
{
    private const string Second = """
        S2: * OK <*>
        C2: l LOGIN ann@mail.test aaaaaaaaaaaaaaaaaaaaaaaaaa
        S2: l OK <*>
        C2: s SELECT INBOX
        S2: <skip>
        S2: <skip>
        S2: <skip>
        S2: <skip>
        S2: <skip>
        S2: <skip>
        S2: <skip>
        S2: <skip>
        S2: <skip>
        S2: s OK <*>

        """;

    [Fact]
    public Task Numbers_keep_their_meaning_while_fetch_store_and_search_run() => PlayAsync(LogInAndSelect + Second + """
        C2: a1 STORE 1 +FLAGS.SILENT (\Deleted)
        S2: a1 OK STORE completed
        C2: a2 EXPUNGE
        S2: * 1 EXPUNGE
        S2: a2 OK EXPUNGE completed
        C2: a3 STORE 1 +FLAGS.SILENT (\Flagged)
        S2: a3 OK STORE completed
        C2: a4 APPEND INBOX {1}
        S2: + Ready for the message
        C2: z
        S2: * 3 EXISTS
        S2: * 1 RECENT
        S2: a4 OK <*>
        # Message 1 is gone, but its number is not: its octets can still be fetched.
        C: a1 FETCH 1:2 (UID BODY.PEEK[])
        S: * 1 FETCH (UID 1 BODY[] {1}
        S: 1)
        S: * 2 FETCH (UID 2 BODY[] {1}
        S: 2)
        S: * 2 FETCH (FLAGS (\Flagged \Recent))
        S: a1 OK FETCH completed
        C: a2 STORE 2 +FLAGS (\Seen)
        S: * 2 FETCH (FLAGS (\Flagged \Seen \Recent))
        S: a2 OK STORE completed
        C: a3 STORE 1 +FLAGS (\Seen)
        S: a3 OK STORE completed
        C: a4 SEARCH ALL
        S: * SEARCH 1 2 3
        S: a4 OK SEARCH completed
        C: a5 FETCH 4 FLAGS
        S: a5 BAD Expected numbers of messages that exist
        C: a6 NOOP
        S: * 1 EXPUNGE
        S: * 3 EXISTS
        S: * 2 RECENT
        S: a6 OK NOOP completed
        C: a7 NOOP
        S: a7 OK NOOP completed
        C: a8 FETCH 1:* (UID FLAGS)
        S: * 1 FETCH (UID 2 FLAGS (\Flagged \Seen \Recent))
        S: * 2 FETCH (UID 3 FLAGS (\Recent))
        S: * 3 FETCH (UID 4 FLAGS ())
        S: a8 OK FETCH completed
        C2: a5 NOOP
        S2: * 1 FETCH (FLAGS (\Flagged \Seen))
        S2: a5 OK NOOP completed
        """, "1", "2", "3");

    [Fact]
    public Task Only_surprises_are_told_after_a_silent_store() => PlayAsync(LogInAndSelect + Second + """
        C2: a1 STORE 1 +FLAGS.SILENT (\Flagged)
        S2: a1 OK STORE completed
        C: a1 STORE 1:2 +FLAGS.SILENT (\Seen)
        S: * 1 FETCH (FLAGS (\Flagged \Seen \Recent))
        S: a1 OK STORE completed
        C: a2 NOOP
        S: a2 OK NOOP completed
        C2: a2 NOOP
        S2: * 1 FETCH (FLAGS (\Flagged \Seen))
        S2: * 2 FETCH (FLAGS (\Seen))
        S2: a2 OK NOOP completed
        """, "1", "2");

    [Fact] // RFC 3501 section 2.3.2
    public Task Recent_belongs_to_the_first_session_that_hears_of_it() => PlayAsync(LogInAndSelect + Second + """
        C2: a1 STATUS INBOX (RECENT)
        S2: * STATUS INBOX (RECENT 0)
        S2: a1 OK STATUS completed
        C2: a2 SEARCH RECENT
        S2: * SEARCH
        S2: a2 OK SEARCH completed
        C: a1 SEARCH RECENT
        S: * SEARCH 1
        S: a1 OK SEARCH completed
        """, "1");

    [Fact] // RFC 2177
    public Task Idle_tells_what_changes_as_it_changes() => PlayAsync(LogInAndSelect + Second + """
        C: a1 IDLE
        S: + idling
        C2: a1 APPEND INBOX {1}
        S2: + Ready for the message
        C2: 2
        S: * 2 EXISTS
        S: * <*> RECENT
        S2: <skip>
        S2: <skip>
        S2: a1 OK <*>
        C2: a2 STORE 1 FLAGS.SILENT (\Deleted)
        S: * 1 FETCH (FLAGS (\Deleted \Recent))
        S2: a2 OK STORE completed
        C2: a3 EXPUNGE
        S: * 1 EXPUNGE
        S2: * 1 EXPUNGE
        S2: a3 OK EXPUNGE completed
        C: done
        S: a1 OK IDLE completed
        C: a2 IDLE
        S: + idling
        C: a3 NOOP
        S: a2 BAD Expected DONE
        C: a4 IDLE x
        S: a4 BAD Expected end of line
        """, "1");

    [Fact]
    public async Task Idle_tells_what_changes_under_TLS()
    {
        await using var bed = await MakeAsync();
        await using var other = await bed.OpenAsync();
        await using var client = new DialogueClient(new Protocols.Imap.ImapHandler(bed.Services, implicitTls: true));
        await client.StartTlsAsync();
        await client.ExpectAsync("* OK <*>");
        await client.SendAsync($"a1 LOGIN {Address} {Password}\r\na2 EXAMINE INBOX\r\na3 IDLE\r\n");
        while (await client.ReadLineAsync() is { } line && line != "+ idling")
        {
            Assert.DoesNotContain(" BAD ", line, StringComparison.Ordinal);
        }

        for (var count = 1; count <= 5; count++)
        {
            await AppendAsync(other.Mail!, "INBOX", "x");
            await client.ExpectAsync($"* {count} EXISTS");
            await client.ExpectAsync($"* {count} RECENT");
        }

        await client.SendAsync("DONE\r\na4 NOOP\r\n");
        await client.ExpectAsync("a3 OK IDLE completed");
        await client.ExpectAsync("a4 OK NOOP completed");
    }

    [Fact] // iOS 18 sends DONE and the next commands in one packet, and hangs where the rest is dropped.
    public Task Done_may_come_with_the_next_commands() => PlayAsync(LogInAndSelect + """
        C: a1 IDLE
        S: + idling
        P: DONE
        P: a2 NOOP
        P: a3 FETCH 1 UID
        S: a1 OK IDLE completed
        S: a2 OK NOOP completed
        S: * 1 FETCH (UID 1)
        S: a3 OK FETCH completed
        P: a4 IDLE
        P: DONE
        P: a5 NOOP
        S: + idling
        S: a4 OK IDLE completed
        S: a5 OK NOOP completed
        """, "1");

    [Fact]
    public Task Idle_works_without_a_selected_mailbox_and_ends_with_silence() => PlayAsync(LogIn + """
        C: a1 IDLE
        S: + idling
        T: 00:29:30
        T: 00:01:00
        S: * BYE Silent for too long
        S: <closed>
        """);

    [Fact]
    public Task Pipelined_commands_are_answered_in_order() => PlayAsync(LogInAndSelect + """
        P: a1 STORE 1 +FLAGS (\Deleted)
        P: a2 FETCH 1:2 UID
        P: a3 EXPUNGE
        P: a4 FETCH 1 UID
        P: a5 LOGOUT
        S: * 1 FETCH (FLAGS (\Deleted \Recent))
        S: a1 OK STORE completed
        S: * 1 FETCH (UID 1)
        S: * 2 FETCH (UID 2)
        S: a2 OK FETCH completed
        S: * 1 EXPUNGE
        S: a3 OK EXPUNGE completed
        S: * 1 FETCH (UID 2)
        S: a4 OK FETCH completed
        S: * BYE See you
        S: a5 OK LOGOUT completed
        S: <closed>
        """, "1", "2");
}
