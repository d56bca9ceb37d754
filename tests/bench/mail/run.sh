#!/usr/bin/env bash
# Measures CompatBot beside Postfix, Dovecot and Cyrus, interleaved in one run on this machine, and prints one table of ratios.
#
#   tests/bench/mail/run.sh [--quick] [--no-peers | --no-cyrus | --no-compatbot]
#                           [--only smtp,fsync,fetch,ask,allocations,select,idle,push,login]
#
# --quick takes about five minutes and says whether something broke; figures to publish come from the long form on a quiet
# machine. Whatever cannot be measured ends the run with an error. Needs root for the peers (they change user).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$(cd "$here/../../tools" && pwd)
quick=0 with_peers=1 with_cyrus=1 with_compatbot=1 only=smtp,fsync,fetch,ask,allocations,select,idle,push,login
while [ $# -gt 0 ]; do
    case "$1" in
        --quick) quick=1 ;;
        --no-peers) with_peers=0 with_cyrus=0 ;;
        --no-cyrus) with_cyrus=0 ;;
        --no-compatbot) with_compatbot=0 ;;
        --only) only=$2; shift ;;
        *) echo "usage: run.sh [--quick] [--no-peers | --no-cyrus | --no-compatbot] [--only LIST]" >&2; exit 2 ;;
    esac
    shift
done
if [ $quick = 1 ]; then
    rounds=1 smtp_seconds=3 fetch_messages=2000 ask_messages=2000 append_messages=500 select_messages=10000 idle_connections=200 crowd_connections=1000 logins=500
else
    rounds=3 smtp_seconds=10 fetch_messages=10000 ask_messages=10000 append_messages=4000 select_messages=50000 idle_connections=1000 crowd_connections=10000 logins=2000
fi
smtp_bytes=4096 fetch_bytes=16384 users=48 fsync_messages=500

say() { echo "run.sh: $*" >&2; }
die() { say "$*"; exit 1; }
wanted() { [[ ",$only," == *",$1,"* ]]; }

work=$(mktemp -d /tmp/compatbot-bench.XXXXXX)
chmod 755 "$work"
results="$work/results.tsv"
: >"$results"
inotify=/proc/sys/fs/inotify/max_user_instances
inotify_before=$(cat $inotify)
# Called by the trap.
# shellcheck disable=SC2317
finish() {
    local status=$?
    [ ! -d "$work/compatbot" ] || "$tools/server.sh" stop "$work/compatbot" || status=1
    [ ! -d "$work/peers" ] || "$here/peers.sh" stop "$work/peers" || status=1
    [ ! -d "$work/cyrus" ] || "$here/cyrus.sh" stop "$work/cyrus" || status=1
    [ "$(cat $inotify)" = "$inotify_before" ] || echo "$inotify_before" >$inotify
    if [ $status = 0 ]; then rm -rf "$work"; else say "failed; logs and data are in $work"; fi
    exit $status
}
trap finish EXIT

say "building the load tool"
dotnet build "$here/load" -c Release -v q --nologo >"$work/build" 2>&1 || { cat "$work/build" >&2; exit 1; }
load() { dotnet "$here/load/bin/Release/net10.0/CompatBot.MailLoad.dll" "$@"; }

