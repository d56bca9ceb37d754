using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Shares;
using CompatBot.Core.Store;
using Xunit;
using static CompatBot.DialogueTests.Dav.Scheduling.Invitations;
using static CompatBot.DialogueTests.Dav.ShareTests;

namespace CompatBot.DialogueTests.Dav;

/// <summary>Links to calendars and address books, to which programs without an account subscribe.</summary>
public sealed class FeedTests
{
    private const string One = "DTSTART:20260105T110000Z";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_calendar_is_one_file_for_whoever_has_the_link(bool isOpen)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(207, $"PROPPATCH {DavHouse.Calendar}\n\n<D:propertyupdate xmlns:D='DAV:' xmlns:A='http://apple.com/ns/ical/'>"
            + "<D:set><D:prop><D:displayname>Work, mostly</D:displayname><A:calendar-color>#FF0000FF</A:calendar-color></D:prop></D:set>"
            + "</D:propertyupdate>");
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Event("one", One, "SUMMARY:Lunch")}");
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}2.ics\n\n{Event("two", One, "SUMMARY:Dinner")}");
        await house.AskAsync(201, $"PUT {DavHouse.Files}secret\n\nhush");
        var url = await ShareAsync(house, "calendar", realm: Realm.Calendar);
        if (!isOpen) await house.CloseVaultsAsync();

        var got = await VisitAsync(house, 200, $"GET {url}");
        Assert.Equal("text/calendar; charset=utf-8", got["Content-Type"]);
        Assert.StartsWith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", got.Body, StringComparison.Ordinal);
        Assert.EndsWith("END:VEVENT\r\nEND:VCALENDAR\r\n", got.Body, StringComparison.Ordinal);
        foreach (var line in (string[])["NAME:Work\\, mostly", "X-WR-CALNAME:Work\\, mostly", "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
            "X-PUBLISHED-TTL:PT1H", "X-APPLE-CALENDAR-COLOR:#FF0000FF", "SUMMARY:Lunch", "SUMMARY:Dinner"])
        {
            Assert.Contains($"\r\n{line}\r\n", got.Body, StringComparison.Ordinal);
        }

        Assert.Equal(got.Body, (await VisitAsync(house, 200, $"GET {url}/calendar.ics")).Body);
        Assert.Equal(("", got.ETag), ((await VisitAsync(house, 200, $"HEAD {url}")) is var head ? head.Body : "", head.ETag));
        await VisitAsync(house, 304, $"GET {url}\nIf-None-Match: {got.ETag}");
        await VisitAsync(house, 304, $"GET {url}\nIf-None-Match: \"a\", W/{got.ETag}");
        await VisitAsync(house, 404, $"GET {url}/1.vcf");
        await VisitAsync(house, 404, $"GET {url}/calendar/1.ics");
        await VisitAsync(house, 403, $"PUT {url}/3.ics\n\n{Event("three", One)}");
        await VisitAsync(house, 405, $"REPORT {url}");
        Assert.Equal(isOpen ? 1 : 0, house.OpenVaults);
    }

    [Fact]
    public async Task What_changes_is_there_with_another_ETag_and_what_is_gone_is_gone()
    {
        await using var house = await DavHouse.OpenAsync();
        var url = await ShareAsync(house, "calendar", realm: Realm.Calendar);
        var empty = await VisitAsync(house, 200, $"GET {url}");
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Event("one", One, "SUMMARY:Lunch")}");
        await house.CloseVaultsAsync();
        var full = await VisitAsync(house, 200, $"GET {url}\nIf-None-Match: {empty.ETag}");
        Assert.Contains("SUMMARY:Lunch", full.Body, StringComparison.Ordinal);
        await house.AskAsync(201, $"MOVE {DavHouse.Calendar}\nDestination: /dav/calendars/anna@mail.test/renamed/");
        Assert.Contains("SUMMARY:Lunch", (await VisitAsync(house, 200, $"GET {url}/calendar.ics")).Body, StringComparison.Ordinal);
        await house.AskAsync(204, "DELETE /dav/calendars/anna@mail.test/renamed/1.ics");
        Assert.DoesNotContain("SUMMARY", (await VisitAsync(house, 200, $"GET {url}")).Body, StringComparison.Ordinal);

        // Garbage is released, and what the link needs is none.
        await house.AskAsync(201, $"PUT /dav/calendars/anna@mail.test/renamed/2.ics\n\n{Event("two", One, "SUMMARY:Dinner")}");
        await house.CloseVaultsAsync();
        await using (var session = await LogInAsync(house))
        {
            house.Time.Advance(TimeSpan.FromDays(3));
            Assert.Equal(Refusal.None, (await session.CollectAsync(0, new Pace(house.Time, 1), Cancellation)).Refusal);
            var link = Assert.Single((await ShareLinks.ListAsync(session, Cancellation)).Value!);
            Assert.Equal((ShareKind.Calendar, "renamed", false), (link.Kind, link.Path, link.IsGone));
            Assert.Contains("SUMMARY:Dinner", (await VisitAsync(house, 200, $"GET {url}")).Body, StringComparison.Ordinal);
            Assert.Equal(Refusal.None, await house.Accounts.RevokeAsync(house.Anna.Id, link.Id, Cancellation));
        }

        await VisitAsync(house, 404, $"GET {url}");
    }

    [Fact]
    public async Task What_is_private_is_left_out()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Event("one", One, "SUMMARY:Doctor", "CLASS:PRIVATE")}");
        var talks = Event("two", One, "SUMMARY:Talks", "CLASS:confidential", "LOCATION:Rome");
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}2.ics\n\n{talks}");
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}3.ics\n\n" + Event("three", One, "SUMMARY:Open", "CLASS:PUBLIC", "BEGIN:VALARM",
            "ACTION:DISPLAY", "DESCRIPTION:Ring", "TRIGGER:-PT5M", "END:VALARM"));
        var body = (await VisitAsync(house, 200, $"GET {await ShareAsync(house, "calendar", realm: Realm.Calendar)}")).Body;
        string[] hidden = ["Doctor", "UID:one", "Talks", "Rome", "VALARM"];
        Assert.All(hidden, one => Assert.DoesNotContain(one, body, StringComparison.Ordinal));
        string[] shown = ["UID:two", "SUMMARY:Busy", "SUMMARY:Open"];
        Assert.All(shown, one => Assert.Contains(one, body, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_address_book_is_one_file_too()
    {
        await using var house = await DavHouse.OpenAsync();
        const string card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:one\r\nFN:Carla\r\nN:;Carla;;;\r\nEND:VCARD\r\n";
        await house.AskAsync(201, $"PUT {DavHouse.Contacts}1.vcf\n\n{card}");
        var url = await ShareAsync(house, "contacts", realm: Realm.Contacts, password: "open sesame", count: 2);
        await house.CloseVaultsAsync();
        await VisitAsync(house, 403, $"GET {url}");
        var basic = "Authorization: " + DavHouse.Basic("anybody", "open sesame");
        var got = await house.AskAsync(200, $"GET {url}/contacts.vcf\n{basic}");
        Assert.Equal((card, "text/vcard; charset=utf-8"), (got.Body, got["Content-Type"]));
        await house.AskAsync(304, $"GET {url}\n{basic}\nIf-None-Match: {got.ETag}");
        await house.AskAsync(200, $"HEAD {url}\n{basic}");
        await house.AskAsync(200, $"GET {url}\n{basic}");
        await house.AskAsync(404, $"GET {url}\n{basic}");
    }

    [Theory]
    [InlineData(Realm.Calendar, "inbox")]
    [InlineData(Realm.Calendar, "")]
    [InlineData(Realm.Contacts, "")]
    public async Task A_link_is_to_one_calendar_or_address_book(Realm realm, string path)
    {
        await using var house = await DavHouse.OpenAsync();
        await using var session = await LogInAsync(house);
        var items = (await session.ItemsAsync(realm, Cancellation)).Value!;
        var found = (await items.FindAsync(path.Length == 0 ? [] : [path], Cancellation))!;
        var made = await house.Links.AddAsync(session, realm, found, new NewShare("all", false, null, 0, null), Cancellation);
        Assert.Equal(Refusal.Invalid, made.Refusal);
        var calendar = (await (await session.ItemsAsync(Realm.Calendar, Cancellation)).Value!.FindAsync(["calendar"], Cancellation))!;
        var upload = new NewShare("put", true, null, 0, null);
        Assert.Equal(Refusal.Invalid, (await house.Links.AddAsync(session, Realm.Calendar, calendar, upload, Cancellation)).Refusal);
    }
}
