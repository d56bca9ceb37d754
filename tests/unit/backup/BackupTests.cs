using System.Security.Cryptography;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Storage.Backup;
using CompatBot.Storage.Memory;
using CompatBot.Storage.Sqlite;
using CompatBot.UnitTests.Mail;
using Xunit;

namespace CompatBot.UnitTests.Backup;

public sealed class BackupTests
{
    [Theory]
    [InlineData("memory", "memory")]
    [InlineData("memory", "sqlite")]
    [InlineData("sqlite", "memory")]
    [InlineData("sqlite", "sqlite")]
    public async Task A_store_comes_back_equal_whatever_the_engines(string from, string to)
    {
        await using var folder = new StoreFolder();
        await using var bed = await BackupBed.NewAsync(await folder.OpenAsync(from));
        await FillAsync(bed, 60);
        var report = await bed.RunAsync();
        Assert.Empty(report.Flaws);
        await FillAsync(bed, 20);
        await bed.RunAsync();
        Assert.Empty((await bed.VerifyAsync()).Flaws);

        await using var restored = await folder.OpenAsync(to);
        var restore = await bed.RestoreAsync(restored);
        Assert.Empty(restore.Flaws);
        Assert.Equal(await BackupBed.PictureAsync(bed.Store), await BackupBed.PictureAsync(restored));
        var mail = new MailBed(restored, bed.Mail.Time);
        await mail.OpenAsync();
        Assert.Equal(await bed.Mail.PictureAsync(), await mail.PictureAsync());
    }

    [Fact]
    public async Task Every_run_can_be_restored_and_an_increment_is_small()
    {
        await using var bed = await BackupBed.NewAsync();
        var pictures = new List<string>();
        for (var run = 0; run < 4; run++)
        {
            await FillAsync(bed, 100);
            if (run == 2) await DeleteSomeAsync(bed);
            var before = bed.Bytes();
            var report = await bed.RunAsync();
            var mark = run == 0 ? new FileInfo(Path.Combine(bed.Folder, "compatbot-backup")).Length : 0;
            Assert.Equal(bed.Bytes() - before - mark, report.Bytes);
            Assert.True(report.Bytes < 2_000_000, $"{report.Bytes} bytes for 100 messages");
            pictures.Add(await BackupBed.PictureAsync(bed.Store));
        }

        var idle = await bed.RunAsync();
        Assert.InRange(idle.Bytes, 1, 500);
        Assert.Equal(5, BackupList.Read(bed.Folder, bed.Key).Count);
        for (var run = 0; run < 4; run++)
        {
            await using var restored = new MemoryStore();
            await bed.RestoreAsync(restored, (ulong)run + 1);
            Assert.Equal(pictures[run], await BackupBed.PictureAsync(restored));
        }
    }

    [Fact]
    public async Task A_run_that_was_cut_off_anywhere_leaves_nothing_behind_that_harms()
    {
        await using var bed = await BackupBed.NewAsync();
        await FillAsync(bed, 30);
        for (var cut = 1; cut < 60; cut += 3)
        {
            var left = cut;
            await Assert.ThrowsAsync<IOException>(
                () => bed.RunAsync((_, _) => --left < 0 ? throw new IOException("cut off") : ValueTask.CompletedTask));
        }

        await bed.RunAsync();
        await FillAsync(bed, 3);
        await Assert.ThrowsAsync<IOException>(() => bed.RunAsync((_, _) => throw new IOException("cut off")));
        await bed.RunAsync();
        var check = await bed.VerifyAsync();
        Assert.Empty(check.Flaws);
        Assert.Equal((2UL, 2L), (check.Runs, check.Packs));
        await using var restored = new MemoryStore();
        await bed.RestoreAsync(restored);
        Assert.Equal(await BackupBed.PictureAsync(bed.Store), await BackupBed.PictureAsync(restored));
    }

    [Fact]
    public async Task What_waits_keeps_its_numbers_and_later_ones_go_on_after_the_last_that_was_taken()
    {
        await using var bed = await BackupBed.NewAsync();
        await bed.Store.Dropbox.PutAsync([.. Enumerable.Range(0, 9).Select(_ => Item())], BackupBed.Stop);
        await bed.RunAsync();
        await bed.Store.Dropbox.DeleteAsync(MailBed.Account, Realm.Mail, 9, [], BackupBed.Stop);
        await bed.Store.Dropbox.PutAsync([Item()], BackupBed.Stop);
        await bed.RunAsync();
        await using var restored = new MemoryStore();
        await bed.RestoreAsync(restored);
        await restored.Dropbox.PutAsync([Item()], BackupBed.Stop);
        var items = await restored.Dropbox.ReadAsync(MailBed.Account, Realm.Mail, 0, BackupBed.Stop).ToListAsync(BackupBed.Stop);
        Assert.Equal([10UL, 11], items.Select(item => item.Number));
    }

