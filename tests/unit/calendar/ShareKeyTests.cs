using CompatBot.Core.Calendar;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.UnitTests.Identity;
using Xunit;

namespace CompatBot.UnitTests.Calendar;

/// <summary>What an account with which a calendar is shared opens by itself, with a copy of the store and without our program.</summary>
public sealed class ShareKeyTests
{
    private const string Bert = "bert@mail.test";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task It_opens_no_other_realm_and_nothing_that_is_written_after_it_is_locked_out(bool withWords, bool isAll)
    {
        await using var bed = await RotationBed.NewAsync();
        var bert = (await bed.Accounts.CreateAsync(new NewAccount(Bert, [], [new NewDevice("phone", Scopes.All)]), Stop)).Value!;
        var sharing = new CalendarSharing(bed.Accounts, new ScheduleDeliveries(bed.Store, bed.Open, bed.Time));
        await using var ann = await bed.LoginAsync(RotationBed.Phone);
        var items = (await ann.ItemsAsync(Realm.Calendar, Stop)).Value!;
        var calendar = isAll ? CollectionId.Root : items.State.Collection(new ItemPlace(CollectionId.Root, "calendar"))!.Id;
        Assert.Equal(Refusal.None, await sharing.ShareAsync(ann, items, calendar, Bert, mayWrite: true, "", Stop));
        var password = (await MountAsync(bed, bert))!.Password;
        using var kept = (await bed.Credentials.OpenAsync(RotationBed.Ann, password, "share", Stop)).Value!;
        Assert.Null(kept.MasterKey);
        Realm[] opens = isAll ? [Realm.Calendar] : [];
        Assert.Equal(opens, Enum.GetValues<Realm>().Where(realm => kept.Find(realm) is not null));
        foreach (var protocol in (string[])["dav", "imap", "cli", "portal"])
        {
            Assert.Equal(Refusal.NotPermitted, (await bed.Credentials.OpenAsync(RotationBed.Ann, password, protocol, Stop)).Refusal);
        }

        using var words = withWords ? bed.Words : null;
        Assert.Equal(Refusal.None, await sharing.LockOutAsync(ann, items, calendar, Bert, words, Stop));
        Assert.Equal(Refusal.NotFound, await sharing.LockOutAsync(ann, items, calendar, Bert, words, Stop));
        Assert.Null(await MountAsync(bed, bert));
        Assert.Equal(Refusal.BadCredentials, (await bed.Credentials.OpenAsync(RotationBed.Ann, password, "share", Stop)).Refusal);
        Assert.Empty(CalendarShare.Of(items.State.Find(calendar)!));

        var made = await items.CreateAsync(
            new ItemPlace(CollectionId.Root, "later"), new NewCollection(CollectionKind.Calendar), null, Stop);
        Assert.Equal(Refusal.None, made.Refusal);
        var entries = await bed.EntriesAsync();
        Assert.Equal((Realm.Calendar, 2u), (entries[^1].Header.Realm, entries[^1].Header.Epoch));
        Assert.Empty(EntrySeal.PartsOf(entries[^1].Bytes)); // It is shared with nobody.
        Assert.Null(kept.Find(Realm.Calendar, 2));
        foreach (var device in await bed.Store.DevicesAsync(bed.Id, Stop))
        {
            Assert.All(Core.Identity.Devices.Read(device)!.Grants, grant => Assert.Null(EpochGrant.Open(kept, grant.Span)));
        }
    }

    [Fact]
    public async Task Mail_that_comes_while_another_has_opened_the_account_has_the_accounts_own_names()
    {
        await using var bed = await RotationBed.NewAsync();
        await bed.Accounts.CreateAsync(new NewAccount(Bert, [], [new NewDevice("phone", Scopes.All)]), Stop);
        using var phone = await bed.KeysAsync(RotationBed.Phone);
        var device = new NewDevice("for Bert", Scopes.Parse("calendar share")!);
        var made = (await bed.Accounts.AddDeviceAsync(phone, device, Stop)).Value!;
        await using var guest = (await bed.Sessions.LoginAsync(RotationBed.Ann, new Password(made.Password.Text), "share", Stop)).Value!;
        var items = (await guest.ItemsAsync(Realm.Calendar, Stop)).Value!;
        using var writer = items.Write();
        await writer.WriteAsync("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"u8.ToArray(), Stop);
        var item = (await writer.CompleteAsync("text/calendar", Stop)).Value!;
        var calendar = items.State.Collection(new ItemPlace(CollectionId.Root, "calendar"))!.Id;
        Assert.False((await items.PutAsync(new ItemPlace(calendar, "1.ics"), item, null, Stop)).Declined);
        await using var ann = await bed.LoginAsync(RotationBed.Phone);
        await bed.DeliverAsync("known");
        Assert.True(await HasAsync(bed, phone.NamingKey));
        Assert.False(await HasAsync(bed, phone.ShareNamingKey));
        Assert.False((await bed.RotateAsync()).Declined); // Sessions go on, each with its own.
        await bed.DeliverAsync("known");
        using var newer = await bed.KeysAsync(RotationBed.Phone);
        using var theirs = (await bed.Credentials.OpenAsync(RotationBed.Ann, new Password(made.Password.Text), "share", Stop)).Value!;
        Assert.True(await HasAsync(bed, newer.NamingKey));
        Assert.False(await HasAsync(bed, theirs.NamingKey));
        Assert.Equal(newer.ShareNamingKey.Span, theirs.NamingKey.Span);
        var verified = await new AccountVerifier(bed.Store, bed.Id, newer).VerifyAsync(Stop);
        Assert.Empty(verified.Flaws);
    }

