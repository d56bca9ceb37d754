using System.Text;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;
using Xunit;

namespace CompatBot.UnitTests.Formats.Icalendar;

/// <summary>RFC 7953.</summary>
public sealed class AvailabilityTests
{
    private const long Day = 1_772_496_000; // 3 March 2026, a Tuesday.

    [Theory]
    [InlineData("nothing said", "", "")]
    [InlineData("never there", "BEGIN:VAVAILABILITY\nUID:a\nEND:VAVAILABILITY\n", "BUSY-UNAVAILABLE 0-24")]
    [InlineData("of its own type", "BEGIN:VAVAILABILITY\nUID:a\nBUSYTYPE:BUSY-TENTATIVE\nEND:VAVAILABILITY\n", "BUSY-TENTATIVE 0-24")]
    [InlineData("there for some hours", "BEGIN:VAVAILABILITY\nUID:a\nBEGIN:AVAILABLE\nUID:b\nDTSTART:20260303T090000Z\nDURATION:PT3H\n"
        + "END:AVAILABLE\n"
        + "BEGIN:AVAILABLE\nUID:c\nDTSTART:20260302T110000Z\nDURATION:PT4H\nRRULE:FREQ=DAILY\nEND:AVAILABLE\nEND:VAVAILABILITY\n",
        "BUSY-UNAVAILABLE 0-9, BUSY-UNAVAILABLE 15-24")]
    [InlineData("but not once", "BEGIN:VAVAILABILITY\nUID:a\nBEGIN:AVAILABLE\nUID:c\nDTSTART:20260302T110000Z\nDURATION:PT4H\n"
        + "RRULE:FREQ=DAILY\n"
        + "END:AVAILABLE\nBEGIN:AVAILABLE\nUID:c\nRECURRENCE-ID:20260303T110000Z\nDTSTART:20260303T200000Z\nDURATION:PT1H\nEND:AVAILABLE\n"
        + "END:VAVAILABILITY\n", "BUSY-UNAVAILABLE 0-20, BUSY-UNAVAILABLE 21-24")]
    [InlineData("the higher priority counts where it says something", "BEGIN:VAVAILABILITY\nUID:a\nPRIORITY:1\nDTSTART:20260303T100000Z\n"
        + "DTEND:20260303T120000Z\nBEGIN:AVAILABLE\nUID:b\nDTSTART:20260303T100000Z\nDURATION:PT1H\nEND:AVAILABLE\nEND:VAVAILABILITY\n"
        + "BEGIN:VAVAILABILITY\nUID:c\nPRIORITY:5\nBUSYTYPE:BUSY\nEND:VAVAILABILITY\n", "BUSY 0-10, BUSY-UNAVAILABLE 11-12, BUSY 12-24")]
    [InlineData("another year", "BEGIN:VAVAILABILITY\nUID:a\nDTSTART:20250101T000000Z\nDURATION:P1W\nEND:VAVAILABILITY\n", "")]
    public void Times_are_worked_out(string what, string parts, string expected)
    {
        Assert.Null(Component.Read(Encoding.UTF8.GetBytes($"BEGIN:VCALENDAR\nVERSION:2.0\n{parts}END:VCALENDAR\n"), out var roots));
        var found = Availability.Busy(roots, Day, Day + 86_400).OrderBy(one => one.From)
            .Select(one => $"{one.Type} {(one.From - Day) / 3600}-{(one.Until - Day) / 3600}");
        Assert.True(expected == string.Join(", ", found), $"{what}: {string.Join(", ", found)}");
    }
}
