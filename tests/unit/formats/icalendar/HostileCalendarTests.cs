using System.Diagnostics;
using System.Text;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;
using Xunit;

namespace CompatBot.UnitTests.Formats.Icalendar;

/// <summary>Whatever an object's rules and zones ask for, finding its instances takes a bounded time and little memory.</summary>
public sealed class HostileCalendarTests
{
    private const string Minutes = "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,"
        + "36,37,38,39,"
        + "40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59";

    private const string Hours = "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23";

    [Theory]
    [InlineData("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")]
    [InlineData("RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30")]
    [InlineData("RRULE:FREQ=SECONDLY;UNTIL=21000101T000000Z")]
    [InlineData("RRULE:FREQ=SECONDLY;COUNT=2000000000")]
    [InlineData("RRULE:FREQ=HOURLY;INTERVAL=1000000000")]
    [InlineData("RRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=" + Hours + ";BYMINUTE=" + Minutes + ";BYSECOND=" + Minutes)]
    [InlineData("RRULE:FREQ=MONTHLY;BYHOUR=" + Hours + ";BYMINUTE=" + Minutes + ";BYSECOND=" + Minutes + ";BYSETPOS=-1")]
    [InlineData("RRULE:FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6")]
    public void A_rule_is_worked_at_for_a_bounded_time(string rule) =>
        AssertEnds(Event(string.Concat(Enumerable.Repeat(rule + "\r\n", 50))));

    [Fact]
    public void Later_components_for_all_that_follows_are_worked_at_for_a_bounded_time() => AssertEnds(Event("RRULE:FREQ=MINUTELY\r\n")
        + string.Concat(Enumerable.Range(0, 5000).Select(i =>
            $"BEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID;RANGE=THISANDFUTURE:20200101T{i / 3600:00}{i / 60 % 60:00}{i % 60:00}Z\r\n"
            + "DTSTART:20200101T000000Z\r\nEND:VEVENT\r\n")));

    [Fact]
    public void A_zone_with_many_rules_is_worked_at_for_a_bounded_time() => AssertEnds(
        "BEGIN:VTIMEZONE\r\nTZID:Odd\r\n" + string.Concat(Enumerable.Range(0, 20_000).Select(i =>
            $"BEGIN:STANDARD\r\nDTSTART:19{i % 100:00}0101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0{i % 9}00\r\n"
            + "RRULE:FREQ=DAILY\r\nEND:STANDARD\r\n")) + "END:VTIMEZONE\r\n"
        + Event("RRULE:FREQ=DAILY\r\n").Replace("DTSTART:", "DTSTART;TZID=Odd:"));

    private static string Event(string rules) =>
        $"BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20200101T000000\r\nDURATION:PT1S\r\n{rules}END:VEVENT\r\n";

    private static void AssertEnds(string parts)
    {
        var text = $"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{parts}END:VCALENDAR\r\n";
        Assert.Null(Component.Read(Encoding.UTF8.GetBytes(text), out var roots));
        (long, long)[] spans = [(0, 10_000_000_000), (9_000_000_000, 9_000_000_001), (-5_000_000_000, 0), (long.MinValue, long.MaxValue)];
        foreach (var (from, until) in spans)
        {
            var started = Stopwatch.GetTimestamp();
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var calendar = new CalendarObject(roots[0]);
            Assert.InRange(calendar.Instances(from, until).Count(), 0, 2 * (int)WorkBound.ObjectUnits);
            Assert.InRange(CalendarQueries.Busy(calendar, from, until).Count(), 0, 2 * (int)WorkBound.ObjectUnits);
            Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 10); // A second here; other tests run beside it.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 2L << 30);
        }
    }
}
