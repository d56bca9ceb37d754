using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CompatBot.Gateway.Tls;
using CompatBot.Protocols.Net.Tls;
using CompatBot.UnitTests.Gateway.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit;

namespace CompatBot.UnitTests.Gateway;

/// <summary>Kestrel's HTTP over our TLS over our connections.</summary>
public sealed class TlsConnectionsTests
{
    private const byte AlertRecord = 21;
    private const int RecordHeaderBytes = 5;

    private static readonly byte[] Long = RandomNumberGenerator.GetBytes(3_000_000);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Requests_and_answers_of_any_length_pass_whole_under_both_versions_of_HTTP(string version)
    {
        await using var web = await OpenAsync(TimeSpan.FromMinutes(1));
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null;
        using var client = new HttpClient(handler);
        for (var round = 0; round < 3; round++)
        {
            foreach (var length in new[] { 0, 1, 16_384, 131_072, Long.Length })
            {
                using var request = new HttpRequestMessage(HttpMethod.Put, $"https://127.0.0.1:{PortOf(web)}/")
                {
                    Content = new ByteArrayContent(Long, 0, length),
                    Version = new Version(version),
                    VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                };
                using var answer = await client.SendAsync(request, Cancellation);
                var octets = await answer.Content.ReadAsByteArrayAsync(Cancellation);
                Assert.Equal($"HTTP/{request.Version.Major}", answer.Headers.GetValues("Seen").Single());
                Assert.True(Long.AsSpan(0, length).SequenceEqual(octets));
            }
        }
    }

    [Fact]
    public async Task The_end_of_a_connection_is_said_so_that_nobody_can_cut_it_off()
    {
        await using var web = await OpenAsync(TimeSpan.FromMinutes(1));
        using var socket = await ConnectAsync(web);
        var heard = new HeardStream(socket);
        await using var client = new SslStream(heard);
        await client.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = SslProtocols.Tls12, // In 1.3 nobody sees which record is an alert.
                RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null,
            },
            Cancellation);
        await client.WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray(), Cancellation);
        Assert.Contains("200 OK", await new StreamReader(client).ReadToEndAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(AlertRecord, LastRecord(heard.Octets));
    }

    [Fact]
    public async Task Who_says_nothing_or_no_TLS_is_let_go()
    {
        await using var web = await OpenAsync(TimeSpan.FromMilliseconds(200));
        using var silent = await ConnectAsync(web);
        using var plain = await ConnectAsync(web);
        await plain.SendAsync("GET / HTTP/1.1\r\nHost: test\r\n\r\n"u8.ToArray(), Cancellation);
        await ReadToEndAsync(plain);
        await ReadToEndAsync(silent);
    }

    private static async Task ReadToEndAsync(Socket socket)
    {
        try
        {
            while (await socket.ReceiveAsync(new byte[100], Cancellation) > 0) continue;
        }
        catch (SocketException error)
        {
            Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        }
    }

    private static byte LastRecord(ReadOnlySpan<byte> octets)
    {
        byte type = 0;
        while (octets.Length > RecordHeaderBytes)
        {
            type = octets[0];
            octets = octets[(RecordHeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(octets[3..]))..];
        }

        return type;
    }

    private static int PortOf(WebApplication web) => new Uri(web.Urls.First()).Port;

    private static async Task<Socket> ConnectAsync(WebApplication web)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, PortOf(web), Cancellation);
        return socket;
    }

    private static Task<WebApplication> OpenAsync(TimeSpan within)
    {
        var (pem, key) = SelfMadeCertificate.Make("localhost", IPAddress.Loopback, TimeProvider.System.GetUtcNow());
        var connections = new TlsConnections(new TlsSettings(X509Certificate2.CreateFromPem(pem, key)), within, TimeProvider.System);
        return WebOverSockets.OpenAsync(EchoAsync, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.Use(next => connection => connections.RunAsync(connection, next));
        });
    }

    private static async Task EchoAsync(HttpContext http)
    {
        Assert.Equal("https", http.Request.Scheme);
        http.Response.Headers["Seen"] = http.Request.Protocol[..6];
        var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        await http.Response.Body.WriteAsync(body.ToArray());
    }

    /// <summary>Keeps what came.</summary>
    private sealed class HeardStream(Socket socket) : NetworkStream(socket)
    {
        private readonly MemoryStream _octets = new();

        public ReadOnlySpan<byte> Octets => _octets.ToArray();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await base.ReadAsync(buffer, cancellationToken);
            _octets.Write(buffer.Span[..count]);
            return count;
        }
    }
}
