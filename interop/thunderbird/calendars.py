#!/usr/bin/env python3
"""Thunderbird finds calendars, task lists and address books, and changes what is in them, as another client does. See README.md.

usage: calendars.py SCRATCH
"""
import base64
import os
import socket
import ssl
import sys
import time
import urllib.error
import urllib.request

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "lib")]
import mailtest as mt  # noqa: E402
from marionette import Thunderbird  # noqa: E402

PRELUDE = """
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const { cal } = ChromeUtils.importESModule("resource:///modules/calendar/calUtils.sys.mjs");
const { CalEvent } = ChromeUtils.importESModule("resource:///modules/CalEvent.sys.mjs");
const { CalTodo } = ChromeUtils.importESModule("resource:///modules/CalTodo.sys.mjs");
const { CardDAVUtils } = ChromeUtils.importESModule("resource:///modules/CardDAVUtils.sys.mjs");
const { CardDAVDirectory } = ChromeUtils.importESModule("resource:///modules/CardDAVDirectory.sys.mjs");
const { VCardUtils } = ChromeUtils.importESModule("resource:///modules/VCardUtils.sys.mjs");
const wait = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));
const until = async (isSo, seconds = 20) => {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await wait(50)) if (await isSo()) return true;
    return false;
};
const calendar = name => cal.manager.getCalendars().find(one => one.type === "caldav" && one.name === name);
const book = () => CardDAVDirectory.forFile(
    MailServices.ab.directories.find(one => one.dirType === Ci.nsIAbManager.CARDDAV_DIRECTORY_TYPE).fileName);
const cards = () => book().childCards;
"""

TRUST = """
const [host, port, der] = args;
const certificate = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).constructX509FromBase64(der);
Cc["@mozilla.org/security/certoverride;1"].getService(Ci.nsICertOverrideService).rememberValidityOverride(host, port, {}, certificate, false);
"""

FIND_CALENDARS = """
const [origin, user, password] = args;
const found = [...(await cal.provider.detection.detect(user, password, origin, true, [], {})).values()].flat();
for (const one of found) {
    one.setProperty("cache.enabled", true);
    cal.manager.registerCalendar(one);
}
return found.map(one => one.name).sort();
"""

FIND_BOOKS = """
const [origin, user, password] = args;
const found = await CardDAVUtils.detectAddressBooks(user, password, origin, false, true);
for (const one of found) one.create();
return found.map(one => one.name).sort();
"""

