#!/usr/bin/env python3
"""A busy session whose every private word is known. usage: traffic.py MARKERS [--stay]

Writes the markers, one a line. The first account reads and changes mail; mail for the second waits in its dropbox, for it
never logs in. With --stay it then holds a session open until its standard input ends (the control: a vault that is open).
"""
import base64
import os
import sys

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


def main():
    settings = mt.Settings()
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        for marker in (SUBJECT, SUBJECT_8BIT, BODY, ATTACHED, FOLDER, FOLDER_8BIT, KEYWORD, FILE_NAME, CORRESPONDENT, COPY, ENVELOPE, PERSON,
                       GREETED, SEARCHED, MESSAGE_ID, settings.password, os.environ.get("DEVICE_LABEL") or SUBJECT):
            out.write(marker + "\n")
    deliver(settings, settings.account, message(1), 3)       # into the dropbox
    client = read_and_change(settings)
    deliver(settings, settings.account, message(2), 3)       # into the open account
    mt.done(client.noop())
    deliver(settings, settings.account2, message(3), 3)      # into a dropbox that nobody opens
    submission = mt.smtp(settings, secure=True, login=True)
    submission.sendmail(settings.account, [settings.account2], message(4))
    submission.quit()
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
