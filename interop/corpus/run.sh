#!/usr/bin/env bash
# Every real message of the corpus and many generated ones: in by APPEND, SMTP DATA and BDAT, out by imaplib, curl and
# mbsync, the same bytes. See README.md.
#
# COMPATBOT_CORPUS: folder with mail/*.tar.xz (without it: only the generated ones). GENERATED: how many (default 250).
set -euo pipefail
. "$(dirname "$0")/../lib/checks.sh"
: "${ACCOUNT2:?}" "${PASSWORD2:?}"
"$lib/../../tests/tools/install.sh" interop
generate="$lib/../../tests/tools/generate"
dotnet build "$generate" -c Release -v q --nologo >"$scratch/build" 2>&1 || { cat "$scratch/build"; exit 1; }
dotnet "$generate/bin/Release/net10.0/CompatBot.Generate.dll" "$scratch/messages/generated" "${GENERATED:-250}"
if [ -n "${COMPATBOT_CORPUS:-}" ]; then
    for archive in "$COMPATBOT_CORPUS"/mail/*.tar.xz; do
        mkdir -p "$scratch/messages/$(basename "$archive" .tar.xz)"
        tar -xJf "$archive" -C "$scratch/messages/$(basename "$archive" .tar.xz)"
    done
else
    echo "# COMPATBOT_CORPUS is not set: generated messages only"
fi
# The Python part prints the last line; exec would skip the clean-up.
python3 "$(dirname "$0")/corpus.py" "$scratch"
