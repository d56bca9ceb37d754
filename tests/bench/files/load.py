#!/usr/bin/env python3
"""What the files benchmark asks of a server; prints key=value words.

usage: load.py http URL USER PASSWORD BIG_MIB [pids]        PUT and GET of 1 KB, 100 KB and a big file, PROPFIND of a folder
       load.py https URL USER PASSWORD BIG_MIB              PUT and GET of a big file
       load.py ftp HOST PORT USER PASSWORD FOLDER BIG_MIB COUNT   STOR and RETR of a big file and of many small ones
       load.py ftps HOST PORT USER PASSWORD FOLDER BIG_MIB   the same of a big file, under TLS
"""
import base64
import ftplib
import http.client
import io
import os
import ssl
import sys
import time
import urllib.parse

CHUNK = os.urandom(1 << 20)


class Fresh(io.RawIOBase):
    """A file of so many octets, which no other file has, nor any other part of it: nothing to be stored once for two."""

    def __init__(self, length):
        self.left, self.mark = length, int.from_bytes(os.urandom(12))

    def readable(self):
        return True

    def read(self, size=-1):
        size = min(self.left, len(CHUNK) if size < 0 else min(size, len(CHUNK)))
        self.left -= size
        self.mark += 1
        return self.mark.to_bytes(16)[:size] + CHUNK[16:size]


def cpu_of(pids):
    """User and system seconds of process trees."""
    if not pids:
        return 0.0
    tree, rows = set(pids), {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = open(f"/proc/{entry}/stat").read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            rows[int(entry)] = (int(fields[1]), int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14]))
    grown = True
    while grown:
        more = {pid for pid, (parent, _) in rows.items() if parent in tree} - tree
        tree |= more
        grown = bool(more)
    return sum(rows[pid][1] for pid in tree if pid in rows) / os.sysconf("SC_CLK_TCK")


class Http:
    def __init__(self, url, user, password):
        parts = urllib.parse.urlsplit(url)
        self.path, at = parts.path, (parts.hostname, parts.port)
        self.connection = (
            http.client.HTTPSConnection(*at, timeout=300, context=any_certificate()) if parts.scheme == "https"
            else http.client.HTTPConnection(*at, timeout=300))
        self.headers = {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}

    def ask(self, method, name, body=None, wanted=(200, 201, 204, 207), **headers):
        self.connection.request(method, self.path + name, body, {**self.headers, **headers})
        response = self.connection.getresponse()
        length = 0
        while piece := response.read(1 << 20):
            length += len(piece)
        if response.status not in wanted:
            sys.exit(f"load.py: {method} {name}: {response.status}")
        return length


def any_certificate():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run_http(url, user, password, big_mib, pids=""):
    pids = [int(pid) for pid in pids.split(",") if pid]
    client, words = Http(url, user, password), []
    client.ask("DELETE", "bench/", wanted=(204, 404))
    client.ask("MKCOL", "bench/")
    for name, size, count in (("1k", 1024, 500), ("100k", 100 * 1024, 200)):
        bodies = [os.urandom(16) + CHUNK[16:size] for _ in range(count)]
        took = timed(lambda: [client.ask("PUT", f"bench/{name}-{number}", body) for number, body in enumerate(bodies)])
        words.append(f"put_{name}_per_s={count / took:.1f}")
        took = timed(lambda: [client.ask("GET", f"bench/{name}-{number}") for number in range(count)])
        words.append(f"get_{name}_per_s={count / took:.1f}")
    length, before = int(big_mib) << 20, cpu_of(pids)
    took = timed(lambda: client.ask("PUT", "bench/big", Fresh(length), **{"Content-Length": str(length)}))
    words.append(f"put_big_mb_per_s={length / took / 1e6:.1f}")
    middle = cpu_of(pids)
    took = timed(lambda: client.ask("GET", "bench/big"))
    words.append(f"get_big_mb_per_s={length / took / 1e6:.1f}")
    words.append(f"put_cpu_s_per_gb={(middle - before) / (length / 1e9):.2f} get_cpu_s_per_gb={(cpu_of(pids) - middle) / (length / 1e9):.2f}")
    if "nginx" not in os.environ.get("SERVER", ""):  # Debian's nginx has no PROPFIND.
        client.ask("DELETE", "many/", wanted=(204, 404))
        client.ask("MKCOL", "many/")
        for number in range(int(os.environ.get("MANY", "5000"))):
            client.ask("PUT", f"many/{number:05d}.txt", b"x")
        ask = '<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getcontentlength/><getlastmodified/><getetag/><resourcetype/></prop></propfind>'
        times = [timed(lambda: client.ask("PROPFIND", "many/", ask, Depth="1")) for _ in range(3)]
        words.append(f"propfind_ms={min(times) * 1000:.1f}")
    print(" ".join(words))


def run_https(url, user, password, big_mib):
    client, length = Http(url, user, password), int(big_mib) << 20
    client.ask("DELETE", "under-tls", wanted=(204, 404))
    took = timed(lambda: client.ask("PUT", "under-tls", Fresh(length), **{"Content-Length": str(length)}))
    print(f"put_big_tls_mb_per_s={length / took / 1e6:.1f}", end=" ")
    took = timed(lambda: client.ask("GET", "under-tls"))
    print(f"get_big_tls_mb_per_s={length / took / 1e6:.1f}")


def run_ftps(host, port, user, password, folder, big_mib):
    ftp = ftplib.FTP_TLS(context=any_certificate())
    ftp.connect(host, int(port), timeout=300)
    ftp.login(user, password)
    ftp.prot_p()
    if folder != ".":
        ftp.cwd(folder)
    length = int(big_mib) << 20
    took = timed(lambda: ftp.storbinary("STOR under-tls", Fresh(length), blocksize=1 << 18))
    print(f"stor_tls_mb_per_s={length / took / 1e6:.1f}", end=" ")
    took = timed(lambda: ftp.retrbinary("RETR under-tls", lambda _: None, blocksize=1 << 18))
    print(f"retr_tls_mb_per_s={length / took / 1e6:.1f}")
    ftp.quit()


def run_ftp(host, port, user, password, folder, big_mib, count):
    ftp = ftplib.FTP()
    ftp.connect(host, int(port), timeout=300)
    ftp.login(user, password)
    if folder != ".":
        ftp.cwd(folder)
    length, count, words = int(big_mib) << 20, int(count), []
    took = timed(lambda: ftp.storbinary("STOR big", Fresh(length), blocksize=1 << 18))
    words.append(f"stor_mb_per_s={length / took / 1e6:.1f}")
    took = timed(lambda: ftp.retrbinary("RETR big", lambda _: None, blocksize=1 << 18))
    words.append(f"retr_mb_per_s={length / took / 1e6:.1f}")
    took = timed(lambda: [ftp.storbinary(f"STOR small-{number}", io.BytesIO(b"%016d" % number)) for number in range(count)])
    words.append(f"stor_small_per_s={count / took:.1f}")
    took = timed(lambda: [ftp.retrbinary(f"RETR small-{number}", lambda _: None) for number in range(count)])
    words.append(f"retr_small_per_s={count / took:.1f}")
    ftp.quit()
    print(" ".join(words))


if __name__ == "__main__":
    runs = {"http": run_http, "https": run_https, "ftp": run_ftp, "ftps": run_ftps}
    runs[sys.argv[1]](*sys.argv[2:]) if len(sys.argv) > 4 and sys.argv[1] in runs else sys.exit(__doc__)
