#!/usr/bin/env bash
# Invitations between a calendar here and a person whose mail server is Postfix. See README.md.
set -euo pipefail
starts_itself=1 # read by checks.sh
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/checks.sh"
. "$lib/../relay/internet.sh"
tools="$lib/../../tests/tools"
"$tools/install.sh" interop behind
[ "$(id -u)" -eq 0 ] || { echo "scheduling: Postfix changes to its own users: run as root" >&2; exit 1; }
chmod 755 "$scratch"
PATH="$PATH:/usr/sbin"

own_server="$scratch/server"
mx_port=$((25 + $(python3 "$tools/free-offset.py" 25)))
COMPATBOT_SERVE_OPTIONS="--dmarc off --smarthost 127.9.0.2:$mx_port" "$tools/server.sh" start "$own_server"
. "$own_server/server.env"
export HOST HTTP_PORT ACCOUNT PASSWORD ACCOUNT2 PASSWORD2
start_postfix "$scratch/postfix" 127.9.0.2 "$mx_port" "$SMTP_PORT"
postconf -d mail_version | sed 's/^/# Postfix /'
MX_PORT=$mx_port MAILDIR="$scratch/postfix/mail/carla" timeout 240 python3 "$here/remote.py" >"$scratch/told" 2>"$scratch/error" ||
    { cat "$scratch/error"; tail -n 20 "$scratch/postfix/log" "$own_server/log"; } >&2
told "$scratch/told"
finish
