#!/usr/bin/env bash
# curl: IMAP by UID, section and partial, APPEND, searches, SMTP submission; plain, STARTTLS and TLS. See README.md.
set -euo pipefail
. "$(dirname "$0")/../lib/checks.sh"
: "${ACCOUNT2:?}" "${PASSWORD2:?}"
"$lib/../../tests/tools/install.sh" interop
curl --version | sed -n '1s/^/# /p'

mkdir "$scratch/samples"
imap samples "$scratch/samples"
sample() { echo "$scratch/samples/$1.eml"; }
client() { curl -sS --max-time 60 -u "$ACCOUNT:$PASSWORD" "$@"; }
plain="imap://$HOST:$IMAP_PORT" secure="imaps://$HOST:$IMAPS_PORT"

number=0
for file in "$scratch/samples"/*.eml; do
    check "APPEND of $(basename "$file")" client -T "$file" "$plain/INBOX"
    number=$((number + 1))
done
client "$plain/INBOX;UID=[1-$number]" -o "$scratch/fetched-#1" || true
number=0
for file in "$scratch/samples"/*.eml; do
    number=$((number + 1))
    same_files "FETCH by UID gives the bytes of $(basename "$file")" "$file" "$scratch/fetched-$number"
done

uid_of() { client "$plain/INBOX?HEADER%20Message-ID%20$1@sender.example" | tr -d '\r' | sed -n 's/^\* SEARCH //p'; }
attachment=$(uid_of attachment)
check "SEARCH HEADER finds one message" test -n "$attachment" -a "${attachment#* }" = "$attachment"
python3 - "$(sample attachment)" "$scratch" <<'PY'
import sys
message, folder = open(sys.argv[1], "rb").read(), sys.argv[2]
head, _, body = message.partition(b"\r\n\r\n")
parts = body.split(b"--outer")
put = lambda name, data: open(f"{folder}/wanted-{name}", "wb").write(data)
put("header", head + b"\r\n\r\n")
put("text", body)
put("1", parts[1].partition(b"\r\n\r\n")[2][:-2])
put("2", parts[2].partition(b"\r\n\r\n")[2][:-2])
put("2.mime", parts[2].partition(b"\r\n\r\n")[0][2:] + b"\r\n\r\n")
put("fields", b"Subject: With a file\r\n\r\n")
put("partial", body[10:110])
PY
section() {
    local name=$1 section=$2
    client "$plain/INBOX;UID=$attachment;SECTION=$section" -o "$scratch/found-$name" || true
    same_files "SECTION=$section" "$scratch/wanted-$name" "$scratch/found-$name"
}
section header HEADER
section text TEXT
section 1 1
section 2 2
section 2.mime 2.MIME
section fields "HEADER.FIELDS%20(SUBJECT)"
client "$plain/INBOX;UID=$attachment;SECTION=TEXT;PARTIAL=10.100" -o "$scratch/found-partial" || true
same_files "PARTIAL=10.100" "$scratch/wanted-partial" "$scratch/found-partial"
client "$plain/INBOX;MAILINDEX=1" -o "$scratch/by-index" || true
same_files "FETCH by sequence number" "$scratch/fetched-1" "$scratch/by-index"

same "TLS on accept" "$attachment" "$(curl -sS -k --max-time 60 -u "$ACCOUNT:$PASSWORD" "$secure/INBOX?SUBJECT%20%22With%20a%20file%22" | tr -d '\r' | sed -n 's/^\* SEARCH //p')"
client -k "$secure/INBOX;UID=$(uid_of big)" -o "$scratch/big" || true
same_files "a big message over TLS" "$(sample big)" "$scratch/big"
check "STARTTLS" client -k --ssl-reqd "$plain/INBOX?ALL"
for mechanism in PLAIN LOGIN; do
    check "AUTH=$mechanism over TLS" client -k --login-options "AUTH=$mechanism" "$secure/INBOX?ALL"
done
check "SASL-IR" client -k --sasl-ir --login-options AUTH=PLAIN "$secure/INBOX?ALL"
if curl -sS -k --max-time 60 -u "$ACCOUNT:wrong-password-abcdefghij" "$secure/INBOX?ALL" >/dev/null 2>"$scratch/error"; then
    fail "a wrong password is refused" "curl logged in"
else
    same "a wrong password is refused" 67 "$(curl -s -k --max-time 60 -u "$ACCOUNT:wrong-password-abcdefghij" "$secure/INBOX?ALL" >/dev/null; echo $?)"
fi

check "CREATE" client "$plain" -X 'CREATE "Curl/Sub"'
check "LIST shows it" grep -q 'Curl/Sub' <(client "$plain")
check "STATUS" grep -q 'MESSAGES 0' <(client "$plain" -X 'STATUS "Curl/Sub" (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)')
check "COPY" client "$plain/INBOX" -X "UID COPY $attachment \"Curl/Sub\""
client "$plain/Curl%2FSub;UID=1" -o "$scratch/copied" || true
same_files "the copy has the same bytes" "$(sample attachment)" "$scratch/copied"
check "STORE" grep -q '\\Deleted' <(client "$plain/Curl%2FSub" -X 'STORE 1 +FLAGS (\Deleted)')
check "EXPUNGE" grep -q 'EXPUNGE' <(client "$plain/Curl%2FSub" -X EXPUNGE)
check "DELETE" client "$plain" -X 'DELETE "Curl/Sub"'
check "NOOP, EXAMINE, LSUB, CAPABILITY" client "$plain" -X NOOP "$plain" -X 'EXAMINE INBOX' "$plain" -X 'LSUB "" "*"' "$plain" -X CAPABILITY

# delivered FILE: the last message of the second person ends with the file's bytes; only a trace header is before them.
delivered() {
    ACCOUNT=$ACCOUNT2 PASSWORD=$PASSWORD2 imap get INBOX '*' >"$scratch/delivered"
    python3 - "$1" "$scratch/delivered" <<'PY'
import re, sys
sent, found = (open(name, "rb").read() for name in sys.argv[1:])
assert found.endswith(sent), f"the bytes sent are not what the message ends with: {found[:300]!r}"
trace = found[:-len(sent)]
names = {field.split(b":")[0].lower() for field in re.split(rb"\r\n(?![ \t])", trace) if field}
assert names <= {b"return-path", b"received", b"delivered-to"}, names
PY
}
count2() { ACCOUNT=$ACCOUNT2 PASSWORD=$PASSWORD2 imap count INBOX; }
arrived=0
submit() {
    local name=$1 sample=$2
    shift 2
    check "$name" client --mail-from "$ACCOUNT" --mail-rcpt "$ACCOUNT2" -T "$(sample "$sample")" "$@"
    arrived=$((arrived + 1))
    check "$name: arrived" until_true test_count
    check "$name: nothing but trace was added" delivered "$(sample "$sample")"
}
test_count() { [ "$(count2)" = "$arrived" ]; }
submit "submission by STARTTLS" attachment -k --ssl-reqd "smtp://$HOST:$SUBMISSION_PORT/client.test"
submit "submission over TLS, AUTH=PLAIN" eight-bit -k --login-options AUTH=PLAIN "smtps://$HOST:$SUBMISSIONS_PORT/client.test"
submit "submission over TLS, AUTH=LOGIN" big -k --login-options AUTH=LOGIN "smtps://$HOST:$SUBMISSIONS_PORT/client.test"
arrived=$((arrived + 1))
check "delivery at the MX port" curl -sS --max-time 60 --mail-from ada@sender.example --mail-rcpt "$ACCOUNT2" -T "$(sample plain)" "smtp://$HOST:$SMTP_PORT/mx.sender.example"
check "delivery at the MX port: arrived" until_true test_count
check "delivery at the MX port: nothing but trace was added, dots included" delivered "$(sample plain)"
if client -k --ssl-reqd --mail-from someone.else@mail.test --mail-rcpt "$ACCOUNT2" -T "$(sample plain)" "smtp://$HOST:$SUBMISSION_PORT/c" >/dev/null 2>&1; then
    fail "a sender that is not the login's is refused" "curl could send"
else
    ok "a sender that is not the login's is refused"
fi
finish
