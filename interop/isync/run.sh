#!/usr/bin/env bash
# mbsync: two-way sync between the server and two Maildirs. See README.md.
set -euo pipefail
. "$(dirname "$0")/../lib/checks.sh"
"$lib/../../tests/tools/install.sh" interop
mbsync --version | sed 's/^/# /'

mkdir -p "$scratch"/{a,b,samples,state-a,state-b}
server_certificate >"$scratch/server.pem"

# config REPLICA PORT SSLTYPE AUTHMECHS
config() {
    cat >"$scratch/$1.rc" <<EOF
IMAPAccount server
Host ${TLS_NAME:-localhost}
Port $2
User $ACCOUNT
Pass $PASSWORD
SSLType $3
AuthMechs $4
CertificateFile $scratch/server.pem
Timeout 60

IMAPStore far
Account server

MaildirStore near
Path $scratch/$1/
Inbox $scratch/$1/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
CopyArrivalDate yes
SyncState $scratch/state-$1/
EOF
}
config a "$IMAPS_PORT" IMAPS PLAIN
config b "$IMAP_PORT" STARTTLS LOGIN
sync() { mbsync -c "$scratch/$1.rc" -V all >"$scratch/$1.out" 2>&1 || { cat "$scratch/$1.out"; return 1; }; }

# The file of a message in a replica, by its Message-ID.
near_file() { grep -rlF "<$2@sender.example>" "$scratch/$1/${3:-INBOX}/cur" "$scratch/$1/${3:-INBOX}/new" 2>/dev/null | head -1; }
far_uid() { python3 - "$1" "$2" <<PY
import sys; sys.path.insert(0, "$lib")
import mailtest as mt
print(*mt.uids(mt.imap(mt.Settings(), sys.argv[1]), f'HEADER Message-ID "<{sys.argv[2]}@sender.example>"'))
PY
}
flag_near() { mv "$1" "$(dirname "$(dirname "$1")")/cur/$(basename "$1" | sed 's/:2,.*//'):2,$2"; }
# Only on a terminal mbsync counts what it does: "C: 1/1  B: 9/9  F: +0/0 *0/0 #0/0  N: +0/0 *0/0 #0/0"; all must stay 0.
nothing_moved() {
    script -qec "mbsync -c '$scratch/$1.rc' all" /dev/null </dev/null 2>&1 | tr '\r' '\n' >"$scratch/$1.out" || { cat "$scratch/$1.out"; return 1; }
    grep -q 'F: +0/0 \*0/0 #0/0 *N: +0/0 \*0/0 #0/0' "$scratch/$1.out" || { echo "no counts in mbsync's output"; tail -n 5 "$scratch/$1.out"; return 1; }
    if grep -E '[FN]: .*[+*#][0-9]*/?[1-9]' "$scratch/$1.out" | tail -n 1 | grep .; then return 1; fi
}
trees_agree() {
    imap tree >"$scratch/far.txt"
    imap maildirs "$scratch/$1" >"$scratch/near-$1.txt"
    diff "$scratch/far.txt" "$scratch/near-$1.txt"
}

imap samples "$scratch/samples"
imap fill INBOX "$scratch/samples"/*.eml
count=$(find "$scratch/samples" -name '*.eml' | wc -l)

check "first sync, IMAPS and AUTH=PLAIN" sync a
same "every message arrives" "$count" "$(find "$scratch/a/INBOX" -path '*/INBOX/cur/*' -o -path '*/INBOX/new/*' | grep -c .)"
check "contents and flags agree" trees_agree a
check "a second run transfers nothing" nothing_moved a

flag_near "$(near_file a plain)" S
flag_near "$(near_file a eight-bit 2>/dev/null || near_file a eight)" FRS
check "sync of flags set here" sync a
check "flags set here reach the server" trees_agree a

imap store INBOX "$(far_uid INBOX alternative)" +FLAGS '(\Flagged \Seen)'
imap store INBOX "$(far_uid INBOX plain)" -FLAGS '(\Seen)'
check "sync of flags set there" sync a
same "a flag set on the server arrives" FS "$(near_file a alternative | sed 's/.*:2,//')"
check "flags agree after changes on both sides" trees_agree a

rm -- "$(near_file a folded)"
imap store INBOX "$(far_uid INBOX from)" +FLAGS '(\Deleted)'
imap expunge INBOX
check "sync of deletions on both sides" sync a
same "a message deleted here is gone there" "" "$(far_uid INBOX folded)"
same "a message deleted there is gone here" "" "$(near_file a from)"

mkdir -p "$scratch/a/Projects"/{cur,new,tmp} "$scratch/a/Projects/Deep"/{cur,new,tmp}
check "sync of new folders made here" sync a
moved=$(near_file a attachment)
mv "$moved" "$scratch/a/Projects/Deep/cur/$(basename "$moved" | sed 's/,U=[0-9]*//')"
imap create "From the server"
imap move INBOX "$(far_uid INBOX forwarded)" "From the server"
check "sync of moves on both sides" sync a
same "a message moved here is in its new folder there" 1 "$(far_uid Projects/Deep attachment | wc -w)"
same "... and gone from the old one" "" "$(far_uid INBOX attachment)"
check "a message moved there is in its new folder here" test -n "$(near_file a forwarded "From the server")"
same "... and gone from the old one here" "" "$(near_file a forwarded)"

# mbsync 1.4 takes folder names as they are on the wire; 1.5 and later translate them.
name_far="Entwürfe/Grüße – 日本 & Co"
imap create "$name_far"
imap append "$name_far" "$scratch/samples/eight-bit.eml" '(\Seen)'
check "sync of a folder with a non-ASCII name" sync a
check "a folder with a non-ASCII name arrives with its message" test 1 = "$(grep -rlF '<eight@sender.example>' "$scratch/a" | grep -vc '/INBOX/')"
wire=$(python3 -c "import sys; sys.path.insert(0, '$lib'); import mailtest; print(mailtest.encode_utf7('Élan/Žluťoučký 🐎'))")
mkdir -p "$scratch/a/$wire"/{cur,new,tmp}
cp "$scratch/samples/plain.eml" "$scratch/a/$wire/cur/1700000000.1.test:2,S"
sed -i 's/\r$//' "$scratch/a/$wire/cur/1700000000.1.test:2,S"
check "sync of a non-ASCII folder made here" sync a
same "a non-ASCII folder made here is there with its message" 1 "$(imap count 'Élan/Žluťoučký 🐎')"
check "everything agrees" trees_agree a

check "second replica, STARTTLS and LOGIN" sync b
check "the second replica agrees" trees_agree b
flag_near "$(near_file b big)" F
rm -- "$(near_file b empty)"
cp "$scratch/samples/folded.eml" "$scratch/b/Projects/new/1700000001.2.test"
sed -i 's/\r$//' "$scratch/b/Projects/new/1700000001.2.test"
check "sync of the second replica's changes" sync b
check "sync of the first replica afterwards" sync a
check "three parties agree" trees_agree a
check "three parties agree, seen from the second" trees_agree b

# mbsync takes over the deletion of an empty folder only.
imap store "From the server" 1:* +FLAGS '(\Deleted)'
imap expunge "From the server"
check "sync of an emptied folder" sync a
imap delete "From the server"
check "sync of a folder deleted there" sync a
check "a folder deleted on the server is gone here" test ! -d "$scratch/a/From the server/cur"
check "nothing left to transfer, first replica" nothing_moved a
check "last sync of the second replica" sync b
check "nothing left to transfer, second replica" nothing_moved b
finish
