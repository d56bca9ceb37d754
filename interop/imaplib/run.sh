#!/usr/bin/env bash
# Python's imaplib asks for everything that a FETCH or SEARCH can give and compares it with what must come. See README.md.
set -euo pipefail
. "$(dirname "$0")/../lib/checks.sh"
"$lib/../../tests/tools/install.sh" interop
python3 "$(dirname "$0")/questions.py" "$(dirname "$0")/expected.txt" >"$scratch/questions" || true
told "$scratch/questions"
python3 "$(dirname "$0")/threads.py" "$(dirname "$0")/threads.txt" >"$scratch/threads" || true
told "$scratch/threads"
finish
