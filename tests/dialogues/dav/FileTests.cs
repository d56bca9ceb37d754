using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>RFC 4918 over files: what each method promises, and says when it can not.</summary>
public sealed class FileTests
{
    [Fact]
    public async Task A_client_finds_everything_from_the_root()
    {
        await using var house = await DavHouse.OpenAsync();
        var options = await house.AskAsync(200, "OPTIONS *\nAuthorization: none");
        Assert.StartsWith("1, 2, 3", options["DAV"], StringComparison.Ordinal);
        var away = await house.AskAsync(301, "PROPFIND /.well-known/caldav\nDepth: 0");
        Assert.Equal("/dav/", away["Location"]);
        var top = await house.AskAsync(207, """
            PROPFIND /dav/
            Depth: 0

            <propfind xmlns="DAV:"><prop><current-user-principal/><resourcetype/></prop></propfind>
            """);
        Assert.Equal("/dav/principals/anna@mail.test/", top.Property("current-user-principal"));
        var person = await house.AskAsync(207, """
            PROPFIND /dav/principals/anna@mail.test/
            Depth: 0

            <propfind xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:A="urn:ietf:params:xml:ns:carddav"><prop>
            <displayname/><principal-URL/><C:calendar-home-set/><A:addressbook-home-set/><C:calendar-user-address-set/></prop></propfind>
            """);
        Assert.Equal("/dav/calendars/anna@mail.test/", person.Property("calendar-home-set"));
        Assert.Equal("/dav/addressbooks/anna@mail.test/", person.Property("addressbook-home-set"));
        Assert.Contains("mailto:anna@mail.test", person.Property("calendar-user-address-set"), StringComparison.Ordinal);
        var home = await house.AskAsync(207, "PROPFIND /dav/calendars/anna@mail.test/\nDepth: 1");
        Assert.Contains(DavHouse.Calendar, home.Hrefs);
    }

    [Fact]
    public async Task What_is_put_comes_back_with_its_tag()
    {
        await using var house = await DavHouse.OpenAsync();
        var made = await house.AskAsync(201, $"PUT {DavHouse.Files}a.txt\nContent-Type: text/plain\nIf-None-Match: *\n\nhello world");
        Assert.Matches("^\"[^\"]+\"$", made.ETag);
        await house.AskAsync(412, $"PUT {DavHouse.Files}a.txt\nIf-None-Match: *\n\nother");
        await house.AskAsync(412, $"PUT {DavHouse.Files}a.txt\nIf-Match: \"x\"\n\nother");
        var got = await house.AskAsync(200, $"GET {DavHouse.Files}a.txt");
        Assert.Equal(("hello world", "text/plain", made.ETag, "11"), (got.Body, got["Content-Type"], got.ETag, got["Content-Length"]));
        var head = await house.AskAsync(200, $"HEAD {DavHouse.Files}a.txt");
        Assert.Equal(("", "11"), (head.Body, head["Content-Length"]));
        await house.AskAsync(304, $"GET {DavHouse.Files}a.txt\nIf-None-Match: W/{made.ETag}");
        var changed = await house.AskAsync(204, $"PUT {DavHouse.Files}a.txt\nIf-Match: {made.ETag}\n\nother");
        Assert.NotEqual(made.ETag, changed.ETag);
        await house.AskAsync(204, $"DELETE {DavHouse.Files}a.txt\nIf-Match: {changed.ETag}");
        await house.AskAsync(404, $"GET {DavHouse.Files}a.txt");
        await house.AskAsync(404, $"DELETE {DavHouse.Files}a.txt");
    }

