#!/usr/bin/env python3
"""Searches files for marker strings in every encoding that a store, a log or a heap might hold them in.

usage: scan.py --self-test
       scan.py [--memory] MARKERS PATH...     MARKERS: a file with one marker a line; PATH: files or folders
--memory looks for the forms that a process holds (plain, UTF-16, base64), which is fast enough for a core dump.
Offsets count what is not a block of zeros. Prints one line for each hit, `FILE: ENCODING of MARKER at OFFSET` (with the bytes around it when --show is given); exit code 1
when there is any, 2 when nothing could be read.
"""
import base64
import os
import quopri
import sys
import tempfile
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mailtest import encode_utf7  # noqa: E402

MARKER_CHARACTERS_MIN = 6
HITS_SHOWN_MAX = 40
BLOCK_BYTES = 4096


def base64_forms(data):
    """What stays the same whatever stands before and after: three alignments, two alphabets."""
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + data)
        first = (0, 2, 3)[shift]  # characters that the bytes before have a part in
        whole = (shift + len(data)) // 3 * 4 + (0, 2, 3)[(shift + len(data)) % 3]
        # The last character may hold bits of what follows.
        last = whole - (1 if (shift + len(data)) % 3 else 0)
        yield f"base64+{shift}", coded[first:last]
        yield f"base64url+{shift}", coded[first:last].replace(b"+", b"-").replace(b"/", b"_")


def forms(marker, memory=False):
    """(encoding, bytes) without repetition."""
    plain = marker.encode("utf-8")
    found = [("plain", plain), ("UTF-16LE", marker.encode("utf-16-le")), ("UTF-16BE", marker.encode("utf-16-be")),
             ("lower case", marker.lower().encode()), ("upper case", marker.upper().encode()),
             ("UTF-16LE lower", marker.lower().encode("utf-16-le")), ("UTF-16LE upper", marker.upper().encode("utf-16-le"))]
    found += base64_forms(plain)
    if not memory:
        found += [("reversed case", marker.swapcase().encode()), ("backwards", plain[::-1]),
                  ("UTF-32LE", marker.encode("utf-32-le")),
                  ("hex", plain.hex().encode()), ("HEX", plain.hex().upper().encode()),
                  ("hex of UTF-16LE", marker.encode("utf-16-le").hex().encode()),
                  ("quoted-printable", quopri.encodestring(plain, quotetabs=False).rstrip(b"=\n")),
                  ("quoted-printable, all", "".join(f"={byte:02X}" for byte in plain).encode()),
                  ("Q encoded word", quopri.encodestring(plain, header=True)),
                  ("URL", urllib.parse.quote(marker, safe="").encode()), ("URL+", urllib.parse.quote_plus(marker).encode()),
                  ("URL, all", "".join(f"%{byte:02X}" for byte in plain).encode()),
                  ("URL, all, lower", "".join(f"%{byte:02x}" for byte in plain).encode()),
                  ("modified UTF-7", encode_utf7(marker).encode()),
                  ("JSON", marker.encode("unicode_escape")), ("Latin-1", marker.encode("latin-1", "ignore"))]
        for encoding in ("utf-16-le", "utf-16-be"):
            found += [(f"{name} of {encoding}", form) for name, form in base64_forms(marker.encode(encoding)) if "url" not in name]
    seen = set()
    for name, form in found:
        if len(form) >= MARKER_CHARACTERS_MIN and form not in seen:
            seen.add(form)
            yield name, form


def views(data, memory=False):
    """The bytes as they are; without line ends (folded base64); without soft line breaks (quoted-printable)."""
    yield "", data
    if memory:
        return
    without = data.replace(b"\r\n", b"").replace(b"\n", b"")
    if len(without) != len(data):
        yield " across lines", without
    soft = data.replace(b"=\r\n", b"").replace(b"=\n", b"")
    if len(soft) != len(data):
        yield " across soft breaks", soft


def files(paths):
    for path in paths:
        if os.path.isdir(path):
            for folder, _, names in os.walk(path):
                for name in names:
                    yield os.path.join(folder, name)
        else:
            yield path


def content(path):
    """The file without its blocks of zeros: most of a core dump is memory that was never touched."""
    data, zeros = bytearray(), bytes(BLOCK_BYTES)
    with open(path, "rb") as file:
        while block := file.read(BLOCK_BYTES):
            if block != zeros[:len(block)]:
                data += block
    return bytes(data)


def scan(markers, paths, memory=False, show=False):
    """(file, encoding, marker, offset, around) of every first hit; a file's own name counts as bytes too. And how much was read."""
    hits, read, count = [], 0, 0
    wanted = [(marker, list(forms(marker, memory))) for marker in markers]
    for path in files(paths):
        if not os.path.isfile(path) or os.path.islink(path):
            continue  # a socket has no bytes
        data = content(path)
        read += len(data)
        count += 1
        for suffix, view in [*views(data, memory), (" in the file's name", os.fsencode(path))]:
            for marker, encodings in wanted:
                for encoding, form in encodings:
                    at = view.find(form)
                    while at >= 0:
                        around = view[max(0, at - 80):at + len(form) + 80] if show else b""
                        hits.append((path, encoding + suffix, marker, at, around))
                        at = view.find(form, at + len(form)) if show else -1
    return hits, count, read


def self_test():
    """Plants a marker in each encoding, alone, between other bytes and at every alignment, and demands that it is found."""
    missed = []
    for marker in ("Geheimwort-Quitte", "geheim@korrespondent.example", "Entwürfe für 日本"):
        for name, form in forms(marker):
            for before in (b"", b"x", b"xy\0", b"\xff" * 7):
                missed += plant(marker, name, before + form + b"\0rest")
        coded = base64.b64encode(b"words before " + marker.encode() + b" words after and some more of them to fill a line")
        for width in (1, 7, 20, 40, 76):  # folded anywhere
            for end in (b"\r\n", b"\n"):
                missed += plant(marker, f"base64 folded at {width}", end.join(coded[i:i + width] for i in range(0, len(coded), width)))
        soft = quopri.encodestring(("a " * 33 + marker).encode())
        missed += plant(marker, "quoted-printable with a soft break", soft)
    hits, _, _ = scan_bytes(["Geheimwort-Quitte"], os.urandom(1 << 20))
    if hits:
        missed.append("found something in random bytes")
    for line in missed:
        print(f"not found: {line}")
    return 1 if missed else 0


def plant(marker, name, data):
    hits, _, _ = scan_bytes([marker], data)
    return [] if hits else [f"{marker} as {name}"]


def scan_bytes(markers, data):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "planted")
        with open(path, "wb") as out:
            out.write(data)
        return scan(markers, [folder])


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    options = set(sys.argv[1:]) - set(words)
    if "--self-test" in options:
        return self_test()
    with open(words[0], encoding="utf-8") as lines:
        markers = [line.rstrip("\n") for line in lines if line.strip()]
    short = [marker for marker in markers if len(marker) < MARKER_CHARACTERS_MIN]
    if short:
        sys.exit(f"scan.py: too short to prove anything: {short}")
    hits, count, read = scan(markers, words[1:], "--memory" in options, "--show" in options)
    for path, encoding, marker, at, around in hits[:None if "--show" in options else HITS_SHOWN_MAX]:
        print(f"{path}: {encoding} of '{marker}' at {at} {around if around else ''}".rstrip())
    print(f"{len(hits)} hits for {len(markers)} markers in {count} files, {read} bytes")
    return 2 if read == 0 else 1 if hits else 0


if __name__ == "__main__":
    sys.exit(main())
