#!/usr/bin/env bash
# Runs every suite in this folder against one server of this source tree, each with accounts of its own.
#
#   interop/run.sh [--peers] [SUITE...]
#
# --peers: against Postfix and Dovecot instead: what fails there is the suite's mistake, not ours. Needs root.
# Ends with "N passed, N failed". Each suite also runs alone: interop/curl/run.sh.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/.." && pwd)
peers=0
if [ "${1:-}" = --peers ]; then peers=1; shift; fi
suites=("$@")
if [ ${#suites[@]} = 0 ]; then
    suites=(swaks curl mutt isync imaplib)
    [ $peers = 1 ] || suites+=(pop3 files ftp calendars corpus hostile privacy watch moving rollback relay)
fi

work=$(mktemp -d /tmp/interop.XXXXXX)
chmod 755 "$work"
# Called by the trap.
# shellcheck disable=SC2317
finish() {
    local status=$?
    if [ $peers = 1 ]; then "$root/tests/bench/mail/peers.sh" stop "$work/server" || status=1
    else "$root/tests/tools/server.sh" stop "$work/server" || status=1; fi
    rm -rf "$work"
    exit $status
}
trap finish EXIT
if [ $peers = 1 ]; then
    "$root/tests/bench/mail/peers.sh" start "$work/server"
    . "$work/server/peers.env"
else
    "$root/tests/tools/server.sh" start "$work/server"
    . "$work/server/server.env"
fi
set -a
HOST=$HOST IMAP_PORT=$IMAP_PORT IMAPS_PORT=$IMAPS_PORT SMTP_PORT=$SMTP_PORT
SUBMISSION_PORT=$SUBMISSION_PORT SUBMISSIONS_PORT=$SUBMISSIONS_PORT SERVER_PID=${SERVER_PID:-}
ADMIN_PORT=${ADMIN_PORT:-} POP3_PORT=${POP3_PORT:-} POP3S_PORT=${POP3S_PORT:-} FTP_PORT=${FTP_PORT:-} FTPS_PORT=${FTPS_PORT:-} HTTP_PORT=${HTTP_PORT:-} HTTPS_PORT=${HTTPS_PORT:-} DATA=${DATA:-}
set +a

passed=0 failed=0 number=0
for suite in "${suites[@]}"; do
    [ -x "$here/$suite/run.sh" ] || { echo "run.sh: there is no suite $suite" >&2; exit 2; }
    echo "== $suite"
    assignments=$(python3 -c '
import json, sys
accounts, first = json.load(open(sys.argv[1])), int(sys.argv[2])
for suffix, account in (("", accounts[first]), ("2", accounts[first + 1])):
    print("ACCOUNT%s=%s" % (suffix, account["address"]))
    print("PASSWORD%s=%s" % (suffix, account["devices"][0]["password"]))
' "$work/server/accounts.json" "$number")
    number=$((number + 2))
    set -a
    eval "$assignments"
    set +a
    exit_code=0
    "$here/$suite/run.sh" 2>&1 | tee "$work/log" || exit_code=$?
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$work/log" | tail -n 1 || true)
    if [ -n "$line" ]; then
        read -r good _ bad _ <<<"$line"
        passed=$((passed + good)) failed=$((failed + bad))
        [ $exit_code = 0 ] || [ "$bad" -gt 0 ] || failed=$((failed + 1))
    else
        echo "FAIL $suite: ended without a result (exit code $exit_code)"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