# measure METRIC SERVER KEY UNIT BETTER COMMAND...: runs it, takes KEY from its key=value line, keeps the figure.
measure() {
    local metric=$1 server=$2 key=$3 unit=$4 better=$5 output value
    shift 5
    output=$("$@") || die "$server: $metric could not be measured"
    value=$(tr ' ' '\n' <<<"$output" | sed -n "s/^$key=//p")
    [ -n "$value" ] || die "$server: $metric: no $key in: $output"
    keep "$metric" "$server" "$value" "$unit" "$better"
    say "$metric, $server: $output"
}
keep() { printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" >>"$results"; }

servers=()
if [ $with_compatbot = 1 ]; then
    say "starting CompatBot"
    COMPATBOT_SERVE_OPTIONS=${COMPATBOT_BENCH_OPTIONS:-} "$tools/server.sh" start "$work/compatbot"
    servers+=(compatbot)
    accounts="$work/compatbot/accounts.json"
fi
if [ $with_peers = 1 ]; then
    "$tools/install.sh" bench
    say "starting Postfix and Dovecot"
    # Dovecot's IDLE stops at 128 sessions of one user with the kernel's default; put back at the end.
    [ "$inotify_before" -ge 8192 ] || echo 8192 >$inotify
    "$here/peers.sh" start "$work/peers" "${accounts:-}"
    servers+=(dovecot)
fi
if [ $with_cyrus = 1 ]; then
    say "starting Cyrus"
    "$here/cyrus.sh" start "$work/cyrus" "${accounts:-$work/peers/accounts.json}"
    servers+=(cyrus)
fi
[ ${#servers[@]} -gt 0 ] || die "nothing to measure"

# Sets the variables of one server: ports, account, process ids.
use() {
    case "$1" in
        compatbot) . "$work/compatbot/server.env"; PIDS=$SERVER_PID ;;
        dovecot) . "$work/peers/peers.env"; PIDS=$DOVECOT_PID ;;
        cyrus) . "$work/cyrus/cyrus.env"; PIDS=$CYRUS_PID ;;
        postfix) . "$work/peers/peers.env"; PIDS=$POSTFIX_PID,$DOVECOT_PID ;;
    esac
}
# Two words for every option: used unquoted.
login_of() { echo --account "$ACCOUNT" --password "$PASSWORD"; }

queue_empty() { [ -z "$(find "$QUEUE/maildrop" "$QUEUE/incoming" "$QUEUE/active" "$QUEUE/deferred" -type f -print -quit)" ]; }
drain_postfix() {
    local seconds_max=900 start=$SECONDS
    until queue_empty; do
        [ $((SECONDS - start)) -lt $seconds_max ] || die "Postfix did not deliver its queue within $seconds_max s"
        sleep 0.1
    done
}

# Accepts through Postfix, then waits until all of it is in Dovecot's mailboxes; prints both rates.
postfix_through() {
    local start output count
    start=$(date +%s.%N)
    output=$(load smtp --port "$SMTP_PORT" "$@")
    drain_postfix
    count=$(tr ' ' '\n' <<<"$output" | sed -n 's/^delivered=//p')
    echo "$output through=$(awk -v n="$count" -v a="$start" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", n / (b - a) }')"
}

smtp_round() {
    local sessions=$1 output metric
    metric="SMTP deliveries/s, $1 session"
    [ "$sessions" = 1 ] || metric+=s
    shift
    local common=(--rcpt user%d@mail.test --users $users --sessions "$sessions" --bytes $smtp_bytes --seconds $smtp_seconds)
    if [ $with_compatbot = 1 ]; then
        use compatbot
        measure "$metric" compatbot rate /s more load smtp --port "$SMTP_PORT" "${common[@]}"
    fi
    if [ $with_peers = 1 ]; then
        use postfix
        measure "$metric" dovecot-lmtp rate /s more load smtp --lmtp --port "$LMTP_PORT" "${common[@]}"
        output=$(postfix_through "${common[@]}") || die "postfix: $metric could not be measured"
        measure "$metric" postfix-accepts rate /s more echo "$output"
        if [ $with_cyrus = 1 ]; then
            use cyrus
            measure "$metric" cyrus-lmtp rate /s more load smtp --lmtp --port "$LMTP_PORT" "${common[@]}"
        fi
        measure "$metric" postfix+lmtp through /s more echo "$output"
    fi
}

# Counts fsync and fdatasync of a process tree while a command runs.
fsyncs_of() {
    local server=$1 roots=$2 name=$3 pids tracer count delivered output
    shift 3
    mapfile -t pids < <(python3 - "$roots" <<'PY'
import glob, sys
parents = {}
for stat in glob.glob("/proc/[0-9]*/stat"):
    try:
        text = open(stat).read()
    except OSError:
        continue
    parents[int(stat.split("/")[2])] = int(text[text.rindex(")") + 2:].split()[1])
tree = {int(pid) for pid in sys.argv[1].split(",")}
while True:
    more = {pid for pid, parent in parents.items() if parent in tree} - tree
    if not more:
        break
    tree |= more
print("\n".join(f"-p{pid}" for pid in sorted(tree)))
PY
    )
    strace -f -c -q -e trace=fsync,fdatasync,sync_file_range,sync,syncfs -o "$work/strace" "${pids[@]}" 2>"$work/strace.err" &
    tracer=$!
    sleep 1
    kill -0 $tracer 2>/dev/null || { cat "$work/strace.err" >&2; die "strace cannot attach to $server"; }
    output=$("$@") || die "$server: fsyncs could not be measured"
    kill -INT $tracer
    wait $tracer 2>/dev/null || true
    delivered=$(tr ' ' '\n' <<<"$output" | sed -n 's/^delivered=//p')
    count=$(awk '$NF ~ /sync/ { n += $4 } END { print n + 0 }' "$work/strace")
    [ "$count" -gt 0 ] || die "$server: strace saw no fsync: that is not durable, or not measured"
    measure "fsyncs per delivery, $name (under strace)" "$server" fsyncs "" less \
        echo "fsyncs=$(awk -v c="$count" -v d="$delivered" 'BEGIN { printf "%.3f", c / d }') calls=$count $output"
}

