using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Gateway.Moving;
using CompatBot.UnitTests.Items;
using Xunit;

namespace CompatBot.UnitTests.Gateway.Moving;

/// <summary>Files, calendars and contacts out of one account and into another: the same to every client.</summary>
public sealed class ItemMovingTests : IDisposable
{
    private const string Event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:one\r\nDTSTART:20260101T000000Z\r\n"
        + "END:VEVENT\r\nEND:VCALENDAR\r\n";

    private readonly string _folder = MovingBed.NewFolder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Files_come_back_as_they_were_and_a_second_import_adds_nothing()
    {
        var from = await ItemBed.NewAsync();
        await from.MakeAsync("deep");
        await from.MakeAsync("deep/er");
        await from.MakeAsync("empty");
        await from.PutAsync("a.txt", "hello");
        await from.PutAsync("deep/er/ü 100% \"x\".bin", new string('x', 3_000_000));
        await from.PutAsync("deep/nothing", "");
        await from.PutAsync("files.json", "not the sheet");
        var color = new Dictionary<string, string?> { ["{urn:x}color"] = "<color xmlns=\"urn:x\">red</color>" };
        await from.Items.DescribeAsync(await from.PlaceAsync("a.txt"), color, null, ItemBed.Stop);
        from.Time.Advance(TimeSpan.FromDays(3));
        await from.PutAsync("deep/later", "later");
        var export = await ExportAsync(from, "files");
        Assert.Equal((5L, 3_000_023L), (export.Items, export.Octets));
        Assert.Equal("hello", await File.ReadAllTextAsync(Path.Combine(_folder, "files/a.txt"), ItemBed.Stop));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "files/a.txt")));

        var to = await ItemBed.NewAsync();
        var import = await ImportAsync(to, "files");
        Assert.Equal((5L, 0L), (import.Added, import.Present));
        Assert.Equal(await from.TreeAsync(), await to.TreeAsync());
        foreach (var path in (string[])["a.txt", "deep/later"])
        {
            var (old, fresh) = (await RowAsync(from, path), await RowAsync(to, path));
            Assert.Equal((old.Modified, old.Created, old.MediaType), (fresh.Modified, fresh.Created, fresh.MediaType));
            Assert.Equal(old.Digest.ToArray(), fresh.Digest.ToArray());
            Assert.Equal(old.Properties, fresh.Properties);
        }

        var again = await ImportAsync(to, "files");
        Assert.Equal((0L, 5L, 0), (again.Added, again.Present, again.Notes.Count));
    }

    [Fact]
    public async Task Calendars_keep_what_they_are_and_what_is_no_event_is_named()
    {
        var from = await ItemBed.NewAsync(Realm.Calendar);
        var place = await from.PlaceAsync("trips");
        var trips = new NewCollection(CollectionKind.Calendar)
        {
            Components = CalendarComponents.Event | CalendarComponents.Task,
            Properties = ItemProperties.None.Add("{DAV:}displayname", "<displayname xmlns=\"DAV:\">Trips</displayname>"),
        };
        Assert.Equal(Refusal.None, (await from.Items.CreateAsync(place, trips, null, ItemBed.Stop)).Refusal);
        await from.PutAsync("trips/one.ics", Event);
        await ExportAsync(from, "calendars");
        await File.WriteAllTextAsync(Path.Combine(_folder, "calendars/trips/other.ics"), "hello", ItemBed.Stop);
        await File.WriteAllTextAsync(Path.Combine(_folder, "calendars/trips/twin.ics"), Event + "\r\n", ItemBed.Stop);

        var to = await ItemBed.NewAsync(Realm.Calendar);
        var import = await ImportAsync(to, "calendars");
        Assert.Equal((1L, 1L), (import.Added, import.Present));
        Assert.Equal("other.ics", Assert.Single(import.Damaged).Item);
        Assert.Equal("calendars/trips/twin.ics", Assert.Single(import.Notes).Mailbox);
        var made = to.Items.State.Collection(await to.PlaceAsync("trips"))!;
        Assert.Equal((trips.Kind, trips.Components), (made.Kind, made.Components));
        Assert.Equal(trips.Properties, made.Properties);
        Assert.Equal("one", (await RowAsync(to, "trips/one.ics")).Facts.Uid);
    }

    [Fact]
    public async Task Files_of_many_objects_as_other_programs_export_them_come_in_one_by_one()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "calendars/home"));
        var two = Event.Replace("END:VCALENDAR", "BEGIN:VEVENT\r\nUID:two\r\nDTSTART:20260101T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR",
            StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(_folder, "calendars/home/all.ics"), two, ItemBed.Stop);
        var to = await ItemBed.NewAsync(Realm.Calendar);
        var import = await ImportAsync(to, "calendars");
        Assert.Equal((2L, 0L, 0), (import.Added, import.Present, import.Damaged.Count));
        Assert.Equal("two", (await RowAsync(to, "home/two.ics")).Facts.Uid);
        Assert.Equal((0L, 2L), (await ImportAsync(to, "calendars")) is var again ? (again.Added, again.Present) : default);

        Directory.CreateDirectory(Path.Combine(_folder, "contacts/home"));
        const string Cards = "BEGIN:VCARD\nUID:a\nFN:A\nEND:VCARD\nBEGIN:VCARD\nFN:B\nEND:VCARD\n";
        await File.WriteAllTextAsync(Path.Combine(_folder, "contacts/home/all.vcf"), Cards, ItemBed.Stop);
        var people = await ItemBed.NewAsync(Realm.Contacts);
        Assert.Equal(2, (await ImportAsync(people, "contacts")).Added);
        Assert.Equal(0, (await ImportAsync(people, "contacts")).Added);
    }

    [Fact]
    public async Task What_is_there_with_other_octets_stays_and_is_noted()
    {
        var from = await ItemBed.NewAsync();
        await from.PutAsync("a", "theirs");
        await from.PutAsync("b", "same");
        await ExportAsync(from, "files");
        var to = await ItemBed.NewAsync();
        await to.PutAsync("a", "ours");
        await to.PutAsync("b", "same");
        var import = await ImportAsync(to, "files");
        Assert.Equal((0L, 2L), (import.Added, import.Present));
        Assert.Equal("files/a", Assert.Single(import.Notes).Mailbox);
        Assert.Equal("ours", (await to.TreeAsync())["a"]);
    }

    [Fact]
    public async Task A_file_that_is_not_what_was_exported_is_named_and_links_are_not_followed()
    {
        var from = await ItemBed.NewAsync();
        await from.PutAsync("a", "octets");
        await ExportAsync(from, "files");
        await File.WriteAllTextAsync(Path.Combine(_folder, "files/a"), "other", ItemBed.Stop);
        File.CreateSymbolicLink(Path.Combine(_folder, "files/link"), "/etc/hostname");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "files/links"), "/etc");
        var to = await ItemBed.NewAsync();
        var import = await ImportAsync(to, "files");
        Assert.Equal(1, import.Added);
        Assert.Equal("files/a", Assert.Single(import.Damaged).Mailbox);
        Assert.Equal(["a"], (await to.TreeAsync()).Keys);
    }

    private static async Task<ItemRow> RowAsync(ItemBed bed, string path) =>
        (await bed.Items.FindAsync(path.Split('/'), ItemBed.Stop))!.Item!;

    private async Task<ItemExport> ExportAsync(ItemBed bed, string realmFolder)
    {
        var export = new ItemExport(bed.Items, _folder, realmFolder, MovingBed.Silent);
        await export.RunAsync(ItemBed.Stop);
        Assert.Empty(export.Damaged);
        return export;
    }

    private async Task<ItemImport> ImportAsync(ItemBed bed, string realmFolder)
    {
        var import = new ItemImport(bed.Items, _folder, realmFolder, MovingBed.Silent);
        Assert.Equal(Refusal.None, await import.RunAsync(ItemBed.Stop));
        return import;
    }
}
