#!/usr/bin/env python3
"""Puts messages in by APPEND, DATA and BDAT and reads them back by imaplib, curl and mbsync. usage: corpus.py FOLDER

FOLDER/messages holds the files. What SMTP must refuse (NUL, bare CR, lines over 998 bytes, RFC 5321 section 4.5.3.1.6) may be
refused there, with a permanent reply, and has then gone in by APPEND only.
"""
import collections
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import mailtest as mt  # noqa: E402
from imap import canonical  # noqa: E402

AS_FOUND = "As found"
TRACE_FIELDS = {b"return-path", b"received", b"delivered-to"}
LINE_BYTES_MAX = 998
BDAT_CHUNK_BYTES = 30_000
FOLDER = sys.argv[1]
report = mt.Report("corpus")
settings = mt.Settings()


def load():
    messages = []
    for folder, _, names in sorted(os.walk(os.path.join(FOLDER, "messages"))):
        for name in sorted(names):
            if name.endswith(".eml"):
                with open(os.path.join(folder, name), "rb") as file:
                    messages.append((os.path.relpath(os.path.join(folder, name), os.path.join(FOLDER, "messages")), file.read()))
    return messages


def told(wrong):
    return f"{len(wrong)} wrong, the first: {wrong[:3]}"


def append_all(messages):
    """UID to (name, bytes) of all that was taken."""
    client = mt.imap(settings)
    client.create(mt.quote(AS_FOUND))
    taken, refused = {}, []
    for name, message in messages:
        try:
            reply = mt.append(client, AS_FOUND, message)
        except AssertionError as error:
            if message:  # an empty message is none: it may be refused
                refused.append((name, len(message), str(error)))
            continue
        uid = re.search(rb"APPENDUID \d+ (\d+)", b" ".join(part or b"" for part in reply))
        taken[int(uid.group(1)) if uid else len(taken) + 1] = (name, message)
    report.check(f"APPEND takes all {len(messages)} messages as found", not refused, told(refused))
    client.logout()
    return taken


def compare(name, wanted, found):
    wrong = [(source, len(message), len(found.get(uid, b"")), "missing" if uid not in found else "")
             for uid, (source, message) in wanted.items() if found.get(uid) != message]
    report.check(f"{name}: {len(wanted)} messages, byte-identical", not wrong and len(found) == len(wanted),
                 told(wrong) + f" {len(found)} found")


def by_imaplib(wanted, secure):
    client = mt.imap(settings, AS_FOUND, secure=secure)
    compare("FETCH by imaplib" + (" over TLS" if secure else ""), wanted, mt.fetch_all(client))
    client.logout()


def by_parts(wanted):
    """BODY[HEADER] and BODY[TEXT] together are the message; RFC822.SIZE is its length."""
    client = mt.imap(settings, AS_FOUND)
    wrong = []
    uids = sorted(wanted)
    for start in range(0, len(uids), 100):
        chosen = ",".join(map(str, uids[start:start + 100]))
        data = mt.done(client.uid("FETCH", chosen, "(UID RFC822.SIZE BODY.PEEK[HEADER] BODY.PEEK[TEXT])"))
        parts, sizes, uid = {}, {}, None
        for item in data:
            head, literal = item if isinstance(item, tuple) else (item, b"")
            named = re.search(rb"UID (\d+)", head)
            uid = int(named.group(1)) if named else uid
            size = re.search(rb"RFC822.SIZE (\d+)", head)
            if size:
                sizes[uid] = int(size.group(1))
            parts[uid] = parts.get(uid, b"") + literal
        for uid in uids[start:start + 100]:
            message = wanted[uid][1]
            if parts.get(uid) != message or sizes.get(uid) != len(message):
                wrong.append((wanted[uid][0], len(message), sizes.get(uid), len(parts.get(uid, b""))))
    report.check("HEADER and TEXT make the message, RFC822.SIZE is its length", not wrong, told(wrong))
    client.logout()


def by_curl(wanted):
    folder = os.path.join(FOLDER, "curl")
    os.makedirs(folder)
    for uids in [sorted(wanted)]:
        run = subprocess.run(
            ["curl", "-sS", "--max-time", "900", "-u", f"{settings.account}:{settings.password}", "-o", os.path.join(folder, "#1"),
             f"imap://{settings.host}:{settings.imap_port}/{AS_FOUND.replace(' ', '%20')};UID=[{uids[0]}-{uids[-1]}]"],
            capture_output=True, check=False)
        if run.returncode:
            return report.fail("FETCH by curl", run.stderr.decode("utf-8", "replace"))
    found = {int(name): open(os.path.join(folder, name), "rb").read() for name in os.listdir(folder)}
    for uid, (_, message) in wanted.items():
        if not message:
            found.setdefault(uid, b"")  # curl makes no file for nothing
    return compare("FETCH by curl", wanted, found)


def must_refuse(message):
    return (b"\0" in message or re.search(rb"\r(?!\n)|(?<!\r)\n", message) is not None
            or any(len(line) > LINE_BYTES_MAX for line in message.split(b"\r\n")))


