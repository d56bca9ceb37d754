using System.Security.Cryptography;
using System.Text;
using CompatBot.DialogueTests.Imap;
using Xunit;
using static CompatBot.DialogueTests.Ftp.FtpBed;

namespace CompatBot.DialogueTests.Ftp;

/// <summary>What is not in RFC 959: facts, hashes, MODE Z, COMB, languages, hosts.</summary>
public sealed class ExtensionTests
{
    [Fact]
    public Task Features_are_told_and_options_change_them() => PlayAsync("""
        S: 220 CompatBot ready
        C: HOST files.example.org
        S: 220 CompatBot ready
        C: HOST [2001:db8::1]
        S: 220 CompatBot ready
        C: HOST a b
        S: 501 That is not what this command takes
        C: LANG
        S: 200 Replies are in English
        C: LANG en-GB
        S: 200 Replies are in English
        C: LANG fr
        S: 504 EN is the only language

        """ + LogIn["S: 220 CompatBot ready\n".Length..] + """
        C: HOST files.example.org
        S: 503 HOST comes before USER
        C: CLNT FileZilla
        S: 200 Noted
        C: OPTS UTF8 ON
        S: 200 UTF-8 is always on
        C: OPTS MLST Size;modify;nothing;
        S: 200 MLST OPTS size;modify;
        C: OPTS HASH MD5
        S: 200 MD5
        C: OPTS HASH
        S: 200 MD5
        C: OPTS HASH TIGER
        S: 504 No such hash
        C: OPTS MODE Z LEVEL 9
        S: 200 The level is the server's
        C: FEAT
        S: 211-Features
        S:  AVBL
        S:  AUTH TLS
        S:  PBSZ
        S:  PROT
        S:  CLNT
        S:  COMB
        S:  EPRT
        S:  EPSV
        S:  HASH SHA-256;SHA-512;SHA-1;MD5*;CRC32
        S:  HOST
        S:  LANG EN*
        S:  MDTM
        S:  MFCT
        S:  MFF Create;Modify;
        S:  MFMT
        S:  MLST type;size*;modify*;create;unique;perm;UNIX.mode;
        S:  MODE Z
        S:  REST STREAM
        S:  SIZE
        S:  TVFS
        S:  UTF8
        S:  XCRC
        S:  XMD5
        S:  XSHA1
        S:  XSHA256
        S:  XSHA512
        S: 211 End
        C: OPTS MLST
        S: 200 MLST OPTS
        C: SMNT x
        S: 202 There is one file system here
        C: ALLO 1000
        S: 202 No room needs to be reserved
        C: SITE CHMOD 644 x
        S: 200 There are no modes here
        C: MODE B
        S: 504 S or Z
        C: MODE Z
        S: 200 Mode is deflate
        C: MODE S
        S: 200 Mode is stream
        C: EPSV ALL
        S: 200 EPSV it is
        C: PASV
        S: 503 EPSV ALL was said
        C: PORT 127,0,0,1,40,5
        S: 503 EPSV ALL was said
        C: EPRT |1|127.0.0.1|5000|
        S: 503 EPSV ALL was said
        C: EPSV
        S: 229 <*>
        """);

