using System.Text;
using CompatBot.Core.Calendar.Birthdays;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.UnitTests.Identity;
using CompatBot.UnitTests.Mail;
using Xunit;

namespace CompatBot.UnitTests.Calendar;

/// <summary>How many days of contacts are in the calendar that is made of them.</summary>
public sealed class BirthdayLimitTests
{
    private const string Card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:Ada\r\nN:;Ada;;;\r\nBDAY:1815-12-10\r\nEND:VCARD\r\n";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Contacts_beyond_the_limit_have_no_day_and_one_that_goes_makes_room()
    {
        const int Max = 3;
        await using var bed = await RotationBed.NewAsync();
        await using var ann = await bed.LoginAsync(RotationBed.Phone);
        await using var lease = (await bed.Open.TryJoinAsync(bed.Id, Stop))!;
        var keeper = new BirthdayKeeper(bed.Id, bed.Store.Directory, new VaultTrouble(), Max);
        var calendars = (await lease.Account.ItemsAsync(Realm.Calendar, Stop))!;
        var realm = (await lease.Account.ItemsAsync(Realm.Contacts, Stop))!;
        var contacts = new ItemStore(realm, null, readOnly: false);
        var book = contacts.State.Collection(new ItemPlace(CollectionId.Root, "contacts"))!.Id;

        await PutAsync(contacts, book, "1", "2", "3", "4");
        Assert.Equal(Max, await CountAsync());
        Assert.Equal(Refusal.None, (await contacts.RemoveAsync(new ItemPlace(book, "1"), null, Stop)).Refusal);
        Assert.Equal(Max - 1, await CountAsync());
        await PutAsync(contacts, book, "4", "5");
        Assert.Equal(Max, await CountAsync());

        async Task<int> CountAsync()
        {
            await keeper.RefreshAsync(calendars, realm, Stop);
            return calendars.State.Find(BirthdayCalendar.Of(calendars.State)!.Value.Calendar)!.Count;
        }
    }

    private static async Task PutAsync(ItemStore contacts, CollectionId book, params string[] names)
    {
        using var writer = contacts.Write();
        await writer.WriteAsync(Encoding.UTF8.GetBytes(Card), Stop);
        var card = (await writer.CompleteAsync("text/vcard", Stop)).Value!;
        Assert.Equal(Refusal.None, (await contacts.PutAllAsync(book, [.. names.Select(name => (name, card))], null, Stop)).Refusal);
    }
}
