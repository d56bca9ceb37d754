#!/usr/bin/env bash
# Thunderbird without a screen, driven by its remote control. See README.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/checks.sh"
: "${ACCOUNT2:?}" "${PASSWORD2:?}" "${HTTP_PORT:?}" "${HTTPS_PORT:?}"
"$lib/../../tests/tools/install.sh" interop thunderbird
thunderbird --version 2>/dev/null | sed -n '1s/^/# /p'

mkdir "$scratch/samples"
imap samples "$scratch/samples"
imap fill INBOX "$scratch/samples"/*.eml
timeout 300 python3 "$here/drive.py" "$scratch" "$scratch/samples" >"$scratch/told" 2>"$scratch/error" || tail -n 20 "$scratch/error" >&2
told "$scratch/told"
timeout 300 python3 "$here/calendars.py" "$scratch" >"$scratch/told" 2>"$scratch/error" || tail -n 20 "$scratch/error" >&2
told "$scratch/told"
finish
