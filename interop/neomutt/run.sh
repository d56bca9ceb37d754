#!/usr/bin/env bash
# neomutt does what mutt does. See ../mutt/README.md.
set -euo pipefail
MUTT=neomutt
"$(dirname "$0")/../../tests/tools/install.sh" neomutt
. "$(dirname "$0")/../mutt/run.sh"
