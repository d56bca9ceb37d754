#!/usr/bin/env python3
"""Opens data connections that nothing comes over, and says what that costs the server and whether it still serves others.

usage: half_open.py HOST PORT USER PASSWORD COUNT PID     half of them nobody makes, half are made for an upload that does not begin
"""
import ftplib
import io
import socket
import sys
import time


def memory(pid, word):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(word + ":"):
            return int(line.split()[1]) // 1000
    return 0


def open_one(host, port, user, password, number):
    """A control connection, and the socket of its data connection or none."""
    ftp = ftplib.FTP()
    ftp.connect(host, port, timeout=60)
    ftp.login(user, password)
    data_host, data_port = ftp.makepasv()
    if number % 2:
        return ftp, None
    data = socket.create_connection((data_host, data_port), timeout=60)
    ftp.putcmd(f"STOR half-open-{number}")
    ftp.getresp()
    return ftp, data


def main(host, port, user, password, count, pid):
    before = memory(pid, "VmRSS")
    started, opened = time.perf_counter(), []
    for number in range(count):
        try:
            opened.append(open_one(host, port, user, password, number))
        except (OSError, EOFError, ftplib.Error) as error:
            print(f"half_open.py: number {number} was not taken: {error!r}")
            break
    took = time.perf_counter() - started
    asked = time.perf_counter()
    ftp = ftplib.FTP()
    ftp.connect(host, port, timeout=60)
    ftp.login(user, password)
    ftp.storbinary("STOR beside", io.BytesIO(b"x" * 1000))
    beside = time.perf_counter() - asked
    now = memory(pid, "VmRSS")
    each, most = (now - before) * 1e3 / max(1, len(opened)), memory(pid, "VmHWM")
    print(f"half_open.py: {len(opened)} half-open in {took:.0f} s: {before} -> {now} MB, {each:.0f} KB each, at most {most} MB so far")
    print(f"half_open.py: login and an upload beside them: {beside * 1e3:.0f} ms")
    for ftp, data in opened:
        if data is not None:
            data.close()
        ftp.close()
    if len(opened) < count:
        sys.exit(1)


if __name__ == "__main__":
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5]), int(sys.argv[6]))
