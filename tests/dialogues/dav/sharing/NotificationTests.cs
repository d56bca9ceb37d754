using Xunit;
using static CompatBot.DialogueTests.Dav.Scheduling.Invitations;

namespace CompatBot.DialogueTests.Dav.Sharing;

/// <summary>What clients of Apple are told about shared calendars, and how they answer (calendarserver-sharing).</summary>
public sealed class NotificationTests
{
    private const string Work = "/dav/calendars/anna@mail.test/work/";
    private const string Annas = "/dav/calendars/anna@mail.test/notifications/";
    private const string BertsBox = Berts + "notifications/";
    private const string Declared = "xmlns:D='DAV:' xmlns:CS='http://calendarserver.org/ns/' xmlns:C='urn:ietf:params:xml:ns:caldav'";

    private static string Post(string body, string to = Work) => $"POST {to}\nContent-Type: text/xml\n\n{body}";

    private static string Invite(string access) =>
        Post($"<CS:share {Declared}><CS:set><D:href>mailto:{Bert}</D:href><CS:{access}/></CS:set></CS:share>");

    private static string Answer(string uid, string how) => Post(
        $"<CS:invite-reply {Declared}><D:href>mailto:{Bert}</D:href><CS:invite-{how}/><CS:hosturl><D:href>/x/</D:href></CS:hosturl>"
        + $"<CS:in-reply-to>{uid}</CS:in-reply-to><CS:summary>work</CS:summary></CS:invite-reply>",
        Berts);

