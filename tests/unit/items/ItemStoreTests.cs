using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using Xunit;

namespace CompatBot.UnitTests.Items;

public sealed class ItemStoreTests
{
    private static CancellationToken Stop => ItemBed.Stop;

    [Theory]
    [InlineData("ok.txt", true)]
    [InlineData("ünïcode ☃", true)]
    [InlineData("\U0001F600", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("a\0b", false)]
    [InlineData("a\nb", false)]
    [InlineData("a\u0085b", false)]
    public void A_name_is_what_every_client_can_use(string name, bool valid) => Assert.Equal(valid, ItemNames.IsValid(name));

    [Fact]
    public void A_name_of_255_bytes_is_the_longest()
    {
        Assert.True(ItemNames.IsValid(new string('x', 255)));
        Assert.False(ItemNames.IsValid(new string('x', 256)));
        Assert.False(ItemNames.IsValid(new string('ü', 128)));
        Assert.False(ItemNames.IsValid(new string(['a', '\ud800'])));
    }

    [Fact]
    public async Task What_was_stored_as_NFC_is_found_as_NFD()
    {
        var bed = await ItemBed.NewAsync();
        await bed.PutAsync("u\u0308ber", "text");
        Assert.Equal(["\u00fcber"], (await bed.TreeAsync()).Keys);
        Assert.NotNull((await bed.Items.FindAsync(["u\u0308ber"], Stop))!.Item);
    }

    [Fact]
    public async Task A_new_version_keeps_the_number_and_a_new_item_does_not()
    {
        var bed = await ItemBed.NewAsync();
        var first = (await bed.PutAsync("a", "1")).Value;
        var second = (await bed.PutAsync("a", "2")).Value;
        Assert.True(first.Created);
        Assert.False(second.Created);
        Assert.Equal((first.Row.Id, 2UL), (second.Row.Id, second.Row.Version));
        await bed.RemoveAsync("a");
        Assert.NotEqual(first.Row.Id, (await bed.PutAsync("a", "1")).Value.Row.Id);
    }

    [Fact]
    public async Task A_guard_judges_the_state_that_the_change_builds_on()
    {
        var bed = await ItemBed.NewAsync();
        await bed.PutAsync("a", "1");
        var place = await bed.PlaceAsync("a");
        Refusal IfFirst(ItemState state) => state.Item(place)!.Version == 1 ? Refusal.None : Refusal.Conflict;
        var attempts = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => bed.PutAsync("a", $"new {i}", IfFirst)));
        Assert.Single(attempts, put => !put.Declined);
        Assert.All(attempts.Where(put => put.Declined), put => Assert.Equal(Refusal.Conflict, put.Refusal));
    }

    [Fact]
    public async Task A_tree_has_at_most_128_levels()
    {
        var bed = await ItemBed.NewAsync();
        var path = "";
        for (var level = 1; level <= 127; level++) Assert.Equal(Refusal.None, await bed.MakeAsync(path += "/d"));
        Assert.Equal(Refusal.None, (await bed.PutAsync(path + "/file", "x")).Refusal);
        Assert.Equal(Refusal.None, await bed.MakeAsync(path + "/d"));
        Assert.Equal(Refusal.TooMany, await bed.MakeAsync(path + "/d/d"));
        Assert.Equal(Refusal.TooMany, (await bed.PutAsync(path + "/d/file", "x")).Refusal);
        await bed.MakeAsync("other");
        Assert.Equal(Refusal.TooMany, await bed.TransferAsync("d", "other/d", move: true));
    }

    [Fact]
    public async Task Properties_stay_through_new_content_and_moves_and_have_a_limit()
    {
        var bed = await ItemBed.NewAsync();
        await bed.PutAsync("a", "1");
        var place = await bed.PlaceAsync("a");
        await bed.Items.DescribeAsync(place, new Dictionary<string, string?> { ["{x}one"] = "1", ["{x}two"] = "<b/>" }, null, Stop);
        await bed.Items.DescribeAsync(place, new Dictionary<string, string?> { ["{x}one"] = null }, null, Stop);
        await bed.PutAsync("a", "2");
        await bed.TransferAsync("a", "b", move: true);
        await bed.Realm.CloseAsync(Stop);
        await bed.OpenAsync();
        var row = (await bed.Items.FindAsync(["b"], Stop))!.Item!;
        Assert.Equal([new("{x}two", "<b/>")], row.Properties);
        var large = new Dictionary<string, string?> { ["{x}large"] = new('x', ItemProperties.BytesMax) };
        Assert.Equal(Refusal.TooLarge, (await bed.Items.DescribeAsync(await bed.PlaceAsync("b"), large, null, Stop)).Refusal);
    }

    [Fact]
    public async Task Locks_go_with_what_they_lock_and_outlive_a_restart()
    {
        var bed = await ItemBed.NewAsync();
        await bed.MakeAsync("d");
        await bed.PutAsync("d/a", "1");
        await bed.PutAsync("b", "1");
        var until = (long)(bed.Time.GetUtcNow().AddHours(1) - DateTimeOffset.UnixEpoch).TotalMicroseconds;
        await bed.Items.LockAsync(new ItemLock("t:1", await bed.PlaceAsync("d/a"), false, false, until, "<me/>"), null, Stop);
        await bed.Items.LockAsync(new ItemLock("t:2", await bed.PlaceAsync("b"), false, false, until, ""), null, Stop);
        await bed.Items.LockAsync(new ItemLock("t:3", await bed.PlaceAsync("d"), true, true, until, ""), null, Stop);
        await bed.OpenAsync();
        var (state, now) = (bed.Items.State, bed.Time.GetUtcNow());
        Assert.Equal(["t:1", "t:3"], ItemLocks.Over(state, await bed.PlaceAsync("d/a"), now).Select(one => one.Token).Order());
        Assert.Equal(["t:1"], ItemLocks.Below(state, state.Collection(await bed.PlaceAsync("d"))!.Id, now).Select(one => one.Token));
        Assert.Empty(ItemLocks.Over(state, await bed.PlaceAsync("b"), now.AddHours(2)));
        await bed.TransferAsync("d", "e", move: true);
        Assert.Equal(["t:2"], bed.Items.State.Locks.Keys);
        await bed.RemoveAsync("b");
        Assert.Empty(bed.Items.State.Locks);
    }

    [Fact]
    public async Task A_new_account_finds_a_calendar_a_task_list_and_an_address_book()
    {
        var calendar = (await ItemBed.NewAsync(Realm.Calendar)).Items.State;
        Assert.Equal(["calendar", "inbox", "notifications", "outbox", "tasks"], calendar.Root.Children.Keys);
        var contacts = await ItemBed.NewAsync(Realm.Contacts);
        await contacts.OpenAsync();
        Assert.Equal(["contacts"], contacts.Items.State.Root.Children.Keys);
        Assert.Empty((await ItemBed.NewAsync()).Items.State.Root.Children);
    }

    [Fact]
    public async Task What_was_removed_or_replaced_is_erased_after_the_horizon_and_not_before()
    {
        var bed = await ItemBed.NewAsync();
        await bed.MakeAsync("d");
        await bed.PutAsync("d/in a removed folder", "a");
        await bed.PutAsync("replaced", "b");
        await bed.PutAsync("replaced", "c");
        await bed.PutAsync("removed", "d");
        await bed.PutAsync("moved", "e");
        await bed.TransferAsync("moved", "there", move: true);
        await bed.RemoveAsync("removed");
        await bed.RemoveAsync("d");
        bed.Time.Advance(TimeSpan.FromDays(29));
        Assert.Equal(0, (await CollectAsync(bed)).Released);
        bed.Time.Advance(TimeSpan.FromDays(2));
        var report = await CollectAsync(bed);
        Assert.Equal((4, 3), (report.Forgotten, report.Released));
        Assert.Equal(0, (await CollectAsync(bed)).Released);
        Assert.Equal(["replaced", "there"], (await bed.TreeAsync()).Keys); // And their content opens.
    }

    private static async Task<CollectReport> CollectAsync(ItemBed bed)
    {
        var collected = await bed.Realm.Collector.CollectAsync(TimeSpan.FromDays(30), new Pace(bed.Time, 1), Stop);
        Assert.Equal(Refusal.None, collected.Refusal);
        return collected.Value!;
    }
}
