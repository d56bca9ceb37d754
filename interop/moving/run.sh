#!/usr/bin/env bash
# Export, import and backup beside a running server, read by other programs. See README.md.
set -euo pipefail
. "$(dirname "$0")/../lib/checks.sh"
: "${ACCOUNT2:?}" "${PASSWORD2:?}" "${DATA:?the verbs need the data directory of a server on this machine}"
"$lib/../../tests/tools/install.sh" interop bench
dovecot --version | sed 's/^/# dovecot /'
compatbot() { "$lib/../../compatbot" "$@" --data "$DATA"; }
echo "$PASSWORD" >"$scratch/key1"
echo "$PASSWORD2" >"$scratch/key2"
chmod 755 "$scratch"

mkdir "$scratch/samples"
imap samples "$scratch/samples"
folders=(INBOX Work/Letters "Entwürfe/Grüße – 日本 & Co" a.b/c.d INBOX/below)
for folder in "${folders[@]:1}"; do imap create "$folder"; done
number=0
for sample in "$scratch/samples"/*.eml; do
    flags=('' '(\Seen)' '(\Answered \Flagged)' '(\Seen $Label1)' '(\Draft $Forwarded Later)')
    imap append "${folders[number % 5]}" "$sample" "${flags[number % 5]}"
    number=$((number + 1))
done

# tree DIR: every message of a Maildir: flags, time, content.
tree() {
    python3 - "$1" <<'PY'
import hashlib, os, sys
for place, _, files in sorted(os.walk(sys.argv[1])):
    for name in files if os.path.basename(place) in ("cur", "new") else ():
        path = os.path.join(place, name)
        print(os.path.relpath(os.path.dirname(place), sys.argv[1]), name.partition(":2,")[2],
              int(os.stat(path).st_mtime), hashlib.sha256(open(path, "rb").read()).hexdigest())
PY
}

check "export, by the running server" compatbot account export "$ACCOUNT" "$scratch/out" --unlock "$scratch/key1"
same "every message is a file" "$number" "$(tree "$scratch/out/mail" | wc -l)"
check "each file is a message, byte for byte" diff \
    <(sha256sum "$scratch/samples"/*.eml | cut -d' ' -f1 | sort) <(tree "$scratch/out/mail" | awk '{print $NF}' | sort)
same "nobody else may read it" 0 "$(find "$scratch/out" -perm /077 | wc -l)"
refused() { ! compatbot account export "$ACCOUNT" "$scratch/out" --unlock "$scratch/key1"; }
check "a second export into the same folder is refused" refused

# Python's own Maildir.
python_reads() {
    python3 -c 'import mailbox, sys; box = mailbox.Maildir(sys.argv[1], factory=None, create=False)
def count(box): return len(list(box)) + sum(count(box.get_folder(name)) for name in box.list_folders())
print(count(box))' "$scratch/out/mail"
}
same "Python reads every message" "$number" "$(python_reads)"

# dovecot, on a copy: it writes indexes beside the messages, and refuses to work as root.
mkdir -p "$scratch/dovecot"/{run,state,home}
cp -a "$scratch/out/mail" "$scratch/dovecot/mail"
owner=$(id -un)
[ "$(id -u)" != 0 ] || { owner=mail; chown -R mail:mail "$scratch/dovecot"; }
cat >"$scratch/dovecot.conf" <<DOVECOT
base_dir = $scratch/dovecot/run
state_dir = $scratch/dovecot/state
log_path = /dev/stderr
mail_location = maildir:$scratch/dovecot/mail
mail_home = $scratch/dovecot/home
mail_uid = $owner
mail_gid = $owner
first_valid_uid = 0
ssl = no
mail_plugins = listescape
namespace inbox {
  inbox = yes
  separator = /
}
DOVECOT
dove() { USER=$owner HOME="$scratch/dovecot/home" doveadm -c "$scratch/dovecot.conf" "$@"; }
stat_of() { compatbot store stat --account "$1" --unlock "$2" --json; }
stat_of "$ACCOUNT" "$scratch/key1" >"$scratch/stat.json"
ours() {
    python3 -c 'import json, sys
for box in json.load(open(sys.argv[1]))[0]["mailboxes"]:
    print(box["name"], "messages=%d" % box["messages"], "uidnext=%d" % box["uidNext"], "uidvalidity=%d" % box["uidValidity"])' \
        "$scratch/stat.json" | LC_ALL=C sort
}
check "dovecot sees the same names, UIDs and UIDVALIDITYs" \
    diff <(ours) <(dove mailbox status 'messages uidvalidity uidnext' '*' 2>/dev/null | LC_ALL=C sort)
same "dovecot sees the keywords" "$(imap count INBOX/below 'KEYWORD Later')" "$(dove search keyword Later 2>/dev/null | wc -l)"
same "dovecot sees the flags" "$(imap count Work/Letters SEEN)" "$(dove search mailbox Work/Letters seen 2>/dev/null | wc -l)"
check "dovecot finds nothing to mend" dove force-resync '*'

# mbsync, on a copy: from our Maildir++ into a Maildir of its own.
mkdir -p "$scratch/synced"
cp -r "$scratch/out/mail" "$scratch/copy"
cat >"$scratch/mbsync.rc" <<MBSYNC
MaildirStore ours
Inbox $scratch/copy
SubFolders Maildir++

MaildirStore theirs
Path $scratch/synced/
Inbox $scratch/synced/INBOX
SubFolders Verbatim

Channel all
Far :ours:
Near :theirs:
Patterns *
Create Near
CopyArrivalDate yes
SyncState $scratch/synced/.state-
MBSYNC
check "mbsync syncs from the export" mbsync -c "$scratch/mbsync.rc" -a
# mbsync passes over folders below INBOX in a Maildir++: ../CLIENTS.md.
others=$((number - $(imap count INBOX/below)))
same "mbsync has every message" "$others" "$(find "$scratch/synced" -path '*/cur/*' -type f -o -path '*/new/*' -type f | grep -vc mbsyncstate)"

# mutt, its screen read: the message count in its status line.
cat >"$scratch/muttrc" <<MUTT
set folder="$scratch/out/mail" spoolfile="$scratch/out/mail" mbox_type=Maildir quit=yes tmpdir="$scratch" wait_key=no
set pipe_split=yes pipe_sep="" mark_old=no move=no
push "<tag-pattern>~A<enter><tag-prefix><pipe-message>wc -c >> $scratch/mutt.out<enter><exit>"
MUTT
mutt_reads() {
    TERM=xterm timeout 60 script -qec "stty rows 40 cols 120; mutt -R -n -F '$scratch/muttrc' -f '$scratch/out/mail/.Work.Letters'" /dev/null \
        </dev/null >"$scratch/screen" 2>&1 || { tail -c 2000 "$scratch/screen"; return 1; }
    [ "$(wc -l <"$scratch/mutt.out")" = "$(imap count Work/Letters)" ]
}
check "mutt reads the messages of a folder" mutt_reads

# Back in, into another account: our export, then what the others made of it.
import_into() { compatbot account import "$1" "$3" --unlock "$2" --json >"$scratch/import.json"; }
said() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$scratch/import.json" "$1"; }
check "import of the export" import_into "$ACCOUNT2" "$scratch/key2" "$scratch/out"
same "every message was added" "$number" "$(said added)"
check "import again" import_into "$ACCOUNT2" "$scratch/key2" "$scratch/out"
same "nothing was added" 0 "$(said added)"
check "import of dovecot's Maildir" import_into "$ACCOUNT2" "$scratch/key2" "$scratch/dovecot/mail"
same "nothing was added from dovecot" 0 "$(said added)"
compatbot account export "$ACCOUNT2" "$scratch/out2" --unlock "$scratch/key2" >"$scratch/log"
check "both accounts hold the same: folders, flags, dates, bytes" diff <(tree "$scratch/out/mail" | LC_ALL=C sort) <(tree "$scratch/out2/mail" | LC_ALL=C sort)

compatbot account add moved@mail.test --json >"$scratch/moved.json"
python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["words"])' "$scratch/moved.json" >"$scratch/key3"
check "import of mbsync's Maildir" import_into moved@mail.test "$scratch/key3" "$scratch/synced"
same "every message came over from mbsync" "$others" "$(said added)"
check "import of mbsync's Maildir again" import_into moved@mail.test "$scratch/key3" "$scratch/synced"
same "nothing was added from mbsync" 0 "$(said added)"

# From dovecot's own IMAP server, from ours, and from an mbox that Python writes.
dove_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >>"$scratch/dovecot.conf" <<DOVECOT
protocols = imap
listen = 127.0.0.1
disable_plaintext_auth = no
passdb {
  driver = static
  args = password=moving
}
userdb {
  driver = static
  args = uid=$owner gid=$owner home=$scratch/dovecot/home
}
service imap-login {
  inet_listener imap {
    port = $dove_port
  }
  inet_listener imaps {
    port = 0
  }
}
DOVECOT
dovecot -F -c "$scratch/dovecot.conf" 2>"$scratch/dovecot.log" &
started+=($!)
check "dovecot listens" until_true bash -c ": </dev/tcp/127.0.0.1/$dove_port"
echo moving >"$scratch/moving"
new_account() { compatbot account add "$1" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["words"])' >"$2"; }
new_account elsewhere@mail.test "$scratch/key5"
move_in() { compatbot account import elsewhere@mail.test "$1" --source-password "$2" --unlock "$scratch/key5" --json "${@:3}" >"$scratch/import.json"; }
check "moving in from dovecot over IMAP" move_in "imap://anna@127.0.0.1:$dove_port" "$scratch/moving"
same "every message came over" "$number" "$(said added)"
check "moving in again" move_in "imap://anna@127.0.0.1:$dove_port" "$scratch/moving"
same "nothing was added" 0 "$(said added)"
compatbot account export elsewhere@mail.test "$scratch/out5" --unlock "$scratch/key5" >"$scratch/log"
check "folders, flags, dates, bytes are those of the other server" diff \
    <(tree "$scratch/out/mail" | LC_ALL=C sort) <(tree "$scratch/out5/mail" | LC_ALL=C sort)
echo wrong >"$scratch/wrong"
refused() { ! move_in "imap://$ACCOUNT@localhost:$IMAP_PORT" "$scratch/wrong" --source-ca "$DATA/tls/certificate.pem" 2>"$scratch/error" && grep -q "Wrong address or password" "$scratch/error"; }
check "a wrong password is told" refused
echo "$PASSWORD" >"$scratch/right"
untrusted() { ! move_in "imaps://$ACCOUNT@$HOST:$IMAPS_PORT" "$scratch/right" 2>"$scratch/error" && grep -q source-ca "$scratch/error"; }
check "a certificate that nobody vouches for is told" untrusted
check "moving in from our own server under TLS" move_in "imaps://$ACCOUNT@localhost:$IMAPS_PORT" "$scratch/right" --source-ca "$DATA/tls/certificate.pem"
same "nothing was added from our own" 0 "$(said added)"
python3 - "$scratch/out/mail" "$scratch/python.mbox" <<'PY'
import mailbox, sys
maildir, mbox = mailbox.Maildir(sys.argv[1], factory=None), mailbox.mbox(sys.argv[2])
for key in maildir.keys():
    message = mailbox.mboxMessage(maildir[key])
    mbox.add(message)
mbox.flush()
print(len(mbox))
PY
new_account mbox@mail.test "$scratch/key6"
check "import of Python's mbox" compatbot account import mbox@mail.test "$scratch/python.mbox" --unlock "$scratch/key6" --json
import_mbox() { compatbot account import mbox@mail.test "$scratch/python.mbox" --unlock "$scratch/key6" --json >"$scratch/import.json"; }
check "and again" import_mbox
same "nothing was added from the mbox" 0 "$(said added)"
same "every message of it is there" "$(grep -ac '^From ' "$scratch/python.mbox")" "$(said present)"

# A backup beside the running server.
check "backup" compatbot backup "$scratch/backup"
imap append INBOX "$scratch/samples/plain.eml"
check "backup again" compatbot backup "$scratch/backup"
check "the backup verifies" compatbot backup verify "$scratch/backup"
stat_of "$ACCOUNT" "$scratch/key1" >"$scratch/stat.json"
"$lib/../../compatbot" backup restore "$scratch/backup" --key "$DATA/backup.key" --data "$scratch/restored" >"$scratch/log"
check "the restored account is the same to the last MODSEQ" diff "$scratch/stat.json" \
    <("$lib/../../compatbot" store stat --account "$ACCOUNT" --unlock "$scratch/key1" --json --data "$scratch/restored")
check "the restored store verifies" "$lib/../../compatbot" store verify --account "$ACCOUNT" --unlock "$scratch/key1" --data "$scratch/restored"
pack=$(find "$scratch/backup/packs" -type f | head -1)
flip() { python3 -c 'import sys; file = open(sys.argv[1], "r+b"); file.seek(200); byte = file.read(1)[0]; file.seek(200); file.write(bytes([byte ^ 4]))' "$1"; }
flip "$pack"
damage_found() { ! compatbot backup verify "$scratch/backup" >"$scratch/damage" && grep -q "^DAMAGED run .*lost is of" "$scratch/damage"; }
check "a flipped bit is found, and what it takes with it is said" damage_found
flip "$pack"

# Files, calendars and contacts: out, into the other account, and back from the dead.
: "${HTTP_PORT:?}"
dav() { curl -sS -f --max-time 60 -u "$1:$2" "${@:3}"; }
root="http://$HOST:$HTTP_PORT/dav"
head -c 700000 /dev/urandom >"$scratch/plan.odt"
printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:trip\r\nDTSTART:20260701T080000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n' >"$scratch/trip.ics"
printf 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c\r\nFN:Änne\r\nEND:VCARD\r\n' >"$scratch/c.vcf"
dav "$ACCOUNT" "$PASSWORD" -X MKCOL "$root/files/$ACCOUNT/work/"
dav "$ACCOUNT" "$PASSWORD" -T "$scratch/plan.odt" "$root/files/$ACCOUNT/work/plan.odt"
dav "$ACCOUNT" "$PASSWORD" -T "$scratch/trip.ics" "$root/calendars/$ACCOUNT/calendar/trip.ics"
dav "$ACCOUNT" "$PASSWORD" -T "$scratch/c.vcf" "$root/addressbooks/$ACCOUNT/contacts/c.vcf"
check "export with items" compatbot account export "$ACCOUNT" "$scratch/items" --unlock "$scratch/key1"
same_files "a file is a file" "$scratch/plan.odt" "$scratch/items/files/work/plan.odt"
same_files "an event is an .ics" "$scratch/trip.ics" "$scratch/items/calendars/calendar/trip.ics"
same_files "a contact is a .vcf" "$scratch/c.vcf" "$scratch/items/contacts/contacts/c.vcf"
check "import of the items" compatbot account import "$ACCOUNT2" "$scratch/items" --unlock "$scratch/key2"
dav "$ACCOUNT2" "$PASSWORD2" "$root/files/$ACCOUNT2/work/plan.odt" -o "$scratch/plan2"
same_files "the other account has the file" "$scratch/plan.odt" "$scratch/plan2"
dav "$ACCOUNT2" "$PASSWORD2" "$root/calendars/$ACCOUNT2/calendar/trip.ics" -o "$scratch/trip2"
same_files "and the event" "$scratch/trip.ics" "$scratch/trip2"
check "import again adds no item" bash -c "'$lib/../../compatbot' account import '$ACCOUNT2' '$scratch/items' --unlock '$scratch/key2' --data '$DATA' --json \
    | python3 -c 'import json, sys; sys.exit(json.load(sys.stdin)[\"itemsAdded\"])'"
sleep 1 # What came is before that second.
moment=$(date -u +%Y-%m-%dT%H:%M:%SZ)
sleep 1 # What comes now is behind that second.
dav "$ACCOUNT" "$PASSWORD" -X DELETE "$root/files/$ACCOUNT/work/plan.odt"
dav "$ACCOUNT" "$PASSWORD" -X DELETE "$root/files/$ACCOUNT/work/"
check "what is deleted is listed" bash -c "'$lib/../../compatbot' store undelete '$ACCOUNT' --realm files --unlock '$scratch/key1' --data '$DATA' | grep -q work/plan.odt"
check "a folder is back" compatbot store undelete "$ACCOUNT" --realm files --path work --unlock "$scratch/key1"
check "and then its file" compatbot store undelete "$ACCOUNT" --realm files --path work/plan.odt --as work/again.odt --unlock "$scratch/key1"
dav "$ACCOUNT" "$PASSWORD" "$root/files/$ACCOUNT/work/again.odt" -o "$scratch/plan3"
same_files "with its octets, for a client that was there all the time" "$scratch/plan.odt" "$scratch/plan3"
check "a folder as it was then" compatbot store restore-path "$ACCOUNT" work --at "$moment" --as then --unlock "$scratch/key1"
dav "$ACCOUNT" "$PASSWORD" "$root/files/$ACCOUNT/then/plan.odt" -o "$scratch/plan4"
same_files "has what was in it" "$scratch/plan.odt" "$scratch/plan4"
over() { compatbot store restore-path "$ACCOUNT" work/again.odt --at "$1" --as "$2" --unlock "$scratch/key1" 2>&1; }
same "what was not there then is not found" 3 "$(over "$moment" x >"$scratch/log" || echo $?)"
same "nor what is to come" 3 "$(over 2999-01-01T00:00Z x >"$scratch/log" || echo $?)"
file_then() { compatbot store restore-path "$ACCOUNT" work/plan.odt --at "$moment" --as then/plan.odt --unlock "$scratch/key1" "$@"; }
same "what is there stays" 4 "$(file_then >"$scratch/log" 2>&1 || echo $?)"
check "unless it may go" file_then --overwrite
dav "$ACCOUNT" "$PASSWORD" -X DELETE "$root/files/$ACCOUNT/then/"
for address in "$ACCOUNT:$PASSWORD" "$ACCOUNT2:$PASSWORD2"; do dav "${address%%:*}" "${address#*:}" -X DELETE "$root/files/${address%%:*}/work/"; done

# Killed in the middle, on a store of its own, without a server.
export COMPATBOT_DATA="$scratch/own"
alone() { "$lib/../../compatbot" "$@" --data "$scratch/own"; }
alone domain add own.test >"$scratch/log"
alone account add own@own.test --json >"$scratch/own.json"
python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["words"])' "$scratch/own.json" >"$scratch/key4"
python3 - "$scratch/many" <<'PY'
import os, sys
os.makedirs(sys.argv[1] + "/cur")
for i in range(6000):
    with open("%s/cur/%d.many:2,S" % (sys.argv[1], 1_600_000_000 + i), "w") as out:
        out.write("Subject: %d\n\n%s\n" % (i, "line\n" * (i % 300)))
PY
# killed SECONDS COMMAND...: runs the program itself, so that the kill hits it.
killed() {
    (timeout -s KILL "$1" "$lib/../../gateway/bin/Release/program/compatbot" "${@:2}" >"$scratch/log" 2>&1 || true) 2>/dev/null
}
for after in 0.1 0.2 0.3 0.5; do killed "$after" account import own@own.test "$scratch/many" --unlock "$scratch/key4" --data "$scratch/own"; done
check "import after four kills" alone account import own@own.test "$scratch/many" --unlock "$scratch/key4"
same "every message is there once" 6000 "$(alone store stat --unlock "$scratch/key4" --json \
    | python3 -c 'import json, sys; print(sum(box["messages"] for box in json.load(sys.stdin)[0]["mailboxes"]))')"
for after in 0.03 0.06 0.1 0.15; do killed "$after" backup "$scratch/backup2" --data "$scratch/own"; done
check "backup after four kills" alone backup "$scratch/backup2"
check "it verifies" alone backup verify "$scratch/backup2"
killed 0.1 backup restore "$scratch/backup2" --key "$scratch/own/backup.key" --data "$scratch/own2"
rm -rf "$scratch/own2" "$scratch/own2.restoring"
check "it restores" "$lib/../../compatbot" backup restore "$scratch/backup2" --key "$scratch/own/backup.key" --data "$scratch/own2"
check "the restored account is the same" diff <(alone store stat --unlock "$scratch/key4") \
    <("$lib/../../compatbot" store stat --unlock "$scratch/key4" --data "$scratch/own2")
finish