    [Fact]
    public async Task A_store_that_went_back_in_time_is_noticed_and_adds_nothing()
    {
        await using var bed = await BackupBed.NewAsync();
        await FillAsync(bed, 10);
        await bed.RunAsync();
        await using var older = await BackupBed.NewAsync();
        var run = new BackupRun(older.Store, bed.Folder, bed.Key, TimeProvider.System, BackupBed.NoProgress);
        var report = await run.RunAsync([], BackupBed.Stop);
        Assert.Contains("went back in time", Assert.Single(report.Flaws), StringComparison.Ordinal);
        Assert.Equal(0, report.Entries);
    }

    [Fact]
    public async Task Another_key_opens_nothing_and_says_so()
    {
        await using var bed = await BackupBed.NewAsync();
        await bed.RunAsync();
        using var other = BackupKey.Draw();
        await Assert.ThrowsAsync<UnauthorizedAccessException>(
            async () => await new BackupVerify(bed.Folder, other, BackupBed.NoProgress).RunAsync(BackupBed.Stop));
        var run = new BackupRun(bed.Store, bed.Folder, other, TimeProvider.System, BackupBed.NoProgress);
        await Assert.ThrowsAsync<UnauthorizedAccessException>(async () => await run.RunAsync([], BackupBed.Stop));
        using var again = BackupKey.Parse(bed.Key.ToText() + "\n");
        Assert.NotNull(again);
        Assert.Empty((await new BackupVerify(bed.Folder, again, BackupBed.NoProgress).RunAsync(BackupBed.Stop)).Flaws);
        Assert.Null(BackupKey.Parse("words"));
        Assert.Null(BackupKey.Parse(bed.Key.ToText().Replace('a', 'g').Replace('0', 'g')));
    }

    [Fact]
    public async Task The_medium_shows_no_name_address_or_id()
    {
        await using var bed = await BackupBed.NewAsync();
        await FillAsync(bed, 5);
        await bed.RunAsync();
        List<byte[]> ids = [MailBed.Account.ToBytes(), "anna@mail.test"u8.ToArray(), "mail.test"u8.ToArray(), "CBJE"u8.ToArray()];
        await foreach (var blob in bed.Store.Blobs.ListAsync(MailBed.Account, BackupBed.Stop)) ids.Add(blob.Name.ToBytes());
        foreach (var path in bed.Files())
        {
            var bytes = await File.ReadAllBytesAsync(path, BackupBed.Stop);
            Assert.All(ids, id => Assert.True(bytes.AsSpan().IndexOf(id) < 0));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    [Fact]
    public async Task A_folder_with_something_else_in_it_and_a_second_writer_are_refused()
    {
        await using var bed = await BackupBed.NewAsync();
        await File.WriteAllTextAsync(Path.Combine(bed.Folder, "letter.txt"), "mine", BackupBed.Stop);
        await Assert.ThrowsAsync<IOException>(() => bed.RunAsync());
        File.Delete(Path.Combine(bed.Folder, "letter.txt"));
        await FillAsync(bed, 1);
        await bed.RunAsync(async (_, _) =>
        {
            if (Directory.Exists(Path.Combine(bed.Folder, "packs"))) await Assert.ThrowsAsync<IOException>(() => bed.RunAsync());
        });
    }

    private static DroppedItem Item() => new(MailBed.Account, Realm.Mail, RandomNumberGenerator.GetBytes(40), []);

    internal static async Task FillAsync(BackupBed bed, int messages)
    {
        for (var i = 0; i < messages; i++)
        {
            await bed.Mail.AppendAsync("INBOX", $"Subject: {Guid.NewGuid()}\r\n\r\n{new string('x', i * 50)}\r\n", MessageFlags.Seen);
        }
    }

    private static async Task DeleteSomeAsync(BackupBed bed)
    {
        var inbox = await bed.Mail.MailboxAsync("INBOX");
        var gone = inbox.Messages[3];
        await bed.Mail.Mail.StoreAsync(inbox.Id, [gone.Uid], FlagAction.Add, MessageFlags.Deleted, [], BackupBed.Stop);
        await bed.Mail.Mail.ExpungeAsync(inbox.Id, null, BackupBed.Stop);
        await bed.Store.Blobs.DeleteAsync(MailBed.Account, [Core.Vault.BlobSeal.NameOf(gone.Content.Key)], BackupBed.Stop);
    }

    private sealed class StoreFolder : IAsyncDisposable
    {
        private readonly string _path = Directory.CreateTempSubdirectory("compatbot-backup-store-").FullName;
        private int _stores;

        public async Task<IStore> OpenAsync(string engine) => engine == "memory"
            ? new MemoryStore()
            : await SqliteStore.OpenAsync(Path.Combine(_path, $"{_stores++}"), new SqliteOptions(), TimeProvider.System, BackupBed.Stop);

        public ValueTask DisposeAsync()
        {
            Directory.Delete(_path, recursive: true);
            return ValueTask.CompletedTask;
        }
    }
}
