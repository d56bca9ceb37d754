using CompatBot.Core.Journal;
using CompatBot.Core.Mail;
using CompatBot.Core.Proof;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Storage.Memory;
using CompatBot.UnitTests.Mail;
using Xunit;

namespace CompatBot.UnitTests.Proof;

public sealed class JournalAuditTests
{
    private static CancellationToken Stop => MailBed.Stop;

    [Fact]
    public async Task It_says_who_did_what_and_when()
    {
        await using var store = new MemoryStore();
        var entries = await AuditAsync(await FillAsync(store), MailBed.Keyring);
        var added = entries[^3];
        Assert.Equal((MailBed.Device, "MessageAdded"), (added.Device, Assert.Single(added.Operations).Name));
        Assert.Equal("FlagsChanged", Assert.Single(entries[^2].Operations).Name);
        Assert.Contains(entries[^1].Operations, operation => operation.Name == "MessagesRemoved");
        Assert.Equal(1, (entries[^2].Time - added.Time).TotalHours, precision: 6);
        Assert.All(entries, entry => Assert.True(entry.IsOpened && entry is { Realm: Realm.Mail, Epoch: 1 }));
        Assert.Equal(Enumerable.Range(1, entries.Count), entries.Select(entry => (int)entry.Sequence));
    }

    [Fact]
    public async Task Without_keys_the_chain_is_verified_all_the_same()
    {
        await using var store = new MemoryStore();
        var journal = await FillAsync(store);
        var blind = await AuditAsync(journal, keyring: null);
        Assert.Equal((await AuditAsync(journal, MailBed.Keyring)).Select(entry => entry.Hash), blind.Select(entry => entry.Hash));
        Assert.All(blind, entry => Assert.True(!entry.IsOpened && entry.Operations.Count == 0 && entry.Device is null));
    }

    [Fact]
    public async Task Whatever_was_taken_out_put_in_or_changed_is_found()
    {
        await using var store = new MemoryStore();
        var journal = await FillAsync(store);
        for (var i = 0; i < journal.Count - 1; i++)
        {
            await Assert.ThrowsAsync<JournalException>(() => AuditAsync([.. journal.Take(i), .. Renumbered(journal.Skip(i + 1))], null));
            await Assert.ThrowsAsync<JournalException>(() => AuditAsync(
                [.. journal.Take(i), new StoredEntry(journal[i].Sequence, Flipped(journal[i].Bytes, 70)), .. journal.Skip(i + 1)], null));
        }

        // Nobody names the last entry's hash: a signed head does, and a key opens it.
        var last = new StoredEntry(journal[^1].Sequence, Flipped(journal[^1].Bytes, 100));
        await Assert.ThrowsAsync<JournalException>(() => AuditAsync([.. journal.SkipLast(1), last], MailBed.Keyring));
        Assert.Empty(await AuditAsync([], MailBed.Keyring));
    }

    private static IEnumerable<StoredEntry> Renumbered(IEnumerable<StoredEntry> entries) =>
        entries.Select(entry => new StoredEntry(entry.Sequence - 1, entry.Bytes));

    private static byte[] Flipped(ReadOnlyMemory<byte> bytes, int at)
    {
        var flipped = bytes.ToArray();
        flipped[at] ^= 1;
        return flipped;
    }

    private static async Task<List<StoredEntry>> FillAsync(MemoryStore store)
    {
        var bed = await MailBed.NewAsync(store);
        var appended = await bed.AppendAsync("INBOX", "Subject: one\r\n\r\n");
        bed.Time.Advance(TimeSpan.FromHours(1));
        var inbox = await bed.MailboxAsync("INBOX");
        await bed.Mail.StoreAsync(inbox.Id, [appended.Uid], FlagAction.Add, MessageFlags.Deleted, [], Stop);
        await bed.Mail.ExpungeAsync(inbox.Id, null, Stop);
        return await store.Journal.ReadAsync(MailBed.Account, 0, Stop).ToListAsync(Stop);
    }

    private static async Task<List<AuditEntry>> AuditAsync(IReadOnlyList<StoredEntry> journal, Keyring? keyring)
    {
        await using var store = new MemoryStore();
        foreach (var entry in journal)
        {
            Assert.Equal(Refusal.None, await store.Journal.AppendAsync(new JournalAppend(MailBed.Account, Realm.Mail, entry, []), Stop));
        }

        return await new JournalAudit(store, MailBed.Account, keyring).ReadAsync(Stop).ToListAsync(Stop);
    }
}
