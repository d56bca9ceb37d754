using Xunit;

namespace CompatBot.DialogueTests.Imap;

/// <summary>A full disk: what a client may still do, and what it is told.</summary>
public sealed class FullDiskTests
{
    [Fact]
    public async Task On_a_full_disk_mail_is_read_marked_moved_and_deleted_but_nothing_is_added()
    {
        await using var bed = await ImapBed.MakeAsync(null, null, "x", "y", "z");
        bed.Disk.IsFull = true;
        await bed.PlayAsync(ImapBed.LogInAndSelect + """
            C: a1 FETCH 1 BODY.PEEK[]
            S: * 1 FETCH (BODY[] {1}
            S: x)
            S: a1 OK FETCH completed
            C: a2 APPEND INBOX {1}
            S: + Ready for the message
            C: w
            S: a2 NO [UNAVAILABLE] The store is full
            C: a3 COPY 1 Archive
            S: a3 NO [UNAVAILABLE] The store is full
            C: a4 CREATE New
            S: a4 NO [UNAVAILABLE] The store is full
            C: a5 STORE 1 +FLAGS.SILENT (\Deleted)
            S: a5 OK STORE completed
            C: a6 EXPUNGE
            S: * 1 EXPUNGE
            S: a6 OK EXPUNGE completed
            C: a7 MOVE 1 Trash
            S: * OK [COPYUID <*> 2 1] <*>
            S: * 1 EXPUNGE
            S: a7 OK MOVE completed
            C: a8 DELETE Archive
            S: a8 OK DELETE completed
            """);
    }
}
