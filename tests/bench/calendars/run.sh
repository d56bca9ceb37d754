#!/usr/bin/env bash
# Calendars and contacts, beside Cyrus, Radicale and Xandikos, over HTTP without TLS; the servers take turns in each round.
#
#   tests/bench/calendars/run.sh [--quick] [ROUNDS]
#
# Needs root, for Cyrus, which runs as www-data.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$(cd "$here/../../tools" && pwd)
export LARGE=10000 LISTED=5000 SMALL=1000
if [ "${1:-}" = --quick ]; then LARGE=1000 LISTED=500 SMALL=100; shift; fi
rounds=${1:-3}

say() { echo "run.sh: $*" >&2; }
die() { say "$*"; exit 1; }
work=$(mktemp -d /tmp/compatbot-bench.XXXXXX)
chmod 755 "$work"
results="$work/results.tsv"
: >"$results"
pids=()
# Called by the trap.
# shellcheck disable=SC2317
finish() {
    local status=$? pid
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    [ ! -d "$work/compatbot" ] || "$tools/server.sh" stop "$work/compatbot" || status=1
    if [ $status = 0 ]; then rm -rf "$work"; else say "failed; logs and data are in $work"; fi
    exit $status
}
trap finish EXIT
listens() {
    for _ in $(seq 200); do (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0; sleep 0.05; done
    die "nobody listens on $1"
}
load() { python3 "$here/load.py" "$@"; }

"$tools/install.sh" bench-calendars cyrus
# Cyrus' packages cannot be installed beside Dovecot's, so they are only unpacked.
(cd "$work" && apt-get download -qq cyrus-common cyrus-imapd cyrus-caldav >"$work/download" 2>&1 \
    && for package in cyrus-*.deb; do dpkg -x "$package" "$work/cyrus-package"; done) || { cat "$work/download" >&2; die "Cyrus cannot be had"; }
"$tools/server.sh" start "$work/compatbot"
. "$work/compatbot/server.env"
offset=$(python3 "$tools/free-offset.py" 81 82 83 84)
radicale=$((81 + offset)) xandikos=$((82 + offset)) cyrus=$((83 + offset)) cyrus_imap=$((84 + offset))

mkdir -p "$work"/{radicale,xandikos} "$work"/cyrus/{conf,spool,run}
printf 'calendars:bench\ncontacts:bench\n' >"$work/radicale/users"
cat >"$work/radicale/config" <<EOF
[server]
hosts = 127.0.0.1:$radicale
[auth]
type = htpasswd
htpasswd_filename = $work/radicale/users
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = $work/radicale/data
[logging]
level = warning
EOF
for user in calendars contacts; do echo bench | saslpasswd2 -p -f "$work/cyrus/sasldb2" -c -u localhost "$user"; done
programs="$work/cyrus-package/usr/lib/cyrus/bin"
cat >"$work/cyrus/imapd.conf" <<EOF
configdirectory: $work/cyrus/conf
proc_path: $work/cyrus/run/proc
mboxname_lockpath: $work/cyrus/run/lock
idlesocket: $work/cyrus/run/idle
defaultpartition: default
partition-default: $work/cyrus/spool
cyrus_user: www-data
servername: localhost
allowplaintext: yes
sasl_mech_list: PLAIN
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: $work/cyrus/sasldb2
httpmodules: caldav carddav
autocreate_quota: 0
EOF
cat >"$work/cyrus/cyrus.conf" <<EOF
START {
  recover cmd="$programs/ctl_cyrusdb -C $work/cyrus/imapd.conf -r"
}
SERVICES {
  imap cmd="$programs/imapd -C $work/cyrus/imapd.conf" listen="127.0.0.1:$cyrus_imap" prefork=0
  http cmd="$programs/httpd -C $work/cyrus/imapd.conf" listen="127.0.0.1:$cyrus" prefork=1
}
EOF
chown -R www-data: "$work/cyrus"
start_cyrus() {
    LD_PRELOAD=${1:-} LD_LIBRARY_PATH="$work/cyrus-package/usr/lib/x86_64-linux-gnu" CYRUS_USER=www-data "$programs/master" \
        -C "$work/cyrus/imapd.conf" -M "$work/cyrus/cyrus.conf" -p "$work/cyrus/run/pid" >"$work/cyrus.log" 2>&1 &
    cyrus_pid=$!
    pids+=("$cyrus_pid")
    listens "$cyrus"
}
radicale -C "$work/radicale/config" >"$work/radicale.log" 2>&1 &
pids+=($!)
xandikos -d "$work/xandikos" --port "$xandikos" -l 127.0.0.1 --current-user-principal /user/ --defaults >"$work/xandikos.log" 2>&1 &
pids+=($!)
start_cyrus libeatmydata.so # The thousands that it begins with need not be durable one by one.
for port in $radicale $xandikos; do listens "$port"; done

# Its home of a kind, its user and its password.
account() {
    case $1 in
        compatbot) echo "http://127.0.0.1:$HTTP_PORT/dav/${2/contacts/addressbooks}/$ACCOUNT/ $ACCOUNT $PASSWORD" ;;
        radicale) echo "http://127.0.0.1:$radicale/$2/ $2 bench" ;;
        xandikos) echo "http://127.0.0.1:$xandikos/user/$2/ nobody none" ;;
        cyrus) echo "http://127.0.0.1:$cyrus/dav/${2/contacts/addressbooks}/user/$2/ $2 bench" ;;
    esac
}
# Words on purpose.
# shellcheck disable=SC2046
fill() { load fill "$2" $(account "$1" "$2") "$3"; }
# shellcheck disable=SC2046
measure() { load measure "$2" $(account "$1" "$2"); }
say "filling"
filling=()
for kind in calendars contacts; do
    python3 -c "import imaplib; imaplib.IMAP4('127.0.0.1', $cyrus_imap).login('$kind', 'bench')" # It makes the account.
    fill cyrus $kind put &
    filling+=($!)
