using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using Xunit;
using static CompatBot.DialogueTests.Dav.Scheduling.Invitations;

namespace CompatBot.DialogueTests.Dav.Sharing;

/// <summary>Calendars that accounts of this server share (calendarserver-sharing, draft-pot-webdav-resource-sharing).</summary>
public sealed class SharingTests
{
    private const string Anna = "anna@mail.test";
    private const string Work = "/dav/calendars/anna@mail.test/work/";
    private const string Declared = "xmlns:D='DAV:' xmlns:CS='http://calendarserver.org/ns/' xmlns:C='urn:ietf:params:xml:ns:caldav'";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Invite(string user, string access) =>
        $"POST {Work}\nContent-Type: application/xml\n\n<CS:share {Declared}><CS:set><D:href>mailto:{user}</D:href>"
        + $"<CS:common-name>B</CS:common-name><CS:{access}/></CS:set></CS:share>";

    private static string Uninvite(string user) => $"POST {Work}\nContent-Type: application/xml\n\n<CS:share {Declared}><CS:remove>"
        + $"<D:href>mailto:{user}</D:href></CS:remove></CS:share>";

    private static async Task<DavHouse> OpenAsync()
    {
        var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"MKCALENDAR {Work}");
        await house.AskAsync(201, $"PUT {Work}1.ics\n\n{Event("one", "DTSTART:20260105T110000Z", "SUMMARY:One")}");
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}secret.ics\n\n{Event("two", "DTSTART:20260105T110000Z", "SUMMARY:Secret")}");
        return house;
    }

    /// <summary>Where the shared calendar is in Bert's home; null: it is not there.</summary>
    private static async Task<string?> FindAsync(DavHouse house)
    {
        var home = await house.AskAsAsync(Bert, 207, $"PROPFIND {Berts}\nDepth: 1");
        return home.Hrefs.SingleOrDefault(href => href.StartsWith(Berts + "shared-", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // Anna's account is closed: her key is not in memory but by the share itself.
    public async Task A_calendar_is_in_a_members_home_and_both_see_what_either_writes(bool annaIsThere)
    {
        await using var first = await OpenAsync();
        await first.AskAsync(200, Invite(Bert, "read-write"));
        await using var house = await first.RestartAsync();
        if (annaIsThere) await house.AskAsync(207, $"PROPFIND {Work}\nDepth: 0");
        var shared = (await FindAsync(house))!;
        var listed = await house.AskAsAsync(Bert, 207, $"PROPFIND {shared}\nDepth: 0\n\n<propfind xmlns='DAV:'><prop><resourcetype/>"
            + "<displayname/><owner/><current-user-principal/><sync-token/><current-user-privilege-set/><share-access/></prop></propfind>");
        Assert.Equal(shared, Assert.Single(listed.Hrefs));
        Assert.Contains("CS:shared", listed.Body, StringComparison.Ordinal);
        Assert.Equal("/dav/principals/anna@mail.test/", listed.Property("owner"));
        Assert.Equal("/dav/principals/bert@mail.test/", listed.Property("current-user-principal"));
        Assert.Equal("work (anna@mail.test)", listed.Property("displayname"));
        Assert.Contains("D:write-content", listed.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("<D:all", listed.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("urn:compatbot\"", listed.Body, StringComparison.Ordinal);

        Assert.Contains("SUMMARY:One", (await house.AskAsAsync(Bert, 200, $"GET {shared}1.ics")).Body, StringComparison.Ordinal);
        var put = await house.AskAsAsync(
            Bert, 201, $"PUT {shared}2.ics\n\n{Event("three", "DTSTART:20260106T110000Z", "SUMMARY:Three")}");
        var hers = await house.AskAsync(200, $"GET {Work}2.ics");
        Assert.Contains("SUMMARY:Three", hers.Body, StringComparison.Ordinal);
        Assert.Equal(put.ETag, hers.ETag);
        var tag = (await house.AskAsync(200, $"GET {Work}1.ics")).ETag;
        await house.AskAsAsync(Bert, 204, $"DELETE {shared}1.ics\nIf-Match: {tag}");
        await house.AskAsync(404, $"GET {Work}1.ics");

        // Reports name what the member sees.
        var changes = await house.AskAsAsync(Bert, 207, $"REPORT {shared}\n\n<sync-collection xmlns='DAV:'><sync-token>"
            + $"{listed.Property("sync-token")}</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>");
        Assert.Equal([$"{shared}2.ics", $"{shared}1.ics"], changes.Hrefs);
        var many = await house.AskAsAsync(Bert, 207, $"REPORT {shared}\n\n<C:calendar-multiget {Declared}><D:prop><C:calendar-data/>"
            + $"</D:prop><D:href>{shared}2.ics</D:href><D:href>{DavHouse.Calendar}secret.ics</D:href><D:href>{Work}2.ics</D:href>"
            + "</C:calendar-multiget>");
        Assert.Contains("SUMMARY:Three", many.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("Secret", many.Body, StringComparison.Ordinal);
        Assert.Equal(2, many.Xml.Descendants(DavReply.Dav + "status").Count(one => one.Value.Contains("404", StringComparison.Ordinal)));
        await house.AskAsAsync(Bert, 204, $"PUT {shared}2.ics\nIf: <{shared}2.ics> ([{put.ETag}])\n\n"
            + Event("three", "DTSTART:20260106T120000Z", "SUMMARY:Three"));
        Assert.Equal(["/dav/calendars/anna@mail.test/work/", "/dav/calendars/anna@mail.test/work/2.ics"],
            (await house.AskAsync(207, $"PROPFIND {Work}\nDepth: 1")).Hrefs);
    }

    [Fact]
    public async Task Who_may_read_changes_nothing_and_the_owner_raises_that()
    {
        await using var house = await OpenAsync();
        await house.AskAsync(200, Invite(Bert, "read"));
        var shared = (await FindAsync(house))!;
        var event3 = Event("three", "DTSTART:20260106T110000Z");
        Assert.Equal("need-privileges", (await house.AskAsAsync(Bert, 403, $"PUT {shared}3.ics\n\n{event3}")).Precondition);
        await house.AskAsAsync(Bert, 403, $"DELETE {shared}1.ics");
        await house.AskAsAsync(Bert, 200, $"GET {shared}1.ics");
        await house.AskAsync(200, Invite(Bert, "read-write"));
        Assert.Equal(shared, await FindAsync(house));
        await house.AskAsAsync(Bert, 201, $"PUT {shared}3.ics\n\n{event3}");
        var invite = await house.AskAsync(207, $"PROPFIND {Work}\nDepth: 0\n\n<D:propfind {Declared}><D:prop><CS:invite/><D:resourcetype/>"
            + "<CS:allowed-sharing-modes/><D:share-access/></D:prop></D:propfind>");
        Assert.Contains("mailto:bert@mail.test", invite.Property("invite"), StringComparison.Ordinal);
        Assert.Contains("CS:invite-accepted", invite.Body, StringComparison.Ordinal);
        Assert.Contains("CS:read-write", invite.Body, StringComparison.Ordinal);
        Assert.Contains("CS:shared-owner", invite.Body, StringComparison.Ordinal);
        Assert.Contains("CS:can-be-shared", invite.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_sees_the_one_calendar_and_no_other_thing_of_the_owner()
    {
        await using var house = await OpenAsync();
        await house.AskAsync(200, Invite(Bert, "read-write"));
        var shared = (await FindAsync(house))!;
        await house.AskAsAsync(Bert, 403, $"GET {DavHouse.Calendar}secret.ics");
        await house.AskAsAsync(Bert, 403, $"GET {Work}1.ics");
        await house.AskAsAsync(Bert, 400, $"GET {shared}../calendar/secret.ics");
        await house.AskAsAsync(Bert, 404, $"GET {shared}calendar/secret.ics");
        foreach (var target in (string[])[$"{DavHouse.Calendar}x.ics", $"{Work}x.ics", $"{Berts}calendar/x.ics"])
        {
            await house.AskAsAsync(Bert, 403, $"COPY {shared}1.ics\nDestination: {target}");
        }

        await house.AskAsAsync(Bert, 201, $"MOVE {shared}1.ics\nDestination: {shared}x.ics");
        await house.AskAsAsync(Bert, 403, $"MOVE {shared}\nDestination: {Berts}mine/");
        await house.AskAsAsync(Bert, 403, $"POST {shared}\nContent-Type: text/xml\n\n<CS:share {Declared}><CS:set>"
            + "<D:href>mailto:eve@mail.test</D:href><CS:read/></CS:set></CS:share>");
        var all = await house.AskAsAsync(Bert, 207, $"PROPFIND {Berts}\nDepth: infinity");
        Assert.DoesNotContain("secret", all.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("password", all.Body, StringComparison.Ordinal);
        var named = await house.AskAsAsync(Bert, 207, $"PROPFIND {shared}\nDepth: 0\n\n<propfind xmlns='DAV:' xmlns:x='urn:compatbot'>"
            + "<prop><x:shared/><x:shares/></prop></propfind>");
        Assert.DoesNotContain("password", named.Body, StringComparison.Ordinal);
        var set = await house.AskAsAsync(Bert, 207, $"PROPPATCH {shared}\n\n<propertyupdate xmlns='DAV:' xmlns:x='urn:compatbot'>"
            + "<set><prop><x:shared calendar='1'/></prop></set></propertyupdate>");
        Assert.Contains("cannot-modify-protected-property", set.Body, StringComparison.Ordinal);

        Assert.False(Scopes.Parse("calendar share")!.Allows("dav")); // Whoever digs out the share's password logs in nowhere with it.
    }

    [Fact]
    public async Task What_a_share_opens_is_said_by_the_owners_realm_and_not_by_the_members()
    {
        await using var house = await OpenAsync();
        await house.AskAsync(200, Invite(Bert, "read-write"));
        var shared = (await FindAsync(house))!;
        await house.AskAsAsync(Bert, 200, $"GET {shared}1.ics");
        var (work, other) = (await NumberAsync(house, "work"), await NumberAsync(house, "calendar"));
        await ForgeAsync(house, one => one with { Calendar = other });
        await house.AskAsAsync(Bert, 404, $"GET {shared}secret.ics");
        Assert.Null(await FindAsync(house));
        await ForgeAsync(house, one => one with { Calendar = CollectionId.Root }); // As if he acted for her.
        await house.AskAsAsync(Bert, 403, $"GET {DavHouse.Calendar}secret.ics");
        await house.AskAsAsync(Bert, 403, $"GET {Work}1.ics");
        await ForgeAsync(house, one => one with { Calendar = work });
        await house.AskAsAsync(Bert, 200, $"GET {shared}1.ics");
    }

    private static async Task<CollectionId> NumberAsync(DavHouse house, string calendar)
    {
        await using var session = await LoginAsync(house, Anna);
        var items = (await session.ItemsAsync(Realm.Calendar, Cancellation)).Value!;
        return items.State.Collection(new ItemPlace(CollectionId.Root, calendar))!.Id;
    }

    /// <summary>Changes what Bert's own realm says of the calendar that is shared with him, as who has his keys can.</summary>
    private static async Task ForgeAsync(DavHouse house, Func<SharedCalendar, SharedCalendar> change)
    {
        await using var session = await LoginAsync(house, Bert);
        var items = (await session.ItemsAsync(Realm.Calendar, Cancellation)).Value!;
        var (mount, shared) = Assert.Single(SharedCalendar.All(items.State));
        var forged = new Dictionary<string, string?> { [SharedCalendar.Property] = change(shared).Write() };
        var described = await items.DescribeAsync(new ItemPlace(mount.Parent, mount.Name), forged, null, Cancellation);
        Assert.Equal(Refusal.None, described.Refusal);
    }

    private static async Task<Session> LoginAsync(DavHouse house, string user) =>
        (await house.Sessions.LoginAsync(user, new Password(DavHouse.Password), "dav", Cancellation)).Value!;

    [Fact]
    public async Task A_calendar_that_is_taken_back_is_gone_at_once_and_one_may_leave()
    {
        await using var house = await OpenAsync();
        await house.AskAsync(200, Invite(Bert, "read-write"));
        var shared = (await FindAsync(house))!;
        await house.AskAsync(200, Uninvite(Bert));
        await house.AskAsAsync(Bert, 404, $"GET {shared}1.ics");
        Assert.Null(await FindAsync(house));

        // Again, and Bert lets it go.
        await house.AskAsync(200, Invite(Bert, "read"));
        shared = (await FindAsync(house))!;
        await house.AskAsAsync(Bert, 204, $"DELETE {shared}");
        Assert.Null(await FindAsync(house));
        var invite = await house.AskAsync(
            207, $"PROPFIND {Work}\nDepth: 0\n\n<D:propfind {Declared}><D:prop><CS:invite/></D:prop></D:propfind>");
        Assert.Contains("CS:invite-declined", invite.Body, StringComparison.Ordinal);
        await house.AskAsync(200, $"GET {Work}1.ics");

        // Once more, and Anna removes the calendar.
        await house.AskAsync(200, Invite(Bert, "read"));
        Assert.NotNull(await FindAsync(house));
        await house.AskAsync(204, $"DELETE {Work}");
        Assert.Null(await FindAsync(house));
    }

    [Fact]
    public async Task A_token_from_before_others_shared_it_is_not_valid_and_nothing_is_loaded_again()
    {
        await using var house = await OpenAsync();
        await house.AddAsync("carla@mail.test");
        await house.AskAsync(200, Invite(Bert, "read-write"));
        var shared = (await FindAsync(house))!;
        string Sync(string token) => $"REPORT {shared}\n\n<sync-collection xmlns='DAV:'><sync-token>{token}</sync-token>"
            + "<sync-level>1</sync-level><prop><getetag/></prop></sync-collection>";
        string TokenOf(DavReply reply) => reply.Xml.Element(DavReply.Dav + "sync-token")!.Value;
        var first = await house.AskAsAsync(Bert, 207, Sync(""));
        Assert.Single((await house.AskAsAsync(Bert, 207, Sync(""))).Hrefs);
        Assert.Empty((await house.AskAsAsync(Bert, 207, Sync(TokenOf(first)))).Hrefs);
        await house.AskAsync(200, Invite("carla@mail.test", "read"));
        var refused = await house.AskAsAsync(Bert, 403, Sync(TokenOf(first)));
        Assert.Contains("valid-sync-token", refused.Body, StringComparison.Ordinal);
        var again = await house.AskAsAsync(Bert, 207, Sync(""));
        Assert.Equal(first.Property("getetag"), again.Property("getetag"));
        await house.AskAsync(204, $"DELETE {Work}1.ics");
        var gone = await house.AskAsAsync(Bert, 207, Sync(TokenOf(again)));
        Assert.Contains("404", Assert.Single(gone.Xml.Descendants(DavReply.Dav + "status")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_else_is_invited_and_what_is_no_invitation_is_refused()
    {
        await using var house = await OpenAsync();
        foreach (var user in (string[])["nobody@mail.test", "carla@else.test", Anna, "x"]) await house.AskAsync(403, Invite(user, "read"));
        await house.AskAsync(400, $"POST {Work}\nContent-Type: application/xml\n\n<CS:share {Declared}/>");
        await house.AskAsync(403, $"POST /dav/calendars/anna@mail.test/\nContent-Type: application/xml\n\n<CS:share {Declared}/>");
        var reply = $"<CS:invite-reply {Declared}><CS:invite-declined/><CS:in-reply-to>nothing</CS:in-reply-to></CS:invite-reply>";
        await house.AskAsync(404, $"POST /dav/calendars/anna@mail.test/\nContent-Type: application/xml\n\n{reply}");
    }

    [Fact]
    public async Task A_member_answers_and_calls_the_calendar_as_he_likes()
    {
        await using var house = await OpenAsync();
        var draft = $"<D:share-resource {Declared}><D:sharee><D:href>mailto:{Bert}</D:href><D:share-access><D:read-write/></D:share-access>"
            + "</D:sharee></D:share-resource>";
        await house.AskAsync(200, $"POST {Work}\nContent-Type: application/davsharing+xml\n\n{draft}");
        var shared = (await FindAsync(house))!;
        await house.AskAsAsync(Bert, 207, $"PROPPATCH {shared}\n\n<D:propertyupdate {Declared}><D:set><D:prop>"
            + "<D:displayname>Hers</D:displayname></D:prop></D:set></D:propertyupdate>");
        var named = await house.AskAsAsync(Bert, 207, $"PROPFIND {shared}\nDepth: 0");
        Assert.Equal("Hers", named.Property("displayname"));
        Assert.Equal("work", (await house.AskAsync(207, $"PROPFIND {Work}\nDepth: 0")).Property("displayname"));
        string Reply(string answer) => $"POST {Berts}\nContent-Type: text/xml\n\n<CS:invite-reply {Declared}><D:href>mailto:{Bert}</D:href>"
            + $"<CS:{answer}/><CS:hosturl><D:href>{Work}</D:href></CS:hosturl>"
            + $"<CS:in-reply-to>{shared[(Berts + "shared-").Length..^1]}</CS:in-reply-to></CS:invite-reply>";
        Assert.Contains(shared, (await house.AskAsAsync(Bert, 200, Reply("invite-accepted"))).Body, StringComparison.Ordinal);
        await house.AskAsAsync(Bert, 200, Reply("invite-declined"));
        Assert.Null(await FindAsync(house));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_member_changes_is_scheduled_for_the_owner(bool annaIsThere)
    {
        await using var house = await OpenAsync();
        await house.AddAsync("dora@mail.test");
        await house.AskAsync(200, Invite(Bert, "read-write"));
        if (!annaIsThere) await house.CloseVaultsAsync();
        var shared = (await FindAsync(house))!;
        await house.AskAsAsync(Bert, 201, $"PUT {shared}lunch.ics\n\n{Lunch(Attendee("dora@mail.test"))}");
        var hers = await house.ReadAsync("dora@mail.test", "calendar/lunch.ics");
        Assert.Contains("ORGANIZER:mailto:anna@mail.test", hers, StringComparison.Ordinal);
        await house.AskAsAsync("dora@mail.test", 204, "PUT /dav/calendars/dora@mail.test/calendar/lunch.ics\n\n"
            + hers.Replace("NEEDS-ACTION", "ACCEPTED", StringComparison.Ordinal));
        if (!annaIsThere)
        {
            // The answer waits for her, who alone can open it.
            var before = Unfold((await house.AskAsAsync(Bert, 200, $"GET {shared}lunch.ics")).Body);
            Assert.Contains("PARTSTAT=NEEDS-ACTION", Line(before, "ATTENDEE", "dora@mail.test"), StringComparison.Ordinal);
            await house.AskAsync(200, $"GET {Work}lunch.ics");
        }

        var seen = Unfold((await house.AskAsAsync(Bert, 200, $"GET {shared}lunch.ics")).Body);
        Assert.Contains("PARTSTAT=ACCEPTED", Line(seen, "ATTENDEE", "dora@mail.test"), StringComparison.Ordinal);
    }
}
