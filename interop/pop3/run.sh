#!/usr/bin/env bash
# POP3 by poplib, curl, fetchmail, mpop and getmail: the same bytes, by every way of logging in; deletes at QUIT alone. See README.md.
set -euo pipefail
. "$(dirname "$0")/../lib/checks.sh"
: "${POP3_PORT:?}" "${POP3S_PORT:?}"
"$lib/../../tests/tools/install.sh" pop3
fetchmail -V 2>/dev/null | sed -n '1s/^/# /p' || true
mpop --version | sed -n '1s/^/# /p'
getmail --version | sed -n '1s/^/# /p'

mkdir "$scratch/samples" "$scratch/mail"
imap samples "$scratch/samples"
fill() { imap fill INBOX "$scratch/samples"/*.eml; }
fill
number=$(find "$scratch/samples" -name '*.eml' | wc -l)
left() { imap count INBOX; }

python3 "$(dirname "$0")/questions.py" "$scratch/samples" >"$scratch/poplib" 2>&1 || true
told "$scratch/poplib"
same "poplib deleted nothing" "$number" "$(left)"

server_certificate >"$scratch/certificate.pem"
fingerprint() { openssl x509 -in "$scratch/certificate.pem" -noout -fingerprint "-$1" | cut -d= -f2; }
client() { curl -sS --max-time 60 -u "$ACCOUNT:$PASSWORD" "$@"; }
same "curl lists" "$number" "$(client "pop3://$HOST:$POP3_PORT/" | grep -c '^[0-9]')"
first=$(find "$scratch/samples" -name '*.eml' | sort | head -1)
client "pop3://$HOST:$POP3_PORT/1" -o "$scratch/one"
same_files "curl retrieves over plain" "$first" "$scratch/one"
secure=(--cacert "$scratch/certificate.pem" --resolve "localhost:$POP3S_PORT:$HOST" --resolve "localhost:$POP3_PORT:$HOST")
client "${secure[@]}" "pop3s://localhost:$POP3S_PORT/1" -o "$scratch/two"
same_files "curl retrieves over TLS" "$first" "$scratch/two"
client "${secure[@]}" --ssl-reqd "pop3://localhost:$POP3_PORT/1" -o "$scratch/three"
same_files "curl retrieves by STLS" "$first" "$scratch/three"
for mechanism in PLAIN LOGIN; do
    client --login-options "AUTH=$mechanism" "pop3://$HOST:$POP3_PORT/1" -o "$scratch/four"
    same_files "curl logs in by $mechanism" "$first" "$scratch/four"
done
same "curl: a wrong password" 67 "$(curl -sS -u "$ACCOUNT:wrong" "pop3://$HOST:$POP3_PORT/" >/dev/null 2>&1 || echo $?)"

# mpop keeps mail on the server, then gets only what is new, then takes all of it away.
cat >"$scratch/.mpoprc" <<CONF
account keep
host $HOST
port $POP3_PORT
user $ACCOUNT
password $PASSWORD
auth user
tls off
keep on
delivery maildir $scratch/mpop
uidls_file $scratch/uidls
received_header off
account stls : keep
tls on
tls_starttls on
tls_fingerprint $(fingerprint sha256)
auth plain
account scram : stls
auth scram-sha-256
CONF
chmod 600 "$scratch/.mpoprc"
mkdir -p "$scratch"/mpop/{cur,new,tmp}
check "mpop retrieves and keeps" mpop -q keep
same "mpop has every message" "$number" "$(find "$scratch/mpop/new" -type f | wc -l)"
imap append INBOX "$first"
check "mpop again, by STLS" mpop -q stls
same "mpop took the new one alone" "$((number + 1))" "$(find "$scratch/mpop/new" -type f | wc -l)"
if mpop --version | grep -q scram-sha-256; then check "mpop logs in by SCRAM-SHA-256" mpop -q scram; fi
check "mpop takes all away" mpop -q keep --keep=off --only-new=off
same "nothing is left behind mpop" 0 "$(left)"

# getmail and fetchmail hand each message to a program and delete it.
cat >"$scratch/deliver" <<'SH'
#!/bin/sh
cat >"$(mktemp "$FETCHED/XXXXXX")"
SH
chmod +x "$scratch/deliver"
fill
mkdir "$scratch/.getmail" "$scratch/getmail"
export FETCHED="$scratch/getmail"
cat >"$scratch/.getmail/getmailrc" <<CONF
[retriever]
type = SimplePOP3SSLRetriever
server = $HOST
port = $POP3S_PORT
username = $ACCOUNT
password = $PASSWORD
[destination]
type = MDA_external
path = $scratch/deliver
allow_root_commands = true
[options]
delete = true
delivered_to = false
received = false
CONF
chmod 700 "$scratch/.getmail"
chmod 600 "$scratch/.getmail/getmailrc"
check "getmail retrieves over TLS" getmail --getmaildir "$scratch/.getmail"
same "getmail has every message" "$number" "$(find "$scratch/getmail" -type f | wc -l)"
same "nothing is left behind getmail" 0 "$(left)"

fill
mkdir "$scratch/fetched"
export FETCHED="$scratch/fetched"
cat >"$scratch/fetchmailrc" <<CONF
poll $HOST protocol pop3 service $POP3_PORT uidl username "$ACCOUNT" password "$PASSWORD" sslproto 'TLS1.2+' sslfingerprint "$(fingerprint md5)" no sslcertck
  fetchall mda "$scratch/deliver"
CONF
chmod 600 "$scratch/fetchmailrc"
check "fetchmail retrieves by STLS" fetchmail -f "$scratch/fetchmailrc" --nosyslog --pidfile "$scratch/fetchmail.pid" -i "$scratch/fetchids"
same "fetchmail has every message" "$number" "$(find "$scratch/fetched" -type f | wc -l)"
same "nothing is left behind fetchmail" 0 "$(left)"
finish
