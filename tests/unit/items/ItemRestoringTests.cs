using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using Xunit;

namespace CompatBot.UnitTests.Items;

/// <summary>What was removed or replaced comes back with its octets until it is forgotten, and not a moment longer.</summary>
public sealed class ItemRestoringTests
{
    [Fact]
    public async Task A_removed_and_a_replaced_item_come_back_with_their_octets()
    {
        var bed = await ItemBed.NewAsync();
        await bed.MakeAsync("d");
        await bed.PutAsync("d/a", "first");
        await bed.PutAsync("d/a", "second");
        await bed.RemoveAsync("d/a");
        var gone = await GoneAsync(bed);
        Assert.Equal([("a", true), ("a", false)], gone.Select(one => (one.Row.Name, one.Replaced)));
        Assert.Equal(Refusal.None, (await bed.Items.RestoreAsync(gone[1], await bed.PlaceAsync("d/a"), ItemBed.Stop)).Refusal);
        Assert.Equal(Refusal.AlreadyExists, (await bed.Items.RestoreAsync(gone[0], await bed.PlaceAsync("d/a"), ItemBed.Stop)).Refusal);
        Assert.Equal(Refusal.None, (await bed.Items.RestoreAsync(gone[0], await bed.PlaceAsync("d/old"), ItemBed.Stop)).Refusal);
        Assert.Equal(("second", "first"), ((await bed.TreeAsync())["d/a"], (await bed.TreeAsync())["d/old"]));
        var picture = await bed.PictureAsync();
        await bed.OpenAsync();
        Assert.Equal(picture, await bed.PictureAsync());
    }

    [Fact]
    public async Task A_removed_collection_comes_back_with_all_that_was_in_it()
    {
        var bed = await ItemBed.NewAsync();
        await bed.MakeAsync("d");
        await bed.MakeAsync("d/e");
        await bed.PutAsync("d/e/a", "deep");
        var before = await bed.TreeAsync();
        await bed.RemoveAsync("d");
        var id = Assert.Single(bed.Items.State.Removed);
        Assert.Equal(["d"], bed.Items.State.PathOf(id));
        await bed.MakeAsync("d");
        Assert.Equal(Refusal.AlreadyExists, (await bed.Items.RestoreAsync(id, await bed.PlaceAsync("d"), ItemBed.Stop)).Refusal);
        Assert.Equal(Refusal.NotFound, (await bed.Items.RestoreAsync(id, await bed.PlaceAsync("no/d"), ItemBed.Stop)).Refusal);
        await bed.RemoveAsync("d");
        Assert.Equal(Refusal.None, (await bed.Items.RestoreAsync(id, await bed.PlaceAsync("d"), ItemBed.Stop)).Refusal);
        Assert.Equal(before, await bed.TreeAsync());
        Assert.Equal(Refusal.NotFound, (await bed.Items.RestoreAsync(id, await bed.PlaceAsync("again"), ItemBed.Stop)).Refusal);
        var picture = await bed.PictureAsync();
        await bed.OpenAsync();
        Assert.Equal(picture, await bed.PictureAsync());
    }

    [Fact]
    public async Task What_is_forgotten_does_not_come_back()
    {
        var bed = await ItemBed.NewAsync();
        await bed.PutAsync("a", "octets");
        await bed.RemoveAsync("a");
        var gone = Assert.Single(await GoneAsync(bed));
        bed.Time.Advance(TimeSpan.FromDays(31));
        var pace = new Pace(bed.Time, 1);
        Assert.Equal(Refusal.None, (await bed.Realm.Collector.CollectAsync(TimeSpan.FromDays(30), pace, ItemBed.Stop)).Refusal);
        Assert.Empty(await GoneAsync(bed));
        Assert.Equal(Refusal.NotFound, (await bed.Items.RestoreAsync(gone, await bed.PlaceAsync("a"), ItemBed.Stop)).Refusal);
    }

    private static async Task<List<GoneItem>> GoneAsync(ItemBed bed)
    {
        var gone = new List<GoneItem>();
        await foreach (var one in bed.Items.GoneAsync(ItemBed.Stop)) gone.Add(one);
        return gone;
    }
}
