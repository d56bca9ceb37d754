using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using Xunit;

namespace CompatBot.UnitTests.Identity;

public sealed class ScramTests
{
    [Fact] // RFC 7677 section 3
    public void The_published_exchange_is_spoken_to_the_letter()
    {
        var salt = Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==");
        var (clientKey, storedKey, serverKey) = ScramKeys.Make("pencil", salt, 4096);
        var exchange = ScramExchange.Start("n,,n=user,r=rOprNGfwEbeRWgbNEkqO", [], plus: false)!;
        Assert.Equal("user", exchange.User);
        Assert.Equal(
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            exchange.ServerFirst(salt, 4096, "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"));
        var (proof, authMessage) = exchange.Finish(
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")!.Value;
        var recovered = new byte[32];
        Assert.True(ScramKeys.TryProof(storedKey, proof, authMessage, recovered));
        Assert.Equal(clientKey.Span, recovered);
        Assert.Equal("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", ScramExchange.ServerFinal(serverKey, authMessage));
        proof[5] ^= 1;
        Assert.False(ScramKeys.TryProof(storedKey, proof, authMessage, recovered));
    }

    [Fact]
    public async Task A_proof_opens_the_device_that_made_it()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("phone", "mail"), ("laptop", "*"));
        foreach (var device in ada.Devices)
        {
            var (opened, signature) = await Login(house, "ada@mail.test", device.Password.Text);
            Assert.Equal(device.Id, opened.Value!.Keyring.Device);
            Assert.Equal(device.Scopes, opened.Value!.Keyring.Scopes);
            Assert.Equal(signature, opened.Value!.ServerFinal);
        }

