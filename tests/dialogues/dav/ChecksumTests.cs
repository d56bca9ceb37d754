using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>Checksums that clients send with what they put: wrong ones keep it out, ownCloud's are kept and told.</summary>
public sealed class ChecksumTests
{
    private const string Ask = $"""
        PROPFIND {DavHouse.Files}a
        Depth: 0

        <propfind xmlns="DAV:"><prop><checksums xmlns="http://owncloud.org/ns"/></prop></propfind>
        """;

    private const string Sha256 = "SHA256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    [Theory] // Of "hello"; by sha1sum, md5sum, sha512sum and zlib.
    [InlineData("OC-Checksum: SHA1:aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d", "SHA1:aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d " + Sha256)]
    [InlineData("OC-Checksum: md5:5D41402ABC4B2A76B9719D911017C592", "MD5:5d41402abc4b2a76b9719d911017c592 " + Sha256)]
    [InlineData("OC-Checksum: ADLER32:062c0215", "ADLER32:062c0215 " + Sha256)]
    [InlineData("OC-Checksum: CRC32:3610a686 MD5:5d41402abc4b2a76b9719d911017c592",
        "CRC32:3610a686 MD5:5d41402abc4b2a76b9719d911017c592 " + Sha256)]
    [InlineData("OC-Checksum: " + Sha256, Sha256)]
    [InlineData("OC-Checksum: SHA3-256:00", Sha256)]
    [InlineData("Content-Digest: sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:", Sha256)]
    [InlineData("Repr-Digest: sha=:qvTGHdzF6KLavt4PO0gs2a6pQ00=:, unixsum=30637", Sha256)]
    [InlineData("Digest: MD5=XUFAKrxLKna5cZ2REBfFkg==", Sha256)]
    [InlineData("Content-MD5: XUFAKrxLKna5cZ2REBfFkg==", Sha256)]
    public async Task Right_ones_are_taken(string header, string told)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n{header}\n\nhello");
        Assert.Equal(told, (await house.AskAsync(207, Ask)).Property("checksums"));
        var got = await house.AskAsync(200, $"GET {DavHouse.Files}a\nWant-Content-Digest: sha-256=1");
        Assert.Equal(told, got["OC-Checksum"]);
        Assert.Equal("sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:", got["Repr-Digest"]);
        Assert.Equal(got["Repr-Digest"], got["Content-Digest"]);
        await house.AskAsync(201, $"COPY {DavHouse.Files}a\nDestination: {DavHouse.Files}b");
        Assert.Equal(told, (await house.AskAsync(200, $"GET {DavHouse.Files}b"))["OC-Checksum"]);
        await house.AskAsync(204, $"PUT {DavHouse.Files}a\n\nother");
        Assert.StartsWith("SHA256:", (await house.AskAsync(207, Ask)).Property("checksums"), StringComparison.Ordinal);
        var part = await house.AskAsync(206, $"GET {DavHouse.Files}b\nRange: bytes=0-1\nWant-Content-Digest: sha-256=1");
        Assert.Equal((got["Repr-Digest"], null), (part["Repr-Digest"], part["Content-Digest"]));
    }

    [Theory]
    [InlineData("OC-Checksum: SHA1:aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434e")]
    [InlineData("OC-Checksum: SHA1:zz")]
    [InlineData("OC-Checksum: MD5:5d41402abc4b2a76b9719d911017c592 SHA1:00")]
    [InlineData("Content-Digest: sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCA=:")]
    [InlineData("Content-Digest: sha-512=:AAAA:")]
    [InlineData("Content-Digest: sha-256=:?:")]
    [InlineData("Repr-Digest: adler32=062c0216")]
    [InlineData("Content-MD5: AAAA")]
    public async Task Wrong_ones_keep_it_out(string header)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(400, $"PUT {DavHouse.Files}a\n{header}\n\nhello");
        await house.AskAsync(404, $"GET {DavHouse.Files}a");
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\nold");
        await house.AskAsync(400, $"PUT {DavHouse.Files}a\n{header}\n\nhello");
        Assert.Equal("old", (await house.AskAsync(200, $"GET {DavHouse.Files}a")).Body);
    }

    [Fact]
    public async Task A_part_has_a_digest_of_its_own_and_ends_what_was_known_of_the_whole()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\nOC-Checksum: MD5:5d41402abc4b2a76b9719d911017c592\n\nhello");
        const string Append = $"PATCH {DavHouse.Files}a\nContent-Type: application/x-sabredav-partialupdate\nX-Update-Range: append\n";
        await house.AskAsync(400, Append + "Content-MD5: AAAA\n\nhello");
        await house.AskAsync(204, Append + "Content-MD5: XUFAKrxLKna5cZ2REBfFkg==\n\nhello");
        var told = (await house.AskAsync(207, Ask)).Property("checksums");
        Assert.Equal("SHA256:0a86050fb37a4def36885da9557f5b22a9e191767a80e7a4a2415410a4462b68", told); // printf hellohello | sha256sum
    }
}
