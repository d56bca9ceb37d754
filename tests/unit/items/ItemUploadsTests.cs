using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using Xunit;

namespace CompatBot.UnitTests.Items;

/// <summary>Uploads in parts outlive a restart and the garbage collector, are on no path, and end in one step.</summary>
public sealed class ItemUploadsTests
{
    [Fact]
    public async Task Parts_outlive_restarts_and_garbage_collections_and_become_a_file()
    {
        var bed = await ItemBed.NewAsync();
        var upload = await BeginAsync(bed, "u");
        await PartAsync(bed, upload, "1", "hello ");
        bed.Time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(Refusal.None, (await CollectAsync(bed)).Refusal);
        var picture = await bed.PictureAsync();
        await bed.Realm.CloseAsync(ItemBed.Stop);
        await bed.OpenAsync();
        Assert.Equal(picture, await bed.PictureAsync());
        await PartAsync(bed, upload, "2", "world");
        Assert.Empty(await bed.TreeAsync());
        Assert.Equal(11, bed.Items.State.UsageBytes);
        var put = await FinishAsync(bed, upload, "a");
        Assert.Equal("hello world", (await bed.TreeAsync())["a"]);
        Assert.Equal(System.Security.Cryptography.SHA256.HashData("hello world"u8), put.Value.Row.Digest);
        Assert.Equal((11L, 0), (bed.Items.State.UsageBytes, bed.Items.State.Uploads.Children.Count));
        bed.Time.Advance(TimeSpan.FromDays(40));
        Assert.Equal(Refusal.None, (await CollectAsync(bed)).Refusal);
        Assert.Equal("hello world", (await bed.TreeAsync())["a"]);
        picture = await bed.PictureAsync();
        await bed.OpenAsync();
        Assert.Equal(picture, await bed.PictureAsync());
    }

    [Fact]
    public async Task A_part_that_comes_while_others_are_joined_is_not_lost()
    {
        var bed = await ItemBed.NewAsync();
        var upload = await BeginAsync(bed, "u");
        await PartAsync(bed, upload, "1", "hello");
        var seen = (await bed.Items.OpenAsync(upload, ItemBed.Stop))!;
        await PartAsync(bed, upload, "1", "other");
        var place = await bed.PlaceAsync("a");
        var finished = await bed.Items.FinishUploadAsync(seen, place, await bed.WriteAsync("hello"), null, ItemBed.Stop);
        Assert.Equal(Refusal.Conflict, finished.Refusal);
        Assert.Equal(Refusal.None, (await FinishAsync(bed, upload, "a")).Refusal);
        Assert.Equal("other", (await bed.TreeAsync())["a"]);
        finished = await bed.Items.FinishUploadAsync(seen, place, await bed.WriteAsync("hello"), null, ItemBed.Stop);
        Assert.Equal(Refusal.NotFound, finished.Refusal);
    }

    [Fact]
    public async Task An_abandoned_one_is_erased_with_its_octets()
    {
        var bed = await ItemBed.NewAsync();
        var upload = await BeginAsync(bed, "u");
        await PartAsync(bed, upload, "1", new string('x', 100_000));
        await PartAsync(bed, upload, "1", new string('y', 100_000));
        Assert.Empty(await bed.Items.GoneAsync(ItemBed.Stop).ToListAsync(ItemBed.Stop));
        bed.Time.Advance(ItemUploads.KeptFor + TimeSpan.FromMinutes(1));
        Assert.Equal(Refusal.None, (await CollectAsync(bed)).Refusal);
        Assert.Empty(bed.Items.State.Uploads.Children);
        Assert.Equal(0, bed.Items.State.UsageBytes);
        bed.Time.Advance(TimeSpan.FromDays(31));
        Assert.Equal(Refusal.None, (await CollectAsync(bed)).Refusal);
        var blobs = await bed.Store.Blobs.ListAsync(ItemBed.Account, ItemBed.Stop).ToListAsync(ItemBed.Stop);
        Assert.DoesNotContain(blobs, blob => blob.Bytes > 100_000);
    }

    [Fact]
    public async Task Names_and_counts_are_bounded()
    {
        var bed = await ItemBed.NewAsync();
        Assert.Equal(Refusal.Invalid, (await bed.Items.BeginUploadAsync("a/b", null, ItemBed.Stop)).Refusal);
        for (var i = 0; i < ItemUploads.CountMax; i++) await BeginAsync(bed, $"{i}");
        Assert.Equal(Refusal.AlreadyExists, (await bed.Items.BeginUploadAsync("7", null, ItemBed.Stop)).Refusal);
        Assert.Equal(Refusal.TooMany, (await bed.Items.BeginUploadAsync("more", null, ItemBed.Stop)).Refusal);
        Assert.Equal(Refusal.None, (await bed.Items.AbortUploadAsync("7", ItemBed.Stop)).Refusal);
        Assert.Equal(Refusal.NotFound, (await bed.Items.AbortUploadAsync("7", ItemBed.Stop)).Refusal);
        var upload = await BeginAsync(bed, "more");
        for (var i = 0; i < ItemUploads.PartsMax; i++) await PartAsync(bed, upload, $"{i}", "x");
        var part = await bed.WriteAsync("x");
        var more = await bed.Items.PutPartAsync(new ItemPlace(upload, "more"), part, null, ItemBed.Stop);
        Assert.Equal(Refusal.TooMany, more.Refusal);
        Assert.Equal(Refusal.None, (await bed.Items.PutPartAsync(new ItemPlace(upload, "1"), part, null, ItemBed.Stop)).Refusal);
    }

    private static async Task<CollectionId> BeginAsync(ItemBed bed, string name)
    {
        var begun = await bed.Items.BeginUploadAsync(name, null, ItemBed.Stop);
        Assert.Equal(Refusal.None, begun.Refusal);
        return begun.Value;
    }

    private static async Task PartAsync(ItemBed bed, CollectionId upload, string name, string text)
    {
        var put = await bed.Items.PutPartAsync(new ItemPlace(upload, name), await bed.WriteAsync(text), null, ItemBed.Stop);
        Assert.Equal(Refusal.None, put.Refusal);
    }

    private static async Task<Outcome<PutItem>> FinishAsync(ItemBed bed, CollectionId upload, string path)
    {
        var seen = (await bed.Items.OpenAsync(upload, ItemBed.Stop))!;
        using var writer = bed.Items.Write();
        foreach (var part in seen.Items.Rows) Assert.Equal(Refusal.None, await writer.ShareAsync(part, 0, part.Size, ItemBed.Stop));
        var joined = (await writer.CompleteAsync(null, ItemBed.Stop)).Value!;
        return await bed.Items.FinishUploadAsync(seen, await bed.PlaceAsync(path), joined, null, ItemBed.Stop);
    }

    private static ValueTask<Outcome<CollectReport>> CollectAsync(ItemBed bed) =>
        bed.Realm.Collector.CollectAsync(TimeSpan.FromDays(30), new Pace(bed.Time, 1), ItemBed.Stop);
}
