using System.Xml.Linq;
using CompatBot.Protocols.Dav;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>REPORT expand-property (RFC 3253 section 3.8): what a resource names, with what that says of itself.</summary>
public sealed class ExpandTests
{
    private const string Anna = "/dav/principals/anna@mail.test/";
    private const string Bert = "/dav/principals/bert@mail.test/";
    private const string Apple = "namespace='http://calendarserver.org/ns/'";

    private static string Ask(string path, string properties) =>
        $"REPORT {path}\nDepth: 0\n\n<D:expand-property xmlns:D='DAV:'>{properties}</D:expand-property>";

    private static string Property(string name, string inside = "", string space = "") =>
        $"<D:property name='{name}' {space}>{inside}</D:property>";

    private static string Member(string group, string member) =>
        $"PROPPATCH {Anna}{group}/\n\n<D:propertyupdate xmlns:D='DAV:'><D:set><D:prop><D:group-member-set><D:href>{member}</D:href>"
        + "</D:group-member-set></D:prop></D:set></D:propertyupdate>";

    /// <summary>The response elements inside of a property.</summary>
    private static List<XElement> Inside(DavReply reply, string property) =>
        [.. reply.Xml.Descendants().First(one => one.Name.LocalName == property).Elements(DavReply.Dav + "response")];

    private static string Value(XElement response, string name) => response.Descendants().First(one => one.Name.LocalName == name).Value;

    /// <summary>What macOS Calendar asks when it shows whom one acts for, and who acts for one.</summary>
    [Fact]
    public async Task Delegates_see_the_principals_that_they_act_for()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(207, Member("calendar-proxy-write", Bert));
        var person = Property("displayname") + Property("email-address-set", "", Apple) + Property("principal-URL");
        var proxies = Property("calendar-proxy-read-for", person, Apple) + Property("calendar-proxy-write-for", person, Apple)
            + Property("group-membership", Property("resourcetype"));
        var mine = await house.AskAsAsync("bert@mail.test", 207, Ask(Bert, proxies));
        Assert.Empty(Inside(mine, "calendar-proxy-read-for"));
        var owner = Assert.Single(Inside(mine, "calendar-proxy-write-for"));
        Assert.Equal(Anna, owner.Element(DavReply.Dav + "href")!.Value);
        Assert.Equal("anna@mail.test", Value(owner, "displayname"));
        Assert.Equal("anna@mail.test", Value(owner, "email-address-set"));
        Assert.Equal(Anna, Value(owner, "principal-URL"));
        Assert.Contains("calendar-proxy-write", Assert.Single(Inside(mine, "group-membership")).ToString(), StringComparison.Ordinal);

