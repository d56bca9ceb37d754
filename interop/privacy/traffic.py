#!/usr/bin/env python3
"""A busy session whose every private word is known. usage: traffic.py MARKERS [--stay]

Writes the markers, one a line. The first account reads and changes mail; mail for the second waits in its dropbox, for it
never logs in. With --stay it then holds a session open until its standard input ends (the control: a vault that is open).
"""
import base64
import ftplib
import http.client
import io
import os
import poplib
import socket
import ssl
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import mailtest as mt  # noqa: E402

SUBJECT = "Quittenernte-Zwetschge"
SUBJECT_8BIT = "Übermütige Königskerze"
BODY = "Marillenknoedel-Rezept"
ATTACHED = "Sauerkirschkonfituere"
FOLDER, FOLDER_8BIT = "Ahornsirup-Projekte", "Schließfächer-日本語"
KEYWORD = "Holunderblueten-Etikett"
FILE_NAME = "Johannisbeergelee.bin"
CORRESPONDENT, COPY, ENVELOPE = "stachelbeere@korrespondent.example", "brombeere@zweitschrift.example", "umschlag-absender@rueckweg.example"
PERSON = "Mirabelle Heidelbeer"
GREETED = "heimlicher-rechner.korrespondent.example"
SEARCHED = "Preiselbeerschnaps"
MESSAGE_ID = "ganz-eigene-kennung-4711@korrespondent.example"
BIG_BYTES = 3 << 20
FILE, FILE_FOLDER, FILE_TEXT = "Walnusslikoer-Bilanz.ods", "Schlehenfeuer-Ordner", "Kornelkirschen-Inhalt"
EVENT, CALENDAR, PROPERTY = "Quittengelee-Verkostung", "Hagebutten-Kalender", "Vogelbeeren-Eigenschaft"
CONTACT, CONTACT_NOTE = "Apfelrose Felsenbirne", "Maulbeeren-Notiz"
FILTER_NAME, FILTER_WORD, FILTER_FOLDER = "Mispelmarmelade-Filter", "Zierquittenregel", "Felsenbirnen-Ablage"
FTP_FILE, FTP_TEXT = "Berberitzen-Scan.pdf", "Elsbeeren-Seiten"


def message(number):
    attached = base64.encodebytes((f"{ATTACHED} " * 200).encode()).replace(b"\n", b"\r\n")
    return (f"From: {PERSON} <{CORRESPONDENT}>\r\nTo: reader@mail.test\r\nCc: <{COPY}>\r\nSubject: {SUBJECT} {number}\r\n"
            f"Message-ID: <{number}.{MESSAGE_ID}>\r\nDate: Sat, 21 Nov 2026 01:02:03 +0000\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
            f"{BODY} {number}\r\n{SUBJECT_8BIT}\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
            f"Content-Disposition: attachment; filename={FILE_NAME}\r\n\r\n").encode() + attached + b"--b--\r\n"


def eight_bit():
    coded = base64.b64encode(SUBJECT_8BIT.encode()).decode()
    return (f"From: <{CORRESPONDENT}>\r\nSubject: =?utf-8?B?{coded}?=\r\n\r\n{BODY}\r\n").encode()


def deliver(settings, recipient, data, times=1):
    client = mt.smtp(settings)
    client.ehlo(GREETED)
    for _ in range(times):
        client.sendmail(ENVELOPE, [recipient], data)
    client.quit()


