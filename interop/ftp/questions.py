"""Python's ftplib: every command, in clear and under TLS; ASCII, restarts, aborts and what must be refused. ok and FAIL lines."""
import ftplib
import io
import os
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import mailtest as mt  # noqa: E402

report = mt.Report("ftp")
check, same = report.check, report.same
host, port, password = os.environ["HOST"], int(os.environ["FTP_PORT"]), os.environ["PASSWORD"]
account = os.environ["ACCOUNT"]
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE


def connect(secure=False):
    client = ftplib.FTP_TLS(context=context, timeout=60) if secure else ftplib.FTP(timeout=60)
    client.connect(host, port)
    client.login(account, password)
    if secure:
        client.prot_p()
    return client


def get(client, name, rest=None):
    out = io.BytesIO()
    client.retrbinary("RETR " + name, out.write, rest=rest)
    return out.getvalue()


def code(client, command):
    try:
        return client.sendcmd(command)[:3]
    except (ftplib.Error, EOFError) as error:
        return str(error)[:3]


for secure in (False, True):
    how = "under TLS" if secure else "in clear"
    client = connect(secure)
    folder = "lib-tls" if secure else "lib"
    same(f"MKD and PWD {how}", f"/{folder}", client.mkd(folder))
    client.cwd(folder)
    same(f"the working folder {how}", f"/{folder}", client.pwd())
    client.storbinary("STOR ü.bin", io.BytesIO(b"0123456789"))
    same(f"RETR {how}", b"0123456789", get(client, "ü.bin"))
    same(f"RETR behind REST {how}", b"789", get(client, "ü.bin", rest=7))
    client.storbinary("STOR ü.bin", io.BytesIO(b"abc"), rest=5)
    same(f"STOR behind REST {how}", b"01234abc", get(client, "ü.bin"))
    client.storbinary("APPE ü.bin", io.BytesIO(b"XYZ"))
    same(f"APPE {how}", b"01234abcXYZ", get(client, "ü.bin"))
    same(f"SIZE {how}", 11, client.size("ü.bin"))
    client.storlines("STOR t.txt", io.BytesIO(b"one\ntwo\n"))
    same(f"a text is stored with LF {how}", b"one\ntwo\n", get(client, "t.txt"))
    lines = []
    client.retrlines("RETR t.txt", lines.append)
    same(f"and sent with CRLF {how}", ["one", "two"], lines)
    facts = dict(client.mlsd())
    same(f"MLSD {how}", {".", "t.txt", "ü.bin"}, set(facts))
    same(f"MLSD's facts {how}", ("file", "11"), (facts["ü.bin"]["type"], facts["ü.bin"]["size"]))
    same(f"NLST {how}", ["t.txt", "ü.bin"], client.nlst())
    same(f"NLST of a pattern {how}", ["t.txt"], client.nlst("*.txt"))
    listing = []
    client.dir(listing.append)
    check(f"LIST {how}", len(listing) == 2 and listing[0].startswith("-rw-") and listing[0].endswith(" t.txt"), listing)
    same(f"MFMT and MDTM {how}", ("213", "213 20200229120000"),
         (code(client, "MFMT 20200229120000 t.txt"), client.sendcmd("MDTM t.txt")))
    client.rename("t.txt", "/" + folder + "/u.txt")
    same(f"RNFR and RNTO {how}", ["u.txt", "ü.bin"], client.nlst())
    same(f"a folder that is not empty stays {how}", "550", code(client, "RMD /" + folder))
    client.delete("u.txt")
    client.delete("ü.bin")
    client.cwd("..")
    client.rmd(folder)
    same(f"nothing is left {how}", "550", code(client, "CWD " + folder))
    client.quit()

client = connect()
for command, wanted in (
        ("PORT 10,0,0,1,40,5", "504"), ("PORT 127,0,0,1,0,80", "504"), ("EPRT |1|192.0.2.1|5000|", "504"), ("EPRT x", "501"), ("PORT 1,2", "501"),
        ("TYPE E", "504"), ("MODE B", "504"), ("STRU R", "504"), ("REST -1", "501"), ("LIST", "425"), ("RETR nothing", "550"), ("STOR a/b", "553"),
        ("STOR /", "553"), ("RNTO x", "503"), ("DELE nothing", "550"), ("CWD /../../etc", "550"), ("SIZE /", "550"), ("NONSENSE", "500"),
        ("USER other", "530"), ("SITE CHMOD 777 x", "200"), ("NOOP", "200"), ("SYST", "215"), ("FEAT", "211"), ("HELP", "214"), ("STAT", "211")):
    same(f"{command}: {wanted}", wanted, code(client, command))

client.voidcmd("TYPE I")
client.storbinary("STOR large", io.BytesIO(bytes(8_000_000)))
data = client.transfercmd("RETR large")
data.recv(1000)
client.putcmd("ABOR")
data.close()
check("ABOR of a download", [client.getmultiline()[:3], client.getmultiline()[:3]] == ["426", "226"])
same("and it goes on", "200", code(client, "NOOP"))
for old, left in ((False, b"abc"), (True, b"old content")):
    if old:
        client.storbinary("STOR part", io.BytesIO(b"old content"))
    data = client.transfercmd("STOR part")
    data.send(b"abc")
    time.sleep(0.5)
    client.putcmd("ABOR")
    check(f"ABOR of an upload{' over a file' if old else ''}", [client.getmultiline()[:3], client.getmultiline()[:3]] == ["426", "226"])
    data.close()
    same("the old file stays" if old else "what came is kept", left, get(client, "part"))
    client.voidcmd("TYPE I")
client.delete("large")
client.delete("part")

# A program that is killed ends its connections, the data's as if that were all. What says that it was all: TLS, or a word behind it.
fresh = os.urandom(3_000_000)
for secure, how, kept in ((False, "is killed", False), (False, "says QUIT and waits for nothing", True),
                          (True, "is killed", False), (True, "says where the data end", True)):
    for attempt in range(3):
        client.storbinary("STOR kept", io.BytesIO(b"old content"))
        dying = connect(secure)
        dying.voidcmd("TYPE I")
        data = dying.transfercmd("STOR kept")
        data.sendall(fresh)
        if kept and secure:
            data.unwrap()
        elif kept:
            dying.putcmd("QUIT")
        dying.file.close()
        dying.sock.close()
        data.close()
        for _ in range(100):
            found = get(client, "kept")
            if found == fresh or not kept and _ > 4:
                break
            time.sleep(0.1)
        if found != (fresh if kept else b"old content"):
            break
    check(f"who {how} {'under TLS ' if secure else ''}leaves the {'new' if kept else 'old'} file",
          found == (fresh if kept else b"old content"), len(found))
client.delete("kept")

stranger = connect()
stranger.voidcmd("TYPE I")
waiting = stranger.transfercmd("STOR theft", rest=None)
waiting.close()
stranger.voidresp()
stranger.delete("theft")
client.quit()
report.finish()
