using System.Globalization;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>Resumable uploads as draft-ietf-httpbis-resumable-upload has them.</summary>
public sealed class ResumableTests
{
    private const string Part = "Content-Type: application/partial-upload";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_upload_goes_on_where_it_was()
    {
        await using var house = await DavHouse.OpenAsync();
        var begun = await house.AskAsync(201, $"""
            PUT {DavHouse.Files}a%20b.txt
            Upload-Complete: ?0
            Upload-Length: 11
            Content-Type: text/x-mine
            X-OC-Mtime: 1600000000

            hello
            """);
        var url = begun["Location"]!;
        Assert.Equal(("?0", "5"), (begun["Upload-Complete"], begun["Upload-Offset"]));
        Assert.Equal("max-size=1099511627776, max-age=604800", begun["Upload-Limit"]);
        await house.AskAsync(404, $"GET {DavHouse.Files}a%20b.txt");
        var shown = await house.AskAsync(204, $"HEAD {url}");
        Assert.Equal(("?0", "5", "11"), (shown["Upload-Complete"], shown["Upload-Offset"], shown["Upload-Length"]));
        Assert.Equal("no-store", shown["Cache-Control"]);
        var next = await house.AskAsync(204, $"PATCH {url}\n{Part}\nUpload-Offset: 5\nUpload-Complete: ?0\n\n wor");
        Assert.Equal("9", next["Upload-Offset"]);
        await house.AskAsync(207, $"PROPFIND {url}/\nDepth: 1");
        var done = await house.AskAsync(201, $"PATCH {url}\n{Part}\nUpload-Offset: 9\nUpload-Complete: ?1\n\nld");
        Assert.Equal("?1", done["Upload-Complete"]);
        var got = await house.AskAsync(200, $"GET {DavHouse.Files}a%20b.txt");
        Assert.Equal(("hello world", "text/x-mine", done.ETag), (got.Body, got["Content-Type"], got.ETag));
        Assert.Equal("Sun, 13 Sep 2020 12:26:40 GMT", got["Last-Modified"]);
        await house.AskAsync(404, $"HEAD {url}");
    }

    [Fact]
    public async Task An_upload_that_was_cut_keeps_what_came()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\nold");
        var url = (await house.AskAsync(201, $"PUT {DavHouse.Files}a\nUpload-Complete: ?0"))["Location"]!;
        var text = string.Concat(Enumerable.Range(0, 500_000).Select(i => $"{i:D7} "));

        // More than the server keeps of what nobody has read: some of it has been.
        await house.CutAsync($"PATCH {url}\n{Part}\nUpload-Offset: 0\nUpload-Complete: ?1", text, 3_000_000);
        var offset = 0;
        for (var i = 0; i < 500 && offset == 0; i++)
        {
            await Task.Delay(10, Cancellation);
            offset = int.Parse((await house.AskAsync(204, $"HEAD {url}"))["Upload-Offset"]!, CultureInfo.InvariantCulture);
        }