if wanted smtp; then
    for server in "${servers[@]}"; do # warm up: compilers, caches, worker processes, every mailbox made
        use "$server"
        case "$server" in
            cyrus) load smtp --lmtp --port "$LMTP_PORT" --rcpt user%d@mail.test --users $users --sessions 1 --messages $((users * 2)) >/dev/null ;;
            *) load smtp --port "$SMTP_PORT" --rcpt user%d@mail.test --users $users --sessions $users --seconds 3 >/dev/null ;;
        esac
        [ "$server" != dovecot ] || drain_postfix
    done
    for _ in $(seq $rounds); do
        for sessions in 1 10 50; do smtp_round $sessions; done
    done
fi

if wanted fsync; then
    "$tools/install.sh" bench
    for sessions in 1 10 50; do
        name="$sessions sessions"
        common=(--rcpt user%d@mail.test --users $users --sessions $sessions --messages $fsync_messages)
        if [ $with_compatbot = 1 ]; then
            use compatbot
            fsyncs_of compatbot "$PIDS" "$name" load smtp --port "$SMTP_PORT" "${common[@]}"
        fi
        if [ $with_peers = 1 ]; then
            use postfix
            fsyncs_of dovecot-lmtp "$DOVECOT_PID" "$name" load smtp --lmtp --port "$LMTP_PORT" "${common[@]}"
            fsyncs_of postfix+lmtp "$PIDS" "$name" postfix_through "${common[@]}"
        fi
    done
fi

# fill SERVER USER MESSAGES BYTES: puts messages in a user's INBOX by delivering them.
fill() {
    local server=$1 user=$2 messages=$3 bytes=$4 to
    say "filling $server with $messages messages of $bytes bytes"
    use "$server"
    if [ "$server" = compatbot ]; then to=(--port "$SMTP_PORT"); else to=(--lmtp --port "$LMTP_PORT"); fi
    # Cyrus delivers some tens in a second, Dovecot two hundred: of most messages, where they are many, they get copies.
    local delivered=$messages
    if [ "$server" = cyrus ] || { [ "$server" = dovecot ] && [ "$messages" -gt 20000 ]; }; then delivered=$((messages / 16 + 1)); fi
    # One first: two first deliveries at once to a new mailbox make Dovecot answer 451 "Mailbox already exists".
    load smtp "${to[@]}" --rcpt "$user" --sessions 1 --messages 1 --bytes "$bytes" >/dev/null || die "$server could not be filled"
    load smtp "${to[@]}" --rcpt "$user" --sessions 20 --messages $((delivered - 1)) --bytes "$bytes" >&2 || die "$server could not be filled"
    account_of "$user"
    [ "$delivered" = "$messages" ] || load grow --port "$IMAP_PORT" $(login_of) --have "$delivered" --messages "$messages" >&2 || die "$server could not be filled"
    output=$(load select --port "$IMAP_PORT" $(login_of) --repeat 1) || die "$server: the filled mailbox does not open"
    say "first opening, $server: $output"
    [ "$server" != compatbot ] || await_intake "$user"
}

# What was delivered while its account was closed is taken in behind the first login.
await_intake() {
    local seconds_max=300 start=$SECONDS
    until "$tools/../../compatbot" account show "$1" --data "$DATA" --json | grep -q '"waitingMessages": *0[,}]'; do
        [ $((SECONDS - start)) -lt $seconds_max ] || die "mail for $1 still waits after $seconds_max s"
        load select --port "$IMAP_PORT" $(login_of) --repeat 1 >/dev/null # Keeps the account open.
        sleep 1
    done
}

