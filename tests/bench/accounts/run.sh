#!/usr/bin/env bash
# Many accounts on one server: how fast they are made, what they take when nobody is there and when a thousand are open, and how long
# opening one takes.
#
#   tests/bench/accounts/run.sh [ACCOUNTS [OPEN]]      default: 10000 accounts, 1000 open
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
tools="$root/tests/tools"
accounts=${1:-10000} open=${2:-1000}
work=$(mktemp -d /tmp/compatbot-bench.XXXXXX)
# Called by the trap.
# shellcheck disable=SC2317
finish() {
    local status=$?
    "$tools/server.sh" stop "$work/server" || status=1
    if [ $status = 0 ]; then rm -rf "$work"; else echo "run.sh: failed; log and data are in $work" >&2; fi
    exit $status
}
trap finish EXIT
ulimit -n "$(ulimit -Hn)"

COMPATBOT_SERVE_OPTIONS="--vault-grace 30" "$tools/server.sh" start "$work/server"
. "$work/server/server.env"
python3 "$here/crowd.py" make "$accounts" "$work/accounts.json"
began=$(date +%s.%N)
"$root/compatbot" account add --data "$DATA" --from "$work/accounts.json" --json >"$work/added.json"
python3 "$here/crowd.py" took "$accounts" "$began" "$(date +%s.%N)"
"$tools/server.sh" restart "$work/server"
. "$work/server/server.env"
python3 "$here/crowd.py" open "$accounts" "$open" "$IMAP_PORT" "$((9080 + OFFSET))" "$SERVER_PID"

echo "the same with --memory 10M and a grace of 10 minutes:"
COMPATBOT_SERVE_OPTIONS="--vault-grace 600 --memory 10M" "$tools/server.sh" restart "$work/server"
. "$work/server/server.env"
python3 "$here/crowd.py" visit "$accounts" "$open" "$IMAP_PORT" "$((9080 + OFFSET))" "$SERVER_PID"