    [Fact]
    public async Task Hashes_are_those_of_the_file_and_of_its_parts()
    {
        await using var bed = await ImapBed.MakeAsync();
        await using var client = await LogInAsync(bed);
        await TransferAsync(client, "STOR a b.bin", "hello", "226 Stored");
        await DoAsync(client, "HASH a b.bin", "213 SHA-256 0-5 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 a b.bin");
        foreach (var (command, hash) in ((string, string)[])[
            ("XCRC", "3610a686"), ("XMD5", "5d41402abc4b2a76b9719d911017c592"), ("XSHA1", "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"),
            ("XSHA", "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"),
            ("XSHA256", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
            ("XSHA512", Convert.ToHexStringLower(SHA512.HashData("hello"u8)))])
        {
            await DoAsync(client, $"{command} a b.bin", $"250 {hash}");
            await DoAsync(client, $"{command} \"/a b.bin\"", $"250 {hash}");
            await DoAsync(client, $"{command} \"a b.bin\" 0 5", $"250 {hash}");
        }

        await DoAsync(client, "XMD5 \"a b.bin\" 1 3", "250 65c10911d8b8591219a21ebacf46da01");
        await DoAsync(client, "XMD5 \"a b.bin\" 4", "250 d95679752134a2d9eb61dbd7b91c4bcc");
        await DoAsync(client, "XMD5 \"a b.bin\" 4 3", "501 The part ends before it begins, or lies behind the end");
        await DoAsync(client, "XMD5 \"a b.bin\" 6", "501 The part ends before it begins, or lies behind the end");
        await DoAsync(client, "XMD5 \"a b.bin\" x", "501 That is not what this command takes");
        await DoAsync(client, "XMD5 \"a b.bin", "501 That is not what this command takes");
        await DoAsync(client, "XMD5 \"", "501 That is not what this command takes");
        await DoAsync(client, "XCRC none", "550 No such file or folder");
        await DoAsync(client, "OPTS HASH CRC32", "200 CRC32");
        await DoAsync(client, "HASH a b.bin", "213 CRC32 0-5 3610a686 a b.bin");
    }

    [Fact]
    public async Task Times_are_set_and_told()
    {
        await using var bed = await ImapBed.MakeAsync();
        await using var client = await LogInAsync(bed);
        await TransferAsync(client, "STOR a b", "hello", "226 Stored");
        await DoAsync(client, "MFMT 20010909014640 a b", "213 Modify=20010909014640; a b");
        await DoAsync(client, "MFCT 19991231235959 a b", "213 Create=19991231235959; a b");
        await DoAsync(client, "OPTS MLST modify;create;", "200 MLST OPTS modify;create;");
        await client.SendAsync("MLST a b\r\n");
        await client.ExpectAsync("250-Facts");
        await client.ExpectAsync(" modify=20010909014640;create=19991231235959; /a b");
        await client.ExpectAsync("250 End");
        await DoAsync(
            client, "MFF Modify=20020202020202;UNIX.mode=0777;create=20010101010101; a b",
            "213 Modify=20020202020202;Create=20010101010101; a b");
        await DoAsync(client, "MDTM a b", "213 20020202020202");
        await DoAsync(client, "MFF UNIX.group=x; a b", "213  a b");
        await DoAsync(client, "MFF Modify=soon; a b", "501 That is not what this command takes");
        await DoAsync(client, "MFF a b", "501 That is not what this command takes");
        await DoAsync(client, "MFF Modify; a b", "501 That is not what this command takes");
        await DoAsync(client, "MFCT 19991231235959 none", "550 No such file or folder");
    }

    [Fact]
    public async Task Mode_Z_goes_both_ways_and_an_upload_that_ends_early_is_no_file()
    {
        await using var bed = await ImapBed.MakeAsync();
        await using var client = await LogInAsync(bed);
        var text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 200_000).Select(i => $"{i}\n")));
        await DoAsync(client, "TYPE I", "200 Type is image");
        await DoAsync(client, "MODE Z", "200 Mode is deflate");
        await TransferAsync(client, "STOR z.txt", Deflate(text), "226 Stored");
        var back = await TransferAsync(client, "RETR z.txt", (byte[]?)null, "226 That is all");
        Assert.True(back.Length < text.Length);
        Assert.Equal(text, Inflate(back));
        Assert.Equal("z.txt\r\n", Encoding.ASCII.GetString(Inflate(await TransferAsync(client, "NLST", (byte[]?)null, "226 That is all"))));
        await DoAsync(client, "REST 100", "350 The next transfer begins at 100");
        Assert.Equal(text[100..], Inflate(await TransferAsync(client, "RETR z.txt", (byte[]?)null, "226 That is all")));
        await TransferAsync(client, "STOR z.txt", Deflate(text)[..^100], "426 It broke off, and the old file stays");
        await TransferAsync(client, "STOR z.txt", "no zlib at all"u8.ToArray(), "426 It broke off, and the old file stays");
        await DoAsync(client, "MODE S", "200 Mode is stream");
        Assert.Equal(text, await TransferAsync(client, "RETR z.txt", (byte[]?)null, "226 That is all"));
    }

    [Fact]
    public async Task Parts_are_combined_and_gone()
    {
        await using var bed = await ImapBed.MakeAsync();
        await using var client = await LogInAsync(bed);
        foreach (var (name, text) in ((string, string)[])[("p 1", "one"), ("p2", "two"), ("p3", "three"), ("p4", "four")])
        {
            await TransferAsync(client, $"STOR {name}", text, "226 Stored");
        }

        await DoAsync(client, "COMB whole \"p 1\" p2", "250 Combined");
        Assert.Equal("onetwo", await TransferAsync(client, "RETR whole", (string?)null, "226 That is all"));
        await DoAsync(client, "COMB whole p3 p4", "250 Combined");
        Assert.Equal("onetwothreefour", await TransferAsync(client, "RETR whole", (string?)null, "226 That is all"));
        Assert.Equal("whole\r\n", await TransferAsync(client, "NLST", (string?)null, "226 That is all"));
        await DoAsync(client, "XMD5 whole", "250 645c7d7c377538df94ecd9335cab6bd3");
        await DoAsync(client, "COMB whole", "501 That is not what this command takes");
        await DoAsync(client, "COMB whole \"x", "501 That is not what this command takes");
        await DoAsync(client, "COMB other whole whole", "501 That is not what this command takes");
        await DoAsync(client, "COMB other whole none", "550 No such file or folder");
        await DoAsync(client, "COMB no/other whole", "550 No such file or folder");
        await DoAsync(client, "COMB / whole", "550 No such file or folder");
        Assert.Equal("whole\r\n", await TransferAsync(client, "NLST", (string?)null, "226 That is all"));
    }

    [Fact]
    public async Task Unique_names_are_found_for_files()
    {
        await using var bed = await ImapBed.MakeAsync();
        await using var client = await LogInAsync(bed);
        await TransferAsync(client, "STOU", "1", "226 Stored");
        await TransferAsync(client, "STOU", "2", "226 Stored");
        await TransferAsync(client, "STOU scan.pdf", "3", "226 Stored");
        await TransferAsync(client, "STOU scan.pdf", "4", "226 Stored");
        Assert.Equal(
            "file\r\nfile.0\r\nscan.pdf\r\nscan.pdf.0\r\n", await TransferAsync(client, "NLST", (string?)null, "226 That is all"));
        Assert.Equal("2", await TransferAsync(client, "RETR file.0", (string?)null, "226 That is all"));
    }
}