    [Fact]
    public void A_share_from_before_it_had_names_of_its_own_gets_them_with_the_next_epoch()
    {
        using var owner = Keyring.Create(AccountId.New());
        var scopes = Scopes.Parse("calendar share")!;
        using var calendar = owner.Payload(Scopes.Parse("calendar")!, owner.DeviceSecret)!;
        var text = System.Text.Encoding.ASCII.GetBytes(scopes.Text);
        byte[] payload = [calendar.Span[0], (byte)text.Length, .. text, .. calendar.Span[(2 + "calendar".Length)..]];
        using var older = Keyring.Read(owner.Account, default, payload)!;
        Assert.Equal(owner.NamingKey.Span, older.NamingKey.Span);
        var publicKey = new byte[Sodium.KeyBytes];
        Sodium.BoxPublicKey(publicKey, older.DeviceSecret.Span);
        using var second = owner.NextEpoch()!;
        using var third = second.NextEpoch()!;
        ReadOnlyMemory<byte>[] grants =
            [EpochGrant.Seal(second, scopes, default, publicKey)!, EpochGrant.Seal(third, scopes, default, publicKey)!];
        using var newer = EpochGrant.OpenAll(Keyring.Read(owner.Account, default, payload)!, grants)!;
        Assert.Equal(third.ShareNamingKey.Span, newer.NamingKey.Span);
        Assert.Equal(third.Find(Realm.Calendar)!.Secret.Span, newer.Find(Realm.Calendar)!.Secret.Span);
    }

    private static async Task<bool> HasAsync(RotationBed bed, SecretBytes namingKey) => await bed.Store.Blobs.GetAsync(
        bed.Id, BlobSeal.NameOf(BlobSeal.KeyOf(namingKey, RotationBed.Message("known"))), Stop) is not null;

    [Fact]
    public async Task Who_stays_reads_on_when_another_is_locked_out()
    {
        const string Carla = "carla@mail.test";
        await using var bed = await RotationBed.NewAsync();
        await bed.Accounts.CreateAsync(new NewAccount(Bert, [], [new NewDevice("phone", Scopes.All)]), Stop);
        var carla = (await bed.Accounts.CreateAsync(new NewAccount(Carla, [], [new NewDevice("phone", Scopes.All)]), Stop)).Value!;
        var sharing = new CalendarSharing(bed.Accounts, new ScheduleDeliveries(bed.Store, bed.Open, bed.Time));
        await using var ann = await bed.LoginAsync(RotationBed.Phone);
        var items = (await ann.ItemsAsync(Realm.Calendar, Stop)).Value!;
        var calendar = items.State.Collection(new ItemPlace(CollectionId.Root, "calendar"))!.Id;
        Assert.Equal(Refusal.None, await sharing.ShareAsync(ann, items, calendar, Bert, mayWrite: false, "", Stop));
        Assert.Equal(Refusal.None, await sharing.ShareAsync(ann, items, calendar, Carla, mayWrite: false, "", Stop));
        Assert.Equal(Refusal.None, await sharing.LockOutAsync(ann, items, calendar, Bert, null, Stop));
        await ShareBed.PutAsync(items, calendar, "later", "text");
        await bed.Open.DisposeAsync();
        bed.Start(); // Ann is away.
        var shared = (await MountAsync(bed, carla))!;
        await using var guest = (await bed.Sessions.LoginAsync(RotationBed.Ann, shared.Password, "share", Stop)).Value!;
        var seen = (await guest.ItemsAsync(Realm.Calendar, Stop)).Value!;
        Assert.Equal("later", Assert.Single((await seen.OpenAsync(shared.Calendar, Stop))!.Items.Rows).Name);
        Assert.Equal(Carla, Assert.Single(CalendarShare.Of(seen.State.Find(shared.Calendar)!)).Address);
    }

    [Fact]
    public async Task Who_is_no_full_device_locks_nobody_out_and_takes_back_nothing()
    {
        await using var bed = await RotationBed.NewAsync();
        await bed.Accounts.CreateAsync(new NewAccount(Bert, [], [new NewDevice("phone", Scopes.All)]), Stop);
        var sharing = new CalendarSharing(bed.Accounts, new ScheduleDeliveries(bed.Store, bed.Open, bed.Time));
        await using var ann = await bed.LoginAsync(RotationBed.Phone);
        var items = (await ann.ItemsAsync(Realm.Calendar, Stop)).Value!;
        var calendar = items.State.Collection(new ItemPlace(CollectionId.Root, "calendar"))!.Id;
        Assert.Equal(Refusal.None, await sharing.ShareAsync(ann, items, calendar, Bert, mayWrite: false, "", Stop));
        await using var reader = await bed.LoginAsync(RotationBed.Reader);
        Assert.Equal(Refusal.NotPermitted, await sharing.LockOutAsync(reader, items, calendar, Bert, null, Stop));
        Assert.Single(CalendarShare.Of(items.State.Find(calendar)!));
    }

    private static async Task<SharedCalendar?> MountAsync(RotationBed bed, CreatedAccount account)
    {
        var login = await bed.Sessions.LoginAsync(account.Address, new Password(account.Devices[0].Password.Text), "dav", Stop);
        await using var session = login.Value!;
        var state = (await session.ItemsAsync(Realm.Calendar, Stop)).Value!.State;
        return SharedCalendar.All(state).Select(one => one.Shared).SingleOrDefault();
    }
}
