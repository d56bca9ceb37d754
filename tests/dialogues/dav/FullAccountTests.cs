using CompatBot.DialogueTests.Ftp;
using CompatBot.Protocols.Ftp;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>A full account over WebDAV (RFC 4331 section 6), CalDAV and FTP: nothing is added, and all else goes on.</summary>
public sealed class FullAccountTests
{
    private const string Event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n"
        + "DTSTAMP:20260101T000000Z\r\nDTSTART:20260101T100000Z\r\nSUMMARY:s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    [Fact]
    public async Task Nothing_is_added_and_reading_moving_and_deleting_go_on()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\n{new string('a', 400)}");
        await house.AskAsync(201, $"PUT {DavHouse.Files}b\n\n{new string('b', 400)}");
        var set = await house.Quotas.SetAsync(house.Accounts, house.Anna.Id, 900, null, TestContext.Current.CancellationToken);
        Assert.False(set.Declined);
        var full = await house.AskAsync(507, $"PUT {DavHouse.Files}c\n\n{new string('c', 101)}");
        Assert.Contains("quota-not-exceeded", full.Body, StringComparison.Ordinal);
        await house.AskAsync(507, $"PUT {DavHouse.Files}a\n\n{new string('a', 501)}");
        await house.AskAsync(507, $"COPY {DavHouse.Files}a\nDestination: {DavHouse.Files}c");
        await house.AskAsync(507, $"PUT {DavHouse.Calendar}1.ics\nContent-Type: text/calendar\n\n{Event}");
        Assert.Equal(new string('a', 400), (await house.AskAsync(200, $"GET {DavHouse.Files}a")).Body);
        await house.AskAsync(404, $"GET {DavHouse.Files}c");
        await house.AskAsync(201, $"MOVE {DavHouse.Files}a\nDestination: {DavHouse.Files}d");

        await using (var ftp = await FtpBed.LogInAsync(new FtpHandler(house.Ftp, implicitTls: false), "anna@mail.test", DavHouse.Password))
        {
            await FtpBed.TransferAsync(ftp, "STOR c", new string('c', 101), "552 <*>");
            Assert.Equal(new string('b', 400), await FtpBed.TransferAsync(ftp, "RETR b", (string?)null, "226 <*>"));
            await FtpBed.DoAsync(ftp, "DELE b", "250 <*>");
        }

        await house.AskAsync(204, $"DELETE {DavHouse.Files}d");
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\nContent-Type: text/calendar\n\n{Event}");
    }
}
