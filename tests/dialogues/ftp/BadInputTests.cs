using System.Net;
using System.Net.Sockets;
using System.Text;
using CompatBot.DialogueTests.Imap;
using Xunit;
using static CompatBot.DialogueTests.Ftp.FtpBed;

namespace CompatBot.DialogueTests.Ftp;

/// <summary>What nobody honest sends. Each is refused, or harmless, and changes nothing; protocols/ftp/README.md has the table.</summary>
public sealed class BadInputTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public Task No_path_leads_above_the_root_and_no_name_has_control_bytes() => PlayAsync(LogIn + """
        C: CWD ../../../..
        S: 250 "/" is the working folder
        C: CWD /../../etc
        S: 550 No such file or folder
        C: MDTM ../../etc/passwd
        S: 550 No such file or folder
        C: MDTM /..%2f..%2fetc/passwd
        S: 550 No such file or folder
        C: MKD ..
        S: 550 There is something of that name
        C: RMD /..
        S: 550 Not permitted
        R: MKD a\x01b\r\n
        S: 553 Such a name can not be given
        R: MKD a\x7fb\r\n
        S: 553 Such a name can not be given
        R: MKD a\xc2\x85b\r\n
        S: 553 Such a name can not be given
        R: MKD a\xc0\xaf..\r\n
        S: 501 Names are in UTF-8
        C: STOR ..
        S: 553 That is a folder
        C: NLST
        S: 425 PASV or EPSV first
        """);

    [Fact]
    public async Task A_path_of_64_KB_is_refused()
    {
        await using var bed = await ImapBed.MakeAsync();
        await using var client = await LogInAsync(bed);
        await DoAsync(client, $"MKD {new string('a', 256)}", "553 Such a name can not be given");
        await DoAsync(client, $"CWD {string.Concat(Enumerable.Repeat("a/", 300))}", "550 <*>");
        await client.SendAsync($"MKD {new string('a', 20_000)}\r\n");
        await client.ExpectAsync("500 Line too long");
        await DoAsync(client, "NOOP", "200 Nothing done");
    }

    [Fact]
    public async Task Nobody_takes_the_data_connection_of_another()
    {
        await using var bed = await ImapBed.MakeAsync();
        await using var client = await LogInAsync(bed);
        await client.SendAsync("TYPE I\r\n");
        await client.ExpectAsync("200 <*>");
        var port = await PassiveAsync(client);
        await client.SendAsync("STOR a\r\n");
        await client.ExpectAsync("150 <*>");
        for (var i = 0; i < 100; i++)
        {
            // Another machine, as far as the server can see.
            using var thief = new TcpClient(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
            await thief.ConnectAsync(IPAddress.Loopback, port, Cancellation);
            try
            {
                await thief.GetStream().WriteAsync("forged"u8.ToArray(), Cancellation);
                Assert.Equal(0, await thief.GetStream().ReadAsync(new byte[1], Cancellation));
            }
            catch (IOException)
            {
                continue; // It was hung up on.
            }
        }

        using (var data = new TcpClient())
        {
            await data.ConnectAsync(IPAddress.Loopback, port, Cancellation);
            await data.GetStream().WriteAsync(Encoding.ASCII.GetBytes("mine"), Cancellation);
        }

        await client.ExpectAsync("226 Stored");
        Assert.Equal("mine", await TransferAsync(client, "RETR a", (string?)null, "226 That is all"));
    }

    [Fact]
    public async Task Thousands_of_data_ports_that_nobody_comes_to_leave_one_open()
    {
        await using var bed = await ImapBed.MakeAsync();
        await using var client = await LogInAsync(bed);
        var ports = new List<int>();
        for (var i = 0; i < 1000; i++) ports.Add(await PassiveAsync(client));
        var open = 0;
        foreach (var port in ports.Distinct())
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await probe.ConnectAsync(IPAddress.Loopback, port, Cancellation);
                open++;
            }
            catch (SocketException)
            {
                continue;
            }
        }

        Assert.InRange(open, 0, 2); // Its own, and perhaps one that another test has by now.
        await DoAsync(client, "NOOP", "200 Nothing done");
    }
}
