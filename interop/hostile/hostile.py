#!/usr/bin/env python3
"""Bad input against a running server: each gets the protocol's error or a clean close, and the next client is served.

After each attack a fresh client logs in, lists and logs out, SMTP greets, the mailbox holds what it held, and the server's
memory (SERVER_PID, from /proc) is below its bound.
"""
import os
import re
import socket
import ssl
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import mailtest as mt  # noqa: E402
from raw import ANSWER_SECONDS_MAX, Raw, imap_raw, settings, smtp_raw  # noqa: E402
from senders import eight_bit_unannounced, endless_recipients, long_header_line, many_recipients, slow_drip  # noqa: E402

# What the server may grow beyond its size before the first attack. The collector has its own mind: this is no leak detector
# but shows whether 64 MB of somebody's literal, or a connection times thousands, stay in memory.
GROWTH_KB_MAX = 192 * 1024
CUT_BYTES = 64 << 20
TWO_GB = (2 << 30) - 1
NESTING = 10_000
WRONG_PASSWORDS = 2000

report = mt.Report("hostile")


def memory_kb():
    if not settings.server_pid:
        return 0
    with open(f"/proc/{settings.server_pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))


def mailbox():
    client = mt.imap(settings, "INBOX")
    found = len(mt.uids(client))
    names = len(mt.done(client.list()))
    client.logout()
    return found, names


def refused(answer, wanted):
    """The error that is wanted, or a clean close."""
    if answer is not None and not re.search(wanted, answer):
        raise AssertionError(f"answered {answer[-300:]!r}")


def attack(name, action, stored=0):
    """Runs it, then demands that the server is as it was (but for `stored` new messages)."""
    before = mailbox()

    def run():
        action()
        start = time.monotonic()
        after = mailbox()
        client = mt.smtp(settings)
        client.quit()
        elapsed = time.monotonic() - start
        if after != (before[0] + stored, before[1]):
            raise AssertionError(f"the mailbox was {before} and is {after}")
        if elapsed > ANSWER_SECONDS_MAX:
            raise AssertionError(f"the next client waited {elapsed:.0f} s")
        grown = memory_kb() - base_kb
        print(f"# {name}: memory {grown:+} KB, next client {elapsed * 1000:.0f} ms", flush=True)
        if grown > GROWTH_KB_MAX:
            raise AssertionError(f"the server grew by {grown} KB")
    report.run(name, run)


def imap_long_line():
    raw = imap_raw()
    raw.send(b"t SEARCH SUBJECT " + b"x" * (8 << 20) + b"\r\n")
    refused(raw.until(rb"(?m)^(t|\*) (BAD|NO|BYE).*\r\n"), rb"BAD|BYE|NO")
    raw.close()


def imap_endless_line():
    raw = imap_raw(login=False)
    sent = 0
    while sent < CUT_BYTES and raw.send(b"a" * 65536):
        sent += 65536
    if sent >= CUT_BYTES:
        raise AssertionError("the server reads a line for ever")
    raw.close()


def smtp_long_line():
    raw = smtp_raw()
    raw.send(b"MAIL FROM:<" + b"x" * (8 << 20) + b"@a.test>\r\n")
    refused(raw.until(rb"(?m)^[45]\d\d .*\r\n"), rb"(?m)^[45]")
    raw.close()


def imap_nul():
    raw = imap_raw()
    refused(raw.ask(b"t SELECT IN\0BOX\r\n"), rb"t (BAD|NO)")
    refused(raw.ask(b"t \0\0\0\r\n"), rb"BAD|NO")
    raw.close()


def smtp_nul():
    raw = smtp_raw()
    refused(raw.ask(b"MAIL FROM:<a\0b@c.test>\r\n", rb"(?m)^\d\d\d .*\r\n"), rb"(?m)^5")
    raw.close()
    raw = smtp_raw()
    for line in (b"MAIL FROM:<a@c.test>\r\n", f"RCPT TO:<{settings.account}>\r\n".encode(), b"DATA\r\n"):
        raw.ask(line, rb"(?m)^\d\d\d .*\r\n")
    answer = raw.ask(b"Subject: nul\r\n\r\na\0b\r\n.\r\n", rb"(?m)^\d\d\d .*\r\n")
    raw.close()
    # RFC 5321 section 4.1.1.4 lets a server refuse it; one that takes it keeps it whole.
    if answer is None or not answer.startswith(b"250"):
        return
    client = mt.imap(settings, "INBOX")
    uid = mt.uids(client)[-1]
    if not mt.fetch_all(client)[uid].endswith(b"Subject: nul\r\n\r\na\0b\r\n"):
        raise AssertionError("what was taken is not what is kept")
    mt.done(client.uid("STORE", str(uid), "+FLAGS", "(\\Deleted)"))
    mt.done(client.expunge())
    client.logout()


def endless_header():
    raw = smtp_raw()
    for line in (b"MAIL FROM:<a@c.test>\r\n", f"RCPT TO:<{settings.account}>\r\n".encode(), b"DATA\r\n"):
        raw.ask(line, rb"(?m)^\d\d\d .*\r\n")
    field = b"X-Endless: " + b"y" * 900 + b"\r\n"
    sent = 0
    while sent < CUT_BYTES and raw.send(field * 64):
        sent += len(field) * 64
    raw.send(b"\r\n.\r\n")
    refused(raw.until(rb"(?m)^[45]\d\d[ -].*\r\n"), rb"(?m)^[45]")
    raw.close()


def smtp_bare_ends():
    """Smuggling: what ends with a bare LF or CR is no end, and is refused."""
    for end in (b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r.\r\n"):
        raw = smtp_raw()
        for line in (b"MAIL FROM:<a@c.test>\r\n", f"RCPT TO:<{settings.account}>\r\n".encode(), b"DATA\r\n"):
            raw.ask(line, rb"(?m)^\d\d\d .*\r\n")
        raw.send(b"Subject: one\r\n\r\nbody" + end + b"MAIL FROM:<evil@c.test>\r\nRCPT TO:<" + settings.account.encode()
                 + b">\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n")
        refused(raw.until(rb"(?m)^\d\d\d .*\r\n"), rb"(?m)^5")
        raw.close()


def deep_mime():
    lines = [b"Subject: deep\r\nMIME-Version: 1.0\r\n"]
    for level in range(NESTING):
        lines.append(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level))
    lines.append(b"Content-Type: text/plain\r\n\r\nbottom\r\n")
    message = b"".join(lines)
    client = mt.imap(settings, "INBOX")
    mt.append(client, "INBOX", message)
    uid = mt.uids(client)[-1]
    for item in ("BODYSTRUCTURE", "ENVELOPE", "BODY.PEEK[1.1.1.1.1.1.1]", "BODY.PEEK[1.1.1.MIME]"):
        mt.done(client.uid("FETCH", str(uid), item))
    mt.done(client.uid("SEARCH", "TEXT", '"bottom"'))
    if mt.literals(mt.done(client.uid("FETCH", str(uid), "BODY.PEEK[]")))[0][1] != message:
        raise AssertionError("its bytes are not what was appended")
    client.logout()


def deep_rfc822():
    message = b"MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n" * NESTING + b"Subject: bottom\r\n\r\nx\r\n"
    client = mt.imap(settings, "INBOX")
    mt.append(client, "INBOX", message)
    mt.done(client.uid("FETCH", str(mt.uids(client)[-1]), "(BODYSTRUCTURE ENVELOPE BODY.PEEK[1.1.1.HEADER])"))
    client.logout()


def deep_search():
    raw = imap_raw()
    raw.ask(b"t SELECT INBOX\r\n")
    refused(raw.ask(b"t SEARCH " + b"(" * 3000 + b"ALL" + b")" * 3000 + b"\r\n", rb"(?m)^(t|\*) (OK|NO|BAD|BYE).*\r\n"), rb"t (BAD|NO|OK)|BYE")
    refused(raw.ask(b"t SEARCH " + b"NOT " * 1900 + b"ALL\r\n", rb"(?m)^(t|\*) (OK|NO|BAD|BYE|SEARCH).*\r\n"), rb"BAD|NO|OK|SEARCH|BYE")
    raw.close()


def append_cut():
    raw = imap_raw()
    raw.send(b"t APPEND INBOX {%d}\r\n" % TWO_GB)
    answer = raw.until(rb"(?m)^(\+|t (NO|BAD)).*\r\n")
    if answer is None or b"+" not in answer.split(b" ")[0]:
        refused(answer, rb"t (NO|BAD)")
        print(f"# a 2 GB literal is {(answer or b'closed').strip()!r}", flush=True)
    else:
        block, sent = b"Subject: cut\r\n\r\n" + b"z" * 65520, 0
        while sent < CUT_BYTES and raw.send(block):
            sent += len(block)
    raw.close()


def append_cut_allowed_size():
    """A literal that the server takes, cut in the middle."""
    raw = imap_raw()
    raw.send(b"t APPEND INBOX {%d}\r\n" % (40 << 20))
    answer = raw.until(rb"(?m)^(\+|t (NO|BAD)).*\r\n")
    if answer is not None and answer.startswith(b"+"):
        raw.send(b"Subject: cut\r\n\r\n" + b"z" * (20 << 20))
    raw.close()


def append_non_sync_too_big():
    raw = imap_raw()
    raw.send(b"t APPEND INBOX {%d+}\r\n" % TWO_GB)
    block, sent = b"z" * 65536, 0
    while sent < CUT_BYTES and raw.send(block):
        sent += len(block)
    raw.close()


def smtp_cut():
    for command in (b"DATA\r\n", b"BDAT 30000000\r\n", b"BDAT 2147483647 LAST\r\n"):
        raw = smtp_raw()
        for line in (b"MAIL FROM:<a@c.test>\r\n", f"RCPT TO:<{settings.account}>\r\n".encode()):
            raw.ask(line, rb"(?m)^\d\d\d .*\r\n")
        raw.send(command + b"Subject: cut\r\n\r\n" + b"z" * (1 << 20))
        raw.close()


def literal_too_big():
    raw = imap_raw(login=False)
    refused(raw.ask(b"t LOGIN {99999999999}\r\n", rb"(?m)^(t|\*|\+).*\r\n"), rb"t (BAD|NO)|BYE")
    raw.close()
    raw = imap_raw(login=False)
    refused(raw.ask(b"t LOGIN {10000000}\r\n", rb"(?m)^(t|\*|\+).*\r\n"), rb"t (BAD|NO)|BYE")
    raw.close()


def wrong_state():
    raw = imap_raw(login=False)
    for command in (b"SELECT INBOX", b"FETCH 1 FLAGS", b"LIST \"\" *", b"IDLE", b"APPEND INBOX {10+}\r\n0123456789"):
        refused(raw.ask(b"t " + command + b"\r\n"), rb"t (BAD|NO)")
    raw.close()
    raw = imap_raw()
    for command in (b"FETCH 1 FLAGS", b"EXPUNGE", b"CLOSE", b"STORE 1 FLAGS (\\Seen)", f"LOGIN {settings.account} x".encode()):
        refused(raw.ask(b"t " + command + b"\r\n"), rb"t (BAD|NO)")
    raw.close()
    raw = Raw(settings.smtp_port)
    for command in (b"MAIL FROM:<a@b.test>", b"RCPT TO:<a@b.test>", b"DATA", b"BDAT 3 LAST\r\nabc", b"AUTH PLAIN AAAA"):
        refused(raw.ask(command + b"\r\n", rb"(?m)^\d\d\d .*\r\n"), rb"(?m)^[25]")
    raw.close()


def garbage():
    noise = os.urandom(1 << 20)
    for port in (settings.imap_port, settings.smtp_port, settings.submission_port, settings.imaps_port, settings.submissions_port):
        raw = Raw(port, greeting=False)
        for start in range(0, len(noise), 8192):
            if not raw.send(noise[start:start + 8192] + b"\r\n"):
                break
        raw.close()
    raw = imap_raw(login=False)
    raw.send(b"".join(b"%d NOPE %d\r\n" % (number, number) for number in range(20000)))
    raw.until(rb"\r\n(\* BYE|19999 BAD)[^\r]*\r\n")
    raw.close()


def starttls_injection():
    for port, hello, command, go, after in (
            (settings.imap_port, None, b"t STARTTLS\r\nx NOOP\r\n", rb"(?m)^(t|\*) (OK|BAD|NO|BYE).*\r\n", b"y CAPABILITY\r\n"),
            (settings.submission_port, b"EHLO a.test\r\n", b"STARTTLS\r\nRSET\r\n", rb"(?m)^\d\d\d .*\r\n", b"NOOP\r\n"),
            (settings.smtp_port, b"EHLO a.test\r\n", b"STARTTLS\r\nRSET\r\n", rb"(?m)^\d\d\d .*\r\n", b"NOOP\r\n")):
        raw = Raw(port)
        if hello:
            raw.send(hello)
            raw.until(rb"(?m)^250 .*\r\n")
        answer = raw.ask(command, go)
        if answer is None or not re.search(rb"(?m)^(t OK|220)", answer):
            raw.close()
            continue  # refused at once: good
        try:
            raw.socket.settimeout(10)
            secure = mt.tls().wrap_socket(raw.socket, server_hostname="localhost")
            secure.sendall(after)
            answer = secure.recv(4096)
            if b"x OK" in answer or answer.count(b"250") > 1:
                raise AssertionError(f"the injected command was obeyed: {answer!r}")
        except (ssl.SSLError, ConnectionResetError, EOFError, TimeoutError, socket.timeout):
            pass  # closed: good
        raw.close()


def wrong_passwords():
    """Thousands of wrong ones from many addresses, half at one login, half at names that do not exist."""
    counts = {"refused": 0, "closed": 0}
    lock = threading.Lock()

    def guess(first):
        for number in range(first, WRONG_PASSWORDS, 20):
            try:
                client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                client.settimeout(ANSWER_SECONDS_MAX)
                client.bind((f"127.0.{2 + number % 200}.{1 + number // 200}", 0))
                client.connect((settings.host, settings.imap_port))
                client.recv(4096)
                login = settings.account2 if number % 2 else f"nobody{number}@mail.test"
                client.sendall(f"t LOGIN {login} wrongpasswordnumber{number:07d}\r\n".encode())
                answer = client.recv(4096)
                assert b"t OK" not in answer, answer
                with lock:
                    counts["refused" if answer else "closed"] += 1
                client.close()
            except (ConnectionError, socket.timeout):
                with lock:
                    counts["closed"] += 1
    threads = [threading.Thread(target=guess, args=(first,)) for first in range(20)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"# wrong passwords: {counts} in {time.monotonic() - start:.1f} s", flush=True)
    if sum(counts.values()) != WRONG_PASSWORDS:
        raise AssertionError(f"answered {counts} of {WRONG_PASSWORDS}")


def many_connections():
    """A thousand that say nothing; then one that does."""
    quiet = []
    try:
        for number in range(1000):
            client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            client.settimeout(10)
            client.bind((f"127.0.3.{1 + number % 100}", 0))
            client.connect((settings.host, settings.imap_port))
            quiet.append(client)
        mailbox()
    finally:
        for client in quiet:
            client.close()


base_kb = 0


def main():
    global base_kb
    for _ in range(20):
        mailbox()
    base_kb = memory_kb()
    print(f"# memory before: {base_kb} KB", flush=True)
    attack("an IMAP line of 8 MB", imap_long_line)
    attack("an IMAP line without end", imap_endless_line)
    attack("an SMTP line of 8 MB", smtp_long_line)
    attack("NUL bytes in IMAP commands", imap_nul)
    attack("NUL bytes in SMTP commands and DATA", smtp_nul)
    attack("a header without end", endless_header)
    attack("a header line of 1 MB", long_header_line, stored=1)
    attack("100,000 recipients", many_recipients)
    attack("RCPT without end", endless_recipients)
    attack("8-bit octets that were not announced", eight_bit_unannounced, stored=1)
    attack("three hundred slow clients", slow_drip)
    attack("bare CR and LF around the dot", smtp_bare_ends)
    attack("MIME nested 10,000 deep", deep_mime, stored=1)
    attack("message/rfc822 nested 10,000 deep", deep_rfc822, stored=1)
    attack("SEARCH brackets nested 3,000 deep", deep_search)
    attack("literals too big for LOGIN", literal_too_big)
    attack("a 2 GB APPEND cut in the middle", append_cut)
    attack("an allowed APPEND cut in the middle", append_cut_allowed_size)
    attack("a 2 GB LITERAL+ that nobody asked for", append_non_sync_too_big)
    attack("SMTP DATA and BDAT cut in the middle", smtp_cut)
    attack("commands in the wrong state", wrong_state)
    attack("pipelined garbage on every port", garbage)
    attack("STARTTLS with plaintext injected behind it", starttls_injection)
    attack("a thousand silent connections", many_connections)
    attack("wrong passwords by the thousand", wrong_passwords)
    report.finish()


if __name__ == "__main__":
    main()
