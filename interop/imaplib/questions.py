#!/usr/bin/env python3
"""Asks a server about the sample messages and compares with answers that Dovecot 2.3.19 gave. usage: questions.py FILE [--write]

--write makes the file from the server asked (against a peer: WRITE=1 interop/run.sh --peers imaplib).
A line that starts with "also " holds a second answer that is as right, or more so than Dovecot's; README.md says why.
What servers may word differently (spaces, NIL or (), upper case, order of items, INTERNALDATE) is levelled first.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import mailtest as mt  # noqa: E402
import samples  # noqa: E402

FETCHES = ["ENVELOPE", "BODYSTRUCTURE", "BODY", "RFC822.SIZE", "BODY.PEEK[HEADER]", "BODY.PEEK[TEXT]", "BODY.PEEK[1]", "BODY.PEEK[2]",
           "BODY.PEEK[1.MIME]", "BODY.PEEK[2.MIME]", "BODY.PEEK[2.HEADER]", "BODY.PEEK[2.TEXT]", "BODY.PEEK[2.1]", "BODY.PEEK[2.2]",
           "BODY.PEEK[2.2.MIME]", "BODY.PEEK[2.HEADER.FIELDS (From Subject)]", "BODY.PEEK[HEADER.FIELDS (subject CC)]",
           "BODY.PEEK[HEADER.FIELDS.NOT (Received To From)]", "BODY.PEEK[]<0.20>", "BODY.PEEK[]<10.50>", "BODY.PEEK[TEXT]<99999999.10>",
           "RFC822.HEADER"]
SEARCHES = ["ALL", "SEEN", "UNSEEN", "FLAGGED", "1:3", "2,4:*", "*", "UID 1:*", "NOT FLAGGED", "OR FLAGGED SEEN", "KEYWORD Blue", "UNKEYWORD Blue",
            "SUBJECT plain", "SUBJECT PLAIN", 'FROM "Ada"', "FROM ada@sender.example", "TO reader", "CC c.example", 'BODY "plain text"',
            'TEXT "inner"', 'BODY "inner text"', "HEADER Message-ID <plain@sender.example>", 'HEADER References ""', 'HEADER X-None ""',
            "LARGER 1000", "SMALLER 500", "SENTBEFORE 20-Nov-2026", "SENTON 20-Nov-2026", "SENTSINCE 21-Nov-2026", "SINCE 1-Jan-2020",
            "BEFORE 1-Jan-2020", "ON 2-Feb-2021", "(SEEN FLAGGED)", "OR (SEEN FLAGGED) (NOT SEEN SMALLER 600)", "ANSWERED", "DELETED", "UNDRAFT",
            "NEW", "OLD", "CHARSET UTF-8 SUBJECT plain", "NOT (OR SEEN (OR FLAGGED ANSWERED))"]


def level(text):
    text = re.sub(rb"\s+", b" ", text)
    text = re.sub(rb'"(us-ascii|utf-8|7bit|8bit|base64|text|plain|html|multipart|mixed|alternative|message|rfc822|attachment|boundary|charset|name|'
                  rb'filename|csv|application|octet-stream)"', lambda match: match.group(0).upper(), text, flags=re.I)
    text = re.sub(rb"\d+ \(", b"(", text, count=1)
    text = re.sub(rb"UID \d+ ?", b"", text)
    return text.replace(b"( ", b"(").replace(b" )", b")").strip()


def answer(data):
    """One line for a reply: structure levelled, literals by their length and hash."""
    out = []
    for item in data:
        if isinstance(item, tuple):
            out.append(level(re.sub(rb"\{\d+\}$", b"", item[0])) + b" <%d bytes %s>" % (len(item[1]), mt.sha(item[1]).encode()))
        elif item is not None:
            out.append(level(item))
    text = b" ".join(out).decode("utf-8", "replace")
    # A short string may come quoted or as a literal.
    text = re.sub(r'BODY(\[[^\]]*\](?:<\d+>)?) "((?:[^"\\]|\\.)*)"', lambda m: quoted(m.group(1), m.group(2)), text)
    text = re.sub(r"(BODY\[[^\]]*\](?:<\d+>)?) NIL", r"\1 <0 bytes e3b0c44298fc1c14>", text)
    text = text.replace("> )", ">)")
    return re.sub(r"\[[^\]]*\]", lambda match: match.group(0).upper(), text)


def quoted(section, text):
    data = re.sub(r"\\(.)", r"\1", text).encode()
    return f"BODY{section} <{len(data)} bytes {mt.sha(data)}>"


def prepare(settings):
    client = mt.imap(settings)
    for index, (_, message) in enumerate(samples.MESSAGES):
        flags = {0: "(\\Seen)", 1: "(\\Flagged)", 2: "(\\Seen \\Flagged)", 3: "(\\Answered)", 4: "(\\Deleted Blue)"}.get(index, "()")
        mt.append(client, "INBOX", message, flags + ' " 2-Feb-2021 10:00:00 +0000"' if index == 5 else flags)
    return client


def ask(client):
    """(question, answer) for all."""
    mt.done(client.select("INBOX"))
    for criteria in SEARCHES:
        try:
            yield f"SEARCH {criteria}", (mt.done(client.search(None, criteria))[0] or b"").decode()
        except Exception as error:  # a refusal is an answer too
            yield f"SEARCH {criteria}", f"refused {type(error).__name__}"
    for index, (name, _) in enumerate(samples.MESSAGES, 1):
        for item in FETCHES:
            try:
                yield f"FETCH {name} {item}", answer(mt.done(client.fetch(str(index), f"({item})")))
            except Exception as error:
                yield f"FETCH {name} {item}", f"refused {type(error).__name__}"


def main():
    path, settings, report = sys.argv[1], mt.Settings(), mt.Report("imaplib")
    client = prepare(settings)
    if "--write" in sys.argv or os.environ.get("WRITE"):
        with open(path, "w", encoding="utf-8") as out:
            for question, reply in ask(client):
                out.write(f"{question}\t{reply}\n")
    with open(path, encoding="utf-8") as lines:
        wanted = dict(line.rstrip("\n").split("\t", 1) for line in lines)
    for question, reply in ask(client):
        if reply != wanted.get("also " + question):
            report.same(question, wanted.get(question), reply)
        else:
            report.ok(question)
    client.logout()
    report.finish()


if __name__ == "__main__":
    main()
