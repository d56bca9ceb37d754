using CompatBot.Core.Items;
using CompatBot.Core.Store;
using Xunit;
using static CompatBot.DialogueTests.Dav.Scheduling.Invitations;

namespace CompatBot.DialogueTests.Dav;

/// <summary>The calendar that is made of the contacts' birthdays.</summary>
public sealed class BirthdayTests
{
    private const string Home = "/dav/calendars/anna@mail.test/";
    private const string Days = Home + "birthdays/";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Card(string uid, string name, params string[] lines) =>
        $"BEGIN:VCARD\nVERSION:3.0\nUID:{uid}\nFN:{name}\nN:;{name};;;\n{string.Concat(lines.Select(line => line + "\n"))}END:VCARD\n";

    private static Task<DavReply> PutAsync(DavHouse house, int status, string name, string card) =>
        house.AskAsync(status, $"PUT {DavHouse.Contacts}{name}.vcf\n\n{card}");

    private static async Task<List<string>> ListAsync(DavHouse house) =>
        [.. (await house.AskAsync(207, $"PROPFIND {Days}\nDepth: 1")).Hrefs.Skip(1)];

    private static string Sync(string token) => $"REPORT {Days}\n\n<D:sync-collection xmlns:D='DAV:'><D:sync-token>{token}</D:sync-token>"
        + "<D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>";

    private static string TokenOf(DavReply reply) => reply.Xml.Elements(DavReply.Dav + "sync-token").Single().Value;

    [Fact]
    public async Task It_comes_with_the_first_birthday_and_follows_the_contacts()
    {
        await using var house = await DavHouse.OpenAsync();
        await PutAsync(house, 201, "none", Card("none", "Nobody"));
        await house.AskAsync(404, $"PROPFIND {Days}\nDepth: 0");
        string[] days = ["BDAY:1980-04-12", "X-ANNIVERSARY:2005-02-29", "X-ANNIVERSARY:2004-02-29"];
        await PutAsync(house, 201, "carla", Card("carla", "Carla", days));
        Assert.Equal(Days, (await house.AskAsync(207, $"PROPFIND {Home}\nDepth: 1")).Hrefs.Last()); // Nobody's first calendar.
        var first = await house.AskAsync(207, Sync(""));
        Assert.Equal(2, first.Hrefs.Count());
        var birthday = first.Hrefs.Single(one => one.Contains("birthday-", StringComparison.Ordinal));
        var got = await house.AskAsync(200, $"GET {birthday}");
        var lines = Unfold(got.Body).Split('\n');
        Assert.Subset(new HashSet<string>(lines), new HashSet<string>([
            "DTSTART;VALUE=DATE:19800412", "DTEND;VALUE=DATE:19800413", "RRULE:FREQ=YEARLY", "SUMMARY:Carla's birthday (1980)",
            "TRANSP:TRANSPARENT"]));
        var wedding = await house.AskAsync(200, $"GET {first.Hrefs.Single(one => one != birthday)}");
        Assert.Contains("\r\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1\r\n", wedding.Body, StringComparison.Ordinal);
        Assert.Contains("anniversary (2004)", wedding.Body, StringComparison.Ordinal);

        // What does not touch the day is no change; what does, is one of this event alone.
        await PutAsync(house, 204, "carla", Card("carla", "Carla", "BDAY:19800412", "X-ANNIVERSARY:2004-02-29", "NOTE:tall"));
        var quiet = await house.AskAsync(207, Sync(TokenOf(first)));
        Assert.Empty(quiet.Hrefs);
        Assert.Equal(TokenOf(first), TokenOf(quiet));
        await PutAsync(house, 204, "carla", Card("carla", "Carla", "BDAY:19800413"));
        var moved = await house.AskAsync(207, Sync(TokenOf(first)));
        Assert.Equal(2, moved.Hrefs.Count());
        Assert.Equal(birthday, moved.Hrefs.First());
        Assert.Contains("404", moved.Xml.Elements(DavReply.Dav + "response").Last().Value, StringComparison.Ordinal);
        var later = await house.AskAsync(200, $"GET {birthday}");
        Assert.NotEqual(got.ETag, later.ETag);
        Assert.Equal(Line(Unfold(got.Body), "UID:", ""), Line(Unfold(later.Body), "UID:", ""));

        await using (var again = await house.RestartAsync())
        {
            Assert.Equal([birthday], await ListAsync(again));
            Assert.Equal(later.ETag, (await again.AskAsync(200, $"GET {birthday}")).ETag);
        }

        await house.AskAsync(204, $"DELETE {DavHouse.Contacts}carla.vcf");
        Assert.Empty(await ListAsync(house));
    }

