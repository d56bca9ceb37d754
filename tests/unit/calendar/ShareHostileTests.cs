using System.Security.Cryptography;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Items;
using CompatBot.Core.Items.Sharing;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;
using Xunit;

namespace CompatBot.UnitTests.Calendar;

/// <summary>What a member does who writes to the store without our program, with the keys that the share gave him.</summary>
public sealed class ShareHostileTests
{
    private static CancellationToken Stop => ShareBed.Stop;

    [Fact]
    public async Task What_a_member_says_of_anything_else_counts_for_nothing()
    {
        await using var bed = await ShareBed.NewAsync();
        var (hidden, item) = await bed.AsAnnAsync(async (_, items) =>
        {
            var made = await items.CreateAsync(
                new ItemPlace(CollectionId.Root, "private"), new NewCollection(CollectionKind.Calendar), null, Stop);
            await ShareBed.PutAsync(items, bed.Calendar, "ours", "one");
            return (made.Value, (await ShareBed.PutAsync(items, made.Value, "hers", "a secret")).Value!.Row);
        });
        await bed.ShareAsync(ShareBed.Bert);
        using var member = await bed.KeysAsync(ShareBed.Bert);
        var (number, key) = await KeyAsync(bed, member);
        var row = item.Write(stored: true);
        var ours = item with { Name = "new", Id = CollectionShare.FirstId(number) };
        Operation[] forged =
        [
            new() { ItemRemoved = new ItemRemoved { Collection = hidden.Value, Row = row } },
            ItemChanges.Putting(hidden, ours, null),
            ItemChanges.Putting(hidden, item with { Version = 9 }, item),
            ItemChanges.Putting(bed.Calendar, item with { Name = "new" }, null), // By the number of another's item.
            ItemChanges.Putting(bed.Calendar, ours with { Id = 3 }, null),
            ItemChanges.Putting(bed.Calendar, ours with { Id = CollectionShare.FirstId(number + 1) }, null),
            new() { CollectionRemoved = new CollectionRemoved { Collection = hidden.Value, Parent = 1, Name = "private" } },
            new() { CollectionRemoved = new CollectionRemoved { Collection = bed.Calendar.Value, Parent = 1, Name = "calendar" } },
            new()
            {
                CollectionMoved = new CollectionMoved
                {
                    Collection = hidden.Value, Parent = bed.Calendar.Value, Name = "x", OldParent = 1, OldName = "private",
                },
            },
            new() { CollectionCreated = new CollectionCreated { Collection = CollectionShare.FirstId(number), Parent = 1, Name = "x" } },
            new() { CollectionCreated = new CollectionCreated { Collection = 900, Parent = 0, Name = "x" } },
            new() { CollectionCopied = new CollectionCopied { Collection = hidden.Value, Parent = 1, Name = "x", First = 900 } },
            new() { CollectionErased = new CollectionErased { Collection = hidden.Value } },
            new() { PropertiesChanged = new PropertiesChanged { Collection = bed.Calendar.Value, Removed = { CalendarShare.Property } } },
            new() { PropertiesChanged = new PropertiesChanged { Collection = hidden.Value, Item = "hers" } },
            new() { LockTaken = new LockTaken { Token = "urn:x", Collection = hidden.Value, Name = "hers", Until = long.MaxValue } },
            new() { Forgotten = new Forgotten { ThroughSequence = 1000 } },
            new() { DropboxTaken = new DropboxTaken { Through = 1000 } },
            new() { CollectionShared = new CollectionShared { Collection = hidden.Value, Epoch = 1, Devices = { Id() } } },
            new() { ShareBegun = new ShareBegun { Collection = hidden.Value } },
        ];
        foreach (var operation in forged)
        {
            await ForgeAsync(bed, key, number, new Change { Operations = { ItemChanges.Putting(bed.Calendar, ours, null), operation } });
        }

        await bed.RestartAsync();
        Assert.Equal(["ours"], await bed.AsAnnAsync(async (_, items) =>
        {
            Assert.Equal("hers", Assert.Single((await items.OpenAsync(hidden, Stop))!.Items.Rows).Name);
            Assert.Equal((0UL, 0UL), (items.State.ForgottenThrough, items.State.Locks.Count > 0 ? 1 : 0UL));
            Assert.Equal(number, Assert.Single(items.State.Shares).Value.Number);
            return (await bed.SeenAsync(items)).Keys.ToArray();
        }));
        await using var guest = await bed.EnterAsync(ShareBed.Bert);
        var seen = await ShareBed.ItemsAsync(guest);
        Assert.Equal(["ours"], (await bed.SeenAsync(seen)).Keys);
        Assert.False((await ShareBed.PutAsync(seen, bed.Calendar, "still", "two")).Declined);
        Assert.Equal(["ours", "still"], await bed.AsAnnAsync(async (_, items) => (await bed.SeenAsync(items)).Keys.ToArray()));
        key.Dispose();
    }

