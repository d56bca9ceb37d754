using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>Parts of files: PUT with Content-Range as Apache takes it, and PATCH as sabre/dav defined it.</summary>
public sealed class PartialTests
{
    private const string Patch = "Content-Type: application/x-sabredav-partialupdate";

    [Theory]
    [InlineData("PUT {f}a\nContent-Range: bytes 0-1/11\n\nHE", 204, "HEllo world")]
    [InlineData("PUT {f}a\nContent-Range: bytes 6-10/11\n\nWORLD", 204, "hello WORLD")]
    [InlineData("PUT {f}a\nContent-Range: bytes 6-12/*\n\nthe end", 204, "hello the end")]
    [InlineData("PUT {f}a\nContent-Range: Bytes 11-11/12\n\n!", 204, "hello world!")]
    [InlineData("PUT {f}a\nContent-Range: bytes 12-12/13\n\n!", 416, "hello world")]
    [InlineData("PUT {f}a\nContent-Range: bytes 0-1/11\n\nHEL", 400, "hello world")]
    [InlineData("PUT {f}a\nContent-Range: bytes 0-1/11\nTransfer-Encoding: chunked\n\n3\r\nHEL\r\n0\r\n\r\n", 400, "hello world")]
    [InlineData("PUT {f}a\nContent-Range: bytes 0-1/11\nTransfer-Encoding: chunked\n\n2\r\nHE\r\n0\r\n\r\n", 204, "HEllo world")]
    [InlineData("PUT {f}a\nContent-Range: bytes 1-0/11\n\n", 400, "hello world")]
    [InlineData("PUT {f}a\nContent-Range: bytes 0-1/1\n\nHE", 400, "hello world")]
    [InlineData("PUT {f}a\nContent-Range: bytes */11\n\nHE", 400, "hello world")]
    [InlineData("PUT {f}a\nContent-Range: lines 0-1/11\n\nHE", 400, "hello world")]
    [InlineData("PUT {f}a\nContent-Range: bytes -1-1/11\n\nHE", 400, "hello world")]
    [InlineData("PUT {f}a\nContent-Range: bytes 0-99999999999999999999/*\n\nHE", 400, "hello world")]
    [InlineData("PUT {f}a\nContent-Range: bytes 0-1/11\nIf-Match: \"x\"\n\nHE", 412, "hello world")]
    [InlineData("PATCH {f}a\n{p}\nX-Update-Range: bytes=0-1\n\nHE", 204, "HEllo world")]
    [InlineData("PATCH {f}a\n{p}\nX-Update-Range: bytes=6-\n\nthe end", 204, "hello the end")]
    [InlineData("PATCH {f}a\n{p}\nX-Update-Range: bytes=-5\n\nWORLD", 204, "hello WORLD")]
    [InlineData("PATCH {f}a\n{p}\nX-Update-Range: bytes=-5\n\nW", 204, "hello World")]
    [InlineData("PATCH {f}a\n{p}\nX-Update-Range: append\n\n!", 204, "hello world!")]
    [InlineData("PATCH {f}a\n{p}\nX-Update-Range: APPEND\n\n", 204, "hello world")]
    [InlineData("PATCH {f}a\n{p}\nX-Update-Range: bytes=11-\n\n!", 204, "hello world!")]
    [InlineData("PATCH {f}a\n{p}\nX-Update-Range: bytes=12-\n\n!", 416, "hello world")]
    [InlineData("PATCH {f}a\n{p}\nX-Update-Range: bytes=-12\n\n!", 416, "hello world")]
    [InlineData("PATCH {f}a\n{p}\nX-Update-Range: bytes=0-1\n\nHEL", 400, "hello world")]
    [InlineData("PATCH {f}a\n{p}\nX-Update-Range: bytes=2-1\n\nHE", 400, "hello world")]
    [InlineData("PATCH {f}a\n{p}\nX-Update-Range: bytes=-\n\nHE", 400, "hello world")]
    [InlineData("PATCH {f}a\n{p}\nX-Update-Range: nonsense\n\nHE", 400, "hello world")]
    [InlineData("PATCH {f}a\n{p}\n\nHE", 400, "hello world")]
    [InlineData("PATCH {f}a\n{p}\nX-Update-Range: append\nIf-Match: \"x\"\n\nHE", 412, "hello world")]
    [InlineData("PATCH {f}a\nContent-Type: text/plain\nX-Update-Range: append\n\nHE", 415, "hello world")]
    [InlineData("PATCH {f}none\n{p}\nX-Update-Range: append\n\nHE", 404, "hello world")]
    [InlineData("PATCH {f}\n{p}\nX-Update-Range: append\n\nHE", 405, "hello world")]
    public async Task A_part_is_written_over_or_nothing_is(string request, int status, string content)
    {
        await using var house = await DavHouse.OpenAsync();
        var before = await house.AskAsync(201, $"PUT {DavHouse.Files}a\nContent-Type: text/x-a\n\nhello world");
        var text = request.Replace("{f}", DavHouse.Files, StringComparison.Ordinal).Replace("{p}", Patch, StringComparison.Ordinal);
        var reply = await house.AskAsync(status, text);
        if (status == 416) Assert.Equal("bytes */11", reply["Content-Range"]);
        var after = await house.AskAsync(200, $"GET {DavHouse.Files}a");
        Assert.Equal((content, "text/x-a"), (after.Body, after["Content-Type"]));
        Assert.Equal($"sha-256=:{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}:", after["Repr-Digest"]);
        if (status == 204) Assert.Equal(after.ETag, reply.ETag);
        else Assert.Equal(after.ETag, before.ETag);
    }

