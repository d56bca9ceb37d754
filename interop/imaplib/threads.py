#!/usr/bin/env python3
"""Asks for SORT and THREAD over random conversations and compares with what Dovecot 2.3.19 answered. usage: threads.py FILE [--write]

--write makes the file from the server that is asked (WRITE=1 interop/run.sh --peers imaplib).
"""
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import mailtest as mt  # noqa: E402

ROUNDS, MESSAGES = 12, 40
MAILBOX = "Threads"
MARKS = ["Re: ", "RE: ", "Fwd: ", "[list] ", "re[2]: ", "Re: [list] ", "", "", ""]
TOPICS = ["apple", "Banana", "cherry pie", "a longer topic", "\u00e4pfel", "[brackets]", "", "date"]
NAMES = ["Ada <ada@x.test>", "bob@y.test", '"Zed, Mr" <zed@x.test>', "=?utf-8?q?=C3=84nn?= <aenn@x.test>", "carl (a comment) <carl@x.test>"]
SORTS = ["SUBJECT", "REVERSE SUBJECT", "DATE", "REVERSE DATE SUBJECT", "FROM DATE", "TO", "CC SUBJECT", "SIZE", "REVERSE SIZE FROM", "ARRIVAL",
         "DISPLAYFROM", "DISPLAYTO REVERSE DATE"]


def conversation(random_):
    messages = []
    for number in range(MESSAGES):
        topic = random_.choice(TOPICS)
        fields = [f"Message-ID: <{number}@x.test>", f"From: {random_.choice(NAMES)}",
                  f"Date: {random_.randint(1, 28)} Mar 2026 {random_.randint(10, 23)}:{random_.randint(10, 59)}:00 "
                  + random_.choice(["+0000", "-0500", "+0930"])]
        if random_.random() < 0.8:
            fields.append(f"To: {random_.choice(NAMES)}")
        if random_.random() < 0.3:
            fields.append(f"Cc: {random_.choice(NAMES)}")
        if number and random_.random() < 0.7:
            chain = [random_.randint(0, number - 1)]
            while chain[0] and random_.random() < 0.6:
                chain.insert(0, random_.randint(0, chain[0] - 1) if chain[0] else 0)
            if random_.random() < 0.2:
                chain.insert(random_.randint(0, len(chain)), 900 + random_.randint(0, 5))
            ids = [f"<{one}@x.test>" for one in chain]
            if random_.random() < 0.7:
                fields.append("References: " + random_.choice([" ", "\r\n "]).join(ids))
            else:
                fields.append("In-Reply-To: " + ids[-1])
        fields.append(f"Subject: {random_.choice(MARKS)}{topic}{random_.choice(['', '', ' (fwd)'])}")
        random_.shuffle(fields)
        messages.append(("\r\n".join(fields) + "\r\n\r\n" + "x" * random_.randint(1, 400) + "\r\n").encode())
    return messages


def main():
    path, writes = sys.argv[1], sys.argv[2:] == ["--write"] or os.environ.get("WRITE") == "1"
    settings, answers = mt.Settings(), []
    client = mt.imap(settings)
    for round_ in range(ROUNDS):
        random_ = random.Random(round_)
        mailbox = f"{MAILBOX}{round_}"
        mt.done(client.create(mailbox))
        for message in conversation(random_):
            mt.append(client, mailbox, message)
        mt.done(client.select(mailbox))
        for keys in SORTS:
            answers.append((f"{round_} SORT {keys}", mt.done(client.sort(f"({keys})", "UTF-8", "ALL"))[0].decode()))
        for algorithm in ("ORDEREDSUBJECT", "REFERENCES"):
            answers.append((f"{round_} THREAD {algorithm}", (mt.done(client.thread(algorithm, "UTF-8", "ALL"))[0] or b"").decode()))
        mt.done(client.close())
        mt.done(client.delete(mailbox))
    if writes:
        open(path, "w").write("".join(f"{question}\t{found}\n" for question, found in answers))
    wanted = dict(line.rstrip("\n").split("\t") for line in open(path))
    report = mt.Report("imaplib")
    for question, found in answers:
        report.same(question, wanted[question], found.replace("  ", " "))
    print(f"{report.passed} passed, {report.failed} failed")


main()
