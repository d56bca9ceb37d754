#!/usr/bin/env bash
# What one file of 20 GB, and 10,000 data connections that nothing comes over, take of the server's memory.
#
#   tests/bench/files/bounds.sh [--quick]
#
# The file is sparse: the disk needs room for a few chunks only. --quick: 1 GB and 500 connections.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$(cd "$here/../../tools" && pwd)
gigabytes=20 connections=10000
if [ "${1:-}" = --quick ]; then gigabytes=1 connections=500; fi

say() { echo "bounds.sh: $*" >&2; }
work=$(mktemp -d /tmp/compatbot-bench.XXXXXX)
# Called by the trap.
# shellcheck disable=SC2317
finish() {
    local status=$?
    "$tools/server.sh" stop "$work/compatbot" || status=1
    if [ $status = 0 ]; then rm -rf "$work"; else say "failed; logs and data are in $work"; fi
    exit $status
}
trap finish EXIT

"$tools/install.sh" interop
ulimit -n "$(ulimit -Hn)"
if [ "$(ulimit -n)" != unlimited ] && [ $((2 * connections + 200)) -gt "$(ulimit -n)" ]; then # Each takes two files of the server.
    connections=$((($(ulimit -n) - 200) / 2))
    say "a process may open $(ulimit -n) files here: only $connections data connections"
fi
"$tools/server.sh" start "$work/compatbot"
. "$work/compatbot/server.env"
memory() { sed -n "s/^$1:[[:space:]]*\([0-9]*\) kB/\1/p" "/proc/$SERVER_PID/status" | awk '{ printf "%.0f MB", $1 / 1000 }'; }
url="http://$HOST:$HTTP_PORT/dav/files/$ACCOUNT/sparse"
ask() { curl -sS -f -u "$ACCOUNT:$PASSWORD" "$@" "$url"; }
seconds() { ask -o /dev/null -w '%{time_total} s' "$@"; }

say "before: $(memory VmRSS)"
truncate -s "${gigabytes}G" "$work/sparse"
say "PUT of $gigabytes GiB: $(seconds -T "$work/sparse"), at most $(memory VmHWM) so far"
say "GET of it: $(seconds), at most $(memory VmHWM) so far"
over_ftp() { curl -sS -f -u "$ACCOUNT:$PASSWORD" -o /dev/null -w '%{time_total} s' "$@" "ftp://$HOST:$FTP_PORT/sparse-by-ftp"; }
say "STOR of $gigabytes GiB: $(over_ftp -T "$work/sparse"), at most $(memory VmHWM) so far"
say "RETR of it: $(over_ftp), at most $(memory VmHWM) so far"
for name in sparse sparse-by-ftp; do
    length=$(curl -sS -f -u "$ACCOUNT:$PASSWORD" -I "${url%/*}/$name" | sed -n 's/^Content-Length: \([0-9]*\).*/\1/p')
    [ "$length" = $((gigabytes << 30)) ] || { say "$name has $length octets"; exit 1; }
done
python3 "$here/half_open.py" "$HOST" "$FTP_PORT" "$ACCOUNT" "$PASSWORD" "$connections" "$SERVER_PID"
