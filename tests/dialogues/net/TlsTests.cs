using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Tls;
using Xunit;

namespace CompatBot.DialogueTests.Net;

public sealed class TlsTests
{
    private readonly DialogueTime _time = new();

    [Fact]
    public Task Starttls_upgrades_and_goes_on() => Play("""
        S: 220 open
        C: STARTTLS
        S: 220 go
        TLS:
        C: hello
        S: 250 hello
        P: one
        P: two
        S: 250 one
        S: 250 two
        T: 00:05:02
        S: 421 IdleTimeout
        S: <closed>
        """);

    [Fact] // Fails when a new runtime keeps OpenSSL's handle elsewhere: then idle connections hold 33 KB more.
    public async Task OpenSSL_is_told_to_release_its_buffers()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        using var accepted = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using var asServer = new SslStream(accepted.GetStream());
        await using var asClient = new SslStream(client.GetStream(), false, (_, shown, _, _) => shown is not null);
        Assert.False(TlsBuffers.ReleaseWhenEmpty(asServer));
        await Task.WhenAll(
            asServer.AuthenticateAsServerAsync(TestCertificate.Tls.For("imap"), TestContext.Current.CancellationToken),
            asClient.AuthenticateAsClientAsync("mail.test"));
        Assert.True(TlsBuffers.ReleaseWhenEmpty(asServer));
        var word = new byte[5];
        await asClient.WriteAsync("hello"u8.ToArray(), TestContext.Current.CancellationToken);
        await asServer.ReadExactlyAsync(word, TestContext.Current.CancellationToken);
        await asServer.WriteAsync(word, TestContext.Current.CancellationToken);
        await asClient.ReadExactlyAsync(word, TestContext.Current.CancellationToken);
        Assert.Equal("hello"u8, word);
    }

    [Fact] // CVE-2011-0411 and its many children: what lies behind STARTTLS in clear is refused, not kept.
    public Task Plaintext_behind_starttls_is_refused() => Play("""
        S: 220 open
        R: STARTTLS\r\nevil\r\n
        S: 554 injected
        S: <closed>
        """);

    [Fact]
    public Task A_handshake_that_is_none_closes() => Play("""
        S: 220 open
        C: STARTTLS
        S: 220 go
        R: this is no client hello\r\n
        """);

    [Fact]
    public async Task A_handshake_that_does_not_end_is_cut()
    {
        using var server = EchoHandler.NewServer(_time, tls: TestCertificate.Tls);
        await using var client = new DialogueClient(new EchoHandler(server));
        await client.ExpectAsync("220 open");
        await client.SendAsync("STARTTLS\r\n");
        await client.ExpectAsync("220 go");
        while (!client.Serving.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(30));
            await Task.Yield();
        }

        await client.ExpectAsync("<closed>");
    }

    [Fact]
    public async Task Implicit_tls_speaks_tls_from_the_first_byte()
    {
        using var server = EchoHandler.NewServer(_time, tls: TestCertificate.Tls);
        await using var client = new DialogueClient(new EchoHandler(server, implicitTls: true));
        await client.StartTlsAsync();
        await client.ExpectAsync("220 secret");
        await client.SendAsync("BODY 100000\r\n");
        await client.SendAsync(new byte[100_000]);
        await client.ExpectAsync("250 body of 100000");
    }

    [Fact]
    public async Task Implicit_tls_refuses_one_too_many_without_a_word()
    {
        using var server = EchoHandler.NewServer(_time, new LineLimits { ConnectionsMax = 0 }, TestCertificate.Tls);
        await using var client = new DialogueClient(new EchoHandler(server, implicitTls: true));
        await client.ExpectAsync("<closed>");
    }

    [Fact]
    public async Task A_new_certificate_is_shown_to_new_connections()
    {
        var tls = new TlsSettings(TestCertificate.Make());
        using var server = EchoHandler.NewServer(_time, tls: tls);
        var echo = new EchoHandler(server, implicitTls: true);
        var seen = new List<byte[]>();
        foreach (var renew in new[] { true, false })
        {
            await using var client = new DialogueClient(echo);
            await client.StartTlsAsync();
            await client.ExpectAsync("220 secret");
            Assert.Equal(TlsSettings.BindingOf(client.ServerCertificate!), echo.Newest!.EndPointBinding.ToArray());
            seen.Add(echo.Newest.EndPointBinding.ToArray());
            if (renew) tls.Replace(TestCertificate.Make());
        }

        Assert.NotEqual(seen[0], seen[1]);
    }

    private async Task Play(string dialogue)
    {
        using var server = EchoHandler.NewServer(_time, tls: TestCertificate.Tls);
        await Dialogue.PlayAsync(new EchoHandler(server), dialogue, _time);
        Assert.Equal(0, server.Count);
    }
}
