#!/usr/bin/env python3
"""What the calendars benchmark asks of a server.

usage: load.py fill calendars|contacts HOME USER PASSWORD put|whole|files   the collections that are asked later, by many PUTs, by one, or empty
       load.py write calendars|contacts FOLDER                              what is in them as files, for a store that is one: FOLDER/NAME/*
       load.py measure calendars|contacts HOME USER PASSWORD                prints key=value words; what is answered wrongly is left out

HOME is the URL of a calendar home or address book home. LARGE, LISTED and SMALL are how many objects the collections have.
"""
import base64
import datetime
import http.client
import os
import random
import re
import sys
import time
import urllib.parse

LARGE, LISTED, SMALL = (int(os.environ.get(name, usual)) for name, usual in (("LARGE", "10000"), ("LISTED", "5000"), ("SMALL", "1000")))
SERIES = LARGE // 20
ROUNDS = 3
DAY = datetime.datetime(2020, 1, 1)
CHANGES = 10


def event(number, collection, series=False, note=""):
    """Times over ten years, in a zone that a VTIMEZONE describes, as clients write them; every twentieth repeats for ever."""
    random_ = random.Random(number)
    start = DAY + datetime.timedelta(minutes=15 * random_.randint(0, 4 * 24 * 3652))
    rule = random_.choice(["FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY"])
    return "\r\n".join([
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//bench//EN", *ZONE,
        "BEGIN:VEVENT", f"UID:{name_of(number, collection)}", "DTSTAMP:20200101T000000Z", "CREATED:20200101T000000Z",
        f"DTSTART;TZID=Europe/Rome:{start:%Y%m%dT%H%M%S}", f"DTEND;TZID=Europe/Rome:{start + datetime.timedelta(hours=1):%Y%m%dT%H%M%S}",
        *([f"RRULE:{rule}"] if series else []),
        f"SUMMARY:Meeting {number} {note}", f"LOCATION:Room {number % 40}", f"DESCRIPTION:{'What is to be said. ' * (number % 5)}",
        "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "DESCRIPTION:soon", "END:VALARM", "END:VEVENT", "END:VCALENDAR", ""])


ZONE = ["BEGIN:VTIMEZONE", "TZID:Europe/Rome", "BEGIN:DAYLIGHT", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "TZNAME:CEST",
        "DTSTART:19700329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "END:DAYLIGHT", "BEGIN:STANDARD", "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100", "TZNAME:CET", "DTSTART:19701025T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "END:STANDARD",
        "END:VTIMEZONE"]


def card(number, collection, _=False, note=""):
    return "\r\n".join([
        "BEGIN:VCARD", "VERSION:3.0", f"UID:{name_of(number, collection)}", f"FN:Person {number} {note}", f"N:Surname{number};Person;;;",
        f"EMAIL;TYPE=HOME:p{number}@example.org", f"EMAIL;TYPE=WORK:p{number}@work.example.com", f"TEL;TYPE=CELL:+39 333 {number:06}",
        f"ADR;TYPE=HOME:;;Via {number};Roma;;00100;Italia", f"NOTE:{'What is to be known. ' * (number % 5)}", "END:VCARD", ""])


def name_of(number, collection):
    """A UID is in one calendar of an account alone."""
    return f"{random.Random(f'{collection} {number}').getrandbits(64):016x}-{number:05}"


class Kind:
    def __init__(self, kind):
        self.contacts = kind == "contacts"
        self.make, self.extension = (card, ".vcf") if self.contacts else (event, ".ics")
        self.type = "text/vcard" if self.contacts else "text/calendar"
        self.space = "urn:ietf:params:xml:ns:" + ("carddav" if self.contacts else "caldav")
        self.data = "address-data" if self.contacts else "calendar-data"

    def objects(self, collection):
        count = {"large": LARGE, "listed": LISTED}.get(collection, SMALL)
        return ((name_of(number, collection) + self.extension, self.make(number, collection, collection == "large" and number < SERIES))
                for number in range(count))

    def whole(self, collection):
        texts = [text for _, text in self.objects(collection)]
        if self.contacts:
            return "".join(texts)
        events = "".join(text[text.index("BEGIN:VEVENT"):text.index("END:VCALENDAR")] for text in texts)
        return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//bench//EN", *ZONE, events + "END:VCALENDAR", ""])


class Client:
    def __init__(self, home, user, password):
        parts = urllib.parse.urlsplit(home)
        self.path, self.connection = parts.path, http.client.HTTPConnection(parts.hostname, parts.port, timeout=900)
        self.headers = {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}

    def ask(self, method, name, body=None, wanted=(200, 201, 204, 207), **headers):
        fields = {**self.headers, **{key.replace("_", "-"): value for key, value in headers.items()}}
        self.connection.request(method, self.path + name, body.encode() if body else None, fields)
        response = self.connection.getresponse()
        text = response.read()
        if response.status not in wanted:
            raise Wrong(f"{method} {name}: {response.status} {text[:300]}")
        return text


def make(client, kind, collection):
    client.ask("DELETE", f"{collection}/", wanted=(200, 204, 404))
    if kind.contacts:
        client.ask("MKCOL", f"{collection}/", '<mkcol xmlns="DAV:"><set><prop><resourcetype><collection/>'
                   f'<c:addressbook xmlns:c="{kind.space}"/></resourcetype></prop></set></mkcol>', Content_Type="application/xml")
    else:
        client.ask("MKCALENDAR", f"{collection}/")


def put(client, kind, collection, name, text):
    client.ask("PUT", f"{collection}/{name}", text, Content_Type=kind.type + "; charset=utf-8")


def fill(kind, home, user, password, how):
    client = Client(home, user, password)
    for collection in ("large", "listed", "small"):
        make(client, kind, collection)
        if how == "put":
            for name, text in kind.objects(collection):
                put(client, kind, collection, name, text)
        elif how == "whole":
            client.ask("PUT", f"{collection}/", kind.whole(collection), Content_Type=kind.type + "; charset=utf-8")


def write(kind, folder):
    for collection in ("large", "listed", "small"):
        for name, text in kind.objects(collection):
            with open(f"{folder}/{collection}/{name}", "w", newline="") as file:
                file.write(text)


def timed(work):
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def members(text):
    return [href for href in re.findall(rb"<[^<>]*href[^<>]*>([^<]*)</", text) if href.endswith((b".ics", b".vcf"))]


class Wrong(Exception):
    """A server that answers wrongly is not timed."""


def best(work, least, most=None):
    """Milliseconds of the best of some, or of the first if that took seconds; the answer must name so many members."""
    times = []
    while len(times) < ROUNDS and not (times and times[0] > 2000):
        took, text = timed(work)
        found = len(set(members(text)))
        if not least <= found <= (most or least):
            raise Wrong(f"{found} members instead of {least}")
        times.append(took * 1000)
    return min(times)


def token_of(text):
    return re.search(rb"<[^<>]*sync-token[^<>]*>\s*([^<]*?)\s*</", text)[1].decode()


def sync(client, kind, collection):
    """The best of some: ten members change, and the report of what changed since is timed."""
    def ask(token):
        return client.ask("REPORT", f"{collection}/", f'<sync-collection xmlns="DAV:"><sync-token>{token}</sync-token><sync-level>1</sync-level>'
                          "<prop><getetag/></prop></sync-collection>", Depth="0", Content_Type="application/xml")
    times, token = [], token_of(ask(""))
    for turn in range(ROUNDS):
        for number in range(CHANGES):
            text = kind.make(SERIES + number, collection, note=f"changed {time.time()} {turn}")
            put(client, kind, collection, name_of(SERIES + number, collection) + kind.extension, text)
        took, text = timed(lambda: ask(token))
        if len(members(text)) != CHANGES:
            raise Wrong(f"{len(members(text))} members changed, not {CHANGES}")
        times.append(took * 1000)
        token = token_of(text)
    return min(times)


def measure(kind, home, user, password):
    client, report = Client(home, user, password), {"Depth": "1", "Content_Type": "application/xml"}
    opening = f'xmlns="DAV:" xmlns:c="{kind.space}"><prop><getetag/>'

    def puts():
        make(client, kind, "fresh")
        objects = list(kind.objects("fresh"))
        took, _ = timed(lambda: [put(client, kind, "fresh", name, text) for name, text in objects])
        client.ask("DELETE", "fresh/", wanted=(200, 204))
        return len(objects) / took

    def multiget():
        hrefs = "".join(f"<href>{client.path}small/{name}</href>" for name, _ in kind.objects("small"))
        name = "addressbook-multiget" if kind.contacts else "calendar-multiget"
        ask = f"<c:{name} {opening}<c:{kind.data}/></prop>{hrefs}</c:{name}>"
        return best(lambda: client.ask("REPORT", "small/", ask, **report), SMALL)

    def query(data):
        if kind.contacts:
            name, filter_ = "addressbook-query", '<c:prop-filter name="FN"><c:text-match match-type="contains">son 99</c:text-match></c:prop-filter>'
            least = most = sum(str(number).startswith("99") for number in range(LARGE))
        else:
            name, filter_ = "calendar-query", ('<c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:time-range '
                                               'start="20260301T000000Z" end="20260401T000000Z"/></c:comp-filter></c:comp-filter>')
            least, most = SERIES // 2, LARGE // 10  # At least the weekly series.
        ask = f"<c:{name} {opening}{data}</prop><c:filter>{filter_}</c:filter></c:{name}>"
        return best(lambda: client.ask("REPORT", "large/", ask, **report), least, most)

    def propfind():
        ask = '<propfind xmlns="DAV:"><prop><getetag/><resourcetype/><getcontenttype/></prop></propfind>'
        return best(lambda: client.ask("PROPFIND", "listed/", ask, **report), LISTED)

    figures = {"put_per_s": puts, "multiget_ms": multiget, "query_ms": lambda: query(""), "query_data_ms": lambda: query(f"<c:{kind.data}/>"),
               "sync_ms": lambda: sync(client, kind, "large"), "sync_small_ms": lambda: sync(client, kind, "small"), "propfind_ms": propfind}
    for word, figure in figures.items():
        try:
            print(f"{word}={figure():.2f}", end=" ")
        except Wrong as error:
            print(f"load.py: {word}: {error}", file=sys.stderr)
    print()


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    {"fill": fill, "write": write, "measure": measure}[sys.argv[1]](Kind(sys.argv[2]), *sys.argv[3:])
