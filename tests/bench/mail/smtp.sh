#!/usr/bin/env bash
# SMTP with Postfix's own tools: smtp-source in, smtp-sink out, CompatBot beside Postfix (accepting, and through to Dovecot by LMTP).
#
#   tests/bench/mail/smtp.sh [--quick]
#
# Rows: durable messages per second of 4 KB and 100 KB over 1, 10 and 50 sessions (48 recipients at 10 and 50); CPU per message of the
# whole process tree; its memory (PSS) afterwards; and messages per second out of a full queue to one destination. Needs root (the peers).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$(cd "$here/../../tools" && pwd)
rounds=3 small=4000 large=1000 queued=5000
if [ "${1:-}" = --quick ]; then rounds=1 small=1000 large=300 queued=1000; fi
PATH="$PATH:/usr/sbin"

say() { echo "smtp.sh: $*" >&2; }
die() { say "$*"; exit 1; }
work=$(mktemp -d /tmp/compatbot-bench.XXXXXX)
chmod 755 "$work"
results="$work/results.tsv"
: >"$results"
nsd_pid='' sink_pid=''
# Called by the trap.
# shellcheck disable=SC2317
finish() {
    local status=$? pid
    for pid in $sink_pid $nsd_pid; do kill "$pid" 2>/dev/null || true; done
    [ ! -d "$work/compatbot" ] || "$tools/server.sh" stop "$work/compatbot" || status=1
    [ ! -d "$work/peers" ] || "$here/peers.sh" stop "$work/peers" || status=1
    if [ $status = 0 ]; then rm -rf "$work"; else say "failed; logs and data are in $work"; fi
    exit $status
}
trap finish EXIT

"$tools/install.sh" bench relay
dotnet build "$here/load" -c Release -v q --nologo >"$work/build" 2>&1 || { cat "$work/build" >&2; exit 1; }
usage() { dotnet "$here/load/bin/Release/net10.0/CompatBot.MailLoad.dll" usage --pids "$1"; }
field() { tr ' ' '\n' <<<"$2" | sed -n "s/^$1=//p"; }
keep() { printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" >>"$results"; say "$1, $2: $3 $4"; }

# A destination: nsd names it, smtp-sink takes everything.
. "$here/../../../interop/relay/internet.sh"
offset=$(python3 "$tools/free-offset.py" 53 26)
dns_port=$((53 + offset)) sink_port=$((26 + offset))
mkdir "$work/nsd"
{ zone_head sink.example; printf '@ IN MX 10 mx\nmx IN A 127.9.0.6\n'; } >"$work/nsd/sink.example"
start_nsd "$work/nsd" "$dns_port" sink.example
start_sink() {
    smtp-sink -u nobody "127.9.0.6:$sink_port" 512 >/dev/null 2>&1 &
    sink_pid=$!
    for _ in $(seq 100); do if listens 127.9.0.6 "$sink_port"; then return; fi; sleep 0.05; done
    die "smtp-sink does not start"
}

COMPATBOT_SERVE_OPTIONS="--dns 127.0.0.1@$dns_port --dns-anchor none --relay-port $sink_port --recipients-per-hour 0" \
    "$tools/server.sh" start "$work/compatbot"
"$here/peers.sh" start "$work/peers" "$work/compatbot/accounts.json"
. "$work/peers/peers.env"
postconf -c "$work/peers/postfix/etc" -e "transport_maps = inline:{sink.example=smtp:[127.9.0.6]:$sink_port}" \
    "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination" "smtp_bind_address = 127.0.0.1"
postfix -c "$work/peers/postfix/etc" reload >/dev/null 2>&1
use() {
    case "$1" in
        compatbot) . "$work/compatbot/server.env"; PIDS=$SERVER_PID ;;
        postfix) . "$work/peers/peers.env"; PIDS=$POSTFIX_PID,$DOVECOT_PID ;;
    esac
}
empty() { [ -z "$(find "$QUEUE/maildrop" "$QUEUE/incoming" "$QUEUE/active" "$QUEUE/deferred" -type f -print -quit)" ]; }
drain() { until empty; do sleep 0.05; done; }
now() { date +%s.%N; }
rate() { awk -v n="$1" -v a="$2" -v b="$3" 'BEGIN { printf "%.1f", n / (b - a) }'; }

