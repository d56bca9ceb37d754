"""Python's poplib against the sample messages of a folder, which are in INBOX in the order of their names: ok and FAIL lines."""
import glob
import os
import poplib
import re
import ssl
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import mailtest as mt  # noqa: E402

report = mt.Report("pop3")
check, same = report.check, report.same
poplib._MAXLINE = 50_000_000
host, port, tls_port = os.environ["HOST"], int(os.environ["POP3_PORT"]), int(os.environ["POP3S_PORT"])
account, password = os.environ["ACCOUNT"], os.environ["PASSWORD"]
wanted = [open(path, "rb").read() for path in sorted(glob.glob(sys.argv[1] + "/*.eml"))]
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE


def lines(message):
    """As POP3 shows them: CRLF or LF ends a line, and the last one ends too."""
    parts = message.replace(b"\r\n", b"\n").split(b"\n")
    return parts[:-1] if parts[-1] == b"" else parts


def plain():
    return poplib.POP3(host, port, timeout=60)


def stls():
    client = plain()
    client.stls(context)
    return client


for name, connect in (("plain", plain), ("STLS", stls), ("TLS", lambda: poplib.POP3_SSL(host, tls_port, timeout=60, context=context))):
    client = connect()
    capabilities = client.capa()
    check(f"CAPA over {name}", {"TOP", "UIDL", "USER", "SASL", "PIPELINING", "RESP-CODES"} <= set(capabilities), capabilities)
    client.user(account)
    client.pass_(password)
    count, octets = client.stat()
    check(f"STAT over {name}", (count, octets) == (len(wanted), sum(map(len, wanted))), (count, octets))
    sizes = [int(line.split()[1]) for line in client.list()[1]]
    check(f"LIST over {name}", sizes == [len(message) for message in wanted], sizes)
    found = [client.retr(number)[1] for number in range(1, count + 1)]
    bad = [number + 1 for number in range(count) if found[number] != lines(wanted[number])]
    check(f"RETR of every message over {name}", not bad, bad)
    bad = []
    for number, message in enumerate(wanted, 1):
        shown = lines(message)
        cut = shown.index(b"") if b"" in shown else len(shown)
        for body in (0, 3):
            if client.top(number, body)[1] != shown[:cut + 1 + body]:
                bad.append((number, body))
    check(f"TOP of every message over {name}", not bad, bad)
    names = [line.split()[1] for line in client.uidl()[1]]
    check(f"UIDL over {name}", len(set(names)) == count and all(re.fullmatch(rb"[\x21-\x7e]{1,70}", one) for one in names), names)
    client.dele(1)
    client.rset()
    client.noop()
    client.dele(2)
    client.close()  # without QUIT: nothing goes

client = plain()
client.utf8()
client.user(account)
client.pass_(password)
check("names are the same in the next session", [line.split()[1] for line in client.uidl()[1]] == names)
client.quit()
report.finish()
