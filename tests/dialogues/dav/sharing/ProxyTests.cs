using Xunit;
using static CompatBot.DialogueTests.Dav.Scheduling.Invitations;

namespace CompatBot.DialogueTests.Dav.Sharing;

/// <summary>Who acts for another in all calendars (Apple's caldav-proxy).</summary>
public sealed class ProxyTests
{
    private const string Anna = "/dav/principals/anna@mail.test/";
    private const string Declared = "xmlns:D='DAV:' xmlns:CS='http://calendarserver.org/ns/'";

    private static string Set(string group, params string[] members) =>
        $"PROPPATCH {Anna}calendar-proxy-{group}/\n\n<D:propertyupdate {Declared}><D:set><D:prop><D:group-member-set>"
        + string.Concat(members.Select(one => $"<D:href>/dav/principals/{one}/</D:href>"))
        + "</D:group-member-set></D:prop></D:set></D:propertyupdate>";

    private static string Ask(string principal) =>
        $"PROPFIND {principal}\nDepth: 0\n\n<D:propfind {Declared}><D:prop><CS:calendar-proxy-read-for/><CS:calendar-proxy-write-for/>"
        + "<D:group-member-set/><D:group-membership/><D:resourcetype/></D:prop></D:propfind>";

    [Fact]
    public async Task A_delegate_acts_in_all_calendars_and_nowhere_else()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Event("one", "DTSTART:20260105T110000Z", "SUMMARY:One")}");
        await house.AskAsAsync(Bert, 403, $"GET {DavHouse.Calendar}1.ics");
        await house.AskAsync(207, Set("write", Bert));
        var group = await house.AskAsync(207, Ask($"{Anna}calendar-proxy-write/"));
        Assert.Equal("/dav/principals/bert@mail.test/", group.Property("group-member-set"));
        Assert.Contains("CS:calendar-proxy-write", group.Body, StringComparison.Ordinal);
        var mine = await house.AskAsAsync(Bert, 207, Ask("/dav/principals/bert@mail.test/"));
        Assert.Equal(Anna, mine.Property("calendar-proxy-write-for"));
        Assert.Equal("", mine.Property("calendar-proxy-read-for"));
        Assert.Equal($"{Anna}calendar-proxy-write/", mine.Property("group-membership"));

        var home = await house.AskAsAsync(Bert, 207, $"PROPFIND {Anna}\nDepth: 0\n\n<D:propfind {Declared}><D:prop><C:calendar-home-set "
            + "xmlns:C='urn:ietf:params:xml:ns:caldav'/><D:current-user-principal/></D:prop></D:propfind>");
        Assert.Equal("/dav/calendars/anna@mail.test/", home.Property("calendar-home-set"));
        Assert.Equal("/dav/principals/bert@mail.test/", home.Property("current-user-principal"));
        await house.AskAsAsync(Bert, 200, $"GET {DavHouse.Calendar}1.ics");
        await house.AskAsAsync(Bert, 201, $"PUT {DavHouse.Calendar}2.ics\n\n{Lunch(Attendee("carla@else.test"))}");
        Assert.Equal("anna@mail.test", Assert.Single(house.Outgoing).Sender);
        await house.AskAsAsync(Bert, 403, $"PROPFIND {DavHouse.Files}\nDepth: 0");
        await house.AskAsAsync(Bert, 403, $"PROPFIND {DavHouse.Contacts}\nDepth: 0");
        await house.AskAsAsync(Bert, 403, Set("read", "bert@mail.test"));
        Assert.DoesNotContain("shared-", (await house.AskAsAsync(Bert, 207, $"PROPFIND {Berts}\nDepth: 1")).Body, StringComparison.Ordinal);

        // He may only read now, and then no more.
        await house.AskAsync(207, Set("read", Bert));
        await house.AskAsAsync(Bert, 200, $"GET {DavHouse.Calendar}1.ics");
        await house.AskAsAsync(Bert, 403, $"DELETE {DavHouse.Calendar}1.ics");
        Assert.Equal("", (await house.AskAsync(207, Ask($"{Anna}calendar-proxy-write/"))).Property("group-member-set"));
        await house.AskAsync(207, Set("read"));
        await house.AskAsAsync(Bert, 403, $"GET {DavHouse.Calendar}1.ics");
        Assert.Equal("", (await house.AskAsAsync(Bert, 207, Ask("/dav/principals/bert@mail.test/"))).Property("calendar-proxy-read-for"));
        await house.AskAsync(403, Set("read", "nobody@mail.test"));
        Assert.Contains(Anna, (await house.AskAsync(207, "PROPFIND /dav/principals/\nDepth: 1")).Hrefs);
    }
}
