"""An owner of a calendar here and Carla, who has mail elsewhere: what each gets of the other's invitations."""
import base64
import email
import email.policy
import http.client
import os
import smtplib
import sys
import time
from email.message import EmailMessage

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mailtest import Report

report = Report("scheduling")
OWNER, CARLA, DORA = os.environ["ACCOUNT"], "carla@postfix.example", "dora@postfix.example"
HOME = f"/dav/calendars/{OWNER}/"
seen = set()


def dav(method, path, body="", **headers):
    connection = http.client.HTTPConnection(os.environ["HOST"], int(os.environ["HTTP_PORT"]), timeout=30)
    login = base64.b64encode(f"{OWNER}:{os.environ['PASSWORD']}".encode()).decode()
    connection.request(method, path, body.encode(), {"Authorization": f"Basic {login}", **headers})
    reply = connection.getresponse()
    return reply.status, reply.read().decode().replace("\r\n ", "").replace("\r\n", "\n")


def until(question, seconds=30):
    end = time.time() + seconds
    while time.time() < end:
        if answer := question():
            return answer
        time.sleep(0.2)
    return None


def next_mail(method):
    """The calendar of the next mail that Carla gets, unfolded."""
    def look():
        folder = os.path.join(os.environ["MAILDIR"], "new")
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            if name in seen:
                continue
            with open(os.path.join(folder, name), "rb") as file:
                mail = email.message_from_binary_file(file, policy=email.policy.default)
            for part in mail.walk():
                if part.get_content_type() == "text/calendar" and part.get_param("method") == method:
                    seen.add(name)
                    return part.get_content().replace("\r\n ", "").replace("\r\n", "\n")
        return None

    return until(look) or f"no mail with {method} came"