    [Fact]
    public async Task A_part_makes_a_file_where_it_begins_at_the_beginning()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(416, $"PUT {DavHouse.Files}new\nContent-Range: bytes 1-1/2\n\nb");
        await house.AskAsync(404, $"GET {DavHouse.Files}new");
        await house.AskAsync(201, $"PUT {DavHouse.Files}new\nContent-Range: bytes 0-0/2\n\na");
        await house.AskAsync(204, $"PUT {DavHouse.Files}new\nContent-Range: bytes 1-1/2\n\nb");
        Assert.Equal("ab", (await house.AskAsync(200, $"GET {DavHouse.Files}new")).Body);
        await house.AskAsync(400, $"PUT {DavHouse.Calendar}a.ics\nContent-Range: bytes 0-0/2\n\na");
        await house.AskAsync(405, $"PATCH {DavHouse.Calendar}a.ics\n{Patch}\nX-Update-Range: append\n\na");
    }

    [Fact]
    public async Task Parts_of_a_large_file_are_where_they_belong()
    {
        await using var house = await DavHouse.OpenAsync();
        var random = new Random(5);
        var model = new StringBuilder(RandomText(random, 3_400_000));
        await house.AskAsync(201, $"PUT {DavHouse.Files}large\n\n{model}");
        var parts = ((int, int)[])[(0, 1), (1_048_576, 1_048_576), (1_048_575, 2), (3_399_999, 400_000), (2_500_000, 100)];
        foreach (var (start, length) in parts)
        {
            var part = RandomText(random, length);
            var end = Math.Min(model.Length, start + length);
            model.Remove(start, end - start).Insert(start, part);
            var range = $"bytes={start}-{start + length - 1}";
            await house.AskAsync(204, $"PATCH {DavHouse.Files}large\n{Patch}\nX-Update-Range: {range}\n\n{part}");
            var got = await house.AskAsync(200, $"GET {DavHouse.Files}large");
            Assert.True(model.Equals(got.Body), $"{start} {length}");
            var hash = SHA256.HashData(Encoding.ASCII.GetBytes(got.Body));
            Assert.Equal($"sha-256=:{Convert.ToBase64String(hash)}:", got["Repr-Digest"]);
        }
    }

    [Fact]
    public async Task A_lock_keeps_parts_out_too()
    {
        const string Body = """
            <D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>
            """;
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\nhello");
        var token = (await house.AskAsync(200, $"LOCK {DavHouse.Files}a\n\n{Body}"))["Lock-Token"];
        await house.AskAsync(423, $"PATCH {DavHouse.Files}a\n{Patch}\nX-Update-Range: append\n\n!");
        await house.AskAsync(423, $"PUT {DavHouse.Files}a\nContent-Range: bytes 0-0/5\n\nH");
        await house.AskAsync(204, $"PATCH {DavHouse.Files}a\n{Patch}\nX-Update-Range: append\nIf: ({token})\n\n!");
        Assert.Equal("hello!", (await house.AskAsync(200, $"GET {DavHouse.Files}a")).Body);
    }

    [Fact]
    public async Task A_part_that_would_make_the_file_too_long_is_refused()
    {
        await using var house = await DavHouse.OpenAsync(new() { ItemBytesMax = 10 });
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\n12345678");
        await house.AskAsync(413, $"PATCH {DavHouse.Files}a\n{Patch}\nX-Update-Range: append\n\n901");
        await house.AskAsync(204, $"PATCH {DavHouse.Files}a\n{Patch}\nX-Update-Range: append\n\n90");
        await house.AskAsync(413, $"PATCH {DavHouse.Files}a\n{Patch}\nX-Update-Range: append\n\n1");
        Assert.Equal("1234567890", (await house.AskAsync(200, $"GET {DavHouse.Files}a")).Body);
    }

    [Fact]
    public async Task Options_say_what_is_taken()
    {
        await using var house = await DavHouse.OpenAsync();
        var options = await house.AskAsync(200, $"OPTIONS {DavHouse.Files}");
        Assert.Contains("sabredav-partialupdate", options["DAV"]!.Split(", "));
        Assert.Contains("PATCH", options["Allow"]!.Split(", "));
        Assert.Equal("application/x-sabredav-partialupdate", options["Accept-Patch"]);
    }

    private static string RandomText(Random random, int length) =>
        string.Create(length, random, static (text, random) =>
        {
            for (var i = 0; i < text.Length; i++) text[i] = (char)random.Next('a', 'z' + 1);
        });
}
