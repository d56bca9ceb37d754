using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>Set-up and first sync as each client documents it, in the order in which it asks.</summary>
public sealed class CalendarClientTests
{
    private const string Principal = "/dav/principals/anna@mail.test/";
    private const string Home = "/dav/calendars/anna@mail.test/";
    private const string Books = "/dav/addressbooks/anna@mail.test/";

    /// <summary>DAVx5 (manual.davx5.com, "Service discovery" and "Synchronization").</summary>
    [Fact]
    public async Task DAVx5()
    {
        await using var house = await DavHouse.OpenAsync();
        foreach (var service in (string[])["caldav", "carddav"])
        {
            Assert.Equal("/dav/", (await house.AskAsync(301, $"PROPFIND /.well-known/{service}\nDepth: 0"))["Location"]);
        }

        var options = await house.AskAsync(200, "OPTIONS /dav/");
        Assert.Contains("calendar-access", options["DAV"], StringComparison.Ordinal);
        Assert.Contains("addressbook", options["DAV"], StringComparison.Ordinal);
        var me = await house.AskAsync(207, PropFind("/dav/", 0, "<d:current-user-principal/>"));
        Assert.Equal(Principal, me.Property("current-user-principal"));
        var homes = await house.AskAsync(207, PropFind(Principal, 0, "<c:calendar-home-set/><r:addressbook-home-set/><d:displayname/>"
            + "<d:group-membership/><c:calendar-user-address-set/>"));
        Assert.Equal((Home, Books), (homes.Property("calendar-home-set"), homes.Property("addressbook-home-set")));
        var list = await house.AskAsync(207, PropFind(Home, 1, "<d:resourcetype/><d:displayname/><d:owner/><d:current-user-privilege-set/>"
            + "<c:supported-calendar-component-set/><c:calendar-timezone/><a:calendar-color/><s:source/><d:sync-token/><s:getctag/>"));
        Assert.Contains(DavHouse.Calendar, list.Hrefs);
        var token = await FirstSyncAsync(house, DavHouse.Calendar);
        var put = await house.AskAsync(201, $"PUT {DavHouse.Calendar}new.ics\nIf-None-Match: *\nContent-Type: text/calendar; "
            + $"charset=utf-8\n\n"
            + Event("new", "one"));
        Assert.NotNull(put.ETag);
        await house.AskAsync(412, $"PUT {DavHouse.Calendar}new.ics\nIf-Match: \"other\"\n\n" + Event("new", "lost"));
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}new.ics\nIf-Match: {put.ETag}\n\n" + Event("new", "two"));
        var changes = await house.AskAsync(207, Sync(DavHouse.Calendar, token, 0));
        Assert.Equal([$"{DavHouse.Calendar}new.ics"], changes.Hrefs);
        var data = await house.AskAsync(207, $"REPORT {DavHouse.Calendar}\nDepth: 1\n\n<C:calendar-multiget xmlns:D='DAV:' "
            + $"xmlns:C='urn:ietf:params:xml:ns:caldav'><D:prop><D:getcontenttype/><D:getetag/><C:schedule-tag/><C:calendar-data/></D:prop>"
            + $"<D:href>{DavHouse.Calendar}new.ics</D:href></C:calendar-multiget>");
        Assert.Contains("SUMMARY:two", data.Property("calendar-data"), StringComparison.Ordinal);
        var past = await house.AskAsync(207, $"REPORT {DavHouse.Calendar}\nDepth: 1\n\n<C:calendar-query xmlns:D='DAV:' "
            + "xmlns:C='urn:ietf:params:xml:ns:caldav'><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name='VCALENDAR'>"
            + "<C:comp-filter name='VEVENT'><C:time-range start='20260201T000000Z'/></C:comp-filter></C:comp-filter></C:filter>"
            + "</C:calendar-query>");
        Assert.Single(past.Hrefs);
        Assert.Equal("valid-sync-token", (await house.AskAsync(403, Sync(DavHouse.Calendar, "expired", 0)))
            .Precondition); // It then begins again.
        await house.AskAsync(201, $"MKCOL {Books}11111111-2222-3333-4444-555555555555/\n\n<mkcol xmlns='DAV:'><set><prop><resourcetype>"
            + $"<collection/>"
            + "<CARD:addressbook xmlns:CARD='urn:ietf:params:xml:ns:carddav'/></resourcetype><displayname>New</displayname></prop></set>"
            + "</mkcol>");
        await house.AskAsync(204, $"DELETE {Books}11111111-2222-3333-4444-555555555555/");
    }

    /// <summary>Thunderbird: CalDavRequestHandler, and CardDAVUtils' search for an address book.</summary>
    [Fact]
    public async Task Thunderbird()
    {
        await using var house = await DavHouse.OpenAsync();
        var me = await house.AskAsync(207, PropFind("/", 0, "<d:resourcetype/><d:displayname/><d:current-user-principal/>"
            + "<d:current-user-privilege-set/>"));
        Assert.Equal(Principal, me.Property("current-user-principal"));
        var homes = await house.AskAsync(207, PropFind(Principal, 0, "<d:resourcetype/><c:calendar-home-set/><r:addressbook-home-set/>"
            + "<c:calendar-user-address-set/><c:schedule-inbox-URL/><c:schedule-outbox-URL/>"));
        Assert.Equal($"{Home}outbox/", homes.Property("schedule-outbox-URL"));
        var calendar = await house.AskAsync(207, PropFind(DavHouse.Calendar, 0, "<d:resourcetype/><d:owner/><d:current-user-principal/>"
            + "<d:current-user-privilege-set/><d:supported-report-set/><c:supported-calendar-component-set/><s:getctag/>"));
        Assert.Contains("sync-collection", calendar.Body, StringComparison.Ordinal);
        Assert.Contains("calendar-auto-schedule", (await house.AskAsync(200, $"OPTIONS {Home}"))["DAV"], StringComparison.Ordinal);
        var token = await FirstSyncAsync(house, DavHouse.Calendar, depth: 1);
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}tb.ics\nIf-None-Match: *\nContent-Type: text/calendar; charset=utf-8\n\n"
            + Event("tb", "new"));
        Assert.Single((await house.AskAsync(207, Sync(DavHouse.Calendar, token, 1))).Hrefs);
        var books = await house.AskAsync(207, PropFind(Books, 1, "<d:resourcetype/><d:displayname/><d:current-user-privilege-set/>"));
        Assert.Contains(DavHouse.Contacts, books.Hrefs);
        await house.AskAsync(201, $"PUT {DavHouse.Contacts}tb.vcf\nContent-Type: text/vcard\n\nBEGIN:VCARD\nVERSION:4.0\nUID:tb\nFN:T B\n"
            + $"END:VCARD\n");
        var card = await house.AskAsync(207, $"REPORT {DavHouse.Contacts}\nDepth: 1\n\n<r:addressbook-multiget xmlns:d='DAV:' "
            + "xmlns:r='urn:ietf:params:xml:ns:carddav'><d:prop><d:getetag/><r:address-data content-type='text/vcard' version='4.0'/>"
            + "</d:prop>"
            + $"<d:href>{DavHouse.Contacts}tb.vcf</d:href></r:addressbook-multiget>");
        Assert.Contains("VERSION:4.0", card.Property("address-data"), StringComparison.Ordinal);
    }

    /// <summary>Evolution: ECalBackendCalDAV and EBookBackendCardDAV of evolution-data-server, and its WebDAV discovery.</summary>
    [Fact]
    public async Task Evolution()
    {
        await using var house = await DavHouse.OpenAsync();
        Assert.Contains("calendar-access", (await house.AskAsync(200, $"OPTIONS {DavHouse.Calendar}"))["DAV"], StringComparison.Ordinal);
        var tag = await house.AskAsync(207, PropFind(DavHouse.Calendar, 0, "<s:getctag/>"));
        Assert.NotNull(tag.Property("getctag"));
        var owner = await house.AskAsync(207, PropFind(DavHouse.Calendar, 0, "<d:owner/><d:current-user-privilege-set/>"));
        Assert.Equal(Principal, owner.Property("owner"));
        Assert.Contains("write-content", owner.Body, StringComparison.Ordinal);
        var all = await house.AskAsync(207, $"REPORT {DavHouse.Calendar}\nDepth: 1\n\n<C:calendar-query xmlns:D='DAV:' "
            + "xmlns:C='urn:ietf:params:xml:ns:caldav'><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name='VCALENDAR'>"
            + "<C:comp-filter name='VEVENT'/></C:comp-filter></C:filter></C:calendar-query>");
        Assert.Empty(all.Hrefs);
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}a%20(1).ics\nIf-None-Match: *\n\n" + Event("a (1)", "one"));
        var got = await house.AskAsync(200, $"GET {DavHouse.Calendar}a%20(1).ics");
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}a%20(1).ics\nIf-Match: {got.ETag}\n\n" + Event("a (1)", "two"));
        await house.AskAsync(204, $"DELETE {DavHouse.Calendar}a%20(1).ics\nDepth: infinity");
        var book = await house.AskAsync(207, PropFind(DavHouse.Contacts, 1, "<d:getetag/>"));
        Assert.Equal([DavHouse.Contacts], book.Hrefs);
        var found = await house.AskAsync(207, $"REPORT {Principal}\nDepth: 0\n\n<D:principal-property-search xmlns:D='DAV:'>"
            + $"<D:property-search>"
            + "<D:prop><D:displayname/></D:prop><D:match>anna</D:match></D:property-search><D:prop><D:displayname/></D:prop>"
            + "</D:principal-property-search>");
        Assert.Equal(207, found.Status);
    }

    /// <summary>Outlook CalDav Synchronizer: CalDavDataAccess and CardDavDataAccess: ctag, then ETags by query, then multiget.</summary>
    [Fact]
    public async Task Outlook_CalDav_Synchronizer()
    {
        await using var house = await DavHouse.OpenAsync();
        var me = await house.AskAsync(207, PropFind("/dav/", 0, "<d:current-user-principal/>"));
        var homes = await house.AskAsync(207, PropFind(me.Property("current-user-principal")!, 0, "<c:calendar-home-set/>"));
        var list = await house.AskAsync(207, PropFind(homes.Property("calendar-home-set")!, 1, "<d:resourcetype/><d:displayname/>"
            + "<a:calendar-color/>"
            + "<a:calendar-order/><c:supported-calendar-component-set/><d:current-user-privilege-set/>"));
        Assert.Contains($"{Home}tasks/", list.Hrefs);
        Assert.Contains("calendar-access", (await house.AskAsync(200, $"OPTIONS {DavHouse.Calendar}"))["DAV"], StringComparison.Ordinal);
        var reports = await house.AskAsync(207, PropFind(DavHouse.Calendar, 0, "<d:supported-report-set/>"));
        Assert.Contains("calendar-query", reports.Body, StringComparison.Ordinal);
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}ocs.ics\nIf-None-Match: *\nContent-Type: text/calendar\n\n"
            + Event("ocs", "one"));
        var tags = await house.AskAsync(207, $"REPORT {DavHouse.Calendar}\nDepth: 1\n\n<?xml version=\"1.0\"?><C:calendar-query "
            + "xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop xmlns:D=\"DAV:\"><D:getetag/></D:prop><C:filter><C:comp-filter "
            + "name=\"VCALENDAR\"><C:comp-filter name=\"VEVENT\"><C:time-range start=\"20260101T000000Z\" end=\"20270101T000000Z\"/>"
            + "</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>");
        var tag = tags.Property("getetag")!;
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}ocs.ics\nIf-Match: {tag}\nContent-Type: text/calendar\n\n"
            + Event("ocs", "two"));
        Assert.Equal(412, (await house.AskAsync($"DELETE {DavHouse.Calendar}ocs.ics\nIf-Match: {tag}")).Status);
        var cards = await house.AskAsync(207, PropFind(DavHouse.Contacts, 1, "<d:getetag/><d:getcontenttype/>"));
        Assert.Equal([DavHouse.Contacts], cards.Hrefs);
    }

    /// <summary>iOS and macOS: Contacts, and what both ask again at each refresh.</summary>
    [Fact]
    public async Task Apple_Contacts_and_Calendar_refresh()
    {
        await using var house = await DavHouse.OpenAsync();
        var me = await house.AskAsync(207, PropFind("/dav/", 0, "<d:current-user-principal/><d:principal-URL/>"
            + "<d:resourcetype/>", "Brief: t"));
        var principal = await house.AskAsync(207, PropFind(me.Property("current-user-principal")!, 0, "<r:addressbook-home-set/>"
            + "<r:directory-gateway/>"
            + "<d:displayname/><s:email-address-set/><d:principal-collection-set/><d:principal-URL/><d:resource-id/>"
            + "<d:supported-report-set/>"));
        Assert.Equal(Books, principal.Property("addressbook-home-set"));
        var books = await house.AskAsync(207, PropFind(Books, 1, "<d:add-member/><s:bulk-requests/><d:current-user-privilege-set/>"
            + "<d:displayname/>"
            + "<r:max-image-size/><r:max-resource-size/><s:me-card/><d:owner/><s:push-transports/><s:pushkey/><d:quota-available-bytes/>"
            + "<d:quota-used-bytes/><d:resource-id/><d:resourcetype/><d:supported-report-set/><d:sync-token/><s:getctag/>", "Brief: t"));
        var before = books.Property("sync-token", Books);
        var mine = await house.AskAsync(201, $"PUT {DavHouse.Contacts}me.vcf\nIf-None-Match: *\nContent-Type: text/vcard\n\n"
            + "BEGIN:VCARD\nVERSION:3.0\nN:Doe;Anna;;;\nFN:Anna Doe\nBDAY;value=date:1604-03-09\nUID:me\nEND:VCARD\n");
        var told = await house.AskAsync(207, $"PROPPATCH {Books}\n\n<A:propertyupdate xmlns:A='DAV:'><A:set><A:prop><B:me-card "
            + $"xmlns:B='http://calendarserver.org/ns/'><A:href>{DavHouse.Contacts}me.vcf</A:href></B:me-card></A:prop></A:set>"
            + $"</A:propertyupdate>");
        Assert.Contains("200 OK", told.Body, StringComparison.Ordinal);
        var again = await house.AskAsync(207, PropFind(Books, 0, "<s:me-card/><d:sync-token/>"));
        Assert.Equal($"{DavHouse.Contacts}me.vcf", again.Property("me-card"));
        Assert.NotEqual(before, again.Property("sync-token")); // The home's own tag changes with what is in it.
        var token = await FirstSyncAsync(house, DavHouse.Contacts);
        var group = await house.AskAsync(201, $"PUT {DavHouse.Contacts}group.vcf\nIf-None-Match: *\n\nBEGIN:VCARD\nVERSION:3.0\n"
            + $"N:Friends\nFN:Friends\n"
            + "X-ADDRESSBOOKSERVER-KIND:group\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:me\nUID:group\nEND:VCARD\n");
        Assert.NotEqual(mine.ETag, group.ETag);
        Assert.Equal([$"{DavHouse.Contacts}group.vcf"], (await house.AskAsync(207, Sync(DavHouse.Contacts, token, 1))).Hrefs);
        var data = await house.AskAsync(207, $"REPORT {DavHouse.Contacts}\nDepth: 1\nBrief: t\n\n<B:addressbook-multiget "
            + "xmlns:B='urn:ietf:params:xml:ns:carddav'><A:prop xmlns:A='DAV:'><A:getetag/><B:address-data/></A:prop><A:href "
            + "xmlns:A='DAV:'>"
            + $"{DavHouse.Contacts}group.vcf</A:href></B:addressbook-multiget>");
        Assert.Contains("X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:me", data.Property("address-data"), StringComparison.Ordinal);
    }

    private static string Event(string uid, string title) => $"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n"
        + $"DTSTAMP:20260101T000000Z\r\nDTSTART:20260301T100000Z\r\nDURATION:PT1H\r\nSUMMARY:{title}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    private static string PropFind(string path, int depth, string properties, string header = "User-Agent: test") => $"PROPFIND {path}\n"
        + $"Depth: {depth}\n{header}\n\n<d:propfind xmlns:d='DAV:' xmlns:c='urn:ietf:params:xml:ns:caldav' "
        + $"xmlns:r='urn:ietf:params:xml:ns:carddav' "
        + $"xmlns:s='http://calendarserver.org/ns/' xmlns:a='http://apple.com/ns/ical/'><d:prop>{properties}</d:prop></d:propfind>";

    private static string Sync(string path, string token, int depth) => $"REPORT {path}\nDepth: {depth}\n\n<sync-collection xmlns='DAV:'>"
        + $"<sync-token>{token}</sync-token><sync-level>1</sync-level><prop><getetag/><getcontenttype/></prop></sync-collection>";

    private static async Task<string> FirstSyncAsync(DavHouse house, string path, int depth = 0) =>
        (await house.AskAsync(207, Sync(path, "", depth))).Xml.Element(DavReply.Dav + "sync-token")!.Value;
}
