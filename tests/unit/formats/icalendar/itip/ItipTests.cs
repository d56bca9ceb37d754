using CompatBot.Formats.Icalendar.Itip;
using Xunit;
using static CompatBot.UnitTests.Formats.Icalendar.Itip.Calendars;

namespace CompatBot.UnitTests.Formats.Icalendar.Itip;

/// <summary>RFC 5546 between calendars: after each step everybody has what they should.</summary>
public sealed class ItipTests
{
    private const string Second = "RECURRENCE-ID:20260112T100000Z";

    private readonly Calendars _all = new();

    [Fact]
    public void Who_is_invited_has_the_event_and_who_accepts_is_seen_to()
    {
        _all.Put(Anna, Once("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "END:VALARM"));
        Assert.Equal(["REQUEST bert@mail.test", "REQUEST carla@else.test"], _all.Sent);
        Assert.DoesNotContain("METHOD", _all[Bert], StringComparison.Ordinal);
        Assert.DoesNotContain("VALARM", _all[Bert], StringComparison.Ordinal);
        Assert.Contains("SUMMARY:Lunch", _all[Bert], StringComparison.Ordinal);
        _all.Answer(Bert, "ACCEPTED");
        Assert.Equal(["REPLY anna@mail.test"], _all.Sent);
        Assert.Equal("ACCEPTED", _all.Statuses(Anna, Bert));
        Assert.Contains("SCHEDULE-STATUS=2.0", _all.Line(Anna, "ATTENDEE", Bert), StringComparison.Ordinal);
        Assert.DoesNotContain("RSVP", _all.Line(Anna, "ATTENDEE", Bert), StringComparison.Ordinal);
        Assert.Equal("NEEDS-ACTION", _all.Statuses(Anna, Carla));
        _all.Answer(Carla, "DECLINED");
        Assert.Equal("DECLINED", _all.Statuses(Anna, Carla));
    }

    [Fact]
    public void What_is_private_to_one_calendar_tells_nobody()
    {
        _all.Put(Anna, Once());
        _all.Edit(Anna, "SUMMARY:Lunch", "SUMMARY:Lunch\nCATEGORIES:FOOD\nX-OWN:1\nTRANSP:TRANSPARENT");
        Assert.Empty(_all.Sent);
        _all.Edit(Bert, "SUMMARY:Lunch", "SUMMARY:Lunch\nTRANSP:TRANSPARENT\nBEGIN:VALARM\nTRIGGER:-PT1H\nACTION:DISPLAY\nEND:VALARM");
        Assert.Empty(_all.Sent);

        // And stays when the organizer changes the event.
        _all.Edit(Anna, "SUMMARY:Lunch", "SUMMARY:Dinner");
        Assert.Equal(2, _all.Sent.Count);
        Assert.Contains("SUMMARY:Dinner", _all[Bert], StringComparison.Ordinal);
        Assert.Contains("TRIGGER:-PT1H", _all[Bert], StringComparison.Ordinal);
        Assert.Contains("TRANSP:TRANSPARENT", _all[Bert], StringComparison.Ordinal);
    }

    [Fact]
    public void A_small_change_keeps_answers_and_another_time_asks_again()
    {
        _all.Put(Anna, Once());
        _all.Answer(Bert, "ACCEPTED");
        _all.Edit(Anna, "SUMMARY:Lunch", "SUMMARY:Brunch");
        Assert.Equal("ACCEPTED", _all.Statuses(Bert, Bert));
        Assert.Equal("ACCEPTED", _all.Statuses(Anna, Bert));
        _all.Edit(Anna, "DTSTART:20260105T100000Z", "SEQUENCE:1\nDTSTART:20260105T103000Z");
        Assert.Equal("NEEDS-ACTION", _all.Statuses(Anna, Bert));
        Assert.Equal("NEEDS-ACTION", _all.Statuses(Bert, Bert));
        Assert.Equal("ACCEPTED", _all.Statuses(Anna, Anna));
        Assert.Contains("RSVP=TRUE", _all.Line(Bert, "ATTENDEE", Bert), StringComparison.Ordinal);
        Assert.Contains("DTSTART:20260105T103000Z", _all[Bert], StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_removed_is_cancelled_and_what_an_attendee_removes_is_declined()
    {
        _all.Put(Anna, Once());
        _all.Put(Bert, null);
        Assert.Equal(["REPLY anna@mail.test"], _all.Sent);
        Assert.Equal("DECLINED", _all.Statuses(Anna, Bert));
        _all.Put(Anna, null);
        Assert.Equal(["CANCEL bert@mail.test", "CANCEL carla@else.test"], _all.Sent);
        Assert.Null(_all[Bert]);
        Assert.Contains("STATUS:CANCELLED", _all[Carla], StringComparison.Ordinal);
        Assert.Contains("SEQUENCE:1", _all[Carla], StringComparison.Ordinal);

        // Nobody has to hear that somebody clears away what was cancelled.
        _all.Put(Carla, null);
        Assert.Empty(_all.Sent);
    }

    [Fact]
    public void Who_is_not_invited_any_more_hears_so_and_who_is_new_is_asked()
    {
        _all.Put(Anna, Once());
        _all.Edit(Anna, "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bert@mail.test", "ATTENDEE:mailto:dora@mail.test");
        Assert.Equal(["CANCEL bert@mail.test", "REQUEST carla@else.test", "REQUEST dora@mail.test"], _all.Sent.Order());
        Assert.Contains("STATUS:CANCELLED", _all[Bert], StringComparison.Ordinal);
        Assert.Contains("dora", _all[Carla], StringComparison.Ordinal);
        Assert.NotNull(_all["dora@mail.test"]);
    }

    [Fact]
    public void One_instance_at_another_time_is_told_alone()
    {
        _all.Put(Anna, Weekly());
        _all.Answer(Bert, "ACCEPTED");
        var series = _all[Anna]!;
        _all.Edit(Anna, "END:VEVENT\r\n", "END:VEVENT\r\n" + Once(Second).Replace("20260105T1", "20260112T1", StringComparison.Ordinal)
            .Replace("10000Z", "20000Z", StringComparison.Ordinal));
        Assert.Equal(["REQUEST bert@mail.test", "REQUEST carla@else.test"], _all.Sent);
        Assert.DoesNotContain("RRULE", System.Text.Encoding.UTF8.GetString(_all.Messages[^1].ToOctets()), StringComparison.Ordinal);
        Assert.Equal("ACCEPTED NEEDS-ACTION", _all.Statuses(Bert, Bert));
        Assert.Contains("DTEND:20260112T120000Z", _all[Bert], StringComparison.Ordinal);
        Assert.Contains("RRULE", _all[Bert], StringComparison.Ordinal);
        Assert.NotEqual(series, _all[Anna]);
    }

    [Fact]
    public void One_instance_is_declined_and_the_organizer_has_it_as_one_of_its_own()
    {
        _all.Put(Anna, Weekly());
        _all.Answer(Bert, "ACCEPTED");
        _all.Edit(Bert, "END:VEVENT\r\n", "END:VEVENT\r\n" + Event(
            Second, "DTSTART:20260112T100000Z", "DTEND:20260112T110000Z", "SUMMARY:Meeting", "ORGANIZER:mailto:anna@mail.test",
            "ATTENDEE;PARTSTAT=DECLINED:mailto:bert@mail.test"));
        Assert.Equal(["REPLY anna@mail.test"], _all.Sent);
        Assert.Equal("ACCEPTED DECLINED", _all.Statuses(Anna, Bert));
        Assert.Equal("NEEDS-ACTION NEEDS-ACTION", _all.Statuses(Anna, Carla));

        // The organizer's next small change does not tell Carla of an instance that is as the series has it.
        _all.Messages.Clear();
        _all.Edit(Anna, "DTSTAMP:20250101T000000Z", "DTSTAMP:20250102T000000Z");
        Assert.Empty(_all.Messages);
    }

    [Fact]
    public void An_attendee_who_takes_an_instance_out_declines_it()
    {
        _all.Put(Anna, Weekly());
        _all.Edit(Bert, "RRULE", "EXDATE:20260112T100000Z\nRRULE");
        Assert.Equal(["REPLY anna@mail.test"], _all.Sent);
        Assert.Equal("NEEDS-ACTION DECLINED", _all.Statuses(Anna, Bert));
    }

    [Fact]
    public void An_instance_that_the_organizer_takes_out_is_cancelled_alone_and_can_come_back()
    {
        _all.Put(Anna, Weekly());
        _all.Edit(Anna, "RRULE", "EXDATE:20260112T100000Z,20260119T100000Z\nRRULE");
        Assert.Equal(["CANCEL bert@mail.test", "CANCEL carla@else.test"], _all.Sent);
        Assert.Contains("EXDATE:20260112T100000Z", _all[Bert], StringComparison.Ordinal);
        Assert.Contains("EXDATE:20260119T100000Z", _all[Bert], StringComparison.Ordinal);
        Assert.DoesNotContain("STATUS:CANCELLED", _all[Bert], StringComparison.Ordinal);
        _all.Edit(Anna, "EXDATE:20260112T100000Z,20260119T100000Z", "EXDATE:20260119T100000Z");
        Assert.Equal(["REQUEST bert@mail.test", "REQUEST carla@else.test"], _all.Sent);
        Assert.DoesNotContain("EXDATE:20260112T100000Z", _all[Bert], StringComparison.Ordinal);
    }

    [Fact]
    public void Somebody_can_be_invited_to_one_instance_only()
    {
        const string Dora = "dora@mail.test";
        _all.Put(Anna, Weekly());
        var single = Once(Second, "ATTENDEE:mailto:dora@mail.test").Replace("20260105T1", "20260112T1", StringComparison.Ordinal)
            .Replace("SUMMARY:Lunch", "SUMMARY:Meeting", StringComparison.Ordinal);
        _all.Edit(Anna, "END:VEVENT\r\n", "END:VEVENT\r\n" + single);
        Assert.DoesNotContain("RRULE", _all[Dora], StringComparison.Ordinal);
        Assert.Contains(Second, _all[Dora], StringComparison.Ordinal);
        _all.Answer(Dora, "TENTATIVE");
        Assert.Equal("- TENTATIVE", _all.Statuses(Anna, Dora));
        _all.Edit(Anna, _all.Line(Anna, "ATTENDEE", Dora) + "\r\n", "");
        Assert.Contains("CANCEL dora@mail.test", _all.Sent);
        Assert.Contains("STATUS:CANCELLED", _all[Dora], StringComparison.Ordinal);
    }

    [Fact]
    public void Somebody_can_be_left_out_of_one_instance()
    {
        _all.Put(Anna, Weekly());
        var single = Once(Second).Replace("20260105T1", "20260112T1", StringComparison.Ordinal)
            .Replace("SUMMARY:Lunch", "SUMMARY:Meeting", StringComparison.Ordinal)
            .Replace("ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bert@mail.test\n", "", StringComparison.Ordinal);
        _all.Edit(Anna, "END:VEVENT\r\n", "END:VEVENT\r\n" + single);
        Assert.Contains("CANCEL bert@mail.test", _all.Sent);
        Assert.Contains("EXDATE:20260112T100000Z", _all[Bert], StringComparison.Ordinal);
        _all.Edit(Anna, "SUMMARY:Meeting\r\nORGANIZER", "SUMMARY:Talk\r\nORGANIZER");
        Assert.Contains("SUMMARY:Talk", _all[Bert], StringComparison.Ordinal);
        Assert.Contains("EXDATE:20260112T100000Z", _all[Bert], StringComparison.Ordinal);
    }

    [Fact] // RFC 5546 section 4.2.5
    public void An_attendee_sends_somebody_else()
    {
        const string Dora = "dora@mail.test";
        _all.Put(Anna, Once());
        _all.Edit(
            Bert,
            _all.Line(Bert, "ATTENDEE", Bert),
            "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:dora@mail.test\":mailto:bert@mail.test");
        Assert.Equal(["REPLY anna@mail.test", "REQUEST dora@mail.test"], _all.Sent);
        Assert.Equal("DELEGATED", _all.Statuses(Anna, Bert));
        Assert.Equal("NEEDS-ACTION", _all.Statuses(Anna, Dora));
        Assert.Contains("DELEGATED-FROM=\"mailto:bert@mail.test\"", _all.Line(Anna, "ATTENDEE", Dora), StringComparison.Ordinal);
        _all.Answer(Dora, "ACCEPTED");
        Assert.Equal("ACCEPTED", _all.Statuses(Anna, Dora));
        _all.Edit(Anna, "SUMMARY:Lunch", "SUMMARY:Brunch");
        Assert.Contains("SUMMARY:Brunch", _all[Dora], StringComparison.Ordinal);
    }

    [Fact]
    public void What_comes_too_late_or_from_a_stranger_changes_nothing()
    {
        _all.Put(Anna, Once());
        var late = _all.Messages.First(message => message.To == Bert);
        _all.Edit(Anna, "DTSTART:20260105T100000Z", "SEQUENCE:1\nDTSTART:20260105T103000Z");
        var known = _all[Bert];
        _all.Deliver(late);
        Assert.Equal(known, _all[Bert]);

        // Another organizer can not take the event over, nor can who was not asked answer, or cancel.
        var stolen = Parse(Once("SEQUENCE:9").Replace("CN=Anna:mailto:anna@mail.test", "CN=Eve:mailto:eve@x", StringComparison.Ordinal));
        foreach (var method in (string[])["REQUEST", "CANCEL"])
        {
            _all.Deliver(new ItipMessage(method, "eve@x", Bert, ItipMessage.Wrap(stolen, method, stolen.Components)));
        }

        Assert.Equal(known, _all[Bert]);
        var organizer = _all[Anna];
        var uninvited = Parse(Event("SEQUENCE:1", "ORGANIZER:mailto:anna@mail.test", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:eve@x"));
        _all.Deliver(new ItipMessage("REPLY", "eve@x", Anna, ItipMessage.Wrap(uninvited, "REPLY", uninvited.Components)));
        _all.Deliver(new ItipMessage("CANCEL", Bert, Anna, ItipMessage.Wrap(uninvited, "CANCEL", uninvited.Components)));
        Assert.Equal(organizer, _all[Anna]);

        // An answer to what was asked before the time changed.
        var old = Parse(Event("ORGANIZER:mailto:anna@mail.test", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bert@mail.test"));
        _all.Deliver(new ItipMessage("REPLY", Bert, Anna, ItipMessage.Wrap(old, "REPLY", old.Components)));
        Assert.Equal(organizer, _all[Anna]);
    }

    [Fact]
    public void Who_says_to_delegate_brings_an_event_but_changes_none()
    {
        _all.Put(Anna, Once());
        var (known, forged) = (_all[Bert], Parse(Once("SEQUENCE:9").Replace("SUMMARY:Lunch", "SUMMARY:Forged", StringComparison.Ordinal)));
        _all.Deliver(new ItipMessage("REQUEST", Carla, Bert, ItipMessage.Wrap(forged, "REQUEST", forged.Components)));
        Assert.Equal(known, _all[Bert]);
    }

    [Fact]
    public void Hostile_rules_and_messages_are_worked_at_for_a_bounded_time()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        _all.Put(Anna, Weekly().Replace("WEEKLY;COUNT=5", "SECONDLY;BYMONTH=2;BYMONTHDAY=30", StringComparison.Ordinal));
        var days = string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"20260105T{i / 3600:00}{i / 60 % 60:00}{i % 60:00}Z"));
        _all.Edit(Anna, "RRULE", $"EXDATE:{days}\nRRULE");
        _all.Edit(Bert, "RRULE", $"EXDATE:{days.Replace("20260105", "20260106", StringComparison.Ordinal)}\nRRULE");
        var many = Parse(string.Concat(Enumerable.Range(0, SchedulingObject.InstancesMax + 1).Select(i => Event(
            $"RECURRENCE-ID:2027{i / 28 % 12 + 1:00}{i % 28 + 1:00}T0{i / 336}0000Z", "DTSTART:20260112T100000Z",
            "ORGANIZER:mailto:anna@mail.test", "ATTENDEE:mailto:bert@mail.test"))));
        var before = _all[Bert];
        _all.Deliver(new ItipMessage("CANCEL", Anna, Bert, ItipMessage.Wrap(many, "CANCEL", many.Components)));
        Assert.Equal(before, _all[Bert]);
        Assert.True(clock.Elapsed < TimeSpan.FromMinutes(2), clock.Elapsed.ToString()); // Some seconds; tests run beside each other.
    }

    [Theory] // RFC 5546 section 3.2.7: a person decides; then the organizer reschedules.
    [InlineData("COUNTER")]
    [InlineData("DECLINECOUNTER")]
    [InlineData("REFRESH")]
    [InlineData("PUBLISH")]
    public void What_a_person_has_to_decide_changes_nothing(string method)
    {
        _all.Put(Anna, Once());
        var (mine, theirs) = (_all[Anna], _all[Bert]);
        var proposal = Parse(Once().Replace("T100000Z", "T150000Z", StringComparison.Ordinal));
        _all.Deliver(new ItipMessage(method, Bert, Anna, ItipMessage.Wrap(proposal, method, proposal.Components)));
        _all.Deliver(new ItipMessage(method, Anna, Bert, ItipMessage.Wrap(proposal, method, proposal.Components)));
        Assert.Equal((mine, theirs), (_all[Anna], _all[Bert]));
    }

    [Fact] // RFC 6638 section 7
    public void The_server_stays_out_of_what_the_client_does_and_sends_again_when_asked()
    {
        _all.Put(Anna, Once().Replace("RSVP=TRUE:mailto:bert", "SCHEDULE-AGENT=CLIENT:mailto:bert", StringComparison.Ordinal));
        Assert.Equal(["REQUEST carla@else.test"], _all.Sent);
        Assert.DoesNotContain("SCHEDULE-", _all[Carla], StringComparison.Ordinal);
        _all.Edit(Anna, "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:MAILTO", "ATTENDEE;SCHEDULE-FORCE-SEND=REQUEST:MAILTO");
        Assert.Equal(["REQUEST carla@else.test"], _all.Sent);
        _all.Edit(Carla, _all.Line(Carla, "ATTENDEE", Carla), "ATTENDEE;SCHEDULE-FORCE-SEND=REPLY:MAILTO:Carla@else.test");
        Assert.Equal(["REPLY anna@mail.test"], _all.Sent);
        _all.Edit(Carla, "ORGANIZER;CN=Anna:", "ORGANIZER;SCHEDULE-AGENT=NONE:");
        _all.Put(Carla, null);
        Assert.Empty(_all.Sent);
    }

    [Fact]
    public void Zones_go_with_what_needs_them()
    {
        const string Zone = "BEGIN:VTIMEZONE\nTZID:Own\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0200\n"
            + "END:STANDARD\nEND:VTIMEZONE\nBEGIN:VTIMEZONE\nTZID:Unused\nEND:VTIMEZONE\n";
        _all.Put(Anna, Zone + Weekly().Replace("DTSTART:20260105T100000Z", "DTSTART;TZID=Own:20260105T100000", StringComparison.Ordinal)
            .Replace("DTEND:20260105T110000Z", "DURATION:PT1H", StringComparison.Ordinal));
        Assert.Contains("TZID:Own", _all[Bert], StringComparison.Ordinal);
        Assert.DoesNotContain("Unused", _all[Bert], StringComparison.Ordinal);
        _all.Edit(Bert, "RRULE", "EXDATE;TZID=Own:20260112T100000\nRRULE");
        Assert.Contains("RECURRENCE-ID;TZID=Own:20260112T100000", _all[Anna], StringComparison.Ordinal);
        Assert.Equal("NEEDS-ACTION DECLINED", _all.Statuses(Anna, Bert));
    }

    [Fact]
    public void Events_without_organizer_or_attendees_tell_nobody()
    {
        _all.Put(Anna, Event("DTSTART:20260105T100000Z", "ATTENDEE:mailto:bert@mail.test"));
        Assert.Empty(_all.Sent);
        _all.Put(Anna, Event("DTSTART:20260105T100000Z", "ORGANIZER:mailto:anna@mail.test"));
        Assert.Empty(_all.Sent);
    }
}
