using System.Text;
using CompatBot.UnitTests;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>Calendars and contacts that real programs wrote, some of them broken on purpose.</summary>
public sealed class CorpusTests
{
    private const string Home = "/dav/calendars/anna@mail.test/";

    /// <summary>What an object can be refused for.</summary>
    private static readonly string[] Reasons =
        ["valid-calendar-data", "valid-calendar-object-resource", "supported-calendar-component", "valid-address-data"];

    [Fact]
    public async Task Every_object_comes_back_as_it_was_and_breaks_no_report()
    {
        using var corpus = Corpus.Unpack("dav");
        await using var house = await DavHouse.OpenAsync();
        var (kept, taken, refused, number) = (0, 0, 0, 0);
        foreach (var file in corpus.Objects.OrderBy(file => file.FullName, StringComparer.Ordinal))
        {
            var (isCalendar, bytes) = (file.Extension == ".ics", await File.ReadAllBytesAsync(file.FullName,
                TestContext.Current.CancellationToken));
            var collection = isCalendar ? $"{Home}{++number}/" : $"/dav/addressbooks/anna@mail.test/{++number}/";
            await house.AskAsync(201, isCalendar ? $"MKCALENDAR {collection}" : $"MKCOL {collection}\n\n<mkcol xmlns='DAV:'><set><prop>"
                + "<resourcetype><collection/><addressbook xmlns='urn:ietf:params:xml:ns:carddav'/></resourcetype></prop></set></mkcol>");
            var text = Encoding.UTF8.GetString(bytes);
            var put = await house.AskAsync($"PUT {collection}x{file.Extension}\n\n{text}");
            if (put.Status == 201)
            {
                kept++;
                Assert.Equal(text, (await house.AskAsync(200, $"GET {collection}x{file.Extension}")).Body);
            }
            else
            {
                Assert.True(put.Status == 403 && Reasons.Contains(put.Precondition), $"{file.Name}: {put}");
                var many = await house.AskAsync($"PUT {collection}\n\n{text}"); // As many objects, if it is that.
                if (many.Status is 200 or 201) taken++;
                else refused++;
            }

            foreach (var report in Reports(isCalendar, collection))
            {
                var reply = await house.AskAsync(report);
                Assert.True(reply.Status is 200 or 207, $"{file.Name}: {report.Split('\n')[^1]}: {reply}");
            }

            await house.AskAsync(204, $"DELETE {collection}");
        }

        Assert.True(kept > 400 && taken + kept > 550 && refused < 150, $"{kept} were kept, {taken} taken as many, {refused} refused");
    }

    private static IEnumerable<string> Reports(bool isCalendar, string collection)
    {
        yield return $"PROPFIND {collection}\nDepth: 1\n\n<propfind xmlns='DAV:'><allprop/></propfind>";
        yield return $"REPORT {collection}\nDepth: 0\n\n<sync-collection xmlns='DAV:'><sync-token/><sync-level>1</sync-level><prop>"
            + $"<getetag/></prop>"
            + "</sync-collection>";
        if (!isCalendar)
        {
            foreach (var data in (string[])["", " version='4.0'", " content-type='application/vcard+json' version='4.0'"])
            {
                yield return $"REPORT {collection}\nDepth: 1\n\n<C:addressbook-query xmlns:D='DAV:' "
                    + $"xmlns:C='urn:ietf:params:xml:ns:carddav'>"
                    + $"<D:prop><C:address-data{data}/></D:prop><C:filter><C:prop-filter name='FN'/></C:filter></C:addressbook-query>";
            }

            yield break;
        }

        const string Range = "start='20000101T000000Z' end='20000201T000000Z'";
        string Query(string data, string filter) => $"REPORT {collection}\nDepth: 1\n\n<C:calendar-query xmlns:D='DAV:' "
            + $"xmlns:C='urn:ietf:params:xml:ns:caldav'><D:prop><C:calendar-data{data}</D:prop><C:filter><C:comp-filter "
            + $"name='VCALENDAR'>{filter}"
            + "</C:comp-filter></C:filter></C:calendar-query>";
        foreach (var component in (string[])["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"])
        {
            yield return Query("/>", $"<C:comp-filter name='{component}'><C:time-range {Range}/></C:comp-filter>");
        }

        yield return Query("/>", $"<C:comp-filter name='VEVENT'><C:comp-filter name='VALARM'><C:time-range {Range}/></C:comp-filter>"
            + $"</C:comp-filter>");
        yield return Query($"><C:expand {Range}/></C:calendar-data>", "");
        yield return Query($"><C:limit-recurrence-set {Range}/><C:limit-freebusy-set {Range}/></C:calendar-data>", "");
        yield return Query(" content-type='application/calendar+json'/>", "");
        yield return $"REPORT {collection}\nDepth: 1\n\n<free-busy-query xmlns='urn:ietf:params:xml:ns:caldav'><time-range {Range}/>"
            + $"</free-busy-query>";
    }
}
