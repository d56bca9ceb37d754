using System.Net;
using CompatBot.Gateway.Admin.Doctor;
using Xunit;

namespace CompatBot.UnitTests.Gateway.Doctor;

public sealed class DnsTests
{
    private static readonly byte[] Question = MailExchange.Question("example.org", 0x1234);

    [Fact] // RFC 1035 section 4.1
    public void A_question_is_as_on_the_wire() =>
        Assert.Equal("12340100000100000000000007" + Convert.ToHexString("example"u8) + "03" + Convert.ToHexString("org"u8) + "00000F0001",
            Convert.ToHexString(Question));

    [Fact]
    public void An_answer_with_pointers_is_read_in_order_of_preference()
    {
        var answer = Answer(2, [
            0xC0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 9, 0, 20, 4, (byte)'m', (byte)'x', (byte)'2', (byte)'0', 0xC0, 12,
            0xC0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 7, 0, 10, 2, (byte)'M', (byte)'X', 0xC0, 12]);
        Assert.Equal(["mx.example.org", "mx20.example.org"], MailExchange.Read(answer, Question));
    }

    [Fact] // RFC 7505
    public void A_null_MX_is_the_root() =>
        Assert.Equal(["."], MailExchange.Read(Answer(1, [0xC0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 3, 0, 0, 0]), Question));

    [Fact]
    public void No_such_name_is_no_MX_and_a_failure_is_no_answer()
    {
        var answer = Answer(0, []);
        Assert.Equal([], MailExchange.Read(answer, Question));
        answer[3] = 3;
        Assert.Equal([], MailExchange.Read(answer, Question));
        answer[3] = 2;
        Assert.Null(MailExchange.Read(answer, Question));
        answer[3] = 0;
        answer[0]++;
        Assert.Null(MailExchange.Read(answer, Question));
    }

    [Fact]
    public void Broken_answers_are_no_answers()
    {
        // A pointer to itself, then every possible cut, then every byte changed: nothing hangs and nothing throws.
        byte[] record = [0xC0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 4, 0, 10, 0xC0, (byte)(Question.Length + 14)];
        Assert.Null(MailExchange.Read(Answer(1, record), Question));
        record[^1] = 12;
        var good = Answer(1, record);
        Assert.Equal(["example.org"], MailExchange.Read(good, Question));
        for (var length = 0; length < good.Length; length++) Assert.Null(MailExchange.Read(good.AsSpan(0, length), Question));
        for (var at = 0; at < good.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                var changed = good.ToArray();
                changed[at] = (byte)value;
                _ = MailExchange.Read(changed, Question);
            }
        }
    }

    [Fact]
    public void Name_servers_are_those_of_resolv_conf() =>
        Assert.Equal(
            ["192.0.2.1", "2001:db8::1"],
            from one in MailExchange.NameServers("# x\nnameserver 192.0.2.1\nsearch a\nnameserver\t2001:db8::1\nnameserver nonsense\n")
            select one.ToString());

    [Theory]
    [InlineData("example.test", "localhost", "Ok")]
    [InlineData("offline.org", "localhost", "Warning")]
    [InlineData("good.org", "localhost", "Ok")]
    [InlineData("good.org", "MX.good.org", "Ok")]
    [InlineData("good.org", "other.org", "Warning")]
    [InlineData("null.org", "localhost", "Warning")]
    [InlineData("bare.org", "localhost", "Warning")]
    [InlineData("none.org", "localhost", "Warning")]
    [InlineData("dangling.org", "localhost", "Warning")]
    public async Task A_domain_is_judged_by_its_records(string domain, string hostname, string level)
    {
        var checks = new DnsChecks(
            (name, _) => Task.FromResult<IReadOnlyList<string>?>(name switch
            {
                "offline.org" => null,
                "null.org" => ["."],
                "good.org" => ["mx.good.org"],
                "dangling.org" => ["gone.dangling.org"],
                _ => [],
            }),
            (name, _) => Task.FromResult<IReadOnlyList<IPAddress>>(name is "mx.good.org" or "bare.org" ? [IPAddress.Loopback] : []));
        var finding = Assert.Single(await checks.LookAsync([domain], hostname, TestContext.Current.CancellationToken));
        Assert.Equal(level, finding.Level.ToString());
        Assert.Equal(level == "Warning", finding.Advice is not null);
    }

    [Fact]
    public async Task Only_so_many_domains_are_asked_about()
    {
        var asked = 0;
        var checks = new DnsChecks(
            (_, _) =>
            {
                asked++;
                return Task.FromResult<IReadOnlyList<string>?>(null);
            },
            (_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([]));
        var domains = Enumerable.Range(0, DnsChecks.DomainsMax + 1).Select(number => $"d{number}.org").ToList();
        var found = await checks.LookAsync(domains, "localhost", TestContext.Current.CancellationToken);
        Assert.Equal((DnsChecks.DomainsMax, DnsChecks.DomainsMax + 1), (asked, found.Count));
    }

    private static byte[] Answer(byte records, byte[] bytes)
    {
        byte[] answer = [.. Question, .. bytes];
        answer[2] |= 0x80;
        answer[7] = records;
        return answer;
    }
}
