#!/usr/bin/env bash
# Makes the fixture of a release from this source tree: tests/data/stores/make.sh VERSION. See README.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
target="$here/${1:?version}"
[ ! -e "$target" ] || { echo "make.sh: $target is there already, and a fixture is never changed" >&2; exit 1; }
work=$(mktemp -d)
clean_up() { "$root/tests/tools/server.sh" stop "$work/server" || true; rm -rf "$work"; }
trap clean_up EXIT

cat >"$work/accounts.json" <<'J'
[{"address": "ann@golden.test", "aliases": ["info@golden.test"], "devices": [
   {"label": "full", "password": "goldenfixturefulldevicexyz", "scopes": ["*"]},
   {"label": "phone", "password": "goldenfixturemailphonexyzz", "scopes": ["mail"]}]},
 {"address": "ben@golden.test", "aliases": [], "devices": [
   {"label": "full", "password": "goldenfixturebenfullxyzabc", "scopes": ["*"]}]}]
J
export COMPATBOT_SERVE_OPTIONS="--vault-grace 0"
"$root/tests/tools/server.sh" start "$work/server" "$work/accounts.json"
. "$work/server/server.env"
compatbot() { "$root/compatbot" "$@" --data "$DATA"; }
words() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[int(sys.argv[2])]["words"])' "$work/server/added.json" "$1"; }
words 0 >"$work/words"
HOST=$HOST IMAP_PORT=$IMAP_PORT SMTP_PORT=$SMTP_PORT python3 "$here/fill.py" before
compatbot account rotate ann@golden.test --unlock "$work/words"
compatbot account horizon ann@golden.test 90 --unlock "$work/words"
HOST=$HOST IMAP_PORT=$IMAP_PORT SMTP_PORT=$SMTP_PORT python3 "$here/fill.py" after
compatbot store reseal ann@golden.test --unlock "$work/words"
"$root/tests/tools/server.sh" stop "$work/server"

mkdir "$target"
compatbot store stat --account ann@golden.test --unlock "$work/words" --json >"$target/stat.json"
tar -C "$DATA" --sort=name --owner=0 --group=0 -cJf - . | base64 >"$target/store.txt"
python3 - "$work/server/added.json" "$target/keys.json" <<'P'
import json, sys
made = json.load(open(sys.argv[1]))
keys = [{"address": one["address"], "words": one["words"],
         "devices": [{"label": device["label"], "password": device["password"]} for device in one["devices"]]} for one in made]
json.dump(keys, open(sys.argv[2], "w"), indent=1)
P
ls -l "$target"
