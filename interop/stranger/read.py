#!/usr/bin/env python3
"""Reads a sqlite store with nothing but storage/FORMAT.md and 24 words: a check of the page, and a way out of our code.

    read.py STORE_DIRECTORY OUTPUT_DIRECTORY < words

Writes every message to OUTPUT/<mailbox name, percent-encoded>/<uid>.eml and what waits in the dropbox to OUTPUT/dropbox/<number>.eml.
Needs Python 3 and libsodium (with AES-NI for AES-256-GCM). Stop the server first. Written from the page, not from the code.
"""
import ctypes
import hashlib
import hmac
import os
import sqlite3
import struct
import sys
import urllib.parse

sodium = ctypes.CDLL("libsodium.so.23")
sodium.sodium_init()
BIG = ctypes.c_ulonglong
MAIL = 1


def hkdf(key, salt, info):
    extracted = hmac.new(salt, key, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()


def derive(key, account, label, realm=0, epoch=0):
    return hkdf(key, account, label.encode() + bytes([realm]) + struct.pack("<I", epoch))


def aead(name, key, nonce, sealed, associated):
    plain = ctypes.create_string_buffer(len(sealed))
    length = BIG()
    failed = getattr(sodium, name)(
        plain, ctypes.byref(length), None, sealed, BIG(len(sealed)), associated, BIG(len(associated)), nonce, key)
    if failed:
        raise ValueError("does not open")
    return plain.raw[:length.value]


def xchacha(key, nonce, sealed, associated):
    return aead("crypto_aead_xchacha20poly1305_ietf_decrypt", key, nonce, sealed, associated)


def fields(message):
    """Protobuf: yields (number, value); value is an integer or bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        tag = varint()
        kind = tag & 7
        if kind == 0:
            yield tag >> 3, varint()
        elif kind == 1:
            yield tag >> 3, struct.unpack_from("<q", message, at)[0]
            at += 8
        elif kind == 2:
            length = varint()
            yield tag >> 3, message[at:at + length]
            at += length
        else:
            raise ValueError(f"wire type {kind}")


def entropy_of(words, listed):
    bits = "".join(f"{listed.index(word):011b}" for word in words)
    number = int(bits, 2).to_bytes(33, "big")
    if len(words) != 24 or hashlib.sha256(number[:32]).digest()[0] != number[32]:
        raise ValueError("not 24 words, or a wrong checksum")
    return number[:32]


def identity_of(entropy):
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
    sodium.crypto_sign_seed_keypair(public, secret, entropy)
    return public.raw


def public_of(secret):
    public = ctypes.create_string_buffer(32)
    sodium.crypto_scalarmult_base(public, secret)
    return public.raw


class Store:
    def __init__(self, directory, entropy):
        self.directory = directory
        database = next(name for name in os.listdir(directory) if name.endswith(".db"))
        self.sql = sqlite3.connect(os.path.join(directory, database))
        for account, profile in self.sql.execute("SELECT account, profile FROM account"):
            listed = list(fields(profile))
            profile = dict(listed)
            if profile[1] == identity_of(entropy):
                break
        else:
            raise ValueError("no account here has these words")
        self.account = account
        (self.shelf,) = self.sql.execute("SELECT id FROM shelf WHERE account = ?", (account,)).fetchone() or (None,)
        slot = profile[3]
        assert slot[:6] == b"CBKS\x01\x01"
        payload = xchacha(derive(entropy, account, "compatbot recovery v1"), slot[12:36], slot[36:], account + bytes(16) + slot[:12])
        at = 2 + payload[1] + 32
        (count,) = struct.unpack_from("<H", payload, at)
        at += 2
        masters = {}
        for _ in range(count):
            epoch, keys, kind = struct.unpack_from("<IBB", payload, at)
            assert (keys, kind) == (1, 0)
            masters[epoch] = payload[at + 6:at + 38]
            at += 38
        device = payload[2 + payload[1]:34 + payload[1]]
        for grant in [value for field, value in listed if field == 9]:
            epoch, master = self.granted(grant, device, masters[max(masters)], max(masters))
            masters[epoch] = master
        self.namings = {epoch: derive(master, account, "compatbot naming v1", 0, epoch) for epoch, master in masters.items()}
        self.secrets = {epoch: derive(master, account, "compatbot realm v1", MAIL, epoch) for epoch, master in masters.items()}

    def granted(self, grant, device, master, before):
        assert grant[:5] == b"CBEG\x01"
        (epoch,) = struct.unpack_from("<I", grant, 8)
        assert epoch == before + 1
        inner = ctypes.create_string_buffer(len(grant) - 60)
        if sodium.crypto_box_seal_open(inner, grant[12:], BIG(len(grant) - 12), public_of(device), device):
            raise ValueError("does not open")
        naming = derive(master, self.account, "compatbot naming v1", 0, before)
        wrap = derive(naming, self.account, "compatbot grant v1", 0, epoch)
        keys = xchacha(wrap, inner.raw[:24], inner.raw[24:], self.account + bytes(16) + grant[:12])
        assert keys[:6] == struct.pack("<IBB", epoch, 1, 0)
        return epoch, keys[6:38]

    def entries(self):
        previous = bytes(32)
        rows = self.sql.execute("SELECT sequence, entry FROM journal WHERE shelf = ? ORDER BY sequence", (self.shelf,))
        for number, (sequence, entry) in enumerate(rows, 1):
            assert entry[:5] == b"CBJE\x01" and sequence == number and entry[32:64] == previous, "broken chain"
            previous = hashlib.sha256(entry).digest()
            realm, (epoch,) = entry[5], struct.unpack_from("<I", entry, 8)
            if realm == MAIL:
                key = derive(self.secrets[epoch], self.account, "compatbot journal v1", MAIL, epoch)
                yield xchacha(key, entry[64:88], entry[88:], self.account + entry[:64])

    def raw(self, name):
        row = self.sql.execute("SELECT bytes, file FROM blob WHERE shelf = ? AND name = ?", (self.shelf, name)).fetchone()
        if row[1] is None:
            return row[0]
        with open(os.path.join(self.directory, "blobs", f"{row[1] % 256:02x}", f"{row[1]:016x}"), "rb") as file:
            return file.read()

    def without_envelope(self, name, sealed):
        if sealed[0] != 2:
            return sealed
        (epoch,) = struct.unpack_from("<I", sealed, 1)
        share = derive(self.namings[epoch], self.account, "compatbot share naming v1", 0, epoch)
        key = derive(share, self.account, "compatbot envelope v1", 0, epoch)
        once = hmac.new(hmac.new(key, name, hashlib.sha256).digest(), sealed[5:29], hashlib.sha256).digest()
        return aead("crypto_aead_aes256gcm_decrypt", once, bytes(12), sealed[29:], sealed[:29] + self.account + name)

    def content(self, key, depth):
        derived = hmac.new(key, b"compatbot blob v1", hashlib.sha512).digest()
        name, cipher = derived[:32], derived[32:]
        sealed = self.without_envelope(name, self.raw(name))
        opened = aead("crypto_aead_aes256gcm_decrypt", cipher, bytes(12), sealed[1:], sealed[:1] + self.account + name)
        if depth == 0:
            return opened
        assert opened[0] == 1
        return b"".join(self.content(opened[at:at + 32], depth - 1) for at in range(1, len(opened), 40))

    def dropped(self):
        rows = self.sql.execute("SELECT number, bytes FROM drop_item WHERE shelf = ? AND realm = ? ORDER BY number", (self.shelf, MAIL))
        for number, item in rows.fetchall():
            assert item[:6] == b"CBDI\x01\x01"
            (epoch,) = struct.unpack_from("<I", item, 8)
            secret = derive(self.secrets[epoch], self.account, "compatbot sealing v1", MAIL, epoch)
            key = ctypes.create_string_buffer(32)
            if sodium.crypto_box_seal_open(key, item[12:92], BIG(80), public_of(secret), secret):
                raise ValueError("does not open")
            mail = list(fields(xchacha(key.raw, item[92:116], item[116:], self.account + item[:92])))
            values, parts = dict(mail), [value for field, value in mail if field == 5]
            message = values.get(2, b"")
            for index, name in enumerate(parts):
                part = self.raw(name)
                bound = part[:1] + self.account + struct.pack("<IB", index, index == len(parts) - 1)
                message += xchacha(values[4], part[1:25], part[25:], bound)
            assert len(message) == values.get(3, len(message))
            yield number, message


def replay(store):
    """Mailboxes by number: [name, {uid: (content key, depth)}]; and up to where the dropbox is taken."""
    mailboxes, deleted, taken = {}, {}, 0
    for change in store.entries():
        for field, operation in fields(change):
            if field != 2:
                continue
            kind, body = next(iter(fields(operation)))
            parsed = list(fields(body))
            of = dict(parsed)
            if kind == 1:
                mailboxes[of[1]] = [of[2].decode(), {}]
            elif kind == 2:
                deleted[of[1]] = mailboxes.pop(of[1])
            elif kind == 11:
                mailboxes[of[1]] = [of[2].decode(), deleted.pop(of[1])[1]]
            elif kind == 3:
                mailboxes[of[1]][0] = of[2].decode()
            elif kind == 5:
                mailboxes[of[1]][1][of[2]] = (of[7], of.get(8, 0))
            elif kind == 7:
                uids = list(numbers(value for number, value in parsed if number == 2))
                for first, last in zip(uids[::2], uids[1::2]):
                    for uid in [uid for uid in mailboxes[of[1]][1] if first <= uid <= last]:
                        del mailboxes[of[1]][1][uid]
            elif kind == 9:
                taken = of[1]
            elif kind not in (4, 6, 8, 10, 12, 13):
                raise ValueError(f"operation {kind}: the journal is of a newer version")
    return mailboxes, taken


def numbers(values):
    """A repeated integer field: packed, or one by one."""
    for value in values:
        if isinstance(value, int):
            yield value
            continue
        number = shift = 0
        for byte in value:
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                yield number
                number = shift = 0


def main():
    directory, output = sys.argv[1:]
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "../../core/identity/words.txt"), encoding="ascii") as file:
        entropy = entropy_of(sys.stdin.read().lower().split(), file.read().split())
    store = Store(directory, entropy)
    mailboxes, taken = replay(store)
    count = 0
    for name, messages in mailboxes.values():
        folder = os.path.join(output, urllib.parse.quote(name, safe=""))
        os.makedirs(folder, exist_ok=True)
        for uid, (key, depth) in messages.items():
            with open(os.path.join(folder, f"{uid}.eml"), "wb") as file:
                file.write(store.content(key, depth))
            count += 1
    waiting = 0
    for number, message in store.dropped():
        if number > taken:
            os.makedirs(os.path.join(output, "dropbox"), exist_ok=True)
            with open(os.path.join(output, "dropbox", f"{number}.eml"), "wb") as file:
                file.write(message)
            waiting += 1
    print(f"{len(mailboxes)} mailboxes, {count} messages, {waiting} waiting in the dropbox")


if __name__ == "__main__":
    main()
