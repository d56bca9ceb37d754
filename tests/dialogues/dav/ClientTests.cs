using CompatBot.Core.Store;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>What real clients do that no RFC says, each named for its client.</summary>
public sealed class ClientTests
{
    private const string F = DavHouse.Files;

    [Fact]
    public async Task Windows_Explorer_asks_the_root_before_it_says_who_it_is()
    {
        await using var house = await DavHouse.OpenAsync();
        var root = await house.AskAsync(200, "OPTIONS /\nAuthorization: none");
        Assert.Equal("DAV", root["MS-Author-Via"]);
        Assert.Contains("PROPFIND", root["Allow"], StringComparison.Ordinal);
        var unknown = await house.AskAsync(401, $"PROPFIND {F}\nDepth: 0\nAuthorization: Negotiate abc");
        Assert.StartsWith("Basic ", unknown["WWW-Authenticate"], StringComparison.Ordinal);
        await house.AskAsync(207, $"PROPFIND {F}\nDepth: 0\nAuthorization: {DavHouse.Basic("WORKGROUP\\anna@mail.test")}");
        await house.AskAsync(404, $"PROPFIND {F}missing\nDepth: 0");
        await house.AskAsync(201, $"MKCOL {F}d");
        await house.AskAsync(207, $"PROPFIND {F}d\nDepth: 0");
    }

