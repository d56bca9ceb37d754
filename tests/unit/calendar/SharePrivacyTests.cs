using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.UnitTests.Identity;
using Xunit;

namespace CompatBot.UnitTests.Calendar;

/// <summary>What the keys of a member open, and what not, without our program's word for it.</summary>
public sealed class SharePrivacyTests
{
    private static CancellationToken Stop => ShareBed.Stop;

    [Fact]
    public async Task A_member_opens_what_is_shared_and_nothing_else_of_the_realm()
    {
        await using var bed = await ShareBed.NewAsync();
        await bed.AsAnnAsync(async (_, items) =>
        {
            var other = await items.CreateAsync(
                new ItemPlace(CollectionId.Root, "private"), new NewCollection(CollectionKind.Calendar), null, Stop);
            await ShareBed.PutAsync(items, other.Value, "hidden before", "a secret");
            return await ShareBed.PutAsync(items, bed.Calendar, "seen before", "open one");
        });
        await bed.ShareAsync(ShareBed.Bert);
        await bed.AsAnnAsync(async (_, items) =>
        {
            var hidden = items.State.Collection(new ItemPlace(CollectionId.Root, "private"))!.Id;
            await ShareBed.PutAsync(items, hidden, "hidden after", "another secret");
            await ShareBed.PutAsync(items, bed.Calendar, "seen after", "open two");

            // One change that is about both: of it, too, only what is shared.
            var moved = new ItemPlace(bed.Calendar, "moved in");
            Assert.False((await items.TransferAsync(
                new ItemPlace(hidden, "hidden after"), moved, new Transfer(true, false), null, Stop)).Declined);
            await ShareBed.PutAsync(items, hidden, "hidden at last", "a third secret");
            return true;
        });
        await bed.House.DeliverAsync("mail");
        await bed.RestartAsync();
        using var member = await bed.KeysAsync(ShareBed.Bert);
        Assert.Null(member.MasterKey);
        Assert.All(Enum.GetValues<Realm>(), realm => Assert.Null(member.Find(realm)));

        var opened = await bed.OpenedAsync(member);
        var told = string.Concat(opened.Select(one => one.Change.ToString()));
        foreach (var name in (string[])["seen before", "seen after", "moved in"]) Assert.Contains(name, told, StringComparison.Ordinal);
        foreach (var name in (string[])["private", "hidden", "inbox", "tasks"]) Assert.DoesNotContain(name, told, StringComparison.Ordinal);

        var his = opened.SelectMany(one => ShareBed.BlobsOf(one.Change)).ToHashSet();
        Assert.Equal(3, his.Count);
        using var phone = await bed.House.KeysAsync(RotationBed.Phone);
        foreach (var text in (string[])["a secret", "a third secret", "Subject: mail\r\n\r\n", "open one"])
        {
            var octets = Encoding.UTF8.GetBytes(text);
            var name = BlobSeal.NameOf(BlobSeal.KeyOf(phone.NamingKey, octets));
            Assert.NotNull(await bed.House.Store.Blobs.GetAsync(bed.House.Id, name, Stop));
            Assert.Equal(text == "open one", his.Contains(name));
            foreach (var naming in (SecretBytes[])[member.NamingKey, member.ShareNamingKey])
            {
                var guess = BlobSeal.NameOf(BlobSeal.KeyOf(naming, octets)); // Whether the account has some content.
                Assert.Null(await bed.House.Store.Blobs.GetAsync(bed.House.Id, guess, Stop));
            }
        }
    }

