#!/usr/bin/env bash
# Mail to other servers and from them: Postfix, nsd, and a few hundred servers that misbehave. See README.md.
# Starts a server of its own. Needs root, for Postfix.
#
#   interop/relay/run.sh [MESSAGES DESTINATIONS]     of the torture; default 400 40
set -euo pipefail
starts_itself=1 # read by checks.sh
here=$(cd "$(dirname "$0")" && pwd)
messages=${1:-400} destinations=${2:-40}
. "$here/../lib/checks.sh"
. "$here/internet.sh"
tools="$lib/../../tests/tools"
"$tools/install.sh" interop relay
[ "$(id -u)" -eq 0 ] || { echo "relay: Postfix changes to its own users: run as root" >&2; exit 1; }
chmod 755 "$scratch"


offset=$(python3 "$tools/free-offset.py" 53 26 27)
dns_port=$((53 + offset)) mx_port=$((26 + offset))
mkdir "$scratch/nsd"
{
    zone_head postfix.example
    printf '@ IN MX 10 dead\n@ IN MX 20 mx\ndead IN A 127.9.0.1\nmx IN A 127.9.0.2\n'
} >"$scratch/nsd/postfix.example"
{ zone_head never.example; echo '@ IN MX 0 .'; } >"$scratch/nsd/never.example"
{
    zone_head sink.example
    for number in $(seq 0 $((destinations - 1))); do
        echo "d$number IN MX 10 mx.d$number"
        echo "mx.d$number IN A 127.8.$((number / 200)).$((number % 200 + 1))"
    done
} >"$scratch/nsd/sink.example"
zone_head mail.test >"$scratch/nsd/mail.test"
{
    zone_head from.example
    /usr/bin/python3 "$here/verdicts.py" zone
    openssl genrsa -out "$scratch/rsa.pem" 2048 2>/dev/null
    printf 'rsa._domainkey IN TXT "v=DKIM1; k=rsa; " "p="'
    openssl rsa -in "$scratch/rsa.pem" -pubout -outform DER 2>/dev/null | base64 -w 200 | sed 's/.*/ "&"/' | tr -d '\n'
    echo
} >"$scratch/nsd/from.example"
start_nsd "$scratch/nsd" "$dns_port" postfix.example never.example sink.example mail.test from.example

own_server="$scratch/server"
export COMPATBOT_SERVE_OPTIONS="--dns 127.0.0.1@$dns_port --relay-port $mx_port --hostname mx.mail.test --log-level Error --recipients-per-hour 0"
"$tools/server.sh" start "$own_server"
. "$own_server/server.env"
export HOST IMAP_PORT IMAPS_PORT SMTP_PORT SUBMISSION_PORT SUBMISSIONS_PORT SIEVE_PORT ACCOUNT PASSWORD ACCOUNT2 PASSWORD2
compatbot() { "$lib/../../compatbot" "$@" --data "$DATA"; }
start_postfix "$scratch/postfix" 127.9.0.2 "$mx_port" "$SMTP_PORT"
postconf -d mail_version | sed 's/^/# Postfix /'
nsd -v 2>&1 | sed -n '1s/^/# /p'