# source SESSIONS BYTES MESSAGES: one smtp-source for each of up to 10 sessions, each to recipients of its own.
source_mail() {
    local sessions=$1 bytes=$2 messages=$3 processes=$(($1 < 10 ? $1 : 10)) at pids=()
    for at in $(seq "$processes"); do
        smtp-source -s $((sessions / processes)) -l "$bytes" -m $((messages / processes)) -f "a$at@b.example" -t "user$((at * 4))@mail.test" \
            "127.0.0.1:$SMTP_PORT" >"$work/source.$at" 2>&1 &
        pids+=($!)
    done
    for at in "${pids[@]}"; do wait "$at" || die "smtp-source failed: $(cat "$work"/source.*)"; done
}
in_round() {
    local sessions=$1 bytes=$2 messages=$3 name begun taken done_at before after
    name="in, $((bytes / 1024)) KB, $sessions session"
    [ "$sessions" = 1 ] || name+=s
    for server in compatbot postfix; do
        use $server
        before=$(usage "$PIDS")
        begun=$(now)
        source_mail "$sessions" "$bytes" "$messages"
        taken=$(now)
        [ $server = compatbot ] || drain
        done_at=$(now)
        after=$(usage "$PIDS")
        cpu=$(awk -v a="$(field cpu_ms "$before")" -v b="$(field cpu_ms "$after")" -v n="$messages" 'BEGIN { printf "%.3f", (b - a) / n }')
        if [ $server = compatbot ]; then keep "$name" compatbot "$(rate "$messages" "$begun" "$taken")" /s more; else
            keep "$name" postfix-accepts "$(rate "$messages" "$begun" "$taken")" /s more
            keep "$name" postfix+lmtp "$(rate "$messages" "$begun" "$done_at")" /s more
        fi
        keep "$name, CPU per message" "${server/postfix/postfix+lmtp}" "$cpu" ms less
    done
}
for server in compatbot postfix; do # warm up
    use $server
    source_mail 10 4096 2000
    [ $server = compatbot ] || drain
done
for _ in $(seq $rounds); do
    for sessions in 1 10 50; do
        in_round $sessions 4096 $((sessions == 1 ? small / 4 : small))
        in_round $sessions 102400 $((sessions == 1 ? large / 4 : large))
    done
done
for server in compatbot postfix; do
    use $server
    keep "memory afterwards" "${server/postfix/postfix+lmtp}" "$(awk -v k="$(field pss_kb "$(usage "$PIDS")")" 'BEGIN { printf "%.1f", k / 1024 }')" MB less
done

# Out: the queue fills while nobody listens there, then the sink opens.
fill_compatbot() {
    python3 - "$queued" <<'PY'
import os, smtplib, sys, threading
count = int(sys.argv[1])
body = "Subject: out\r\n\r\n" + ("x" * 76 + "\r\n") * 50
def run(messages):
    client = smtplib.SMTP("127.0.0.1", int(os.environ["SUBMISSION_PORT"]))
    client.login(os.environ["ACCOUNT"], os.environ["PASSWORD"])
    for number in range(messages):
        client.sendmail(os.environ["ACCOUNT"], [f"r{number}@sink.example"], body)
threads = [threading.Thread(target=run, args=(count // 10,)) for _ in range(10)]
for one in threads: one.start()
for one in threads: one.join()
PY
}
queued_count() { "$here/../../../compatbot" queue list --json --data "$DATA" | python3 -c 'import json,sys; print(len(json.load(sys.stdin)))'; }
sent_count() { curl -s "http://127.0.0.1:$ADMIN_PORT/metrics" | sed -n 's/^compatbot_queue_messages \([0-9]*\).*/\1/p'; }
for _ in $(seq $rounds); do
    use compatbot
    export SUBMISSION_PORT ACCOUNT PASSWORD
    fill_compatbot
    [ "$(queued_count)" = "$queued" ] || die "the queue has $(queued_count) messages"
    sleep 1
    start_sink
    before=$(usage "$PIDS")
    begun=$(now)
    "$here/../../../compatbot" queue retry all --data "$DATA" >/dev/null
    until [ "$(sent_count)" = 0 ]; do sleep 0.05; done
    done_at=$(now)
    keep "out of a full queue, 4 KB" compatbot "$(rate "$queued" "$begun" "$done_at")" /s more
    after=$(usage "$PIDS")
    keep "out, CPU per message" compatbot "$(awk -v a="$(field cpu_ms "$before")" -v b="$(field cpu_ms "$after")" -v n="$queued" 'BEGIN { printf "%.3f", (b - a) / n }')" ms less
    kill "$sink_pid"
    wait "$sink_pid" 2>/dev/null || true

    use postfix
    postconf -c "$work/peers/postfix/etc" -e "defer_transports = smtp"
    postfix -c "$work/peers/postfix/etc" reload >/dev/null 2>&1
    smtp-source -s 10 -l 4096 -m "$queued" -f user1@mail.test -t r@sink.example "127.0.0.1:$SMTP_PORT"
    until [ "$(find "$QUEUE/deferred" -type f | wc -l)" = "$queued" ]; do sleep 0.1; done
    start_sink
    postconf -c "$work/peers/postfix/etc" -e "defer_transports ="
    postfix -c "$work/peers/postfix/etc" reload >/dev/null 2>&1
    before=$(usage "$PIDS")
    begun=$(now)
    postqueue -c "$work/peers/postfix/etc" -f
    drain
    done_at=$(now)
    keep "out of a full queue, 4 KB" postfix "$(rate "$queued" "$begun" "$done_at")" /s more
    after=$(usage "$PIDS")
    keep "out, CPU per message" postfix "$(awk -v a="$(field cpu_ms "$before")" -v b="$(field cpu_ms "$after")" -v n="$queued" 'BEGIN { printf "%.3f", (b - a) / n }')" ms less
    kill "$sink_pid"
    wait "$sink_pid" 2>/dev/null || true
    sink_pid=''
done
python3 "$here/table.py" "$results"
