using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace CompatBot.DialogueTests.Dav.Scheduling;

/// <summary>What the tests of scheduling share: Anna invites.</summary>
internal static partial class Invitations
{
    public const string Bert = "bert@mail.test";
    public const string Berts = "/dav/calendars/bert@mail.test/";

    public static string Event(string uid, params string[] lines) =>
        $"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\nBEGIN:VEVENT\nUID:{uid}\nDTSTAMP:20250101T000000Z\n"
        + $"{string.Join('\n', lines)}\nEND:VEVENT\nEND:VCALENDAR\n";

    /// <summary>An hour on 5 January 2026, organized by Anna.</summary>
    public static string Lunch(params string[] more) => Event("lunch", [
        "DTSTART:20260105T110000Z", "DTEND:20260105T120000Z", "SUMMARY:Lunch", "ORGANIZER:mailto:anna@mail.test",
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@mail.test", .. more]);

    public static string Attendee(string user, string status = "NEEDS-ACTION") => $"ATTENDEE;PARTSTAT={status};RSVP=TRUE:mailto:{user}";

    /// <summary>What one user has of an event, unfolded.</summary>
    public static async Task<string> ReadAsync(this DavHouse house, string user, string path)
    {
        var reply = await house.AskAsAsync(user, 200, $"GET /dav/calendars/{user}/{path}");
        return Unfold(reply.Body);
    }

    /// <summary>The hrefs in somebody's scheduling inbox.</summary>
    public static async Task<List<string>> InboxAsync(this DavHouse house, string user)
    {
        var reply = await house.AskAsAsync(user, 207, $"PROPFIND /dav/calendars/{user}/inbox/\nDepth: 1");
        return [.. reply.Hrefs.Skip(1)];
    }

    public static string Unfold(string text) =>
        text.Replace("\r\n ", "", StringComparison.Ordinal).Replace("\r\n", "\n", StringComparison.Ordinal);

    /// <summary>The line of a user.</summary>
    public static string Line(string text, string name, string user) => text.Split('\n').First(line =>
        line.StartsWith(name, StringComparison.Ordinal) && line.EndsWith(user, StringComparison.Ordinal));

    /// <summary>The text/calendar part of a mail, decoded.</summary>
    public static string CalendarOf(string mail)
    {
        var match = CalendarPart().Match(mail);
        Assert.True(match.Success, mail);
        return Unfold(Encoding.UTF8.GetString(Convert.FromBase64String(match.Groups[1].Value)));
    }

    /// <summary>A mail with a scheduling message, as other programs write them.</summary>
    public static string Mail(string from, string to, string method, string calendar) =>
        $"From: Someone <{from}>\nTo: {to}\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\n"
        + $"Content-Type: text/plain\n\nhello\n--b\nContent-Type: text/calendar; charset=UTF-8; method={method}\n"
        + $"Content-Transfer-Encoding: 8bit\n\n{calendar.Replace("PRODID", $"METHOD:{method}\nPRODID", StringComparison.Ordinal)}--b--\n";

    /// <summary>Asks until it holds: what comes by mail is taken in beside the delivery.</summary>
    public static async Task SoonAsync(Func<Task<bool>> holds)
    {
        for (var tries = 0; tries < 100; tries++)
        {
            if (await holds()) return;
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.Fail("It did not come to hold");
    }

    [GeneratedRegex("Content-Type: text/calendar[^\r]*\r\nContent-Transfer-Encoding: base64\r\n\r\n([A-Za-z0-9+/=\r\n]+?)\r\n--")]
    private static partial Regex CalendarPart();
}
