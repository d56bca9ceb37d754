#!/usr/bin/env python3
"""evolution-data-server's CalDAV and CardDAV back ends, as Evolution, GNOME Calendar and GNOME Contacts use them, without a desktop.

Needs a session bus and an unlocked key ring; run.sh has both.
"""
import os
import sys
import time
import urllib.request

import gi

for name, version in (("EDataServer", "1.2"), ("ECal", "2.0"), ("EBook", "1.2"), ("EBookContacts", "1.2"), ("ICalGLib", "3.0")):
    gi.require_version(name, version)
from gi.repository import EBook, EBookContacts, ECal, EDataServer, ICalGLib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mailtest import Report

report = Report("calendars")
HOST, PORT, USER, PASSWORD = os.environ["HOST"], int(os.environ["HTTP_PORT"]), os.environ["ACCOUNT"], os.environ["PASSWORD"]
SECONDS = 30


def check(name, good, reason=""):
    report.check(f"evolution: {name}", good, reason)


def eventually(holds):
    """The back ends work beside their callers."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.25)
    return False


def ask(method, path, body=None):
    manager = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    url = f"http://{HOST}:{PORT}{path}"
    manager.add_password(None, url, USER, PASSWORD)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(manager))
    with opener.open(urllib.request.Request(url, body.encode() if body else None, method=method)) as answer:
        return answer.read().decode()


def source(registry, backend, extension, path):
    made = EDataServer.Source.new(None, None)
    made.set_display_name(backend)
    made.set_parent(f"{backend}-stub")
    made.get_extension(extension).set_backend_name(backend)
    login = made.get_extension(EDataServer.SOURCE_EXTENSION_AUTHENTICATION)
    login.set_host(HOST)
    login.set_port(PORT)
    login.set_user(USER)
    login.set_method("plain/password")
    made.get_extension(EDataServer.SOURCE_EXTENSION_WEBDAV_BACKEND).set_resource_path(path)
    made.get_extension(EDataServer.SOURCE_EXTENSION_SECURITY).set_method("none")
    registry.commit_source_sync(made, None)
    eventually(lambda: registry.ref_source(made.get_uid()) is not None)
    stored = registry.ref_source(made.get_uid())
    stored.store_password_sync(PASSWORD, False, None)
    return stored


def event(uid, title):
    return (f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260301T100000Z\r\nDTEND:20260301T110000Z\r\n"
            f"SUMMARY:{title}\r\nEND:VEVENT\r\n")


def calendars(registry):
    path = f"/dav/calendars/{USER}/evolution/"
    ask("MKCALENDAR", path)
    client = ECal.Client.connect_sync(source(registry, "caldav", EDataServer.SOURCE_EXTENSION_CALENDAR, path), ECal.ClientSourceType.EVENTS, SECONDS, None)

    def titles():
        client.refresh_sync(None)
        return sorted(one.get_summary() for one in client.get_object_list_sync("#t", None)[1])

    client.create_object_sync(ICalGLib.Component.new_from_string(event("evolution-1", "Größe")), ECal.OperationFlags.NONE, None)
    check("makes an event", eventually(lambda: "SUMMARY:Größe" in ask("GET", path)), ask("GET", path))
    client.modify_object_sync(
        ICalGLib.Component.new_from_string(event("evolution-1", "changed")), ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)
    check("changes it", eventually(lambda: "SUMMARY:changed" in ask("GET", path)), ask("GET", path))
    ask("PUT", path + "other.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n" + event("other", "from elsewhere") + "END:VCALENDAR\r\n")
    check("hears of another's event", eventually(lambda: titles() == ["changed", "from elsewhere"]), titles())
    ask("DELETE", path + "other.ics")
    check("hears that it is gone", eventually(lambda: titles() == ["changed"]), titles())
    client.remove_object_sync("evolution-1", None, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)
    check("removes its own", eventually(lambda: "BEGIN:VEVENT" not in ask("GET", path)), ask("GET", path))


def contacts(registry):
    path = f"/dav/addressbooks/{USER}/contacts/"
    client = EBook.BookClient.connect_sync(source(registry, "carddav", EDataServer.SOURCE_EXTENSION_ADDRESS_BOOK, path), SECONDS, None)
    card = EBookContacts.Contact.new_from_vcard("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:evolution-card\r\nFN:Evo Lution\r\nN:Lution;Evo;;;\r\nEND:VCARD\r\n")
    client.add_contact_sync(card, EBookContacts.BookOperationFlags.NONE, None)
    check("makes a contact", eventually(lambda: "FN:Evo Lution" in ask("GET", path)))
    found = client.get_contacts_sync('(contains "full_name" "Evo")', None)[1]
    check("finds it", len(found) == 1, len(found))
    client.remove_contacts_sync([one.get_property("id") for one in found], EBookContacts.BookOperationFlags.NONE, None)
    check("removes it", eventually(lambda: "FN:Evo Lution" not in ask("GET", path)))


registry = EDataServer.SourceRegistry.new_sync(None)
calendars(registry)
contacts(registry)
report.finish()
