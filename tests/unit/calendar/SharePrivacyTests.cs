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
    public async Task Who_is_no_member_any_more_opens_nothing_that_comes_and_who_stays_does()
    {
        await using var bed = await ShareBed.NewAsync();
        await bed.ShareAsync(ShareBed.Bert);
        await bed.ShareAsync(ShareBed.Carla);
        await bed.AsAnnAsync(async (_, items) => await ShareBed.PutAsync(items, bed.Calendar, "for both", "one"));
        using var bert = await bed.KeysAsync(ShareBed.Bert);
        using var carla = await bed.KeysAsync(ShareBed.Carla);
        await using var cut = await bed.EnterAsync(ShareBed.Bert);
        await bed.UnshareAsync(ShareBed.Bert);
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
    }
}
