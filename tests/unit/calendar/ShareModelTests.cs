using System.Globalization;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.UnitTests.Identity;
using Xunit;

namespace CompatBot.UnitTests.Calendar;

/// <summary>
/// A random history of a calendar that is shared: owner and members write, come and go, members are let in and taken out, keys rotate, the
/// server stops and dies. Whoever may see it, sees the same.
/// </summary>
public sealed class ShareModelTests
{
    private static CancellationToken Stop => ShareBed.Stop;

    /// <summary>COMPATBOT_SHARE_HISTORIES asks for more of them, COMPATBOT_SHARE_SEED for another first one.</summary>
    [Fact]
    public async Task Owner_and_members_see_the_same()
    {
        var (first, histories) = (Given("COMPATBOT_SHARE_SEED") ?? 1, Given("COMPATBOT_SHARE_HISTORIES") ?? 4);
        for (var seed = first; seed < first + histories; seed++)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
            await PlayAsync(seed);
        }
    }

    private static int? Given(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var given) ? given : null;

    private static async Task PlayAsync(int seed)
    {
        var random = new Random(seed);
        await using var bed = await ShareBed.NewAsync();
        await bed.AsAnnAsync((_, items) => items.CreateAsync(
            new ItemPlace(CollectionId.Root, "private"), new NewCollection(CollectionKind.Calendar), null, Stop).AsTask());
        await bed.ShareAsync(ShareBed.Bert);
        var mirror = new Mirror();
        for (var step = 0; step < 120; step++)
        {
            bed.House.Time.Advance(TimeSpan.FromSeconds(1));
            var who = random.Next(3) is 0 ? null : random.Next(2) == 0 ? ShareBed.Bert : ShareBed.Carla;
            switch (random.Next(12))
            {
                case 0: await bed.RestartAsync(isCrash: random.Next(2) == 0); break;
                case 1 when who is not null: await ChangeMembersAsync(bed, who); break;
                case 2 when random.Next(6) == 0: await RotateAsync(bed); break;
                default: await WriteAsync(bed, random, who, step); break;
            }

            if (step % 6 == 0) await CompareAsync(bed, mirror);
        }

        await bed.ShareAsync(ShareBed.Bert);
        await CompareAsync(bed, mirror);
        using var phone = await bed.House.KeysAsync(RotationBed.Phone);
        Assert.Empty((await new AccountVerifier(bed.House.Store, bed.House.Id, phone).VerifyAsync(Stop)).Flaws);
        await bed.House.Store.Snapshots.ClearAsync(bed.House.Id, Stop);
        await bed.RestartAsync(isCrash: true);
        await CompareAsync(bed, mirror);
    }

    [Fact]
    public async Task All_may_write_at_the_same_time_while_members_come_and_go()
    {
        await using var bed = await ShareBed.NewAsync();
        await bed.ShareAsync(ShareBed.Bert);
        await using var ann = await bed.House.LoginAsync(RotationBed.Phone);
        var hers = await ShareBed.ItemsAsync(ann);
        var written = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();
        async Task WriteAsync(string who, Func<Task<ItemStore>> open)
        {
            for (var i = 0; i < 40; i++)
            {
                await Task.Yield();
                var put = await ShareBed.PutAsync(await open(), bed.Calendar, $"{who} {i}", $"{who} {i}");
                if (!put.Declined) written[$"{who} {i}"] = true;
                else Assert.Equal(Refusal.Unavailable, put.Refusal); // The share began anew in between: what was refused is not there.
            }
        }

        await using var guest = await bed.EnterAsync(ShareBed.Bert);
        var writers = Enumerable.Range(0, 6).Select(i => Task.Run(() => i % 2 == 0
            ? WriteAsync($"ann{i}", () => Task.FromResult(hers))
            : WriteAsync($"bert{i}", () => ShareBed.ItemsAsync(guest)), Stop)).ToList();
        for (var i = 0; i < 4; i++)
        {
            await bed.ShareAsync(ShareBed.Carla);
            await bed.UnshareAsync(ShareBed.Carla);
        }

        await Task.WhenAll(writers);
        var seen = await bed.SeenAsync(hers);
        Assert.Equal(written.Keys.Order(StringComparer.Ordinal), seen.Keys);
        Assert.Equal(seen, await bed.SeenAsync(await ShareBed.ItemsAsync(guest)));
        await bed.House.Store.Snapshots.ClearAsync(bed.House.Id, Stop);
        await bed.RestartAsync(isCrash: true);
        Assert.Equal(seen, await bed.AsAnnAsync((_, items) => bed.SeenAsync(items)));
        await using var later = await bed.EnterAsync(ShareBed.Bert);
        Assert.Equal(seen, await bed.SeenAsync(await ShareBed.ItemsAsync(later)));
    }

    private static Task<Refusal> ChangeMembersAsync(ShareBed bed, string who) => bed.AsAnnAsync(async (ann, items) =>
    {
        var isMember = CalendarShare.Of(items.State.Find(bed.Calendar)!).Any(one => one.Address == who);
        return isMember
            ? await bed.Sharing.UnshareAsync(ann, items, bed.Calendar, who, Stop)
            : await bed.Sharing.ShareAsync(ann, items, bed.Calendar, who, mayWrite: true, "", Stop);
    });

    private static async Task RotateAsync(ShareBed bed)
    {
        await using var ann = await bed.House.LoginAsync(RotationBed.Phone); // While she is there: so her shares go on.
        await ShareBed.ItemsAsync(ann);
        Assert.False((await ann.RotateAsync(bed.House.Accounts, null, [], Stop)).Declined);
    }

    private static async Task WriteAsync(ShareBed bed, Random random, string? member, int step)
    {
        if (member is not null && await bed.MountAsync(member) is null) return;
        await using var session = member is null ? await bed.House.LoginAsync(RotationBed.Phone) : await bed.EnterAsync(member);
        var items = await ShareBed.ItemsAsync(session);
        var (place, other) = (new ItemPlace(bed.Calendar, Name()), new ItemPlace(bed.Calendar, Name()));
        if (member is null && random.Next(3) == 0)
        {
            other = other with { Parent = items.State.Collection(new ItemPlace(CollectionId.Root, "private"))!.Id };
            if (random.Next(2) == 0) (place, other) = (other, place);
        }

        await items.OpenAsync(place.Parent, Stop);
        switch (random.Next(6))
        {
            case 0: await items.RemoveAsync(place, null, Stop); break;
            case 1: await items.TransferAsync(place, other, new Transfer(random.Next(2) == 0, Overwrite: true), null, Stop); break;
            case 2:
                await items.DescribeAsync(place, new Dictionary<string, string?> { ["{x}note"] = $"<note>{step}</note>" }, null, Stop);
                break;
            case 3:
                var until = (bed.House.Time.GetUtcNow().ToUnixTimeSeconds() + random.Next(100)) * 1_000_000;
                await items.LockAsync(new ItemLock($"urn:lock:{step}", place, false, false, until, ""), null, Stop);
                break;
            default:
                var put = await ShareBed.PutAsync(items, place.Parent, place.Name, $"text {step} of {member}");
                Assert.Equal(Refusal.None, put.Refusal);
                break;
        }

        string Name() => "abcdef"[random.Next(6)].ToString();
    }

    private static async Task CompareAsync(ShareBed bed, Mirror mirror)
    {
        var owners = await bed.AsAnnAsync((_, items) => bed.SeenAsync(items));
        var locks = await bed.AsAnnAsync((_, items) => Task.FromResult(Locks(bed, items)));
        foreach (var member in (string[])[ShareBed.Bert, ShareBed.Carla])
        {
            if (await bed.MountAsync(member) is null) continue;
            await using var session = await bed.EnterAsync(member);
            var items = await ShareBed.ItemsAsync(session);
            Assert.Equal(owners, await bed.SeenAsync(items));
            Assert.Equal(locks, Locks(bed, items));
            Assert.Equal([bed.Calendar], items.State.Root.Children.Values);
            if (member != ShareBed.Bert) continue;
            await mirror.SyncAsync(bed, items);
            Assert.Equal(owners.Keys, mirror.Names);
        }
    }

    private static List<string> Locks(ShareBed bed, ItemStore items) =>
        [.. items.State.Locks.Values.Where(one => one.Place.Parent == bed.Calendar).Select(one => one.Token).Order(StringComparer.Ordinal)];

    /// <summary>A member's client, which knows what sync told it, and begins anew when its token is not known any more.</summary>
    private sealed class Mirror
    {
        private ulong _token;

        public SortedSet<string> Names { get; } = new(StringComparer.Ordinal);

        public async Task SyncAsync(ShareBed bed, ItemStore items)
        {
            if (_token < items.State.BeginsAt)
            {
                _token = 0;
                Names.Clear();
            }

            var changes = (await items.ChangesAsync(bed.Calendar, _token, Stop))!;
            Names.ExceptWith(changes.Gone);
            Names.UnionWith(changes.Items.Select(row => row.Name));
            _token = changes.Sequence;
        }
    }
}
