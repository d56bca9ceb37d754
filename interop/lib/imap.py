#!/usr/bin/env python3
"""The server's side of a suite, from the shell: changes mailboxes and shows them, by Python's imaplib.

usage: imap.py append MAILBOX FILE [FLAGS] | fill MAILBOX FILE... | list MAILBOX | folders | create MAILBOX | delete MAILBOX | rename FROM TO
               store MAILBOX UIDS +FLAGS|-FLAGS FLAGS | expunge MAILBOX | move MAILBOX UIDS TO | get MAILBOX UID
               count MAILBOX [SEARCH] | samples FOLDER | canonical FILE... | tree | maildirs FOLDER
`list` prints "uid flags sha" lines; sha is of the message as a Maildir keeps it (LF, without mbsync's X-TUID line).
`tree` and `maildirs` print "folder letters sha" of every message there and here, sorted; names and letters are those of a Maildir.
ACCOUNT and PASSWORD say whose.
"""
import base64
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mailtest as mt  # noqa: E402
import samples  # noqa: E402


def canonical(message):
    """As mbsync keeps it: without CR, also a bare one; and without the line that mbsync adds to the header."""
    return re.sub(rb"(?m)^X-TUID: .*\n", b"", message.replace(b"\r", b""), count=1)


LETTERS = {"\\Seen": "S", "\\Answered": "R", "\\Flagged": "F", "\\Draft": "D", "\\Deleted": "T"}


def folders(client):
    return [re.sub(rb'^\(.*?\) "?[^ "]*"? ', b"", line).strip(b'"').decode() for line in mt.done(client.list())]


def decoded(wire):
    """A mailbox name out of modified UTF-7."""
    def letters(match):
        octets = base64.b64decode(match[1].replace(",", "/") + "=" * (-len(match[1]) % 4))
        return octets.decode("utf-16-be") if match[1] else "&"
    return re.sub(r"&([^-]*)-", letters, wire)


def far_tree(settings):
    for wire in folders(mt.imap(settings)):
        for _, flags, sha in messages(settings, decoded(wire)):
            letters = "".join(sorted(LETTERS[flag] for flag in flags.split(",") if flag in LETTERS))
            yield f"{wire} {letters or '-'} {sha}"


def near_tree(top):
    for place, _, files in os.walk(top):
        if os.path.basename(place) not in ("cur", "new"):
            continue
        for name in files:
            letters = "".join(sorted(name.partition(":2,")[2]))
            message = canonical(open(os.path.join(place, name), "rb").read())
            yield f"{os.path.relpath(os.path.dirname(place), top)} {letters or '-'} {mt.sha(message)}"


def messages(settings, mailbox):
    """uid, flags and hash of each message."""
    client = mt.imap(settings, mailbox)
    bodies = mt.fetch_all(client)
    flags = {}
    for item in mt.done(client.uid("FETCH", "1:*", "(UID FLAGS)")) if bodies else []:
        item = item if isinstance(item, bytes) else item[0]
        names = re.search(rb"FLAGS \(([^)]*)\)", item).group(1).decode().split()
        flags[int(re.search(rb"UID (\d+)", item).group(1))] = ",".join(sorted(n for n in names if n != "\\Recent")) or "-"
    client.logout()
    return [(uid, flags[uid], mt.sha(canonical(bodies[uid]))) for uid in sorted(bodies)]


def main():
    command, *words = sys.argv[1:] or [""]
    if command == "samples":
        for name, message in samples.MESSAGES:
            with open(os.path.join(words[0], name + ".eml"), "wb") as out:
                out.write(message)
        return
    if command == "canonical":
        for name in words:
            print(mt.sha(canonical(open(name, "rb").read())))
        return
    if command == "maildirs":
        print(*sorted(near_tree(words[0])), sep="\n")
        return
    settings = mt.Settings()
    if command == "tree":
        print(*sorted(far_tree(settings)), sep="\n")
    elif command == "append":
        mt.append(mt.imap(settings), words[0], open(words[1], "rb").read(), words[2] if len(words) > 2 else "")
    elif command == "fill":
        client = mt.imap(settings)
        for name in words[1:]:
            mt.append(client, words[0], open(name, "rb").read(), "")
    elif command == "list":
        for line in messages(settings, words[0]):
            print(*line)
    elif command == "folders":
        print(*folders(mt.imap(settings)), sep="\n")
    elif command == "create":
        mt.done(mt.imap(settings).create(mt.quote(words[0])))
    elif command == "delete":
        mt.done(mt.imap(settings).delete(mt.quote(words[0])))
    elif command == "rename":
        mt.done(mt.imap(settings).rename(mt.quote(words[0]), mt.quote(words[1])))
    elif command == "store":
        mt.done(mt.imap(settings, words[0]).uid("STORE", words[1], words[2], words[3]))
    elif command == "expunge":
        mt.done(mt.imap(settings, words[0]).expunge())
    elif command == "move":
        mt.done(mt.imap(settings, words[0]).uid("MOVE", words[1], mt.quote(words[2])))
    elif command == "get":
        sys.stdout.buffer.write(mt.literals(mt.done(mt.imap(settings, words[0]).uid("FETCH", words[1], "BODY.PEEK[]")))[0][1])
    elif command == "count":
        print(len(mt.uids(mt.imap(settings, words[0]), words[1] if len(words) > 1 else "ALL")))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
