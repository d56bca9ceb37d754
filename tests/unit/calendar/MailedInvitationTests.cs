using System.Text;
using CompatBot.Core.Calendar;
using CompatBot.Formats.Vobject;
using Xunit;

namespace CompatBot.UnitTests.Calendar;

/// <summary>Whose invitations by mail count (RFC 6047 section 2.2).</summary>
public sealed class MailedInvitationTests
{
    [Theory]
    [InlineData("boss@corp.test", "", true)]
    [InlineData("desk@corp.test", ";SENT-BY=\"mailto:desk@corp.test\"", true)]
    [InlineData("desk@corp.test", "", false)]
    [InlineData("eve@evil.test", ";SENT-BY=\"mailto:eve@evil.test\"", false)]
    [InlineData("eve@evil.test", ";SENT-BY=\"mailto:desk@corp.test\"", false)]
    public void Only_the_organizer_and_who_sends_for_him_in_his_domain_are_heard(string author, string parameter, bool heard)
    {
        var text = $"""
            BEGIN:VCALENDAR
            VERSION:2.0
            PRODID:x
            METHOD:CANCEL
            BEGIN:VEVENT
            UID:1
            DTSTAMP:20260101T000000Z
            DTSTART:20260105T110000Z
            ORGANIZER{parameter}:mailto:boss@corp.test
            ATTENDEE:mailto:anna@mail.test
            END:VEVENT
            END:VCALENDAR

            """.ReplaceLineEndings("\r\n");
        Assert.Null(Component.Read(Encoding.UTF8.GetBytes(text), out var roots));
        var told = MailedInvitations.Read(roots[0], author, ["anna@mail.test"]);
        Assert.Equal(heard, told is not null);
        Assert.True(told is null || told.From == "boss@corp.test");
    }
}
