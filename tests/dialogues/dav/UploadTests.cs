using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>Uploads in parts as Nextcloud's clients and rclone do them.</summary>
public sealed class UploadTests
{
    private const string Uploads = "/dav/uploads/anna@mail.test/";

    [Fact]
    public async Task Parts_become_a_file()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"MKCOL {Uploads}one/\nDestination: {DavHouse.Files}a.txt");
        await house.AskAsync(405, $"MKCOL {Uploads}one/");
        foreach (var (part, text) in ((string, string)[])[("2", "b"), ("10", "c"), ("1", "x")])
        {
            await house.AskAsync(201, $"PUT {Uploads}one/{part}\nDestination: {DavHouse.Files}a.txt\nOC-Total-Length: 3\n\n{text}");
        }

        await house.AskAsync(204, $"PUT {Uploads}one/1\n\na");
        var parts = await house.AskAsync(207, $"PROPFIND {Uploads}one/\nDepth: 1");
        var hrefs = parts.Hrefs.Order(StringComparer.Ordinal);
        Assert.Equal([$"{Uploads}one/", $"{Uploads}one/1", $"{Uploads}one/10", $"{Uploads}one/2"], hrefs);
        await house.AskAsync(404, $"GET {DavHouse.Files}a.txt");
        var moved = await house.AskAsync(201, $"""
            MOVE {Uploads}one/.file
            Destination: http://{"{host}"}{DavHouse.Files}a.txt
            OC-Total-Length: 3
            X-OC-Mtime: 1600000000
            OC-Checksum: SHA1:a9993e364706816aba3e25717850c26c9cd0d89d
            """);
        Assert.Equal("accepted", moved["X-OC-MTime"]);
        var got = await house.AskAsync(200, $"GET {DavHouse.Files}a.txt");
        Assert.Equal(("abc", moved.ETag, "text/plain"), (got.Body, got.ETag, got["Content-Type"]));
        Assert.Equal("Sun, 13 Sep 2020 12:26:40 GMT", got["Last-Modified"]);
        Assert.StartsWith("SHA1:a9993e364706816aba3e25717850c26c9cd0d89d", got["OC-Checksum"], StringComparison.Ordinal);
        await house.AskAsync(404, $"PROPFIND {Uploads}one/\nDepth: 0");
        await house.AskAsync(404, $"MOVE {Uploads}one/.file\nDestination: {DavHouse.Files}a.txt");
        Assert.Single((await house.AskAsync(207, $"PROPFIND {Uploads}\nDepth: 1")).Hrefs);
    }

    [Fact]
    public async Task What_rclone_sends_works()
    {
        await using var house = await DavHouse.OpenAsync();
        for (var round = 0; round < 2; round++)
        {
            await house.AskAsync(round == 0 ? 404 : 204, $"DELETE {Uploads}rclone-chunked-upload-0123/");
            await house.AskAsync(201, $"MKCOL {Uploads}rclone-chunked-upload-0123/");
            await house.AskAsync(201, $"PUT {Uploads}rclone-chunked-upload-0123/000000000000000-000000000000002\n\nabc");
            await house.AskAsync(201, $"PUT {Uploads}rclone-chunked-upload-0123/000000000000003-000000000000004\n\nde");
        }

        await house.AskAsync(
            201, $"MOVE {Uploads}rclone-chunked-upload-0123/.file\nDestination: {DavHouse.Files}r\nX-OC-Mtime: 1600000000.5");
        Assert.Equal("abcde", (await house.AskAsync(200, $"GET {DavHouse.Files}r")).Body);
    }

    [Theory]
    [InlineData("MOVE {u}.file\nDestination: {f}a\nOC-Total-Length: 6", 400)]
    [InlineData("MOVE {u}.file\nDestination: {f}a\nOC-Checksum: MD5:00", 400)]
    [InlineData("MOVE {u}.file\nDestination: {f}no/a", 409)]
    [InlineData("MOVE {u}.file\nDestination: {f}d", 409)]
    [InlineData("MOVE {u}.file\nDestination: {f}old\nOverwrite: F", 412)]
    [InlineData("MOVE {u}.file\nDestination: {f}old\nIf: <{f}old> ([\"x\"])", 412)]
    [InlineData("MOVE {u}.file\nDestination: {f}", 403)]
    [InlineData("MOVE {u}.file\nDestination: /dav/uploads/anna@mail.test/one/x", 403)]
    [InlineData("MOVE {u}.file\nDestination: /dav/calendars/anna@mail.test/calendar/x", 403)]
    [InlineData("MOVE {u}.file\nDestination: /dav/files/bert@mail.test/x", 403)]
    [InlineData("MOVE {u}.file\nDestination: http://elsewhere.example{f}x", 502)]
    [InlineData("MOVE {u}.file", 400)]
    [InlineData("MOVE {u}1\nDestination: {f}a", 403)]
    [InlineData("MOVE /dav/uploads/anna@mail.test/two/.file\nDestination: {f}a", 404)]
    [InlineData("PUT {u}.file\n\n1", 403)]
    [InlineData("PUT {u}1/2\n\n1", 405)]
    [InlineData("PUT /dav/uploads/anna@mail.test/two/1\n\n1", 409)]
    [InlineData("PUT /dav/uploads/anna@mail.test/1\n\n1", 405)]
    [InlineData("PUT {u}2\nOC-Checksum: MD5:00\n\n1", 400)]
    [InlineData("MKCOL {u}x/", 405)]
    [InlineData("MKCOL /dav/uploads/anna@mail.test/a%01b/", 403)]
    [InlineData("MKCOL /dav/uploads/bert@mail.test/x/", 403)]
    [InlineData("MKCOL /dav/uploads/anna@mail.test/big/\nOC-Total-Length: 2000000000000", 413)]
    [InlineData("GET {u}1", 405)]
    [InlineData("LOCK {u}1", 405)]
    [InlineData("COPY {u}1\nDestination: {f}a", 405)]
    [InlineData("COPY {f}old\nDestination: {u}2", 403)]
    [InlineData("DELETE /dav/uploads/anna@mail.test/", 403)]
    public async Task What_can_not_be_done_is_refused_and_the_parts_stay(string request, int status)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}old\n\nstays");
        await house.AskAsync(201, $"MKCOL {DavHouse.Files}d/");
        await house.AskAsync(201, $"MKCOL {Uploads}one/");
        await house.AskAsync(201, $"PUT {Uploads}one/1\n\nhello");
        var text = request.Replace("{u}", Uploads + "one/", StringComparison.Ordinal);
        await house.AskAsync(status, text.Replace("{f}", DavHouse.Files, StringComparison.Ordinal));
        Assert.Equal("stays", (await house.AskAsync(200, $"GET {DavHouse.Files}old")).Body);
        Assert.Equal(3, (await house.AskAsync(207, $"PROPFIND {DavHouse.Files}\nDepth: infinity")).Hrefs.Count());
        Assert.Equal(2, (await house.AskAsync(207, $"PROPFIND {Uploads}\nDepth: 1")).Hrefs.Count());
        await house.AskAsync(201, $"MOVE {Uploads}one/.file\nDestination: {DavHouse.Files}a");
        Assert.Equal("hello", (await house.AskAsync(200, $"GET {DavHouse.Files}a")).Body);
    }

    [Fact]
    public async Task A_locked_file_is_replaced_by_who_holds_the_lock()
    {
        const string Body = """
            <D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>
            """;
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\nold");
        var token = (await house.AskAsync(200, $"LOCK {DavHouse.Files}a\n\n{Body}"))["Lock-Token"];
        await house.AskAsync(201, $"MKCOL {Uploads}one/");
        await house.AskAsync(201, $"PUT {Uploads}one/1\n\nnew");
        await house.AskAsync(423, $"MOVE {Uploads}one/.file\nDestination: {DavHouse.Files}a");
        await house.AskAsync(204, $"MOVE {Uploads}one/.file\nDestination: {DavHouse.Files}a\nIf: <{DavHouse.Files}a> ({token})");
        Assert.Equal("new", (await house.AskAsync(200, $"GET {DavHouse.Files}a")).Body);
    }

    [Fact]
    public async Task An_upload_that_nobody_finished_ends_after_a_week()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"MKCOL {Uploads}old/");
        await house.AskAsync(201, $"PUT {Uploads}old/1\n\nhello");
        house.Time.Advance(TimeSpan.FromDays(6));
        await house.AskAsync(201, $"MKCOL {Uploads}new/");
        Assert.Equal(3, (await house.AskAsync(207, $"PROPFIND {Uploads}\nDepth: 1")).Hrefs.Count());
        house.Time.Advance(TimeSpan.FromDays(1.1));
        await house.AskAsync(201, $"MKCOL {Uploads}old/");
        Assert.Single((await house.AskAsync(207, $"PROPFIND {Uploads}old/\nDepth: 1")).Hrefs);
        Assert.Equal(3, (await house.AskAsync(207, $"PROPFIND {Uploads}\nDepth: 1")).Hrefs.Count());
    }

    [Fact]
    public async Task Uploads_are_counted_and_limited()
    {
        await using var house = await DavHouse.OpenAsync();
        for (var i = 0; i < 100; i++) await house.AskAsync(201, $"MKCOL {Uploads}{i}/");
        await house.AskAsync(507, $"MKCOL {Uploads}more/");
        await house.AskAsync(204, $"DELETE {Uploads}7/");
        await house.AskAsync(404, $"DELETE {Uploads}7/");
        await house.AskAsync(201, $"MKCOL {Uploads}more/");
        await house.AskAsync(201, $"PUT {Uploads}more/1\n\nhello");
        var home = await house.AskAsync(207, $"""
            PROPFIND {DavHouse.Files}
            Depth: 0

            <propfind xmlns="DAV:"><prop><quota-used-bytes/></prop></propfind>
            """);
        Assert.Equal("5", home.Property("quota-used-bytes"));
        await house.AskAsync(204, $"DELETE {Uploads}more/1");
        await house.AskAsync(201, $"MOVE {Uploads}more/.file\nDestination: {DavHouse.Files}empty");
        Assert.Equal("", (await house.AskAsync(200, $"GET {DavHouse.Files}empty")).Body);
    }
}
