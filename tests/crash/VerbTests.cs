using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace CompatBot.CrashTests;

/// <summary>The command line of the real program, in a running server and without one.</summary>
public sealed class VerbTests : IDisposable
{
    private readonly string _data = Path.Combine(Directory.CreateTempSubdirectory("compatbot-verbs-").FullName, "data");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_data)!, recursive: true);

    [Fact]
    public async Task Verbs_do_the_same_in_a_server_and_without_one()
    {
        await OkAsync(null, "domain", "add", "one.test");
        var first = await MakeAsync("anna@one.test");
        using (var server = await ServerProcess.StartAsync(_data))
        {
            var second = await MakeAsync("bert@two.test"); // Made in the server, with its domain.
            using var login = await ImapClient.LoginAsync(server.Port("imap"), second.Address, second.Password);
            Assert.Equal("anna@one.test\nbert@two.test\n", await OkAsync(null, "account", "list"));
            Assert.Equal(0, await server.StopAsync());
        }

        Assert.Equal("anna@one.test\nbert@two.test\n", await OkAsync(null, "account", "list"));
        Assert.Equal("one.test\ntwo.test\n", await OkAsync(null, "domain", "list"));
        Assert.Contains("sound", await OkAsync(null, "store", "verify"));
        var shown = JsonDocument.Parse(await OkAsync(null, "account", "show", first.Address, "--json")).RootElement;
        Assert.Equal(32, shown.GetProperty("id").GetString()!.Length);
    }

    [Fact]
    public async Task Revoking_a_device_cuts_its_live_session_within_a_second()
    {
        var account = await MakeAsync("anna@one.test");
        using var server = await ServerProcess.StartAsync(_data);
        var words = await FileAsync(account.Words);
        var phone = JsonDocument.Parse(await OkAsync(
            null, "device", "add", account.Address, "--label", "phone", "--scope", "mail", "--unlock", words, "--json")).RootElement;
        using var first = await ImapClient.LoginAsync(server.Port("imap"), account.Address, account.Password);
        using var revoked = await ImapClient.LoginAsync(server.Port("imap"), account.Address, phone.GetProperty("password").GetString()!);
        var cut = revoked.WaitForEndAsync();
        await OkAsync(null, "device", "revoke", account.Address, phone.GetProperty("id").GetString()!);
        var started = Stopwatch.GetTimestamp();
        await cut;
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1), "the session outlived its device by more than a second");
        await first.MustAsync("NOOP");
        await Assert.ThrowsAnyAsync<InvalidOperationException>(
            () => ImapClient.LoginAsync(server.Port("imap"), account.Address, phone.GetProperty("password").GetString()!));
    }

    [Fact]
    public async Task An_attended_account_takes_its_mail_in_while_nobody_is_connected()
    {
        var account = await MakeAsync("anna@one.test");
        var words = await FileAsync(account.Words);
        using (var server = await ServerProcess.StartAsync(_data))
        {
            Assert.Equal(1, await WaitingAfterDeliveryAsync(server, account.Address));
            Assert.Contains("is private", await OkAsync(null, "account", "attended", account.Address));
            Assert.Contains("is attended", await OkAsync(null, "account", "attended", account.Address, "on", "--unlock", words));
            Assert.Equal(0, await WaitingAfterDeliveryAsync(server, account.Address));
            Assert.Equal(0, await server.StopAsync());
        }

        using (var server = await ServerProcess.StartAsync(_data))
        {
            Assert.Equal(0, await WaitingAfterDeliveryAsync(server, account.Address));
            Assert.Contains("this server", await OkAsync(null, "device", "list", account.Address, "--unlock", words));
            Assert.Contains("is private", await OkAsync(null, "account", "attended", account.Address, "off"));
            Assert.Equal(0, await server.StopAsync());
        }

        using (var server = await ServerProcess.StartAsync(_data))
        {
            Assert.Equal(1, await WaitingAfterDeliveryAsync(server, account.Address));
            Assert.Equal(0, await server.StopAsync());
        }
    }

    [Fact]
    public async Task A_rotated_account_says_how_far_it_is_sealed_again_and_is_at_once_when_asked()
    {
        var account = await MakeAsync("anna@one.test");
        var words = await FileAsync(account.Words);
        using (var server = await ServerProcess.StartAsync(_data))
        {
            using var client = await ImapClient.LoginAsync(server.Port("imap"), account.Address, account.Password);
            foreach (var octets in new[] { 300, 100_000 })
            {
                Assert.True((await client.AppendAsync("INBOX", "", Letters.Make(Letters.Token(1, octets)))).Ok);
            }

            Assert.Contains("first key epoch", await OkAsync(null, "account", "show", account.Address));
            Assert.Contains("store reseal", await OkAsync(null, "account", "rotate", account.Address, "--unlock", words));
            Assert.Equal((2, 0, 2), await SealedAsync(account.Address));
            Assert.True((await client.AppendAsync("INBOX", "", Letters.Make(Letters.Token(2, 300)))).Ok);
            Assert.Equal((2, 1, 3), await SealedAsync(account.Address));
            var reseal = await OkAsync(null, "store", "reseal", account.Address, "--unlock", words, "--json");
            var done = JsonDocument.Parse(reseal).RootElement;
            Assert.Equal((2, 0), (done.GetProperty("resealed").GetInt32(), done.GetProperty("left").GetInt32()));
            Assert.Equal((2, 3, 3), await SealedAsync(account.Address));
            await client.SelectAsync("INBOX");
            Assert.True((await client.MustAsync("FETCH 1:* BODY.PEEK[]")).Ok);
            Assert.Equal(0, await server.StopAsync());
        }

        Assert.Contains("3 of 3 blobs", await OkAsync(null, "store", "reseal", account.Address, "--unlock", words));
        Assert.EndsWith("sound\n", await OkAsync(null, "store", "verify", "--deep", "--unlock", words), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_operator_of_a_domain_with_escrow_opens_accounts_that_are_made_in_it_and_no_others()
    {
        var before = await MakeAsync("before@firm.test");
        Assert.Contains("alone", await OkAsync(null, "domain", "escrow", "firm.test"));
        var drawn = JsonDocument.Parse(await OkAsync(null, "domain", "escrow", "firm.test", "on", "--json")).RootElement;
        var key = drawn.GetProperty("secretKey").GetString()!;
        Assert.DoesNotContain(key, await File.ReadAllTextAsync(Path.Combine(_data, "escrow")));
        var anna = await MakeAsync("anna@firm.test");
        Assert.Equal(4, (await ServerProcess.VerbAsync(_data, null, "domain", "escrow", "firm.test", "on")).ExitCode);
        var opened = JsonDocument.Parse(await OkAsync(key, "account", "escrow-open", anna.Address, "--json")).RootElement;
        var unlock = await FileAsync(opened.GetProperty("password").GetString()!);
        Assert.Contains("escrow of the domain", await OkAsync(null, "device", "list", anna.Address, "--unlock", unlock));
        Assert.Equal(5, (await ServerProcess.VerbAsync(_data, key, "account", "escrow-open", before.Address)).ExitCode);
        Assert.Equal(2, (await ServerProcess.VerbAsync(_data, "no key", "account", "escrow-open", anna.Address)).ExitCode);
        Assert.Contains("alone", await OkAsync(null, "domain", "escrow", "firm.test", "off"));
        var after = await MakeAsync("after@firm.test");
        Assert.Equal(5, (await ServerProcess.VerbAsync(_data, key, "account", "escrow-open", after.Address)).ExitCode);
    }

    [Fact]
    public async Task A_list_makes_accounts_with_given_and_drawn_passwords()
    {
        const string List = """
            [{"address": "a@x.test", "aliases": ["info@x.test"], "devices": [
                {"label": "phone", "password": "abcdefghijklmnopqrstuvwxy2", "scopes": ["*"]},
                {"label": "tablet", "scopes": ["mail:read"]}]},
             {"address": "b@y.test", "devices": [{"label": "phone"}]}]
            """;
        var made = JsonDocument.Parse(await OkAsync(List, "account", "add", "--from", "-")).RootElement;
        Assert.Equal(2, made.GetArrayLength());
        Assert.Equal("abcdefghijklmnopqrstuvwxy2", made[0].GetProperty("devices")[0].GetProperty("password").GetString());
        Assert.Equal(24, made[1].GetProperty("words").GetString()!.Split(' ').Length);
        var again = await ServerProcess.VerbAsync(_data, List, "account", "add", "--from", "-");
        Assert.Equal((4, "[]\n"), (again.ExitCode, again.Output));
        Assert.Contains("a@x.test is already there", again.Error);
    }

    [Fact]
    public async Task Words_bring_a_lost_account_back()
    {
        var account = await MakeAsync("anna@one.test");
        var recovered = JsonDocument.Parse(await OkAsync(account.Words, "account", "recover", account.Address, "--json")).RootElement;
        using var server = await ServerProcess.StartAsync(_data);
        using var login = await ImapClient.LoginAsync(
            server.Port("imap"), account.Address, recovered.GetProperty("password").GetString()!);
        var other = await MakeAsync("bert@one.test");
        Assert.Equal(5, (await ServerProcess.VerbAsync(_data, other.Words, "account", "recover", account.Address)).ExitCode);
    }

    [Theory]
    [InlineData(2, "provided", "account")]
    [InlineData(2, "bogus", "device", "add", "a@b.test", "--label", "x", "--scope", "bogus")]
    [InlineData(3, "no such thing", "account", "show", "nobody@one.test")]
    [InlineData(2, "malformed", "account", "add", "no address")]
    [InlineData(2, "--yes", "account", "remove", "anna@one.test")]
    [InlineData(5, "24 words", "device", "add", "anna@one.test", "--label", "x")]
    [InlineData(3, "not find", "device", "list", "anna@one.test", "--unlock", "/nowhere/at/all")]
    [InlineData(2, "ports end", "serve", "--port-offset", "65000")]
    [InlineData(6, "cannot listen", "serve", "--bind", "192.0.2.1", "--free-ports")]
    public async Task A_mistake_is_told_with_its_exit_code(int exitCode, string words, params string[] arguments)
    {
        await MakeAsync("anna@one.test");
        var plain = await ServerProcess.VerbAsync(_data, null, arguments);
        Assert.Equal((exitCode, ""), (plain.ExitCode, plain.Output));
        Assert.Contains(words, plain.Error);
        var json = await ServerProcess.VerbAsync(_data, null, [.. arguments, "--json"]);
        Assert.Contains(words, JsonDocument.Parse(json.Error).RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_store_has_one_server_at_a_time_and_none_where_there_is_no_store()
    {
        Assert.Equal(3, (await ServerProcess.VerbAsync(_data, null, "account", "list")).ExitCode);
        using var server = await ServerProcess.StartAsync(_data);
        var second = await ServerProcess.VerbAsync(_data, null, "serve", "--free-ports");
        Assert.Equal(6, second.ExitCode);
        Assert.Contains("in use", second.Error);
        Assert.Equal("", await OkAsync(null, "account", "list"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_data, "control.sock")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("\0\0\0\u0002{]")]
    [InlineData("\0\0\0\u0002{}")]
    public async Task Garbage_on_the_control_socket_harms_nobody(string garbage)
    {
        using var server = await ServerProcess.StartAsync(_data);
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(_data, "control.sock")));
            await socket.SendAsync(System.Text.Encoding.Latin1.GetBytes(garbage));
            socket.Shutdown(SocketShutdown.Send);
            await EndAsync(socket);
        }

        Assert.Equal("", await OkAsync(null, "account", "list"));
        Assert.Equal(0, await server.StopAsync());
    }

    private static async Task EndAsync(Socket socket)
    {
        try
        {
            var answer = new byte[4096];
            while (await socket.ReceiveAsync(answer) > 0) continue;
        }
        catch (SocketException)
        {
            return; // A reset is an end too.
        }
    }

    private async Task<Resident> MakeAsync(string address)
    {
        var made = JsonDocument.Parse(await OkAsync(null, "account", "add", address, "--json")).RootElement;
        return new Resident(
            address, made.GetProperty("devices")[0].GetProperty("password").GetString()!, made.GetProperty("words").GetString()!);
    }

    /// <summary>How many messages wait sealed once one more has come by SMTP.</summary>
    private async Task<int> WaitingAfterDeliveryAsync(ServerProcess server, string address)
    {
        using (var client = await SmtpClient.ConnectAsync(server.Port("smtp"), null))
        {
            await client.SendAsync("stranger@else.test", [address], Letters.Make(Letters.Token(1, 300)));
        }

        var shown = JsonDocument.Parse(await OkAsync(null, "account", "show", address, "--json")).RootElement;
        return shown.GetProperty("waitingMessages").GetInt32();
    }

    private async Task<(int Epoch, int Sealed, int Blobs)> SealedAsync(string address)
    {
        var content = JsonDocument.Parse(await OkAsync(null, "account", "show", address, "--json")).RootElement.GetProperty("content");
        return (content.GetProperty("epoch").GetInt32(), content.GetProperty("sealed").GetInt32(), content.GetProperty("blobs").GetInt32());
    }

    private async Task<string> OkAsync(string? input, params string[] arguments)
    {
        var (exitCode, output, error) = await ServerProcess.VerbAsync(_data, input, arguments);
        return exitCode == 0 ? output : throw new InvalidOperationException($"{string.Join(' ', arguments)}: {exitCode}: {error}");
    }

    private async Task<string> FileAsync(string content)
    {
        var path = Path.Combine(Path.GetDirectoryName(_data)!, Path.GetRandomFileName());
        await File.WriteAllTextAsync(path, content);
        return path;
    }
}