submit() {
    swaks --server "$HOST" --port "$SUBMISSION_PORT" -tls --auth PLAIN --auth-user "$ACCOUNT" --auth-password "$PASSWORD" \
        --from "$ACCOUNT" --timeout 30 "$@" >"$scratch/log" 2>&1
}
maildir() { find "$scratch/postfix/mail/carla/new" -type f 2>/dev/null; }
arrived() { [ "$(maildir | wc -l)" = "$1" ]; }
inbox() { [ "$(imap count INBOX "SUBJECT \"$1\"")" = "$2" ]; }
queue_is() { [ "$(compatbot queue list --json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)))')" = "$1" ]; }

# What `domain dns` prints is a zone file: published, it makes signatures begin.
check "domain dns" compatbot domain dns mail.test
compatbot domain dns mail.test | grep -v '^mx.mail.test' >>"$scratch/nsd/mail.test"
kill -HUP "$nsd_pid"
published() { grep -q "zone mail.test read with success" "$scratch/nsd/nsd.log" && [ "$(grep -c 'zone mail.test read' "$scratch/nsd/nsd.log")" -ge 2 ]; }
check "its records load in nsd" until_true published
check "domain check finds all but those of the host itself" eval '! compatbot domain check mail.test --dns "127.0.0.1@$dns_port" --json >"$scratch/records"'
check "and says which" python3 - "$scratch/records" <<'PY'
import json, sys
records = json.load(open(sys.argv[1]))
assert {one["name"] for one in records if one["state"] != "ok"} == {"mx.mail.test."} and len(records) > 15, records
PY
policy() { curl -sSf --resolve "mta-sts.mail.test:$HTTP_PORT:127.0.0.1" "http://mta-sts.mail.test:$HTTP_PORT/.well-known/mta-sts.txt"; }
autoconfig() { curl -sSf --resolve "autoconfig.mail.test:$HTTP_PORT:127.0.0.1" "http://autoconfig.mail.test:$HTTP_PORT/mail/config-v1.1.xml?emailaddress=anna@mail.test"; }
check "an account sets itself up" eval 'autoconfig | python3 -c "
import sys, xml.etree.ElementTree as tree
servers = tree.parse(sys.stdin).getroot().findall(\".//incomingServer\")
assert [(one.get(\"type\"), one.findtext(\"socketType\")) for one in servers][:2] == [(\"imap\", \"SSL\"), (\"imap\", \"STARTTLS\")], servers
assert servers[0].findtext(\"hostname\") == \"mx.mail.test\""'
same "the MTA-STS policy of a domain here" "version: STSv1 mode: testing mx: mx.mail.test max_age: 604800 " "$(policy | tr -d '\r' | tr '\n' ' ')"

# To Postfix: the first exchange is dead, the second takes it, under TLS, octet for octet.
python3 - "$scratch/mail" <<'PY'
import sys
lines = ["Subject: dots and ends", "From: <user1@mail.test>", "Message-ID: <one@mail.test>", "Date: Sat, 28 Nov 2026 00:00:00 +0000", "", ".", "..", "...end", "",
         ".\u00fc", "QUIT", "DATA", "MAIL FROM:<x@y>", "x" * 990, "", "last."]
open(sys.argv[1], "wb").write("\r\n".join(lines).encode() + b"\r\n")
PY
check "submission of a message for elsewhere" curl -sS -k --ssl-reqd --url "smtp://$HOST:$SUBMISSION_PORT/client.test" \
    --user "$ACCOUNT:$PASSWORD" --mail-from "$ACCOUNT" --mail-rcpt carla@postfix.example --upload-file "$scratch/mail"
check "it arrives at Postfix" until_true arrived 1
check "the queue is empty" until_true queue_is 0
tr -d '\r' <"$scratch/mail" >"$scratch/wanted"
sed -n '/^Subject: dots/,$p' "$(maildir)" >"$scratch/found"
same_files "octet for octet" "$scratch/wanted" "$scratch/found"
check "under TLS" grep -q "TLS connection established from" "$scratch/postfix/log"
check "one Return-Path, of Postfix" test "$(grep -c '^Return-Path: ' "$(maildir)")" = 1

# Signatures: a hundred awkward messages, as python3-dkim sees them.
rm -rf "$scratch/postfix/mail/carla"
check "python3-dkim verifies RSA and Ed25519 of awkward messages" env RECORDS="$(compatbot domain dns mail.test --json)" \
    MAILDIR="$scratch/postfix/mail/carla/new" /usr/bin/python3 "$here/signatures.py"
# OpenDKIM, which asks the system's resolver: in a namespace where that is nsd.
by_opendkim() {
    sed "s/port: $dns_port/port: 53/; s|$scratch/nsd/nsd.pid|$scratch/own.pid|" "$scratch/nsd/nsd.conf" >"$scratch/nsd/own.conf"
    echo "nameserver 127.0.0.1" >"$scratch/resolv.conf"
    unshare -mn sh -c "ip link set lo up && mount --bind $scratch/resolv.conf /etc/resolv.conf \
        && /usr/bin/python3 $here/opendkim.py verify $scratch/nsd $1"
}
by_opendkim "$scratch/postfix/mail/carla/new" >"$scratch/opendkim" 2>"$scratch/log" || fail "opendkim-testmsg runs" "$(tail -n 3 "$scratch/log")"
check "opendkim-testmsg verifies all that it does not refuse for two Cc fields" python3 - "$scratch/opendkim" "$scratch/postfix/mail/carla/new" <<'PY'
import json, os, re, sys
said = json.load(open(sys.argv[1]))
heads = {name: open(os.path.join(sys.argv[2], name), "rb").read().split(b"\n\n")[0] for name in said}
two = [name for name in said if len(re.findall(rb"(?im)^cc ?:", heads[name])) > 1]
assert len(said) == 100 and len(two) == 12, (len(said), len(two))
assert [name for name in said if not said[name]] == two, said
PY
rm -rf "$scratch/postfix/mail/carla"
swaks_one() { submit --to carla@postfix.example --header "Subject: again"; }
check "one more" swaks_one
check "it arrives" until_true arrived 1

# From Postfix, under TLS; there and back.
swaks --server 127.9.0.2 --port "$mx_port" --from carla@postfix.example --to "$ACCOUNT" --header "Subject: from postfix" \
    --timeout 30 >"$scratch/log" 2>&1 || fail "swaks to Postfix" "$(tail -n 3 "$scratch/log")"
check "Postfix sends here" until_true inbox "from postfix" 1
check "under TLS, as it demands" grep -q "TLS connection established to 127.0.0.1" "$scratch/postfix/log"

# Notices.
check "submission for a user who is not there" submit --to nobody@postfix.example --header "Subject: lost"
check "a notice comes back" until_true inbox "could not be delivered" 1
uid=$(imap list INBOX | tail -n 1 | cut -d' ' -f1)
imap get INBOX "$uid" >"$scratch/notice"
check "with Postfix's words" grep -q "Diagnostic-Code: smtp; 550 5.1.1 .*nobody@postfix.example.*User unknown" "$scratch/notice"
check "Python reads it as a report" python3 - "$scratch/notice" <<'PY'
import email, email.policy, sys
notice = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
assert notice.get_content_type() == "multipart/report" and notice.get_param("report-type") == "delivery-status"
words, fields, original = notice.get_payload()
message, recipient = fields.get_payload()
assert message["Reporting-MTA"] == "dns; mx.mail.test", message["Reporting-MTA"]
assert recipient["Action"] == "failed" and recipient["Status"] == "5.1.1", recipient.items()
assert original.get_payload()[0]["Subject"] == "lost"
assert not notice.defects and not any(part.defects for part in notice.walk())
PY
check "null MX and no such domain come back" submit --to "a@never.example,b@nowhere.sink.example" --header "Subject: nowhere"
check "both in notices" until_true inbox "could not be delivered" 3
check "success is asked for" python3 - <<'PY'
import os, smtplib, ssl
client = smtplib.SMTP(os.environ["HOST"], int(os.environ["SUBMISSION_PORT"]))
client.starttls(context=ssl._create_unverified_context())
client.login(os.environ["ACCOUNT"], os.environ["PASSWORD"])
client.sendmail(os.environ["ACCOUNT"], ["carla@postfix.example"], b"Subject: tell me\r\n\r\nwords\r\n",
                mail_options=["RET=HDRS", "ENVID=e1"], rcpt_options=["NOTIFY=SUCCESS,FAILURE"])
PY
check "Postfix tells of success" until_true inbox "Successful Mail Delivery Report" 1

# What comes in: the same verdicts as python3-spf and python3-dkim.
"$tools/server.sh" stop "$own_server"
export COMPATBOT_SERVE_OPTIONS="$COMPATBOT_SERVE_OPTIONS --trusted none --dmarc mark"
"$tools/server.sh" restart "$own_server"
. "$own_server/server.env"
/usr/bin/python3 "$here/verdicts.py" >"$scratch/verdicts" || true
grep '^#' "$scratch/verdicts" || true
sed -i '/^#/d' "$scratch/verdicts"
told "$scratch/verdicts"
mkdir "$scratch/signed"
/usr/bin/python3 "$here/opendkim.py" sign "$scratch/rsa.pem" "$scratch/signed"
by_opendkim "$scratch/signed" >"$scratch/opendkim" 2>"$scratch/log" || fail "opendkim-testmsg runs" "$(tail -n 3 "$scratch/log")"
/usr/bin/python3 "$here/opendkim.py" compare "$scratch/opendkim" "$scratch/signed" >"$scratch/verdicts" || true
grep '^#' "$scratch/verdicts" || true
sed -i '/^#/d' "$scratch/verdicts"
told "$scratch/verdicts"

RECORDS="$(compatbot domain dns mail.test --json)" /usr/bin/python3 "$here/arc.py" "$scratch/rsa.pem" "$scratch/postfix/mail/carla/new" \
    >"$scratch/verdicts" 2>"$scratch/log" || fail "ARC" "$(tail -n 3 "$scratch/log")"
grep '^#' "$scratch/verdicts" || true
sed -i '/^#/d' "$scratch/verdicts"
told "$scratch/verdicts"
rm -rf "$scratch/postfix/mail/carla"

# The verbs.
kill "$postfix_pid"
check "Postfix stops" until_true eval '! listens 127.9.0.2 "$mx_port"'
check "mail for a dead server is taken" submit --to carla@postfix.example --header "Subject: waits"
check "it waits" queue_is 1
id=$(compatbot queue list --json | python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["id"])')
tried() { compatbot queue show "$id" | grep -q "attempts [1-9]"; }
check "it was tried" until_true tried
check "queue show says why" grep -q "Cannot connect" <(compatbot queue show "$id")
check "queue hold" compatbot queue hold "$id"
start_postfix "$scratch/postfix" 127.9.0.2 "$mx_port" "$SMTP_PORT"
check "queue retry of held mail" compatbot queue retry "$id"
sleep 1
check "held mail stays" queue_is 1
check "queue release" compatbot queue release "$id"
check "it goes" until_true queue_is 0
check "and arrives" until_true arrived 1
check "queue drop of what is not there fails" eval '! compatbot queue drop 0123456789abcdef'

# Privacy: what waits is not to be read on the disk.
kill "$postfix_pid"
until_true eval '! listens 127.9.0.2 "$mx_port"' || true
submit --to carla@postfix.example --header "Subject: zanzibar" --body "kilimanjaro" || fail "submission" "$(tail -n 3 "$scratch/log")"
check "it waits" until_true queue_is 1
check "no word of it on the disk" eval '! grep -rqaE "zanzibar|kilimanjaro|carla@postfix" "$DATA"'
id=$(compatbot queue list --json | python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["id"])')
check "queue drop" compatbot queue drop "$id"
check "it is gone" queue_is 0

# Torture: servers that take, refuse for now or for good, break off, stall and talk nonsense; and a kill in the middle.
python3 "$here/sink.py" "$mx_port" "$destinations" "$scratch/sink.log" &
sink_pid=$!
started+=("$sink_pid")
until_true listens 127.8.0.1 "$mx_port"
python3 "$here/torture.py" "$scratch/sink.log" "$messages" "$destinations" "$own_server" "$tools/server.sh" "$lib/../../compatbot" >"$scratch/told" || true
grep '^#' "$scratch/told" || true
sed -i '/^#/d' "$scratch/told"
told "$scratch/told"
finish
