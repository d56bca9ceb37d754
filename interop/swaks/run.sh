#!/usr/bin/env bash
# swaks: every SMTP port, TLS, AUTH and refusal. See README.md.
set -euo pipefail
. "$(dirname "$0")/../lib/checks.sh"
: "${ACCOUNT2:?}" "${PASSWORD2:?}"
"$lib/../../tests/tools/install.sh" interop
swaks --version | sed -n '1s/^/# /p'

number=0
client() { swaks --server "$HOST" --helo client.test --timeout 60 "$@" >"$scratch/log" 2>&1; }
inbox() { ACCOUNT=$ACCOUNT2 PASSWORD=$PASSWORD2 imap count INBOX "SUBJECT \"$1\""; }
has_one() { [ "$(inbox "$1")" = 1 ]; }

# sends NAME OPTIONS...: must be accepted, and be in the second person's INBOX once.
sends() {
    local name=$1 subject
    shift
    number=$((number + 1))
    subject="swaks number $number end"
    if client --to "$ACCOUNT2" --header "Subject: $subject" --body "line one\n.line two\n" "$@"; then
        check "$name" until_true has_one "$subject"
    else
        fail "$name" "$(grep -E '^(<|\*)' "$scratch/log" | tail -n 4)"
    fi
}
# refuses NAME REPLY OPTIONS...: must end with a reply that matches.
refuses() {
    local name=$1 wanted=$2
    shift 2
    if client "$@"; then
        fail "$name" "was accepted"
    elif grep -Eq "^<[-~*]{1,2}\*? *$wanted" "$scratch/log"; then
        ok "$name"
    else
        fail "$name" "$(grep -E '^(<|\*)' "$scratch/log" | tail -n 4)"
    fi
}
auth=(--auth-user "$ACCOUNT" --auth-password "$PASSWORD" --from "$ACCOUNT")
mx=(--port "$SMTP_PORT" --from ada@sender.example)
submission=(--port "$SUBMISSION_PORT")
submissions=(--port "$SUBMISSIONS_PORT" --tls-on-connect)

sends "MX port" "${mx[@]}"
sends "MX port, STARTTLS" "${mx[@]}" -tls
sends "MX port, pipelined" "${mx[@]}" --pipeline
sends "MX port, null sender" --port "$SMTP_PORT" --from '<>'
sends "MX port, subaddress" "${mx[@]}" --to "${ACCOUNT2/@/+news@}"
sends "MX port, recipient in capitals" "${mx[@]}" --to "$(tr '[:lower:]' '[:upper:]' <<<"${ACCOUNT2%@*}")@$(tr '[:lower:]' '[:upper:]' <<<"${ACCOUNT2#*@}")"
sends "MX port, HELO" "${mx[@]}" --protocol SMTP
for mechanism in PLAIN LOGIN; do
    sends "submission, STARTTLS, AUTH $mechanism" "${submission[@]}" -tls --auth "$mechanism" "${auth[@]}"
    sends "submissions, TLS, AUTH $mechanism" "${submissions[@]}" --auth "$mechanism" "${auth[@]}"
done
sends "submission, pipelined" "${submissions[@]}" --auth PLAIN "${auth[@]}" --pipeline

refuses "MX port relays nothing" '(550|551|553|554)' "${mx[@]}" --to someone@elsewhere.example
refuses "MX port: no such user" '55[0-4]' "${mx[@]}" --to "nobody.$$@${ACCOUNT2#*@}"
refuses "submission without AUTH" '(530|550|554)' "${submission[@]}" -tls --from "$ACCOUNT" --to "$ACCOUNT2"
refuses "submission, wrong password" '(535|454)' "${submissions[@]}" --auth PLAIN --auth-user "$ACCOUNT" --auth-password "${PASSWORD%?}0" --from "$ACCOUNT" --to "$ACCOUNT2"
refuses "submission, unknown user" '(535|454)' "${submissions[@]}" --auth LOGIN --auth-user "nobody@${ACCOUNT#*@}" --auth-password "$PASSWORD" --from "$ACCOUNT" --to "$ACCOUNT2"
refuses "submission, somebody else's sender" '55[0-4]' "${submissions[@]}" --auth PLAIN --auth-user "$ACCOUNT" --auth-password "$PASSWORD" --from "$ACCOUNT2" --to "$ACCOUNT2"
if client "${mx[@]}" --to "$ACCOUNT2" --quit-after EHLO; then
    for extension in SIZE 8BITMIME SMTPUTF8 PIPELINING ENHANCEDSTATUSCODES STARTTLS CHUNKING; do
        check "EHLO offers $extension" grep -q "$extension" "$scratch/log"
    done
    check "no AUTH in clear at the MX port" test "$(grep -c 'AUTH' "$scratch/log" || true)" = 0
else
    fail "EHLO" "$(tail -n 4 "$scratch/log")"
fi
finish
