using System.Runtime.CompilerServices;
using CompatBot.Core.Journal;
using CompatBot.Core.Mail;
using CompatBot.Core.Mail.History;
using CompatBot.Core.Store;
using CompatBot.Storage.Memory;
using CompatBot.UnitTests.Mail;
using CompatBot.UnitTests.Mail.History;
using Xunit;

namespace CompatBot.UnitTests.Journal;

/// <summary>Past states are read from the nearest kept snapshot, are what was seen then, and need no snapshot to be so.</summary>
public sealed class MilestoneTests
{
    private const int Entries = 4 * (int)Milestones.Every;
    private const int Moments = 40;

    private static CancellationToken Stop => MailBed.Stop;

    [Fact]
    public async Task A_past_state_is_what_was_seen_and_only_what_follows_a_milestone_is_replayed()
    {
        var store = default(CountingStore);
        var bed = await MailBed.NewAsync(time => store = new CountingStore(new MemoryStore(time)));
        var seen = await MakeHistoryAsync(bed, new Random(3));

        await bed.ReopenAsync();
        foreach (var (sequence, picture) in seen)
        {
            store!.Read = 0;
            var past = (await bed.Mail.History.StateAtAsync(sequence, Stop)).Value!;
            Assert.Equal(picture, MailBed.Picture(past));
            Assert.InRange(store.Read, 0, (int)Milestones.Every + 20);
        }

        List<BlobName> lost = [.. store!.Pieces.Where((_, i) => i % 2 == 0)];
        await store.ReplaceAsync(MailBed.Account, [], lost, Stop);
        foreach (var (sequence, picture) in seen.Where((_, i) => i % 8 == 0))
        {
            Assert.Equal(picture, MailBed.Picture((await bed.Mail.History.StateAtAsync(sequence, Stop)).Value!));
        }

        await store.Snapshots.ClearAsync(MailBed.Account, Stop);
        var (some, then) = seen[Moments / 2];
        Assert.Equal(then, MailBed.Picture((await bed.Mail.History.StateAtAsync(some, Stop)).Value!));
    }

    [Fact]
    public async Task Milestones_before_the_horizon_go_and_leave_no_piece_behind()
    {
        var store = default(CountingStore);
        var bed = await MailBed.NewAsync(time => store = new CountingStore(new MemoryStore(time)));
        await MakeHistoryAsync(bed, new Random(4));
        await bed.ReopenAsync();
        Assert.InRange(store!.Pieces.Count, 8, 60);

        await bed.AppendAsync("INBOX", "goes");
        await UndeleteTests.ExpungeAsync(bed, "INBOX", (await bed.MailboxAsync("INBOX")).UidNext - 1);
        bed.Time.Advance(TimeSpan.FromDays(MailHistory.HorizonDays + 1));
        Assert.Equal(Refusal.None, (await CollectTests.CollectOutcomeAsync(bed)).Refusal);
        await bed.ReopenAsync();
        Assert.InRange(store.Pieces.Count, 2, 10); // The newest root, the last milestone, and what both name.
    }

    [Fact]
    public void At_most_so_many_are_kept_and_they_lie_evenly()
    {
        var milestones = new Milestones();
        for (var sequence = Milestones.Every; sequence <= 200 * Milestones.Every; sequence += Milestones.Every)
        {
            milestones.Keep(milestones.Next(sequence, 0), []);
        }

        var kept = milestones.UpTo(ulong.MaxValue);
        Assert.Equal(Milestones.CountMax, kept.Count);
        Assert.Equal(200 * Milestones.Every, kept[0]);
        Assert.True(kept.Zip(kept.Skip(1)).Max(pair => pair.First - pair.Second) <= 200 * Milestones.Every / 4);
        Assert.Equal([.. kept.Where(one => one <= 100 * Milestones.Every)], milestones.UpTo(100 * Milestones.Every));
        var later = milestones.Next(200 * Milestones.Every + 1, forgottenThrough: kept[3] + 1);
        Assert.Equal(kept.Take(4).Reverse(), later);
    }

    /// <summary>Many entries, and what was seen at some moments.</summary>
    private static async Task<List<(ulong Sequence, string Picture)>> MakeHistoryAsync(MailBed bed, Random random)
    {
        for (var i = 0; i < 20; i++) await bed.AppendAsync("INBOX", $"text {i}");
        var seen = new List<(ulong, string)>();
        var inbox = bed.Mail.State.Find("INBOX")!.Id;
        for (var i = 0; i < Entries; i++)
        {
            var some = (uint)random.Next(1, 21);
            await bed.Mail.StoreAsync(inbox, [some], (FlagAction)random.Next(3), (MessageFlags)random.Next(8), [$"k{i % 7}"], Stop);
            if (i % 500 == 0) await bed.AppendAsync("Drafts", $"draft {i}");
            if (i % 900 == 899) await UndeleteTests.ExpungeAsync(bed, "Drafts", (await bed.MailboxAsync("Drafts")).UidNext - 1);
            if (i % (Entries / Moments) == 0) seen.Add((bed.Mail.State.Sequence, await bed.PictureAsync()));
        }

        return seen;
    }

    /// <summary>Counts entries that are read, and knows which pieces there are.</summary>
    private sealed class CountingStore(IStore inner) : IStore, IJournalStore, ISnapshotStore
    {
        public int Read { get; set; }

        public HashSet<BlobName> Pieces { get; } = [];

        public IJournalStore Journal => this;

        public IBlobStore Blobs => inner.Blobs;

        public ISnapshotStore Snapshots => this;

        public IDropbox Dropbox => inner.Dropbox;

        public IDirectory Directory => inner.Directory;

        public ValueTask<Refusal> AppendAsync(JournalAppend append, CancellationToken cancellation) =>
            inner.Journal.AppendAsync(append, cancellation);

        public async IAsyncEnumerable<StoredEntry> ReadAsync(
            AccountId account, ulong after, [EnumeratorCancellation] CancellationToken cancellation)
        {
            await foreach (var entry in inner.Journal.ReadAsync(account, after, cancellation))
            {
                Read++;
                yield return entry;
            }
        }

        public ValueTask<ulong> HeadAsync(AccountId account, CancellationToken cancellation) =>
            inner.Journal.HeadAsync(account, cancellation);

        public ValueTask<Refusal> ReplaceAsync(
            AccountId account, IReadOnlyList<SealedBlob> put, IReadOnlyList<BlobName> delete, CancellationToken cancellation)
        {
            Pieces.UnionWith(put.Select(piece => piece.Name));
            Pieces.ExceptWith(delete);
            return inner.Snapshots.ReplaceAsync(account, put, delete, cancellation);
        }

        public ValueTask<byte[]?> GetAsync(AccountId account, BlobName name, CancellationToken cancellation) =>
            inner.Snapshots.GetAsync(account, name, cancellation);

        public ValueTask<Refusal> ClearAsync(AccountId account, CancellationToken cancellation) =>
            inner.Snapshots.ClearAsync(account, cancellation);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
