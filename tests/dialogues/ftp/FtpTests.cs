using System.Net;
using System.Net.Sockets;
using CompatBot.DialogueTests.Imap;
using CompatBot.Protocols.Ftp;
using Xunit;
using static CompatBot.DialogueTests.Ftp.FtpBed;

namespace CompatBot.DialogueTests.Ftp;

/// <summary>FTP's control connection as in the RFCs, and what must never be: data to or from a stranger, passwords in clear.</summary>
public sealed class FtpTests
{
    [Fact]
    public Task Folders_are_made_entered_and_removed() => PlayAsync(LogIn + """"
        C: PWD
        S: 257 "/" is the working folder
        C: MKD a "b"
        S: 257 "/a ""b""" is made
        C: MKD a "b"
        S: 550 There is something of that name
        C: CWD a "b"
        S: 250 "/a ""b""" is the working folder
        C: MKD ü/ö
        S: 550 No such file or folder
        C: MKD u\u0308
        S: 257 <*>
        C: CWD ../../../..
        S: 250 "/" is the working folder
        C: RMD a "b"
        S: 550 The folder is not empty
        C: RMD /
        S: 550 Not permitted
        C: RNFR a "b"
        S: 350 RNTO says where to
        C: RNTO a "b"/inside
        S: 550 Not permitted
        C: RNFR a "b"
        S: 350 RNTO says where to
        C: NOOP
        S: 200 Nothing done
        C: RNTO c
        S: 503 RNFR first
        C: RNFR a "b"
        S: 350 RNTO says where to
        C: RNTO c
        S: 250 Renamed
        C: CWD c
        S: 250 "/c" is the working folder
        C: CDUP
        S: 250 "/" is the working folder
        C: QUIT
        S: 221 Goodbye
        S: <closed>
        """");

    [Fact]
    public Task Before_a_login_nothing_is_shown() => PlayAsync("""
        S: 220 CompatBot ready
        C: PWD
        S: 530 Log in first
        C: PASV
        S: 530 Log in first
        C: RETR x
        S: 530 Log in first
        C: SYST
        S: 215 UNIX Type: L8
        C: PASS x
        S: 503 USER first
        C: USER nobody@mail.test
        S: 331 Send the app password
        C: PASS aaaaaaaaaaaaaaaaaaaaaaaaaa
        S: 530 Login incorrect
        C: USER ann@mail.test
        S: 331 Send the app password
        C: PASS wrong
        S: 530 Login incorrect
        C: USER ann@mail.test
        S: 331 Send the app password
        C: PASS wrong
        S: 421 Too many failed logins
        S: <closed>
        """);

    [Fact]
    public Task A_device_for_calendars_does_not_see_files() => PlayAsync($"""
        S: 220 CompatBot ready
        C: USER {ImapBed.Address}
        S: 331 Send the app password
        C: PASS {ImapBed.CalendarPassword}
        S: 530 Files are outside of this device's scope
        """);

    [Fact]
    public Task Another_machine_says_its_password_under_TLS_alone_and_protects_its_data() => PlayAsync("""
        S: 220 CompatBot ready
        C: USER ann@mail.test
        S: 530 Not without TLS: AUTH TLS first
        C: PROT P
        S: 503 PBSZ first
        C: AUTH GSSAPI
        S: 504 TLS is the only mechanism
        C: AUTH TLS
        S: 234 Begin TLS
        TLS:
        C: AUTH TLS
        S: 503 Already under TLS
        C: USER ann@mail.test
        S: 331 Send the app password
        C: PASS aaaaaaaaaaaaaaaaaaaaaaaaaa
        S: 230 Logged in
        C: EPSV
        S: 229 Entering Extended Passive Mode (|||<*>|)
        C: LIST
        S: 521 PROT P first
        C: PBSZ 0
        S: 200 PBSZ=0
        C: PROT C
        S: 534 Not in clear over a network
        C: PROT P
        S: 200 Data connections are under TLS
        """, IPAddress.Parse("192.0.2.1"));

    [Fact]
    public Task What_is_pipelined_behind_AUTH_is_refused() => PlayAsync("""
        S: 220 CompatBot ready
        P: AUTH TLS
        P: USER mallory
        S: 421 Nothing may follow AUTH
        S: <closed>
        """);

    [Fact]
    public Task Data_goes_to_nobody_else() => PlayAsync(LogIn + """
        C: PORT 192,0,2,1,10,10
        S: 504 Data goes to the client's own address and ports above 1023 only
        C: PORT 127,0,0,1,0,25
        S: 504 Data goes to the client's own address and ports above 1023 only
        C: EPRT |1|192.0.2.1|5000|
        S: 504 Data goes to the client's own address and ports above 1023 only
        C: EPRT |2|127.0.0.1|5000|
        S: 522 Network protocol not supported, use (1,2)
        C: PORT 127,0,0,256,10,10
        S: 501 That is not what this command takes
        C: EPRT ||||
        S: 501 That is not what this command takes
        C: EPRT |
        S: 501 That is not what this command takes
        C: LIST
        S: 425 PASV or EPSV first
        """);

    [Fact]
    public Task What_is_no_command_is_said_so() => PlayAsync(LogIn + """
        C: 
        S: 500 No such command
        C: NONSENSE
        S: 500 No such command
        R: NOOP\n
        S: 500 Lines end in CRLF
        R: NO\0OP\r\n
        S: 500 CR or NUL in a command
        R: CWD \xc3\x28\r\n
        S: 501 Names are in UTF-8
        C: RETR
        S: 501 That is not what this command takes
        C: TYPE E
        S: 504 A or I
        C: REST 99999999999999999999
        S: 501 That is not what this command takes
        C: MFMT 2020 x
        S: 501 That is not what this command takes
        C: MFMT 20201301000000 x
        S: 501 That is not what this command takes
        C: OPTS NOTHING
        S: 501 No such option
        R: \xff\xf4\xff\xf2ABOR\r\n
        S: 226 No transfer runs
        C: noop
        S: 200 Nothing done
        """);

    [Fact]
    public async Task A_file_goes_up_and_comes_down_over_data_connections()
    {
        await using var bed = await ImapBed.MakeAsync();
        await using var client = await LogInAsync(bed);
        await client.SendAsync("TYPE I\r\n");
        await client.ExpectAsync("200 Type is image");
        await TransferAsync(client, "STOR a.bin", "hello", "226 Stored");
        Assert.Equal("hello", await TransferAsync(client, "RETR a.bin", (string?)null, "226 That is all"));
        await client.SendAsync("REST 3\r\n");
        await client.ExpectAsync("350 The next transfer begins at 3");
        Assert.Equal("lo", await TransferAsync(client, "RETR a.bin", (string?)null, "226 That is all"));
        Assert.Equal("hello", await TransferAsync(client, "RETR a.bin", (string?)null, "226 That is all"));
        await TransferAsync(client, "APPE a.bin", " world", "226 Stored");
        Assert.Equal("a.bin\r\n", await TransferAsync(client, "NLST", (string?)null, "226 That is all"));
        Assert.Matches(
            "^-rw-------   1 owner    owner              11 .* a.bin\r\n$",
            await TransferAsync(client, "LIST -la", (string?)null, "226 That is all"));
        Assert.Matches(
            "^type=cdir;.*; \\.\r\ntype=file;size=11;modify=[0-9]{14};create=[0-9]{14};"
            + "unique=[0-9a-f]+;perm=adfrw;UNIX.mode=0600; a.bin\r\n$",
            await TransferAsync(client, "MLSD", (string?)null, "226 That is all"));
    }

    [Fact]
    public async Task A_data_connection_is_used_once_and_its_port_is_closed_behind_it()
    {
        await using var bed = await ImapBed.MakeAsync();
        await using var client = await LogInAsync(bed);
        var port = await PassiveAsync(client);
        await client.SendAsync("NLST\r\n");
        await client.ExpectAsync("150 The listing follows");
        using (var data = new TcpClient())
        {
            await data.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
            await client.ExpectAsync("226 That is all");
        }

        using var late = new TcpClient();
        await Assert.ThrowsAnyAsync<SocketException>(
            () => late.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken).AsTask());
        await client.SendAsync("NLST\r\n");
        await client.ExpectAsync("425 PASV or EPSV first");
    }

    [Fact]
    public async Task Passive_ports_come_from_the_range()
    {
        await using var bed = await ImapBed.MakeAsync();
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var taken = ((IPEndPoint)probe.LocalEndpoint).Port;
        await using var client = await LogInAsync(bed, new FtpLimits { PassivePorts = (taken, taken) });
        await client.SendAsync("EPSV\r\n");
        await client.ExpectAsync("425 No port is free");
        probe.Stop();
        Assert.Equal(taken, await PassiveAsync(client));
    }

    [Fact]
    public async Task Nobody_comes_and_the_connection_lives_on()
    {
        await using var bed = await ImapBed.MakeAsync();
        await using var client = await LogInAsync(bed, new FtpLimits { DataOpenTimeout = TimeSpan.FromMilliseconds(50) });
        await PassiveAsync(client);
        await client.SendAsync("NLST\r\n");
        await client.ExpectAsync("150 The listing follows");
        await client.ExpectAsync("425 No data connection came");
        await client.SendAsync("NOOP\r\n");
        await client.ExpectAsync("200 Nothing done");
    }
}
