using System.Text;
using CompatBot.Core.Calendar;
using CompatBot.Core.Calendar.Proto;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.UnitTests.Items;
using Google.Protobuf;
using Xunit;

namespace CompatBot.UnitTests.Calendar;

/// <summary>What is scheduled while a calendar is closed, or open: taken in once, in order, whatever it is.</summary>
public sealed class ScheduleIntakeTests
{
    [Fact]
    public async Task What_waits_is_taken_in_once_and_a_restart_changes_nothing()
    {
        var bed = await ItemBed.NewAsync(Realm.Calendar);
        await DropAsync(bed, Request("a", "one"));
        await DropAsync(bed, Request("b", "two"));
        await DropAsync(bed, Request("a", "three", "SEQUENCE:1"));
        await bed.OpenAsync();
        Assert.Equal(["a.ics", "b.ics"], await NamesAsync(bed, "calendar"));
        Assert.Contains("SUMMARY:three", await bed.TextAsync(await RowAsync(bed, "calendar/a.ics")), StringComparison.Ordinal);
        Assert.Equal(2UL, (await RowAsync(bed, "calendar/a.ics")).Schedule);
        Assert.Equal(3, (await NamesAsync(bed, "inbox")).Count);
        Assert.Equal((0, 0), await bed.Store.Dropbox.DepthAsync(ItemBed.Account, Realm.Calendar, ItemBed.Stop));
        var picture = await bed.PictureAsync();
        await bed.Realm.CloseAsync(ItemBed.Stop); // With a snapshot, and the next without.
        await bed.OpenAsync();
        Assert.Equal(picture, await bed.PictureAsync());
        await bed.Store.Snapshots.ClearAsync(ItemBed.Account, ItemBed.Stop);
        await bed.OpenAsync();
        Assert.Equal(picture, await bed.PictureAsync());
        Assert.Equal(3UL, bed.Items.State.DropboxThrough);
    }

    [Fact]
    public async Task The_same_message_again_makes_no_second_event_and_no_second_copy()
    {
        var bed = await ItemBed.NewAsync(Realm.Calendar);
        await DropAsync(bed, Request("a", "one"));
        await bed.Realm.Schedule!.TakeInAsync(ItemBed.Stop);
        await DropAsync(bed, Request("a", "one"));
        await bed.Realm.Schedule.TakeInAsync(ItemBed.Stop);
        Assert.Equal(["a.ics"], await NamesAsync(bed, "calendar"));
        Assert.Equal(1UL, (await RowAsync(bed, "calendar/a.ics")).Version);
        Assert.Single(await NamesAsync(bed, "inbox"));
        Assert.Equal(2UL, bed.Items.State.DropboxThrough);
    }

