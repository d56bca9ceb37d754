using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>SEARCH: files by their names, times and lengths (RFC 5323).</summary>
public sealed class SearchTests
{
    private static readonly string[] Names = ["Plan.odt", "d/", "d/e/", "d/e/deep plan.txt", "d/old.txt", "p_an", "p%an"];

    [Theory]
    [InlineData("<like><prop><displayname/></prop><literal>%plan%</literal></like>", "Plan.odt d/e/deep%20plan.txt")]
    [InlineData("<like caseless='no'><prop><displayname/></prop><literal>%plan%</literal></like>", "d/e/deep%20plan.txt")]
    [InlineData("<like><prop><displayname/></prop><literal>p\\_an</literal></like>", "p_an")]
    [InlineData("<like><prop><displayname/></prop><literal>p_an</literal></like>", "p%25an p_an")]
    [InlineData("<like><prop><displayname/></prop><literal>p\\%a%</literal></like>", "p%25an")]
    [InlineData("<like><prop><displayname/></prop><literal>%.txt</literal></like>", "d/e/deep%20plan.txt d/old.txt")]
    [InlineData("<eq><prop><displayname/></prop><literal>OLD.txt</literal></eq>", "d/old.txt")]
    [InlineData("<eq caseless='no'><prop><displayname/></prop><literal>OLD.txt</literal></eq>", "")]
    [InlineData("<gt><prop><getcontentlength/></prop><literal>9</literal></gt>", "d/e/deep%20plan.txt")]
    [InlineData("<and><gte><prop><getcontentlength/></prop><literal>2</literal></gte><lt><prop><getcontentlength/></prop>"
        + "<literal>10</literal></lt></and>", "Plan.odt")]
    [InlineData("<lt><prop><getlastmodified/></prop><literal>2010-01-01T00:00:00Z</literal></lt>", "d/old.txt")]
    [InlineData("<lte><prop><getlastmodified/></prop><literal>Sun, 09 Sep 2001 01:46:40 GMT</literal></lte>", "d/old.txt")]
    [InlineData("<eq><prop><getlastmodified/></prop><typed-literal>2001-09-09T01:46:40Z</typed-literal></eq>", "d/old.txt")]
    [InlineData("<and><is-collection/><not><eq><prop><displayname/></prop><literal>e</literal></eq></not></and>", " d/")]
    [InlineData("<not><gt><prop><getcontentlength/></prop><literal>0</literal></gt></not>", "")] // Of a folder it is not known.
    [InlineData("<or><gt><prop><getcontentlength/></prop><literal>9</literal></gt><is-collection/></or>", " d/ d/e/ d/e/deep%20plan.txt")]
    [InlineData("<is-defined><prop><color xmlns='urn:x'/></prop></is-defined>", "p_an")]
    [InlineData("<eq><prop><color xmlns='urn:x'/></prop><literal>Blue</literal></eq>", "p_an")]
    [InlineData("<eq><prop><getcontenttype/></prop><literal>TEXT/plain</literal></eq>", "d/e/deep%20plan.txt d/old.txt")]
    public async Task Conditions_are_those_of_the_RFC(string where, string hrefs)
    {
        await using var house = await HouseAsync();
        var found = await house.AskAsync(207, Ask($"<where>{where}</where>"));
        var paths = found.Hrefs.Select(href => href[DavHouse.Files.Length..]).Order(StringComparer.Ordinal);
        Assert.Equal(hrefs.Split(' ').Where((path, at) => path.Length > 0 || (at == 0 && hrefs.Length > 0)), paths);
    }

    [Fact]
    public async Task Results_are_ordered_and_limited()
    {
        await using var house = await HouseAsync();
        const string Order = "<orderby><order><prop><getcontentlength/></prop><descending/></order>"
            + "<order><prop><displayname/></prop><ascending/></order></orderby>";
        var all = await house.AskAsync(207, Ask("<where><not><is-collection/></not></where>" + Order));
        string[] wanted = ["d/e/deep%20plan.txt", "Plan.odt", "d/old.txt", "p%25an", "p_an"];
        Assert.Equal(wanted, all.Hrefs.Select(href => href[DavHouse.Files.Length..]));
        const string Two = "<limit><nresults>2</nresults></limit>";
        var some = await house.AskAsync(207, Ask($"<where><not><is-collection/></not></where>{Order}{Two}"));
        Assert.Equal([.. wanted.Take(2).Select(path => DavHouse.Files + path), "/dav/"], some.Hrefs);
        Assert.Contains("507", some.Body, StringComparison.Ordinal);
        var two = await house.AskAsync(207, Ask(Two));
        Assert.Equal(3, two.Hrefs.Count());
    }

