using CompatBot.DialogueTests.Ftp;
using CompatBot.Protocols.Ftp;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>The tree of another time, below .history: to look at and to copy from, over WebDAV and over FTP.</summary>
public sealed class HistoryTests
{
    private const string Past = DavHouse.Files + ".history/";

    [Fact] // The clock of the house begins on 21 November 2026 at noon.
    public async Task A_past_tree_is_shown_and_does_not_change()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"MKCOL {DavHouse.Files}d/");
        await house.AskAsync(201, $"PUT {DavHouse.Files}d/a\n\nfirst");
        house.Time.Advance(TimeSpan.FromHours(1));
        await house.AskAsync(204, $"PUT {DavHouse.Files}d/a\n\nsecond");
        await house.AskAsync(201, $"PUT {DavHouse.Files}d/b\n\nb");
        house.Time.Advance(TimeSpan.FromHours(1));
        await house.AskAsync(204, $"DELETE {DavHouse.Files}d/");
        house.Time.Advance(TimeSpan.FromDays(2));
        foreach (var moment in (string[])["2026-11-21T12:30", "2026-11-21T12:30:00Z", "2026-11-21T12-30", "2026-11-21T12%3A59%3A59"])
        {
            Assert.Equal("first", (await house.AskAsync(200, $"GET {Past}{moment}/d/a")).Body);
            await house.AskAsync(404, $"GET {Past}{moment}/d/b");
        }

        Assert.Equal("second", (await house.AskAsync(200, $"GET {Past}2026-11-21T13:30/d/a")).Body);
        var all = await house.AskAsync(207, $"PROPFIND {Past}2026-11-21T13:30/\nDepth: infinity");
        string[] hrefs = ["", "d/", "d/a", "d/b"];
        Assert.Equal(hrefs.Select(href => $"{Past}2026-11-21T13:30/{href}"), all.Hrefs.Order(StringComparer.Ordinal));
        Assert.Single((await house.AskAsync(207, $"PROPFIND {Past}2026-11-22/\nDepth: infinity")).Hrefs);
        Assert.Single((await house.AskAsync(207, $"PROPFIND {DavHouse.Files}\nDepth: infinity")).Hrefs);
        var days = await house.AskAsync(207, $"PROPFIND {Past}\nDepth: 1");
        Assert.Equal([Past, $"{Past}2026-11-22/", $"{Past}2026-11-23/"], days.Hrefs.Order(StringComparer.Ordinal));
        foreach (var (request, status) in ((string, int)[])[
            ($"PUT {Past}2026-11-22/x\n\n1", 403), ($"PUT {Past}2026-11-21T13:30/d/a\n\n1", 403),
            ($"PUT {DavHouse.Files}.history\n\n1", 403),
            ($"MKCOL {DavHouse.Files}.history/", 403), ($"MKCOL {Past}x/", 403), ($"DELETE {Past}2026-11-21T13:30/d/a", 403),
            ($"MOVE {Past}2026-11-21T13:30/d/a\nDestination: {DavHouse.Files}x", 403),
            ($"COPY {Past}2026-11-21T13:30/d/a\nDestination: {Past}2026-11-21T13:30/d/c", 403),
            ($"COPY {Past}2026-11-21T13:30/d/a\nDestination: {DavHouse.Files}.history", 403),
            ($"LOCK {Past}2026-11-21T13:30/d/a\n\n<lockinfo xmlns='DAV:'><lockscope><exclusive/></lockscope><locktype><write/></locktype>"
                + $"</lockinfo>", 403),
            ($"PROPPATCH {Past}2026-11-21T13:30/d/a\n\n<propertyupdate xmlns='DAV:'><set><prop><x xmlns='u'/></prop></set>"
                + $"</propertyupdate>", 403),
            ($"PATCH {Past}2026-11-21T13:30/d/a\nContent-Type: application/x-sabredav-partialupdate\nX-Update-Range: append\n\n1", 403),
            ($"GET {Past}2026-11-24/d/a", 404), ($"GET {Past}nonsense/d/a", 404), ($"GET {Past}2026-13-41/d/a", 404),
            ($"PROPFIND {Past}9999-01-01/\nDepth: 0", 404), ($"PROPFIND {Past}0001-01-01/\nDepth: 1", 207)])
        {
            await house.AskAsync(status, request);
        }
    }

    [Fact]
    public async Task What_is_copied_out_of_the_past_is_there_again()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"MKCOL {DavHouse.Files}d/");
        await house.AskAsync(201, $"MKCOL {DavHouse.Files}d/e/");
        await house.AskAsync(201, $"PUT {DavHouse.Files}d/a\nContent-Type: text/x-a\nX-OC-Mtime: 1600000000\n\nfirst");
        await house.AskAsync(201, $"PUT {DavHouse.Files}d/e/b\n\nb");
        house.Time.Advance(TimeSpan.FromHours(1));
        await house.AskAsync(204, $"PUT {DavHouse.Files}d/a\n\nsecond");
        await house.AskAsync(204, $"DELETE {DavHouse.Files}d/e/");
        house.Time.Advance(TimeSpan.FromHours(1));
        const string Then = Past + "2026-11-21T12:30/";
        await house.AskAsync(412, $"COPY {Then}d/a\nDestination: {DavHouse.Files}d/a\nOverwrite: F");
        await house.AskAsync(409, $"COPY {Then}d/a\nDestination: {DavHouse.Files}no/a");
        await house.AskAsync(201, $"COPY {Then}d/a\nDestination: {DavHouse.Files}old");
        await house.AskAsync(204, $"COPY {Then}d/a\nDestination: {DavHouse.Files}d/a");
        foreach (var path in (string[])["old", "d/a"])
        {
            var got = await house.AskAsync(200, $"GET {DavHouse.Files}{path}");
            Assert.Equal(("first", "text/x-a", "Sun, 13 Sep 2020 12:26:40 GMT"), (got.Body, got["Content-Type"], got["Last-Modified"]));
        }

        await house.AskAsync(201, $"COPY {Then}d/\nDestination: {DavHouse.Files}whole/");
        Assert.Equal("b", (await house.AskAsync(200, $"GET {DavHouse.Files}whole/e/b")).Body);
        await house.AskAsync(204, $"COPY {Then}d/\nDestination: {DavHouse.Files}d/");
        Assert.Equal("b", (await house.AskAsync(200, $"GET {DavHouse.Files}d/e/b")).Body);
        await house.AskAsync(201, $"COPY {Then}\nDestination: {DavHouse.Files}everything/");
        Assert.Equal("first", (await house.AskAsync(200, $"GET {DavHouse.Files}everything/d/a")).Body);
        await house.AskAsync(204, $"PUT {DavHouse.Files}whole/e/b\n\nother");
        Assert.Equal("b", (await house.AskAsync(200, $"GET {Then}d/e/b")).Body);
    }

    [Fact]
    public async Task Somebodys_own_folder_of_that_name_is_his_own()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"MKCOL {DavHouse.Files}d/");
        await house.AskAsync(201, $"MKCOL {DavHouse.Files}d/.history/");
        await house.AskAsync(201, $"PUT {DavHouse.Files}d/.history/2026-11-21\n\nmine");
        Assert.Equal("mine", (await house.AskAsync(200, $"GET {DavHouse.Files}d/.history/2026-11-21")).Body);
        await house.AskAsync(404, "PROPFIND /dav/calendars/anna@mail.test/.history/\nDepth: 0");
    }

    [Fact]
    public async Task FTP_shows_it_too()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"MKCOL {DavHouse.Files}d/");
        await house.AskAsync(201, $"PUT {DavHouse.Files}d/a\n\nfirst");
        house.Time.Advance(TimeSpan.FromHours(1));
        await house.AskAsync(204, $"PUT {DavHouse.Files}d/a\n\nsecond");
        house.Time.Advance(TimeSpan.FromDays(1));
        var handler = new FtpHandler(house.Ftp, implicitTls: false);
        await using var client = await FtpBed.LogInAsync(handler, "anna@mail.test", DavHouse.Password);
        const string Then = "/.history/2026-11-21T12:30";
        Task DoAsync(string command, string reply) => FtpBed.DoAsync(client, command, reply);
        Task<string> GetAsync(string command) => FtpBed.TransferAsync(client, command, (string?)null, "226 That is all");
        Assert.Equal("d\r\n", await GetAsync("NLST"));
        await DoAsync($"CWD {Then}/d", $"250 \"{Then}/d\" is the working folder");
        Assert.Equal("first", await GetAsync("RETR a"));
        await DoAsync("TYPE I", "200 Type is image");
        await DoAsync("SIZE a", "213 5");
        await DoAsync("MDTM a", "213 20261121120000");
        await DoAsync("XMD5 a", "250 8b04d5e3775d298e78455efc5ca404d5");
        Assert.Equal("a\r\n", await GetAsync("NLST"));
        Assert.Matches("perm=el;.* \\.\r\n.*perm=r;.* a\r\n$", await GetAsync("MLSD"));
        Assert.Equal("2026-11-22\r\n", await GetAsync("NLST /.history"));
        await DoAsync("DELE a", "550 No such file or folder");
        await DoAsync("RNFR a", "550 No such file or folder");
        await DoAsync("MKD x", "550 No such file or folder");
        await DoAsync("RMD .", "550 No such file or folder");
        await DoAsync("STOR a", "553 There is no such folder");
        await DoAsync("APPE a", "553 There is no such folder");
        await DoAsync("MFMT 20200101000000 a", "550 No such file or folder");
        await DoAsync("COMB /x a", "550 No such file or folder");
        await DoAsync("MKD /.history", "550 No such file or folder");
        Assert.Equal("second", (await house.AskAsync(200, $"GET {DavHouse.Files}d/a")).Body);
    }
}
