"""Fills the fixture's accounts, before or after its keys were rotated. usage: fill.py before|after"""
import imaplib
import os
import smtplib
import sys

HOST, IMAP, SMTP = os.environ["HOST"], int(os.environ["IMAP_PORT"]), int(os.environ["SMTP_PORT"])


def must(answer):
    assert answer[0] == "OK", answer
    return answer


def letter(name, words=20):
    return f"From: <writer@elsewhere.test>\r\nSubject: {name}\r\nDate: Sat, 21 Nov 2026 01:02:03 +0000\r\n\r\n{'words ' * words}\r\n".encode()


def deliver(recipient, *names):
    with smtplib.SMTP(HOST, SMTP) as client:
        for name in names:
            client.sendmail("writer@elsewhere.test", [recipient], letter(name))


def before(client):
    for name in ("plans", "plans/2026", "&ZeVnLIqe-", "gone"):
        must(client.create(name))
    must(client.subscribe("plans"))
    for number in range(20):
        must(client.append("INBOX", r"(\Seen $Label1)" if number % 3 else "", None, letter(f"inbox {number}")))
    for number in range(5):
        must(client.append("plans/2026", r"(\Flagged)", None, letter(f"plan {number}", 3000)))
        must(client.append("gone", "", None, letter(f"gone {number}")))
    must(client.select("INBOX"))
    must(client.store("2:4", "+FLAGS", r"(\Deleted)"))
    must(client.expunge())
    must(client.copy("1:2", "&ZeVnLIqe-"))
    must(client.uid("MOVE", "7", "plans"))
    must(client.unselect())
    must(client.delete("gone"))


def after(client):
    must(client.select("INBOX"))
    must(client.append("INBOX", r"(\Answered)", None, letter("after the rotation")))
    must(client.store("1", "+FLAGS", r"(\Flagged)"))
    must(client.rename("plans", "Archive/plans"))


def main():
    deliver("info@golden.test", f"{sys.argv[1]} one", f"{sys.argv[1]} two")
    deliver("ben@golden.test", f"{sys.argv[1]} waiting")
    client = imaplib.IMAP4(HOST, IMAP)
    client.login("ann@golden.test", "goldenfixturefulldevicexyz")
    {"before": before, "after": after}[sys.argv[1]](client)
    client.logout()


main()
