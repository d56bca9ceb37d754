#!/usr/bin/python3
"""Sends mail from many addresses with many SPF records, and signed in many ways, and compares Authentication-Results with what
python3-spf and python3-dkim say of the same.

ZONE: file with the zone "from.example", as this script printed it when called with "zone". Environment: HOST, SMTP_PORT, ACCOUNT...
"""
import os
import random
import re
import smtplib
import sys
import time

import dkim
import spf

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import mailtest as mt  # noqa: E402

random.seed(11)
MECHANISMS = ["ip4:127.0.0.0/8", "ip4:127.0.0.3", "ip4:127.0.0.{n}", "ip4:192.0.2.0/24", "ip6:2001:db8::/32", "a:host.from.example",
              "a:host.from.example/24", "mx:from.example", "mx:nomx.from.example", "include:yes.from.example", "include:no.from.example",
              "include:none.from.example", "exists:%{{l}}.ex.from.example", "exists:%{{i}}.ip.from.example", "a:void{n}.from.example",
              "include:chain0.from.example", "ip4:127.0.0.3/33", "bogus", "a", "mx", "all", "exp=x.from.example", "redirect=yes.from.example",
              "unknown=%{{d}}", "ip4:127.0.0", "exists:%{{d2}}.dd.from.example", "a:%{{o}}", "ptr"]
CASES = 150
RECORDS = ["v=spf1 " + " ".join(random.choice(["", "", "-", "~", "?", "+"]) * (("=" not in one) or random.random() < 0.1) + one.format(n=random.randint(2, 9))
                                for one in random.sample(MECHANISMS, random.randint(1, 5))) for _ in range(CASES)]
ZONE = {"yes": ["v=spf1 ip4:127.0.0.3 -all"], "no": ["v=spf1 ip4:192.0.2.1 -all"]}
ZONE.update({f"chain{n}": [f"v=spf1 include:chain{n + 1}.from.example -all"] for n in range(12)})
ZONE.update({f"case{n}": [record] for n, record in enumerate(RECORDS)})
ADDRESSES = {"host": ["127.0.0.3"], "anna.ex": ["127.0.0.2"], "127.0.0.3.ip": ["127.0.0.2"], "mxhost": ["127.0.0.4"],
             "from.example.dd": ["127.0.0.2"]}


def zone():
    print("@ IN MX 10 mxhost")
    for name, texts in ZONE.items():
        for text in texts:
            print(f'{name} IN TXT "{text}"')
    for name, addresses in ADDRESSES.items():
        for address in addresses:
            print(f"{name} IN A {address}")
    print(f'key._domainkey IN TXT "v=DKIM1; k=ed25519; p={public_key()}"')


def public_key():
    import base64
    import nacl.signing
    return base64.b64encode(bytes(nacl.signing.SigningKey(b"7" * 32).verify_key)).decode()


def lookup(name, kind, strict=True, timeout=20):
    """The zone, as python3-spf asks for it."""
    name = name.lower().rstrip(".")
    if not name.endswith("from.example"):
        return []
    label = name[:-len(".from.example")] if name != "from.example" else "@"
    if kind == "TXT":
        return [((name, kind), (text.encode(),)) for text in ZONE.get(label, [])]
    if kind == "A":
        return [((name, kind), address) for address in ADDRESSES.get(label, [])]
    if kind == "MX" and label == "@":
        return [((name, kind), (10, "mxhost.from.example"))]
    return []


