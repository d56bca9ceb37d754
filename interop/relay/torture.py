#!/usr/bin/env python3
"""Sends MESSAGES to DESTINATIONS of sink.py, kills the server in the middle, and accounts for every one.

usage: torture.py SINK_LOG MESSAGES DESTINATIONS SERVER_FOLDER SERVER_SH COMPATBOT
"""
import collections
import json
import os
import re
import signal
import smtplib
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import mailtest as mt  # noqa: E402

sink_log, messages, destinations, folder, server_sh, compatbot = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:7]
report = mt.Report("relay")
settings = mt.Settings()
data = os.path.join(folder, "data")


def verb(*words):
    return subprocess.run([compatbot, *words, "--data", data, "--json"], capture_output=True, text=True)


def queued():
    answer = verb("queue", "list")
    return json.loads(answer.stdout) if answer.returncode == 0 else None


def send(numbers, accepted):
    client = None
    for number in numbers:
        to = f"user{number}@d{number % destinations}.sink.example"
        token = f"t{number}@mail.test"
        body = f"Message-ID: <{token}>\r\nSubject: torture {number}\r\n\r\n" + "words and words\r\n" * 200
        for _ in range(100):  # The kill comes in the middle: what was not acknowledged is sent again, as clients do.
            try:
                if client is None:
                    client = smtplib.SMTP(settings.host, settings.submission_port, timeout=60)
                    client.starttls(context=ssl._create_unverified_context())
                    client.login(settings.account2, settings.password2)
                client.sendmail(settings.account2, [to], body)
                accepted[token] = to
                break
            except (OSError, smtplib.SMTPException):
                client = None
                time.sleep(0.2)


started, accepted = time.time(), {}
threads = [threading.Thread(target=send, args=(range(first, messages, 4), accepted)) for first in range(4)]
for thread in threads:
    thread.start()
while len(accepted) < messages // 2:
    time.sleep(0.02)
pid = int(open(os.path.join(folder, "server.pid")).read())
os.kill(pid, signal.SIGKILL)
restarted = subprocess.run([server_sh, "restart", folder], capture_output=True, text=True)
report.check("the server starts again after a kill in the middle", restarted.returncode == 0, restarted.stderr)
for thread in threads:
    thread.join()
sent = time.time() - started
report.same("every message was taken", messages, len(accepted))

left = None
for _ in range(200):
    left = queued()
    if left == []:
        break
    verb("queue", "retry", "all")
    time.sleep(1)
elapsed = time.time() - started
report.same("the queue empties", [], left if not left else left[:2])

taken = collections.Counter(line.split()[1] for line in open(sink_log))
bounced = set()
os.environ["ACCOUNT"], os.environ["PASSWORD"] = settings.account2, settings.password2
for notice in mt.fetch_all(mt.imap(mt.Settings(), "INBOX")).values():
    if b"Action: failed" in notice:
        bounced |= {token.decode() for token in re.findall(rb"Message-ID: <(t\S+)>", notice)}
lost = [token for token in accepted if token not in taken and token not in bounced]
both = [token for token in accepted if token in taken and token in bounced]
report.same("none is lost", [], lost[:5])
report.same("none is delivered and bounced", [], both[:5])
wanted = {token for token, to in accepted.items() if int(re.search(r"@d(\d+)", to).group(1)) % 8 == 5
          and int(re.search(r"\d+", to).group()) % 2}
report.same("those that were refused for good bounced, and no others", sorted(wanted)[:5], sorted(bounced)[:5])
twice = sum(count - 1 for count in taken.values())
print(f"# {messages} messages to {destinations} destinations: {len(taken)} delivered, {len(bounced)} bounced, {twice} of them more than once; "
      f"taken in {sent:.1f} s, all settled after {elapsed:.1f} s")
print(f"{report.passed} passed, {report.failed} failed")