    [Theory]
    [InlineData(false)] // Nobody may write.
    [InlineData(true)] // He might, but is none any more.
    public async Task A_member_who_may_not_write_changes_nothing(bool mayWrite)
    {
        await using var bed = await ShareBed.NewAsync();
        await bed.ShareAsync(ShareBed.Carla, mayWrite);
        await bed.ShareAsync(ShareBed.Bert, mayWrite);
        using var member = await bed.KeysAsync(ShareBed.Bert);
        var (number, key) = await KeyAsync(bed, member);
        if (mayWrite) await bed.UnshareAsync(ShareBed.Bert);
        var row = new Core.Items.ItemRow(CollectionShare.FirstId(number), "x", new(new BlobKey(new byte[32]), 0), 1, 1);
        await ForgeAsync(bed, key, number, new Change { Operations = { ItemChanges.Putting(bed.Calendar, row, null) } });
        await bed.RestartAsync();
        Assert.Empty(await bed.AsAnnAsync((_, items) => bed.SeenAsync(items)));
        await using var guest = await bed.EnterAsync(ShareBed.Carla);
        Assert.Empty(await bed.SeenAsync(await ShareBed.ItemsAsync(guest)));
        key.Dispose();
    }

    [Fact]
    public async Task Nobody_without_the_accounts_keys_gives_a_member_a_share()
    {
        await using var bed = await ShareBed.NewAsync();
        await bed.ShareAsync(ShareBed.Bert);
        using var member = await bed.KeysAsync(ShareBed.Bert);
        var publicKey = new byte[Sodium.KeyBytes];
        Sodium.BoxPublicKey(publicKey, member.DeviceSecret.Span);
        var number = (ulong)(await bed.House.EntriesAsync()).Count + 1;
        using var own = RealmKey.FromSecret(bed.House.Id, Realm.Calendar, 1, RandomNumberGenerator.GetBytes(32));
        using var guessed = SecretBytes.Random(Sodium.KeyBytes);
        var wrap = ShareWrap.Seal(own, bed.House.Id, number, guessed, publicKey)!;
        var begun = new ShareBegun { Collection = bed.Calendar.Value };
        var change = new Change { Operations = { new Operation { ShareBegun = begun } } };
        var before = await bed.AsAnnAsync((_, items) => Task.FromResult(items.State.Shares[bed.Calendar].Number));
        await bed.RestartAsync();
        await using (var guest = await bed.EnterAsync(ShareBed.Bert))
        {
            var items = await ShareBed.ItemsAsync(guest);
            Assert.Equal(before, items.State.BeginsAt);
        }

        // Only a copy of the store: no owner's device opens it after that, as of each journal to which a stranger wrote.
        await AppendAsync(bed, own, [new NewPart(own, number, [wrap], change.ToByteArray())]);
        await using var later = await bed.EnterAsync(ShareBed.Bert);
        Assert.Equal(before, (await ShareBed.ItemsAsync(later)).State.BeginsAt);
    }

    private static ByteString Id() => ByteString.CopyFrom(new byte[16]);

    private static async Task<(ulong Number, RealmKey Key)> KeyAsync(ShareBed bed, Keyring member)
    {
        (ulong, RealmKey)? newest = null;
        foreach (var (header, bytes) in await bed.House.EntriesAsync())
        {
            foreach (var part in EntrySeal.PartsOf(bytes))
            {
                for (var i = 0; i < part.Wraps; i++)
                {
                    var key = ShareWrap.Open(member, header.Realm, part.Epoch, part.Number, part.Wrap(bytes, i));
                    if (key is not null) newest = (part.Number, key);
                }
            }
        }

        return newest!.Value;
    }

    private static Task ForgeAsync(ShareBed bed, RealmKey key, ulong number, Change change) =>
        AppendAsync(bed, key, [new NewPart(key, number, [], change.ToByteArray())]);

    private static async Task AppendAsync(ShareBed bed, RealmKey key, IReadOnlyList<NewPart> parts)
    {
        var (last, bytes) = (await bed.House.EntriesAsync())[^1];
        var header = new EntryHeader(
            Realm.Calendar, key.Epoch, last.Sequence + 1, last.TimeMicroseconds + 1, EntryFlags.None, EntrySeal.Hash(bytes));
        var entry = new StoredEntry(header.Sequence, EntrySeal.Seal(null, bed.House.Id, header, [], parts));
        var append = new JournalAppend(bed.House.Id, Realm.Calendar, entry, []);
        Assert.Equal(Refusal.None, await bed.House.Store.Journal.AppendAsync(append, Stop));
    }
}
