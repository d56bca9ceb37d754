using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>The directory of accounts that agreed to be found (CARDDAV:directory-gateway).</summary>
public sealed class DirectoryTests
{
    private const string Directory = "/dav/directory/";
    private const string Bert = Directory + "bert@mail.test.vcf";
    private const string Declared = "xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:carddav'";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task ListAsync(DavHouse house, string address, string? name, bool isListed = true)
    {
        var account = (await house.Accounts.FindAsync(address, Cancellation))!;
        Assert.Equal(Refusal.None, (await house.Listings.SetAsync(account.Id, isListed, name, Cancellation)).Refusal);
    }

    private static string Query(string text, string limit = "") =>
        $"REPORT {Directory}\nDepth: 1\n\n<C:addressbook-query {Declared}><D:prop><D:getetag/><C:address-data/></D:prop>"
        + "<C:filter test='anyof'>"
        + $"<C:prop-filter name='FN'><C:text-match collation='i;unicode-casemap'>{text}</C:text-match></C:prop-filter>"
        + $"<C:prop-filter name='EMAIL'><C:text-match>{text}</C:text-match></C:prop-filter></C:filter>{limit}</C:addressbook-query>";

    [Fact]
    public async Task Who_agreed_is_found_by_the_others_of_the_domain()
    {
        await using var house = await DavHouse.OpenAsync();
        var principal = await house.AskAsync(207, $"PROPFIND /dav/principals/anna@mail.test/\nDepth: 0\n\n<D:propfind {Declared}><D:prop>"
            + "<C:directory-gateway/></D:prop></D:propfind>");
        Assert.Equal(Directory, principal.Property("directory-gateway"));
        Assert.Empty((await house.AskAsync(207, Query("bert"))).Hrefs); // Nobody is, who was not asked.

        await ListAsync(house, "bert@mail.test", "Bert Größe");
        var found = await house.AskAsync(207, Query("größe"));
        Assert.Equal([Bert], found.Hrefs);
        var card = found.Property("address-data")!;
        foreach (var line in (string[])["FN:Bert Größe", "N:Größe;Bert;;;", "EMAIL;TYPE=INTERNET:bert@mail.test", "VERSION:3.0"])
        {
            Assert.Contains($"\n{line}", card, StringComparison.Ordinal);
        }

        Assert.Equal([Bert], (await house.AskAsync(207, Query("BERT@mail"))).Hrefs);
        Assert.Empty((await house.AskAsync(207, Query("anna"))).Hrefs);
        var got = await house.AskAsync(200, $"GET {Bert}");
        Assert.Equal((card.ReplaceLineEndings("\n"), found.Property("getetag")), (got.Body.ReplaceLineEndings("\n"), got.ETag));
        await house.AskAsync(304, $"GET {Bert}\nIf-None-Match: {got.ETag}");
        var newer = await house.AskAsync(200, $"GET {Bert}\nAccept: text/vcard; version=4.0");
        Assert.Contains("VERSION:4.0", newer.Body, StringComparison.Ordinal);
        var list = await house.AskAsync(207, $"PROPFIND {Directory}\nDepth: 1\n\n<D:propfind {Declared}><D:prop><D:resourcetype/>"
            + "<D:displayname/><D:getetag/><D:current-user-privilege-set/></D:prop></D:propfind>");
        Assert.Equal([Directory, Bert], list.Hrefs);
        Assert.Equal(("Directory", "Bert Größe"), (list.Property("displayname"), list.Property("displayname", Bert)));
        Assert.DoesNotContain("write", list.Body, StringComparison.Ordinal);
        Assert.Contains("CR:directory", list.Body, StringComparison.Ordinal);
        var named = await house.AskAsync(207, $"REPORT {Directory}\n\n<C:addressbook-multiget {Declared}><D:prop><C:address-data/></D:prop>"
            + $"<D:href>{Bert}</D:href><D:href>{Directory}anna@mail.test.vcf</D:href></C:addressbook-multiget>");
        Assert.Equal(card, named.Property("address-data", Bert));
        Assert.Contains("404", named.Xml.Elements(DavReply.Dav + "response").Last().Value, StringComparison.Ordinal);

        await ListAsync(house, "bert@mail.test", null, isListed: false);
        Assert.Empty((await house.AskAsync(207, Query("bert"))).Hrefs);
        await house.AskAsync(404, $"GET {Bert}");
    }

    [Fact]
    public async Task Nobody_of_another_domain_and_no_device_without_contacts_looks_in()
    {
        await using var house = await DavHouse.OpenAsync();
        Assert.Equal(default, await house.Accounts.AddDomainAsync("other.test", Cancellation));
        await house.AddAsync("carla@other.test");
        await ListAsync(house, "bert@mail.test", "Bert");
        await ListAsync(house, "carla@other.test", null);
        Assert.Equal([Bert], (await house.AskAsync(207, Query("t"))).Hrefs);
        var theirs = await house.AskAsAsync("carla@other.test", 207, Query("t"));
        Assert.Equal([Directory + "carla@other.test.vcf"], theirs.Hrefs);
        Assert.Contains("FN:carla@other.test", theirs.Property("address-data"), StringComparison.Ordinal);
        await house.AskAsAsync("carla@other.test", 404, $"GET {Bert}");
        await house.AskAsync(401, $"PROPFIND {Directory}\nDepth: 1\nAuthorization: None");
    }

    [Fact]
    public async Task Nobody_changes_it()
    {
        await using var house = await DavHouse.OpenAsync();
        await ListAsync(house, "bert@mail.test", "Bert");
        foreach (var request in (string[])[
            $"PUT {Bert}\n\nBEGIN:VCARD", $"DELETE {Bert}", $"DELETE {Directory}", $"MOVE {Bert}\nDestination: {DavHouse.Contacts}b.vcf",
            $"MKCOL {Directory}x/", $"PROPPATCH {Directory}", $"LOCK {Directory}", $"POST {Directory}",
            $"REPORT {Directory}\n\n<D:sync-collection {Declared}><D:sync-token/></D:sync-collection>"])
        {
            await house.AskAsync(403, request);
        }

        Assert.Equal(Refusal.Invalid, (await house.Listings.SetAsync(
            house.Anna.Id, true, new string('a', Listings.NameCharactersMax + 1), Cancellation)).Refusal);
        Assert.Equal(Refusal.Invalid, (await house.Listings.SetAsync(house.Anna.Id, true, "a\nEMAIL:x", Cancellation)).Refusal);
    }

    [Fact]
    public async Task An_answer_is_bounded()
    {
        await using var house = await DavHouse.OpenAsync(new DavLimits { ListingsMax = 1 });
        await ListAsync(house, "anna@mail.test", "Anna");
        Assert.DoesNotContain("507", (await house.AskAsync(207, Query("mail.test"))).Body, StringComparison.Ordinal);
        await ListAsync(house, "bert@mail.test", "Bert");
        foreach (var request in (string[])[Query("mail.test"), Query("mail.test", "<C:limit><C:nresults>9</C:nresults></C:limit>")])
        {
            var cut = await house.AskAsync(207, request);
            Assert.Equal([Directory + "anna@mail.test.vcf", Directory], cut.Hrefs);
            Assert.Contains("507", cut.Body, StringComparison.Ordinal);
        }

        Assert.Contains("507", (await house.AskAsync(207, $"PROPFIND {Directory}\nDepth: 1")).Body, StringComparison.Ordinal);
    }
}
