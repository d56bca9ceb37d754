using System.Globalization;
using CompatBot.Core.Calendar.Proto;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.UnitTests.Items;
using Google.Protobuf;
using Xunit;

namespace CompatBot.UnitTests.Calendar;

/// <summary>What an account is told about shared calendars.</summary>
public sealed class ShareNoticeTests
{
    [Fact]
    public async Task The_oldest_goes_when_there_are_too_many_and_a_restart_changes_nothing()
    {
        var bed = await ItemBed.NewAsync(Realm.Calendar);
        for (var i = 0; i <= ShareNotice.Max; i++)
        {
            var uid = i.ToString("x32", CultureInfo.InvariantCulture);
            await TellAsync(bed, new DroppedShare { Uid = uid, Owner = "o@mail.test", Calendar = 2, Title = "T", Password = "p" });
            await TellAsync(bed, new DroppedShare { Uid = uid, IsOver = true }); // So that the next one has room for its calendar.
        }

        await TellAsync(bed, new DroppedShare { Uid = "all", Owner = "o@mail.test", Calendar = 1, Title = "T", Password = "p" });
        var box = (await bed.Items.FindAsync(["notifications"], ItemBed.Stop))!.Collection!;
        var rows = (await bed.Items.OpenAsync(box.Id, ItemBed.Stop))!.Items.Rows.ToList();
        Assert.Equal(ShareNotice.Max, rows.Count);
        Assert.Equal($"{1:x32}-invite.xml", rows[0].Name);
        Assert.All(rows, row => Assert.Equal(ShareNews.Over, ShareNotice.Of(row)!.News));
        var picture = await bed.PictureAsync();
        await bed.Realm.CloseAsync(ItemBed.Stop);
        await bed.OpenAsync();
        Assert.Equal(picture, await bed.PictureAsync());
    }

    private static async Task TellAsync(ItemBed bed, DroppedShare share)
    {
        var bytes = DropSeal.Seal(bed.SealingKey, ItemBed.Account, new DroppedSchedule { Share = share }.ToByteArray());
        var item = new DroppedItem(ItemBed.Account, Realm.Calendar, bytes, []);
        Assert.Equal(Refusal.None, await bed.Store.Dropbox.PutAsync([item], ItemBed.Stop));
        if (share.IsOver) bed.Time.Advance(TimeSpan.FromSeconds(1));
        await bed.Realm.Schedule!.TakeInAsync(ItemBed.Stop);
    }
}
