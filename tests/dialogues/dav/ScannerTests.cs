using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.DialogueTests.Ftp;
using CompatBot.Protocols.Ftp;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>A device that may only upload, over WebDAV and FTP, while the account is open and while nobody can open it.</summary>
public sealed class ScannerTests
{
    private const string Password = "ssssssssssssssssssssssssss";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_scanner_puts_is_in_its_folder(bool isOpen)
    {
        await using var house = await DavHouse.OpenAsync();
        await AddAsync(house);
        if (!isOpen) await house.CloseVaultsAsync();
        await AskAsync(house, 201, $"PUT {DavHouse.Files}page.pdf\nContent-Type: application/pdf\n\none");
        await AskAsync(house, 201, $"PUT {DavHouse.Files}page.pdf\n\ntwo");
        var client = await FtpBed.LogInUploadOnlyAsync(new FtpHandler(house.Ftp, implicitTls: false), "anna@mail.test", Password);
        await using (client)
        {
            await FtpBed.DoAsync(client, "TYPE I", "200 <*>");
            await FtpBed.TransferAsync(client, "STOR page.pdf", "three", "226 Stored");
            await FtpBed.TransferAsync(client, "STOU", "four", "226 Stored");
        }

        Assert.Equal(isOpen ? 1 : 0, house.OpenVaults);
        var names = (await house.AskAsync(207, $"PROPFIND {DavHouse.Files}scans/\nDepth: 1")).Hrefs.Skip(1);
        Assert.Equal(
            ["file", "page%20(2).pdf", "page%20(3).pdf", "page.pdf"],
            names.Select(href => href[$"{DavHouse.Files}scans/".Length..]).Order(StringComparer.Ordinal));
        var first = await house.AskAsync(200, $"GET {DavHouse.Files}scans/page.pdf");
        Assert.Equal(("one", "application/pdf"), (first.Body, first["Content-Type"]));
        Assert.Equal("two", (await house.AskAsync(200, $"GET {DavHouse.Files}scans/page%20(2).pdf")).Body);
        Assert.Equal("three", (await house.AskAsync(200, $"GET {DavHouse.Files}scans/page%20(3).pdf")).Body);
        Assert.Equal(default, await house.Store.Dropbox.DepthAsync(house.Anna.Id, Realm.Files, Cancellation));
    }

    [Fact]
    public async Task A_long_file_comes_in_parts_and_their_blobs_go()
    {
        await using var house = await DavHouse.OpenAsync();
        await AddAsync(house);
        await house.CloseVaultsAsync();
        var text = string.Concat(Enumerable.Range(0, 400_000).Select(i => $"{i:D7} "));
        await AskAsync(house, 201, $"PUT {DavHouse.Files}long\n\n{text}");
        Assert.Equal(1, (await house.Store.Dropbox.DepthAsync(house.Anna.Id, Realm.Files, Cancellation)).Items);
        Assert.Equal(text, (await house.AskAsync(200, $"GET {DavHouse.Files}scans/long")).Body);
        await foreach (var line in house.Store.Blobs.ListAsync(house.Anna.Id, Cancellation))
        {
            Assert.NotEqual(BlobHolder.DropOf(Realm.Files), line.Holders);
        }
    }

