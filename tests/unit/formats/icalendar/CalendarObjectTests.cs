using System.Globalization;
using System.Text;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;
using Xunit;

namespace CompatBot.UnitTests.Formats.Icalendar;

/// <summary>The instances of whole objects: what single instances and "this and all later" change (RFC 5545 section 3.8.4.4).</summary>
public sealed class CalendarObjectTests
{
    private const string Series = "BEGIN:VEVENT\nUID:1\nDTSTART:20260105T100000Z\nDTEND:20260105T110000Z\nRRULE:FREQ=DAILY;COUNT=5\n"
        + "SUMMARY:all\n"
        + "END:VEVENT\n";

    [Fact]
    public void This_and_all_later_are_moved_and_as_long_as_they_say() => AssertInstances(
        Series + "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260107T100000Z\nDTSTART:20260107T123000Z\n"
            + "DTEND:20260107T140000Z\n"
        + "SUMMARY:later\nEND:VEVENT\n",
        "20260105T1000-1100 all", "20260106T1000-1100 all", "20260107T1230-1400 later", "20260108T1230-1400 later", "20260109T1230-1400 "
            + "later");

    [Fact]
    public void A_single_instance_stands_before_what_holds_for_all_later() => AssertInstances(
        Series + "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260107T100000Z\nDTSTART:20260107T120000Z\n"
            + "DTEND:20260107T130000Z\n"
        + "SUMMARY:later\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260108T100000Z\nDTSTART:20260120T080000Z\n"
        + "DTEND:20260120T090000Z\n"
        + "SUMMARY:once\nEND:VEVENT\n",
        "20260105T1000-1100 all", "20260106T1000-1100 all", "20260107T1200-1300 later", "20260109T1200-1300 later", "20260120T0800-0900 "
            + "once");

    [Fact]
    public void A_second_change_of_all_later_takes_over_from_the_first() => AssertInstances(
        Series + "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260106T100000Z\nDTSTART:20260106T110000Z\n"
            + "DTEND:20260106T120000Z\n"
        + "SUMMARY:first\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260108T100000Z\nDTSTART:20260108T090000Z\n"
        + "DTEND:20260108T093000Z\nSUMMARY:second\nEND:VEVENT\n",
        "20260105T1000-1100 all", "20260106T1100-1200 first", "20260107T1100-1200 first", "20260108T0900-0930 "
            + "second", "20260109T0900-0930 second");

    [Fact]
    public void Instances_that_are_moved_into_each_others_places_end() => AssertInstances(
        Series + "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260106T100000Z\nDTSTART:20260107T100000Z\nDTEND:20260107T110000Z\nSUMMARY:a\n"
            + "END:VEVENT\n"
        + "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260107T100000Z\nDTSTART:20260106T100000Z\nDTEND:20260106T110000Z\nSUMMARY:b\nEND:VEVENT\n",
        "20260105T1000-1100 all", "20260106T1000-1100 b", "20260107T1000-1100 a", "20260108T1000-1100 all", "20260109T1000-1100 all");

    private static void AssertInstances(string parts, params string[] expected)
    {
        Assert.Null(Component.Read(Encoding.UTF8.GetBytes($"BEGIN:VCALENDAR\nVERSION:2.0\n{parts}END:VCALENDAR\n"), out var roots));
        var found = new CalendarObject(roots[0]).Instances(long.MinValue, long.MaxValue).OrderBy(one => one.From).Select(one =>
            $"{Text(one.From, "yyyyMMdd'T'HHmm")}-{Text(one.Until, "HHmm")} {one.Source.Find("SUMMARY")!.Value}");
        Assert.Equal(expected, found);
    }

    private static string Text(long seconds, string format) =>
        DateTimeOffset.FromUnixTimeSeconds(seconds).ToString(format, CultureInfo.InvariantCulture);
}
