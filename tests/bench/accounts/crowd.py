#!/usr/bin/env python3
"""Makes accounts for `compatbot account add --from`, opens many of them over IMAP, and says what that takes."""
import json
import random
import socket
import sys
import time
import urllib.request

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
SETTLE_SECONDS = 45  # Beyond the grace: accounts close, the heap is compacted.


def address(i):
    return f"crowd{i}@mail.test"


def password(i):
    return "benchpasswordforcrowd" + "".join(ALPHABET[(i >> 5 * k) & 31] for k in range(5))


def make(count, path):
    accounts = [{"address": address(i), "devices": [{"label": "bench", "password": password(i)}]} for i in range(count)]
    with open(path, "w", encoding="ascii") as file:
        json.dump(accounts, file)


class Imap:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.file = self.socket.makefile("rb")
        self.file.readline()

    def ask(self, command):
        self.socket.sendall(f"a {command}\r\n".encode())
        while True:
            line = self.file.readline()
            if line.startswith(b"a OK"):
                return
            if not line or line.startswith(b"a "):
                sys.exit(f"{command.split()[0]}: {line!r}")

    def close(self):
        self.ask("LOGOUT")
        self.file.close()
        self.socket.close()


def resident_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def metric(port, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as page:
        return next(float(line.split()[1]) for line in page.read().decode().splitlines() if line.startswith(name + " "))


def log_in(port, i):
    client = Imap(port)
    began = time.monotonic()
    client.ask(f"LOGIN {address(i)} {password(i)}")
    opened = time.monotonic() - began
    client.ask("SELECT INBOX")
    return client, opened * 1000


def say_times(what, times):
    times = sorted(times)
    print(f"{what}: p50 {times[len(times) // 2]:.1f} ms, p99 {times[len(times) * 99 // 100]:.1f} ms, longest {times[-1]:.1f} ms")


def opened(count, wanted, port, watch, pid):
    idle = resident_mb(pid)
    print(f"{count} accounts, nobody there: {idle:.0f} MB")
    chosen = random.sample(range(count), wanted)
    for round_name in ("first opening", "opening again"):
        clients, times = zip(*(log_in(port, i) for i in chosen))
        full, open_now, about = resident_mb(pid), metric(watch, "compatbot_vaults_open"), metric(watch, "compatbot_vaults_open_bytes")
        say_times(f"{round_name} (LOGIN)", times)
        print(f"  {open_now:.0f} open and selected: {full:.0f} MB, {(full - idle) * 1024 / wanted:.0f} KB each with its connection; "
              f"the server reckons {about / 1024 / wanted:.0f} KB")
        for client in clients:
            client.close()
        time.sleep(SETTLE_SECONDS)
        print(f"  after the grace: {metric(watch, 'compatbot_vaults_open'):.0f} open, {resident_mb(pid):.0f} MB")


def visited(count, wanted, port, watch, pid):
    times, most = [], 0
    for n, i in enumerate(random.sample(range(count), wanted)):
        client, took = log_in(port, i)
        times.append(took)
        client.close()
        if n % 50 == 49:
            most = max(most, metric(watch, "compatbot_vaults_open"))
    say_times("opening one after the other (LOGIN)", times)
    print(f"  never more than {most:.0f} open, {metric(watch, 'compatbot_vaults_evicted_total'):.0f} evicted, {resident_mb(pid):.0f} MB")


def took(count, began, ended):
    print(f"{count} accounts added in {ended - began:.1f} s, {count / (ended - began):.0f}/s")


if sys.argv[1] == "make":
    make(int(sys.argv[2]), sys.argv[3])
elif sys.argv[1] == "took":
    took(int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]))
else:
    {"open": opened, "visit": visited}[sys.argv[1]](*map(int, sys.argv[2:7]))
