using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>What nobody honest sends. Each is refused, or harmless, and changes nothing; protocols/dav/README.md has the table.</summary>
public sealed class BadInputTests
{
    private const string LockBody = """
        <D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>
        """;

    [Fact]
    public async Task No_path_leads_out_of_its_folder()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsAsync("bert@mail.test", 201, "PUT /dav/files/bert@mail.test/secret\n\nhush");
        await house.AskAsync(201, $"MKCOL {DavHouse.Files}d/");
        string[] up = ["..", "%2e%2e", ".%2e", "%2E.", "%2e%2E", "..%2f..", "..%2F", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae", "%f0%80%80%ae"];
        foreach (var one in up)
        {
            await house.AskAsync(400, $"GET {DavHouse.Files}d/{one}/{one}/bert@mail.test/secret");
            await house.AskAsync(400, $"PUT {DavHouse.Files}d/{one}\n\nx");
            await house.AskAsync(400, $"MOVE {DavHouse.Files}d/\nDestination: {DavHouse.Files}{one}/bert@mail.test/x");
        }

        // Here they are names like any other: what they look like after one more decoding is nobody's business.
        foreach (var name in (string[])
            ["..%5c..%5csecret", "%252e%252e", "%252e%252e%252fsecret", "..;", "%ef%bc%8e%ef%bc%8e", "...", "%20.."])
        {
            await house.AskAsync(404, $"GET {DavHouse.Files}d/{name}/bert@mail.test/secret");
            await house.AskAsync(201, $"PUT {DavHouse.Files}d/{name}\n\nmine");
            Assert.Equal("mine", (await house.AskAsync(200, $"GET {DavHouse.Files}d/{name}")).Body);
        }

        Assert.Equal(8, (await house.AskAsync(207, $"PROPFIND {DavHouse.Files}d/\nDepth: 1")).Hrefs.Count());
        Assert.Equal(2, (await house.AskAsync(207, $"PROPFIND {DavHouse.Files}\nDepth: 1")).Hrefs.Count());
        await house.AskAsAsync("bert@mail.test", 200, "GET /dav/files/bert@mail.test/secret");
    }

    [Fact]
    public async Task No_name_has_control_bytes_or_is_too_long()
    {
        await using var house = await DavHouse.OpenAsync();
        for (var octet = 0; octet < 0x20; octet++) await RefusedAsync($"a%{octet:x2}b", octet == 0 ? 400 : 403);
        foreach (var name in (string[])["%7f", "%c2%80", "%c2%9f"]) await RefusedAsync($"a{name}b", 403);
        foreach (var name in (string[])["%ed%a0%80", "%ff", "%fe%ff", "%f8%88%80%80%80", "%c3", "%"]) await RefusedAsync($"a{name}", 400);
        await RefusedAsync(new string('a', 256), 403);
        await RefusedAsync(string.Concat(Enumerable.Repeat("%C3%A4", 128)), 403);
        await house.AskAsync(201, $"PUT {DavHouse.Files}{new string('a', 255)}\n\n1");
        await house.AskAsync(204, $"DELETE {DavHouse.Files}{new string('a', 255)}");
        await RefusedAsync(string.Concat(Enumerable.Repeat("a/", 300)) + "b", 400);
        await RefusedAsync(new string('a', 64 << 10), 414);
        await house.AskAsync(400, $"COPY {DavHouse.Files}a\nDestination: {DavHouse.Files}{string.Concat(Enumerable.Repeat("a/", 5000))}");
        Assert.Single((await house.AskAsync(207, $"PROPFIND {DavHouse.Files}\nDepth: 1")).Hrefs);

        async Task RefusedAsync(string name, int status)
        {
            await house.AskAsync(status, $"PUT {DavHouse.Files}{name}\n\n1");
            if (status != 403) return;
            await house.AskAsync(status, $"MKCOL {DavHouse.Files}{name}/");
        }
    }

    [Theory]
    [InlineData("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><propfind xmlns='DAV:'><allprop/></propfind>")]
    [InlineData("<!DOCTYPE a PUBLIC 'x' 'http://127.0.0.1:1/x'><propfind xmlns='DAV:'><allprop/></propfind>")]
    [InlineData("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><propfind xmlns='DAV:'><prop><a>&x;</a></prop></propfind>")]
    [InlineData("<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://127.0.0.1:1/x'>%x;]><propfind xmlns='DAV:'><allprop/></propfind>")]
    [InlineData("<!DOCTYPE a [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><propfind xmlns='DAV:'><prop>&b;</prop></propfind>")]
    [InlineData("<propfind xmlns='DAV:'><prop>&undefined;</prop></propfind>")]
    [InlineData("<propfind xmlns='DAV:'><prop>\u0001</prop></propfind>")]
    [InlineData("<propfind xmlns='DAV:'><prop><a:b/></prop></propfind>")]
    [InlineData("<?xml version='1.0' encoding='utf-7'?><propfind xmlns='DAV:'><allprop/></propfind>")]
    public async Task No_XML_reads_anything_but_itself(string body)
    {
        await using var house = await DavHouse.OpenAsync();
        foreach (var method in (string[])["PROPFIND", "PROPPATCH", "REPORT", "SEARCH"])
        {
            var reply = await house.AskAsync(400, $"{method} {DavHouse.Files}\nContent-Type: text/xml\n\n{body}");
            Assert.DoesNotContain("root:", reply.Body, StringComparison.Ordinal);
        }

        await house.AskAsync(400, $"MKCOL {DavHouse.Files}d/\nContent-Type: text/xml\n\n{body}");
        await house.AskAsync(400, $"LOCK {DavHouse.Files}a\nContent-Type: text/xml\n\n{body}");
        Assert.Single((await house.AskAsync(207, $"PROPFIND {DavHouse.Files}\nDepth: 1")).Hrefs);
    }

