#!/usr/bin/python3
"""ARC beside python3-dkim: chains that it made come in, some broken; a script sends all on to Postfix, sealed once more.

arc.py KEY MAILDIR: KEY signs for rsa._domainkey.from.example. RECORDS: `domain dns --json`."""
import base64
import glob
import json
import os
import re
import smtplib
import socket
import subprocess
import sys
import time

import dkim

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import mailtest as mt  # noqa: E402

COUNT = 40
key_file, maildir = sys.argv[1:]
private = open(key_file, "rb").read()
public = subprocess.run(["openssl", "rsa", "-in", key_file, "-pubout", "-outform", "DER"], capture_output=True, check=True).stdout
records = {one["name"].encode(): one["value"].encode() for one in json.loads(os.environ["RECORDS"]) if one["type"] == "TXT"}
records[b"rsa._domainkey.from.example."] = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
account, password = os.environ["ACCOUNT2"], os.environ["PASSWORD2"]


def lookup(name, timeout=5):
    name = name if isinstance(name, bytes) else name.encode()
    return records.get(name if name.endswith(b".") else name + b".") or records.get(name.rstrip(b"."))


def activate(script):
    stream = socket.create_connection((os.environ["HOST"], int(os.environ["SIEVE_PORT"]))).makefile("rwb")

    def answer():
        while not (line := stream.readline()).startswith((b"OK", b"NO", b"BYE")):
            pass
        assert line.startswith(b"OK"), line
    answer()
    for command in (b'AUTHENTICATE "PLAIN" "%s"' % base64.b64encode(f"\0{account}\0{password}".encode()),
                    b'PUTSCRIPT "on" {%d+}\r\n%s' % (len(script), script), b'SETACTIVE "on"'):
        stream.write(command + b"\r\n")
        stream.flush()
        answer()


def chain(number):
    """One to three sets of python3-dkim, some messages changed on their way."""
    message = f"From: a@from.example\r\nTo: b@x.example\r\nSubject: arc {number}\r\nX-Arc: {number}\r\n\r\nwords {number}\r\n".encode()
    for at in range(1 + number % 3):
        before = b"pass" if at else b"none"
        message = b"Authentication-Results: lists.from.example; arc=%s; spf=none\r\n" % before + message
        message = b"".join(dkim.arc_sign(message, b"rsa", b"from.example", private, b"lists.from.example",
                                         include_headers=[b"from", b"to", b"subject"])) + message
    changes = [lambda m: m, lambda m: m, lambda m: m.replace(b"words", b"other"), lambda m: m.replace(b"Subject: arc", b"Subject: ark"),
               lambda m: m.replace(b"i=1; lists.from.example", b"i=1; lost.from.example")]
    return changes[number % len(changes)](message)


report = mt.Report("relay")
activate(b'require "copy"; if exists "X-Arc" { redirect :copy "carla@postfix.example"; }')
wanted = {}
client = smtplib.SMTP(os.environ["HOST"], int(os.environ["SMTP_PORT"]), "helo.from.example", source_address=("127.0.0.9", 0))
for number in range(COUNT):
    message = chain(number)
    wanted[number] = (dkim.arc_verify(message, dnsfunc=lookup)[0] or b"fail").decode()
    client.sendmail("x@none.example", [account], message)
os.environ["ACCOUNT"], os.environ["PASSWORD"] = account, password
here, sent_on = {}, {}
for _ in range(150):
    for mail in mt.fetch_all(mt.imap(mt.Settings(), "INBOX")).values():
        head = mail.split(b"\r\n\r\n")[0].decode("latin-1")
        if number := re.search(r"X-Arc: (\d+)", head):
            here[int(number.group(1))] = re.search(r"\tarc=(\w+)", head).group(1)
    sent_on = {int(re.search(rb"X-Arc: (\d+)", octets).group(1)): octets.replace(b"\n", b"\r\n")
               for octets in (open(path, "rb").read() for path in glob.glob(os.path.join(maildir, "*"))) if b"X-Arc:" in octets}
    if len(here) == len(sent_on) == COUNT:
        break
    time.sleep(0.2)
differences = [(number, "python3-dkim", wanted[number], "here", here.get(number)) for number in wanted if wanted[number] != here.get(number)]
report.check("python3-dkim agrees about ARC chains", not differences, differences[:8])
report.same("all were sent on", COUNT, len(sent_on))
# What Postfix put on top (Delivered-To, Received ...) is no part of what was signed.
bad = []
for number, octets in sent_on.items():
    state, results, reason = dkim.arc_verify(octets, dnsfunc=lookup)
    state = state or b"fail"
    if state.decode() != wanted[number] or len(results) != 2 + number % 3 and wanted[number] == "pass":
        bad.append((number, wanted[number], state, reason))
report.check("python3-dkim verifies our seals on top of them", not bad, bad[:8])
print(f"# {COUNT} ARC chains, {sum(one == 'pass' for one in wanted.values())} good to python3-dkim, {len(differences)} differences")
print(f"{report.passed} passed, {report.failed} failed")