        // Anna's login does not open Bert's account; what its href says she knows.
        var members = await house.AskAsync(207, Ask($"{Anna}calendar-proxy-write/", Property("group-member-set", person
            + Property("group-membership") + Property("schedule-inbox-URL", "", "namespace='urn:ietf:params:xml:ns:caldav'"))));
        var member = Assert.Single(Inside(members, "group-member-set"));
        Assert.Equal("bert@mail.test", Value(member, "displayname"));
        Assert.Equal("", Value(member, "group-membership"));
        Assert.Equal("HTTP/1.1 404 Not Found", member.Descendants().Last(one => one.Name.LocalName == "status").Value);
    }

    [Fact]
    public async Task Hrefs_are_followed_as_far_as_is_asked()
    {
        await using var house = await DavHouse.OpenAsync();
        const string calDav = "namespace='urn:ietf:params:xml:ns:caldav'";
        var reply = await house.AskAsync(207, Ask(DavHouse.Calendar, Property("owner", Property("calendar-home-set",
            Property("resourcetype") + Property("owner"), calDav) + Property("nothing"))));
        Assert.Equal(DavHouse.Calendar, Assert.Single(reply.Hrefs));
        var owner = Assert.Single(Inside(reply, "owner"));
        Assert.Equal(Anna, owner.Element(DavReply.Dav + "href")!.Value);
        var home = owner.Descendants(DavReply.Dav + "response").Single();
        Assert.Equal("/dav/calendars/anna@mail.test/", home.Element(DavReply.Dav + "href")!.Value);
        Assert.Equal(Anna, home.Descendants(DavReply.Dav + "owner").Single().Element(DavReply.Dav + "href")!.Value);
        Assert.Contains("nothing", owner.Elements(DavReply.Dav + "propstat").Last().ToString(), StringComparison.Ordinal);

        // Every resource answers, and says so.
        await house.AskAsync(201, $"PUT {DavHouse.Files}a.txt\n\ntext");
        var file = await house.AskAsync(207, Ask(DavHouse.Files + "a.txt", Property("supported-report-set") + Property("getetag")));
        Assert.Contains("expand-property", file.Body, StringComparison.Ordinal);
        Assert.NotNull(file.Property("getetag"));
    }

    [Theory]
    [InlineData("/dav/files/bert@mail.test/", "403")]
    [InlineData("/dav/principals/bert@mail.test/calendar-proxy-write/", "403")]
    [InlineData("/dav/files/anna@mail.test/none", "404")]
    [InlineData("/dav/nothing/", "404")]
    [InlineData("https://else.test/dav/principals/anna@mail.test/", "404")]
    [InlineData("mailto:anna@mail.test", "404")]
    public async Task An_href_that_leads_nowhere_has_a_status(string href, string status)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(207, $"PROPPATCH {DavHouse.Files}\n\n<D:propertyupdate xmlns:D='DAV:'><D:set><D:prop>"
            + $"<see xmlns='urn:x' at='1'>to <D:href>{href}</D:href></see></D:prop></D:set></D:propertyupdate>");
        var reply = await house.AskAsync(207, Ask(DavHouse.Files, Property("see", Property("displayname"), "namespace='urn:x'")));
        var inside = Assert.Single(Inside(reply, "see"));
        Assert.Equal(href, inside.Element(DavReply.Dav + "href")!.Value);
        Assert.StartsWith("HTTP/1.1 " + status, inside.Element(DavReply.Dav + "status")!.Value, StringComparison.Ordinal);
        Assert.Equal("to ", inside.Parent!.Nodes().OfType<XText>().First().Value);
        Assert.Equal("1", inside.Parent.Attribute("at")!.Value);
    }

    [Fact]
    public async Task Depth_and_length_are_bounded()
    {
        await using var house = await DavHouse.OpenAsync(new DavLimits { ExpandedLevelsMax = 3, ExpandedPropertiesMax = 3 });
        string Nested(int levels) => Property("owner", levels > 1 ? Nested(levels - 1) : "");
        var circle = await house.AskAsync(207, Ask(DavHouse.Files, Nested(3)));
        Assert.Equal(2, circle.Xml.Descendants(DavReply.Dav + "response").Count()); // A principal has no owner.
        await house.AskAsync(403, Ask(DavHouse.Files, Nested(4)));
        foreach (var name in (string[])["", "name=''", "name='a b'", "name='a' namespace=''"])
        {
            Assert.Equal(name.Contains("namespace", StringComparison.Ordinal) ? 207 : 400,
                (await house.AskAsync(Ask(DavHouse.Files, $"<D:property {name}/>"))).Status);
        }

        // Hrefs that lead back to where they stand are followed until the answer is long enough.
        var many = string.Concat(Enumerable.Repeat($"<D:href>{DavHouse.Files}</D:href>", 4));
        await house.AskAsync(207, $"PROPPATCH {DavHouse.Files}\n\n<D:propertyupdate xmlns:D='DAV:'><D:set><D:prop><see xmlns='urn:x'>"
            + $"{many}</see></D:prop></D:set></D:propertyupdate>");
        var cut = await house.AskAsync(207, Ask(DavHouse.Files, Property("see", Property("displayname"), "namespace='urn:x'")));
        Assert.Equal(["", "", "507", "507"], Inside(cut, "see").Select(one => one.Element(DavReply.Dav + "status")?.Value[9..12] ?? ""));
    }
}
