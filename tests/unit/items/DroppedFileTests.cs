using CompatBot.Core.Drops;
using CompatBot.Core.Items;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;
using Xunit;
using static CompatBot.UnitTests.Items.ItemBed;

namespace CompatBot.UnitTests.Items;

/// <summary>What lies in the files realm's dropbox when the realm is opened.</summary>
public sealed class DroppedFileTests
{
    [Fact]
    public async Task Files_are_taken_in_in_the_order_of_their_arrival_and_once()
    {
        var bed = await NewAsync();
        await bed.MakeAsync("in");
        await bed.PutAsync("in/a.txt", "mine");
        var folder = (await bed.Items.FindAsync(["in"], Stop))!.Collection!.Id;
        await DropAsync(bed, new DroppedFile { Collection = folder.Value, Name = "a.txt" }, "one");
        await DropAsync(bed, new DroppedFile { Collection = folder.Value, Name = "a.txt" }, "two");
        for (var round = 0; round < 2; round++)
        {
            await bed.Realm.CloseAsync(Stop);
            await bed.OpenAsync();
            Assert.Equal(
                ["in/=", "in/a (2).txt=one", "in/a (3).txt=two", "in/a.txt=mine"],
                (await bed.TreeAsync()).Select(one => $"{one.Key}={one.Value}"));
        }

        Assert.Equal(default, await bed.Store.Dropbox.DepthAsync(Account, Realm.Files, Stop));
        Assert.Equal(2u, bed.Items.State.DropboxThrough);
    }

    [Fact]
    public async Task What_does_not_open_is_kept_as_it_is_and_what_comes_behind_it_is_taken_in()
    {
        var bed = await NewAsync();
        byte[] garbage = [.. "CBDI and no more of it"u8];
        await PutAsync(bed, garbage);
        var lost = new DroppedFile
        {
            Collection = 1,
            Name = "long",
            Size = 5,
            PartKey = ByteString.CopyFrom(new byte[32]),
            Parts = { ByteString.CopyFrom(new byte[32]) },
        };
        await DropAsync(bed, lost, "");
        await DropAsync(bed, new DroppedFile { Collection = 1, Name = "../a" }, "a name that no file has");
        await DropAsync(bed, new DroppedFile { Collection = 999, Name = "b" }, "its folder was never there");
        await DropAsync(bed, new DroppedFile { Collection = 0, Name = "c" }, "not among the uploads");
        await bed.Realm.CloseAsync(Stop);
        await bed.OpenAsync();
        var tree = await bed.TreeAsync();
        const string Kept = "An upload that could not be opened";
        Assert.Equal([$"{Kept} (1)", $"{Kept} (2)", $"{Kept} (3)", "b", "c"], tree.Keys);
        Assert.Equal("CBDI and no more of it", tree[$"{Kept} (1)"]);
        Assert.Equal(default, await bed.Store.Dropbox.DepthAsync(Account, Realm.Files, Stop));
    }

    [Theory]
    [InlineData("a", "a (2)")]
    [InlineData("a.b.txt", "a.b (2).txt")]
    [InlineData(".profile", ".profile (2)")]
    [InlineData("a.averyveryverylongending", "a.averyveryverylongending (2)")]
    public async Task A_name_that_is_taken_gets_a_number(string name, string free)
    {
        var bed = await NewAsync();
        await bed.PutAsync(name, "x");
        Assert.Equal(free, DroppedFiles.FreeName(bed.Items.State.Root, name));
        Assert.Equal("other", DroppedFiles.FreeName(bed.Items.State.Root, "other"));
    }

    [Fact]
    public async Task A_long_name_is_cut_for_its_number_between_two_characters()
    {
        var bed = await NewAsync();
        foreach (var name in (string[])[new string('ü', 125) + ".jpeg", string.Concat(Enumerable.Repeat("😀", 63))])
        {
            Assert.Equal(Refusal.None, (await bed.PutAsync(name, "x")).Refusal);
            var free = DroppedFiles.FreeName(bed.Items.State.Root, name);
            Assert.True(ItemNames.IsValid(free), free);
            Assert.NotEqual(name, free);
        }
    }

    private static async Task DropAsync(ItemBed bed, DroppedFile file, string text)
    {
        if (file.Parts.Count == 0) (file.Content, file.Size) = (ByteString.CopyFromUtf8(text), (ulong)text.Length);
        await PutAsync(bed, DropSeal.Seal(bed.SealingKey, Account, file.ToByteArray()));
    }

    private static async Task PutAsync(ItemBed bed, byte[] dropped) =>
        Assert.Equal(Refusal.None, await bed.Store.Dropbox.PutAsync([new DroppedItem(Account, Realm.Files, dropped, [])], Stop));
}
