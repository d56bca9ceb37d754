using System.Globalization;
using System.Xml.Linq;
using CompatBot.Core.Identity;
using CompatBot.Core.Push;
using Xunit;

namespace CompatBot.DialogueTests.Dav.Push;

/// <summary>WebDAV-Push (draft-bitfire-webdav-push): from the subscription to the message that the client decrypts.</summary>
public sealed class PushTests
{
    private const string Folder = DavHouse.Files + "notes/";
    private const string Names = "<D:propfind xmlns:D='DAV:' xmlns:P='https://bitfire.at/webdav-push'><D:prop><P:transports/><P:topic/>"
        + "<P:supported-triggers/><D:sync-token/></D:prop></D:propfind>";

    private static readonly XNamespace Push = PushClient.Push;
    private static readonly XNamespace Dav = "DAV:";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    internal static string Event(string uid) =>
        $"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n"
        + $"DTSTART:20260301T100000Z\r\nSUMMARY:{uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    internal static Task<DavReply> PutAsync(DavHouse house, string uid, string header = "") => house.AskAsync(
        201, $"PUT {DavHouse.Calendar}{uid}.ics\nContent-Type: text/calendar{header}\n\n{Event(uid)}");

    internal static async Task<string> RegisterAsync(DavHouse house, string body, string path = DavHouse.Calendar, string header = "") =>
        new Uri((await house.AskAsync(201, $"POST {path}\nContent-Type: application/xml{header}\n\n{body}"))["Location"]!).AbsolutePath;

    internal static Task<DavReply> AskAsync(DavHouse house, string path = DavHouse.Calendar) =>
        house.AskAsync(207, $"PROPFIND {path}\nDepth: 0\n\n{Names}");

    /// <summary>Lets a second pass, and the pause after the last message.</summary>
    internal static void Wait(DavHouse house)
    {
        house.Time.Advance(new PushLimits().Pause);
        house.Time.Advance(new PushLimits().MergeFor);
    }

    [Theory]
    [InlineData(DavHouse.Calendar, "a.ics", "text/calendar")]
    [InlineData(DavHouse.Contacts, "a.vcf", "text/vcard")]
    [InlineData(Folder, "a.txt", "text/plain")]
    public async Task Who_subscribes_is_told_what_changed_and_the_push_service_learns_nothing(string path, string name, string type)
    {
        await using var there = await PushReceiver.OpenAsync();
        await using var house = await DavHouse.OpenAsync(push: there.Http);
        using var client = new PushClient($"{there.Origin}/wp/1?x=%20");
        await house.AskAsync(201, $"MKCOL {Folder}");
        Assert.Contains("webdav-push", (await house.AskAsync(200, $"OPTIONS {path}"))["DAV"], StringComparison.Ordinal);
        var told = await AskAsync(house, path);
        var topic = told.Property("topic")!;
        var server = told.Xml.Descendants(Push + "vapid-public-key").Single();
        Assert.Equal("p256ecdsa", server.Attribute("type")!.Value);
        Assert.Equal("web-push", server.Parent!.Name.LocalName);
        var triggers = told.Xml.Descendants(Push + "supported-triggers").Single().Elements();
        Assert.Equal([("content-update", "1"), ("property-update", "0")], triggers.Select(
            one => (one.Name.LocalName, one.Element(Dav + "depth")!.Value)));

        var asked = "Mon, 23 Nov 2026 12:00:00 GMT";
        var registered = await house.AskAsync(
            201, $"POST {path}\nContent-Type: application/xml\n\n{client.Registration(expires: $"<expires>{asked}</expires>")}");
        Assert.Equal(asked, registered["Expires"]);
        Assert.StartsWith($"http://{house.Authority}/dav/push/anna@mail.test/", registered["Location"], StringComparison.Ordinal);
        Assert.Equal(told.Property("sync-token"), (await AskAsync(house, path)).Property("sync-token"));

        const string Card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:A\r\nN:A;;;;\r\nEND:VCARD\r\n";
        var text = name switch { "a.ics" => Event("a"), "a.vcf" => Card, _ => "a" };
        await house.AskAsync(201, $"PUT {path}{name}\nContent-Type: {type}\n\n{text}");
        house.Time.Advance(TimeSpan.FromMilliseconds(999));
        there.HasNothing();
        house.Time.Advance(TimeSpan.FromMilliseconds(1));
        var message = await there.NextAsync(house);
        Assert.Equal("POST", message.Method);
        Assert.Equal("86400", message["TTL"]);
        Assert.Equal("normal", message["Urgency"]);
        Assert.InRange(message["Topic"].Length, 1, 32); // RFC 8030 section 5.4
        Assert.NotEqual(topic, message["Topic"]);
        PushClient.Verify(message, server.Value, there.Origin, house.Time.GetUtcNow());
        var news = client.Read(message);
        Assert.Equal(Push + "push-message", news.Name);
        Assert.Equal(topic, news.Element(Push + "topic")!.Value);
        var token = (await AskAsync(house, path)).Property("sync-token");
        Assert.NotEqual(told.Property("sync-token"), token);
        Assert.Equal(token, news.Element(Push + "content-update")!.Element(Dav + "sync-token")!.Value);
        Assert.Null(news.Element(Push + "property-update"));
    }

    [Fact]
    public async Task No_client_sees_subscriptions_and_a_copy_has_none()
    {
        await using var there = await PushReceiver.OpenAsync();
        await using var house = await DavHouse.OpenAsync(push: there.Http);
        using var client = new PushClient($"{there.Origin}/1");
        await house.AskAsync(201, $"MKCOL {Folder}");
        await RegisterAsync(house, client.Registration(), Folder);
        foreach (var body in (string[])["", "<propfind xmlns='DAV:'><propname/></propfind>"])
        {
            var all = await house.AskAsync(207, $"PROPFIND {Folder}\nDepth: 0\n\n{body}");
            Assert.DoesNotContain(there.Origin, all.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("push-", all.Body, StringComparison.Ordinal);
        }

        await house.AskAsync(201, $"COPY {Folder}\nDestination: {DavHouse.Files}copy/");
        await house.AskAsync(201, $"PUT {DavHouse.Files}copy/a.txt\n\na");
        Wait(house);
        await house.AskAsync(201, $"PUT {Folder}a.txt\n\na");
        Wait(house);
        var topic = (await AskAsync(house, Folder)).Property("topic");
        Assert.Equal(topic, client.Read(await there.NextAsync(house)).Element(Push + "topic")!.Value);
        there.HasNothing();
        Assert.NotEqual(topic, (await AskAsync(house, $"{DavHouse.Files}copy/")).Property("topic"));
    }

    [Fact]
    public async Task Changes_of_a_moment_are_one_message_and_the_next_one_waits()
    {
        await using var there = await PushReceiver.OpenAsync();
        await using var house = await DavHouse.OpenAsync(push: there.Http);
        using var client = new PushClient($"{there.Origin}/1");
        await RegisterAsync(house, client.Registration());
        await PutAsync(house, "a");
        house.Time.Advance(TimeSpan.FromMilliseconds(500));
        await PutAsync(house, "b");
        house.Time.Advance(TimeSpan.FromMilliseconds(500));
        var token = (await AskAsync(house)).Property("sync-token");
        var first = client.Read(await there.NextAsync(house));
        Assert.Equal(token, first.Descendants(Dav + "sync-token").Single().Value);
        await PutAsync(house, "c");
        house.Time.Advance(TimeSpan.FromSeconds(1));
        there.HasNothing();
        await PutAsync(house, "d");
        Wait(house);
        token = (await AskAsync(house)).Property("sync-token");
        Assert.Equal(token, client.Read(await there.NextAsync(house)).Descendants(Dav + "sync-token").Single().Value);
        there.HasNothing();
    }

    [Fact]
    public async Task A_push_resource_is_registered_once_and_its_URL_ends_it()
    {
        await using var there = await PushReceiver.OpenAsync();
        await using var house = await DavHouse.OpenAsync(push: there.Http);
        using var client = new PushClient($"{there.Origin}/1");
        using var other = new PushClient($"{there.Origin}/2");
        var url = await RegisterAsync(house, client.Registration());
        Assert.Equal(url, await RegisterAsync(house, client.Registration("<property-update><D:depth>1</D:depth></property-update>")));
        var second = await RegisterAsync(house, other.Registration());
        Assert.NotEqual(url, second);
        await PutAsync(house, "a");
        Wait(house);
        Assert.Equal("/2", (await there.NextAsync(house)).Path); // The first wants to hear of properties now.
        await house.AskAsync(207, $"PROPPATCH {DavHouse.Calendar}\n\n<propertyupdate xmlns='DAV:'><set><prop><displayname>New</displayname>"
            + "</prop></set></propertyupdate>");
        await house.AskAsAsync("bert@mail.test", 403, $"DELETE {second}");
        await house.AskAsync(204, $"DELETE {second}");
        await house.AskAsync(404, $"DELETE {second}");
        await house.AskAsync(404, $"DELETE {second}x");
        await house.AskAsync(405, $"GET {url}");
        Wait(house);
        var news = client.Read(await there.NextAsync(house));
        Assert.NotNull(news.Element(Push + "property-update"));
        Assert.Null(news.Element(Push + "content-update"));
        await house.AskAsync(204, $"DELETE {url}");
        await PutAsync(house, "b");
        Wait(house);
        there.HasNothing();
    }

    [Fact]
    public async Task Who_changes_it_need_not_hear_of_it()
    {
        await using var there = await PushReceiver.OpenAsync();
        await using var house = await DavHouse.OpenAsync(push: there.Http);
        using var client = new PushClient($"{there.Origin}/1");
        using var other = new PushClient($"{there.Origin}/2");
        var url = await RegisterAsync(house, client.Registration());
        await RegisterAsync(house, other.Registration());
        await PutAsync(house, "a", $"\nPush-Dont-Notify: \"http://{{host}}{url}\", \"http://{{host}}/else\"");
        await house.AskAsync(204, $"DELETE {DavHouse.Calendar}a.ics\nPush-Dont-Notify: \"http://{{host}}{url}\"");
        Wait(house);
        Assert.Equal("/2", (await there.NextAsync(house)).Path);
        await PutAsync(house, "b", "\nPush-Dont-Notify: *");
        Wait(house);
        there.HasNothing();

        // What others change before or after is told, in one message or two; a failed request keeps nothing quiet.
        await house.AskAsync(412, $"PUT {DavHouse.Calendar}b.ics\nIf-None-Match: *\nPush-Dont-Notify: *\n\n{Event("b")}");
        await PutAsync(house, "c");
        await PutAsync(house, "d", $"\nPush-Dont-Notify: \"http://{{host}}{url}\"");
        Wait(house);
        Assert.Equal(["/1", "/2"], new[] { (await there.NextAsync(house)).Path, (await there.NextAsync(house)).Path }.Order());
        there.HasNothing();
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task A_subscription_that_the_push_service_forgot_is_over(int status)
    {
        await using var there = await PushReceiver.OpenAsync();
        await using var house = await DavHouse.OpenAsync(push: there.Http, pushLimits: new PushLimits { CollectionMax = 1 });
        using var client = new PushClient($"{there.Origin}/1");
        var url = await RegisterAsync(house, client.Registration());
        there.Status = status;
        await PutAsync(house, "a");
        Wait(house);
        await there.NextAsync(house);
        using var other = new PushClient($"{there.Origin}/2");
        for (var i = 0; i < 100; i++)
        {
            var tried = await house.AskAsync($"POST {DavHouse.Calendar}\nContent-Type: application/xml\n\n{other.Registration()}");
            if (tried.Status == 201) break; // There is room for it.
            Assert.Equal(507, tried.Status);
            await Task.Delay(10, Cancellation);
        }

        await house.AskAsync(404, $"DELETE {url}");
        there.Status = 201;
        await PutAsync(house, "b");
        Wait(house);
        Assert.Equal("/2", (await there.NextAsync(house)).Path);
        there.HasNothing();
    }

    [Fact]
    public async Task A_push_service_that_is_busy_is_asked_again_a_few_times()
    {
        await using var there = await PushReceiver.OpenAsync();
        var limits = new PushLimits { RetriesMax = 2, RetryAfter = TimeSpan.FromSeconds(10), RetryMax = TimeSpan.FromSeconds(15) };
        await using var house = await DavHouse.OpenAsync(push: there.Http, pushLimits: limits);
        using var client = new PushClient($"{there.Origin}/1");
        await RegisterAsync(house, client.Registration());
        (there.Status, there.RetryAfter) = (429, "3600");
        await PutAsync(house, "a");
        Wait(house);
        await there.NextAsync(house);
        await LaterAsync(house, there, 15); // An hour is bounded.
        there.HasNothing();
        (there.Status, there.RetryAfter) = (503, "");
        await LaterAsync(house, there, 15); // Twice ten seconds, bounded. The last try: then the message is dropped.
        there.Status = 201;
        Wait(house);
        Wait(house);
        house.Time.Advance(TimeSpan.FromSeconds(15));
        await PutAsync(house, "b");
        Wait(house);
        client.Read(await there.NextAsync(house));
        there.HasNothing();
    }

    /// <summary>The message comes again after so many seconds, and not before.</summary>
    private static async Task LaterAsync(DavHouse house, PushReceiver there, int seconds)
    {
        await AskAsync(house); // Somebody is connected.
        var planned = await house.Time.PlannedAsync(TimeSpan.FromSeconds(seconds - 4), TimeSpan.FromSeconds(seconds), Cancellation);
        house.Time.Advance(planned - TimeSpan.FromSeconds(1));
        there.HasNothing();
        await there.NextAsync(house);
    }

    [Fact]
    public async Task A_push_service_that_lets_wait_is_given_up()
    {
        await using var there = await PushReceiver.OpenAsync();
        var limits = new PushLimits { SendTime = TimeSpan.FromMilliseconds(200), RetryAfter = TimeSpan.FromSeconds(10) };
        await using var house = await DavHouse.OpenAsync(push: there.Http, pushLimits: limits);
        using var client = new PushClient($"{there.Origin}/1");
        await RegisterAsync(house, client.Registration());
        there.Status = 0;
        await PutAsync(house, "a");
        Wait(house);
        await there.NextAsync(house);
        there.Status = 201;
        await there.GivenUp;
        house.Time.Advance(await house.Time.PlannedAsync(TimeSpan.FromSeconds(6), limits.RetryAfter, Cancellation));
        client.Read(await there.NextAsync(house));
    }

    [Fact]
    public async Task A_subscription_ends_with_its_time_its_device_and_not_with_the_server()
    {
        await using var there = await PushReceiver.OpenAsync();
        await using var house = await DavHouse.OpenAsync(push: there.Http);
        using var client = new PushClient($"{there.Origin}/1");
        var far = await house.AskAsync(201, $"POST {DavHouse.Calendar}\nContent-Type: application/xml\n\n"
            + client.Registration(expires: "<expires>Mon, 23 Nov 2099 12:00:00 GMT</expires>"));
        Assert.Equal("Mon, 21 Dec 2026 12:00:00 GMT", far["Expires"]);
        await PutAsync(house, "a");
        Wait(house);
        await there.NextAsync(house);

        var before = await AskAsync(house);
        await using var again = await house.RestartAsync(there.Http);
        var names = await AskAsync(again); // Opens it.
        Assert.Equal(before.Property("topic"), names.Property("topic"));
        Assert.Equal(before.Property("transports"), names.Property("transports")); // Clients subscribe by this key.
        await PutAsync(again, "b");
        Wait(again);
        client.Read(await there.NextAsync(again));
        var soon = again.Time.GetUtcNow().AddSeconds(30).ToString("r", CultureInfo.InvariantCulture);
        var url = await RegisterAsync(again, client.Registration(expires: $"<expires>{soon}</expires>"));
        using var other = new PushClient($"{there.Origin}/2");
        await RegisterAsync(again, other.Registration());
        again.Time.Advance(TimeSpan.FromSeconds(31));
        foreach (var name in (string[])["c", "d"])
        {
            await PutAsync(again, name);
            Wait(again);
            Assert.Equal("/2", (await there.NextAsync(again)).Path);
        }

        there.HasNothing();
        await again.AskAsync(404, $"DELETE {url}");
    }

    [Fact]
    public async Task What_a_member_changes_is_told_to_the_owner_as_long_as_the_owners_device_is_one()
    {
        const string Bert = "bert@mail.test";
        await using var there = await PushReceiver.OpenAsync();
        await using var house = await DavHouse.OpenAsync(push: there.Http);
        using var client = new PushClient($"{there.Origin}/1");
        await house.AskAsync(200, $"POST {DavHouse.Calendar}\nContent-Type: application/xml\n\n<CS:share xmlns:D='DAV:' "
            + $"xmlns:CS='http://calendarserver.org/ns/'><CS:set><D:href>mailto:{Bert}</D:href><CS:read-write/></CS:set></CS:share>");
        await RegisterAsync(house, client.Registration());
        var home = await house.AskAsAsync(Bert, 207, "PROPFIND /dav/calendars/bert@mail.test/\nDepth: 1");
        var shared = home.Hrefs.Single(href => href.Contains("/shared-", StringComparison.Ordinal));
        await house.AskAsAsync(Bert, 201, $"PUT {shared}a.ics\n\n{Event("a")}");
        Wait(house);
        client.Read(await there.NextAsync(house));
        var refused = await house.AskAsAsync(Bert, 403, $"POST {shared}\nContent-Type: application/xml\n\n{client.Registration()}");
        Assert.Equal("push-not-available", refused.Precondition);
        Assert.Null((await house.AskAsAsync(Bert, 207, $"PROPFIND {shared}\nDepth: 0\n\n{Names}")).Property("topic"));

        using var words = Words.Parse(house.Anna.Words)!;
        using var keys = (await house.Accounts.RecoverAsync(words, Cancellation)).Value!;
        var tablet = (await house.Accounts.AddDeviceAsync(keys, new NewDevice("tablet", Scopes.All), Cancellation)).Value!;
        using var other = new PushClient($"{there.Origin}/2");
        var login = DavHouse.Basic("anna@mail.test", tablet.Password.Text);
        await RegisterAsync(house, other.Registration(), header: $"\nAuthorization: {login}");
        await house.Accounts.RevokeAsync(house.Anna.Id, house.Anna.Devices[0].Id, Cancellation);
        foreach (var name in (string[])["b", "c"])
        {
            await house.AskAsAsync(Bert, 201, $"PUT {shared}{name}.ics\n\n{Event(name)}");
            Wait(house);
            Assert.Equal("/2", (await there.NextAsync(house)).Path);
        }

        there.HasNothing();
    }
}