done
for kind in calendars contacts; do
    fill compatbot $kind whole
    fill radicale $kind files
    load write $kind "$work/radicale/data/collection-root/$kind"
    fill xandikos $kind files
    load write $kind "$work/xandikos/user/$kind"
    for collection in large listed small; do
        git -C "$work/xandikos/user/$kind/$collection" add .
        git -C "$work/xandikos/user/$kind/$collection" -c user.name=bench -c user.email=bench@bench.test commit -q -m filled
    done
    for server in radicale xandikos; do measure $server $kind >"$work/warm" 2>&1; done # What they make of files at the first look.
done
for pid in "${filling[@]}"; do wait "$pid" || die "Cyrus cannot be filled"; done
kill "$cyrus_pid"
wait "$cyrus_pid" || true
start_cyrus

keep() { printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" >>"$results"; }
field() { tr ' ' '\n' <<<"$2" | sed -n "s/^$1=//p"; }
# A word of load.py, what it is, its unit, and which is better.
asked="put_per_s:PUT_of_$SMALL:/s:more multiget_ms:multiget_of_$SMALL:ms:less query_ms:query_of_$LARGE:ms:less
query_data_ms:query_of_$LARGE,_with_data:ms:less sync_ms:sync_of_10_in_$LARGE:ms:less sync_small_ms:sync_of_10_in_$SMALL:ms:less
propfind_ms:PROPFIND_of_$LISTED:ms:less"
record() {
    local server=$1 kind=$2 output=$3 word what unit better value
    say "$server, $kind: $output"
    for entry in $asked; do
        IFS=: read -r word what unit better <<<"$entry"
        value=$(field "$word" "$output")
        [ -n "$value" ] || [ "$server" != compatbot ] || die "compatbot has no $word"
        [ -z "$value" ] || keep "$kind: ${what//_/ }" "$server" "$value" "$unit" "$better"
    done
}
for kind in calendars contacts; do
    for _ in $(seq "$rounds"); do
        for server in compatbot cyrus radicale xandikos; do
            output=$(measure $server $kind) || die "$server could not be measured"
            record $server $kind "$output"
        done
    done
done
python3 "$here/../mail/table.py" "$results"