def submit_all(messages, chunked):
    """Sends all, CRLF-normalised; what was taken, in order."""
    client = mt.smtp(settings)
    if chunked and not client.has_extn("chunking"):
        return None
    taken, wrong, refused = [], [], 0
    for name, message in messages:
        message = mt.crlf(message)
        mt_options = ["BODY=8BITMIME"] if client.has_extn("8bitmime") else []
        assert client.mail("corpus@sender.example", mt_options)[0] == 250
        code, text = client.rcpt(settings.account2)
        assert code == 250, text
        if chunked:
            code, text = bdat(client, message)
        else:
            assert client.docmd("DATA")[0] == 354
            client.send(re.sub(rb"(?m)^\.", b"..", message) + b".\r\n")
            code, text = client.getreply()
        if code == 250:
            taken.append((name, message))
        elif 500 <= code < 600 and must_refuse(message):
            refused += 1
            client.rset()
        else:
            wrong.append((name, code, text))
            client.rset()
    client.quit()
    how = "BDAT" if chunked else "DATA"
    report.check(f"SMTP {how} takes {len(taken)} messages and refuses {refused} that it must", not wrong, told(wrong))
    return taken


def bdat(client, message):
    code, text = 250, b""
    for start in range(0, len(message), BDAT_CHUNK_BYTES):
        chunk = message[start:start + BDAT_CHUNK_BYTES]
        last = b" LAST" if start + BDAT_CHUNK_BYTES >= len(message) else b""
        client.send(b"BDAT %d%s\r\n" % (len(chunk), last) + chunk)
        code, text = client.getreply()
        if code != 250:
            break
    return code, text


def delivered(name, sent):
    """What was delivered ends with what was sent; before it are trace fields only. Then the mailbox is emptied."""
    client = mt.imap(settings, "INBOX", settings.account2, settings.password2)
    wait_for(client, len(sent))
    found = mt.fetch_all(client)
    wrong = [] if len(found) == len(sent) else [f"{len(found)} arrived, {len(sent)} sent"]
    for uid, (source, message) in zip(sorted(found), sent):
        body = found[uid]
        trace = body[:len(body) - len(message)]
        fields = {field.split(b":")[0].lower() for field in re.split(rb"\r\n(?![ \t])", trace) if field}
        if not body.endswith(message) or not fields or not fields <= TRACE_FIELDS:
            wrong.append((source, len(message), len(body), fields))
    report.check(f"{name}: {len(sent)} messages in order, byte-identical behind the trace header", not wrong, told(wrong))
    if found:
        mt.done(client.uid("STORE", "1:*", "+FLAGS.SILENT", "(\\Deleted)"))
        mt.done(client.expunge())
    client.logout()


def wait_for(client, count):
    """A server may deliver behind its queue."""
    import time
    deadline = time.monotonic() + 120
    while len(mt.uids(client)) < count and time.monotonic() < deadline:
        time.sleep(0.2)
        client.noop()


def by_mbsync(wanted):
    """mbsync takes out every CR for a Maildir and adds a header line: compared without both."""
    local = os.path.join(FOLDER, "maildir")
    os.makedirs(local)
    config = os.path.join(FOLDER, "mbsync.rc")
    with open(config, "w", encoding="utf-8") as out:
        out.write(f"""IMAPAccount a
Host {settings.host}
Port {settings.imap_port}
User {settings.account}
Pass {settings.password}
SSLType None
AuthMechs LOGIN
Timeout 120

IMAPStore far
Account a

MaildirStore near
Path {local}/
Inbox {local}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Pattern "{AS_FOUND}"
Create Near
SyncState *
""")
    def sync():
        return subprocess.run(["script", "-qec", f"mbsync -c '{config}' all", "/dev/null"], stdin=subprocess.DEVNULL,
                              capture_output=True, check=False)
    first = sync()
    complaint = first.stdout.decode("utf-8", "replace").replace("\r", "\n").splitlines()
    found = [canonical(open(os.path.join(folder, name), "rb").read())
             for folder, _, names in os.walk(local) if os.path.basename(folder) in ("cur", "new") for name in names]
    rest = collections.Counter(found)
    wrong, unfinished = [], 0
    for name, message in wanted.values():
        message = canonical(message)
        if rest[message]:
            rest[message] -= 1
        elif b"\n\n" not in message and not message.endswith(b"\n"):
            unfinished += 1  # mbsync says "has incomplete header" and leaves it on the server
        else:
            wrong.append((name, len(message)))
    report.check(f"mbsync copies {len(found)} messages unchanged, refuses {unfinished} whose header does not end", not wrong and not +rest, told(wrong) + " " + " | ".join(complaint[-3:]))
    second = sync().stdout.decode("utf-8", "replace")
    last = re.findall(r"F: [^\r\n]*N: [^\r\n]*", second)
    report.check("a second mbsync run transfers nothing", bool(last) and not re.search(r"[+*#]([1-9]|\d+/[1-9])", last[-1]),
                 last[-1:] or second[-300:])


def main():
    messages = load()
    print(f"# {len(messages)} messages, {sum(len(message) for _, message in messages)} bytes", flush=True)
    wanted = append_all(messages)
    by_imaplib(wanted, secure=False)
    by_imaplib(wanted, secure=True)
    by_parts(wanted)
    by_curl(wanted)
    by_mbsync(wanted)
    for chunked in (False, True):
        sent = submit_all(messages, chunked)
        if sent is not None:
            delivered("SMTP " + ("BDAT" if chunked else "DATA"), sent)
    report.finish()


if __name__ == "__main__":
    main()