# Sets ACCOUNT and PASSWORD to a user's.
account_of() {
    ACCOUNT=$1
    PASSWORD=$(python3 -c '
import json, sys
print(next(a["devices"][0]["password"] for a in json.load(open(sys.argv[1])) if a["address"] == sys.argv[2]))
' "${accounts:-$work/peers/accounts.json}" "$1")
}

restart() {
    case "$1" in
        compatbot) "$tools/server.sh" restart "$work/compatbot" ;;
        dovecot) "$here/peers.sh" restart-dovecot "$work/peers" ;;
        cyrus) "$here/cyrus.sh" restart "$work/cyrus" ;;
    esac
    use "$1"
}

# Lets compilers, caches and worker processes come up, in an account of its own: what is measured has not been asked before.
if wanted fetch || wanted ask; then
    for server in "${servers[@]}"; do
        fill "$server" user46@mail.test 1000 4096
        for _ in 1 2 3; do
            load fetch --port "$IMAP_PORT" $(login_of) --repeat 10 >/dev/null || die "$server: FETCH failed"
            load ask --port "$IMAP_PORT" $(login_of) --repeat 10 >/dev/null || die "$server: commands failed"
        done
    done
fi

if wanted fetch; then
    for server in "${servers[@]}"; do fill "$server" user49@mail.test $fetch_messages $fetch_bytes; done
    for _ in $(seq $rounds); do
        for server in "${servers[@]}"; do
            use "$server"
            account_of user49@mail.test
            output=$(load fetch --port "$IMAP_PORT" $(login_of) --repeat 3) || die "$server: FETCH failed"
            [[ "$output" == "messages=$fetch_messages "* ]] || die "$server: FETCH gave $output, wanted $fetch_messages messages"
            measure "FETCH of $fetch_messages bodies of $((fetch_bytes / 1024)) KB, first" "$server" first_mb_per_s MB/s more echo "$output"
            measure "FETCH of $fetch_messages bodies of $((fetch_bytes / 1024)) KB, best of 3" "$server" best_mb_per_s MB/s more echo "$output"
        done
    done
fi

