"""What the suites in Python share: settings from the environment, ok/FAIL lines, an IMAP and an SMTP client."""
import hashlib
import imaplib
import os
import re
import smtplib
import ssl
import sys

imaplib._MAXLINE = 50_000_000


class Settings:
    """One server, from environment variables; a prefix names another, e.g. PEER_."""

    def __init__(self, prefix=""):
        get = lambda name, default=None: os.environ.get(prefix + name, default)
        self.host = get("HOST", "127.0.0.1")
        for name in ("IMAP", "IMAPS", "SMTP", "SUBMISSION", "SUBMISSIONS"):
            setattr(self, name.lower() + "_port", int(get(name + "_PORT", 0) or 0))
        self.account, self.password = get("ACCOUNT"), get("PASSWORD")
        self.account2, self.password2 = get("ACCOUNT2"), get("PASSWORD2")
        self.server_pid = int(get("SERVER_PID", 0) or 0)
        self.data = get("DATA")


class Report:
    def __init__(self, suite):
        self.suite, self.passed, self.failed = suite, 0, 0

    def ok(self, name):
        self.passed += 1
        print(f"ok {self.suite}: {name}", flush=True)

    def fail(self, name, reason):
        self.failed += 1
        print(f"FAIL {self.suite}: {name} {str(reason)[:600]!s}".replace("\r", "\\r").replace("\n", "\\n"), flush=True)

    def check(self, name, condition, reason=""):
        (self.ok(name) if condition else self.fail(name, reason))
        return condition

    def same(self, name, wanted, found):
        return self.check(name, wanted == found, f"wanted {wanted!r} found {found!r}")

    def run(self, name, action):
        """ok when the action returns None or True; FAIL with what it raised or returned."""
        try:
            result = action()
        except Exception as error:  # every failure of a check is told, whatever it is
            self.fail(name, f"{type(error).__name__}: {error}")
            return False
        return self.check(name, result is None or result is True, result)

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed else 0)


def tls():
    """A context that accepts the self-made certificate of a test server."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def imap(settings, mailbox=None, account=None, password=None, secure=False, timeout=120):
    if secure:
        client = imaplib.IMAP4_SSL(settings.host, settings.imaps_port, ssl_context=tls(), timeout=timeout)
    else:
        client = imaplib.IMAP4(settings.host, settings.imap_port, timeout=timeout)
    client.login(account or settings.account, password or settings.password)
    if mailbox is not None:
        done(client.select(quote(mailbox)))
    return client


def quote(mailbox):
    return '"' + encode_utf7(mailbox).replace("\\", "\\\\").replace('"', '\\"') + '"'


def done(reply):
    """The data of a reply that must be OK."""
    status, data = reply
    if status != "OK":
        raise AssertionError(f"{status} {data}")
    return data


def append(client, mailbox, message, flags="", keep=True):
    """APPEND without imaplib's rewriting of line ends: the very bytes."""
    if keep:
        size = len(message)
        tag = client._new_tag()
        head = b"%s APPEND %s %s{%d}\r\n" % (tag, quote(mailbox).encode(), (flags + " ").encode() if flags else b"", size)
        client.send(head)
        while client._get_response():
            if client.tagged_commands[tag]:
                raise AssertionError(f"APPEND refused: {client.tagged_commands.pop(tag)}")
        client.send(message)
        client.send(b"\r\n")
        return done(client._command_complete("APPEND", tag))
    return done(client.append(quote(mailbox), flags or None, None, message))


def uids(client, criteria="ALL"):
    return [int(uid) for uid in (done(client.uid("SEARCH", criteria))[0] or b"").split()]


def literals(data):
    """(head, literal) of every fetched item that has a literal."""
    return [(item[0], item[1]) for item in data if isinstance(item, tuple)]


def fetch_all(client, chunk=200):
    """UID to exact bytes, for the selected mailbox."""
    found, every = {}, uids(client)
    for start in range(0, len(every), chunk):
        wanted = ",".join(str(uid) for uid in every[start:start + chunk])
        data = done(client.uid("FETCH", wanted, "(UID BODY.PEEK[])"))
        for head, body in literals(data):
            found[int(re.search(rb"UID (\d+)", head).group(1))] = body
        # A server may send a short body as a quoted string.
        for item in data:
            if isinstance(item, bytes):
                match = re.search(rb'UID (\d+) BODY\[\] "(.*)"\)$', item) or re.search(rb'BODY\[\] "(.*)" UID (\d+)\)$', item)
                if match:
                    found[int(match.group(1))] = match.group(2)
    return found


def smtp(settings, port=None, secure=False, login=False):
    if secure:
        client = smtplib.SMTP_SSL(settings.host, port or settings.submissions_port, context=tls(), timeout=120)
    else:
        client = smtplib.SMTP(settings.host, port or settings.smtp_port, timeout=120)
    client.ehlo("client.test")
    if login:
        if not secure:
            client.starttls(context=tls())
            client.ehlo("client.test")
        client.login(settings.account, settings.password)
    return client


def crlf(message):
    """As SMTP carries it: every line end CRLF, one at the end too. A bare CR stays: SMTP must refuse it."""
    message = re.sub(rb"\r?\n", b"\r\n", message)
    return message if message.endswith(b"\r\n") else message + b"\r\n"


def encode_utf7(name):
    """RFC 3501 section 5.1.3."""
    import base64
    out, run = [], ""

    def flush():
        nonlocal run
        if run:
            out.append("&" + base64.b64encode(run.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-")
            run = ""
    for character in name:
        if 0x20 <= ord(character) <= 0x7E:
            flush()
            out.append("&-" if character == "&" else character)
        else:
            run += character
    flush()
    return "".join(out)


def sha(data):
    return hashlib.sha256(data).hexdigest()[:16]
