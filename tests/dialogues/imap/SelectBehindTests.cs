using CompatBot.Protocols.Imap;
using Xunit;

namespace CompatBot.DialogueTests.Imap;

/// <summary>SELECT of a mailbox that lies unread in the snapshot answers at once; what comes behind it waits for the messages.</summary>
public sealed class SelectBehindTests
{
    private const string Select = """
        C: s SELECT Archive
        S: * FLAGS <*>
        S: * OK [PERMANENTFLAGS (<*>)] <*>
        S: * 3 EXISTS
        S: * 0 RECENT
        S: * OK [UNSEEN 2] First unseen message
        S: * OK [UIDVALIDITY <*>] UIDs valid
        S: * OK [UIDNEXT 4] Predicted next UID
        S: * OK [HIGHESTMODSEQ <*>] Highest
        S: * OK [MAILBOXID (<*>)] Ok
        S: s OK [READ-WRITE] SELECT completed
        """;

    [Fact]
    public async Task What_it_tells_needs_no_messages_and_what_follows_has_them()
    {
        using var pieces = new SemaphoreSlim(0);
        await using var bed = await ClosedAsync();
        await using var client = await LoggedInAsync(bed);
        bed.HoldPieces(pieces);
        await client.PlayAsync(Select);
        await client.SendSlowlyAsync("a1 FETCH 1:3 (FLAGS)\r\n");
        pieces.Release();
        await client.PlayAsync("""
            S: * 1 FETCH (FLAGS (\Seen))
            S: * 2 FETCH (FLAGS ())
            S: * 3 FETCH (FLAGS ())
            S: a1 OK FETCH completed
            """);
    }

    [Fact]
    public async Task What_others_change_meanwhile_is_told_as_a_change()
    {
        using var pieces = new SemaphoreSlim(0);
        await using var bed = await ClosedAsync();
        await using var client = await LoggedInAsync(bed);
        await using var other = await bed.OpenAsync();
        bed.HoldPieces(pieces);
        await client.PlayAsync(Select);
        var append = ImapBed.AppendAsync(other.Mail!, "Archive", "Subject: four\r\n\r\n");
        pieces.Release(8); // Whoever comes first: both may look, and again.
        await append;
        await client.PlayAsync("""
            C: a1 FETCH 1:3 (UID)
            S: * 1 FETCH (UID 1)
            S: * 2 FETCH (UID 2)
            S: * 3 FETCH (UID 3)
            S: * 4 EXISTS
            S: * 1 RECENT
            S: a1 OK FETCH completed
            """);
    }

    [Fact]
    public async Task A_client_may_leave_before_the_messages_are_there()
    {
        using var pieces = new SemaphoreSlim(0);
        await using var bed = await ClosedAsync();
        await using var client = await LoggedInAsync(bed);
        bed.HoldPieces(pieces);
        await client.PlayAsync(Select);
        await client.SendSlowlyAsync("a1 LOGOUT\r\n");
        pieces.Release();
        await client.PlayAsync("""
            S: * BYE <*>
            S: a1 OK LOGOUT completed
            """);
    }

    [Fact]
    public async Task Messages_that_cannot_be_read_end_the_connection()
    {
        var pieces = new SemaphoreSlim(0);
        await using var bed = await ClosedAsync();
        await using var client = await LoggedInAsync(bed);
        pieces.Dispose(); // The engine fails from here on.
        bed.HoldPieces(pieces);
        await client.PlayAsync(Select);
        await client.PlayAsync("""
            C: a1 NOOP
            S: * BYE The selected mailbox cannot be read
            """);
    }

    /// <summary>Three messages in Archive that were told of as new; the first is seen. The account was closed since.</summary>
    private static async Task<ImapBed> ClosedAsync()
    {
        var bed = await ImapBed.MakeAsync();
        await using (var session = await bed.OpenAsync())
        {
            foreach (var one in (string[])["one", "two", "three"])
            {
                await ImapBed.AppendAsync(session.Mail!, "Archive", $"Subject: {one}\r\n\r\n");
            }
        }

        await bed.PlayAsync(ImapBed.LogIn + """
            C: a1 SELECT Archive
            S: <skip 9>
            S: a1 OK <*>
            C: a2 STORE 1 +FLAGS.SILENT (\Seen)
            S: a2 OK <*>
            """);
        await bed.CloseAccountAsync();
        return bed;
    }

    private static async Task<DialogueClient> LoggedInAsync(ImapBed bed)
    {
        var client = new DialogueClient(new ImapHandler(bed.Services, implicitTls: false));
        await client.PlayAsync(ImapBed.LogIn.TrimEnd());
        return client;
    }
}
