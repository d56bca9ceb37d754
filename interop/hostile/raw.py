"""A bare connection to the server under attack."""
import os
import re
import socket
import ssl
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import mailtest as mt  # noqa: E402

ANSWER_SECONDS_MAX = 60

settings = mt.Settings()


class Raw:
    """A bare connection: sends what it is told, reads what comes, until a tag, a close or the deadline."""

    def __init__(self, port, secure=False, greeting=True):
        self.socket = socket.create_connection((settings.host, port), timeout=ANSWER_SECONDS_MAX)
        if secure:
            self.socket = mt.tls().wrap_socket(self.socket, server_hostname="localhost")
        self.received = b""
        if greeting:
            self.until(rb"\r\n")

    def send(self, data):
        """False when the server has closed meanwhile, as it may."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            return False

    def until(self, pattern):
        """What came up to a match; None when the server closed first. Silence is a failure."""
        while True:
            match = re.search(pattern, self.received)
            if match:
                found, self.received = self.received[:match.end()], self.received[match.end():]
                return found
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self.received += data

    def ask(self, line, pattern=rb"(?m)^t (OK|NO|BAD).*\r\n"):
        self.send(line)
        return self.until(pattern)

    def login(self):
        assert b"t OK" in self.ask(f"t LOGIN {settings.account} {settings.password}\r\n".encode())
        return self

    def close(self):
        self.socket.close()


def imap_raw(login=True):
    return Raw(settings.imap_port).login() if login else Raw(settings.imap_port)


def smtp_raw():
    raw = Raw(settings.smtp_port)
    raw.send(b"EHLO hostile.test\r\n")
    raw.until(rb"(?m)^250 .*\r\n")
    return raw
