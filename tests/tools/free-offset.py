#!/usr/bin/env python3
"""Prints a port offset N (10100 to 21900) at which every port given, plus N, is free on loopback.

usage: free-offset.py PORT...      e.g. free-offset.py 25 143 465 587 993 9080
"""
import random
import socket
import sys

ATTEMPTS_MAX = 200


def free(port):
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.bind((host, port))
        except OSError as error:
            if family == socket.AF_INET6 and error.errno != 98:
                continue  # no IPv6 on this machine
            return False
    return True


def main():
    ports = [int(port) for port in sys.argv[1:]] or [25, 143, 465, 587, 993, 9080]
    for _ in range(ATTEMPTS_MAX):
        offset = random.randrange(101, 220) * 100  # below the ephemeral range, and not the default of 10000
        if all(free(port + offset) for port in ports):
            print(offset)
            return 0
    print("free-offset.py: no free offset found", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
