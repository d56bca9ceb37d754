using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav;
using Xunit;
using static CompatBot.DialogueTests.Dav.Scheduling.Invitations;

namespace CompatBot.DialogueTests.Dav.Attachments;

/// <summary>Managed attachments of calendar objects (RFC 8607).</summary>
public sealed class AttachmentTests
{
    private const string Anna = "anna@mail.test";
    private const string One = DavHouse.Calendar + "1.ics";
    private const string Series = DavHouse.Calendar + "s.ics";

    private static string Add(string path, string query = "", string content = "minutes", string name = "Minutes.txt") =>
        $"POST {path}?action=attachment-add{query}\nContent-Type: text/plain; charset=utf-8\n"
        + $"Content-Disposition: attachment; filename=\"{name}\"\n\n{content}";

    private static string Update(string path, string id, string content) =>
        $"POST {path}?action=attachment-update&managed-id={id}\nContent-Type: text/html\n"
        + $"Content-Disposition: attachment; filename=\"Later, but not <last>.html\"\n\n{content}";

    private static string Remove(string path, string id, string query = "") =>
        $"POST {path}?action=attachment-remove&managed-id={id}{query}";

    private static async Task<DavHouse> OpenAsync(DavLimits? limits = null)
    {
        var house = await DavHouse.OpenAsync(limits);
        await house.AskAsync(201, $"PUT {One}\n\n{Event("one", "DTSTART:20260105T110000Z", "SUMMARY:One")}");
        await house.AskAsync(201, $"PUT {Series}\n\n{Event("series", "DTSTART;TZID=Europe/Berlin:20260105T110000", "RRULE:FREQ=DAILY")}");
        return house;
    }

    private static string PathOf(DavReply reply) => new Uri(reply["Location"]!).AbsolutePath;

    /// <summary>Asks for an attachment as who has nothing but its URL.</summary>
    private static Task<DavReply> FetchAsync(DavHouse house, int status, string path, string more = "") =>
        house.AskAsync(status, $"GET {path}\nAuthorization: none{more}");

    private static async Task<string[]> LinesAsync(DavHouse house, string path) =>
        [.. Unfold((await house.AskAsync(200, $"GET {path}")).Body).Split('\n')
            .Where(line => line.StartsWith("ATTACH", StringComparison.Ordinal)
                || line.StartsWith("RECURRENCE-ID", StringComparison.Ordinal) || line == "BEGIN:VEVENT")];

