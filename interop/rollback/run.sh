#!/usr/bin/env bash
# An older copy of the data directory is refused while heads of the newer one are kept elsewhere, until an operator takes it.
# Starts a server of its own.
set -euo pipefail
starts_itself=1 # read by checks.sh
. "$(dirname "$0")/../lib/checks.sh"
tools="$lib/../../tests/tools"
"$tools/install.sh" interop

own_server="$scratch/server"
export COMPATBOT_SERVE_OPTIONS="--vault-grace 0 --heads $scratch/elsewhere"
"$tools/server.sh" start "$own_server"
restart() { "$tools/server.sh" restart "$own_server" && . "$own_server/server.env"; }
. "$own_server/server.env"
compatbot() { "$lib/../../compatbot" "$@" --data "$DATA"; }

mail() { printf 'Subject: %s\r\n\r\nwords\r\n' "$1"; }
append() { mail "$1" >"$scratch/mail" && curl -sS --url "imap://$HOST:$IMAP_PORT/INBOX" --user "$ACCOUNT:$PASSWORD" -T "$scratch/mail"; }
login() { curl -sS -v --url "imap://$HOST:$IMAP_PORT/" --user "$ACCOUNT:$PASSWORD" 2>&1; }
standing() { compatbot store heads --account "$ACCOUNT" || true; }

check "mail of yesterday" append yesterday
"$tools/server.sh" stop "$own_server"
cp -a "$own_server/data" "$scratch/yesterday"
restart
check "mail of today" append today
held() { [[ "$(standing)" == *"held by the journal ($scratch/elsewhere)"* ]]; }
check "both places hold what was signed" until_true held
"$tools/server.sh" stop "$own_server"
mv "$own_server/data" "$scratch/today"
cp -a "$scratch/yesterday" "$own_server/data"
restart

refused=$(login || true)
if [[ "$refused" == *"NO [UNAVAILABLE]"* ]]; then ok "yesterday's copy is refused"; else fail "yesterday's copy is refused" "$refused"; fi
if grep -q "is WentBack" "$own_server/log"; then ok "the log says why"; else fail "the log says why" "$(tail -n 3 "$own_server/log")"; fi
if compatbot store heads >"$scratch/heads"; then fail "store heads says so" "$(cat "$scratch/heads")"; else ok "store heads says so"; fi
"$tools/server.sh" stop "$own_server"
mv "$own_server/data" "$scratch/refused"
mv "$scratch/today" "$own_server/data"
restart
check "today's store is welcome" login
"$tools/server.sh" stop "$own_server"
rm -rf "$own_server/data"
mv "$scratch/refused" "$own_server/data"
restart
check "an operator takes the older copy" compatbot store accept-heads --account "$ACCOUNT"
check "and then it opens" login
check "and is written to" append "another today"
finish
