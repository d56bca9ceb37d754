#!/usr/bin/python3
"""OpenDKIM beside us. It reads keys by the system's resolver only, so it runs in a namespace of its own, with nsd on port 53.

opendkim.py sign KEY FOLDER         writes a hundred messages that python3-dkim signed by RSA, some changed afterwards
opendkim.py verify NSD FOLDER       what opendkim-testmsg says of each file in FOLDER, as JSON; NSD: folder with zones; in the namespace
opendkim.py compare VERDICTS FOLDER sends FOLDER's messages to our server and compares Authentication-Results with VERDICTS
"""
import glob
import json
import os
import random
import re
import smtplib
import subprocess
import sys
import time

import dkim

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import mailtest as mt  # noqa: E402

TOOL = "/usr/sbin/opendkim-testmsg"
COUNT = 100


def sign(key, folder):
    random.seed(5)
    bodies = [b"", b"\r\n", b"words\r\n", b" a  b \t\r\n\r\n\r\n", b"x" * 900 + b"\r\n", b".\r\n..\r\n", b"\xc3\xbc\r\n", b"line\r\n" * 500]
    changes = [lambda m: m, lambda m: m, lambda m: m.replace(b"Subject: s", b"Subject: t"), lambda m: m + b"more\r\n", lambda m: m + b"\r\n\r\n",
               lambda m: b"X-New: y\r\n" + m, lambda m: m.replace(b"a  b", b"a b"), lambda m: m.replace(b"To: carla", b"To:carla")]
    for number in range(COUNT):
        message = (b"From: a@from.example\r\nTo: carla@mail.test\r\nDate: Sat, 28 Nov 2026 00:00:00 +0000\r\nSubject: s %d\r\n  folded\r\n"
                   b"Message-ID: <%d@from.example>\r\n\r\n" % (number, number)) + random.choice(bodies)
        forms = (random.choice([b"relaxed", b"simple"]), random.choice([b"relaxed", b"simple"]))
        signed = dkim.sign(message, b"rsa", b"from.example", open(key, "rb").read(), canonicalize=forms,
                           include_headers=[b"from", b"to", b"subject", b"date"], length=number % 7 == 0) + message
        with open(os.path.join(folder, f"{number:03}"), "wb") as file:
            file.write(changes[number % len(changes)](signed))


def verify(nsd, folder):
    server = subprocess.Popen(["nsd", "-d", "-c", os.path.join(nsd, "own.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        said = {}
        for path in sorted(glob.glob(os.path.join(folder, "*"))):
            octets = open(path, "rb").read()
            if b"\r\n" not in octets:
                octets = octets.replace(b"\n", b"\r\n")
            said[os.path.basename(path)] = subprocess.run([TOOL, "-C"], input=octets, capture_output=True).returncode == 0
        print(json.dumps(said))
    finally:
        server.terminate()


def compare(verdicts, folder):
    report = mt.Report("relay")
    said = json.load(open(verdicts))
    client = smtplib.SMTP(os.environ["HOST"], int(os.environ["SMTP_PORT"]), "helo.from.example", source_address=("127.0.0.9", 0))
    for name in said:
        message = open(os.path.join(folder, name), "rb").read()
        client.sendmail("x@none.example", [os.environ["ACCOUNT2"]], f"X-Opendkim: {name}\r\n".encode() + message)
    os.environ["ACCOUNT"], os.environ["PASSWORD"] = os.environ["ACCOUNT2"], os.environ["PASSWORD2"]
    here = {}
    for _ in range(100):
        for mail in mt.fetch_all(mt.imap(mt.Settings(), "INBOX")).values():
            head = mail.split(b"\r\n\r\n")[0].decode("latin-1")
            if name := re.search(r"X-Opendkim: (\d+)", head):
                            here[name.group(1)] = "dkim=pass" in head
        if len(here) >= len(said):
            break
        time.sleep(0.2)
    differences = [(name, "opendkim", said[name], "here", here.get(name)) for name in said if said[name] != here.get(name)]
    report.check("opendkim-testmsg agrees about RSA signatures", not differences, differences[:8])
    print(f"# {len(said)} messages signed by RSA, {sum(said.values())} good to OpenDKIM, {len(differences)} differences")
    print(f"{report.passed} passed, {report.failed} failed")


{"sign": sign, "verify": verify, "compare": compare}[sys.argv[1]](*sys.argv[2:])