    [Fact]
    public async Task An_address_book_that_goes_comes_back_or_is_copied_takes_its_days_along()
    {
        await using var house = await DavHouse.OpenAsync();
        await PutAsync(house, 201, "carla", Card("carla", "Carla", "BDAY:1980-04-12"));
        var days = await ListAsync(house);
        await using var session = await ShareTests.LogInAsync(house);
        var contacts = (await session.ItemsAsync(Realm.Contacts, Cancellation)).Value!;
        var book = contacts.State.Root.Children["contacts"];
        await house.AskAsync(204, $"DELETE {DavHouse.Contacts}");
        Assert.Empty(await ListAsync(house));
        Assert.False((await contacts.RestoreAsync(book, new ItemPlace(CollectionId.Root, "contacts"), Cancellation)).Declined);
        Assert.Equal(days, await ListAsync(house));

        // The same person in a copy has one birthday, for as long as one of them is there.
        await house.AskAsync(201, $"COPY {DavHouse.Contacts}\nDestination: /dav/addressbooks/anna@mail.test/copy/");
        Assert.Equal(days, await ListAsync(house));
        await house.AskAsync(204, $"DELETE {DavHouse.Contacts}carla.vcf");
        Assert.Equal(days, await ListAsync(house));
        await house.AskAsync(204, "DELETE /dav/addressbooks/anna@mail.test/copy/");
        Assert.Empty(await ListAsync(house));
    }

    [Fact]
    public async Task Nobody_changes_it_but_through_the_contacts()
    {
        await using var house = await DavHouse.OpenAsync();
        await PutAsync(house, 201, "carla", Card("carla", "Carla", "BDAY:1980-04-12"));
        var birthday = Assert.Single(await ListAsync(house));
        var one = Event("one", "DTSTART:20260105T110000Z");
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{one}");
        foreach (var request in (string[])[
            $"PUT {Days}1.ics\n\n{one}", $"PUT {birthday}\n\n{one}", $"DELETE {birthday}", $"DELETE {Days}",
            $"MOVE {birthday}\nDestination: {DavHouse.Calendar}b.ics", $"MOVE {DavHouse.Calendar}1.ics\nDestination: {Days}1.ics",
            $"COPY {DavHouse.Calendar}1.ics\nDestination: {Days}1.ics", $"MOVE {Days}\nDestination: {Home}mine/",
            $"POST {Days}\nContent-Type: text/calendar\n\n{one}", $"PUT {Days}\nContent-Type: text/calendar\n\n{one}"])
        {
            var refused = await house.AskAsync(403, request);
            Assert.Equal("need-privileges", refused.Precondition);
        }

        Assert.Equal([birthday], await ListAsync(house));
        var privileges = await house.AskAsync(207, $"PROPFIND {Days}\nDepth: 0\n\n<D:propfind xmlns:D='DAV:'><D:prop>"
            + "<D:current-user-privilege-set/></D:prop></D:propfind>");
        Assert.DoesNotContain("write", privileges.Body, StringComparison.Ordinal);
        await house.AskAsync(207, $"PROPPATCH {Days}\n\n<D:propertyupdate xmlns:D='DAV:'><D:set><D:prop><D:displayname>Cakes"
            + "</D:displayname></D:prop></D:set></D:propertyupdate>");
        Assert.DoesNotContain("compatbot", (await house.AskAsync(207, $"PROPFIND {Home}\nDepth: 1")).Body, StringComparison.Ordinal);

        // A copy is a calendar like any other; invitations do not come into the birthdays, which make nobody busy.
        await house.AskAsync(201, $"COPY {birthday}\nDestination: {DavHouse.Calendar}b.ics");
        await house.AskAsync(204, $"DELETE {DavHouse.Calendar}b.ics");
        var busy = await house.AskAsync(200, $"REPORT {Days}\n\n<C:free-busy-query xmlns:C='urn:ietf:params:xml:ns:caldav'>"
            + "<C:time-range start='20260401T000000Z' end='20260501T000000Z'/></C:free-busy-query>");
        Assert.DoesNotContain("FREEBUSY:", busy.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_switched_off_and_on()
    {
        await using var house = await DavHouse.OpenAsync();
        await PutAsync(house, 201, "carla", Card("carla", "Carla", "BDAY:1980-04-12"));
        var birthday = Assert.Single(await ListAsync(house));
        Assert.False((await house.Birthdays.SetAsync(house.Anna.Id, on: false, Cancellation)).Declined);
        await house.AskAsync(404, $"PROPFIND {Days}\nDepth: 0");
        await PutAsync(house, 201, "dora", Card("dora", "Dora", "BDAY:--0229"));
        await house.AskAsync(404, $"PROPFIND {Days}\nDepth: 0");
        await house.AskAsync(201, $"MKCALENDAR {Days}"); // The name is free, and what the user makes is the user's.
        Assert.False((await house.Birthdays.SetAsync(house.Anna.Id, on: true, Cancellation)).Declined);
        var other = (await house.AskAsync(207, $"PROPFIND {Home}contact-birthdays/\nDepth: 1")).Hrefs.Skip(1).ToList();
        Assert.Equal(2, other.Count);
        Assert.Contains(birthday.Replace("birthdays/", "contact-birthdays/", StringComparison.Ordinal), other);
        await house.AskAsync(201, $"PUT {Days}1.ics\n\n{Event("one", "DTSTART:20260105T110000Z")}");
    }
}
