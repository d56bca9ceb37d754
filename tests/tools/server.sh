#!/usr/bin/env bash
# Starts and stops a CompatBot of this source tree on loopback, on free ports, for tests and measurements.
#
#   server.sh start DIR [ACCOUNTS]    DIR: new or empty folder: data, log, server.env. ACCOUNTS: accounts.json for
#                                     `compatbot account add --from` (default: user1@mail.test ... user50@mail.test,
#                                     app passwords that the test made up)
#   server.sh restart DIR             ends it and starts it on the same data and ports
#   server.sh stop DIR                SIGTERM, then waits for the drain
#
# DIR/server.env then holds HOST, the ports, ACCOUNT, PASSWORD, ACCOUNT2, PASSWORD2, DATA and SERVER_PID.
# COMPATBOT_SERVE_OPTIONS: further options of `compatbot serve`. COMPATBOT_CONFIGURATION: Release (default) or Debug.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
start_seconds_max=60
stop_seconds_max=60

die() { echo "server.sh: $*" >&2; exit 1; }

compatbot() { "$root/compatbot" "$@"; }

make_accounts() {
    python3 - "$1" <<'PY'
import json, sys
alphabet = "abcdefghijklmnopqrstuvwxyz234567"
accounts = [{"address": f"user{i}@mail.test", "aliases": ["alias1@mail.test"] if i == 1 else [],
             "devices": [{"label": f"test device {i}", "password": "testpasswordforuser" + "".join(alphabet[(i >> 5 * k) & 31] for k in range(7)),
                          "scopes": ["*"]}]} for i in range(1, 51)]
json.dump(accounts, open(sys.argv[1], "w"), indent=1)
PY
}

run_server() {
    local dir=$1 offset=$2 pid from
    from=$(($(wc -l <"$dir/log") + 1))
    # The server is told apart from a wrapper by its own process id: the wrapper must exec.
    # Options are words on purpose.
    # shellcheck disable=SC2086
    "$root/compatbot" serve --data "$dir/data" --port-offset "$offset" ${COMPATBOT_SERVE_OPTIONS:-} >>"$dir/log" 2>&1 </dev/null &
    pid=$!
    echo "$pid" >"$dir/server.pid"
    for _ in $(seq $((start_seconds_max * 20))); do
        # Its own word: on the port there might be another suite's server, which came first.
        if tail -n +"$from" "$dir/log" | grep -q "Log in with the full address"; then return 0; fi
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.05
    done
    return 1
}

start() {
    local dir=$1 accounts=${2:-} offset attempt
    "$here/install.sh" run
    mkdir -p "$dir/data"
    chmod 700 "$dir/data"
    dir=$(cd "$dir" && pwd)
    if [ -z "$accounts" ]; then
        accounts="$dir/accounts.json"
        make_accounts "$accounts"
    fi
    compatbot account add --data "$dir/data" --from "$accounts" --json >"$dir/added.json" 2>>"$dir/log" \
        || { tail -n 30 "$dir/log" >&2; die "cannot add accounts"; }
    for attempt in 1 2 3; do
        offset=$(python3 "$here/free-offset.py" 21 24 25 80 110 143 443 465 587 993 990 995 4190 9080)
        if run_server "$dir" "$offset"; then break; fi
        # Another suite may have taken a port since it was looked at.
        [ "$attempt" -lt 3 ] && grep -q "in use" "$dir/log" || { tail -n 30 "$dir/log" >&2; die "the server does not start"; }
    done
    {
        cat <<EOF
HOST=127.0.0.1
OFFSET=$offset
SMTP_PORT=$((25 + offset))
IMAP_PORT=$((143 + offset))
SUBMISSIONS_PORT=$((465 + offset))
SUBMISSION_PORT=$((587 + offset))
IMAPS_PORT=$((993 + offset))
POP3_PORT=$((110 + offset))
POP3S_PORT=$((995 + offset))
FTP_PORT=$((21 + offset))
FTPS_PORT=$((990 + offset))
SIEVE_PORT=$((4190 + offset))
HTTP_PORT=$((80 + offset))
HTTPS_PORT=$((443 + offset))
ADMIN_PORT=$((9080 + offset))
DATA=$dir/data
SERVER_PID=$(cat "$dir/server.pid")
EOF
        python3 -c '
import json, sys
for number, account in enumerate(json.load(open(sys.argv[1]))[:2], 1):
    suffix = "" if number == 1 else "2"
    print("ACCOUNT%s=%s" % (suffix, account["address"]))
    print("PASSWORD%s=%s" % (suffix, account["devices"][0]["password"]))
' "$accounts"
    } >"$dir/server.env"
}

stop() {
    local pid
    [ -s "$1/server.pid" ] || return 0
    pid=$(cat "$1/server.pid")
    kill "$pid" 2>/dev/null || true
    for _ in $(seq $((stop_seconds_max * 20))); do
        kill -0 "$pid" 2>/dev/null || { rm -f "$1/server.pid"; return 0; }
        sleep 0.05
    done
    kill -9 "$pid" 2>/dev/null || true
    rm -f "$1/server.pid"
    die "the server did not stop within $stop_seconds_max s and was killed"
}

case "${1:-}" in
    start) start "${2:?folder}" "${3:-}" ;;
    restart)
        stop "${2:?folder}"
        run_server "$2" "$(sed -n 's/^OFFSET=//p' "$2/server.env")" || { tail -n 30 "$2/log" >&2; die "the server does not start again"; }
        sed -i "s/^SERVER_PID=.*/SERVER_PID=$(cat "$2/server.pid")/" "$2/server.env"
        ;;
    stop) stop "${2:?folder}" ;;
    *) die "usage: server.sh start|restart|stop DIR [ACCOUNTS]" ;;
esac