    [Fact]
    public async Task What_does_not_open_reaches_the_owner_and_what_is_no_message_stops_nothing()
    {
        var bed = await ItemBed.NewAsync(Realm.Calendar);
        await PutAsync(bed, "no sealed thing at all, but as long as one could be, and then a little longer than that"u8.ToArray());
        await DropAsync(bed, "hello");
        await DropAsync(bed, Request("a", "one").Replace("UID:a\n", "", StringComparison.Ordinal));
        await DropAsync(bed, Request("b", "two"));
        await bed.Realm.Schedule!.TakeInAsync(ItemBed.Stop);
        Assert.Equal(["b.ics"], await NamesAsync(bed, "calendar"));
        var inbox = await NamesAsync(bed, "inbox");
        Assert.Equal(2, inbox.Count);
        var texts = new List<string>();
        foreach (var name in inbox) texts.Add(await bed.TextAsync(await RowAsync(bed, "inbox/" + name)));
        Assert.Single(texts, text => text.Contains("could not be opened", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_inbox_keeps_so_many_messages_and_the_oldest_go()
    {
        var bed = await ItemBed.NewAsync(Realm.Calendar);
        for (var i = 0; i < ScheduleIntake.InboxMax + 2; i++)
        {
            await DropAsync(bed, Request("a", $"number {i}", $"SEQUENCE:{i}"));
            bed.Time.Advance(TimeSpan.FromSeconds(1));
            if (i % 100 == 0) await bed.Realm.Schedule!.TakeInAsync(ItemBed.Stop);
        }

        await bed.Realm.Schedule!.TakeInAsync(ItemBed.Stop);
        var inbox = bed.Items.State.Collection(await bed.PlaceAsync("inbox"))!;
        Assert.Equal(ScheduleIntake.InboxMax, inbox.Count);
        Assert.Equal(ScheduleIntake.InboxMax, inbox.Items.Count);
    }

    [Fact]
    public async Task An_account_of_an_earlier_version_gets_its_boxes_and_keeps_its_calendars()
    {
        var bed = await ItemBed.NewAsync(Realm.Calendar);
        await bed.RemoveAsync("inbox");
        await bed.RemoveAsync("outbox");
        await bed.RemoveAsync("notifications");
        await bed.MakeAsync("inbox"); // A folder of that name is no scheduling inbox.
        await bed.OpenAsync();
        var state = bed.Items.State;
        Assert.Equal("schedule-inbox", ScheduleCalendars.Find(state, CollectionKind.ScheduleInbox)!.Name);
        Assert.Equal("outbox", ScheduleCalendars.Find(state, CollectionKind.ScheduleOutbox)!.Name);
        Assert.Equal(CollectionKind.Folder, state.Collection(await bed.PlaceAsync("inbox"))!.Kind);
        Assert.Equal(["calendar", "inbox", "notifications", "outbox", "schedule-inbox", "tasks"], state.Root.Children.Keys);
    }

    [Fact]
    public async Task Without_a_calendar_that_takes_it_an_invitation_waits_in_the_inbox()
    {
        var bed = await ItemBed.NewAsync(Realm.Calendar);
        await bed.RemoveAsync("calendar");
        await DropAsync(bed, Request("a", "one"));
        await bed.Realm.Schedule!.TakeInAsync(ItemBed.Stop);
        Assert.Empty(await NamesAsync(bed, "tasks"));
        Assert.Single(await NamesAsync(bed, "inbox"));
    }

    private static string Request(string uid, string title, string more = "X-NONE:1") =>
        $"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:{uid}\nSUMMARY:{title}\n{more}\n"
        + "DTSTART:20260101T000000Z\nORGANIZER:mailto:anna@mail.test\nATTENDEE:mailto:bert@mail.test\nEND:VEVENT\nEND:VCALENDAR\n";

    private static Task DropAsync(ItemBed bed, string content)
    {
        var dropped = new DroppedSchedule
        {
            Sender = "anna@mail.test", Recipient = "bert@mail.test", Content = ByteString.CopyFrom(Encoding.UTF8.GetBytes(content)),
        };
        return PutAsync(bed, DropSeal.Seal(bed.SealingKey, ItemBed.Account, dropped.ToByteArray()));
    }

    private static async Task PutAsync(ItemBed bed, byte[] bytes) => Assert.Equal(
        Refusal.None, await bed.Store.Dropbox.PutAsync([new DroppedItem(ItemBed.Account, Realm.Calendar, bytes, [])], ItemBed.Stop));

    private static async Task<IReadOnlyList<string>> NamesAsync(ItemBed bed, string calendar)
    {
        var id = bed.Items.State.Collection(await bed.PlaceAsync(calendar))!.Id;
        return [.. (await bed.Items.OpenAsync(id, ItemBed.Stop))!.Items.Rows.Select(row => row.Name)];
    }

    private static async Task<CompatBot.Core.Items.ItemRow> RowAsync(ItemBed bed, string path) =>
        (await bed.Items.FindAsync(path.Split('/'), ItemBed.Stop))!.Item!;
}