        Assert.InRange(offset, 1, 3_000_000);
        Assert.Equal("old", (await house.AskAsync(200, $"GET {DavHouse.Files}a")).Body);
        await house.AskAsync(204, $"PATCH {url}\n{Part}\nUpload-Offset: {offset}\nUpload-Complete: ?1\n\n{text[offset..]}");
        Assert.Equal(text, (await house.AskAsync(200, $"GET {DavHouse.Files}a")).Body);
    }

    [Fact]
    public async Task A_whole_one_is_a_plain_put()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\nUpload-Complete: ?1\n\nhello");
        Assert.Equal("hello", (await house.AskAsync(200, $"GET {DavHouse.Files}a")).Body);
        Assert.NotNull((await house.AskAsync(200, $"OPTIONS {DavHouse.Files}"))["Upload-Limit"]);
    }

    [Theory]
    [InlineData("PUT {f}a\nUpload-Complete: yes\n\nx", 400, "")]
    [InlineData("PUT {f}a%01\nUpload-Complete: ?0\n\nx", 403, "")]
    [InlineData("PUT {f}no/a\nUpload-Complete: ?0\n\nx", 409, "")]
    [InlineData("PUT {f}a\nUpload-Complete: ?0\nUpload-Length: 2000000000000\n\nx", 413, "")]
    [InlineData("PUT {f}a\nUpload-Complete: ?0\nUpload-Length: -1\n\nx", 400, "")]
    [InlineData("PUT {f}old\nUpload-Complete: ?0\nIf-None-Match: *\n\nx", 412, "")]
    [InlineData("PATCH {u}\n{p}\nUpload-Complete: ?0\n\nx", 400, "")]
    [InlineData("PATCH {u}\n{p}\nUpload-Offset: 2\n\nx", 400, "")]
    [InlineData("PATCH {u}\nUpload-Offset: 2\nUpload-Complete: ?0\n\nx", 415, "")]
    [InlineData("PATCH {u}\n{p}\nUpload-Offset: 3\nUpload-Complete: ?0\n\nx", 409, "mismatching-upload-offset")]
    [InlineData("PATCH {u}\n{p}\nUpload-Offset: 99999999999999999999\nUpload-Complete: ?0\n\nx", 400, "")]
    [InlineData("PATCH {u}\n{p}\nUpload-Offset: 2\nUpload-Complete: ?1\n\nx", 400, "inconsistent-upload-length")]
    [InlineData("PATCH {u}\n{p}\nUpload-Offset: 2\nUpload-Complete: ?0\n\nxyz", 400, "inconsistent-upload-length")]
    [InlineData("PATCH {u}\n{p}\nUpload-Offset: 2\nUpload-Length: 5\nUpload-Complete: ?0\n\nx", 400, "inconsistent-upload-length")]
    [InlineData("PATCH /dav/uploads/anna@mail.test/other\n{p}\nUpload-Offset: 0\nUpload-Complete: ?0\n\nx", 405, "")]
    [InlineData("HEAD /dav/uploads/anna@mail.test/other", 405, "")]
    [InlineData("HEAD /dav/uploads/anna@mail.test/nothing", 404, "")]
    [InlineData("HEAD /dav/uploads/bert@mail.test/nothing", 403, "")]
    public async Task What_does_not_fit_is_refused_and_the_upload_stays(string request, int status, string type)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}old\n\nstays");
        await house.AskAsync(201, "MKCOL /dav/uploads/anna@mail.test/other/");
        var url = (await house.AskAsync(201, $"PUT {DavHouse.Files}a\nUpload-Complete: ?0\nUpload-Length: 4\n\nab"))["Location"]!;
        var text = request.Replace("{u}", url, StringComparison.Ordinal).Replace("{p}", Part, StringComparison.Ordinal);
        var reply = await house.AskAsync(status, text.Replace("{f}", DavHouse.Files, StringComparison.Ordinal));
        if (type.Length > 0) Assert.Contains($"http-problem-types#{type}", reply.Body, StringComparison.Ordinal);
        Assert.Equal("2", (await house.AskAsync(204, $"HEAD {url}"))["Upload-Offset"]);
        await house.AskAsync(201, $"PATCH {url}\n{Part}\nUpload-Offset: 2\nUpload-Complete: ?1\n\ncd");
        Assert.Equal("abcd", (await house.AskAsync(200, $"GET {DavHouse.Files}a")).Body);
        Assert.Equal("stays", (await house.AskAsync(200, $"GET {DavHouse.Files}old")).Body);
    }

    [Fact]
    public async Task An_upload_is_cancelled()
    {
        await using var house = await DavHouse.OpenAsync();
        var url = (await house.AskAsync(201, $"PUT {DavHouse.Files}a\nUpload-Complete: ?0\n\nab"))["Location"]!;
        await house.AskAsync(204, $"DELETE {url}");
        await house.AskAsync(404, $"PATCH {url}\n{Part}\nUpload-Offset: 2\nUpload-Complete: ?1\n\ncd");
        await house.AskAsync(404, $"GET {DavHouse.Files}a");
    }
}
