using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>Contacts in the version of vCard that a client asks for (RFC 6352 sections 5.1.1 and 10.4).</summary>
public sealed class ContactVersionTests
{
    private const string Four = "BEGIN:VCARD\nVERSION:4.0\nUID:a\nFN:Anna\nTEL;PREF=1;TYPE=cell:+1\nEND:VCARD\n";
    private const string Three = "BEGIN:VCARD\nVERSION:3.0\nUID:b\nFN:Bert\nN:B;;;;\nTEL;TYPE=CELL,PREF:+2\nEND:VCARD\n";

    [Fact]
    public async Task A_get_converts_when_accept_names_a_version()
    {
        await using var house = await WithCardsAsync();
        Assert.Equal(Four, (await house.AskAsync(200, $"GET {DavHouse.Contacts}a.vcf")).Body);
        Assert.Equal(Four, (await house.AskAsync(200, $"GET {DavHouse.Contacts}a.vcf\nAccept: text/vcard, */*;q=0.1")).Body);
        var three = await house.AskAsync(200, $"GET {DavHouse.Contacts}a.vcf\nAccept: text/vcard; version=3.0");
        Assert.Equal("text/vcard; version=3.0; charset=utf-8", three["Content-Type"]);
        Assert.Equal("Accept", three["Vary"]);
        Assert.Contains("VERSION:3.0\r\nN:Anna;;;;\r\nUID:a\r\nFN:Anna\r\nTEL;TYPE=CELL,PREF:+1\r\n", three.Body, StringComparison.Ordinal);
        var four = await house.AskAsync(
            200, $"GET {DavHouse.Contacts}b.vcf\nAccept: text/vcard;version=3.0;q=0.5, text/vcard;version=\"4.0\"");
        Assert.Contains("VERSION:4.0\r\nUID:b\r\nFN:Bert\r\nN:B;;;;\r\nTEL;TYPE=cell;PREF=1:+2\r\n", four.Body, StringComparison.Ordinal);
        Assert.Equal("", (await house.AskAsync(200, $"HEAD {DavHouse.Contacts}b.vcf\nAccept: text/vcard;version=4.0")).Body);
    }

    [Theory]
    [InlineData("", "VERSION:3.0")]
    [InlineData("content-type='text/vcard' version='3.0'", "VERSION:3.0")]
    [InlineData("content-type='text/vcard' version='4.0'", "VERSION:4.0")]
    public async Task A_report_gives_the_version_that_it_is_asked_for_or_3(string attributes, string version)
    {
        await using var house = await WithCardsAsync();
        var query = await house.AskAsync(207, Report("addressbook-query", $"<C:address-data {attributes}/>", ""));
        Assert.Equal(2, query.Body.Split(version).Length - 1);
        var hrefs = $"<D:href>{DavHouse.Contacts}a.vcf</D:href><D:href>{DavHouse.Contacts}b.vcf</D:href>";
        var multiget = await house.AskAsync(207, Report("addressbook-multiget", $"<C:address-data {attributes}/>", hrefs));
        Assert.Equal(2, multiget.Body.Split(version).Length - 1);
    }

    [Theory]
    [InlineData("version='5.0'")]
    [InlineData("content-type='application/vcard+json' version='3.0'")]
    public async Task What_is_not_made_is_said(string attributes)
    {
        await using var house = await WithCardsAsync();
        var reply = await house.AskAsync(403, Report("addressbook-query", $"<C:address-data {attributes}/>", ""));
        Assert.Equal("supported-address-data", reply.Precondition);
    }

    [Fact]
    public async Task A_part_of_a_converted_contact_is_a_part_of_the_converted_one()
    {
        await using var house = await WithCardsAsync();
        var reply = await house.AskAsync(207, Report(
            "addressbook-query", "<C:address-data version='3.0'><C:prop name='TEL'/></C:address-data>", ""));
        Assert.Equal(
            "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Anna;;;;\r\nUID:a\r\nFN:Anna\r\nTEL;TYPE=CELL,PREF:+1\r\nEND:VCARD\r\n",
            reply.Property("address-data", $"{DavHouse.Contacts}a.vcf")!.ReplaceLineEndings("\r\n"));
    }

    private static string Report(string name, string data, string rest) =>
        $"REPORT {DavHouse.Contacts}\nDepth: 1\n\n<C:{name} xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:carddav'>"
        + $"<D:prop><D:getetag/>{data}</D:prop>{rest}</C:{name}>";

    private static async Task<DavHouse> WithCardsAsync()
    {
        var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Contacts}a.vcf\n\n{Four}");
        await house.AskAsync(201, $"PUT {DavHouse.Contacts}b.vcf\n\n{Three}");
        return house;
    }
}
