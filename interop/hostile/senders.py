"""Mail clients that go too far, or too slowly: what RFC 5321 lets them do, and what the limits do not."""
import socket
import time

import mailtest as mt
from raw import ANSWER_SECONDS_MAX, settings, smtp_raw


def long_header_line():
    """A header line of 1 MB is taken as it is: nothing here holds a line, SIZE is the limit."""
    raw = smtp_raw()
    for line in (b"MAIL FROM:<a@c.test>\r\n", f"RCPT TO:<{settings.account}>\r\n".encode(), b"DATA\r\n"):
        raw.ask(line, rb"(?m)^\d\d\d .*\r\n")
    message = b"Subject: long\r\nX-Long: " + b"z" * (1 << 20) + b"\r\n\r\nbody\r\n"
    raw.send(message + b".\r\n")
    assert raw.until(rb"(?m)^\d\d\d .*\r\n").startswith(b"250")
    raw.close()
    client = mt.imap(settings, "INBOX")
    for _ in range(50):
        if any(mail.endswith(message) for mail in mt.fetch_all(client).values()):
            return
        time.sleep(0.2)
        mt.done(client.noop())
    raise AssertionError("it did not arrive as it was sent")


def many_recipients():
    """100,000 recipients in one transaction: those beyond the limit are refused, and nobody gets a second copy."""
    raw = smtp_raw()
    raw.ask(b"MAIL FROM:<a@c.test>\r\n", rb"(?m)^250 .*\r\n")
    name, domain = settings.account.split("@")
    taken = 0
    for start in range(0, 100_000, 500):
        raw.send(b"".join(f"RCPT TO:<{name}+{start + number}@{domain}>\r\n".encode() for number in range(500)))
        for _ in range(500):
            answer = raw.until(rb"(?m)^\d\d\d .*\r\n")
            if answer is None:
                break
            taken += answer.startswith(b"250")
    if taken > 1000:
        raise AssertionError(f"{taken} were taken")
    raw.close()


def endless_recipients():
    """RCPT after RCPT for nobody: the connection ends."""
    raw = smtp_raw()
    raw.ask(b"MAIL FROM:<a@c.test>\r\n", rb"(?m)^250 .*\r\n")
    for number in range(100_000):
        answer = raw.ask(f"RCPT TO:<nobody{number}@{settings.account.split('@')[1]}>\r\n".encode(), rb"(?m)^\d\d\d .*\r\n")
        if answer is None or answer.startswith(b"421"):
            return
    raise AssertionError("it goes on for ever")


def eight_bit_unannounced():
    """8-bit octets without BODY=8BITMIME: taken as they are (many clients do it)."""
    raw = smtp_raw()
    for line in (b"MAIL FROM:<a@c.test>\r\n", f"RCPT TO:<{settings.account}>\r\n".encode(), b"DATA\r\n"):
        raw.ask(line, rb"(?m)^\d\d\d .*\r\n")
    raw.send(b"Subject: gr\xc3\xbc\xc3\x9fe\r\n\r\n" + bytes(range(128, 256)) + b"\r\n.\r\n")
    assert raw.until(rb"(?m)^\d\d\d .*\r\n").startswith(b"250")
    raw.close()


def slow_drip():
    """Three hundred clients that send an octet now and then, within commands and within messages, while others are served."""
    slow = []
    try:
        for number in range(300):
            client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            client.settimeout(ANSWER_SECONDS_MAX)
            client.bind((f"127.0.4.{1 + number % 100}", 0))
            client.connect((settings.host, settings.smtp_port))
            if number % 2:
                client.sendall(f"HELO drip\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<{settings.account}>\r\nDATA\r\n".encode())
            slow.append(client)
        for _ in range(5):
            for client in slow:
                client.sendall(b"N")
            start = time.monotonic()
            good = mt.smtp(settings)
            good.noop()
            good.quit()
            if time.monotonic() - start > 2:
                raise AssertionError(f"a good client waited {time.monotonic() - start:.1f} s")
            time.sleep(0.2)
    finally:
        for client in slow:
            client.close()