def messages():
    """Signed by python3-dkim: both canonical forms, l=, changed afterwards or not."""
    base = b"From: a@from.example\r\nTo:  b@x\r\nSubject: one\r\n two\r\nX-A: b\r\n\r\n%s"
    bodies = [b"", b"\r\n", b"line\r\n", b"line", b" a  b \r\n\t\r\n\r\n", b"x" * 900 + b"\r\n", b"l\r\n" * 300]
    import base64
    for number in range(60):
        message = base % bodies[number % len(bodies)]
        canonical = [(b"relaxed", b"relaxed"), (b"simple", b"simple"), (b"relaxed", b"simple"), (b"simple", b"relaxed")][number % 4]
        signature = dkim.sign(message, b"key", b"from.example", base64.b64encode(b"7" * 32), canonicalize=canonical,
                              signature_algorithm=b"ed25519-sha256", include_headers=[b"from", b"subject", b"to"], length=number % 5 == 0)
        changes = [lambda m: m, lambda m: m, lambda m: m.replace(b"one", b"On e"), lambda m: m + b"more\r\n", lambda m: m + b"\r\n\r\n",
                   lambda m: m.replace(b"To:  b", b"To: b"), lambda m: b"X: y\r\n" + m, lambda m: m.replace(b"X-A", b"x-a")]
        yield number, signature + changes[number % len(changes)](message)


def result(found, method):
    return re.search(rf"[;\s]{method}=(\w+)", found).group(1)


def main():
    report = mt.Report("relay")
    spf.DNSLookup = lookup
    for number, record in enumerate(RECORDS):
        source = f"127.0.0.{random.randint(2, 5)}"
        client = smtplib.SMTP(os.environ["HOST"], int(os.environ["SMTP_PORT"]), "helo.from.example", source_address=(source, 0))
        client.sendmail(f"anna@case{number}.from.example", [os.environ["ACCOUNT2"]], f"From: x@none.example\r\nSubject: spf {number} {source}\r\n\r\n")
        client.quit()
    signed = {}
    client = smtplib.SMTP(os.environ["HOST"], int(os.environ["SMTP_PORT"]), "helo.from.example", source_address=("127.0.0.9", 0))
    for number, message in messages():
        signed[number] = dkim.verify(message, dnsfunc=lambda name, timeout=5: f"v=DKIM1; k=ed25519; p={public_key()}".encode())
        client.sendmail("x@none.example", [os.environ["ACCOUNT2"]], message.replace(b"\r\n\r\n", f"\r\nX-Case: {number}\r\n\r\n".encode(), 1))
    os.environ["ACCOUNT"], os.environ["PASSWORD"] = os.environ["ACCOUNT2"], os.environ["PASSWORD2"]
    for _ in range(100):
        mails = mt.fetch_all(mt.imap(mt.Settings(), "INBOX"))
        if len(mails) >= CASES + len(signed):
            break
        time.sleep(0.2)
    seen_spf, seen_dkim, differences = 0, 0, []
    for mail in mails.values():
        head = mail.split(b"\r\n\r\n")[0].decode("latin-1")
        found = re.search(r"Authentication-Results: (.*?)\r\n\S", head, re.S)
        if found and (match := re.search(r"Subject: spf (\d+) (\S+)", head)):
            number, source = int(match.group(1)), match.group(2)
            wanted = spf.check2(i=source, s=f"anna@case{number}.from.example", h="helo.from.example")[0]
            seen_spf += 1
            if wanted != result(found.group(1), "spf"):
                differences.append((RECORDS[number], source, "python3-spf " + wanted, "here " + result(found.group(1), "spf")))
        elif found and (match := re.search(r"X-Case: (\d+)", head)):
            seen_dkim += 1
            if signed[int(match.group(1))] != (result(found.group(1), "dkim") == "pass"):
                differences.append((int(match.group(1)), "python3-dkim", signed[int(match.group(1))], found.group(1)))
    report.same("SPF results of all records came", CASES, seen_spf)
    report.same("DKIM results of all messages came", len(signed), seen_dkim)
    report.check("python3-spf and python3-dkim agree", not differences, differences[:8])
    print(f"# {seen_spf} SPF records, {seen_dkim} signed messages ({sum(signed.values())} good), {len(differences)} differences")
    print(f"{report.passed} passed, {report.failed} failed")


zone() if sys.argv[1:] == ["zone"] else main()
