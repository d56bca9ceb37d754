#!/usr/bin/env bash
# CompatBot behind Postfix (LMTP) and HAProxy (PROXY protocol). See README.md.
set -euo pipefail
starts_itself=1 # read by checks.sh
. "$(dirname "$0")/../lib/checks.sh"
. "$lib/../relay/internet.sh"
tools="$lib/../../tests/tools"
"$tools/install.sh" interop behind
[ "$(id -u)" -eq 0 ] || { echo "behind: Postfix changes to its own users: run as root" >&2; exit 1; }
chmod 755 "$scratch"
PATH="$PATH:/usr/sbin"

own_server="$scratch/server"
# Postfix comes from 127.0.0.1; HAProxy from 127.0.0.3, and must say for whom.
COMPATBOT_SERVE_OPTIONS="--lmtp --dmarc off --proxy-from 127.0.0.3" "$tools/server.sh" start "$own_server"
. "$own_server/server.env"
export HOST IMAP_PORT IMAPS_PORT SMTP_PORT SUBMISSION_PORT SUBMISSIONS_PORT ACCOUNT PASSWORD ACCOUNT2 PASSWORD2
compatbot() { "$lib/../../compatbot" "$@" --data "$DATA"; }
lmtp_port=$((24 + OFFSET))
offset=$(python3 "$tools/free-offset.py" 25 26 143 443)
mx_port=$((25 + offset)) v1_port=$((26 + offset)) v2_port=$((143 + offset)) web_port=$((443 + offset))

start_postfix "$scratch/postfix" 127.9.0.2 "$mx_port" "$SMTP_PORT"
postconf -c "$scratch/postfix/etc" -e "transport_maps = inline:{mail.test=lmtp:[127.0.0.1]:$lmtp_port}" "lmtp_tls_security_level = encrypt" \
    "lmtp_tls_loglevel = 1"
postfix -c "$scratch/postfix/etc" reload >/dev/null 2>&1
postconf -d mail_version | sed 's/^/# Postfix /'
cat >"$scratch/haproxy.cfg" <<CONF
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen smtp
    bind 127.0.0.1:$v1_port
    server compatbot 127.0.0.1:$SMTP_PORT send-proxy source 127.0.0.3
listen imap
    bind 127.0.0.1:$v2_port
    server compatbot 127.0.0.1:$IMAP_PORT send-proxy-v2 source 127.0.0.3
listen https
    bind 127.0.0.1:$web_port
    server compatbot 127.0.0.1:$HTTPS_PORT send-proxy-v2 source 127.0.0.3
CONF
haproxy -f "$scratch/haproxy.cfg" >"$scratch/haproxy.log" 2>&1 &
haproxy_pid=$!
started+=("$haproxy_pid")
until_true listens 127.0.0.1 "$v1_port"
haproxy -v | sed -n '1s/^/# /p'

has() { ACCOUNT=$1 PASSWORD=$2 imap count INBOX "SUBJECT \"$3\"" | grep -qx "$4"; }
sent() { swaks --server 127.9.0.2 --port "$mx_port" --from carla@postfix.example --timeout 30 "$@" >"$scratch/log" 2>&1; }
check "Postfix takes mail for two" sent --to "$ACCOUNT,$ACCOUNT2" --header "Subject: by lmtp"
check "the first has it" until_true has "$ACCOUNT" "$PASSWORD" "by lmtp" 1
check "the second has it" until_true has "$ACCOUNT2" "$PASSWORD2" "by lmtp" 1
imap get INBOX "$(imap list INBOX | tail -n 1 | cut -d' ' -f1)" >"$scratch/mail"
check "by LMTP under TLS" grep -q "with LMTPS id" "$scratch/mail"
check "one of the recipients is nobody" sent --to "$ACCOUNT,nobody@mail.test" --header "Subject: half"
check "the other gets it" until_true has "$ACCOUNT" "$PASSWORD" half 1
check "Postfix bounces for the nobody alone" until_true eval 'grep -q "to=<nobody@mail.test>.*550 5.1.1" "$scratch/postfix/log"'
check "LMTP speaks no SMTP" eval '! swaks --server "$HOST" --port "$lmtp_port" --quit-after HELO --timeout 10 >"$scratch/log" 2>&1'

through() { swaks --server 127.0.0.1 --local-interface 127.0.0.77 --from a@b.example --to "$ACCOUNT" --timeout 20 "$@" >"$scratch/log" 2>&1; }
check "SMTP through HAProxy, version 1" through --port "$v1_port" --header "Subject: proxied"
check "it arrives" until_true has "$ACCOUNT" "$PASSWORD" proxied 1
imap get INBOX "$(imap list INBOX | tail -n 1 | cut -d' ' -f1)" >"$scratch/mail"
check "the trace names the client, not the proxy" grep -q '^Received: from .* (\[127.0.0.77\])' "$scratch/mail"
check "STARTTLS behind the header" through --port "$v1_port" -tls --header "Subject: proxied TLS"
check "IMAP through HAProxy, version 2" curl -sS --url "imap://127.0.0.1:$v2_port/INBOX" --user "$ACCOUNT:$PASSWORD" -X NOOP
check "HTTPS through HAProxy, version 2" curl -skf -X PROPFIND --user "$ACCOUNT:$PASSWORD" "https://127.0.0.1:$web_port/dav/files/$ACCOUNT/"
check "a proxy without the header gets nowhere" eval '! swaks --server "$HOST" --port "$SMTP_PORT" --local-interface 127.0.0.3 --quit-after EHLO --timeout 5 >"$scratch/log" 2>&1'
check "and is told nothing" eval '! grep -q "^<-" "$scratch/log"'
printf 'PROXY TCP4 192.0.2.1 192.0.2.2 1 25\r\nQUIT\r\n' | timeout 10 curl -s "telnet://$HOST:$SMTP_PORT" >"$scratch/log" || true
check "who is no proxy cannot pretend: its header is a bad command" grep -q "^500 " "$scratch/log"
finish