    [Fact]
    public async Task Windows_Explorer_makes_a_file()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {F}new.txt");
        var locked = await house.AskAsync(200, $"""
            LOCK {F}new.txt
            Timeout: Second-3600

            <?xml version="1.0" encoding="utf-8" ?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype>
            <D:write/>
            </D:locktype><D:owner><D:href>WORKGROUP\anna</D:href></D:owner></D:lockinfo>
            """);
        var token = locked["Lock-Token"]!;
        var patched = await house.AskAsync(207, $"""
            PROPPATCH {F}new.txt
            If: ({token})

            <?xml version="1.0" encoding="utf-8" ?><D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop>
            <Z:Win32CreationTime>Sat, 28 Nov 2026 01:00:00 GMT</Z:Win32CreationTime>
            <Z:Win32LastAccessTime>Sat, 28 Nov 2026 01:00:00 GMT</Z:Win32LastAccessTime>
            <Z:Win32LastModifiedTime>Sat, 28 Nov 2026 01:00:00 GMT</Z:Win32LastModifiedTime>
            <Z:Win32FileAttributes>00000020</Z:Win32FileAttributes>
            </D:prop></D:set></D:propertyupdate>
            """);
        Assert.DoesNotContain("HTTP/1.1 4", patched.Body, StringComparison.Ordinal);
        await house.AskAsync(200, $"HEAD {F}new.txt");
        await house.AskAsync(204, $"PUT {F}new.txt\nIf: ({token})\n\ncontent");
        await house.AskAsync(204, $"UNLOCK {F}new.txt\nLock-Token: {token}");
        Assert.Equal("content", (await house.AskAsync(200, $"GET {F}new.txt")).Body);
    }

    [Fact]
    public async Task Windows_Explorer_unlocks_with_a_token_without_brackets()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {F}a\n\n1");
        var locked = await house.AskAsync(200, $"LOCK {F}a\n\n<D:lockinfo xmlns:D='DAV:'><D:lockscope><D:exclusive/></D:lockscope>"
            + $"<D:locktype><D:write/></D:locktype></D:lockinfo>");
        await house.AskAsync(204, $"UNLOCK {F}a\nLock-Token: {locked["Lock-Token"]!.Trim('<', '>')}");
    }

    [Fact]
    public async Task Finder_puts_a_body_of_unknown_length_and_names_in_NFD()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(404, $"PROPFIND {F}._x\nDepth: 0");
        await house.AskAsync(201, $"PUT {F}u%CC%88ber\nTransfer-Encoding: chunked\nX-Expected-Entity-Length: 5\n\n5\r\nhello\r\n0\r\n\r\n");
        Assert.Equal("hello", (await house.AskAsync(200, $"GET {F}%C3%BCber")).Body);
        Assert.Equal("hello", (await house.AskAsync(200, $"GET {F}u%CC%88ber")).Body);
        Assert.Contains($"{F}%C3%BCber", (await house.AskAsync(207, $"PROPFIND {F}\nDepth: 1")).Hrefs);
    }

    [Fact]
    public async Task An_iPhone_sets_up_calendars()
    {
        await using var house = await DavHouse.OpenAsync();
        const string Setup = """


            <A:propfind xmlns:A="DAV:"><A:prop><A:current-user-principal/><A:principal-URL/><A:resourcetype/></A:prop></A:propfind>
            """;
        foreach (var path in (string[])["/", "/dav/", "/dav/principals/"])
        {
            var found = await house.AskAsync(207, $"PROPFIND {path}\nDepth: 0\nBrief: t\nPrefer: return=minimal{Setup}");
            Assert.Equal("/dav/principals/anna@mail.test/", found.Property("current-user-principal"));
            Assert.DoesNotContain("404", found.Body, StringComparison.Ordinal);
        }

        var home = await house.AskAsync(207, """
            PROPFIND /dav/calendars/anna@mail.test/
            Depth: 1
            Brief: t

            <A:propfind xmlns:A="DAV:" xmlns:B="urn:ietf:params:xml:ns:caldav" xmlns:C="http://calendarserver.org/ns/"
            xmlns:D="http://apple.com/ns/ical/">
            <A:prop><A:add-member/><C:allowed-sharing-modes/><D:calendar-color/><B:calendar-description/><D:calendar-order/>
            <B:calendar-timezone/>
            <A:current-user-privilege-set/><A:displayname/><C:getctag/><A:owner/><C:pre-publish-url/><C:publish-url/><C:push-transports/>
            <C:pushkey/>
            <A:quota-available-bytes/><A:quota-used-bytes/><A:resource-id/><A:resourcetype/><B:supported-calendar-component-set/>
            <A:supported-report-set/><A:sync-token/></A:prop></A:propfind>
            """);
        Assert.Contains("comp name=\"VTODO\"", home.Body, StringComparison.Ordinal);
        Assert.Contains("comp name=\"VEVENT\"", home.Body, StringComparison.Ordinal);
        Assert.NotNull(home.Property("getctag", DavHouse.Calendar));
        await house.AskAsync(201, """
            MKCALENDAR /dav/calendars/anna@mail.test/6E1F2E8A-8C6B-4A6C-9F55-1B6A0F1D2C3B/

            <B:mkcalendar xmlns:B="urn:ietf:params:xml:ns:caldav"><A:set xmlns:A="DAV:"><A:prop><B:supported-calendar-component-set>
            <B:comp name="VEVENT"/></B:supported-calendar-component-set>
            <D:calendar-color xmlns:D="http://apple.com/ns/ical/" symbolic-color="red">#FF2968FF</D:calendar-color>
            <A:displayname>Trips</A:displayname><D:calendar-order xmlns:D="http://apple.com/ns/ical/">2</D:calendar-order></A:prop>
            </A:set></B:mkcalendar>
            """);
        var patched = await house.AskAsync(207, """
            PROPPATCH /dav/calendars/anna@mail.test/6E1F2E8A-8C6B-4A6C-9F55-1B6A0F1D2C3B/

            <A:propertyupdate xmlns:A="DAV:"><A:set><A:prop>
            <D:calendar-color xmlns:D="http://apple.com/ns/ical/" symbolic-color="green">#63DA38FF</D:calendar-color>
            </A:prop></A:set></A:propertyupdate>
            """);
        Assert.Contains("200 OK", patched.Body, StringComparison.Ordinal);
        var color = await house.AskAsync(207, """
            PROPFIND /dav/calendars/anna@mail.test/6E1F2E8A-8C6B-4A6C-9F55-1B6A0F1D2C3B/
            Depth: 0

            <propfind xmlns="DAV:"><prop><displayname/><calendar-color xmlns="http://apple.com/ns/ical/"/></prop></propfind>
            """);
        Assert.Equal(("Trips", "#63DA38FF"), (color.Property("displayname"), color.Property("calendar-color")));
        Assert.Contains("symbolic-color=\"green\"", color.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_in_a_calendar_changes_its_tag()
    {
        await using var house = await DavHouse.OpenAsync();
        const string Ask = $"PROPFIND {DavHouse.Calendar}\nDepth: 0\n\n<propfind xmlns='DAV:'><prop><getctag "
            + $"xmlns='http://calendarserver.org/ns/'/></prop></propfind>";
        var before = (await house.AskAsync(207, Ask)).Property("getctag");
        Assert.Equal(before, (await house.AskAsync(207, Ask)).Property("getctag"));
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20260101T000000Z\n"
            + $"END:VEVENT\nEND:VCALENDAR\n");
        Assert.NotEqual(before, (await house.AskAsync(207, Ask)).Property("getctag"));
    }

    [Fact]
    public async Task DAVx5_pages_through_changes()
    {
        await using var house = await DavHouse.OpenAsync();
        for (var i = 0; i < 5; i++) await house.AskAsync(201, $"PUT {DavHouse.Contacts}{i}.vcf\nIf-None-Match: *\n\nBEGIN:VCARD\n"
            + $"VERSION:4.0\nUID:{i}\nFN:P\nEND:VCARD\n");
        var (token, seen) = ("", new List<string>());
        for (var page = 0; page < 4; page++)
        {
            var reply = await house.AskAsync(207, $"""
                REPORT {DavHouse.Contacts}
                Depth: 0

                <sync-collection xmlns="DAV:"><sync-token>{token}</sync-token><sync-level>1</sync-level><limit><nresults>2</nresults>
                </limit>
                <prop><getetag/></prop></sync-collection>
                """);
            token = reply.Xml.Element(DavReply.Dav + "sync-token")!.Value;
            var members = reply.Hrefs.Where(href => href != DavHouse.Contacts).ToList();
            Assert.Equal(reply.Body.Contains("507 Insufficient Storage", StringComparison.Ordinal), seen.Count + members.Count < 5);
            seen.AddRange(members);
            if (seen.Count == 5) break;
        }

        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"{DavHouse.Contacts}{i}.vcf"), seen.Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(5, seen.Count);
    }

    [Fact]
    public async Task Thunderbird_sends_sync_collection_with_Depth_1()
    {
        await using var house = await DavHouse.OpenAsync();
        var reply = await house.AskAsync(207, $"REPORT {DavHouse.Calendar}\nDepth: 1\n\n<sync-collection xmlns='DAV:'><sync-token/>"
            + $"<sync-level>1</sync-level><prop><getetag/></prop></sync-collection>");
        Assert.Empty(reply.Hrefs);
    }

    [Fact]
    public async Task Evolution_updates_and_reads_escapes()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {F}a%20(1)%C3%A4");
        await house.AskAsync(204, $"PUT {F}a%20(1)%c3%a4\n\n1");
        Assert.Contains($"{F}a%20(1)%C3%A4", (await house.AskAsync(207, $"PROPFIND {F}\nDepth: 1")).Hrefs);
    }

    [Fact]
    public async Task OwnClouds_clients_keep_times_and_hashes()
    {
        await using var house = await DavHouse.OpenAsync();
        var put = await house.AskAsync(
            201, $"PUT {F}a\nX-OC-Mtime: 1600000000\nOC-Checksum: SHA1:356a192b7913b04c54574d18c28d46e6395428ab\n\n1");
        Assert.Equal(("accepted", put.ETag), (put["X-OC-MTime"], put["OC-ETag"]));
        var found = await house.AskAsync(207, $"PROPFIND {F}a\nDepth: 0\n\n<propfind xmlns='DAV:' xmlns:o='http://owncloud.org/ns'>"
            + $"<prop><getlastmodified/><o:checksums/><o:id/></prop></propfind>");
        Assert.Equal("Sun, 13 Sep 2020 12:26:40 GMT", found.Property("getlastmodified"));
        Assert.Equal(
            "SHA1:356a192b7913b04c54574d18c28d46e6395428ab SHA256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
            found.Property("checksums"));
        Assert.Equal(put["OC-FileId"], found.Property("id"));
    }

    [Fact]
    public async Task A_contact_is_found_by_a_part_of_its_name_and_given_in_parts()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Contacts}a.vcf\n\nBEGIN:VCARD\nVERSION:3.0\nUID:a\nFN:Änne Daboo\nN:Daboo;Änne;;;\n"
            + $"NICKNAME:me\nEMAIL;TYPE=HOME:anne@example.com\nEND:VCARD\n");
        await house.AskAsync(201, $"PUT {DavHouse.Contacts}b.vcf\n\nBEGIN:VCARD\nVERSION:3.0\nUID:b\nFN:Bert Else\nN:Else;Bert;;;\n"
            + $"EMAIL:bert@example.org\nEND:VCARD\n");
        string Ask(string filter, string extra = "") => $"""
            REPORT {DavHouse.Contacts}
            Depth: 1

            <C:addressbook-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:prop><D:getetag/><C:address-data>
            <C:prop name="EMAIL"/>
            </C:address-data></D:prop>{filter}{extra}</C:addressbook-query>
            """;
        async Task<string> FindAsync(string filter) =>
            string.Join(' ', (await house.AskAsync(207, Ask(filter))).Hrefs.Select(href => href[^5]).Order());
        Assert.Equal("a", await FindAsync("<C:filter><C:prop-filter name='FN'><C:text-match collation='i;unicode-casemap' "
            + "match-type='contains'>äNNe</C:text-match></C:prop-filter></C:filter>"));
        Assert.Equal("b", await FindAsync("<C:filter><C:prop-filter name='EMAIL'><C:text-match match-type='ends-with'>"
            + ".org</C:text-match></C:prop-filter></C:filter>"));
        Assert.Equal("b", await FindAsync("<C:filter><C:prop-filter name='NICKNAME'><C:is-not-defined/></C:prop-filter></C:filter>"));
        Assert.Equal("a b", await FindAsync("<C:filter test='anyof'><C:prop-filter name='NICKNAME'/><C:prop-filter name='FN'>"
            + "<C:text-match match-type='starts-with'>bert</C:text-match></C:prop-filter></C:filter>"));
        Assert.Equal("", await FindAsync("<C:filter test='allof'><C:prop-filter name='NICKNAME'/><C:prop-filter name='FN'><C:text-match "
            + "match-type='starts-with'>bert</C:text-match></C:prop-filter></C:filter>"));
        Assert.Equal("a", await FindAsync("<C:filter><C:prop-filter name='EMAIL'><C:param-filter name='TYPE'><C:text-match "
            + "match-type='equals'>home</C:text-match></C:param-filter></C:prop-filter></C:filter>"));
        var cut = await house.AskAsync(207, Ask("<C:filter/>", "<C:limit><C:nresults>1</C:nresults></C:limit>"));
        Assert.Contains("507 Insufficient Storage", cut.Body, StringComparison.Ordinal);
        var data = (await house.AskAsync(207, Ask("<C:filter><C:prop-filter name='NICKNAME'/></C:filter>"))).Property("address-data")!;
        Assert.Contains("EMAIL;TYPE=HOME:anne@example.com", data, StringComparison.Ordinal);
        Assert.DoesNotContain("NICKNAME", data, StringComparison.Ordinal);
        Assert.Equal("valid-address-data", (await house.AskAsync(403, $"PUT {DavHouse.Contacts}c.vcf\n\nhello")).Precondition);
        Assert.Equal("no-uid-conflict", (await house.AskAsync(409, $"PUT {DavHouse.Contacts}c.vcf\n\nBEGIN:VCARD\nVERSION:3.0\nUID:b\n"
            + $"FN:X\nEND:VCARD\n")).Precondition);
    }

    [Fact]
    public async Task Only_the_right_password_opens_and_only_its_own_account()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(200, $"OPTIONS {F}");
        for (var i = 0; i < 3; i++) await house.AskAsync(401, $"OPTIONS {F}\nAuthorization: "
            + $"{DavHouse.Basic("anna@mail.test", "zbcdefghijklmnopqrstuvwxyz")}");
        await house.AskAsync(401, $"OPTIONS {F}\nAuthorization: {DavHouse.Basic("nobody@mail.test")}");
        await house.AskAsync(403, $"OPTIONS {F}\nAuthorization: {DavHouse.Basic("bert@mail.test")}");
    }

    [Fact]
    public async Task A_revoked_device_is_out_with_its_next_request_although_its_session_was_kept()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {F}a\n\n1");
        var device = Assert.Single(house.Anna.Devices).Id;
        Assert.Equal(Refusal.None, await house.Accounts.RevokeAsync(house.Anna.Id, device, TestContext.Current.CancellationToken));
        await house.AskAsync(401, $"GET {F}a");
    }
}
