using CompatBot.Core.Calendar.Attachments;
using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Shares;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Storage.Backup;
using CompatBot.Storage.Memory;
using CompatBot.UnitTests.Backup;
using Xunit;

namespace CompatBot.UnitTests.Identity;

/// <summary>What was there when a device was stolen is sealed again under keys that it never gets, and stays what it was.</summary>
public sealed class ResealTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stolen_keys_open_nothing_of_before_and_everybody_else_reads_it_as_it_was()
    {
        await using var bed = await ResealBed.NewAsync();
        await using var session = await bed.House.LoginAsync(RotationBed.Phone);
        var references = await ResealBed.ReferencesAsync(session);
        var before = await ResealBed.PictureAsync(session, 3);
        Assert.False((await bed.House.RotateAsync(revoked: RotationBed.Laptop)).Declined);
        Assert.Equal(references.Count, await bed.OpenedByAsync(bed.Thief, references));
        var standing = await bed.StandingAsync();
        Assert.Equal((2u, 0L), (standing.Epoch, standing.Done));

        var resealed = await bed.ResealAsync(session);
        Assert.Equal((standing.Blobs, standing.Blobs, 0L, 0L), (resealed.Resealed, resealed.Done, resealed.Waiting, resealed.Left));
        Assert.Equal(0, await bed.OpenedByAsync(bed.Thief, references));
        using (var mine = await bed.House.KeysAsync(RotationBed.Reader))
        {
            Assert.Equal(references.Count, await bed.OpenedByAsync(mine, references));
        }

        Assert.Equal(before, await ResealBed.PictureAsync(session, 3));
        await bed.House.DeliverAsync("after");
        await ResealBed.PutAsync(session, "new.txt", "a file of after");
        Assert.Equal(0, (await bed.ResealAsync(session)).Resealed); // What is new needs no envelope.
        await session.DisposeAsync();
        await bed.House.Open.DisposeAsync();
        bed.House.Start();
        await using var again = await bed.House.LoginAsync(RotationBed.Phone);
        Assert.StartsWith(before[..100], await ResealBed.PictureAsync(again, 3), StringComparison.Ordinal);
        using var words = await bed.House.RecoverAsync();
        var verified = await new AccountVerifier(bed.House.Store, bed.House.Id, words).VerifyAsync(Stop);
        Assert.Equal([], verified.Flaws);
        Assert.NotEmpty((await new AccountVerifier(bed.House.Store, bed.House.Id, bed.Thief).VerifyAsync(Stop)).Flaws);
    }

    [Fact]
    public async Task It_goes_on_where_it_was_cut_off_and_another_rotation_puts_no_envelope_around_the_other()
    {
        await using var bed = await ResealBed.NewAsync();
        await using (var session = await bed.House.LoginAsync(RotationBed.Phone))
        {
            Assert.False((await bed.House.RotateAsync()).Declined);
            using var cut = new CancellationTokenSource();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.ResealAsync(
                new Pace(bed.House.Time, 1), async (_, _) => await cut.CancelAsync(), cut.Token).AsTask());
        }

        await bed.House.Open.DisposeAsync();
        bed.House.Start();
        var standing = await bed.StandingAsync();
        Assert.InRange(standing.Done, 1, standing.Blobs - 1);
        await using var again = await bed.House.LoginAsync(RotationBed.Phone);
        Assert.Equal(standing.Left, (await bed.ResealAsync(again)).Resealed);
        var bytes = (await bed.StandingAsync()).Bytes;
        var references = await ResealBed.ReferencesAsync(again);
        Assert.False((await bed.House.RotateAsync()).Declined);
        var second = await bed.ResealAsync(again);
        Assert.Equal((3u, standing.Blobs, standing.Blobs, bytes), (second.Epoch, second.Resealed, second.Done, second.Bytes));
        Assert.Equal(0, await bed.OpenedByAsync(bed.Thief, references));
        Assert.Equal("a file of before", await ResealBed.TextAsync(again, "old.txt"));
        Assert.Equal(ResealBed.LongOctets, (await ResealBed.TextAsync(again, "long.txt")).Length);
    }

    [Fact]
    public async Task A_rotation_meanwhile_leaves_nothing_in_its_older_envelopes()
    {
        await using var bed = await ResealBed.NewAsync();
        await using var session = await bed.House.LoginAsync(RotationBed.Phone);
        Assert.False((await bed.House.RotateAsync()).Declined);
        var isFirst = true;
        var resealed = await session.ResealAsync(new Pace(bed.House.Time, 1), async (_, _) =>
        {
            if (isFirst) Assert.False((await bed.House.RotateAsync()).Declined);
            isFirst = false;
        }, Stop);
        Assert.Equal((3u, 0L), (resealed.Value.Epoch, resealed.Value.Blobs - resealed.Value.Done));
    }

    [Fact]
    public async Task Blobs_of_realms_that_no_device_may_open_wait_for_one()
    {
        await using var bed = await ResealBed.NewAsync();
        await bed.House.Open.DisposeAsync();
        bed.House.Start();
        Assert.False((await bed.House.RotateAsync()).Declined);
        await using (var reader = await bed.House.LoginAsync(RotationBed.Reader))
        {
            var mail = await bed.ResealAsync(reader);
            Assert.True(mail.Resealed > 0 && mail.Waiting > 0 && mail.Left == 0, $"{mail}");
            Assert.Equal(mail.Waiting, (await bed.StandingAsync()).Left);
        }

        await using var phone = await bed.House.LoginAsync(RotationBed.Phone);
        var all = await bed.ResealAsync(phone);
        Assert.Equal((all.Blobs, 0L), (all.Done, all.Waiting));
    }

    [Fact]
    public async Task What_is_kept_of_messages_for_lists_and_searches_is_sealed_again_too()
    {
        await using var bed = await ResealBed.NewAsync();
        var mail = bed.Thief.Find(Realm.Mail)!;
        byte[] inbox = [1, .. new byte[11]];
        byte[][] labels = [[.. "summaries"u8, .. inbox], [.. "answers"u8, .. inbox], [.. "signatures"u8, .. inbox]];
        await bed.House.Open.DisposeAsync(); // Writes what it has.
        bed.House.Start();
        var old = 0;
        foreach (var label in labels) old += await HasAsync(bed, SnapshotSeal.NameOf(mail, label)) ? 1 : 0;
        Assert.True(old > 0);
        await using var session = await bed.House.LoginAsync(RotationBed.Phone);
        Assert.False((await bed.House.RotateAsync()).Declined);
        await bed.ResealAsync(session);
        foreach (var label in labels) Assert.False(await HasAsync(bed, SnapshotSeal.NameOf(mail, label)));
        using var keys = await bed.House.KeysAsync(RotationBed.Phone);
        var now = 0;
        foreach (var label in labels) now += await HasAsync(bed, SnapshotSeal.NameOf(keys.Find(Realm.Mail)!, label)) ? 1 : 0;
        Assert.Equal(old, now);
    }

    [Fact]
    public async Task Who_is_shared_a_calendar_reads_what_is_in_envelopes_and_puts_nothing_into_any()
    {
        await using var bed = await ResealBed.NewAsync();
        using var owner = await bed.House.KeysAsync(RotationBed.Phone);
        var device = new NewDevice("guest", Scopes.Parse("calendar share")!);
        var made = (await bed.House.Accounts.AddDeviceAsync(owner, device, Stop)).Value!;
        await bed.House.Open.DisposeAsync();
        bed.House.Start();
        Assert.False((await bed.House.RotateAsync()).Declined);
        var password = new Password(made.Password.Text);
        await using (var alone = (await bed.House.Sessions.LoginAsync(RotationBed.Ann, password, "share", Stop)).Value!)
        {
            Assert.Equal(0, (await bed.ResealAsync(alone)).Resealed);
        }

        await using (var phone = await bed.House.LoginAsync(RotationBed.Phone)) Assert.NotEqual(0, (await bed.ResealAsync(phone)).Resealed);
        await bed.House.Open.DisposeAsync();
        bed.House.Start();
        await using var guest = (await bed.House.Sessions.LoginAsync(RotationBed.Ann, password, "share", Stop)).Value!;
        var items = await ResealBed.ItemsAsync(guest, Realm.Calendar);
        var row = (await items.FindAsync(["calendar", "1.ics"], Stop))!.Item!;
        var stored = (await bed.Blobs.GetAsync(bed.House.Id, BlobSeal.NameOf(row.Content.Key), Stop))!;
        Assert.Equal(2u, BlobEnvelope.EpochOf(stored));
        Assert.Contains("UID:1", await ResealBed.TextAsync(items.Read(row)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_blob_stays_as_it_is_and_holds_up_no_other()
    {
        await using var bed = await ResealBed.NewAsync();
        await using var session = await bed.House.LoginAsync(RotationBed.Phone);
        Assert.False((await bed.House.RotateAsync()).Declined);
        await bed.ResealAsync(session);
        var references = await ResealBed.ReferencesAsync(session);
        var name = references.Keys.First();
        await bed.Blobs.RewriteAsync(bed.House.Id, [name], (blob, bytes) => new SealedBlob(blob, Flipped(bytes)) { Epoch = 2 }, Stop);
        Assert.False((await bed.House.RotateAsync()).Declined);
        var resealed = await bed.ResealAsync(session);
        Assert.Equal((resealed.Blobs - 1, 1L), (resealed.Resealed, resealed.Left));
        using var words = await bed.House.RecoverAsync();
        Assert.Equal(name, Assert.Single((await new AccountVerifier(bed.House.Store, bed.House.Id, words).VerifyAsync(Stop)).BadBlobs));
    }

    [Fact]
    public async Task Garbage_of_before_is_collected_out_of_its_envelopes()
    {
        await using var bed = await ResealBed.NewAsync();
        await using var session = await bed.House.LoginAsync(RotationBed.Phone);
        Assert.False((await bed.House.RotateAsync()).Declined);
        await bed.ResealAsync(session);
        var files = await ResealBed.ItemsAsync(session);
        Assert.Equal(Refusal.None, (await files.RemoveAsync(new ItemPlace(CollectionId.Root, "long.txt"), null, Stop)).Refusal);
        var blobs = (await bed.StandingAsync()).Blobs;
        bed.House.Time.Advance(TimeSpan.FromDays(31));
        var collected = await session.CollectAsync(30, new Pace(bed.House.Time, 1), Stop);
        Assert.Equal(Refusal.None, collected.Refusal);
        Assert.InRange(collected.Value!.Released, 3, blobs);
        Assert.Equal(blobs - collected.Value.Released, (await bed.StandingAsync()).Blobs);
        Assert.Equal("a file of before", await ResealBed.TextAsync(session, "old.txt"));
    }

    [Fact]
    public async Task An_attachment_opens_by_its_URL_while_the_account_is_closed()
    {
        await using var bed = await ResealBed.NewAsync();
        await using (var session = await bed.House.LoginAsync(RotationBed.Phone))
        {
            Assert.False((await bed.House.RotateAsync()).Declined);
            var resealed = await bed.ResealAsync(session);
            Assert.Equal(resealed.Blobs, resealed.Done);
        }

        await bed.House.Open.DisposeAsync();
        bed.House.Start();
        using var links = new AttachmentLinks(bed.House.Store, bed.House.Open, bed.House.Time);
        Assert.Equal("an agenda", await ResealBed.TextAsync((await links.OpenAsync(bed.Attached, Stop))!));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_link_opens_what_it_shows_of_before_and_no_other_envelope(bool isMadeBefore)
    {
        await using var bed = await ResealBed.NewAsync();
        using var links = bed.Links();
        ShareToken token;
        await using (var session = await bed.House.LoginAsync(RotationBed.Phone))
        {
            await ResealBed.PutAsync(session, "other.txt", "not shown");
            Assert.False((await bed.House.RotateAsync()).Declined);
            if (!isMadeBefore) await bed.ResealAsync(session);
            token = await ShareAsync(bed, links, session, "long.txt");
            if (isMadeBefore) await bed.ResealAsync(session);
        }

        await bed.House.Open.DisposeAsync();
        bed.House.Start();
        using var closed = bed.Links();
        using var opened = (await closed.OpenAsync(token, null, default, Stop)).Value!;
        Assert.Equal(ResealBed.LongOctets, (await ResealBed.TextAsync(opened.Read(opened.File!))).Length);
        await using var owner = await bed.House.LoginAsync(RotationBed.Phone);
        var other = (await (await ResealBed.ItemsAsync(owner)).FindAsync(["other.txt"], Stop))!.Item!;
        var elsewhere = new Core.Shares.Proto.LinkedFile
        {
            Content = Google.Protobuf.ByteString.CopyFrom(other.Content.Key.ToBytes()), Size = (ulong)other.Size,
        };
        await Assert.ThrowsAsync<Core.Content.ContentException>(() => ResealBed.TextAsync(opened.Read(elsewhere)));
    }

    [Fact]
    public async Task A_link_to_a_folder_lists_and_opens_what_was_there_before()
    {
        await using var bed = await ResealBed.NewAsync();
        using var links = bed.Links();
        ShareToken token;
        await using (var session = await bed.House.LoginAsync(RotationBed.Phone))
        {
            Assert.False((await bed.House.RotateAsync()).Declined);
            token = await ShareAsync(bed, links, session);
            await bed.ResealAsync(session);
        }

        await bed.House.Open.DisposeAsync();
        bed.House.Start();
        using var closed = bed.Links();
        using var opened = (await closed.OpenAsync(token, null, default, Stop)).Value!;
        var files = (await opened.ListAsync(Stop))!.Files;
        Assert.Equal(["long.txt", "old.txt"], files.Select(file => file.Name).Order());
        foreach (var file in files) Assert.Equal((int)file.Size, (await ResealBed.TextAsync(opened.Read(file))).Length);
    }

    [Fact]
    public async Task A_backup_keeps_the_bytes_that_it_has_and_a_restored_store_is_sealed_again()
    {
        await using var bed = await ResealBed.NewAsync();
        await using var session = await bed.House.LoginAsync(RotationBed.Phone);
        var references = await ResealBed.ReferencesAsync(session);
        var (early, late) = (Directory.CreateTempSubdirectory("reseal").FullName, Directory.CreateTempSubdirectory("reseal").FullName);
        try
        {
            using var key = BackupKey.Draw();
            await RunAsync(early);
            Assert.False((await bed.House.RotateAsync()).Declined);
            var resealed = await bed.ResealAsync(session);
            Assert.Equal(0, (await RunAsync(early)).Blobs);
            Assert.True((await RunAsync(late)).Blobs >= resealed.Blobs);
            foreach (var (folder, done) in new[] { (early, 0L), (late, resealed.Blobs - 1) }) // The attachment has no envelope.
            {
                await using var restored = new MemoryStore(bed.House.Time);
                await new BackupRestore(restored, folder, key, BackupBed.NoProgress).RunAsync(null, false, Stop);
                Assert.Equal(done, (await ResealStanding.OfAsync(
                    restored, (await restored.Directory.AccountAsync(bed.House.Id, Stop))!, Stop))!.Value.Done);
                using var words = await bed.House.RecoverAsync();
                Assert.Equal([], (await new AccountVerifier(restored, bed.House.Id, words).VerifyAsync(Stop)).Flaws);
            }

            async Task<BackupReport> RunAsync(string folder) =>
                await new BackupRun(bed.House.Store, folder, key, bed.House.Time, BackupBed.NoProgress).RunAsync([], Stop);
        }
        finally
        {
            Directory.Delete(early, recursive: true);
            Directory.Delete(late, recursive: true);
        }
    }

    private static async Task<ShareToken> ShareAsync(ResealBed bed, ShareLinks links, Session session, params string[] path)
    {
        var found = (await (await ResealBed.ItemsAsync(session)).FindAsync(path, Stop))!;
        var made = await links.AddAsync(session, Realm.Files, found, new NewShare("link", false, null, 0, null), Stop);
        Assert.Equal(Refusal.None, made.Refusal);
        return made.Value!.Token;
    }

    private static async Task<bool> HasAsync(ResealBed bed, BlobName piece) =>
        await bed.House.Store.Snapshots.GetAsync(bed.House.Id, piece, Stop) is not null;

    private static byte[] Flipped(ReadOnlyMemory<byte> bytes)
    {
        var flipped = bytes.ToArray();
        flipped[^1] ^= 1;
        return flipped;
    }
}
