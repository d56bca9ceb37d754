#!/usr/bin/env bash
# Bad input of every kind against a running server. See README.md. SERVER_PID: whose memory is watched.
set -euo pipefail
. "$(dirname "$0")/../lib/checks.sh"
: "${ACCOUNT2:?}" "${PASSWORD2:?}" "${SERVER_PID:?}"
"$lib/../../tests/tools/install.sh" interop
python3 "$(dirname "$0")/hostile.py"
