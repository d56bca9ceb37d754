#!/usr/bin/env bash
# curl and promtool against the admin port, and the doctor against the server, after some traffic. See README.md.
set -euo pipefail
. "$(dirname "$0")/../lib/checks.sh"
root=$(cd "$lib/../.." && pwd)
"$root/tests/tools/install.sh" interop watch
: "${ADMIN_PORT:?}" "${DATA:?}"
promtool --version 2>&1 | sed -n '1s/^/# /p'

admin="http://$HOST:$ADMIN_PORT"
page() { curl -sS --max-time 20 "$admin$1"; }
code() { curl -s --max-time 20 -o /dev/null -w '%{http_code}' "$@"; }
value() { page /metrics | awk -v name="$1" '$1 == name { print $2 }'; }

before=$(value 'compatbot_replies_total{protocol="smtp",kind="2xx"}')
mkdir "$scratch/samples"
imap samples "$scratch/samples"
check "a message over SMTP" curl -sS --max-time 60 --mail-from ada@sender.example --mail-rcpt "$ACCOUNT" \
    -T "$scratch/samples/plain.eml" "smtp://$HOST:$SMTP_PORT/mx.sender.example"
arrived() { [ "$(imap count INBOX)" -ge 1 ]; }
check "it is read over IMAP" until_true arrived
# Greeting, EHLO, MAIL, RCPT, the end of data, QUIT.
same "six SMTP replies more are counted" $((${before:-0} + 6)) "$(value 'compatbot_replies_total{protocol="smtp",kind="2xx"}')"
page /metrics >"$scratch/metrics"
check "promtool finds nothing to complain of" promtool check metrics <"$scratch/metrics"
for private in "${ACCOUNT%@*}" "${ACCOUNT#*@}" sender.example @; do
    if grep -qF -- "$private" "$scratch/metrics"; then fail "no metric names $private" "$(grep -F -- "$private" "$scratch/metrics")"
    else ok "no metric names $private"; fi
done
same "/healthz" ok "$(page /healthz)"
same "/readyz" 200 "$(code "$admin/readyz")"
same "anything else" 404 "$(code "$admin/")"
same "a body is not taken" 404 "$(code -d x "$admin/metrics")"
check "the doctor finds no problem" "$root/compatbot" doctor --data "$DATA" --offline
check "the doctor's JSON" python3 -c 'import json, sys; assert json.load(sys.stdin)["healthy"]' \
    < <("$root/compatbot" doctor --data "$DATA" --offline --json)
finish