EVENT = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//interop//EN\r
BEGIN:VEVENT\r
UID:{uid}\r
DTSTAMP:20260101T000000Z\r
DTSTART;TZID=Europe/Berlin:20260105T100000\r
DTEND;TZID=Europe/Berlin:20260105T110000\r
RRULE:FREQ=WEEKLY;COUNT=4\r
SUMMARY:{summary}\r
X-KEEP;X-PARAM=1:as it was\r
END:VEVENT\r
END:VCALENDAR\r
"""

CARD = "BEGIN:VCARD\r\nVERSION:{version}\r\nUID:{uid}\r\nFN:{name}\r\nN:;{name};;;\r\nX-KEEP:as it was\r\nEND:VCARD\r\n"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Device:
    """Another device of the account: plain requests."""

    def __init__(self, settings):
        self.root = f"http://{settings.host}:{os.environ['HTTP_PORT']}/dav/"
        self.user = settings.account
        self.login = "Basic " + base64.b64encode(f"{settings.account}:{settings.password}".encode()).decode()

    def ask(self, method, path, body=None, **headers):
        """The body of the answer; None: there is nothing."""
        request = urllib.request.Request(self.root + path.replace("~", self.user), body and body.encode(), method=method)
        for name, value in dict(headers, Authorization=self.login).items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def all(self, path):
        """A whole collection, unfolded."""
        return self.ask("GET", path).replace("\r\n ", "")

    def shows(self, path, text, is_so=True):
        """Whether a collection comes to have a text, or not to have it any more."""
        for _ in range(100):
            if (text in self.all(path)) == is_so:
                return True
            time.sleep(0.1)
        return False


def main():
    scratch, = sys.argv[1:]
    settings, report = mt.Settings(), mt.Report("thunderbird")
    host, port = os.environ.get("TLS_NAME", "localhost"), int(os.environ["HTTPS_PORT"])
    der = base64.b64encode(ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((settings.host, port)))).decode()
    other = Device(settings)
    events, tasks, contacts = "calendars/~/calendar/", "calendars/~/tasks/", "addressbooks/~/contacts/"
    other.ask("PUT", events + "there.ics", EVENT.format(uid="there", summary="Already there"), Content_Type="text/calendar")
    for version in ("3.0", "4.0"):
        other.ask("PUT", f"{contacts}there{version[0]}.vcf", CARD.format(version=version, uid=f"there{version[0]}", name=f"Ärger {version}"),
                  Content_Type="text/vcard")
    bird = Thunderbird(f"{scratch}/calendars", free_port())

    def run(script, *arguments):
        return bird.run(PRELUDE + script, *arguments)

    def has(name, uid, text, *more):
        return run("""
            const [name, uid, text, isSo] = args, one = calendar(name);
            one.refresh();
            return until(async () => ((await one.getItem(uid))?.icalString ?? "").includes(text) === isSo);""", name, uid, text, *(more or (True,)))

    def has_card(text, is_so=True):
        return run("""
            const [text, isSo] = args;
            await book().syncWithServer();
            return until(() => cards().some(card => card.getProperty("_vCard", "").includes(text)) === isSo);""", text, is_so)

    login = (f"https://{host}:{port}", settings.account, settings.password)
    try:
        run(TRUST, host, port, der)
        report.same("finds the calendars from the bare host name", ["Calendar", "Tasks"], run(FIND_CALENDARS, *login))
        report.check("reads what is there", has("Calendar", "there", "Already there"))
        run("""
            await calendar("Calendar").addItem(new CalEvent(args[0]));
            const task = new CalTodo();
            [task.id, task.title] = ["task", "Müll"];
            await calendar("Tasks").addItem(task);""", EVENT.format(uid="made", summary="Made by bird"))
        report.check("makes an event", other.shows(events, "SUMMARY:Made by bird"))
        report.check("makes a task", other.shows(tasks, "SUMMARY:Müll"))
        run("""
            const one = calendar("Calendar"), series = await one.getItem("there"), changed = series.clone();
            const third = series.recurrenceInfo.getNextOccurrence(series.recurrenceInfo.getNextOccurrence(series.startDate).startDate).clone();
            third.title = "Third time";
            changed.recurrenceInfo.modifyException(third, true);
            await one.modifyItem(changed, series);""")
        report.check("changes one instance of a series", other.shows(events, "SUMMARY:Third time"))
        text = other.all(events)
        report.check("and loses nothing of it", text.count("RECURRENCE-ID") == 1 and "X-KEEP;X-PARAM=1:as it was" in text
                     and "RRULE:FREQ=WEEKLY;COUNT=4" in text, text)

        other.ask("PUT", events + "there.ics", EVENT.format(uid="there", summary="By another"), Content_Type="text/calendar")
        other.ask("PUT", events + "new.ics", EVENT.format(uid="new", summary="Also new"), Content_Type="text/calendar")
        report.check("hears of a change", has("Calendar", "there", "By another"))
        report.check("hears of a new event", has("Calendar", "new", "Also new"))
        run('const one = calendar("Calendar"); await one.deleteItem(await one.getItem("made"));')
        report.check("deletes", other.shows(events, "Made by bird", False))
        other.ask("DELETE", events + "new.ics")
        report.check("hears of a deletion", has("Calendar", "new", "UID:new", False))

        report.same("finds the address book", ["Contacts"], run(FIND_BOOKS, *login))
        report.check("reads the contacts", has_card("Ärger 3.0") and has_card("Ärger 4.0"))
        run("book().addCard(VCardUtils.vCardToAbCard(args[0]), false);", CARD.format(version="4.0", uid="bird", name="Bird"))
        report.check("makes a contact", other.shows(contacts, "FN:Bird"))
        run("""
            const card = cards().find(one => one.UID === "there3");
            card.vCardProperties.addValue("note", "Noted");
            book().modifyCard(card);""")
        report.check("changes one", other.shows(contacts, "NOTE:Noted"))
        report.same("and loses nothing of it", 3, other.all(contacts).count("X-KEEP:as it was"))
        other.ask("PUT", contacts + "there4.vcf", CARD.format(version="4.0", uid="there4", name="Ändern"), Content_Type="text/vcard")
        report.check("hears of a changed contact", has_card("Ändern") and has_card("Ärger 4.0", False))
        run('book().deleteCards(cards().filter(one => one.UID === "bird"));')
        report.check("deletes a contact", other.shows(contacts, "FN:Bird", False))
    finally:
        bird.close()

    # Again with what it has: by the sync-tokens that it kept.
    other.ask("DELETE", events + "there.ics")
    other.ask("DELETE", contacts + "there4.vcf")
    other.ask("PUT", events + "late.ics", EVENT.format(uid="late", summary="Late"), Content_Type="text/calendar")
    bird = Thunderbird(f"{scratch}/calendars", free_port())
    try:
        run(TRUST, host, port, der)
        report.check("comes back and hears what came and went", has("Calendar", "late", "Late") and has("Calendar", "there", "UID", False))
        report.check("and which contact went", has_card("Ändern", False) and has_card("Noted"))
    finally:
        bird.close()
    report.finish()


if __name__ == "__main__":
    main()
