using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Shares;
using CompatBot.Core.Store;
using CompatBot.UnitTests.Identity;
using Xunit;

namespace CompatBot.UnitTests.Shares;

/// <summary>How much one link shows.</summary>
public sealed class LinkLimitTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Realm.Calendar, "calendar", LinkViews.ObjectsMax)]
    [InlineData(Realm.Files, "folder", LinkViews.MembersMax)]
    public async Task A_link_shows_so_much_and_says_that_there_is_more(Realm realm, string name, int most)
    {
        await using var bed = await RotationBed.NewAsync();
        using var stretcher = new PassphraseStretcher();
        using var links = new ShareLinks(bed.Store, bed.Open, stretcher, bed.Time);
        await using var ann = await bed.LoginAsync(RotationBed.Phone);
        var items = (await ann.ItemsAsync(realm, Stop)).Value!;
        var place = new ItemPlace(CollectionId.Root, name);
        if (realm == Realm.Files) await items.CreateAsync(place, new NewCollection(CollectionKind.Folder), null, Stop);
        var id = items.State.Collection(place)!.Id;
        using var writer = items.Write();
        await writer.WriteAsync("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"u8.ToArray(), Stop);
        var item = (await writer.CompleteAsync(null, Stop)).Value!;
        async Task PutAsync(int from, int count) => Assert.Equal(Refusal.None, (await items.PutAllAsync(
            id, [.. Enumerable.Range(from, count).Select(i => ($"{i:D6}.ics", item))], null, Stop)).Refusal);

        await PutAsync(0, most);
        var wanted = new NewShare("all", TakesUploads: false, null, 0, null);
        var made = await links.AddAsync(ann, realm, (await items.FindAsync([name], Stop))!, wanted, Stop);
        Assert.Equal(Refusal.None, made.Refusal);
        Assert.Equal((most, false), await ShownAsync());

        await PutAsync(most, 1);
        Assert.Equal((most, true), await ShownAsync());
        var more = await links.AddAsync(ann, realm, (await items.FindAsync([name], Stop))!, wanted, Stop);
        Assert.Equal(Refusal.TooMany, more.Refusal);

        async Task<(int Count, bool IsCut)> ShownAsync()
        {
            using var shown = (await links.OpenAsync(made.Value!.Token, null, default, Stop)).Value!;
            var list = (await shown.ListAsync(Stop))!;
            return (list.Files.Count, list.IsCut);
        }
    }
}