    [Fact]
    public async Task An_attachment_is_added_fetched_replaced_and_removed()
    {
        await using var house = await OpenAsync();
        var options = await house.AskAsync(200, $"OPTIONS {One}");
        Assert.Contains("calendar-managed-attachments", options["DAV"], StringComparison.Ordinal);
        var before = await house.AskAsync(200, $"GET {One}");
        var added = await house.AskAsync(201, Add(One));
        var id = added["Cal-Managed-ID"];
        var url = PathOf(added);
        var one = await house.AskAsync(200, $"GET {One}");
        Assert.Equal(added.ETag, one.ETag);
        Assert.NotEqual(before.ETag, one.ETag);
        var line = $"\nATTACH;MANAGED-ID={id};FMTTYPE=text/plain;SIZE=7;FILENAME=Minutes.txt:{added["Location"]}\n";
        Assert.Contains(line, Unfold(one.Body), StringComparison.Ordinal);

        var fetched = await FetchAsync(house, 200, url);
        Assert.Equal("minutes", fetched.Body);
        Assert.Equal("text/plain", fetched["Content-Type"]);
        Assert.Equal("attachment; filename=Minutes.txt; filename*=UTF-8''Minutes.txt", fetched["Content-Disposition"]);
        Assert.Contains("sandbox", fetched["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.Equal("nut", (await FetchAsync(house, 206, url, "\nRange: bytes=2-4")).Body);
        await FetchAsync(house, 304, url, $"\nIf-None-Match: {fetched.ETag}");
        await FetchAsync(house, 416, url, "\nRange: bytes=7-");
        Assert.Equal("", (await house.AskAsync(200, $"HEAD {url}")).Body);
        foreach (var method in (string[])["PUT", "DELETE", "PROPFIND", "POST"]) await house.AskAsync(405, $"{method} {url}");

        var updated = await house.AskAsync(
            200, Update(One, id!, "<b>later</b>").Replace("\n\n", "\nPrefer: return=representation\n\n", StringComparison.Ordinal));
        var other = updated["Cal-Managed-ID"];
        Assert.NotEqual(id, other);
        Assert.Equal("return=representation", updated["Preference-Applied"]);
        Assert.Equal(One, updated["Content-Location"]);
        Assert.Equal(updated.Body, (await house.AskAsync(200, $"GET {One}")).Body);
        var begun = $"ATTACH;MANAGED-ID={other};FMTTYPE=text/html;SIZE=12;FILENAME=\"Later, but not <last>.html\":";
        Assert.Contains(begun, Unfold(updated.Body), StringComparison.Ordinal);
        await FetchAsync(house, 404, url);
        var later = Assert.Single((await LinesAsync(house, One))[1..]);
        var there = new Uri(later[(later.LastIndexOf(":http", StringComparison.Ordinal) + 1)..]).AbsolutePath;
        Assert.Equal("<b>later</b>", (await FetchAsync(house, 200, there)).Body);

        await house.AskAsync(204, Remove(One, other!));
        Assert.Equal(["BEGIN:VEVENT"], await LinesAsync(house, One));
        Assert.Null((await house.AskAsync(201, Add(One, content: "")))["Content-Type"]);
    }

    [Theory]
    [InlineData("", "valid-action")]
    [InlineData("?action=", "valid-action")]
    [InlineData("?action=attachment-burn", "valid-action")]
    [InlineData("?action=attachment-add&managed-id=x", "valid-managed-id")]
    [InlineData("?action=attachment-update", "valid-managed-id")]
    [InlineData("?action=attachment-update&managed-id=x", "valid-managed-id")]
    [InlineData("?action=attachment-update&managed-id={id}&rid=M", "valid-rid")]
    [InlineData("?action=attachment-remove&managed-id={id}x", "valid-managed-id")]
    [InlineData("?action=attachment-remove&managed-id={id}&rid=20260106T100000Z", "valid-managed-id")] // It is the master's alone.
    [InlineData("?action=attachment-add&rid=", "valid-rid")]
    [InlineData("?action=attachment-add&rid=N", "valid-rid")]
    [InlineData("?action=attachment-add&rid=20260106T090000Z", "valid-rid")]
    [InlineData("?action=attachment-add&rid=20260104", "valid-rid")]
    [InlineData("?action=attachment-add&rid=M,20260101T100000Z", "valid-rid")]
    public async Task A_query_that_asks_for_nothing_possible_is_refused(string query, string precondition)
    {
        await using var house = await OpenAsync();
        await house.AskAsync(201, $"POST {Series}?action=attachment-add&rid=20260106T100000Z\nContent-Type: text/plain\n\nx");
        var id = (await house.AskAsync(201, Add(Series, "&rid=M")))["Cal-Managed-ID"];
        var post = $"POST {Series}{query.Replace("{id}", id, StringComparison.Ordinal)}\nContent-Type: text/plain\n\nx";
        if (query.Length == 0) await house.AskAsync(405, post);
        else Assert.Equal(precondition, (await house.AskAsync(403, post)).Precondition);
        await house.AskAsync(404, $"POST {DavHouse.Calendar}none.ics?action=attachment-add\n\nx");
        Assert.Equal("valid-action", (await house.AskAsync(403, $"POST {DavHouse.Calendar}?action=attachment-add\n\nx")).Precondition);
        await house.AskAsync(412, Add(Series).Replace("\n\n", "\nIf-Match: \"old\"\n\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Limits_are_told_and_kept()
    {
        await using var house = await OpenAsync(new DavLimits { AttachmentBytesMax = 10, AttachmentsMax = 2 });
        var told = await house.AskAsync(207, $"PROPFIND {DavHouse.Calendar}\nDepth: 0\n\n<propfind xmlns='DAV:' xmlns:C="
            + "'urn:ietf:params:xml:ns:caldav'><prop><C:max-attachment-size/><C:max-attachments-per-resource/></prop></propfind>");
        Assert.Equal(("10", "2"), (told.Property("max-attachment-size"), told.Property("max-attachments-per-resource")));
        var home = await house.AskAsync(207, "PROPFIND /dav/calendars/anna@mail.test/\nDepth: 0\n\n<propfind xmlns='DAV:' xmlns:C="
            + "'urn:ietf:params:xml:ns:caldav'><prop><C:managed-attachments-server-URL/></prop></propfind>");
        Assert.Equal($"http://{house.Authority}", home.Property("managed-attachments-server-URL"));
        Assert.Equal("max-attachment-size", (await house.AskAsync(403, Add(One, content: "12345678901"))).Precondition);
        const string Chunks = "\nTransfer-Encoding: chunked\n\nb\r\n12345678901\r\n0\r\n\r\n";
        var chunked = Add(One).Replace("\n\nminutes", Chunks, StringComparison.Ordinal);
        Assert.Equal("max-attachment-size", (await house.AskAsync(403, chunked)).Precondition);
        await house.AskAsync(201, Add(One, content: "1234567890"));
        var second = (await house.AskAsync(201, Add(One)))["Cal-Managed-ID"];
        Assert.Equal("max-attachments-per-resource", (await house.AskAsync(403, Add(One))).Precondition);
        await house.AskAsync(204, Update(One, second!, "new"));
        await house.AskAsync(204, $"DELETE {One}");
        await house.AskAsync(404, Add(One));
    }

    [Fact]
    public async Task Instances_have_attachments_of_their_own()
    {
        await using var house = await OpenAsync();
        var all = (await house.AskAsync(201, Add(Series)))["Cal-Managed-ID"];
        var one = (await house.AskAsync(201, Add(Series, "&rid=20260107T100000Z,20260108T110000")))["Cal-Managed-ID"];
        var lines = await LinesAsync(house, Series);
        Assert.Equal(3, lines.Count(line => line == "BEGIN:VEVENT"));
        Assert.Equal(3, lines.Count(line => line.Contains(all!, StringComparison.Ordinal)));
        Assert.Equal(2, lines.Count(line => line.Contains(one!, StringComparison.Ordinal)));
        Assert.Equal(
            ["RECURRENCE-ID;TZID=Europe/Berlin:20260107T110000", "RECURRENCE-ID;TZID=Europe/Berlin:20260108T110000"],
            lines.Where(line => line.StartsWith("RECURRENCE", StringComparison.Ordinal)));

        // From one that only the series has made so far; the file stays for the others.
        await house.AskAsync(204, Remove(Series, all!, "&rid=20260109T100000Z"));
        lines = await LinesAsync(house, Series);
        Assert.Equal(4, lines.Count(line => line == "BEGIN:VEVENT"));
        Assert.Equal(3, lines.Count(line => line.Contains(all!, StringComparison.Ordinal)));
        await house.AskAsync(204, Remove(Series, one!, "&rid=20260107T100000Z"));
        await house.AskAsync(204, Remove(Series, all!));
        var last = Assert.Single(await LinesAsync(house, Series), line => line.StartsWith("ATTACH", StringComparison.Ordinal));
        Assert.Contains(one!, last, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_put_keeps_reuses_and_drops_what_it_names()
    {
        await using var house = await OpenAsync();
        var added = await house.AskAsync(201, Add(One));
        var (id, url) = (added["Cal-Managed-ID"], PathOf(added));
        var attach = $"ATTACH;MANAGED-ID={id}:{added["Location"]}";
        string With(string uid, string line) => Event(uid, "DTSTART:20260105T110000Z", "SUMMARY:Other", line);
        await house.AskAsync(204, $"PUT {One}\n\n{With("one", attach)}");
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}2.ics\n\n{With("two", attach)}");
        await house.AskAsync(201, $"POST {DavHouse.Calendar}\nContent-Type: text/calendar\n\n{With("three", attach)}");
        var unknown = attach.Replace(id!, "elsewhere", StringComparison.Ordinal);
        foreach (var path in (string[])[One, DavHouse.Calendar + "4.ics"])
        {
            var refused = await house.AskAsync($"PUT {path}\n\n{With(path == One ? "one" : "four", unknown)}");
            Assert.Equal((403, "valid-managed-id-parameter"), (refused.Status, refused.Precondition));
        }

        // What came in a file of another server keeps its ids, and can be changed.
        await house.AskAsync(201, $"POST {DavHouse.Calendar}\nContent-Type: text/calendar\n\n{With("five", unknown)}");
        var changed = With("five", unknown).Replace("Other", "Same", StringComparison.Ordinal);
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}five.ics\n\n{changed}");

        await house.AskAsync(204, Remove(One, id!));
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}2.ics\n\n{With("two", "SEQUENCE:1")}");
        Assert.Equal("minutes", (await FetchAsync(house, 200, url)).Body);
        await house.AskAsync(201, "MKCALENDAR /dav/calendars/anna@mail.test/other/");
        await house.AskAsync(201, $"MOVE {DavHouse.Calendar}three.ics\nDestination: /dav/calendars/anna@mail.test/other/three.ics");
        await FetchAsync(house, 200, url);
        await house.AskAsync(204, "DELETE /dav/calendars/anna@mail.test/other/");
        await FetchAsync(house, 404, url);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // Anna's account is closed: the URL itself opens what it names.
    public async Task Who_attends_fetches_what_the_organizer_attached(bool annaIsThere)
    {
        await using var first = await OpenAsync();
        await first.AskAsync(201, $"PUT {DavHouse.Calendar}l.ics\n\n{Lunch(Attendee(Bert), Attendee("eve@else.test"))}");
        var added = await first.AskAsync(201, Add(DavHouse.Calendar + "l.ics", content: new string('m', 3 << 20)));
        Assert.NotNull(added["Schedule-Tag"]);
        Assert.Contains($":{added["Location"]}\n", CalendarOf(first.Outgoing[^1].Text), StringComparison.Ordinal);
        var theirs = await first.ReadAsync(Bert, "calendar/lunch.ics");
        var line = $"ATTACH;FMTTYPE=text/plain;SIZE=3145728;FILENAME=Minutes.txt:{added["Location"]}\n";
        Assert.Contains(line, theirs, StringComparison.Ordinal);
        var accepted = theirs.Replace("NEEDS-ACTION", "ACCEPTED", StringComparison.Ordinal);
        await first.AskAsAsync(Bert, 204, $"PUT {Berts}calendar/lunch.ics\n\n{accepted}");

        // The answer is taken into Anna's object, which keeps its attachment.
        Assert.Contains("MANAGED-ID", await first.ReadAsync(Anna, "calendar/l.ics"), StringComparison.Ordinal);
        if (!annaIsThere) await first.CloseVaultsAsync();
        await using var house = await first.RestartAsync();
        if (annaIsThere) await house.AskAsync(207, $"PROPFIND {DavHouse.Calendar}\nDepth: 0");
        Assert.Equal(annaIsThere ? 1 : 0, house.OpenVaults);
        Assert.Equal(3 << 20, (await FetchAsync(house, 200, PathOf(added))).Body.Length);
        Assert.Equal(new string('m', 5), (await FetchAsync(house, 206, PathOf(added), "\nRange: bytes=3145723-")).Body);
        Assert.Equal(annaIsThere ? 1 : 0, house.OpenVaults);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("AAAA")]
    [InlineData("{token}A")]
    [InlineData("{token}/Minutes.txt/more")]
    [InlineData("..%2f{token}")]
    [InlineData("{cut}")]
    public async Task No_other_URL_opens_anything(string path)
    {
        await using var house = await OpenAsync();
        var token = PathOf(await house.AskAsync(201, Add(One))).Split('/')[3];
        var wrong = path.Replace("{token}", token, StringComparison.Ordinal).Replace("{cut}", token[..60], StringComparison.Ordinal);
        var status = (await house.AskAsync($"GET /dav/attachments/{wrong}\nAuthorization: none")).Status;
        Assert.Equal(404, status);

        // Another length for the same content, also while the account is closed.
        var octets = System.Buffers.Text.Base64Url.DecodeFromChars(token);
        octets[16 + 32 + 1 + 7]++;
        await FetchAsync(house, 404, $"/dav/attachments/{System.Buffers.Text.Base64Url.EncodeToString(octets)}/m");
        await house.CloseVaultsAsync();
        await FetchAsync(house, 404, $"/dav/attachments/{System.Buffers.Text.Base64Url.EncodeToString(octets)}/m");
        await FetchAsync(house, 200, $"/dav/attachments/{token}");
    }

    [Fact]
    public async Task Members_of_a_shared_calendar_attach_if_they_may_write()
    {
        await using var house = await OpenAsync();
        string Share(string access) => $"POST {DavHouse.Calendar}\nContent-Type: application/xml\n\n<CS:share xmlns:D='DAV:' xmlns:CS="
            + $"'http://calendarserver.org/ns/'><CS:set><D:href>mailto:{Bert}</D:href><CS:{access}/></CS:set></CS:share>";
        await house.AskAsync(200, Share("read"));
        var home = await house.AskAsAsync(Bert, 207, $"PROPFIND {Berts}\nDepth: 1");
        var shared = home.Hrefs.Single(href => href.StartsWith(Berts + "shared-", StringComparison.Ordinal));
        await house.AskAsAsync(Bert, 403, Add(shared + "1.ics"));
        await house.AskAsync(200, Share("read-write"));
        var added = await house.AskAsAsync(Bert, 201, Add(shared + "1.ics"));
        Assert.Contains(added["Cal-Managed-ID"]!, await house.ReadAsync(Anna, "calendar/1.ics"), StringComparison.Ordinal);
        await FetchAsync(house, 200, PathOf(added));
    }

    [Fact]
    public async Task Octets_count_and_are_garbage_after_the_last_reference()
    {
        await using var house = await OpenAsync();
        var added = await house.AskAsync(201, Add(One, content: new string('g', 100_000)));
        var again = await house.AskAsync(201, Add(Series, content: new string('g', 100_000)));
        var used = await house.AskAsync(207, $"PROPFIND {DavHouse.Calendar}\nDepth: 0\n\n"
            + "<propfind xmlns='DAV:'><prop><quota-used-bytes/></prop></propfind>");
        Assert.InRange(int.Parse(used.Property("quota-used-bytes")!, System.Globalization.CultureInfo.InvariantCulture), 200_000, 210_000);
        var password = new Password(DavHouse.Password);
        var session = (await house.Sessions.LoginAsync(Anna, password, "test", TestContext.Current.CancellationToken)).Value!;
        async Task<long> CollectAsync()
        {
            house.Time.Advance(TimeSpan.FromDays(40));
            var collected = await session.CollectAsync(30, new Pace(house.Time, 1), TestContext.Current.CancellationToken);
            Assert.Equal(Refusal.None, collected.Refusal);
            return collected.Value!.ReleasedBytes;
        }

        await house.AskAsync(204, Remove(One, added["Cal-Managed-ID"]!));
        Assert.InRange(await CollectAsync(), 0, 90_000); // Equal content is stored once, and somebody names it still.
        await FetchAsync(house, 200, PathOf(again));
        await house.AskAsync(204, $"DELETE {Series}");
        Assert.InRange(await CollectAsync(), 100_000, 200_000);
        await session.DisposeAsync();
        await house.CloseVaultsAsync();
        await FetchAsync(house, 404, PathOf(again));
    }
}
