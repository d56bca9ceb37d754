"""Messages written for this project, well-formed enough for every client: all CRLF, all with a header."""
import base64


def _text(*lines):
    return "\r\n".join(lines).encode("utf-8") + b"\r\n"


_PNG = base64.encodebytes(bytes(range(256)) * 40).replace(b"\n", b"\r\n").decode()
_HEAD = ["From: Ada Example <ada@sender.example>", "To: Reader <reader@mail.test>", "Date: Fri, 20 Nov 2026 10:11:12 +0100"]

MESSAGES = [
    ("plain", _text(*_HEAD, "Subject: Plain words", "Message-ID: <plain@sender.example>", "", "Hello,", "", "a plain text.", ".", "..", "Ada")),
    ("eight-bit", _text(*_HEAD, "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Message-ID: <eight@sender.example>", "MIME-Version: 1.0",
                        "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", "Grüße aus Köln, 日本語, 😀")),
    ("alternative", _text(*_HEAD, "Subject: Two ways", "Message-ID: <alternative@sender.example>", "MIME-Version: 1.0",
                          'Content-Type: multipart/alternative; boundary="=_b1"', "", "preamble", "--=_b1",
                          "Content-Type: text/plain; charset=us-ascii", "", "as text", "--=_b1", "Content-Type: text/html; charset=us-ascii",
                          "", "<p>as <b>HTML</b></p>", "--=_b1--", "epilogue")),
    ("attachment", _text(*_HEAD, "Subject: With a file", "Message-ID: <attachment@sender.example>", "MIME-Version: 1.0",
                         "Content-Type: multipart/mixed; boundary=outer", "", "--outer", "Content-Type: text/plain", "", "see the file",
                         "--outer", 'Content-Type: application/octet-stream; name="bytes.bin"', "Content-Transfer-Encoding: base64",
                         "Content-Disposition: attachment; filename=bytes.bin", "", _PNG + "--outer--")),
    ("forwarded", _text(*_HEAD, "Subject: Fwd: inside", "Message-ID: <forwarded@sender.example>", "MIME-Version: 1.0",
                        "Content-Type: multipart/mixed; boundary=o", "", "--o", "", "look:", "--o", "Content-Type: message/rfc822", "",
                        "From: Bob <bob@sender.example>", "To: Ada <ada@sender.example>", "Subject: the inner one", "MIME-Version: 1.0",
                        "Content-Type: multipart/mixed; boundary=i", "", "--i", "Content-Type: text/plain", "", "inner text", "--i",
                        "Content-Type: text/csv", "", "a,b", "--i--", "--o--")),
    ("folded", _text(*_HEAD, "Subject: a very long subject", " that goes on", "\ton the next line", "Cc: A <a@c.example>,",
                     " B <b@c.example>, Group: x@c.example, y@c.example;", "References: <1@r.example>", " <2@r.example>",
                     "Message-ID: <folded@sender.example>", "", "body")),
    ("empty-body", _text(*_HEAD, "Subject: nothing else", "Message-ID: <empty@sender.example>", "")),
    ("from-line", _text(*_HEAD, "Subject: From at a line's start", "Message-ID: <from@sender.example>", "", "From here to there", ">From quoted", "")),
    ("long-lines", _text(*_HEAD, "Subject: long lines", "Message-ID: <long@sender.example>", "", "x" * 900, "y" * 990)),
    ("big", _text(*_HEAD, "Subject: big", "Message-ID: <big@sender.example>", "", *[f"line {i:06d} " + "z" * 60 for i in range(20000)])),
]
