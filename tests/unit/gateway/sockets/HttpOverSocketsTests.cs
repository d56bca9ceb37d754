using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace CompatBot.UnitTests.Gateway.Sockets;

/// <summary>Kestrel's HTTP over our connections.</summary>
public sealed class HttpOverSocketsTests
{
    private const int LongBytes = 300_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_request_after_the_other_is_answered_whole_and_before_the_next_comes()
    {
        await using var web = await OpenAsync();
        using var client = new HttpClient { BaseAddress = new Uri(web.Urls.First()) };
        for (var round = 0; round < 3; round++)
        {
            foreach (var path in new[] { "/short", "/long", "/late", "/refused", "/short" })
            {
                var answer = await client.GetAsync(path, Cancellation);
                Assert.Equal(path == "/refused" ? HttpStatusCode.Forbidden : HttpStatusCode.OK, answer.StatusCode);
                var octets = await answer.Content.ReadAsByteArrayAsync(Cancellation);
                Assert.Equal(LengthOf(path), octets.Length);
            }

            using var head = new HttpRequestMessage(HttpMethod.Head, "/long");
            Assert.Equal(LongBytes, (await client.SendAsync(head, Cancellation)).Content.Headers.ContentLength);
        }
    }

    [Fact]
    public async Task Requests_that_come_together_are_answered_in_order()
    {
        await using var web = await OpenAsync();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(web.Urls.First()).Port, Cancellation);
        var paths = new[] { "/short", "/refused", "/late", "/short" };
        var requests = string.Concat(paths.Select(path => $"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n")) + "GET /short HTTP/1.0\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(requests), Cancellation);
        var answers = await new StreamReader(new NetworkStream(socket)).ReadToEndAsync(Cancellation);
        var states = answers.Split("HTTP/1.1 ")[1..].Select(answer => answer[..3]);
        Assert.Equal(["200", "403", "200", "200", "200"], states);
    }

    [Fact]
    public async Task A_long_body_arrives_whole_in_whatever_pieces_it_comes()
    {
        await using var web = await OpenAsync();
        using var client = new HttpClient { BaseAddress = new Uri(web.Urls.First()) };
        var octets = RandomNumberGenerator.GetBytes(9_000_000);
        foreach (var isChunked in new[] { false, true, false })
        {
            using var content = new StreamContent(new MemoryStream(octets), 7000);
            using var request = new HttpRequestMessage(HttpMethod.Put, "/hash") { Content = content };
            request.Headers.TransferEncodingChunked = isChunked;
            var answer = await client.SendAsync(request, Cancellation);
            Assert.Equal(SHA256.HashData(octets), await answer.Content.ReadAsByteArrayAsync(Cancellation));
        }
    }

    private static int LengthOf(string path) => path == "/long" ? LongBytes : path.Length;

    private static Task<WebApplication> OpenAsync() => WebOverSockets.OpenAsync(AnswerAsync, static _ => { });

    private static async Task AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        if (path == "/hash")
        {
            await http.Response.Body.WriteAsync(await SHA256.HashDataAsync(http.Request.Body));
            return;
        }

        if (path == "/late") await Task.Yield();
        if (path == "/refused") http.Response.StatusCode = StatusCodes.Status403Forbidden;
        http.Response.ContentLength = LengthOf(path);
        if (!HttpMethods.IsHead(http.Request.Method)) await http.Response.Body.WriteAsync(new byte[LengthOf(path)]);
    }
}