    [Fact]
    public async Task Who_shares_one_calendar_opens_nothing_of_another_that_is_shared()
    {
        await using var bed = await ShareBed.NewAsync();
        await bed.ShareAsync(ShareBed.Bert);
        var second = await bed.AsAnnAsync(async (ann, items) =>
        {
            var made = await items.CreateAsync(
                new ItemPlace(CollectionId.Root, "second"), new NewCollection(CollectionKind.Calendar), null, Stop);
            Assert.Equal(Refusal.None, await bed.Sharing.ShareAsync(ann, items, made.Value, ShareBed.Carla, true, "", Stop));
            await ShareBed.PutAsync(items, made.Value, "hers", "one");
            await ShareBed.PutAsync(items, bed.Calendar, "goes over", "two");
            await ShareBed.PutAsync(items, bed.Calendar, "his", "three");
            var over = new ItemPlace(made.Value, "came over");
            await items.TransferAsync(new ItemPlace(bed.Calendar, "goes over"), over, new Transfer(true, false), null, Stop);
            return made.Value;
        });
        var parts = EntrySeal.PartsOf((await bed.House.EntriesAsync())[^1].Bytes);
        Assert.Equal(2, parts.Select(part => part.Number).Distinct().Count());
        await bed.RestartAsync();
        await using var bert = await bed.EnterAsync(ShareBed.Bert);
        await using var carla = await bed.EnterAsync(ShareBed.Carla);
        var (his, hers) = (await ShareBed.ItemsAsync(bert), await ShareBed.ItemsAsync(carla));
        Assert.Equal(["his"], (await bed.SeenAsync(his)).Keys);
        Assert.Equal(["came over", "hers"], (await hers.OpenAsync(second, Stop))!.Items.Rows.Select(row => row.Name));
        Assert.Null(his.State.Find(second));
        using var keys = await bed.KeysAsync(ShareBed.Bert);
        var told = string.Concat((await bed.OpenedAsync(keys)).Select(one => one.Change.ToString()));
        Assert.Contains("goes over", told, StringComparison.Ordinal);
        Assert.DoesNotContain("came over", told, StringComparison.Ordinal);
        Assert.DoesNotContain("hers", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_no_member_any_more_opens_nothing_that_comes_and_who_stays_does()
    {
        await using var bed = await ShareBed.NewAsync();
        await bed.ShareAsync(ShareBed.Bert);
        await bed.ShareAsync(ShareBed.Carla);
        await bed.AsAnnAsync(async (_, items) => await ShareBed.PutAsync(items, bed.Calendar, "for both", "one"));
        using var bert = await bed.KeysAsync(ShareBed.Bert);
        using var carla = await bed.KeysAsync(ShareBed.Carla);
        await using var cut = await bed.EnterAsync(ShareBed.Bert);
        var entries = (await bed.House.EntriesAsync()).Count;
        await bed.UnshareAsync(ShareBed.Bert);
        Assert.Equal(entries + 1, (await bed.House.EntriesAsync()).Count);
        Assert.True(cut.Revoked.IsCancellationRequested);
        Assert.Equal(Refusal.Locked, (await cut.ItemsAsync(Realm.Calendar, Stop)).Refusal);
        await bed.AsAnnAsync(async (_, items) => await ShareBed.PutAsync(items, bed.Calendar, "for Carla", "two"));
        await using (var guest = await bed.EnterAsync(ShareBed.Carla))
        {
            var items = await ShareBed.ItemsAsync(guest);
            Assert.False((await ShareBed.PutAsync(items, bed.Calendar, "by Carla", "three")).Declined);
            Assert.Equal(["by Carla", "for Carla", "for both"], (await bed.SeenAsync(items)).Keys);
        }

        var his = string.Concat((await bed.OpenedAsync(bert)).Select(one => one.Change.ToString()));
        var hers = string.Concat((await bed.OpenedAsync(carla)).Select(one => one.Change.ToString()));
        Assert.Contains("for both", his, StringComparison.Ordinal);
        Assert.DoesNotContain("Carla\"", his, StringComparison.Ordinal);
        Assert.Contains("by Carla", hers, StringComparison.Ordinal);
        Assert.Null(await bed.MountAsync(ShareBed.Bert));
    }

    [Fact]
    public async Task Who_was_taken_out_sees_nothing_although_the_server_died_before_his_device_was_revoked()
    {
        await using var bed = await ShareBed.NewAsync();
        await bed.ShareAsync(ShareBed.Bert);
        await bed.ShareAsync(ShareBed.Carla);
        await using var inside = await bed.EnterAsync(ShareBed.Bert);
        var items = await ShareBed.ItemsAsync(inside);
        var password = (await bed.MountAsync(ShareBed.Bert))!.Password;
        bed.House.Store.Refuse = Refusal.Unavailable;
        await bed.AsAnnAsync((ann, all) => bed.Sharing.UnshareAsync(ann, all, bed.Calendar, ShareBed.Bert, Stop).AsTask());
        bed.House.Store.Refuse = Refusal.None;
        Assert.False(inside.Revoked.IsCancellationRequested);
        Assert.Equal(Refusal.Unavailable, (await ShareBed.PutAsync(items, bed.Calendar, "late", "x")).Refusal);
        Assert.Equal(Refusal.Locked, (await inside.ItemsAsync(Realm.Calendar, Stop)).Refusal);
        await bed.RestartAsync(isCrash: true);
        var login = await bed.House.Sessions.LoginAsync(RotationBed.Ann, password, "share", Stop);
        await using var later = login.Value!;
        Assert.Equal(Refusal.Locked, (await later.ItemsAsync(Realm.Calendar, Stop)).Refusal);
        await using var carla = await bed.EnterAsync(ShareBed.Carla);
        Assert.False((await ShareBed.PutAsync(await ShareBed.ItemsAsync(carla), bed.Calendar, "on", "x")).Declined);
    }

    [Fact]
    public async Task A_members_change_is_the_owners_although_nobody_else_is_there()
    {
        await using var bed = await ShareBed.NewAsync();
        await bed.AsAnnAsync(async (_, items) => await ShareBed.PutAsync(items, bed.Calendar, "old", "one"));
        await bed.ShareAsync(ShareBed.Bert);
        await bed.RestartAsync();
        SortedDictionary<string, string> seen;
        await using (var guest = await bed.EnterAsync(ShareBed.Bert))
        {
            var items = await ShareBed.ItemsAsync(guest);
            Assert.Equal([bed.Calendar], items.State.Root.Children.Values);
            Assert.False((await ShareBed.PutAsync(items, bed.Calendar, "new", "two")).Declined);
            Assert.False((await ShareBed.PutAsync(items, bed.Calendar, "old", "three")).Declined);
            var made = await items.CreateAsync(
                new ItemPlace(CollectionId.Root, "mine"), new NewCollection(CollectionKind.Calendar), null, Stop);
            Assert.Equal(Refusal.NotPermitted, made.Refusal);
            Assert.Equal(Refusal.NotPermitted, (await items.RemoveAsync(
                new ItemPlace(CollectionId.Root, "calendar"), null, Stop)).Refusal);
            seen = await bed.SeenAsync(items);
        }

        var entries = await bed.House.EntriesAsync();
        Assert.All(entries.TakeLast(2), one => Assert.Equal(EntryFlags.HasParts | EntryFlags.HasNoBody, one.Header.Flags));
        await bed.RestartAsync(isCrash: true);
        Assert.Equal(seen, await bed.AsAnnAsync((_, items) => bed.SeenAsync(items)));
        using var phone = await bed.House.KeysAsync(RotationBed.Phone);
        Assert.Empty((await new AccountVerifier(bed.House.Store, bed.House.Id, phone).VerifyAsync(Stop)).Flaws);
        var gone = await bed.AsAnnAsync(async (_, items) =>
        {
            var before = new List<GoneItem>();
            await foreach (var one in items.GoneAsync(Stop)) before.Add(one);
            return before;
        });
        Assert.Equal("old", Assert.Single(gone).Row.Name); // What a member wrote over can be brought back.
    }

    [Fact]
    public async Task A_rotation_gives_members_another_key_and_what_takes_off_envelopes()
    {
        await using var bed = await ShareBed.NewAsync();
        await bed.AsAnnAsync(async (_, items) => await ShareBed.PutAsync(items, bed.Calendar, "old", "one"));
        await bed.ShareAsync(ShareBed.Bert);
        await bed.RestartAsync();
        using var thief = await bed.House.KeysAsync(RotationBed.Laptop);
        Assert.False((await bed.House.RotateAsync(revoked: RotationBed.Laptop)).Declined);
        await using (var away = await bed.EnterAsync(ShareBed.Bert)) // Nobody has given the share a key of the new epoch yet.
        {
            Assert.True((await ShareBed.ItemsAsync(away)).ReadOnly);
        }

        await bed.RestartAsync();
        await bed.AsAnnAsync(async (ann, items) =>
        {
            await ann.ResealAsync(new Core.Content.Garbage.Pace(bed.House.Time, 1), (_, _) => ValueTask.CompletedTask, Stop);
            return await ShareBed.PutAsync(items, bed.Calendar, "new", "two");
        });
        await bed.RestartAsync();
        await using (var guest = await bed.EnterAsync(ShareBed.Bert))
        {
            var items = await ShareBed.ItemsAsync(guest);
            Assert.Equal(["new", "old"], (await bed.SeenAsync(items)).Keys);
            Assert.False((await ShareBed.PutAsync(items, bed.Calendar, "his", "three")).Declined);
        }

        var last = (await bed.House.EntriesAsync())[^1];
        var part = Assert.Single(EntrySeal.PartsOf(last.Bytes));
        using var old = ShareKey.Of(thief.Find(Realm.Calendar)!, bed.House.Id, part.Number);
        Assert.Equal(2u, part.Epoch);
        Assert.Null(PartSeal.Open(old, bed.House.Id, last.Bytes, part));
        Assert.Equal(["his", "new", "old"], await bed.AsAnnAsync(async (_, items) => (await bed.SeenAsync(items)).Keys.ToArray()));
        using var phone = await bed.House.KeysAsync(RotationBed.Phone);
        Assert.Empty((await new AccountVerifier(bed.House.Store, bed.House.Id, phone).VerifyAsync(Stop)).Flaws);
    }

    [Fact]
    public async Task A_calendar_that_has_grown_too_large_to_begin_anew_can_be_taken_back_all_the_same()
    {
        await using var bed = await ShareBed.NewAsync();
        await FillAsync(bed, 0, 6_000);
        await bed.ShareAsync(ShareBed.Bert);
        await bed.ShareAsync(ShareBed.Carla);
        for (var first = 6_000; first < 18_000; first += 3_000) await FillAsync(bed, first, 3_000);
        await bed.UnshareAsync(ShareBed.Bert);
        await using (var guest = await bed.EnterAsync(ShareBed.Carla)) // She, too: so much does not begin once more in one entry.
        {
            Assert.Equal(Refusal.Locked, (await guest.ItemsAsync(Realm.Calendar, Stop)).Refusal);
        }

        var again = await bed.AsAnnAsync((ann, items) => bed.Sharing.ShareAsync(
            ann, items, bed.Calendar, ShareBed.Bert, mayWrite: true, "", Stop).AsTask());
        Assert.Equal(Refusal.TooLarge, again);
        await FillAsync(bed, 18_000, 3_000);
        again = await bed.AsAnnAsync((ann, items) => bed.Sharing.ShareAsync(
            ann, items, bed.Calendar, ShareBed.Bert, mayWrite: true, "", Stop).AsTask());
        Assert.Equal(Refusal.TooMany, again);
    }

    /// <summary>Puts items that take a KiB each in an entry.</summary>
    private static Task<bool> FillAsync(ShareBed bed, int first, int count) => bed.AsAnnAsync(async (_, items) =>
    {
        using var writer = items.Write();
        await writer.WriteAsync("x"u8.ToArray(), Stop);
        var item = (await writer.CompleteAsync(new string('x', 900), Stop)).Value!;
        var names = Enumerable.Range(first, count).Select(i => (i.ToString("D6", System.Globalization.CultureInfo.InvariantCulture), item));
        var put = await items.PutAllAsync(bed.Calendar, [.. names], null, Stop);
        Assert.Equal(Refusal.None, put.Refusal);
        return true;
    });
}