    [Fact]
    public async Task The_scope_is_where_it_looks()
    {
        await using var house = await HouseAsync();
        async Task<int> CountAsync(string scope, string depth = "infinity") =>
            (await house.AskAsync(207, Ask("", scope, depth))).Hrefs.Count();
        Assert.Equal(8, await CountAsync(DavHouse.Files));
        Assert.Equal(8, await CountAsync("/files/anna@mail.test"));
        Assert.Equal(5, await CountAsync(DavHouse.Files, "1"));
        Assert.Equal(1, await CountAsync(DavHouse.Files, "0"));
        Assert.Equal(4, await CountAsync($"{DavHouse.Files}d/"));
        Assert.Equal(1, await CountAsync($"{DavHouse.Files}d/old.txt"));
        foreach (var scope in (string[])[
            "/dav/files/bert@mail.test/", "/files/bert@mail.test/", DavHouse.Calendar, "http://elsewhere.example/",
            $"{DavHouse.Files}no", "%zz"])
        {
            Assert.Equal("search-scope-valid", (await house.AskAsync(409, Ask("", scope))).Precondition);
        }

        var options = await house.AskAsync(200, $"OPTIONS {DavHouse.Files}");
        Assert.Equal("<DAV:basicsearch>", options["DASL"]);
    }

    [Theory]
    [InlineData("<where><contains>text</contains></where>", 422)]
    [InlineData("<where><nonsense/></where>", 422)]
    [InlineData("<where/>", 400)]
    [InlineData("<where><not/></where>", 400)]
    [InlineData("<where><eq><prop/><literal>1</literal></eq></where>", 400)]
    [InlineData("<where><eq><prop><displayname/></prop></eq></where>", 400)]
    [InlineData("<where><gt><prop><getcontentlength/></prop><literal>many</literal></gt></where>", 422)]
    [InlineData("<where><gt><prop><getlastmodified/></prop><literal>soon</literal></gt></where>", 422)]
    [InlineData("<limit><nresults>-1</nresults></limit>", 400)]
    [InlineData("<from/>", 207)]
    public async Task What_does_not_read_is_said_so(string rest, int status)
    {
        await using var house = await HouseAsync();
        await house.AskAsync(status, Ask(rest));
        await house.AskAsync(400, "SEARCH /dav/\n\n<propfind xmlns='DAV:'/>");
        await house.AskAsync(422, "SEARCH /dav/\n\n<searchrequest xmlns='DAV:'><xpath/></searchrequest>");
        const string NoScope = "<basicsearch><select><allprop/></select></basicsearch>";
        await house.AskAsync(409, $"SEARCH /dav/\n\n<searchrequest xmlns='DAV:'>{NoScope}</searchrequest>");
    }

    [Fact]
    public async Task What_one_search_looks_at_is_bounded()
    {
        await using var house = await HouseAsync(new() { SearchedMax = 3, SearchResultsMax = 2 });
        var found = await house.AskAsync(207, Ask("<where><eq><prop><displayname/></prop><literal>old.txt</literal></eq></where>"));
        Assert.Equal(["/dav/"], found.Hrefs);
        Assert.Contains("507", found.Body, StringComparison.Ordinal);
        Assert.Equal(3, (await house.AskAsync(207, Ask(""))).Hrefs.Count());
        var many = string.Concat(Enumerable.Repeat("<is-collection/>", 300));
        await house.AskAsync(422, Ask($"<where><or>{many}</or></where>"));
        var like = $"<like><prop><displayname/></prop><literal>{new string('%', 2000)}</literal></like>";
        await house.AskAsync(422, Ask($"<where>{like}</where>"));
    }

    private static string Ask(string rest, string scope = DavHouse.Files, string depth = "infinity") => $"""
        SEARCH /dav/
        Content-Type: text/xml

        <searchrequest xmlns="DAV:"><basicsearch><select><prop><displayname/><getcontentlength/></prop></select>
        <from><scope><href>{scope}</href><depth>{depth}</depth></scope></from>{rest}</basicsearch></searchrequest>
        """;

    private static async Task<DavHouse> HouseAsync(Protocols.Dav.DavLimits? limits = null)
    {
        var house = await DavHouse.OpenAsync(limits);
        foreach (var name in Names)
        {
            var url = DavHouse.Files + name.Replace(" ", "%20", StringComparison.Ordinal).Replace("p%a", "p%25a", StringComparison.Ordinal);
            var time = name == "d/old.txt" ? "X-OC-Mtime: 1000000000\n" : "";
            var text = name.Contains("deep", StringComparison.Ordinal) ? "0123456789" : name == "Plan.odt" ? "12345" : "1";
            await house.AskAsync(201, name.EndsWith('/') ? $"MKCOL {url}" : $"PUT {url}\n{time}\n{text}");
        }

        await house.AskAsync(207, $"""
            PROPPATCH {DavHouse.Files}p_an

            <propertyupdate xmlns="DAV:"><set><prop><color xmlns="urn:x">blue</color></prop></set></propertyupdate>
            """);
        return house;
    }
}