    [Theory]
    [InlineData("GET {f}secret", 403)]
    [InlineData("HEAD {f}secret", 403)]
    [InlineData("DELETE {f}secret", 403)]
    [InlineData("MKCOL {f}d/", 403)]
    [InlineData("PROPFIND {f}secret\nDepth: 0", 403)]
    [InlineData("PROPFIND {f}scans/\nDepth: 1", 403)]
    [InlineData("COPY {f}secret\nDestination: {f}scans/x", 403)]
    [InlineData("MOVE {f}secret\nDestination: {f}scans/x", 403)]
    [InlineData("PATCH {f}secret\n\nx", 403)]
    [InlineData("PUT {f}scans/x\n\nx", 403)]
    [InlineData("PUT {f}x/\n\nx", 403)]
    [InlineData("PUT {f}a%01b\n\nx", 403)]
    [InlineData("PUT {f}..%2Fx\n\nx", 400)]
    [InlineData("PUT {f}x\nContent-Range: bytes 0-0/1\n\nx", 403)]
    [InlineData("PUT {f}x\nIf-Match: *\n\nx", 412)]
    [InlineData("PUT {f}x\nOC-Checksum: MD5:00\n\nx", 400)]
    [InlineData("PUT /dav/files/bert@mail.test/x\n\nx", 403)]
    [InlineData("PUT /dav/calendars/anna@mail.test/calendar/x\n\nx", 403)]
    [InlineData("MKCOL /dav/uploads/anna@mail.test/x/", 403)]
    [InlineData("PROPFIND /dav/principals/anna@mail.test/\nDepth: 0", 403)]
    public async Task Nothing_else_is_done_for_it(string request, int status)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}secret\n\nhush");
        await AddAsync(house);
        await AskAsync(house, status, request.Replace("{f}", DavHouse.Files, StringComparison.Ordinal));
        Assert.Equal("hush", (await house.AskAsync(200, $"GET {DavHouse.Files}secret")).Body);
        Assert.Equal(3, (await house.AskAsync(207, $"PROPFIND {DavHouse.Files}\nDepth: infinity")).Hrefs.Count());
        Assert.Equal([DavHouse.Files], (await AskAsync(house, 207, $"PROPFIND {DavHouse.Files}\nDepth: 1")).Hrefs);
    }

    [Fact]
    public async Task Ftp_refuses_all_but_uploads()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}secret\n\nhush");
        await AddAsync(house);
        await using var client = await FtpBed.LogInUploadOnlyAsync(
            new FtpHandler(house.Ftp, implicitTls: false), "anna@mail.test", Password);
        foreach (var command in (string[])
            ["RETR secret", "LIST", "NLST", "MLSD", "MLST secret", "SIZE secret", "MDTM secret", "DELE secret", "RNFR secret", "RNTO x",
                "MKD d", "RMD d", "APPE secret", "HASH secret", "XMD5 secret", "MFMT 20200101000000 secret", "AVBL", "COMB a secret",
                "REST 1", "SITE CHMOD 600 secret", "STAT secret"])
        {
            await FtpBed.DoAsync(client, command, "550 This device may only upload");
        }

        await FtpBed.DoAsync(client, "CWD /", "250 <*>");
        await FtpBed.DoAsync(client, "CWD scans", "550 <*>");
        await FtpBed.DoAsync(client, "PWD", "257 \"/\" <*>");
        await FtpBed.DoAsync(client, "STOR scans/x", "553 <*>");
        Assert.Equal("hush", (await house.AskAsync(200, $"GET {DavHouse.Files}secret")).Body);
    }

    [Fact]
    public async Task A_scanner_that_is_revoked_uploads_nothing_more()
    {
        await using var house = await DavHouse.OpenAsync();
        var scanner = await AddAsync(house);
        await using var client = await FtpBed.LogInUploadOnlyAsync(
            new FtpHandler(house.Ftp, implicitTls: false), "anna@mail.test", Password);
        Assert.Equal(Refusal.None, await house.Accounts.RevokeAsync(house.Anna.Id, scanner, Cancellation));
        await client.ExpectAsync("421 Session ended by the owner of the account");
        await AskAsync(house, 401, $"PUT {DavHouse.Files}x\n\nx");
    }

    [Fact]
    public async Task What_comes_when_the_folder_is_gone_is_at_the_top()
    {
        await using var house = await DavHouse.OpenAsync();
        await AddAsync(house);
        await house.AskAsync(204, $"DELETE {DavHouse.Files}scans/");
        await AskAsync(house, 201, $"PUT {DavHouse.Files}x\n\nkept");
        Assert.Equal("kept", (await house.AskAsync(200, $"GET {DavHouse.Files}x")).Body);
    }

    [Fact]
    public async Task A_rotation_leaves_it_as_it_is()
    {
        await using var house = await DavHouse.OpenAsync();
        await AddAsync(house);
        using var words = Words.Parse(house.Anna.Words)!;
        using var keyring = (await house.Accounts.RecoverAsync("anna@mail.test", words, Cancellation)).Value!;
        Assert.Equal(Refusal.None, (await house.Accounts.RotateAsync(keyring, words, [], Cancellation)).Refusal);
        await AskAsync(house, 201, $"PUT {DavHouse.Files}x\n\nafter");
        Assert.Equal("after", (await house.AskAsync(200, $"GET {DavHouse.Files}scans/x")).Body);
    }

    /// <summary>Makes the folder "scans", and a device that may upload there.</summary>
    private static async Task<DeviceId> AddAsync(DavHouse house)
    {
        await using var session = (await house.Sessions.LoginAsync(
            "anna@mail.test", new Password(DavHouse.Password), "dav", Cancellation)).Value!;
        var items = (await session.ItemsAsync(Realm.Files, Cancellation)).Value!;
        var place = (await items.FindAsync(["scans"], Cancellation))!.Place;
        var folder = (await items.CreateAsync(place, new NewCollection(CollectionKind.Folder), null, Cancellation)).Value;
        using var words = Words.Parse(house.Anna.Words)!;
        using var keyring = (await house.Accounts.RecoverAsync("anna@mail.test", words, Cancellation)).Value!;
        var made = await house.Scanners.AddAsync(keyring, "scanner", folder, AppPassword.Parse(Password), Cancellation);
        return made.Value!.Id;
    }

    private static Task<DavReply> AskAsync(DavHouse house, int status, string request)
    {
        var line = request.IndexOf('\n', StringComparison.Ordinal);
        var cut = line < 0 ? request.Length : line;
        var login = DavHouse.Basic("anna@mail.test", Password);
        return house.AskAsync(status, $"{request[..cut]}\nAuthorization: {login}{request[cut..]}");
    }
}
