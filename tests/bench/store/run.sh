#!/usr/bin/env bash
# One large account, and a large collection of garbage: the figures that the store promises.
#
#   tests/bench/store/run.sh                        all of it: 100000 messages of about 2 KB, 1000000 blobs of garbage
#   tests/bench/store/run.sh large [MESSAGES]       filling, replay, opening, past states, an incremental backup
#   tests/bench/store/run.sh moving [MESSAGES]      export, import into another account, and whether both are the same
#   tests/bench/store/run.sh garbage [BLOBS]        a collection beside full write load
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
tools="$root/tests/tools"
work=$(mktemp -d /tmp/compatbot-bench.XXXXXX)
# Called by the trap.
# shellcheck disable=SC2317
finish() {
    local status=$?
    [ ! -f "$work/server/server.pid" ] || "$tools/server.sh" stop "$work/server" || status=1
    if [ $status = 0 ]; then rm -rf "$work"; else echo "run.sh: failed; log and data are in $work" >&2; fi
    exit $status
}
trap finish EXIT
bot() { "$root/compatbot" "$@" --data "$work/server/data"; }
took='import sys; print(f"{sys.argv[1]}: {float(sys.argv[3]) - float(sys.argv[2]):.2f} s")'
timed() {
    local what=$1 began
    shift
    began=$(date +%s.%N)
    "$@" >"$work/out"
    python3 -c "$took" "$what" "$began" "$(date +%s.%N)"
}
restart() {
    "$tools/server.sh" restart "$work/server"
    . "$work/server/server.env"
}
words_of='import json, sys; print(json.load(open(sys.argv[1]))[int(sys.argv[2])]["words"])'
fill() {
    "$tools/server.sh" start "$work/server"
    . "$work/server/server.env"
    for account in 0 1; do python3 -c "$words_of" "$work/server/added.json" $account >"$work/words$account"; done
    timed "APPEND of $1 messages" python3 "$here/large.py" append "$IMAP_PORT" "$ACCOUNT" "$PASSWORD" "$1"
}
empty() {
    "$tools/server.sh" stop "$work/server"
    rm -rf "$work/server"
}

large() {
    fill "$1"
    show() { timed "$2" bot store show "$ACCOUNT" --sequence "$(($1 / 2))" --mailbox Sent --unlock "$work/words0" --json; }
    select_inbox() { python3 "$here/large.py" select "$IMAP_PORT" "$ACCOUNT" "$PASSWORD"; }
    restart
    show "$1" "the state at half of the journal, from the nearest snapshot"
    "$tools/server.sh" stop "$work/server"
    bot store drop-caches
    restart
    echo "replay without snapshots, LOGIN to the end of SELECT: $(select_inbox) ms"
    for _ in 1 2 3; do
        restart
        echo "from the snapshot, as the first thing after a start, LOGIN to the end of SELECT: $(select_inbox) ms"
        restart
        python3 "$here/large.py" select "$IMAP_PORT" "$ACCOUNT2" "$PASSWORD2" >"$work/out"
        echo "from the snapshot, when another account has been open: $(select_inbox) ms"
    done
    show "$1" "the state at half of the journal, from its beginning"
    timed "first backup" bot backup "$work/backup"
    before=$(du -sb "$work/backup" | cut -f1)
    python3 "$here/large.py" append "$IMAP_PORT" "$ACCOUNT" "$PASSWORD" 100
    timed "backup after 100 new messages" bot backup "$work/backup"
    echo "  it wrote $(($(du -sb "$work/backup" | cut -f1) - before)) bytes"
    empty
}

moving() {
    fill "$1"
    timed "export" bot account export "$ACCOUNT" "$work/export" --unlock "$work/words0" --json
    timed "import into another account" bot account import "$ACCOUNT2" "$work/export" --unlock "$work/words1" --json
    timed "export of that" bot account export "$ACCOUNT2" "$work/export2" --unlock "$work/words1" --json
    python3 "$here/large.py" compare "$work/export" "$work/export2"
    rm -rf "$work/export" "$work/export2"
    empty
}

garbage() {
    dotnet build "$here" -c Release -v q --nologo >&2
    dotnet run -c Release --no-build --project "$here" -- --garbage "$1" --percent 20 --writers 20 --blob 1024
}

case ${1:-all} in
    large) large "${2:-100000}" ;;
    moving) moving "${2:-100000}" ;;
    garbage) garbage "${2:-1000000}" ;;
    all)
        large 100000
        moving 100000
        garbage 1000000
        ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
