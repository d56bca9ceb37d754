using CompatBot.Core.Calendar;
using CompatBot.Core.Calendar.Proto;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.UnitTests.Identity;
using Xunit;

namespace CompatBot.UnitTests.Calendar;

/// <summary>Calendars that were shared when members got the key of the realm, and those that begin to be shared anew.</summary>
public sealed class FormerShareTests
{
    private static CancellationToken Stop => ShareBed.Stop;

    [Theory]
    [InlineData("calendar share", true)]
    [InlineData("calendar:read share", false)]
    public async Task They_are_read_as_before_and_get_keys_of_their_own_once_the_owner_comes(string scopes, bool mayWrite)
    {
        await using var bed = await ShareBed.NewAsync();
        await bed.AsAnnAsync(async (_, items) => await ShareBed.PutAsync(items, bed.Calendar, "old", "one"));
        await ShareFormerlyAsync(bed, scopes, mayWrite);
        await bed.RestartAsync();
        var former = (await bed.MountAsync(ShareBed.Bert))!;
        using (var keys = await bed.KeysAsync(ShareBed.Bert)) Assert.NotNull(keys.Find(Realm.Calendar));
        await using (var guest = await bed.EnterAsync(ShareBed.Bert))
        {
            var items = await ShareBed.ItemsAsync(guest);
            Assert.Equal(["old"], (await bed.SeenAsync(items)).Keys);
            Assert.Equal(mayWrite, !(await ShareBed.PutAsync(items, bed.Calendar, "his", "two")).Declined);
        }

        Assert.True(await bed.AsAnnAsync(async (ann, items) => await GiveKeysAsync(bed, ann, items)));
        var login = await bed.House.Sessions.LoginAsync(RotationBed.Ann, former.Password, "share", Stop);
        Assert.Equal(Refusal.BadCredentials, login.Refusal);
        var now = (await bed.MountAsync(ShareBed.Bert))!;
        Assert.Equal((former.Uid, former.MayWrite, former.Calendar), (now.Uid, now.MayWrite, now.Calendar));
        await bed.RestartAsync();
        using (var keys = await bed.KeysAsync(ShareBed.Bert)) Assert.Null(keys.Find(Realm.Calendar));
        await using var member = await bed.EnterAsync(ShareBed.Bert);
        var seen = await bed.SeenAsync(await ShareBed.ItemsAsync(member));
        Assert.Equal(mayWrite ? ["his", "old"] : ["old"], seen.Keys);
        Assert.Equal(seen, await bed.AsAnnAsync((_, items) => bed.SeenAsync(items)));
        var entries = (await bed.House.EntriesAsync()).Count;
        Assert.True(await bed.AsAnnAsync(async (ann, items) => await GiveKeysAsync(bed, ann, items)));
        Assert.Equal(entries, (await bed.House.EntriesAsync()).Count);
    }

    [Fact]
    public async Task A_member_who_was_not_told_of_the_keys_goes_on_as_before_and_is_told_later()
    {
        await using var bed = await ShareBed.NewAsync();
        await bed.AsAnnAsync(async (_, items) => await ShareBed.PutAsync(items, bed.Calendar, "old", "one"));
        await ShareFormerlyAsync(bed, "calendar share", mayWrite: true);
        await bed.AsAnnAsync(async (ann, items) =>
        {
            // What the server did that died then.
            var wanted = new NewDevice("calendar for Bert", Scopes.Parse("calendar member share")!);
            var made = (await ann.AddDeviceAsync(bed.House.Accounts, wanted, Stop)).Value!;
            return await items.ShareAsync(bed.Calendar, shares =>
            [
                shares[0] with
                {
                    Device = made.Id,
                    Former = shares[0].Device,
                    Key = Convert.ToBase64String(made.PublicKey.Span),
                    Epoch = made.Epoch,
                },
            ], Stop);
        });
        await bed.RestartAsync(isCrash: true);
        await using (var guest = await bed.EnterAsync(ShareBed.Bert))
        {
            var share = Assert.Single(CalendarShare.Of((await ShareBed.ItemsAsync(guest)).State.Find(bed.Calendar)!));
            Assert.Equal(guest.Device, share.Former);
        }

        Assert.True(await bed.AsAnnAsync(async (ann, items) => await GiveKeysAsync(bed, ann, items)));
        await using var member = await bed.EnterAsync(ShareBed.Bert);
        Assert.True(member.Scopes.IsMember);
        Assert.Equal(["old"], (await bed.SeenAsync(await ShareBed.ItemsAsync(member))).Keys);
        var devices = await bed.House.Store.DevicesAsync(bed.House.Id, Stop);
        Assert.Equal(4, devices.Count); // Ann's three, and the one that he has now.
    }