def read_and_change(settings):
    client = mt.imap(settings, "INBOX", secure=True)
    mt.done(client.fetch("1:*", "(FLAGS ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER] BODY[TEXT] RFC822.SIZE INTERNALDATE)"))
    for criteria in (f'SUBJECT "{SUBJECT}"', f'BODY "{BODY}"', f'TEXT "{SEARCHED}"', f'FROM "{CORRESPONDENT}"', f'HEADER Message-ID "{MESSAGE_ID}"'):
        mt.done(client.search(None, criteria))
    mt.done(client.store("1", "+FLAGS", f"(\\Flagged {KEYWORD})"))
    for folder in (FOLDER, FOLDER_8BIT):
        mt.done(client.create(mt.quote(folder)))
        mt.done(client.subscribe(mt.quote(folder)))
    mt.done(client.copy("1", mt.quote(FOLDER_8BIT)))
    mt.done(client.uid("MOVE", "2", mt.quote(FOLDER)))
    mt.append(client, FOLDER, message(100), "(\\Seen)")
    mt.append(client, "INBOX", eight_bit())
    mt.append(client, "Drafts", (f"Subject: {SUBJECT}\r\n\r\n" + f"{BODY} in a big message\r\n" * (BIG_BYTES // 40)).encode(), "(\\Draft)")
    mt.done(client.rename(mt.quote(FOLDER), mt.quote("Archive/" + SEARCHED)))
    mt.done(client.store("3", "+FLAGS", "(\\Deleted)"))
    mt.done(client.expunge())
    mt.done(client.list())
    return client


def over_http(settings, secure):
    """Files, an event, a contact; asked for in every way."""
    context = ssl._create_unverified_context()
    connection = (http.client.HTTPSConnection(settings.host, int(os.environ["HTTPS_PORT"]), context=context, timeout=60) if secure
                  else http.client.HTTPConnection(settings.host, int(os.environ["HTTP_PORT"]), timeout=60))
    login = base64.b64encode(f"{settings.account}:{settings.password}".encode()).decode()
    number = 2 if secure else 1

    def ask(method, path, body=None, **headers):
        connection.request(method, urllib.parse.quote(path), body if body is None else body.encode(),
                           {"Authorization": "Basic " + login, **headers})
        answer = connection.getresponse()
        data = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method}: {answer.status} {data[:200]!r}")

    files, calendars = f"/dav/files/{settings.account}", f"/dav/calendars/{settings.account}"
    contacts = f"/dav/addressbooks/{settings.account}/contacts"
    folder, calendar = f"{files}/{FILE_FOLDER}{number}", f"{calendars}/{CALENDAR}{number}"
    ask("MKCOL", folder + "/")
    ask("PUT", f"{folder}/{FILE}", f"{FILE_TEXT}\n" * 200)
    ask("PUT", f"{folder}/big{FILE}", f"{FILE_TEXT} in a big file\n" * (BIG_BYTES // 40))
    ask("GET", f"{folder}/big{FILE}")
    ask("PROPPATCH", f"{folder}/{FILE}", f"<propertyupdate xmlns='DAV:'><set><prop><x xmlns='urn:x'>{PROPERTY}</x></prop></set></propertyupdate>")
    ask("MOVE", f"{folder}/{FILE}", Destination=urllib.parse.quote(f"{folder}/{FILE}.old"))
    ask("PROPFIND", files + "/", Depth="infinity")
    ask("MKCALENDAR", calendar + "/", f"<C:mkcalendar xmlns:C='urn:ietf:params:xml:ns:caldav' xmlns='DAV:'><set><prop>"
                                      f"<displayname>{CALENDAR}</displayname></prop></set></C:mkcalendar>")
    ask("PUT", f"{calendar}/{EVENT}.ics", f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:{EVENT}{number}\r\nDTSTART:20260101T000000Z\r\n"
                                          f"RRULE:FREQ=DAILY\r\nSUMMARY:{EVENT}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    ask("REPORT", calendar + "/", f"<C:calendar-query xmlns:C='urn:ietf:params:xml:ns:caldav' xmlns='DAV:'><prop><C:calendar-data>"
                                  f"<C:expand start='20260201T000000Z' end='20260301T000000Z'/></C:calendar-data></prop><C:filter>"
                                  f"<C:comp-filter name='VCALENDAR'><C:comp-filter name='VEVENT'><C:prop-filter name='SUMMARY'><C:text-match>{EVENT}"
                                  f"</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>", Depth="1")
    ask("PUT", f"{contacts}/{number}.vcf", f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c{number}\r\nFN:{CONTACT}\r\nNOTE:{CONTACT_NOTE}\r\nEND:VCARD\r\n")
    ask("REPORT", contacts + "/", f"<C:addressbook-query xmlns:C='urn:ietf:params:xml:ns:carddav' xmlns='DAV:'><prop><C:address-data/></prop><C:filter>"
                                  f"<C:prop-filter name='FN'><C:text-match>{CONTACT}</C:text-match></C:prop-filter></C:filter></C:addressbook-query>", Depth="1")
    connection.close()


def over_ftp(settings):
    client = ftplib.FTP_TLS(context=ssl._create_unverified_context(), timeout=60)
    client.connect(settings.host, int(os.environ["FTP_PORT"]))
    client.login(settings.account, settings.password)
    client.prot_p()
    client.storbinary("STOR " + FTP_FILE, io.BytesIO(f"{FTP_TEXT}\n".encode() * 100_000))
    client.retrbinary("RETR " + FTP_FILE, lambda _: None)
    client.retrlines("LIST", lambda _: None)
    client.quit()


def over_managesieve(settings):
    """A script that files what comes from the correspondent, and answers nobody."""
    script = (f'require ["fileinto", "mailbox", "imap4flags", "variables", "duplicate"];\r\nset "x" "{FILTER_WORD}";\r\n'
              f'if header :contains "subject" ["${{x}}", "{SUBJECT}"] {{ fileinto :create "{FILTER_FOLDER}"; keep; }}\r\n')
    login = base64.b64encode(f"\0{settings.account}\0{settings.password}".encode()).decode()
    with socket.create_connection((settings.host, int(os.environ["SIEVE_PORT"])), timeout=60) as plain, plain.makefile("rwb") as lines:
        def ask(command):
            lines.write(command.encode() + b"\r\n")
            lines.flush()
            until_ok()

        def until_ok():
            while not (line := lines.readline()).startswith(b"OK"):
                assert line and not line.startswith((b"NO", b"BYE")), line
        until_ok()
        ask(f'AUTHENTICATE "PLAIN" "{login}"')
        ask(f'PUTSCRIPT "{FILTER_NAME}" {{{len(script.encode())}+}}\r\n{script}')
        ask(f'SETACTIVE "{FILTER_NAME}"')
        ask("LOGOUT")


def over_pop3(settings):
    client = poplib.POP3(settings.host, int(os.environ["POP3_PORT"]), timeout=60)
    client.stls(ssl._create_unverified_context())
    client.user(settings.account)
    client.pass_(settings.password)
    client.retr(1)
    client.quit()


def main():
    settings = mt.Settings()
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        for marker in (SUBJECT, SUBJECT_8BIT, BODY, ATTACHED, FOLDER, FOLDER_8BIT, KEYWORD, FILE_NAME, CORRESPONDENT, COPY, ENVELOPE, PERSON,
                       GREETED, SEARCHED, MESSAGE_ID, FILE, FILE_FOLDER, FILE_TEXT, EVENT, CALENDAR, PROPERTY, CONTACT, CONTACT_NOTE,
                       FTP_FILE, FTP_TEXT, FILTER_NAME, FILTER_WORD, FILTER_FOLDER, settings.password, os.environ.get("DEVICE_LABEL") or SUBJECT):
            out.write(marker + "\n")
    deliver(settings, settings.account, message(1), 3)       # into the dropbox
    client = read_and_change(settings)
    over_managesieve(settings)
    deliver(settings, settings.account, message(2), 3)       # into the open account
    mt.done(client.noop())
    deliver(settings, settings.account2, message(3), 3)      # into a dropbox that nobody opens
    submission = mt.smtp(settings, secure=True, login=True)
    submission.sendmail(settings.account, [settings.account2], message(4))
    submission.quit()
    over_http(settings, secure=False)
    over_http(settings, secure=True)
    over_ftp(settings)
    over_pop3(settings)
    for number in range(3):
        try:
            mt.imap(settings, password=settings.password[:-1] + "x")
        except Exception as error:  # imaplib.error: the refusal that is wanted
            print(f"refused, as it must be: {type(error).__name__} ({number})")
    if "--stay" in sys.argv:
        print("staying", flush=True)
        sys.stdin.read()
    client.close()
    client.logout()


if __name__ == "__main__":
    main()
