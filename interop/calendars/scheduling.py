"""Two people of one server invite each other by python3-caldav: its scheduling calls, as its documentation shows them."""
import os
import sys

import caldav

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mailtest import Report

report = Report("calendars")
url = f"http://{os.environ['HOST']}:{os.environ['HTTP_PORT']}/"
boss_address, guest_address = os.environ["ACCOUNT"], os.environ["ACCOUNT2"]
boss_client = caldav.DAVClient(url, username=boss_address, password=os.environ["PASSWORD"])
guest_client = caldav.DAVClient(url, username=guest_address, password=os.environ["PASSWORD2"])
boss, guest = boss_client.principal(), guest_client.principal()
report.same("caldav: finds its own address", f"mailto:{boss_address}", boss.calendar_user_address_set()[0])
report.run("caldav: says that the server schedules", lambda: boss_client.check_scheduling_support())


def calendar(principal):
    return next(one for one in principal.calendars() if one.url.path.endswith("/calendar/"))


EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//interop//EN
BEGIN:VEVENT
UID:scheduled-by-caldav
DTSTAMP:20260101T000000Z
DTSTART:20260801T100000Z
DTEND:20260801T110000Z
SUMMARY:Planung
END:VEVENT
END:VCALENDAR
"""
calendar(boss).save_with_invites(EVENT, [boss, f"mailto:{guest_address}"])


def status(principal, uid="scheduled-by-caldav"):
    event = calendar(principal).event_by_uid(uid)
    lines = event.icalendar_component["attendee"]
    for line in lines if isinstance(lines, list) else [lines]:
        if str(line).lower().endswith(guest_address):
            return str(line.params.get("PARTSTAT", "NEEDS-ACTION"))
    return None


report.same("caldav: the guest has the event at once", "NEEDS-ACTION", status(guest))
inbox = list(guest.schedule_inbox().get_items())
requests = [item for item in inbox if item.is_invite_request()]
report.same("caldav: an invitation is in the inbox", 1, len(requests))
requests[0].accept_invite()
requests[0].delete()
report.same("caldav: the organizer has the answer", "ACCEPTED", status(boss))
replies = [item for item in boss.schedule_inbox().get_items() if "METHOD:REPLY" in item.data]
report.same("caldav: and a reply in the inbox", 1, len(replies))
report.same("caldav: the guest has what was answered", "ACCEPTED", status(guest))

# Its freebusy_request() asks as it should, but does not read the answer (a schedule-response, RFC 6638 section 10.1).
QUESTION = f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//interop//EN
METHOD:REQUEST
BEGIN:VFREEBUSY
UID:question
DTSTAMP:20260101T000000Z
DTSTART:20260801T000000Z
DTEND:20260802T000000Z
ORGANIZER:mailto:{boss_address}
ATTENDEE:mailto:{guest_address}
END:VFREEBUSY
END:VCALENDAR
"""
busy = boss_client.post(boss.schedule_outbox().url, QUESTION, headers={"Content-Type": "text/calendar; charset=utf-8"}).raw
report.check("caldav: the guest is busy then", "20260801T100000Z/20260801T110000Z" in str(busy), busy)

event = calendar(boss).event_by_uid("scheduled-by-caldav")
event.delete()
found = calendar(guest).event_by_uid("scheduled-by-caldav")
report.check("caldav: what the organizer removes is cancelled", "STATUS:CANCELLED" in found.data, found.data)
print(f"{report.passed} passed, {report.failed} failed")
