using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using CompatBot.Formats.Icalendar;
using CompatBot.UnitTests.House;
using Xunit;

namespace CompatBot.UnitTests.Formats.Icalendar;

public sealed class RecurrenceTests
{
    private const string Format = "yyyyMMdd'T'HHmmss";

    private static string Rules => Path.Combine(SourceTree.Root, "tests/data/recurrence/rules.txt");

    private static string Settled => Path.Combine(SourceTree.Root, "tests/data/recurrence/settled.tsv");

    /// <summary>
    /// tests/tools/recurrence.py made the file of what libical and python-dateutil agree on. COMPATBOT_RULES names another one, such as
    /// it makes of the rules of the corpus.
    /// </summary>
    [Fact]
    public void Rules_agree_with_two_other_engines()
    {
        var file = Environment.GetEnvironmentVariable("COMPATBOT_RULES") ?? Rules;
        var wrong = new List<string>();
        foreach (var line in File.ReadLines(file))
        {
            var parts = line.Split('\t');
            var expected = parts[2].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var found = Instances(parts[0], parts[1], parts[0]).TakeWhile(time => time.Year <= 2037).Take(8).Select(Text).ToArray();
            if (expected.SequenceEqual(found)) continue;
            wrong.Add($"{parts[0]} {parts[1]}\n  {string.Join(' ', expected)}\n  {string.Join(' ', found)}");
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n{string.Join('\n', wrong.Take(20))}");
    }

    /// <summary>The rules of the corpus, which are not in the repository: of what the two agree on it has digests alone.</summary>
    [Fact]
    public void Rules_of_real_calendars_agree_with_two_other_engines()
    {
        using var corpus = Corpus.Unpack("dav");
        var agreed = File.ReadLines(Path.Combine(SourceTree.Root, "tests/data/recurrence/corpus.tsv"))
            .Select(line => line.Split('\t')).ToDictionary(parts => parts[0], parts => parts[1]);
        var rules = corpus.Objects.Where(file => file.Extension == ".ics").SelectMany(file => RulesIn(File.ReadAllText(file.FullName)))
            .Distinct().Where(one => agreed.ContainsKey(Digest($"{one.Start}\t{one.Rule}"))).ToList();
        var wrong = rules.Where(one => agreed[Digest($"{one.Start}\t{one.Rule}")] != Digest(string.Join(
            ' ', Instances(one.Start, one.Rule, one.Start).TakeWhile(time => time.Year <= 2037).Take(8).Select(Text)))).ToList();
        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n{string.Join('\n', wrong.Take(20))}");
        Assert.InRange(rules.Count, agreed.Count * 9 / 10, agreed.Count); // Else the rules were not found.
    }

    /// <summary>As recurrence.py finds them. UNTIL is in UTC and the start may not be: both stand for the same clock here.</summary>
    private static IEnumerable<(string Start, string Rule)> RulesIn(string text)
    {
        text = Regex.Replace(text, "\r?\n[ \t]", "");
        foreach (Match part in Regex.Matches(text, @"BEGIN:V(?!TIMEZONE|CALENDAR)\w+\r?\n(.*?)END:V", RegexOptions.Singleline))
        {
            var start = Regex.Match(part.Groups[1].Value, @"^DTSTART[^:\r\n]*:(\d{8})(?:T(\d{6}))?", RegexOptions.Multiline);
            if (!start.Success) continue;
            var begins = start.Groups[1].Value + "T" + (start.Groups[2].Success ? start.Groups[2].Value : "000000");
            foreach (Match rule in Regex.Matches(part.Groups[1].Value, @"^RRULE[^:\r\n]*:([^\r\n]+)", RegexOptions.Multiline))
            {
                yield return (begins, Regex.Replace(rule.Groups[1].Value.Trim(), @"(UNTIL=\d{8}T\d{6})Z", "$1"));
            }
        }
    }

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

    /// <summary>Each class of rules on which the two do not agree, with what the RFC says.</summary>
    [Fact]
    public void The_RFC_is_followed_where_the_two_differ()
    {
        foreach (var line in File.ReadLines(Settled))
        {
            var parts = line.Split('\t');
            Assert.Equal(5, parts.Length);
            var expected = parts[3].Split(' ');
            var found = Instances(parts[1], parts[2], parts[1]).Take(expected.Length).Select(Text);
            Assert.True(expected.SequenceEqual(found), $"{parts[0]}: {parts[3]} was expected, not {string.Join(' ', found)}");
        }
    }

    [Theory]
    [InlineData("20240131T090000", "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD", "20240131 20240301 20240331 20240501")]
    [InlineData("20240131T090000", "RSCALE=GREGORIAN;FREQ=MONTHLY;INTERVAL=3;SKIP=FORWARD", "20240131 20240501 20240731 20241031")]
    [InlineData("20240131T090000", "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=OMIT", "20240131 20240331")]
    [InlineData("20200229T090000", "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=FORWARD", "20200229 20210301 20220301 20230301 20240229")]
    [InlineData("20200229T090000", "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=BACKWARD", "20200229 20210228 20220228 20230228 20240229")]
    [InlineData("20240130T090000", "RSCALE=GREGORIAN;FREQ=YEARLY;BYMONTH=2,3;BYMONTHDAY=30;SKIP=FORWARD", "20240301 20240330 20250301")]
    public void Days_that_a_month_does_not_have_are_skipped_as_RFC_7529_says(string start, string rule, string expected) =>
        Assert.Equal(expected, string.Join(' ', Instances(start, rule, start).Take(expected.Split(' ').Length)
            .Select(one => Text(one)[..8])));

    /// <summary>A walk that begins in the middle finds what a walk from the start finds there.</summary>
    [Fact]
    public void Any_date_is_reached_from_any_start()
    {
        var random = new Random(3);
        foreach (var line in File.ReadLines(Rules))
        {
            var parts = line.Split('\t');
            var all = Instances(parts[0], parts[1], parts[0]).Take(300).ToList();
            if (all.Count == 0) continue;
            var from = all[random.Next(all.Count)].AddSeconds(random.Next(-2, 3));
            var expected = all.Where(time => time >= from).Take(5);
            Assert.Equal(expected, Instances(parts[0], parts[1], Text(from)).Take(expected.Count()));
        }
    }

    [Theory]
    [InlineData("20240115T100000", "FREQ=YEARLY;BYWEEKNO=1", "20250101 no, the Monday", "20241230T100000 20251229T100000 20270104T100000")]
    [InlineData("20200229T090000", "FREQ=YEARLY", "29 February only", "20200229T090000 20240229T090000 20280229T090000")]
    [InlineData("20240131T090000", "FREQ=MONTHLY", "the 31st only", "20240131T090000 20240331T090000 20240531T090000")]
    [InlineData("20240101T090000", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "last workday", "20240131T090000 20240229T090000")]
    public void The_RFC_is_followed_where_engines_differ(string start, string rule, string why, string expected)
    {
        Assert.NotEmpty(why);
        Assert.Equal(expected.Split(' '), Instances(start, rule, start).Take(expected.Split(' ').Length).Select(Text));
    }

    [Theory]
    [InlineData("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")]
    [InlineData("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30")]
    [InlineData("FREQ=MINUTELY;INTERVAL=1440;BYHOUR=3")]
    [InlineData("FREQ=SECONDLY;INTERVAL=2;BYSECOND=1")]
    public void A_rule_that_gives_nothing_ends(string rule) => Assert.Empty(Instances("20240101T000000", rule, "20240101T000000"));

    [Fact]
    public void A_second_in_a_century_is_found_at_once()
    {
        var found = Instances("19700101T000000", "FREQ=SECONDLY", "20991231T235959").First();
        Assert.Equal("20991231T235959", Text(found));
    }

    [Theory]
    [InlineData("FREQ=SOMETIMES")]
    [InlineData("COUNT=3")]
    [InlineData("FREQ=DAILY;INTERVAL=0")]
    [InlineData("FREQ=DAILY;BYMONTH=13")]
    [InlineData("FREQ=DAILY;UNTIL=tomorrow")]
    [InlineData("FREQ=MONTHLY;BYDAY=XX")]
    [InlineData("RSCALE=CHINESE;FREQ=YEARLY")]
    [InlineData("")]
    public void What_is_no_rule_is_refused(string rule) => Assert.Null(RecurrenceRule.Parse(rule));

    private static IEnumerable<DateTime> Instances(string start, string rule, string from) => RecurrenceRule.Parse(rule) is { } parsed
        ? Recurrence.Walk(parsed, Time(start), Time(from), parsed.Until?.Local, new WorkBound())
        : [];

    private static DateTime Time(string text) => DateTime.ParseExact(text, Format, CultureInfo.InvariantCulture);

    private static string Text(DateTime time) => time.ToString(Format, CultureInfo.InvariantCulture);
}