        Assert.Equal(Refusal.BadCredentials, (await Login(house, "ada@mail.test", "wrong")).Opened.Refusal);
        Assert.Equal(Refusal.BadCredentials, (await Login(house, "nobody@mail.test", ada.Devices[0].Password.Text)).Opened.Refusal);
        await house.Accounts.RevokeAsync(ada.Id, ada.Devices[0].Id, default);
        Assert.Equal(Refusal.BadCredentials, (await Login(house, "ada@mail.test", ada.Devices[0].Password.Text)).Opened.Refusal);
    }

    [Fact]
    public async Task A_device_revoked_between_the_messages_does_not_open()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("phone", "*"));
        var phone = ada.Devices[0];
        var (opened, _) = await Login(
            house, "ada@mail.test", phone.Password.Text, between: () => house.Accounts.RevokeAsync(ada.Id, phone.Id, default));
        Assert.Equal(Refusal.BadCredentials, opened.Refusal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_rotation_before_the_login_or_between_its_messages_keeps_nobody_out(bool between)
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("phone", "mail"), ("laptop", "*"));
        if (!between) await RotateAsync();
        var (opened, signature) = await Login(
            house, "ada@mail.test", ada.Devices[0].Password.Text, between: between ? RotateAsync : null);
        Assert.Equal((2u, signature), (opened.Value!.Keyring.Epoch, opened.Value!.ServerFinal));
        opened.Value!.Keyring.Dispose();

        async ValueTask<Refusal> RotateAsync()
        {
            var password = new Password(ada.Devices[1].Password.Text);
            using var owner = (await house.Credentials.OpenAsync("ada@mail.test", password, "cli", default)).Value!;
            return (await house.Accounts.RotateAsync(owner, null, [], default)).Refusal;
        }
    }

    [Fact]
    public async Task Protocol_scopes_hold_for_SCRAM_too()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("scanner", "mail smtp"));
        Assert.Equal(Refusal.NotPermitted, (await Login(house, "ada@mail.test", ada.Devices[0].Password.Text)).Opened.Refusal);
    }

    [Fact]
    public async Task Salts_of_unknown_addresses_stay_the_same_and_differ()
    {
        await using var house = await TestHouse.NewAsync();
        var first = await Salt(house, "nobody@mail.test");
        Assert.Equal(first, await Salt(house, "NOBODY@mail.test"));
        Assert.NotEqual(first, await Salt(house, "noone@mail.test"));
        Assert.Equal(24, first.Length);
    }

    [Fact]
    public async Task Plus_binds_to_the_connection()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("phone", "*"));
        ChannelBinding[] here = [new("tls-exporter", new byte[] { 1, 2, 3 }), new("tls-server-end-point", new byte[] { 4 })];
        var password = ada.Devices[0].Password.Text;
        Assert.False((await Login(house, "ada@mail.test", password, here, "p=tls-exporter", [1, 2, 3])).Opened.Declined);
        Assert.False((await Login(house, "ada@mail.test", password, here, "p=tls-server-end-point", [4])).Opened.Declined);
        Assert.Equal(Refusal.Invalid, (await Login(house, "ada@mail.test", password, here, "p=tls-exporter", [1, 2, 4])).Opened.Refusal);
    }

    [Theory]
    [InlineData("", false, false)]
    [InlineData("n,,n=user", false, false)]
    [InlineData("n,,r=abc,n=user", false, false)]
    [InlineData("n,,m=ext,n=user,r=abc", false, false)]
    [InlineData("n,,n=us=er,r=abc", false, false)]
    [InlineData("n,,n=,r=abc", false, false)]
    [InlineData("n,,n=user,r=", false, false)]
    [InlineData("n,,n=user,r=a b", false, false)]
    [InlineData("n,a=other,n=user,r=abc", false, false)]
    [InlineData("x,,n=user,r=abc", false, false)]
    [InlineData("p=tls-exporter,,n=user,r=abc", true, false)] // not -PLUS, yet bound
    [InlineData("p=tls-unique,,n=user,r=abc", true, true)]
    [InlineData("n,,n=user,r=abc", true, true)] // -PLUS, yet not bound
    [InlineData("y,,n=user,r=abc", true, false)] // our offer of -PLUS was cut out by somebody
    public void Malformed_first_messages_are_refused(string message, bool bindable, bool plus)
    {
        ChannelBinding[] bindings = bindable ? [new("tls-exporter", new byte[] { 1 })] : [];
        Assert.Null(ScramExchange.Start(message, bindings, plus));
    }

    [Theory]
    [InlineData("n,,n=a=2Cb=3Dc,r=abc", "a,b=c")]
    [InlineData("y,,n=user,r=abc", "user")]
    [InlineData("n,a=user,n=user,r=abc,x=future", "user")]
    public void Other_first_messages_are_understood(string message, string user) =>
        Assert.Equal(user, ScramExchange.Start(message, [], plus: false)?.User);

    [Theory]
    [InlineData("")]
    [InlineData("c=biws,r=abcSERVER")]
    [InlineData("c=biws,r=abcOTHER,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("c=eSws,r=abcSERVER,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("c=!,r=abcSERVER,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("c=biws,r=abcSERVER,p=AAAA")]
    [InlineData("c=biws,r=abcSERVER,p=!")]
    public void Malformed_final_messages_are_refused(string message)
    {
        var exchange = ScramExchange.Start("n,,n=user,r=abc", [], plus: false)!;
        exchange.ServerFirst(new byte[16], 4096, "SERVER");
        Assert.Null(exchange.Finish(message));
    }

    [Fact]
    public async Task A_server_takes_each_message_once_and_only_in_order()
    {
        await using var house = await TestHouse.NewAsync();
        var server = new ScramServer(house.Credentials, "imap", plus: false, []);
        Assert.Equal(Refusal.Invalid, (await server.FinishAsync("c=biws,r=abc,p=AAAA"u8.ToArray(), default)).Refusal);
        Assert.Equal(Refusal.Invalid, (await server.StartAsync(new byte[] { (byte)'n', 0xff }, default)).Refusal);
        Assert.Equal(Refusal.Invalid, (await server.StartAsync(new byte[ScramServer.MessageBytesMax + 1], default)).Refusal);
        Assert.False((await server.StartAsync("n,,n=user,r=abc"u8.ToArray(), default)).Declined);
        Assert.Equal(Refusal.Invalid, (await server.StartAsync("n,,n=user,r=abc"u8.ToArray(), default)).Refusal);
    }

    private static async Task<string> Salt(TestHouse house, string address)
    {
        var server = new ScramServer(house.Credentials, "imap", plus: false, []);
        var first = await server.StartAsync(Encoding.UTF8.GetBytes($"n,,n={address},r=abc"), default);
        return first.Value!.Split(',')[1][2..];
    }

    private static async Task<(Outcome<ScramSuccess> Opened, string Signature)> Login(
        TestHouse house, string user, string password, ChannelBinding[]? bindings = null, string flag = "n", byte[]? bound = null,
        Func<ValueTask<Refusal>>? between = null)
    {
        var server = new ScramServer(house.Credentials, "imap", flag.StartsWith("p=", StringComparison.Ordinal), bindings ?? []);
        var bare = $"n={user},r=clientnonce";
        var first = await server.StartAsync(Encoding.UTF8.GetBytes($"{flag},,{bare}"), default);
        Assert.Equal(Refusal.None, first.Refusal);
        var parts = first.Value!.Split(',');
        var salt = Convert.FromBase64String(parts[1][2..]);
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, salt, int.Parse(parts[2][2..], null), HashAlgorithmName.SHA256, 32);
        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        var channel = Convert.ToBase64String([.. Encoding.UTF8.GetBytes($"{flag},,"), .. bound ?? []]);
        var withoutProof = $"c={channel},{parts[0]}";
        var authMessage = Encoding.UTF8.GetBytes($"{bare},{first.Value},{withoutProof}");
        var proof = HMACSHA256.HashData(SHA256.HashData(clientKey), authMessage);
        for (var i = 0; i < proof.Length; i++) proof[i] ^= clientKey[i];
        if (between is not null) await between();
        var opened = await server.FinishAsync(Encoding.UTF8.GetBytes($"{withoutProof},p={Convert.ToBase64String(proof)}"), default);
        var serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
        return (opened, "v=" + Convert.ToBase64String(HMACSHA256.HashData(serverKey, authMessage)));
    }
}
