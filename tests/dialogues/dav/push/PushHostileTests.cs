using CompatBot.Core.Push;
using CompatBot.Protocols.Net.Http;
using Xunit;

namespace CompatBot.DialogueTests.Dav.Push;

/// <summary>What must not become a subscription, and how many may.</summary>
public sealed class PushHostileTests
{
    private const string Secret = "BTBZMqHH6r4Tts7J_aSIgg";
    private const string Point = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    private const string OffCurve = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw8";
    private const string Content = "<content-update/>";
    private const string Url = "https://push.example/1";

    private static readonly PublicHttp Strict = new(allowPrivate: false, TimeSpan.FromSeconds(5));

    private static string Post(string body, string path = DavHouse.Calendar) => $"POST {path}\nContent-Type: application/xml\n\n{body}";

    [Theory]
    [InlineData(Url, OffCurve, Secret, Content, "invalid-subscription")]
    [InlineData(Url, "", Secret, Content, "invalid-subscription")]
    [InlineData(Url, "BA", Secret, Content, "invalid-subscription")]
    [InlineData(Url, "?", Secret, Content, "invalid-subscription")]
    [InlineData(Url, Point, "", Content, "invalid-subscription")]
    [InlineData(Url, Point, "BTBZMqHH6r4Tts7J_aSI", Content, "invalid-subscription")]
    [InlineData("http://push.example/1", Point, Secret, Content, "invalid-subscription")]
    [InlineData("ftp://push.example/1", Point, Secret, Content, "invalid-subscription")]
    [InlineData("file:///etc/passwd", Point, Secret, Content, "invalid-subscription")]
    [InlineData("/relative", Point, Secret, Content, "invalid-subscription")]
    [InlineData("https://user:word@push.example/1", Point, Secret, Content, "invalid-subscription")]
    [InlineData("", Point, Secret, Content, "invalid-subscription")]
    [InlineData(Url, Point, Secret, "", "no-supported-trigger")]
    [InlineData(Url, Point, Secret, "<other-update/>", "no-supported-trigger")]
    public async Task What_is_no_subscription_is_refused(string resource, string key, string secret, string triggers, string precondition)
    {
        await using var house = await DavHouse.OpenAsync(push: Strict);
        var body = PushClient.Registration(resource, key, secret, triggers);
        Assert.Equal(precondition, (await house.AskAsync(403, Post(body))).Precondition);
    }

    [Theory]
    [InlineData("type='p256dh'", "type='x25519'")]
    [InlineData("<content-encoding>aes128gcm<", "<content-encoding>aesgcm<")]
    [InlineData("<subscription>", "<subscription><web-push-subscription/>")]
    [InlineData("web-push-subscription>", "other-subscription>")]
    public async Task What_is_not_spoken_is_refused(string from, string to)
    {
        await using var house = await DavHouse.OpenAsync(push: Strict);
        var body = PushClient.Registration(Url, Point, Secret, Content).Replace(from, to, StringComparison.Ordinal);
        Assert.Equal("invalid-subscription", (await house.AskAsync(403, Post(body))).Precondition);
    }

    [Fact]
    public async Task Lengths_and_numbers_are_bounded()
    {
        var limits = new PushLimits { CollectionMax = 2, RealmMax = 3, ResourceCharactersMax = 40 };
        await using var house = await DavHouse.OpenAsync(push: Strict, pushLimits: limits);
        Task<DavReply> TryAsync(int status, string resource, string path = DavHouse.Calendar) =>
            house.AskAsync(status, Post(PushClient.Registration(resource, Point, Secret, Content), path));
        var longest = Url + new string('x', 40 - Url.Length);
        await TryAsync(201, longest);
        await TryAsync(403, longest + "x");
        await TryAsync(201, Url + "2");
        await TryAsync(201, Url + "2");
        await TryAsync(507, Url + "3");
        const string Other = "/dav/calendars/anna@mail.test/other/";
        await house.AskAsync(201, $"MKCALENDAR {Other}");
        await TryAsync(201, Url, Other);
        await TryAsync(507, Url + "4", Other);
        await TryAsync(201, Url, DavHouse.Contacts); // Of another realm.
        house.Time.Advance(TimeSpan.FromDays(31));
        await TryAsync(201, Url + "3"); // Those that were over gave way.
    }

    [Fact]
    public async Task Only_collections_that_change_can_be_subscribed_to_by_their_owner()
    {
        await using var house = await DavHouse.OpenAsync(push: Strict);
        var body = PushClient.Registration(Url, Point, Secret, Content);
        const string Home = "/dav/calendars/anna@mail.test/";
        foreach (var path in (string[])[Home, Home + "inbox/", "/dav/addressbooks/anna@mail.test/"])
        {
            Assert.Equal("push-not-available", (await house.AskAsync(403, Post(body, path))).Precondition);
            Assert.Null((await PushTests.AskAsync(house, path)).Property("topic"));
        }

        await house.AskAsAsync("bert@mail.test", 403, Post(body));
        await house.AskAsync(405, Post("<other xmlns='DAV:'/>", DavHouse.Files));
        await using var without = await DavHouse.OpenAsync();
        Assert.Equal("push-not-available", (await without.AskAsync(403, Post(body))).Precondition);
        var can = (await without.AskAsync(200, $"OPTIONS {DavHouse.Calendar}"))["DAV"];
        Assert.DoesNotContain("webdav-push", can, StringComparison.Ordinal);
        await without.AskAsync(404, "DELETE /dav/push/anna@mail.test/3-3-x");
    }

    [Fact]
    public async Task No_address_of_the_own_network_is_reached()
    {
        await using var there = await PushReceiver.OpenAsync();
        await using var house = await DavHouse.OpenAsync(push: Strict);
        var inside = there.Origin.Replace("http:", "https:", StringComparison.Ordinal);
        var url = await PushTests.RegisterAsync(house, PushClient.Registration(inside + "/1", Point, Secret, Content));
        await PushTests.PutAsync(house, "a");
        PushTests.Wait(house);
        using var request = new HttpRequestMessage(HttpMethod.Post, there.Origin + "/1");
        var refused = await Assert.ThrowsAsync<HttpRequestException>(
            () => Strict.SendAsync(request, TestContext.Current.CancellationToken));
        Assert.True(PublicHttp.IsNotPublic(refused));
        there.HasNothing();
        await house.AskAsync(204, $"DELETE {url}");
    }

    [Fact]
    public async Task Names_of_registrations_that_are_none_end_nothing()
    {
        await using var house = await DavHouse.OpenAsync(push: Strict);
        foreach (var name in (string[])["x", "3-", "3-3", "9-3-x", "0-3-x", "-1-3-x", "3-99999999999999999999-x", "3-1-%22", "3-3-a/b"])
        {
            await house.AskAsync(404, $"DELETE /dav/push/anna@mail.test/{name}");
        }
    }
}
