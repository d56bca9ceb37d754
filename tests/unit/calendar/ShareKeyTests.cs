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
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_opens_no_other_realm_and_nothing_that_is_written_after_it_is_locked_out(bool withWords)
    {
        await using var bed = await RotationBed.NewAsync();
        var bert = (await bed.Accounts.CreateAsync(new NewAccount(Bert, [], [new NewDevice("phone", Scopes.All)]), Stop)).Value!;
        var sharing = new CalendarSharing(bed.Accounts, new ScheduleDeliveries(bed.Store, bed.Open, bed.Time));
        await using var ann = await bed.LoginAsync(RotationBed.Phone);
        var items = (await ann.ItemsAsync(Realm.Calendar, Stop)).Value!;
        var calendar = items.State.Collection(new ItemPlace(CollectionId.Root, "calendar"))!.Id;
        Assert.Equal(Refusal.None, await sharing.ShareAsync(ann, items, calendar, Bert, mayWrite: true, "", Stop));
        var password = (await MountAsync(bed, bert))!.Password;
        using var kept = (await bed.Credentials.OpenAsync(RotationBed.Ann, password, "share", Stop)).Value!;
        Assert.Null(kept.MasterKey);
        Assert.Equal([Realm.Calendar], Enum.GetValues<Realm>().Where(realm => kept.Find(realm) is not null));
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
        Assert.Contains(entries, entry => entry.Header is { Realm: Realm.Calendar, Epoch: 1 } && Opens(entry.Bytes));
        Assert.All(entries.TakeLast(2), entry => Assert.Equal((Realm.Calendar, 2u), (entry.Header.Realm, entry.Header.Epoch)));
        Assert.Null(kept.Find(Realm.Calendar, 2));
        foreach (var device in await bed.Store.DevicesAsync(bed.Id, Stop))
        {
            Assert.All(Core.Identity.Devices.Read(device)!.Grants, grant => Assert.Null(EpochGrant.Open(kept, grant.Span)));
        }

        bool Opens(byte[] entry) => EntrySeal.Open(kept.Find(Realm.Calendar)!, bed.Id, entry) is not null;
    }

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
        await items.CreateAsync(new ItemPlace(CollectionId.Root, "later"), new NewCollection(CollectionKind.Calendar), null, Stop);
        await bed.Open.DisposeAsync();
        bed.Start(); // Ann is away.
        var shared = (await MountAsync(bed, carla))!;
        await using var guest = (await bed.Sessions.LoginAsync(RotationBed.Ann, shared.Password, "share", Stop)).Value!;
        var seen = (await guest.ItemsAsync(Realm.Calendar, Stop)).Value!.State;
        Assert.NotNull(seen.Collection(new ItemPlace(CollectionId.Root, "later")));
        Assert.Equal(Carla, Assert.Single(CalendarShare.Of(seen.Find(shared.Calendar)!)).Address);
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