    [Fact]
    public async Task A_token_opens_its_own_lock_and_no_other()
    {
        await using var house = await DavHouse.OpenAsync();
        foreach (var name in (string[])["a", "b"]) await house.AskAsync(201, $"PUT {DavHouse.Files}{name}\n\nold");
        var a = (await house.AskAsync(200, $"LOCK {DavHouse.Files}a\n\n{LockBody}"))["Lock-Token"]!;
        var b = (await house.AskAsync(200, $"LOCK {DavHouse.Files}b\n\n{LockBody}"))["Lock-Token"]!;
        await house.AskAsync(409, $"UNLOCK {DavHouse.Files}a\nLock-Token: {b}");
        await house.AskAsync(409, $"UNLOCK {DavHouse.Files}a\nLock-Token: <urn:uuid:00000000-0000-0000-0000-000000000000>");
        await house.AskAsync(412, $"LOCK {DavHouse.Files}a\nIf: ({b})");
        await house.AskAsync(423, $"LOCK {DavHouse.Files}a\n\n{LockBody}");
        foreach (var condition in (string[])
            [$"({b})", $"<{DavHouse.Files}b> ({b})", "(Not <DAV:no-lock>)", $"(Not {b})", "(<DAV:no-lock>)", $"([\"x\"] {a})",
                $"<http://elsewhere.example/a> ({a})", "(<>)", "()", "((", $"({a}", "(Not)", "([])", $"<{DavHouse.Files}a>",
                $"({new string('x', 20_000)})", string.Concat(Enumerable.Repeat("(<x:y>)", 3000))])
        {
            var reply = await house.AskAsync($"PUT {DavHouse.Files}a\nIf: {condition}\n\nnew");
            Assert.True(reply.Status is 400 or 412 or 423, $"{condition[..Math.Min(60, condition.Length)]}: {reply}");
        }

        foreach (var request in (string[])["DELETE {f}a", "MOVE {f}a\nDestination: {f}c", "MOVE {f}b\nDestination: {f}a", "PROPPATCH {f}a"])
        {
            var body = request.StartsWith("PROPPATCH", StringComparison.Ordinal)
                ? "\n\n<propertyupdate xmlns='DAV:'><set><prop><x xmlns='y'/></prop></set></propertyupdate>"
                : "";
            await house.AskAsync(423, request.Replace("{f}", DavHouse.Files, StringComparison.Ordinal) + body);
        }

        Assert.Equal("old", (await house.AskAsync(200, $"GET {DavHouse.Files}a")).Body);
        await house.AskAsAsync("bert@mail.test", 403, $"UNLOCK {DavHouse.Files}a\nLock-Token: {a}");
        await house.AskAsync(204, $"PUT {DavHouse.Files}a\nIf: ({a})\n\nnew");
        await house.AskAsync(204, $"UNLOCK {DavHouse.Files}a\nLock-Token: {a}");
    }

    [Theory]
    [InlineData("bytes=99999999999999999999-")]
    [InlineData("bytes=-99999999999999999999")]
    [InlineData("bytes=9223372036854775807-9223372036854775807")]
    [InlineData("bytes=0-9223372036854775807")]
    [InlineData("bytes=+0-+1")]
    [InlineData("bytes=0x0-0x1")]
    [InlineData("bytes=0-1-2")]
    [InlineData("bytes=--1")]
    [InlineData("octets=0-1")]
    public async Task An_absurd_range_is_the_whole_or_nothing(string range)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\nhello");
        var reply = await house.AskAsync($"GET {DavHouse.Files}a\nRange: {range}");
        Assert.True(reply is { Status: 200 or 206, Body: "hello" } or { Status: 416, Body: "" }, reply.ToString());
        var many = string.Join(',', Enumerable.Repeat("0-", 5000));
        Assert.Equal("hello", (await house.AskAsync(200, $"GET {DavHouse.Files}a\nRange: bytes={many}")).Body);
    }

    [Theory]
    [InlineData("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding:\u000bchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("X: y\r\n Transfer-Encoding: chunked\r\n\r\n")]
    [InlineData("X: y\nContent-Length: 0\n\n")]
    [InlineData("Content-Length: +0\r\n\r\n")]
    [InlineData("Content-Length: 0, 0\r\n\r\n")]
    [InlineData("Content-Length: 0x0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n0;\n\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n-0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n0 x\r\n\r\n")]
    public async Task Nothing_is_smuggled_behind_a_request_with_two_lengths(string fields)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\nstays");
        var login = $"Host: {house.Authority}\r\nAuthorization: {DavHouse.Basic("anna@mail.test")}\r\n";
        var text = $"PUT {DavHouse.Files}b HTTP/1.1\r\n{login}{fields}"
            + $"DELETE {DavHouse.Files}a HTTP/1.1\r\n{login}Content-Length: 0\r\nConnection: close\r\n\r\n";
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, house.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);
        client.Client.Shutdown(SocketShutdown.Send);
        using var got = new StreamReader(stream, Encoding.Latin1);
        var answers = await got.ReadToEndAsync(TestContext.Current.CancellationToken);

        // The request is none, or is read by the length that counts (RFC 9112 section 6.3), and the connection ends with it; or it has one
        // length in truth, and what follows is a request of its own, which was sent with a password.
        var statuses = string.Join(
            ' ', from line in answers.Split('\n') where line.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) select line[9..12]);
        Assert.Contains(statuses, (string[])["", "201", "400", "501", "201 204", "400 204"]);
        if (!fields.Contains("Content-Length: 6", StringComparison.Ordinal)) return; // The last answer may be lost: the client has gone.
        await house.AskAsync(200, $"GET {DavHouse.Files}a");
    }
}