    [Fact]
    public async Task The_account_is_looked_through_when_it_is_unlocked()
    {
        await using var bed = await ShareBed.NewAsync();
        await bed.AsAnnAsync(async (_, items) => await ShareBed.PutAsync(items, bed.Calendar, "old", "one"));
        await ShareFormerlyAsync(bed, "calendar share", mayWrite: true);
        await bed.RestartAsync();
        await using var unsent = new UnsentSchedules(bed.House.Open, bed.House.Store, new NoSender(), new NoLog(), bed.Sharing);
        bed.House.Open.Unsent = unsent;
        unsent.Start();
        await using var ann = await bed.House.LoginAsync(RotationBed.Phone);
        for (var tries = 0; tries < 1000; tries++)
        {
            using var keys = await bed.KeysAsync(ShareBed.Bert);
            if (keys.Scopes.IsMember) return;
            await Task.Delay(10, Stop);
        }

        Assert.Fail("The share has no key of its own");
    }

    [Fact]
    public async Task A_rotation_opens_the_calendars_so_that_members_go_on()
    {
        await using var bed = await ShareBed.NewAsync();
        await bed.AsAnnAsync(async (_, items) => await ShareBed.PutAsync(items, bed.Calendar, "old", "one"));
        await bed.ShareAsync(ShareBed.Bert);
        await bed.RestartAsync();
        await using var unsent = new UnsentSchedules(bed.House.Open, bed.House.Store, new NoSender(), new NoLog(), bed.Sharing);
        await using var ann = await bed.House.LoginAsync(RotationBed.Phone); // She reads her mail; nobody has opened her calendars.
        Assert.False((await bed.House.RotateAsync()).Declined);
        await using var guest = await bed.EnterAsync(ShareBed.Bert);
        Assert.True((await ShareBed.ItemsAsync(guest)).ReadOnly);
        bed.House.Open.Unsent = unsent;
        unsent.Start();
        Assert.False((await bed.House.RotateAsync()).Declined);
        for (var tries = 0; tries < 1000 && (await ShareBed.ItemsAsync(guest)).ReadOnly; tries++) await Task.Delay(10, Stop);
        Assert.False((await ShareBed.PutAsync(await ShareBed.ItemsAsync(guest), bed.Calendar, "his", "two")).Declined);
    }

    /// <summary>As versions did it that knew no shares with keys.</summary>
    private static Task<bool> ShareFormerlyAsync(ShareBed bed, string scopes, bool mayWrite) => bed.AsAnnAsync(async (ann, items) =>
    {
        var device = new NewDevice("calendar for Bert", Scopes.Parse(scopes)!);
        var made = (await ann.AddDeviceAsync(bed.House.Accounts, device, Stop)).Value!;
        var share = new CalendarShare(new string('a', 32), ShareBed.Bert, mayWrite, false, made.Id, "Bert");
        Assert.False((await items.DescribeAsync(
            new ItemPlace(CollectionId.Root, "calendar"),
            new Dictionary<string, string?> { [CalendarShare.Property] = CalendarShare.Write(bed.Calendar, [share]) },
            null,
            Stop)).Declined);
        var member = (await bed.House.Accounts.FindAsync(ShareBed.Bert, Stop))!;
        var told = new DroppedShare
        {
            Uid = share.Uid,
            Owner = RotationBed.Ann,
            Calendar = bed.Calendar.Value,
            Title = "calendar",
            MayWrite = mayWrite,
            Password = made.Password.Text,
        };
        var deliveries = new ScheduleDeliveries(bed.House.Store, bed.House.Open, bed.House.Time);
        Assert.Equal(Refusal.None, await deliveries.DeliverAsync(member, told, Stop));
        return true;
    });

    private static async Task<bool> GiveKeysAsync(ShareBed bed, Session ann, ItemStore items)
    {
        await using var lease = (await bed.House.Open.TryJoinAsync(ann.Account, Stop))!;
        return await bed.Sharing.GiveKeysAsync(lease.Account, items, Stop);
    }

    private sealed class NoSender : IScheduleSender
    {
        public ValueTask SendWaitingAsync(AccountId account, ItemStore items, CancellationToken cancellation) => ValueTask.CompletedTask;
    }

    private sealed class NoLog : IUnsentLog
    {
        public void Failed(AccountId account, Exception error) => Assert.Fail(error.ToString());
    }
}
