# Sourced by the suites: settings, and the `ok NAME` / `FAIL NAME reason` lines; the last line is "N passed, N failed".
# Without HOST in the environment a suite starts a server of this source tree for itself and stops it at the end. A suite that sets
# starts_itself first starts one of its own kind, in $own_server, and names its ports.
#
# Environment: HOST IMAP_PORT IMAPS_PORT SMTP_PORT SUBMISSION_PORT SUBMISSIONS_PORT, ACCOUNT PASSWORD and, where a suite
# needs a second person, ACCOUNT2 PASSWORD2. TLS_NAME: the name in the server's certificate (default localhost). Each
# suite expects accounts of its own whose mailboxes are still empty.
# shellcheck shell=bash
lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
suite=$(basename "$(cd "$(dirname "$0")" && pwd)")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/interop-$suite.XXXXXX")
own_server=
started=() # processes that a suite starts besides the server: they end with it, however it ends
# Called by the trap.
# shellcheck disable=SC2317
clean_up() {
    local status=$? pid
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
    if [ -n "$own_server" ] && ! "$lib/../../tests/tools/server.sh" stop "$own_server"; then status=1; fi
    rm -rf "$scratch"
    exit $status
}
trap clean_up EXIT
if [ -z "${HOST:-}" ] && [ -z "${starts_itself:-}" ]; then
    own_server="$scratch/server"
    "$lib/../../tests/tools/server.sh" start "$own_server"
    . "$own_server/server.env"
    export DATA SERVER_PID ADMIN_PORT POP3_PORT POP3S_PORT FTP_PORT FTPS_PORT SIEVE_PORT HTTP_PORT HTTPS_PORT
fi
[ -n "${starts_itself:-}" ] || : "${IMAP_PORT:?}" "${IMAPS_PORT:?}" "${SMTP_PORT:?}" "${SUBMISSION_PORT:?}" "${SUBMISSIONS_PORT:?}" "${ACCOUNT:?}" "${PASSWORD:?}"
export HOST IMAP_PORT IMAPS_PORT SMTP_PORT SUBMISSION_PORT SUBMISSIONS_PORT ACCOUNT PASSWORD ACCOUNT2 PASSWORD2

passed=0 failed=0
export NUGET_PACKAGES="${NUGET_PACKAGES:-$HOME/.nuget/packages}" # a build that comes in between restores where it did before
export HOME="$scratch" # no configuration of the person who runs this

ok() { passed=$((passed + 1)); echo "ok $suite: $1"; }
fail() { failed=$((failed + 1)); echo "FAIL $suite: $1 $(tr '\n\r' '  ' <<<"${2:-}" | cut -c1-600)"; }

# check NAME COMMAND...: ok when the command succeeds; its output is the reason when it does not.
check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then ok "$name"; else fail "$name" "$(tail -n 12 <<<"$output")"; fi
}

# same NAME WANTED FOUND: ok when two texts are equal.
same() { if [ "$2" = "$3" ]; then ok "$1"; else fail "$1" "wanted: $2 found: $3"; fi; }

# same_files NAME WANTED FOUND: ok when two files are equal byte for byte.
same_files() { check "$1" cmp -- "$2" "$3"; }

# told FILE: counts the `ok` and `FAIL` lines of a part in Python (mailtest.Report); any other line is a failure.
told() {
    local line
    while read -r line; do
        case "$line" in
            "ok $suite: "*) ok "${line#"ok $suite: "}" ;;
            "FAIL $suite: "*) fail "${line#"FAIL $suite: "}" ;;
            *" passed, "*" failed") ;;
            *) fail "a part ended badly" "$line" ;;
        esac
    done <"$1"
    grep -q ' passed, ' "$1" || fail "a part in Python did not come to its end"
}

# until_true COMMAND...: waits up to 20 s for what another process does.
until_true() {
    local waited
    for waited in $(seq 200); do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.1
    done
    echo "still not after $((waited / 10)) s: $*" >&2
    return 1
}

imap() { python3 "$lib/imap.py" "$@"; }

# The server's certificate, as a client that pins it needs it.
server_certificate() {
    openssl s_client -connect "$HOST:$IMAPS_PORT" -servername localhost </dev/null 2>/dev/null | openssl x509
}

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