# A word of `load ask`, what it is, its unit, and which is better.
asked="flags_ms:FETCH_FLAGS:ms:less envelopes_ms:FETCH_ENVELOPE_BODYSTRUCTURE:ms:less thunderbird_ms:header_list_of_Thunderbird:ms:less
apple_ms:header_list_of_Apple_Mail:ms:less search_header_ms:SEARCH_HEADER:ms:less search_subject_ms:SEARCH_SUBJECT:ms:less
search_body_first_ms:SEARCH_BODY,_the_first:ms:less search_body_ms:SEARCH_BODY:ms:less store_single_per_s:STORE_of_one,_durable:/s:more store_all_ms:STORE_1:*:ms:less
copy_1000_ms:COPY_of_1000:ms:less move_1000_ms:MOVE_of_1000:ms:less expunge_1000_ms:EXPUNGE_of_1000:ms:less append_per_s:APPEND_of_4_KB,_one_session:/s:more"
if wanted ask; then
    for server in "${servers[@]}"; do fill "$server" user47@mail.test $ask_messages 4096; done
    for _ in $(seq $rounds); do
        for server in "${servers[@]}"; do
            use "$server"
            account_of user47@mail.test
            output=$(load ask --port "$IMAP_PORT" $(login_of) --repeat 3) || die "$server: commands failed"
            for row in $asked; do
                word=${row%%:*} better=${row##*:} unit=${row%:*}
                name=${unit#*:} unit=${unit##*:} name=${name%:*}
                measure "${name//_/ }, $ask_messages messages" "$server" "$word" "$unit" "$better" echo "$output"
            done
            measure "APPEND of 4 KB, ten sessions" "$server" rate /s more \
                load fill --port "$IMAP_PORT" $(login_of) --mailbox Parallel --sessions 10 --messages $append_messages --bytes 4096
        done
    done
fi

# What the collector was asked for while a FETCH was answered: nothing for a message whose flags are told, and chunks of a large body.
if wanted allocations && [ $with_compatbot = 1 ]; then
    wanted ask || fill compatbot user47@mail.test $ask_messages 4096
    use compatbot
    account_of user47@mail.test
    output=$(load alloc --port "$IMAP_PORT" --admin "$ADMIN_PORT" --pid "$SERVER_PID" $(login_of) --messages $ask_messages) || die "allocations could not be measured"
    measure "memory taken by FETCH FLAGS, for a message" compatbot flags_bytes B less echo "$output"
    measure "memory taken by FETCH of UID, FLAGS, size and date, for a message" compatbot list_bytes B less echo "$output"
    measure "memory taken by FETCH ENVELOPE BODYSTRUCTURE, for a message" compatbot envelopes_bytes B less echo "$output"
    measure "memory taken by FETCH of bodies of 4 KB, for a message" compatbot bodies_bytes B less echo "$output"
    measure "memory taken by FETCH of one body of 64 MiB, chunk after chunk" compatbot large_mb MB less echo "$output"
    measure "growth of resident memory meanwhile, at its peak" compatbot large_peak_mb MB less echo "$output"
fi

if wanted select; then
    for server in "${servers[@]}"; do fill "$server" user50@mail.test $select_messages 1024; done
    for _ in $(seq $rounds); do
        for server in "${servers[@]}"; do
            restart "$server"
            # Another account first, so that the server has compiled and loaded what does not depend on the mailbox.
            account_of user1@mail.test
            load select --port "$IMAP_PORT" $(login_of) --repeat 5 >/dev/null || die "$server: SELECT failed"
            account_of user50@mail.test
            output=$(load select --port "$IMAP_PORT" $(login_of) --repeat 200) || die "$server: SELECT failed"
            measure "login before the cold SELECT" "$server" login_ms ms less echo "$output"
            measure "SELECT of $select_messages messages, cold (server just started)" "$server" first_ms ms less echo "$output"
            measure "FETCH of one message's flags behind it" "$server" fetch_ms ms less echo "$output"
            measure "SELECT of $select_messages messages, warm" "$server" p50_ms ms less echo "$output"
        done
    done
fi

if wanted idle; then
    account_of user1@mail.test
    for server in "${servers[@]}"; do
        # The collector's regions are 4 MiB: of a thousand small connections they would be a part of what is measured.
        more=$idle_connections
        [ "$server" != compatbot ] || more=$((idle_connections * 3))
        restart "$server"
        measure "memory of an idle IMAP connection (IDLE in INBOX), the first $idle_connections" "$server" kb_per_connection KB less \
            load idle --port "$IMAP_PORT" $(login_of) --warm 1 --connections $idle_connections --pids "$PIDS"
        restart "$server"
        measure "memory of an idle IMAP connection, of those behind the first $idle_connections" "$server" kb_per_connection KB less \
            load idle --port "$IMAP_PORT" $(login_of) --warm $idle_connections --connections $more --pids "$PIDS"
        restart "$server"
        measure "memory of an idle IMAP connection under TLS" "$server" kb_per_connection KB less \
            load idle --tls --port "$IMAPS_PORT" $(login_of) --connections $idle_connections --pids "$PIDS"
    done
fi

if wanted push; then
    account_of user1@mail.test
    for _ in $(seq $rounds); do
        for server in "${servers[@]}"; do
            use "$server"
            if ! output=$(load push --port "$IMAP_PORT" $(login_of) --connections 200); then
                [ "$server" = cyrus ] || die "$server: IDLE told nothing"
                say "cyrus: some of 200 connections were told nothing within 30 s: no figure"
                continue
            fi
            measure "IDLE: from the commit to EXISTS, 200 connections, median" "$server" push_p50_ms ms less echo "$output"
            measure "IDLE: from the commit to EXISTS, 200 connections, 99%" "$server" push_p99_ms ms less echo "$output"
        done
    done
    if [ $with_compatbot = 1 ]; then # Of Dovecot that would be as many processes.
        use compatbot
        output=$(load push --port "$IMAP_PORT" $(login_of) --connections 200 --crowd $crowd_connections) || die "IDLE told nothing to a crowd"
        measure "IDLE: the same while $crowd_connections others idle, 99%" compatbot push_p99_ms ms less echo "$output"
    fi
fi

if wanted login; then
    for _ in $(seq $rounds); do
        for server in "${servers[@]}"; do
            use "$server"
            output=$(load login --port "$IMAP_PORT" $(login_of) --count $logins --pids "$PIDS") || die "$server: LOGIN failed"
            measure "LOGIN, server CPU" "$server" cpu_ms_per_login ms less echo "$output"
            measure "LOGIN, latency" "$server" p50_ms ms less echo "$output"
        done
    done
fi

python3 "$here/table.py" "$results"
