using System.Text;
using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Identity;
using CompatBot.Core.Shares;
using CompatBot.Core.Store;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>Links to files and folders, while the account is open and while nobody can open it.</summary>
public sealed class ShareTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_link_to_a_file_gives_the_file(bool isOpen)
    {
        await using var house = await DavHouse.OpenAsync();
        var put = await house.AskAsync(201, $"PUT {DavHouse.Files}%C3%A4%20b.html\nContent-Type: text/html\n\n<script>1</script>");
        var url = await ShareAsync(house, "ä b.html");
        if (!isOpen) await house.CloseVaultsAsync();
        var got = await VisitAsync(house, 200, $"GET {url}");
        Assert.Equal(("<script>1</script>", "text/html", put.ETag), (got.Body, got["Content-Type"], got.ETag));
        Assert.Equal(("nosniff", "no-referrer"), (got["X-Content-Type-Options"], got["Referrer-Policy"]));
        Assert.Equal("sandbox; default-src 'none'", got["Content-Security-Policy"]);
        Assert.StartsWith("attachment; ", got["Content-Disposition"], StringComparison.Ordinal);
        Assert.EndsWith("filename*=UTF-8''%C3%A4%20b.html", got["Content-Disposition"], StringComparison.Ordinal);
        var part = await VisitAsync(house, 206, $"GET {url}\nRange: bytes=1-6");
        Assert.Equal(("script", "bytes 1-6/18"), (part.Body, part["Content-Range"]));
        Assert.Equal("bytes */18", (await VisitAsync(house, 416, $"GET {url}\nRange: bytes=18-"))["Content-Range"]);
        await VisitAsync(house, 304, $"GET {url}\nIf-None-Match: {put.ETag}");
        Assert.Equal("18", (await VisitAsync(house, 200, $"HEAD {url}"))["Content-Length"]);
        await VisitAsync(house, 404, $"GET {url}/other");
        await VisitAsync(house, 403, $"PUT {url}\n\nmine");
        await VisitAsync(house, 405, $"DELETE {url}");
        await VisitAsync(house, 405, $"PROPFIND {url}");
        Assert.Equal(isOpen ? 1 : 0, house.OpenVaults);
    }

    [Fact]
    public async Task A_link_to_a_file_shows_it_as_it_is_now_and_as_it_was_when_the_account_closed()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"MKCOL {DavHouse.Files}d/");
        await house.AskAsync(201, $"PUT {DavHouse.Files}d/a\n\none");
        var url = await ShareAsync(house, "d/a");
        await house.AskAsync(204, $"PUT {DavHouse.Files}d/a\n\ntwo");
        Assert.Equal("two", (await VisitAsync(house, 200, $"GET {url}")).Body);
        await house.AskAsync(204, $"PUT {DavHouse.Files}d/a\n\nthree");
        await house.AskAsync(201, $"MOVE {DavHouse.Files}d/\nDestination: {DavHouse.Files}e/");
        await house.CloseVaultsAsync();
        Assert.Equal("three", (await VisitAsync(house, 200, $"GET {url}")).Body);
        await house.AskAsync(204, $"DELETE {DavHouse.Files}e/a");
        await VisitAsync(house, 404, $"GET {url}");
        await house.AskAsync(201, $"PUT {DavHouse.Files}e/a\n\nanother");
        await house.CloseVaultsAsync();
        Assert.Equal("another", (await VisitAsync(house, 200, $"GET {url}")).Body);
        await house.AskAsync(204, $"DELETE {DavHouse.Files}e/");
        await house.CloseVaultsAsync();
        await VisitAsync(house, 404, $"GET {url}");
    }

    [Fact]
    public async Task A_change_reaches_the_card_soon_without_a_visit()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\none");
        await ShareAsync(house, "a");
        async Task<string> SlotAsync() => Convert.ToBase64String(
            (await house.Store.Directory.DevicesAsync(house.Anna.Id, Cancellation))[^1].Slot.Span);
        var before = await SlotAsync();
        await house.AskAsync(204, $"PUT {DavHouse.Files}a\n\ntwo");
        for (var i = 0; i < 500 && await SlotAsync() == before; i++)
        {
            house.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10, Cancellation);
        }

        Assert.NotEqual(before, await SlotAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_link_to_a_folder_lists_it_and_gives_its_files_and_nothing_beside_it(bool isOpen)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}secret\n\nhush");
        await house.AskAsync(201, $"MKCOL {DavHouse.Files}d/");
        await house.AskAsync(201, $"MKCOL {DavHouse.Files}d/sub%3Cb%3E/");
        await house.AskAsync(201, $"PUT {DavHouse.Files}d/x%20%3Ci%3E\n\none");
        await house.AskAsync(201, $"PUT {DavHouse.Files}d/sub%3Cb%3E/100%25\n\ntwo");
        var url = await ShareAsync(house, "d");
        if (!isOpen) await house.CloseVaultsAsync();
        Assert.Equal($"{url}/", (await VisitAsync(house, 307, $"GET {url}"))["Location"]);
        var page = await VisitAsync(house, 200, $"GET {url}/");
        Assert.Contains("<a href=\"./x%20%3Ci%3E\">x &lt;i&gt;</a>", page.Body, StringComparison.Ordinal);
        Assert.Contains("<a href=\"./sub%3Cb%3E/\">sub&lt;b&gt;/</a>", page.Body, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none'", page["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.Equal("one", (await VisitAsync(house, 200, $"GET {url}/x%20%3Ci%3E")).Body);
        Assert.Equal("two", (await VisitAsync(house, 200, $"GET {url}/sub%3Cb%3E/100%25")).Body);
        Assert.Contains("100%", (await VisitAsync(house, 200, $"GET {url}/sub%3Cb%3E/")).Body, StringComparison.Ordinal);
        foreach (var path in (string[])
            ["secret", "../secret", "%2e%2e/secret", "..%2fsecret", "%2E%2E%2Fsecret", "sub%3Cb%3E/../../secret", "..%5csecret",
                "%c0%ae%c0%ae/secret", "./secret", "x%20%3Ci%3E/", "x%20%3Ci%3E/y", "%"])
        {
            await VisitAsync(house, 404, $"GET {url}/{path}");
        }

        await VisitAsync(house, 400, $"GET {url}/x%00");
        await VisitAsync(house, 404, $"GET {url}{string.Concat(Enumerable.Repeat("/a", 200))}");
    }

    [Fact]
    public async Task A_link_asks_for_its_password()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\nhush");
        var url = await ShareAsync(house, "a", password: "geheim & gut");
        await house.CloseVaultsAsync();
        Assert.Contains("type=\"password\"", (await VisitAsync(house, 403, $"GET {url}")).Body, StringComparison.Ordinal);
        await VisitAsync(house, 403, $"GET {url}\nCookie: share={new string('A', 43)}");
        await VisitAsync(house, 403, $"GET {url}\nCookie: share=!!");
        await FormAsync(house, 403, url, "geheim");
        var right = await FormAsync(house, 303, url, "geheim+%26+gut");
        Assert.Equal(url, right["Location"]);
        var cookie = right["Set-Cookie"]!;
        Assert.Contains($"path={url}", cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.Ordinal);
        Assert.Equal("hush", (await VisitAsync(house, 200, $"GET {url}\nCookie: {cookie[..cookie.IndexOf(';')]}")).Body);
        Assert.Equal("hush", (await house.AskAsync(200, $"GET {url}\nAuthorization: {DavHouse.Basic("", "geheim & gut")}")).Body);
        await house.AskAsync(403, $"GET {url}\nAuthorization: {DavHouse.Basic("", "geheim")}");
        await VisitAsync(house, 403, $"POST {url}\nContent-Type: application/x-www-form-urlencoded\n\n{new string('x', 20_000)}");
    }

    [Fact]
    public async Task Guessing_at_a_password_is_slowed_and_stopped()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\nhush");
        var url = await ShareAsync(house, "a", password: "right");
        var other = await ShareAsync(house, "a", password: "right");
        var status = 403;
        for (var i = 0; i < 40 && status == 403; i++)
        {
            var asked = house.AskAsync($"GET {url}\nAuthorization: {DavHouse.Basic("", "wrong" + i)}");
            while (!asked.IsCompleted)
            {
                house.Time.Advance(TimeSpan.FromSeconds(4));
                await Task.WhenAny(asked, Task.Delay(20, Cancellation));
            }

            status = (await asked).Status;
        }

        Assert.Equal(429, status);
        await house.AskAsync(429, $"GET {url}\nAuthorization: {DavHouse.Basic("", "right")}");
        house.Time.Advance(TimeSpan.FromMinutes(30));
        await house.AskAsync(200, $"GET {url}\nAuthorization: {DavHouse.Basic("", "right")}");
        await house.AskAsync(200, $"GET {other}\nAuthorization: {DavHouse.Basic("", "right")}");
    }

    [Fact]
    public async Task A_link_ends_when_it_expires_is_used_up_or_revoked()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\nhello");
        var brief = await ShareAsync(house, "a", expires: house.Time.GetUtcNow().AddDays(2));
        var twice = await ShareAsync(house, "a", count: 2);
        var revoked = await ShareAsync(house, "a");
        await house.CloseVaultsAsync();
        await VisitAsync(house, 200, $"GET {brief}");
        await VisitAsync(house, 200, $"HEAD {twice}");
        var whole = await VisitAsync(house, 200, $"GET {twice}\nRange: bytes=1-2");
        Assert.Equal(("hello", "none"), (whole.Body, whole["Accept-Ranges"]));
        var both = await Task.WhenAll(house.AskAsync(Stranger($"GET {twice}")), house.AskAsync(Stranger($"GET {twice}")));
        Assert.Equal([200, 404], both.Select(reply => reply.Status).Order());
        await VisitAsync(house, 404, $"HEAD {twice}");
        await VisitAsync(house, 200, $"GET {revoked}");
        Assert.Equal(Refusal.None, await house.Accounts.RevokeAsync(house.Anna.Id, ShareToken.Parse(revoked[3..])!.Id, Cancellation));
        await VisitAsync(house, 404, $"GET {revoked}");
        house.Time.Advance(TimeSpan.FromDays(2));
        await VisitAsync(house, 404, $"GET {brief}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_link_that_takes_uploads_shows_nothing(bool isOpen)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"MKCOL {DavHouse.Files}in/");
        await house.AskAsync(201, $"PUT {DavHouse.Files}in/a\n\nmine");
        var url = await ShareAsync(house, "in", uploads: true, count: 4);
        if (!isOpen) await house.CloseVaultsAsync();
        Assert.Contains("multipart/form-data", (await VisitAsync(house, 200, $"GET {url}")).Body, StringComparison.Ordinal);
        await VisitAsync(house, 404, $"GET {url}/a");
        await VisitAsync(house, 201, $"PUT {url}/a\n\ntheirs");
        await VisitAsync(house, 400, $"PUT {url}/a/b\n\nx");
        await VisitAsync(house, 400, $"PUT {url}/..%2Fb\n\nx");
        await VisitAsync(house, 400, $"PUT {url}/b\nContent-Range: bytes 0-0/2\n\nx");
        var form = new StringBuilder();
        foreach (var (name, text) in ((string, string)[])[("C:\\fakepath\\b.txt", "one"), ("../c", "two"), ("..", "three")])
        {
            form.Append($"--xx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{text}\r\n");
        }

        var sent = await VisitAsync(house, 200, $"POST {url}\nContent-Type: multipart/form-data; boundary=xx\n\n{form}--xx--\r\n");
        Assert.Contains("<li>b.txt: received</li>\n<li>c: received</li>\n<li>..: a file can not", sent.Body, StringComparison.Ordinal);
        await VisitAsync(house, 415, $"POST {url}\nContent-Type: text/plain\n\nx");
        await VisitAsync(house, 400, $"POST {url}\nContent-Type: multipart/form-data; boundary=xx\n\nnothing");
        await VisitAsync(house, 201, $"PUT {url}/d\n\nlast");
        await VisitAsync(house, 404, $"PUT {url}/e\n\ntoo many");
        Assert.Equal(isOpen ? 1 : 0, house.OpenVaults);
        foreach (var (name, text) in ((string, string)[])
            [("a", "mine"), ("a%20(2)", "theirs"), ("b.txt", "one"), ("c", "two"), ("d", "last")])
        {
            Assert.Equal(text, (await house.AskAsync(200, $"GET {DavHouse.Files}in/{name}")).Body);
        }

        Assert.Equal(6, (await house.AskAsync(207, $"PROPFIND {DavHouse.Files}in/\nDepth: 1")).Hrefs.Count());
    }

    [Fact]
    public async Task A_link_is_no_way_in_for_anything_else()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\nhello");
        var url = await ShareAsync(house, "a");
        var token = url[3..];
        await house.AskAsync(401, $"GET {DavHouse.Files}a\nAuthorization: {DavHouse.Basic("anna@mail.test", token)}");
        foreach (var wrong in (string[])["", "x", token[1..], token + "A", new string('A', 43), token[..21] + new string('A', 22)])
        {
            await VisitAsync(house, 404, $"GET /s/{wrong}");
        }
    }

    [Fact]
    public async Task A_rotation_ends_all_links()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\nhello");
        var url = await ShareAsync(house, "a");
        using var words = Words.Parse(house.Anna.Words)!;
        using var keyring = (await house.Accounts.RecoverAsync("anna@mail.test", words, Cancellation)).Value!;
        Assert.Equal(Refusal.None, (await house.Accounts.RotateAsync(keyring, words, [], Cancellation)).Refusal);
        await VisitAsync(house, 404, $"GET {url}");
        var again = await ShareAsync(house, "a");
        await house.CloseVaultsAsync();
        Assert.Equal("hello", (await VisitAsync(house, 200, $"GET {again}")).Body);
    }

    [Fact]
    public async Task Who_writes_the_directory_gets_no_card_made_by_a_deed_of_his_own()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\none");
        var url = await ShareAsync(house, "a");
        await house.CloseVaultsAsync();
        var record = (await house.Store.Directory.DevicesAsync(house.Anna.Id, Cancellation))[^1];

        // The same link under another id: its deed is bound to its own.
        var copy = record with { Id = DeviceId.New() };
        await house.Store.Directory.ApplyAsync(new() { NewDevices = [copy] }, Cancellation);
        await house.AskAsync(204, $"PUT {DavHouse.Files}a\n\ntwo");
        Assert.Equal("two", (await VisitAsync(house, 200, $"GET {url}")).Body);
        var kept = (await house.Store.Directory.DevicesAsync(house.Anna.Id, Cancellation)).Single(one => one.Id == copy.Id);
        Assert.True(kept.Slot.Span.SequenceEqual(copy.Slot.Span));
    }

    [Fact]
    public async Task A_collection_of_garbage_keeps_what_a_link_shows()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"MKCOL {DavHouse.Files}d/");
        await house.AskAsync(201, $"PUT {DavHouse.Files}d/a\n\nhello");
        var url = await ShareAsync(house, "d");
        house.Time.Advance(TimeSpan.FromDays(3));
        await using (var session = await LogInAsync(house))
        {
            var pace = new Pace(house.Time, 1);
            Assert.Equal(Refusal.None, (await session.CollectAsync(0, pace, Cancellation)).Refusal);
        }

        await house.CloseVaultsAsync();
        Assert.Contains("./a", (await VisitAsync(house, 200, $"GET {url}/")).Body, StringComparison.Ordinal);
        Assert.Equal("hello", (await VisitAsync(house, 200, $"GET {url}/a")).Body);
    }

    [Fact]
    public async Task Links_are_listed_with_what_they_name_now()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"MKCOL {DavHouse.Files}d/");
        await house.AskAsync(201, $"PUT {DavHouse.Files}d/a\n\nhello");
        var url = await ShareAsync(house, "d/a", count: 3);
        await VisitAsync(house, 200, $"GET {url}");
        await house.AskAsync(201, $"MOVE {DavHouse.Files}d/\nDestination: {DavHouse.Files}e/");
        await using var session = await LogInAsync(house);
        var link = Assert.Single((await ShareLinks.ListAsync(session, Cancellation)).Value!);
        Assert.Equal(("e/a", 3u, 1u, false), (link.Path, link.UsesMax, link.Uses, link.IsGone));
        Assert.Equal(url, "/s/" + link.Token!.Reveal());
        await house.AskAsync(204, $"DELETE {DavHouse.Files}e/");
        Assert.True(Assert.Single((await ShareLinks.ListAsync(session, Cancellation)).Value!).IsGone);
    }

    [Fact]
    public async Task Links_of_an_account_are_limited()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Files}a\n\nhello");
        for (var i = 0; i < 256; i++) await ShareAsync(house, "a");
        await using var session = await LogInAsync(house);
        var found = (await (await session.ItemsAsync(Realm.Files, Cancellation)).Value!.FindAsync(["a"], Cancellation))!;
        var one = new NewShare("one more", false, null, 0, null);
        async Task<Refusal> AddAsync(NewShare wanted) =>
            (await house.Links.AddAsync(session, Realm.Files, found, wanted, Cancellation)).Refusal;
        Assert.Equal(Refusal.TooMany, await AddAsync(one));
        Assert.Equal(Refusal.Invalid, await AddAsync(one with { Label = "" }));
        Assert.Equal(Refusal.Invalid, await AddAsync(one with { TakesUploads = true }));
    }

    internal static async Task<Session> LogInAsync(DavHouse house) => (await house.Sessions.LoginAsync(
        "anna@mail.test", new Password(DavHouse.Password), "dav", Cancellation)).Value!;

    internal static async Task<string> ShareAsync(
        DavHouse house,
        string path,
        bool uploads = false,
        DateTimeOffset? expires = null,
        uint count = 0,
        string? password = null,
        Realm realm = Realm.Files)
    {
        await using var session = await LogInAsync(house);
        var items = (await session.ItemsAsync(realm, Cancellation)).Value!;
        var found = (await items.FindAsync(path.Split('/'), Cancellation))!;
        var wanted = new NewShare(path, uploads, expires, count, password is null ? null : new Password(password));
        var made = await house.Links.AddAsync(session, realm, found, wanted, Cancellation);
        Assert.Equal(Refusal.None, made.Refusal);
        return "/s/" + made.Value!.Token.Reveal();
    }

    /// <summary>A request of somebody without a password.</summary>
    internal static Task<DavReply> VisitAsync(DavHouse house, int status, string request) => house.AskAsync(status, Stranger(request));

    private static Task<DavReply> FormAsync(DavHouse house, int status, string url, string password) =>
        VisitAsync(house, status, $"POST {url}\nContent-Type: application/x-www-form-urlencoded\n\npassword={password}");

    private static string Stranger(string request)
    {
        var line = request.IndexOf('\n', StringComparison.Ordinal);
        var cut = line < 0 ? request.Length : line;
        return $"{request[..cut]}\nAuthorization: None{request[cut..]}";
    }
}
