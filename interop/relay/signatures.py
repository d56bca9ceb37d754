#!/usr/bin/python3
"""Sends awkward messages through the server to Postfix, and has python3-dkim verify every signature of each that arrives.

RECORDS: `domain dns --json`. MAILDIR: where Postfix puts them.
"""
import glob
import json
import os
import random
import smtplib
import ssl
import time

import dkim

COUNT = 100
records = {one["name"].encode(): one["value"].encode() for one in json.loads(os.environ["RECORDS"]) if one["type"] == "TXT"}
random.seed(3)
account = os.environ["ACCOUNT"]
bodies = ["", "\r\n", "\r\n\r\n\r\n", "one line", "trailing  \t \r\n  \r\n\r\n", " leading\r\n", "a  b\t\tc\r\n", ".\r\n..\r\n", "ü\r\n" * 3,
          "x" * 900 + "\r\n", "\t\r\n\t\r\nend\r\n", "line\r\n" * 5000]
subjects = ["plain", "  spaces   inside  ", "folded\r\n line", "folded\r\n\t\t twice\r\n  more ", "=?utf-8?q?=C3=BC?=", "ü", ""]


def message(number):
    body = bodies[number] if number < len(bodies) else "".join(random.choice([" ", "\t", "\r\n", "word", "x", ". "]) for _ in range(60))
    fields = [f"From: A <{account}>", f"Subject: {subjects[number % len(subjects)]}", f"X-Number: {number}", "To: carla@postfix.example"]
    if number % 3 == 0:
        fields += ["References:  <a@b>\r\n <c@d>"]
    if number % 9 == 0:  # no message should have two: OpenDKIM verifies none that has
        fields += ["Cc: a@b.example", "CC : c@d.example"]
    if number % 4 == 0:
        fields += ["MIME-Version: 1.0", "Content-Type: text/plain;\r\n\tcharset=utf-8", "Content-Transfer-Encoding:8bit"]
    random.shuffle(fields)
    return ("\r\n".join(fields) + "\r\n\r\n" + body).encode()


client = smtplib.SMTP(os.environ["HOST"], int(os.environ["SUBMISSION_PORT"]))
client.starttls(context=ssl._create_unverified_context())
client.login(account, os.environ["PASSWORD"])
for number in range(COUNT):
    client.sendmail(account, ["carla@postfix.example"], message(number))
files = []
for _ in range(300):
    files = glob.glob(os.path.join(os.environ["MAILDIR"], "*"))
    if len(files) == COUNT:
        break
    time.sleep(0.1)
assert len(files) == COUNT, f"{len(files)} of {COUNT} arrived"
failures = []
for path in files:
    octets = open(path, "rb").read().replace(b"\n", b"\r\n")
    signed = dkim.DKIM(octets)
    total = sum(1 for name, _ in signed.headers if name.lower() == b"dkim-signature")
    number = [value for name, value in signed.headers if name == b"X-Number"][0].strip().decode()
    algorithms = set()
    for index in range(total):
        checked = dkim.DKIM(octets)
        try:
            if checked.verify(index, dnsfunc=lambda name, timeout=5: records.get(name)):
                algorithms.add(checked.signature_fields[b"a"].decode())
            else:
                failures.append((number, index, "does not verify"))
        except Exception as error:
            failures.append((number, index, repr(error)))
    if algorithms != {"rsa-sha256", "ed25519-sha256"}:
        failures.append((number, "verified only", algorithms))
assert not failures, failures[:5]
print(f"{COUNT} messages, two signatures each")