    private static async Task<DavHouse> OpenAsync()
    {
        var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"MKCALENDAR {Work}");
        return house;
    }

    /// <summary>What lies in somebody's notifications: hrefs, and the listing.</summary>
    private static async Task<(List<string> Hrefs, DavReply Listing)> ListAsync(DavHouse house, string user, string box)
    {
        var listing = await house.AskAsAsync(user, 207, $"PROPFIND {box}\nDepth: 1\n\n<D:propfind {Declared}><D:prop><CS:notificationtype/>"
            + "<D:resourcetype/><D:getetag/><D:getcontenttype/><D:getcontentlength/></D:prop></D:propfind>");
        return ([.. listing.Hrefs.Skip(1)], listing);
    }

    private static string Of(DavReply reply, string name) =>
        reply.Xml.Descendants().First(one => one.Name.LocalName == name).Value;

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // Told when the account opens.
    public async Task A_member_is_invited_and_the_owner_hears_the_answer(bool bertIsThere)
    {
        await using var house = await OpenAsync();
        if (bertIsThere) await house.AskAsAsync(Bert, 207, $"PROPFIND {Berts}\nDepth: 0");
        await house.AskAsync(200, Invite("read-write"));
        var me = await house.AskAsAsync(Bert, 207, $"PROPFIND /dav/principals/{Bert}/\nDepth: 0\n\n"
            + $"<D:propfind {Declared}><D:prop><CS:notification-URL/></D:prop></D:propfind>");
        Assert.Equal(BertsBox, me.Property("notification-URL"));
        var (hrefs, listing) = await ListAsync(house, Bert, BertsBox);
        Assert.Contains("<CS:notification ", listing.Body.Replace("/>", " />", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("invite-notification shared-type=\"calendar\"", listing.Body, StringComparison.Ordinal);
        Assert.Null(listing.Property("getcontentlength", hrefs[0]));
        var invited = await house.AskAsAsync(Bert, 200, $"GET {Assert.Single(hrefs)}");
        Assert.Equal(listing.Property("getetag", hrefs[0]), invited.ETag);
        Assert.StartsWith("application/xml", invited["Content-Type"], StringComparison.Ordinal);
        Assert.Contains("CS:invite-noresponse", invited.Body, StringComparison.Ordinal);
        Assert.Contains("CS:read-write", invited.Body, StringComparison.Ordinal);
        Assert.Equal("work", Of(invited, "summary"));
        Assert.Equal("/dav/principals/anna@mail.test/anna@mail.test", Of(invited, "organizer"));
        var uid = Of(invited, "uid");
        Assert.Equal("", (await house.AskAsAsync(Bert, 200, $"HEAD {hrefs[0]}")).Body);

        var shared = await house.AskAsAsync(Bert, 200, Answer(uid, "accepted"));
        Assert.Equal($"{Berts}shared-{uid}/", Of(shared, "href"));
        Assert.Empty((await ListAsync(house, Bert, BertsBox)).Hrefs);
        var reply = Assert.Single((await ListAsync(house, "anna@mail.test", Annas)).Hrefs);
        var told = await house.AskAsync(200, $"GET {reply}");
        Assert.Contains("<CS:invite-reply shared-type=\"calendar\"><D:href>mailto:bert@mail.test</D:href><CS:invite-accepted", told.Body,
            StringComparison.Ordinal);
        Assert.Equal((uid, Work), (Of(told, "in-reply-to"), Of(told, "hosturl")));
        await house.AskAsync(204, $"DELETE {reply}");
        Assert.Empty((await ListAsync(house, "anna@mail.test", Annas)).Hrefs);

        await house.AskAsAsync(Bert, 200, Answer(uid, "declined"));
        told = await house.AskAsync(200, $"GET {Assert.Single((await ListAsync(house, "anna@mail.test", Annas)).Hrefs)}");
        Assert.Contains("CS:invite-declined", told.Body, StringComparison.Ordinal);
        await house.AskAsAsync(Bert, 404, Answer(uid, "accepted"));
    }

    [Fact]
    public async Task Newer_news_takes_the_place_of_older()
    {
        await using var house = await OpenAsync();
        await house.AskAsync(200, Invite("read"));
        var (hrefs, _) = await ListAsync(house, Bert, BertsBox);
        var first = await house.AskAsAsync(Bert, 200, $"GET {hrefs[0]}");
        await house.AskAsync(200, Invite("read"));
        Assert.Equal(first.ETag, (await house.AskAsAsync(Bert, 200, $"GET {hrefs[0]}")).ETag);
        await house.AskAsync(200, Invite("read-write"));
        var second = await house.AskAsAsync(Bert, 200, $"GET {hrefs[0]}");
        Assert.NotEqual(first.ETag, second.ETag);
        Assert.Contains("CS:read-write", second.Body, StringComparison.Ordinal);
        await house.AskAsync(200, Post($"<CS:share {Declared}><CS:remove><D:href>mailto:{Bert}</D:href></CS:remove></CS:share>"));
        Assert.Equal(hrefs, (await ListAsync(house, Bert, BertsBox)).Hrefs);
        Assert.Contains("CS:invite-deleted", (await house.AskAsAsync(Bert, 200, $"GET {hrefs[0]}")).Body, StringComparison.Ordinal);
        await using var again = await house.RestartAsync();
        Assert.Equal(hrefs, (await ListAsync(again, Bert, BertsBox)).Hrefs);
    }

    [Fact]
    public async Task The_collection_is_the_servers_own()
    {
        await using var house = await OpenAsync();
        await house.AskAsync(200, Invite("read"));
        var hrefs = (await ListAsync(house, Bert, BertsBox)).Hrefs;
        await house.AskAsAsync(Bert, 403, $"DELETE {BertsBox}");
        await house.AskAsAsync(Bert, 403, $"MOVE {BertsBox}\nDestination: {Berts}other/");
        await house.AskAsAsync(Bert, 403, $"PUT {BertsBox}x.xml\n\n<x/>");
        await house.AskAsAsync(Bert, 403, $"MKCOL {BertsBox}x/");
        await house.AskAsAsync(Bert, 403, $"COPY {hrefs[0]}\nDestination: {Berts}calendar/x.ics");
        await house.AskAsync(403, $"GET {hrefs[0]}");
        var all = await house.AskAsAsync(Bert, 207, $"PROPFIND {hrefs[0]}\nDepth: 0\n\n<D:propfind {Declared}><D:allprop/></D:propfind>");
        Assert.DoesNotContain("compatbot", all.Body, StringComparison.Ordinal);
        await house.AskAsAsync(Bert, 207, $"REPORT {BertsBox}\n\n<sync-collection xmlns='DAV:'><sync-token/><sync-level>1</sync-level>"
            + "<prop><getetag/></prop></sync-collection>");
        await house.AskAsAsync(Bert, 204, $"DELETE {hrefs[0]}");
    }
}