def send(method, calendar, sender=CARLA):
    """Carla's mail program writes, or her delegate's."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, OWNER, f"{method} for you"
    mail.set_content("For your calendar.")
    mail.add_alternative(calendar.replace("\n", "\r\n"), subtype="calendar", params={"method": method})
    with smtplib.SMTP("127.9.0.2", int(os.environ["MX_PORT"]), timeout=30) as smtp:
        smtp.send_message(mail)


def event(*lines, method=None):
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//interop//EN", *([f"METHOD:{method}"] if method else [])]
    return "\n".join([*head, "BEGIN:VEVENT", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT", "END:VCALENDAR", ""])


def line(text, name, user):
    return next((one for one in text.split("\n") if one.startswith(name) and one.lower().endswith(user)), f"no {name} of {user}: {text}")


def whole(text):
    """The component that has no RECURRENCE-ID."""
    return next((one for one in text.split("BEGIN:VEVENT")[1:] if "RECURRENCE-ID" not in one), text)


def status(path, user, wanted):
    return until(lambda: f"PARTSTAT={wanted}" in line(whole(dav("GET", path)[1]), "ATTENDEE", user))


# The owner invites Carla to a weekly meeting.
mine = HOME + "calendar/mine.ics"
PEOPLE = [f"ORGANIZER:mailto:{OWNER}", f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{OWNER}", f"ATTENDEE;RSVP=TRUE:mailto:{CARLA}"]
weekly = event("UID:mine", "DTSTART:20260803T100000Z", "DTEND:20260803T110000Z", "RRULE:FREQ=WEEKLY;COUNT=4", "SUMMARY:Größe", *PEOPLE)
report.same("an event with a person elsewhere is taken", 201, dav("PUT", mine, weekly)[0])
asked = next_mail("REQUEST")
report.check("Carla gets an invitation", "SUMMARY:Größe" in asked and "RRULE" in asked, asked)
report.check("without what is the server's own", "SCHEDULE-" not in asked, asked)
report.check("the event says that it was sent", "SCHEDULE-STATUS=1.1" in line(dav("GET", mine)[1], "ATTENDEE", CARLA))
send("REPLY", event("UID:mine", "DTSTART:20260803T100000Z", f"ORGANIZER:mailto:{OWNER}", f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{CARLA}", method="REPLY"))
report.check("her answer is in the calendar", status(mine, CARLA, "ACCEPTED"))

# One instance: Carla declines it, then the owner moves another.
send("REPLY", event("UID:mine", "RECURRENCE-ID:20260810T100000Z", "DTSTART:20260810T100000Z", f"ORGANIZER:mailto:{OWNER}",
                    f"ATTENDEE;PARTSTAT=DECLINED:mailto:{CARLA}", method="REPLY"))
report.check("she declines one instance", until(lambda: "PARTSTAT=DECLINED" in dav("GET", mine)[1]))
report.check("and not the others", status(mine, CARLA, "ACCEPTED"))
text = dav("GET", mine)[1]
moved = event("UID:mine", "RECURRENCE-ID:20260817T100000Z", "DTSTART:20260817T140000Z", "DTEND:20260817T150000Z", "SUMMARY:Größe", *PEOPLE)
moved = moved[moved.index("BEGIN:VEVENT"):moved.index("END:VCALENDAR")]
report.same("the owner moves one instance", 204, dav("PUT", mine, text.replace("END:VCALENDAR", moved + "END:VCALENDAR"))[0])
asked = next_mail("REQUEST")
report.check("Carla hears of that one alone", "RECURRENCE-ID:20260817T100000Z" in asked and "RRULE" not in asked, asked)

# The owner takes one out; Carla sends somebody else, who answers, and declines what is left.
text = dav("GET", mine)[1]
dav("PUT", mine, text.replace("RRULE:", "EXDATE:20260824T100000Z\nRRULE:"))
told = next_mail("CANCEL")
report.check("one instance is cancelled alone", "RECURRENCE-ID:20260824T100000Z" in told and "RRULE" not in told, told)
send("REPLY", event("UID:mine", "DTSTART:20260803T100000Z", f"ORGANIZER:mailto:{OWNER}",
                    f"ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:{DORA}\":mailto:{CARLA}",
                    f"ATTENDEE;DELEGATED-FROM=\"mailto:{CARLA}\":mailto:{DORA}", method="REPLY"))
report.check("she sends somebody else", until(lambda: "DELEGATED-FROM" in line(dav("GET", mine)[1], "ATTENDEE", DORA)))
send("REPLY", event("UID:mine", "DTSTART:20260803T100000Z", f"ORGANIZER:mailto:{OWNER}", f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{DORA}",
                    method="REPLY"), sender=DORA)
report.check("who accepts", status(mine, DORA, "ACCEPTED"))
send("REPLY", event("UID:mine", "DTSTART:20260803T100000Z", f"ORGANIZER:mailto:{OWNER}", f"ATTENDEE;PARTSTAT=DECLINED:mailto:{CARLA}",
                    method="REPLY"))
report.check("she declines", status(mine, CARLA, "DECLINED"))

# A counter-proposal is for the owner to decide, who then changes the time of all.
before = dav("GET", mine)[1]
send("COUNTER", event("UID:mine", "DTSTART:20260803T120000Z", "DTEND:20260803T130000Z", f"ORGANIZER:mailto:{OWNER}",
                      f"ATTENDEE;PARTSTAT=TENTATIVE:mailto:{CARLA}", method="COUNTER"))


def counter():
    found = dav("PROPFIND", HOME + "inbox/", Depth="1")[1]
    hrefs = [one.split("</D:href>")[0] for one in found.split("<D:href>")[1:]]
    return any("METHOD:COUNTER" in dav("GET", href)[1] for href in hrefs if href.endswith(".ics"))


report.check("a counter-proposal waits in the inbox", until(counter))
report.same("and changes nothing by itself", before, dav("GET", mine)[1])
later = before.replace("DTSTART:20260803T100000Z\n", "SEQUENCE:1\nDTSTART:20260803T120000Z\n").replace("DTEND:20260803T11", "DTEND:20260803T13")
dav("PUT", mine, later)
report.check("the new time asks Carla again", "DTSTART:20260803T120000Z" in (asked := next_mail("REQUEST")), asked)
report.check("whose answer is open again", "NEEDS-ACTION" in line(whole(dav("GET", mine)[1]), "ATTENDEE", CARLA))
dav("DELETE", mine)
report.check("a removed event is cancelled", "STATUS:CANCELLED" in (told := next_mail("CANCEL")), told)

# Carla invites the owner.
theirs = HOME + "calendar/theirs.ics"
invitation = ["UID:theirs", "DTSTART:20260901T100000Z", "DTEND:20260901T110000Z", "SUMMARY:Fête", f"ORGANIZER;CN=Carla:mailto:{CARLA}",
              f"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{OWNER}"]
send("REQUEST", event(*invitation, method="REQUEST"))
report.check("an invitation that comes by mail is in the calendar", until(lambda: "SUMMARY:Fête" in dav("GET", theirs)[1]))
text = dav("GET", theirs)[1]
report.same("the owner accepts", 204, dav("PUT", theirs, text.replace("NEEDS-ACTION", "ACCEPTED"))[0])
said = next_mail("REPLY")
report.check("Carla has the answer", "PARTSTAT=ACCEPTED" in line(said, "ATTENDEE", OWNER), said)
send("REQUEST", event(*[one.replace("T10", "T08") for one in invitation], "SEQUENCE:1", method="REQUEST"))
report.check("she moves it", until(lambda: "DTSTART:20260901T080000Z" in dav("GET", theirs)[1]))
report.check("which asks the owner again", "NEEDS-ACTION" in line(dav("GET", theirs)[1], "ATTENDEE", OWNER))
text = dav("GET", theirs)[1]
delegate = os.environ["ACCOUNT2"]
answer = f"ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:{delegate}\":mailto:{OWNER}"
report.same("the owner sends somebody else", 204, dav("PUT", theirs, text.replace(line(text, "ATTENDEE", OWNER), answer))[0])
said = next_mail("REPLY")
report.check("Carla hears whom", f"DELEGATED-TO=\"mailto:{delegate}\"" in said, said)
send("CANCEL", event(*invitation, "SEQUENCE:2", "STATUS:CANCELLED", method="CANCEL"))
report.check("she cancels it", until(lambda: "STATUS:CANCELLED" in dav("GET", theirs)[1]))
# One instance of a series of hers, which the owner declines.
series = HOME + "calendar/series.ics"
weekly = [one.replace("UID:theirs", "UID:series") for one in invitation]
send("REQUEST", event(*weekly, "RRULE:FREQ=WEEKLY;COUNT=4", method="REQUEST"))
report.check("a series of hers is in the calendar", until(lambda: "RRULE" in dav("GET", series)[1]))
single = [one.replace("DTSTART:20260901T10", "DTSTART:20260908T15").replace("DTEND:20260901T11", "DTEND:20260908T16") for one in weekly]
send("REQUEST", event(*single, "RECURRENCE-ID:20260908T100000Z", "SEQUENCE:1", method="REQUEST"))
report.check("she moves one of them", until(lambda: "DTSTART:20260908T150000Z" in dav("GET", series)[1]))
report.check("and not the others", "DTSTART:20260901T100000Z" in dav("GET", series)[1])
gone = [one.replace("20260901", "20260915") for one in weekly]
send("CANCEL", event(*gone, "RECURRENCE-ID:20260915T100000Z", "SEQUENCE:1", "STATUS:CANCELLED", method="CANCEL"))
report.check("she cancels one of them", until(lambda: "EXDATE:20260915T100000Z" in dav("GET", series)[1]))
text = dav("GET", series)[1]
report.same("what is hers to say is not the owner's", 403, dav("PUT", series, text.replace("SUMMARY:Fête", "SUMMARY:Other"))[0])
report.same("the owner declines all", 204, dav("PUT", series, text.replace("NEEDS-ACTION", "DECLINED"))[0])
said = next_mail("REPLY")
report.check("Carla hears that", "PARTSTAT=DECLINED" in line(said, "ATTENDEE", OWNER), said)
print(f"{report.passed} passed, {report.failed} failed")