    [Theory]
    [InlineData("bytes=0-4", 206, "hello", "bytes 0-4/11")]
    [InlineData("bytes=6-", 206, "world", "bytes 6-10/11")]
    [InlineData("bytes=-3", 206, "rld", "bytes 8-10/11")]
    [InlineData("bytes=-99", 206, "hello world", "bytes 0-10/11")]
    [InlineData("bytes=9-99", 206, "ld", "bytes 9-10/11")]
    [InlineData("bytes=11-", 416, "", "bytes */11")]
    [InlineData("bytes=-0", 416, "", "bytes */11")]
    [InlineData("bytes=5-2", 200, "hello world", null)]
    [InlineData("bytes=x-2", 200, "hello world", null)]
    [InlineData("bytes=0-1,4-5", 200, "hello world", null)]
    [InlineData("lines=0-1", 200, "hello world", null)]
    public async Task Ranges_are_those_of_RFC_9110(string range, int status, string body, string? contentRange)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a.txt\n\nhello world");
        var reply = await house.AskAsync(status, $"GET {DavHouse.Files}a.txt\nRange: {range}");
        Assert.Equal((body, contentRange), (reply.Body, reply["Content-Range"]));
    }

    [Fact]
    public async Task Collections_are_made_listed_copied_moved_and_deleted()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(409, $"MKCOL {DavHouse.Files}a/b/");
        await house.AskAsync(409, $"PUT {DavHouse.Files}a/x\n\n1");
        await house.AskAsync(201, $"MKCOL {DavHouse.Files}a/");
        await house.AskAsync(405, $"MKCOL {DavHouse.Files}a/");
        await house.AskAsync(415, $"MKCOL {DavHouse.Files}b/\nContent-Type: text/plain\n\nwhat");
        await house.AskAsync(201, $"MKCOL {DavHouse.Files}a/b");
        await house.AskAsync(201, $"PUT {DavHouse.Files}a/b/x%20y%C3%BC\n\n1");
        await house.AskAsync(405, $"PUT {DavHouse.Files}a/b\n\n1");
        var all = await house.AskAsync(207, $"PROPFIND {DavHouse.Files}a\nDepth: infinity");
        var hrefs = all.Hrefs.Select(href => href[DavHouse.Files.Length..]).Order(StringComparer.Ordinal);
        Assert.Equal(["a/", "a/b/", "a/b/x%20y%C3%BC"], hrefs);
        Assert.Single((await house.AskAsync(207, $"PROPFIND {DavHouse.Files}a/\nDepth: 0")).Hrefs);
        Assert.Equal(2, (await house.AskAsync(207, $"PROPFIND {DavHouse.Files}a/\nDepth: 1")).Hrefs.Count());
        await house.AskAsync(201, $"COPY {DavHouse.Files}a/\nDestination: http://{{host}}{DavHouse.Files}c/");
        await house.AskAsync(412, $"COPY {DavHouse.Files}a/\nDestination: {DavHouse.Files}c\nOverwrite: F");
        await house.AskAsync(204, $"MOVE {DavHouse.Files}c/\nDestination: {DavHouse.Files}a/b\nOverwrite: T");
        Assert.Equal("1", (await house.AskAsync(200, $"GET {DavHouse.Files}a/b/b/x%20y%C3%BC")).Body);
        await house.AskAsync(404, $"MOVE {DavHouse.Files}c/\nDestination: {DavHouse.Files}d/");
        await house.AskAsync(204, $"DELETE {DavHouse.Files}a/");
        await house.AskAsync(404, $"PROPFIND {DavHouse.Files}a/b/\nDepth: 0");
    }

    [Theory]
    [InlineData("COPY {f}a\nDestination: http://elsewhere.example/dav/files/anna@mail.test/b", 502)]
    [InlineData("COPY {f}a\nDestination: {f}no/b", 409)]
    [InlineData("COPY {f}a\nDestination: {f}a", 403)]
    [InlineData("MOVE {f}d/\nDestination: {f}d/e/", 403)]
    [InlineData("COPY {f}a", 400)]
    [InlineData("COPY {f}a\nDestination: {f}b\nOverwrite: maybe", 400)]
    [InlineData("MOVE {f}a\nDestination: /dav/files/bert@mail.test/a", 403)]
    [InlineData("GET /dav/files/bert@mail.test/a", 403)]
    [InlineData("PROPFIND /dav/files/bert@mail.test/\nDepth: 1", 403)]
    [InlineData("PROPFIND {f}\nDepth: 2", 400)]
    [InlineData("PROPFIND {f}\nDepth: 0\n\n<propfind xmlns='DAV:'><prop>", 400)]
    [InlineData("PROPFIND {f}\nDepth: 0\n\n<!DOCTYPE x [<!ENTITY a 'aaaa'>]><propfind xmlns='DAV:'><allprop/></propfind>", 400)]
    [InlineData("PROPFIND {f}\nDepth: 0\n\nhello", 400)]
    [InlineData("GET {f}%zz", 400)]
    [InlineData("GET {f}%00", 400)]
    [InlineData("GET {f}%ff%fe", 400)]
    [InlineData("GET {f}../bert@mail.test/a", 400)]
    [InlineData("GET {f}%2e%2e/%2e%2e/", 400)]
    [InlineData("PUT {f}a%2fb\n\n1", 400)]
    [InlineData("PUT {f}%2e%2e\n\n1", 400)]
    [InlineData("GET /etc/passwd", 404)]
    [InlineData("GET /dav/nothing/anna@mail.test/", 404)]
    [InlineData("BREW {f}a", 501)]
    [InlineData("LOCK {f}a\nIf: (<x", 400)]
    [InlineData("PUT {f}a\nIf: nonsense\n\n1", 400)]
    [InlineData("UNLOCK {f}a\nLock-Token: <urn:uuid:none>", 409)]
    [InlineData("UNLOCK {f}a", 400)]
    [InlineData("DELETE {f}", 403)]
    [InlineData("GET {f}a\nAuthorization: Basic !!!", 401)]
    [InlineData("GET {f}a\nAuthorization: Bearer abc", 401)]
    public async Task What_can_not_be_done_is_refused_and_changes_nothing(string request, int status)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\nstays");
        await house.AskAsync(201, $"MKCOL {DavHouse.Files}d/");
        await house.AskAsync(status, request.Replace("{f}", DavHouse.Files, StringComparison.Ordinal));
        Assert.Equal("stays", (await house.AskAsync(200, $"GET {DavHouse.Files}a")).Body);
        var left = await house.AskAsync(207, $"PROPFIND {DavHouse.Files}\nDepth: 1");
        Assert.Equal([DavHouse.Files, $"{DavHouse.Files}a", $"{DavHouse.Files}d/"], left.Hrefs.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Limits_are_kept()
    {
        await using var house = await DavHouse.OpenAsync(
            new() { XmlBytesMax = 1000, XmlDepthMax = 8, ItemBytesMax = 10, InfiniteMembersMax = 3 });
        await house.AskAsync(413, $"PUT {DavHouse.Files}a\n\n12345678901");
        await house.AskAsync(413, $"PUT {DavHouse.Files}a\nTransfer-Encoding: chunked\n\nb\r\n12345678901\r\n0\r\n\r\n");
        await house.AskAsync(404, $"GET {DavHouse.Files}a");
        await house.AskAsync(413, $"PROPFIND {DavHouse.Files}\nDepth: 0\n\n<propfind xmlns='DAV:'><prop><a>{new string('x', 1000)}</a>"
            + $"</prop></propfind>");
        await house.AskAsync(400, $"PROPFIND {DavHouse.Files}\nDepth: 0\n\n<propfind xmlns='DAV:'>"
            + $"{string.Concat(Enumerable.Repeat("<a>", 9))}");
        for (var i = 0; i < 5; i++) await house.AskAsync(201, $"PUT {DavHouse.Files}{i}\n\n1");
        var many = await house.AskAsync(403, $"PROPFIND {DavHouse.Files}\nDepth: infinity");
        Assert.Equal("propfind-finite-depth", many.Precondition);
        Assert.Equal(6, (await house.AskAsync(207, $"PROPFIND {DavHouse.Files}\nDepth: 1")).Hrefs.Count());
    }

    [Fact]
    public async Task Properties_are_all_set_or_none()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\n1");
        var refused = await house.AskAsync(207, $"""
            PROPPATCH {DavHouse.Files}a

            <D:propertyupdate xmlns:D="DAV:" xmlns:Z="http://ns.example.com/z/"><D:set><D:prop><Z:author>Jim</Z:author></D:prop></D:set>
            <D:set><D:prop><D:getetag>"mine"</D:getetag></D:prop></D:set></D:propertyupdate>
            """);
        Assert.Contains("424 Failed Dependency", refused.Body, StringComparison.Ordinal);
        Assert.Contains("403 Forbidden", refused.Body, StringComparison.Ordinal);
        const string Ask = $"""
            PROPFIND {DavHouse.Files}a
            Depth: 0

            <propfind xmlns="DAV:"><prop><author xmlns="http://ns.example.com/z/"/></prop></propfind>
            """;
        Assert.Null((await house.AskAsync(207, Ask)).Property("author"));
        await house.AskAsync(207, $"""
            PROPPATCH {DavHouse.Files}a

            <D:propertyupdate xmlns:D="DAV:" xmlns:Z="http://ns.example.com/z/"><D:set><D:prop><Z:author><Z:b x="1">Jim &amp; Ann</Z:b>
            </Z:author>
            </D:prop></D:set></D:propertyupdate>
            """);
        Assert.Contains("<Z:b x=\"1\">Jim &amp; Ann</Z:b>", (await house.AskAsync(207, Ask)).Body, StringComparison.Ordinal);
        await house.AskAsync(201, $"COPY {DavHouse.Files}a\nDestination: {DavHouse.Files}b");
        var copy = await house.AskAsync(207, Ask.Replace("test/a", "test/b", StringComparison.Ordinal));
        Assert.Equal("Jim & Ann", copy.Property("author"));
    }

    [Fact]
    public async Task A_lock_keeps_others_out_until_it_ends()
    {
        const string Body = """
            <D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>
            <D:owner><D:href>http://example.org/~ejw/contact.html</D:href></D:owner></D:lockinfo>
            """;
        await using var house = await DavHouse.OpenAsync();
        var locked = await house.AskAsync(201, $"LOCK {DavHouse.Files}a\nTimeout: Infinite, Second-600\n\n{Body}");
        var token = locked["Lock-Token"]!;
        Assert.Contains("http://example.org/~ejw/contact.html", locked.Body, StringComparison.Ordinal);
        await house.AskAsync(423, $"PUT {DavHouse.Files}a\n\n1");
        await house.AskAsync(423, $"DELETE {DavHouse.Files}a");
        await house.AskAsync(423, $"MOVE {DavHouse.Files}a\nDestination: {DavHouse.Files}b");
        Assert.Equal("no-conflicting-lock", (await house.AskAsync(423, $"LOCK {DavHouse.Files}a\n\n{Body}")).Precondition);
        await house.AskAsync(412, $"PUT {DavHouse.Files}a\nIf: (<urn:uuid:other>)\n\n1");
        await house.AskAsync(204, $"PUT {DavHouse.Files}a\nIf: ({token})\n\n1");
        await house.AskAsync(204, $"PUT {DavHouse.Files}a\nIf: <http://{{host}}{DavHouse.Files}a> (Not <DAV:no-lock>) ({token})\n\n2");
        await house.AskAsync(200, $"LOCK {DavHouse.Files}a\nIf: ({token})\nTimeout: Second-1200");
        house.Time.Advance(TimeSpan.FromSeconds(1100));
        await house.AskAsync(423, $"PUT {DavHouse.Files}a\n\n3");
        house.Time.Advance(TimeSpan.FromSeconds(101));
        await house.AskAsync(204, $"PUT {DavHouse.Files}a\n\n3");
        var again = await house.AskAsync(200, $"LOCK {DavHouse.Files}a\nDepth: 0\n\n{Body}");
        await house.AskAsync(204, $"UNLOCK {DavHouse.Files}a\nLock-Token: {again["Lock-Token"]}");
        await house.AskAsync(204, $"PUT {DavHouse.Files}a\n\n4");
    }

    [Fact]
    public async Task Changes_are_told_since_a_token()
    {
        await using var house = await DavHouse.OpenAsync();
        string Ask(string token) => $"""
            REPORT {DavHouse.Files}

            <sync-collection xmlns="DAV:"><sync-token>{token}</sync-token><sync-level>1</sync-level><prop><getetag/></prop>
            </sync-collection>
            """;
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\n1");
        await house.AskAsync(201, $"PUT {DavHouse.Files}b\n\n1");
        var first = await house.AskAsync(207, Ask(""));
        Assert.Equal([$"{DavHouse.Files}a", $"{DavHouse.Files}b"], first.Hrefs.Order(StringComparer.Ordinal));
        var token = first.Xml.Element(DavReply.Dav + "sync-token")!.Value;
        Assert.Empty((await house.AskAsync(207, Ask(token))).Hrefs);
        await house.AskAsync(204, $"DELETE {DavHouse.Files}a");
        await house.AskAsync(204, $"PUT {DavHouse.Files}b\n\n2");
        await house.AskAsync(201, $"PUT {DavHouse.Files}c\n\n2");
        await house.AskAsync(201, $"PUT {DavHouse.Files}d\n\n2");
        await house.AskAsync(204, $"DELETE {DavHouse.Files}d");
        var second = await house.AskAsync(207, Ask(token));
        Assert.Contains($"{DavHouse.Files}b", second.Hrefs);
        Assert.Contains($"{DavHouse.Files}c", second.Hrefs);
        var gone = second.Xml.Elements(DavReply.Dav + "response").Where(one => one.Element(DavReply.Dav + "status") is not null);
        Assert.Contains($"{DavHouse.Files}a", gone.Select(one => one.Element(DavReply.Dav + "href")!.Value));
        foreach (var bad in (string[])["nonsense", token + "9", token.Replace(token[^3..], "999999999", StringComparison.Ordinal)])
        {
            Assert.Equal("valid-sync-token", (await house.AskAsync(403, Ask(bad))).Precondition);
        }
    }

    [Fact]
    public async Task Two_lengths_are_no_request()
    {
        await using var house = await DavHouse.OpenAsync();
        var reply = await house.AskAsync(
            $"PUT {DavHouse.Files}a\nContent-Length: 4\nContent-Length: 5\n\n12345");
        Assert.Equal(400, reply.Status);
        reply = await house.AskAsync($"PUT {DavHouse.Files}b\nTransfer-Encoding: chunked, identity\n\n0\r\n\r\n");
        Assert.InRange(reply.Status, 400, 501);
        await house.AskAsync(404, $"GET {DavHouse.Files}a");
        await house.AskAsync(404, $"GET {DavHouse.Files}b");
    }
}
