#!/usr/bin/env bash
# rspamd and ClamAV look at mail before it is sealed. See README.md.
set -euo pipefail
starts_itself=1 # read by checks.sh
. "$(dirname "$0")/../lib/checks.sh"
. "$lib/../relay/internet.sh"
tools="$lib/../../tests/tools"
"$tools/install.sh" interop filters
PATH="$PATH:/usr/sbin"
chmod 755 "$scratch"

# ClamAV with one signature.
mkdir "$scratch/clamav"
printf 'Test.Virus:0:*:%s\n' "$(printf 'zanzibar-virus-kilimanjaro' | od -An -v -tx1 | tr -d ' \n')" >"$scratch/clamav/test.ndb"
printf 'LocalSocket %s/clamd.sock\nDatabaseDirectory %s/clamav\nForeground yes\n' "$scratch" "$scratch" >"$scratch/clamd.conf"
clamd -c "$scratch/clamd.conf" >"$scratch/clamd.log" 2>&1 &
clamd_pid=$!
started+=("$clamd_pid")

# rspamd with one rule, and a short list of top-level domains: the long one takes it 15 s to read.
offset=$(python3 "$tools/free-offset.py" 53 11333)
rspamd_port=$((11333 + offset)) dns_port=$((53 + offset))
mkdir -m 777 "$scratch/rspamd"
printf 'example\ntest\n' >"$scratch/rspamd/tld"
cat >"$scratch/rspamd/rule.lua" <<'LUA'
rspamd_config:register_symbol({name = "TEST_JUNK", type = "normal", score = 7.0, callback = function(task)
    return task:get_header("Subject") == "junk please" and tostring(task:get_from_ip()) == "127.0.0.1"
        and task:get_from("smtp")[1].addr == "ada@sender.example"
end})
LUA
cat >"$scratch/rspamd/conf" <<CONF
options {
    pidfile = "$scratch/rspamd/pid"; cache_file = "$scratch/rspamd/cache"; url_tld = "$scratch/rspamd/tld"; disable_hyperscan = true;
    dns { nameserver = ["127.0.0.1:1"]; timeout = 0.1s; retransmits = 1; }
}
logging { type = "console"; level = "error"; }
worker "normal" { bind_socket = "127.0.0.1:$rspamd_port"; count = 1; }
actions { reject = 15; add_header = 6; }
lua = "$scratch/rspamd/rule.lua";
CONF
rspamd -f -i -c "$scratch/rspamd/conf" >"$scratch/rspamd.log" 2>&1 &
rspamd_pid=$!
started+=("$rspamd_pid")
check "rspamd runs" until_true curl -sf "http://127.0.0.1:$rspamd_port/ping"
check "ClamAV runs" until_true test -S "$scratch/clamd.sock"
rspamd --version 2>&1 | sed -n '1s/^/# /p'
clamd --version | sed 's/^/# /'

mkdir "$scratch/nsd"
for zone in sender.example 127.in-addr.arpa; do zone_head "$zone" >"$scratch/nsd/$zone"; done
start_nsd "$scratch/nsd" "$dns_port" sender.example 127.in-addr.arpa

own_server="$scratch/server"
options="--postmaster user1@mail.test --trusted none --dns 127.0.0.1@$dns_port --dns-anchor none --rspamd http://127.0.0.1:$rspamd_port --clamd $scratch/clamd.sock"
COMPATBOT_SERVE_OPTIONS=$options "$tools/server.sh" start "$own_server"
. "$own_server/server.env"
export HOST IMAP_PORT IMAPS_PORT SMTP_PORT SUBMISSION_PORT SUBMISSIONS_PORT ACCOUNT PASSWORD ACCOUNT2 PASSWORD2
send() { swaks --server "$HOST" --port "$SMTP_PORT" --from ada@sender.example --to "$ACCOUNT" --timeout 60 "$@" >"$scratch/log" 2>&1; }
refused() {
    local wanted=$1
    shift
    if send "$@"; then return 1; fi
    grep -E "^<[-~*]{1,2}\*? *$wanted" "$scratch/log" || { tail -n 5 "$scratch/log"; return 1; }
}
has() { [ "$(imap count "$1" "SUBJECT \"$2\"")" = 1 ]; }

check "plain mail" send --header "Subject: plain" --body "words"
check "it arrives" has INBOX plain
imap get INBOX "$(imap list INBOX | tail -n 1 | cut -d' ' -f1)" >"$scratch/plain"
check "with rspamd's words" grep -q "^X-Spam-Status: No, score=" "$scratch/plain"
check "with ClamAV's words" grep -q "^X-Virus-Status: Clean" "$scratch/plain"
check "a virus is refused" refused "550 5.7.1 .*Test.Virus" --header "Subject: virus" --body "zanzibar-virus-kilimanjaro"
{ head -c 2000000 /dev/zero | tr '\0' 'x' | fold -w 76; echo; echo zanzibar-virus-kilimanjaro; } >"$scratch/long"
check "a virus behind 2 MiB is refused" refused "550 5.7.1 .*Test.Virus" --header "Subject: long virus" \
    --body "@$scratch/long"
check "GTUBE is refused" refused "550 5.7.1" --header "Subject: gtube" \
    --body 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'
check "suspect mail" send --header "Subject: junk please" --body "words"
check "it is in Junk" has Junk "junk please"
check "and nowhere else" test "$(imap count INBOX 'SUBJECT "junk please"')" = 0

kill "$rspamd_pid"
until_true eval '! curl -sf "http://127.0.0.1:$rspamd_port/ping"'
check "without rspamd mail is taken" send --header "Subject: alone" --body "words"
check "and arrives" has INBOX alone
"$tools/server.sh" stop "$own_server"
COMPATBOT_SERVE_OPTIONS="$options --filters-strict --greylist" "$tools/server.sh" restart "$own_server"
. "$own_server/server.env"
check "who is new is asked to come again" refused "451 4.7.1 .*Not seen before" --header "Subject: new"
check "the postmaster's mail is put off while rspamd is dead, as it was said" refused "451 4.7.1" --to postmaster --header "Subject: strict"
finish
