#!/usr/bin/env bash
# The privacy scan: after a busy session no private word is on the disk, nor in the memory of a server whose vaults are closed.
# See README.md. Starts servers of its own: it stops them and dumps their memory.
set -euo pipefail
starts_itself=1 # read by checks.sh
. "$(dirname "$0")/../lib/checks.sh"
tools="$lib/../../tests/tools" here="$lib/../privacy"
"$tools/install.sh" interop
# Seconds between the last session's end and the dump: HTTP's logins, the grace period, two sweeps and what a slow machine needs.
settle_seconds=${PRIVACY_SETTLE_SECONDS:-125}

check "the scanner finds a planted marker in every encoding" python3 "$here/scan.py" --self-test

own_server="$scratch/server"
mkdir -p "$own_server/tmp"
export TMPDIR="$own_server/tmp" # a temporary file would be a leak too
COMPATBOT_SERVE_OPTIONS="--vault-grace 1 --log-level Debug" "$tools/server.sh" start "$own_server"
set -a
. "$own_server/server.env"
set +a
DEVICE_LABEL=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[0]["devices"][0]["label"])' "$own_server/accounts.json")
[ ${#DEVICE_LABEL} -ge 10 ] || DEVICE_LABEL=
export DEVICE_LABEL

mkfifo "$scratch/hold"
python3 "$here/traffic.py" "$scratch/markers" --stay <"$scratch/hold" >"$scratch/traffic" 2>&1 &
traffic=$!
exec 9>"$scratch/hold"
busy() { grep -q staying "$scratch/traffic" || ! kill -0 $traffic 2>/dev/null; }
check "the traffic of a busy session" until_true busy
dump() { gdb -p "$SERVER_PID" -batch -nx -ex "gcore $1" >"$scratch/gdb" 2>&1 && test -s "$1" || { tail -n 5 "$scratch/gdb"; return 1; }; }
check "a core dump while the vault is open" dump "$scratch/open.core"
if python3 "$here/scan.py" --memory "$scratch/markers" "$scratch/open.core" >"$scratch/found"; then
    fail "the dump of an open vault shows markers (or this test could not fail)" "$(tail -n 1 "$scratch/found")"
else
    ok "the dump of an open vault shows markers (or this test could not fail)"
fi
rm -f "$scratch/open.core"
exec 9>&-
if wait $traffic; then ok "the session ends well"; else fail "the session ends well" "$(tail -n 5 "$scratch/traffic")"; fi

sleep "$settle_seconds"
check "a core dump after the vault closed" dump "$scratch/closed.core"
check "no marker in the memory of a server whose vaults are closed" python3 "$here/scan.py" --memory "$scratch/markers" "$scratch/closed.core"
[ -z "${PRIVACY_KEEP:-}" ] || cp "$scratch/closed.core" "$scratch/markers" "$PRIVACY_KEEP"
rm -f "$scratch/closed.core"

check "a backup beside the running server" "$lib/../../compatbot" backup "$scratch/backup" --data "$own_server/data"
"$tools/server.sh" stop "$own_server"
check "no marker in a backup" python3 "$here/scan.py" "$scratch/markers" "$scratch/backup"
# Not even what the live store shows: who has an account here.
printf '%s\n' "$ACCOUNT" "${ACCOUNT#*@}" >"$scratch/addresses"
check "no address in a backup" python3 "$here/scan.py" "$scratch/addresses" "$scratch/backup"
check "no marker in any file under the data directory" python3 "$here/scan.py" "$scratch/markers" "$own_server/data"
check "no marker in the log, at level Debug" python3 "$here/scan.py" "$scratch/markers" "$own_server/log"
touch "$own_server/tmp/.looked-at"; echo looked >"$own_server/tmp/.looked-at"
check "no marker in a temporary file" python3 "$here/scan.py" "$scratch/markers" "$own_server/tmp"
finish
