#!/usr/bin/env bash
# mutt (or MUTT=neomutt) without a person at the keys: reads, flags, deletes, copies, sends. See README.md.
set -euo pipefail
. "$(dirname "$0")/../lib/checks.sh"
: "${ACCOUNT2:?}" "${PASSWORD2:?}"
mutt=${MUTT:-mutt}
"$lib/../../tests/tools/install.sh" interop
$mutt -v | sed -n '1s/^/# /p'

mkdir "$scratch"/{samples,read,tmp}
imap samples "$scratch/samples"
imap fill INBOX "$scratch/samples"/*.eml
imap create Saved
server_certificate >"$scratch/server.pem"

cat >"$scratch/save" <<EOF
#!/bin/sh
cat >"\$(mktemp "$scratch/read/XXXXXXXX")"
EOF
chmod +x "$scratch/save"
# settings FOLDER [MORE...]
settings() {
    printf '%s\n' "set folder=\"$1\" spoolfile=\"$1/INBOX\" imap_user=\"$ACCOUNT\" imap_pass=\"$PASSWORD\"" \
        "set ssl_verify_host=no ssl_verify_dates=no certificate_file=\"$scratch/server.pem\" tmpdir=\"$scratch/tmp\"" \
        'set pipe_decode=no pipe_split=yes pipe_sep="" wait_key=no delete=yes move=no confirmappend=no quit=yes mark_old=no sleep_time=0' \
        'set sort=mailbox-order smart_wrap=no beep=no' "${@:2}"
}
# mutt_keys SETTINGS KEYS: runs mutt on a terminal of its own and presses the keys.
mutt_keys() {
    settings "${@:3}" >"$scratch/muttrc"
    printf 'push "%s"\n' "$2" >>"$scratch/muttrc"
    TERM=xterm timeout 120 script -qec "stty rows 40 cols 120; $mutt -n -F '$scratch/muttrc' -f '$1'" /dev/null </dev/null >"$scratch/screen" 2>&1 \
        || { tail -c 2000 "$scratch/screen"; return 1; }
}
plain="imap://$HOST:$IMAP_PORT" secure="imaps://${TLS_NAME:-localhost}:$IMAPS_PORT"
no_tls="set ssl_starttls=no ssl_force_tls=no"

# The messages as mutt pipes them: LF, perhaps with an mbox "From " line before them.
wanted() { imap canonical "$scratch/samples"/*.eml | sort; }
found() {
    sed -s -i '1{/^From .* 20[0-9][0-9]$/d}' "$scratch/read"/* && imap canonical "$scratch/read"/* | sort
}
all='<tag-pattern>~A<enter><tag-prefix><pipe-message>'"$scratch/save"'<enter>'
read_all() {
    rm -f "$scratch/read"/*
    mutt_keys "$1/INBOX" "$all<exit>" "$1" "${@:2}" && diff <(wanted) <(found)
}
check "reads every message byte for byte (LOGIN, plain)" read_all "$plain" "$no_tls"
check "reads every message byte for byte (TLS)" read_all "$secure"
check "reads every message byte for byte (STARTTLS)" read_all "imap://${TLS_NAME:-localhost}:$IMAP_PORT" 'set ssl_starttls=yes ssl_force_tls=yes'
check "reads with CONDSTORE and QRESYNC where offered" read_all "$secure" "set imap_condstore=yes imap_qresync=yes header_cache=\"$scratch/cache\""

flags_of() { imap list "$1" | grep "$(imap canonical "$scratch/samples/$2.eml")" | cut -d' ' -f2; }
keys='<limit>~i plain@sender<enter><flag-message><limit>~i eight@sender<enter><set-flag>r<limit>~A<enter><sync-mailbox><quit>'
check "flags" mutt_keys "$secure/INBOX" "$keys" "$secure"
check "a flag set by mutt is on the server" grep -q '\\Flagged' <(flags_of INBOX plain)
check "an answered mark set by mutt is on the server" grep -q '\\Answered' <(flags_of INBOX eight-bit)

keys='<limit>~i folded@sender<enter><copy-message>=Saved<enter><limit>~i from@sender<enter><save-message>=Saved<enter>'
keys+='<limit>~i empty@sender<enter><delete-message><limit>~A<enter><sync-mailbox><quit>'
check "copies, saves and deletes" mutt_keys "$secure/INBOX" "$keys" "$secure"
same "the copy and the saved one are in the other mailbox" 2 "$(imap count Saved)"
same "the saved and the deleted one are gone from INBOX" $(($(wanted | wc -l) - 2)) "$(imap count INBOX)"
again() {
    rm -f "$scratch/read"/*
    mutt_keys "$secure/INBOX" "$all<exit>" "$secure" "set imap_condstore=yes imap_qresync=yes header_cache=\"$scratch/cache\"" \
        && [ "$(find "$scratch/read" -type f | wc -l)" = "$(imap count INBOX)" ]
}
check "comes back by QRESYNC to a mailbox that lost messages meanwhile" again
check "the copy has the same bytes" test -n "$(flags_of Saved folded)"

keys='<change-folder>=Saved<enter><tag-pattern>~A<enter><tag-prefix><save-message>=INBOX<enter><sync-mailbox><change-folder>=INBOX<enter><quit>'
check "moves back across folders in one session" mutt_keys "$secure/INBOX" "$keys" "$secure"
same "the other mailbox is empty" 0 "$(imap count Saved)"

# Sending, with the copy of what was sent put into a mailbox by IMAP.
imap create "Sent by mutt"
send() {
    settings "$secure" "set from=\"$ACCOUNT\" realname=\"Reader\" use_from=yes use_envelope_from=yes copy=yes record=\"$secure/Sent by mutt\"" \
        "set smtp_url=\"$1\" smtp_pass=\"$PASSWORD\" ssl_force_tls=yes hostname=client.test" >"$scratch/muttrc"
    echo "Grüße, sent by mutt over $1" | LC_ALL=C.UTF-8 timeout 120 $mutt -n -F "$scratch/muttrc" -s "mutt $2" -- "$ACCOUNT2"
}
arrived() { [ "$(ACCOUNT=$ACCOUNT2 PASSWORD=$PASSWORD2 imap count INBOX "SUBJECT \"mutt $1\"")" = 1 ]; }
user=${ACCOUNT/@/%40}
check "sends over TLS" send "smtps://$user@${TLS_NAME:-localhost}:$SUBMISSIONS_PORT" one
check "what it sent over TLS arrives" until_true arrived one
check "sends by STARTTLS" send "smtp://$user@${TLS_NAME:-localhost}:$SUBMISSION_PORT" two
check "what it sent by STARTTLS arrives" until_true arrived two
# neomutt says that it can not, without a person.
[ "$mutt" = neomutt ] || same "copies of what was sent are kept" 2 "$(imap count 'Sent by mutt')"
finish
