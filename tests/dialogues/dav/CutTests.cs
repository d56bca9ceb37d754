using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>An upload that is cut at any point leaves what was there before, whatever it was to become.</summary>
public sealed class CutTests
{
    private const string Upload = "/dav/uploads/anna@mail.test/u/";

    [Fact]
    public async Task The_old_file_stays()
    {
        await using var house = await DavHouse.OpenAsync();
        var (random, old, body) = (new Random(3), new string('o', 1_500_000), new string('n', 2_500_000));
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\n{old}");
        await house.AskAsync(201, $"MKCOL {Upload}");
        await house.AskAsync(201, $"PUT {Upload}1\n\n{old}");
        const string Range = "\nContent-Range: bytes 0-2499999/*";
        const string Patch = "\nContent-Type: application/x-sabredav-partialupdate\nX-Update-Range: append";
        for (var round = 0; round < 40; round++)
        {
            var sent = random.Next(3) == 0 ? body.Length - 1 : random.Next(body.Length);
            await house.CutAsync($"PUT {DavHouse.Files}a", body, sent);
            await house.CutAsync($"PUT {DavHouse.Files}a{Range}", body, sent);
            await house.CutAsync($"PATCH {DavHouse.Files}a{Patch}", body, sent);
            await house.CutAsync($"PUT {DavHouse.Files}new", body, sent);
            await house.CutAsync($"PUT {Upload}1", body, sent);
        }

        Assert.Equal(old, (await house.AskAsync(200, $"GET {DavHouse.Files}a")).Body);
        await house.AskAsync(404, $"GET {DavHouse.Files}new");
        await house.AskAsync(201, $"MOVE {Upload}.file\nDestination: {DavHouse.Files}joined\nOC-Total-Length: {old.Length}");
        Assert.Equal(old, (await house.AskAsync(200, $"GET {DavHouse.Files}joined")).Body);
    }
}
