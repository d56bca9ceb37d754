using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Identity;
using CompatBot.Core.Identity.Proto;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Storage.Backup;
using CompatBot.Storage.Memory;
using CompatBot.UnitTests.Backup;
using Google.Protobuf;
using Xunit;

namespace CompatBot.UnitTests.Identity;

/// <summary>A device was stolen: what is written from then on is sealed under keys that it never gets.</summary>
public sealed class RotationTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stolen_slot_with_its_password_opens_nothing_that_is_written_later()
    {
        await using var bed = await RotationBed.NewAsync();
        await bed.DeliverAsync("before");
        using var thief = await bed.KeysAsync(RotationBed.Laptop);
        await using var cut = await bed.LoginAsync(RotationBed.Laptop);
        await using var stays = await bed.LoginAsync(RotationBed.Reader);
        Assert.Equal(new RotatedAccount(2, 2, false), (await bed.RotateAsync(revoked: RotationBed.Laptop)).Value);
        Assert.True(cut.Revoked.IsCancellationRequested);
        Assert.False(stays.Revoked.IsCancellationRequested);
        var before = (await bed.EntriesAsync()).Count;
        await bed.DeliverAsync("after");
        Assert.Equal(["before", "after"], await RotationBed.InboxAsync(stays));
        await bed.Open.DisposeAsync();
        await bed.DeliverAsync("while closed");

        var entries = await bed.EntriesAsync();
        Assert.True(entries.Count > before);
        Assert.All(entries.Take(before), entry => Assert.NotNull(EntrySeal.Open(thief.Find(Realm.Mail)!, bed.Id, entry.Bytes)));
        Assert.All(entries.Skip(before), entry => Assert.Equal(2u, entry.Header.Epoch));
        Assert.Null(thief.Find(Realm.Mail, 2));
        Assert.False(await HasAsync(bed, thief.NamingKey, "after"));
        Assert.True(await HasAsync(bed, thief.NamingKey, "before"));
        Assert.Null(await bed.Store.Snapshots.GetAsync(bed.Id, SnapshotSeal.NameOf(thief.Find(Realm.Mail)!, "mail root"u8), Stop));
        await foreach (var (_, item) in bed.Store.Dropbox.ReadAsync(bed.Id, Realm.Mail, 0, Stop))
        {
            Assert.True(DropSeal.TryReadHeader(item, out _, out var epoch));
            Assert.Equal(2u, epoch);
        }

        foreach (var device in await bed.Store.DevicesAsync(bed.Id, Stop))
        {
            Assert.Null(EpochGrant.Open(thief, Core.Identity.Devices.Read(device)!.Grants.Single().Span));
        }

        Assert.Equal(Refusal.BadCredentials, await bed.LoginRefusalAsync(RotationBed.Laptop));
    }

    [Fact]
    public async Task A_device_for_mail_reads_old_and_new_mail_and_nothing_else()
    {
        await using var bed = await RotationBed.NewAsync();
        await bed.DeliverAsync("before");
        Assert.False((await bed.RotateAsync()).Declined);
        await bed.DeliverAsync("after");
        Assert.Equal(["before", "after"], await bed.InboxAsync(RotationBed.Reader));
        using var reader = await bed.KeysAsync(RotationBed.Reader);
        Assert.Equal((2u, null), (reader.Epoch, reader.MasterKey));
        Assert.NotNull(reader.Find(Realm.Mail, 1));
        Assert.NotNull(reader.Find(Realm.Mail, 2));
        foreach (var other in Enum.GetValues<Realm>().Where(realm => realm != Realm.Mail))
        {
            Assert.Null(reader.Find(other, 1));
            Assert.Null(reader.Find(other, 2));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_two_rotations_every_device_and_the_words_read_everything(bool withWords)
    {
        await using var bed = await RotationBed.NewAsync();
        using (var owner = await bed.KeysAsync(RotationBed.Phone))
        {
            Assert.False((await bed.Accounts.SetPassphraseAsync(owner, new("correct horse battery"), Stop)).Declined);
        }

        await using (var session = await bed.LoginAsync(RotationBed.Reader))
        {
            await bed.DeliverAsync("one");
            Assert.Equal(new RotatedAccount(2, 4, withWords), (await bed.RotateAsync(withWords)).Value);
            await bed.DeliverAsync("two");
        }

        await bed.Open.DisposeAsync();
        bed.Start();
        Assert.Equal(3u, (await bed.RotateAsync(withWords)).Value!.Epoch);
        await bed.DeliverAsync("three");
        foreach (var device in new[] { RotationBed.Reader, RotationBed.Laptop, RotationBed.Phone })
        {
            Assert.Equal(["one", "two", "three"], await bed.InboxAsync(device));
            await bed.Open.DisposeAsync();
            bed.Start();
        }

        using var words = await bed.RecoverAsync();
        var report = await new AccountVerifier(bed.Store, bed.Id, words).VerifyAsync(Stop);
        Assert.Equal([], report.Flaws);
        Assert.Equal((report.Entries, 3L), (report.OpenedEntries, report.OpenedBlobs));
        using var passphrase = (await bed.Credentials.OpenAsync(RotationBed.Ann, new("correct horse battery"), "cli", Stop)).Value!;
        Assert.Equal(words.MasterKey!.Span, passphrase.MasterKey!.Span);
        var added = (await bed.Accounts.AddDeviceAsync(passphrase, new("new", Scopes.Parse("mail")!), Stop)).Value!;
        using var late = (await bed.Credentials.OpenAsync(RotationBed.Ann, new(added.Password.Text), "imap", Stop)).Value!;
        Assert.NotNull(late.Find(Realm.Mail, 1));
        Assert.Equal(new RotatedAccount(4, 5, false), (await bed.RotateAsync()).Value);
    }

    [Fact]
    public async Task What_was_dropped_before_and_after_arrives_in_order()
    {
        await using var bed = await RotationBed.NewAsync();
        var sent = new List<string>();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 5; i++)
            {
                sent.Add($"{round} {i}");
                await bed.DeliverAsync(sent[^1]);
            }

            if (round < 2) Assert.False((await bed.RotateAsync()).Declined);
        }

        Assert.Equal(sent, await bed.InboxAsync(RotationBed.Reader));
    }

    [Fact]
    public async Task A_rotation_is_there_as_a_whole_or_not_at_all()
    {
        await using var bed = await RotationBed.NewAsync();
        await bed.DeliverAsync("before");
        bed.Store.Refuse = Refusal.Unavailable;
        Assert.Equal(Refusal.Unavailable, (await bed.RotateAsync(false, RotationBed.Laptop)).Refusal);
        bed.Store.Refuse = Refusal.None;
        foreach (var device in new[] { RotationBed.Laptop, RotationBed.Phone, RotationBed.Reader })
        {
            using var keys = await bed.KeysAsync(device);
            Assert.Equal(1u, keys.Epoch);
        }

        await using (await bed.LoginAsync(RotationBed.Reader))
        {
            // The machine dies when the step is durable: the account that is open never hears of it.
            bed.Store.Applied = () => throw new IOException("The machine is gone");
            await Assert.ThrowsAsync<IOException>(() => bed.RotateAsync(false, RotationBed.Laptop));
            bed.Store.Applied = null;
        }

        bed.Start();
        await bed.DeliverAsync("after");
        Assert.Equal(Refusal.BadCredentials, await bed.LoginRefusalAsync(RotationBed.Laptop));
        Assert.Equal(["before", "after"], await bed.InboxAsync(RotationBed.Reader));
        Assert.Equal(2u, (await bed.EntriesAsync())[^1].Header.Epoch);
        Assert.Equal(["before", "after"], await bed.InboxAsync(RotationBed.Phone));
    }

    [Fact]
    public async Task Keys_that_were_opened_just_before_a_rotation_are_not_written_with()
    {
        await using var bed = await RotationBed.NewAsync();
        var stale = await bed.KeysAsync(RotationBed.Reader);
        using var rival = await bed.KeysAsync(RotationBed.Laptop);
        Assert.False((await bed.RotateAsync()).Declined);
        Assert.Equal(Refusal.Unavailable, (await bed.Sessions.StartAsync(stale, Stop)).Refusal);
        Assert.Equal(0, bed.Open.Count);
        Assert.Equal(Refusal.Conflict, (await bed.Accounts.RotateAsync(rival, null, [], Stop)).Refusal);
        Assert.Equal(Refusal.Conflict, (await bed.Accounts.AddDeviceAsync(rival, new("x", Scopes.All), Stop)).Refusal);
        using var reader = await bed.KeysAsync(RotationBed.Reader);
        Assert.Equal(Refusal.NotPermitted, (await bed.Accounts.RotateAsync(reader, null, [], Stop)).Refusal);
        using var owner = await bed.KeysAsync(RotationBed.Phone);
        Assert.Equal(Refusal.NotFound, (await bed.Accounts.RotateAsync(owner, null, [DeviceId.New()], Stop)).Refusal);
        using var others = Words.Generate();
        Assert.Equal(Refusal.BadCredentials, (await bed.Accounts.RotateAsync(owner, others, [], Stop)).Refusal);
    }

    [Fact]
    public async Task An_account_that_did_not_hear_of_a_rotation_takes_it_from_the_next_login()
    {
        await using var bed = await RotationBed.NewAsync();
        await using var session = await bed.LoginAsync(RotationBed.Reader);
        var elsewhere = new Accounts(bed.Store, new ManualTime(), new PassphraseStretcher());
        using (var owner = await bed.KeysAsync(RotationBed.Phone)) await elsewhere.RotateAsync(owner, null, [], Stop);
        await using (await bed.LoginAsync(RotationBed.Reader)) await bed.DeliverAsync("after");
        Assert.Equal(["after"], await RotationBed.InboxAsync(session));
        Assert.Equal(2u, (await bed.EntriesAsync())[^1].Header.Epoch);
    }

    [Fact]
    public async Task Who_can_write_the_directory_gets_no_new_keys()
    {
        await using var bed = await RotationBed.NewAsync();
        var device = (await bed.Store.DevicesAsync(bed.Id, Stop))[RotationBed.Reader];
        var slot = Core.Identity.Devices.Read(device)!;
        var forged = slot.Clone();
        forged.PublicKey = ByteString.CopyFrom(PublicKey(out var secret));
        await ChangeAsync(bed, device, forged);
        Assert.Equal(Refusal.Damaged, (await bed.RotateAsync()).Refusal);

        using (var settings = await bed.KeysAsync(RotationBed.Phone))
        {
            forged = slot.Clone();
            var card = new DeviceCard { Label = "reader", Scopes = "*" };
            forged.Card = ByteString.CopyFrom(DropSeal.Seal(settings.Find(Realm.Settings)!.SealingKey, bed.Id, card.ToByteArray()));
            await ChangeAsync(bed, device, forged);
            Assert.Equal(Refusal.Damaged, (await bed.RotateAsync()).Refusal);
        }

        await ChangeAsync(bed, device, slot);
        var account = (await bed.Accounts.FindAsync(RotationBed.Ann, Stop))!;
        var profile = Profiles.Read(account)!;
        profile.RecoveryKey = forged.PublicKey;
        await bed.Store.ApplyAsync(new() { ChangedAccounts = [account with { Profile = profile.ToByteArray() }] }, Stop);
        Assert.Equal(Refusal.Damaged, (await bed.RotateAsync()).Refusal);

        // An epoch of the forger's own, in the profile and as a grant that he made without the account's keys.
        profile = Profiles.Read(account)!;
        using var own = Keyring.Create(bed.Id);
        using var next = own.NextEpoch()!;
        profile.SealingKeys.Add(Profiles.PublicKeys(next));
        await bed.Store.ApplyAsync(new() { ChangedAccounts = [account with { Profile = profile.ToByteArray() }] }, Stop);
        Assert.Equal(Refusal.Damaged, await bed.LoginRefusalAsync(RotationBed.Reader));
        forged = slot.Clone();
        forged.Grants.Add(ByteString.CopyFrom(EpochGrant.Seal(next, Scopes.Parse("mail")!, device.Id, slot.PublicKey.Span)!));
        await ChangeAsync(bed, device, forged);
        Assert.Equal(Refusal.Damaged, await bed.LoginRefusalAsync(RotationBed.Reader));
        secret.Dispose();
    }

    [Fact]
    public async Task What_was_deleted_in_an_older_epoch_comes_back_and_is_erased_as_any_other()
    {
        await using var bed = await RotationBed.NewAsync();
        foreach (var subject in new[] { "kept", "gone", "back" }) await bed.DeliverAsync(subject);
        using var old = await bed.KeysAsync(RotationBed.Reader);
        await using (var session = await bed.LoginAsync(RotationBed.Reader))
        {
            var inbox = (await session.Mail!.OpenAsync("INBOX", Stop)).Value!;
            await session.Mail!.StoreAsync(inbox.Id, [2, 3], FlagAction.Add, MessageFlags.Deleted, [], Stop);
            await session.Mail!.ExpungeAsync(inbox.Id, null, Stop);
        }

        await bed.Open.DisposeAsync();
        bed.Start();
        Assert.False((await bed.RotateAsync()).Declined);
        Assert.Equal(Refusal.None, await bed.Store.Snapshots.ClearAsync(bed.Id, Stop));
        await using var again = await bed.LoginAsync(RotationBed.Reader);
        Assert.Equal(1, (await again.Mail!.History.UndeleteAsync("INBOX", new HashSet<uint> { 3 }, Stop)).Value);
        bed.Time.Advance(TimeSpan.FromDays(31));
        var collected = await again.CollectAsync(30, new Pace(bed.Time, 1), Stop);
        Assert.Equal(Refusal.None, collected.Refusal);
        Assert.Equal(["kept", "back"], await RotationBed.InboxAsync(again));
        Assert.False(await HasAsync(bed, old.NamingKey, "gone"));
        Assert.True(await HasAsync(bed, old.NamingKey, "kept"));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(3_000_000)]
    public async Task What_an_import_measures_is_found_again_whatever_epoch_it_was_written_in(int octets)
    {
        await using var bed = await RotationBed.NewAsync();
        await using var open = await bed.LoginAsync(RotationBed.Reader);
        await bed.DeliverAsync(new string('x', octets));
        var row = (await open.Mail!.OpenAsync("INBOX", Stop)).Value!.Messages[0];
        for (var epochs = 1; epochs <= 3; epochs++)
        {
            using var measure = open.Mail!.Measure();
            await measure.WriteAsync(RotationBed.Message(new string('x', octets)), Stop);
            var references = await measure.CompleteAsync(Stop);
            Assert.Equal((epochs, row.Content), (references.Count, references[^1]));
            Assert.False((await bed.RotateAsync()).Declined);
        }
    }

    [Fact]
    public async Task A_backup_that_a_rotation_meets_keeps_nobody_out()
    {
        await using var bed = await RotationBed.NewAsync();
        await bed.DeliverAsync("before");
        var folder = Directory.CreateTempSubdirectory("compatbot-rotation-").FullName;
        try
        {
            using var key = BackupKey.Draw();
            bed.Store.BeforeDevices = async () => Assert.False((await bed.RotateAsync()).Declined);
            await new BackupRun(bed.Store, folder, key, TimeProvider.System, BackupBed.NoProgress).RunAsync([], Stop);
            await using var restored = new MemoryStore();
            await new BackupRestore(restored, folder, key, BackupBed.NoProgress).RunAsync(null, false, Stop);
            using var stretcher = new PassphraseStretcher();
            foreach (var device in bed.Created.Devices)
            {
                var password = new Password(device.Password.Text);
                using var keys = (await new Credentials(restored, stretcher).OpenAsync(RotationBed.Ann, password, "imap", Stop)).Value!;
                Assert.Equal(2u, keys.Epoch);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_grant_opens_for_its_device_alone_and_not_when_a_bit_is_flipped()
    {
        await using var bed = await RotationBed.NewAsync();
        using var owner = await bed.KeysAsync(RotationBed.Phone);
        using var newer = owner.NextEpoch()!;
        using var reader = await bed.KeysAsync(RotationBed.Reader);
        var publicKey = new byte[Sodium.KeyBytes];
        Sodium.BoxPublicKey(publicKey, reader.DeviceSecret.Span);
        var grant = EpochGrant.Seal(newer, reader.Scopes, reader.Device, publicKey)!;
        using (var opened = EpochGrant.Open(reader, grant)!) Assert.Equal(newer.NamingKey.Span, opened.NamingKey.Span);
        Assert.Null(EpochGrant.Open(owner, grant));
        Assert.Null(EpochGrant.Open(reader, EpochGrant.Seal(newer, reader.Scopes, owner.Device, publicKey)));
        Assert.Null(EpochGrant.Open(reader, EpochGrant.Seal(newer, Scopes.All, reader.Device, publicKey)));
        Assert.Null(EpochGrant.Open(reader, EpochGrant.Seal(newer, Scopes.Parse("mail calendar")!, reader.Device, publicKey)));
        Assert.Null(EpochGrant.Seal(newer, Scopes.All, reader.Device, new byte[Sodium.KeyBytes]));
        for (var i = 0; i < grant.Length; i++)
        {
            grant[i] ^= 1;
            Assert.Null(EpochGrant.Open(reader, grant));
            Assert.Null(EpochGrant.Open(reader, grant.AsSpan(0, i)));
            grant[i] ^= 1;
        }
    }

    private static byte[] PublicKey(out SecretBytes secret)
    {
        var publicKey = new byte[Sodium.KeyBytes];
        secret = SecretBytes.Random(Sodium.KeyBytes);
        Sodium.BoxPublicKey(publicKey, secret.Span);
        return publicKey;
    }

    private static async Task ChangeAsync(RotationBed bed, DeviceRecord device, DeviceSlot slot) => Assert.Equal(
        Refusal.None, await bed.Store.ApplyAsync(new() { ChangedDevices = [device with { Slot = slot.ToByteArray() }] }, Stop));

    private static async Task<bool> HasAsync(RotationBed bed, SecretBytes namingKey, string subject)
    {
        var name = BlobSeal.NameOf(BlobSeal.KeyOf(namingKey, RotationBed.Message(subject)));
        return await bed.Store.Blobs.GetAsync(bed.Id, name, Stop) is not null;
    }
}
