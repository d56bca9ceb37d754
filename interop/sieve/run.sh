#!/usr/bin/env bash
# Sieve beside Pigeonhole, scripts by sieve-connect, and mail that they file, send on and answer. See README.md.
set -euo pipefail
. "$(dirname "$0")/../lib/checks.sh"
: "${SIEVE_PORT:?}" "${ACCOUNT2:?}" "${PASSWORD2:?}"
"$lib/../../tests/tools/install.sh" sieve
here=$(cd "$(dirname "$0")" && pwd)

# sieve-test gives up its rights, and needs a folder that everybody may look into.
shared=$scratch/pairs
mkdir -p "$shared/scripts"
chmod 755 "$scratch" "$shared" "$shared/scripts"
if HOME=$shared /usr/bin/python3 "$here/differential.py" "$here/../../compatbot" "$shared" >"$scratch/differential" 2>&1; then
    ok "as Pigeonhole"
else
    fail "as Pigeonhole" "$(tail -n 20 "$scratch/differential")"
fi
grep '^#' "$scratch/differential" || true

server_certificate >"$scratch/certificate.pem"
connect() {
    echo "$PASSWORD" | sieve-connect --server localhost --port "$SIEVE_PORT" --4 --user "$ACCOUNT" --passwordfd 0 \
        --tlscafile "$scratch/certificate.pem" "$@" 2>&1
}
cat >"$scratch/main.sieve" <<'SCRIPT'
require ["fileinto", "mailbox", "imap4flags", "vacation", "copy", "variables", "envelope"];
if header :matches "subject" "list *: *" { fileinto :create :flags "\\Flagged" "Lists/${1}"; }
elsif header :contains "subject" "holiday" { vacation :days 1 :subject "Away" "Back on Monday."; }
elsif header :contains "subject" "pass on" { redirect :copy "TARGET"; }
elsif header :contains "subject" "throw" { discard; }
SCRIPT
sed -i "s/TARGET/$ACCOUNT2/" "$scratch/main.sieve"
echo 'nonsense;' >"$scratch/broken.sieve"
check "sieve-connect uploads" connect --localsieve "$scratch/main.sieve" --remotesieve main --upload
same "sieve-connect checks what is none" refused "$(connect --localsieve "$scratch/broken.sieve" --checkscript >/dev/null || echo refused)"
check "sieve-connect activates" connect --remotesieve main --activate
same "sieve-connect lists it as active" 1 "$(connect --list | grep -c '"main" ACTIVE')"
check "sieve-connect downloads, by LOGIN" connect --authmech LOGIN --remotesieve main --localsieve "$scratch/back.sieve" --download
same_files "and gets it octet for octet" "$scratch/main.sieve" "$scratch/back.sieve"
same "a wrong password" refused "$(PASSWORD=wrong connect --list >/dev/null || echo refused)"

send() {
    swaks --server "$HOST" --port "$SUBMISSION_PORT" --auth-user "$ACCOUNT2" --auth-password "$PASSWORD2" --from "$ACCOUNT2" \
        --to "$ACCOUNT" --header "Subject: $1" --body "text of $1" >"$scratch/log" 2>&1 || { tail -n 5 "$scratch/log"; return 1; }
}
has() { [ "$(ACCOUNT=$1 PASSWORD=$2 imap count "$3" "$4")" = "$5" ]; }
check "a message to a list is taken" send "list cooks: soup"
check "and lies in a mailbox of its own, flagged" until_true has "$ACCOUNT" "$PASSWORD" Lists/cooks 'FLAGGED SUBJECT "soup"' 1
check "a message that is thrown away is taken" send "throw this"
check "a message to pass on is taken" send "pass on this"
check "it is in INBOX" until_true has "$ACCOUNT" "$PASSWORD" INBOX 'SUBJECT "pass on"' 1
check "and at the other's" until_true has "$ACCOUNT2" "$PASSWORD2" INBOX 'SUBJECT "pass on" HEADER X-Sieve-Redirected-From ""' 1
check "a message in the holidays is taken" send "holiday one"
check "and another one" send "holiday two"
check "both are in INBOX" until_true has "$ACCOUNT" "$PASSWORD" INBOX 'SUBJECT "holiday"' 2
check "one answer came" until_true has "$ACCOUNT2" "$PASSWORD2" INBOX 'SUBJECT "Away" HEADER Auto-Submitted "auto-replied"' 1
same "what was thrown away is nowhere" 0 "$(imap count INBOX 'SUBJECT "throw"')"

check "sieve-connect deactivates" connect --deactivate
check "sieve-connect deletes" connect --remotesieve main --delete
same "nothing is left" 0 "$(connect --list | grep -c main || true)"

finish
