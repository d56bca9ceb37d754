using System.Text;
using CompatBot.Core.Items;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>Trees as deep, and names as long, as there may be; and octets that go out as they came.</summary>
public sealed class ShapeTests
{
    [Fact]
    public async Task A_tree_is_as_deep_as_it_may_be_and_no_deeper()
    {
        await using var house = await DavHouse.OpenAsync();
        var path = new StringBuilder(DavHouse.Files);
        for (var level = 1; level < ItemNames.LevelsMax; level++) await house.AskAsync(201, $"MKCOL {path.Append("d/")}");
        await house.AskAsync(201, $"PUT {path}file\n\ndeep");
        var below = await house.AskAsync($"MKCOL {path}d/");
        if (below.Status == 201) below = await house.AskAsync($"MKCOL {path}d/d/");
        Assert.True(below.Status is 403 or 507, below.ToString());
        Assert.Equal("deep", (await house.AskAsync(200, $"GET {path}file")).Body);
        await house.AskAsync(201, $"COPY {DavHouse.Files}d/\nDestination: {DavHouse.Files}e/");
        var tooDeep = await house.AskAsync($"COPY {DavHouse.Files}d/\nDestination: {DavHouse.Files}e/d/x/");
        Assert.True(tooDeep.Status is 403 or 507, tooDeep.ToString());
        await house.AskAsync(204, $"DELETE {DavHouse.Files}d/");
        Assert.Equal([DavHouse.Files, $"{DavHouse.Files}e/"], (await house.AskAsync(207, $"PROPFIND {DavHouse.Files}\nDepth: 1")).Hrefs);
    }

    [Fact]
    public async Task What_is_stored_is_not_compressed_on_the_way()
    {
        await using var house = await DavHouse.OpenAsync();
        var text = new string('x', 100_000);
        await house.AskAsync(201, $"PUT {DavHouse.Files}a.txt\n\n{text}");
        var got = await house.AskAsync(200, $"GET {DavHouse.Files}a.txt\nAccept-Encoding: gzip, br, deflate");
        Assert.Equal((text, null, "100000"), (got.Body, got["Content-Encoding"], got["Content-Length"]));
        Assert.DoesNotContain("Accept-Encoding", got["Vary"] ?? "", StringComparison.OrdinalIgnoreCase);
    }
}
