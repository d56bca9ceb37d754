#!/usr/bin/env python3
"""Fills, opens and compares a large account, for run.sh."""
import hashlib
import imaplib
import os
import random
import socket
import sys
import time

WORDS = "the quick brown fox jumps over a lazy dog while seven clerks file reports about nothing in particular".split()


def message(i, dice):
    body = "\r\n".join(" ".join(dice.choices(WORDS, k=10)) for _ in range(25))
    return (f"From: Sender {i % 500} <sender{i % 500}@else.test>\r\nTo: me@mail.test\r\nSubject: message {i}\r\n"
            f"Date: Thu, 1 Jan 2026 10:00:{i % 60:02} +0000\r\nMessage-ID: <{i}.{dice.random()}@else.test>\r\n\r\n{body}\r\n").encode()


def select(port, user, password):
    client = imaplib.IMAP4("127.0.0.1", port)
    began = time.monotonic()
    client.login(user, password)
    client.select("INBOX")
    print(f"{(time.monotonic() - began) * 1000:.0f}")
    client.logout()


def append(port, user, password, count):
    """APPENDs with a window of outstanding commands, each an entry of its own."""
    window, dice, waiting = 100, random.Random(count), 0
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rwb") as file:

        def answer():
            while not (line := file.readline()).startswith(b"a "):
                if not line:
                    sys.exit("the server hung up")
            if not line.startswith(b"a OK"):
                sys.exit(line.decode())

        file.readline()
        file.write(f"a LOGIN {user} {password}\r\n".encode())
        file.flush()
        answer()
        for i in range(count):
            octets = message(i, dice)
            file.write(b"a APPEND INBOX {%d+}\r\n%b\r\n" % (len(octets), octets))
            waiting += 1
            if waiting == window:
                file.flush()
                for _ in range(window // 2):
                    answer()
                waiting -= window // 2
        file.flush()
        for _ in range(waiting):
            answer()


def tree(folder):
    """Every message of an export, whatever its file is called: flags, and what is in it."""
    found = []
    for where, _, names in os.walk(folder):
        for name in names:
            if "/cur" in where or "/new" in where:
                with open(os.path.join(where, name), "rb") as file:
                    flags = name.rsplit(":2,", 1)[-1] if ":2," in name else ""
                    found.append((os.path.relpath(where, folder), flags, hashlib.sha256(file.read()).hexdigest()))
    return sorted(found)


def compare(one, other):
    left, right = tree(one), tree(other)
    if left != right or not left:
        sys.exit(f"the exports differ: {len(left)} and {len(right)} messages")
    print(f"both exports have the same {len(left)} messages")


if sys.argv[1] == "select":
    select(int(sys.argv[2]), *sys.argv[3:5])
elif sys.argv[1] == "append":
    append(int(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5]))
else:
    compare(*sys.argv[2:4])
