#!/usr/bin/env bash
# Programs that sync, sort and serve mail over IMAP: offlineimap, imapfilter, imapflow. See README.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/checks.sh"
"$lib/../../tests/tools/install.sh" interop syncers
offlineimap --version 2>&1 | sed -n '1s/^/# offlineimap /p'
imapfilter -V 2>&1 | sed -n '1s/^/# /p'
(cd "$scratch" && npm install --silent --no-audit --no-fund imapflow@1 >"$scratch/log" 2>&1) || { cat "$scratch/log" >&2; exit 1; }
export NODE_PATH="$scratch/node_modules"
node -p '"# imapflow " + require("imapflow/package.json").version'

# imapflow
timeout 120 node "$here/imapflow.js" >"$scratch/told" 2>"$scratch/error" || cat "$scratch/error" >&2
told "$scratch/told"

# What an account does without is not told from the next login on.
if [ -n "${DATA:-}" ]; then
    capabilities() { "$lib/../../compatbot" account capabilities "$ACCOUNT" --data "$DATA" "$@" >/dev/null; }
    offers() { curl -sS --max-time 20 -u "$ACCOUNT:$PASSWORD" "imap://$HOST:$IMAP_PORT/" -X CAPABILITY | grep -qw "$1"; }
    check "an account is offered what there is" offers COMPRESS=DEFLATE
    check "a capability is switched off" capabilities --without COMPRESS,IDLE
    same "and not offered any more" no "$(offers COMPRESS=DEFLATE && echo yes || echo no)"
    check "all are switched on again" capabilities --all
    check "and offered" offers COMPRESS=DEFLATE
fi

# imapfilter: a script in Lua that looks, marks, moves and deletes.
mkdir "$scratch/samples"
imap samples "$scratch/samples"
imap create Sorted
imap create Work
for number in 1 2 3 4 5 6; do
    printf 'From: boss%s@work.example\r\nSubject: report %s\r\nX-Kind: %s\r\n\r\nbody grüße %s\r\n' "$number" "$number" "$((number % 2))" "$number" >"$scratch/mail$number"
    imap append Work "$scratch/mail$number"
done
server_certificate >"$scratch/server.pem"
cat >"$scratch/filter.lua" <<LUA
options.timeout = 60
options.create = true
account = IMAP { server = "${TLS_NAME:-localhost}", port = $IMAPS_PORT, username = "$ACCOUNT", password = "$PASSWORD", ssl = "auto" }
work = account.Work
local odd = work:contain_field("X-Kind", "1")
odd:move_messages(account.Sorted)
local boss = work:contain_from("boss2@work.example") + work:contain_subject("report 4")
boss:mark_flagged()
boss:add_flags({ "\$Work" })
local found = work:contain_body("grüße 6") * work:is_unseen()
found:copy_messages(account["Made/By imapfilter"])
found:delete_messages()
local all, mine = account:list_all("", "*")
print(#all)
LUA
check "imapfilter runs" timeout 60 imapfilter -t "$scratch/server.pem" -c "$scratch/filter.lua"
same "it moved by a header field" 3 "$(imap count Sorted)"
same "it marked by sender and subject" 2 "$(imap count Work FLAGGED)"
same "it set a keyword" 2 "$(imap count Work 'KEYWORD $Work')"
same "it made a folder and copied into it" 1 "$(imap count 'Made/By imapfilter')"
same "it deleted" 2 "$(imap count Work)"

# offlineimap: two-way, by IMAP over TLS.
mkdir -p "$scratch/local"
cat >"$scratch/offlineimaprc" <<RC
[general]
accounts = main
metadata = $scratch/meta
ui = quiet
[Account main]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = $scratch/local
sync_deletes = yes
[Repository far]
type = IMAP
remotehost = ${TLS_NAME:-localhost}
remoteport = $IMAPS_PORT
remoteuser = $ACCOUNT
remotepass = $PASSWORD
ssl = yes
sslcacertfile = $scratch/server.pem
RC
offline() { timeout 120 offlineimap -c "$scratch/offlineimaprc" -o >"$scratch/log" 2>&1 || { tail -n 15 "$scratch/log"; return 1; }; }
# Messages of a folder here: flags and a canonical hash, as `imap list` has them on the server.
near() {
    local files
    mapfile -t files < <(find "$scratch/local/$1" -path '*/cur/*' -type f -o -path "*/local/$1/new/*" -type f)
    imap canonical "${files[@]}" | sort
}
far() { imap list "$1" | awk '{print $NF}' | sort; }
check "offlineimap syncs" offline
check "every message of a folder is here" diff <(far Work) <(near Work)
check "and of another" diff <(far Sorted) <(near Sorted)
file=$(find "$scratch/local/Sorted" -type f -path '*/cur/*' -o -type f -path '*/Sorted/new/*' | sort | head -1)
base=$(basename "$file")
mv "$file" "$scratch/local/Sorted/cur/${base%%:2,*}:2,FS"
mkdir -p "$scratch/local/Work/new"
printf 'From: me@mail.test\nSubject: written offline\nDate: Sun, 29 Nov 2026 10:00:00 +0000\nMessage-ID: <offline@mail.test>\n\nhello\n' >"$scratch/local/Work/new/$(date +%s).1.here"
find "$scratch/local/Work" -type f -path '*/cur/*' | sort | head -1 | xargs -r rm
check "it syncs what changed here" offline
same "a flag set here is there" 1 "$(imap count Sorted FLAGGED)"
same "a message written here is there" 1 "$(imap count Work 'SUBJECT "written offline"')"
imap append Sorted "$scratch/mail1"
imap store Sorted 1 '+FLAGS' '\Answered' >/dev/null
check "it syncs what changed there" offline
check "and both sides hold the same" diff <(far Sorted) <(near Sorted)
check "nothing is twice" bash -c "[ \"\$(find '$scratch/local/Work' -type f -path '*/cur/*' -o -type f -path '*/Work/new/*' | wc -l)\" = \"$(imap count Work)\" ]"
finish
