#!/usr/bin/env bash
# Programs that send mail, over every port, TLS and AUTH mechanism. See README.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/checks.sh"
: "${ACCOUNT2:?}" "${PASSWORD2:?}"
"$lib/../../tests/tools/install.sh" interop senders
msmtp --version | sed -n '1s/^/# /p'
(cd "$scratch" && npm install --silent --no-audit --no-fund nodemailer@8 >"$scratch/log" 2>&1) || { cat "$scratch/log" >&2; exit 1; }
export LIB="$lib" NODE_PATH="$scratch/node_modules"
node -p '"# nodemailer " + require("nodemailer/package.json").version'
head -c 3000 /dev/urandom >"$scratch/raw.bin"
printf '%s' "$PASSWORD" >"$scratch/password"
chmod 600 "$scratch/password"

# Each: PORT none|starttls|tls MECHANISM|none SUBJECT [PASSWORD]
by_msmtp() {
    local port=$1 security=$2 mechanism=$3 options=()
    case "$security" in
        none) options+=(--tls=off) ;;
        starttls) options+=(--tls=on --tls-starttls=on --tls-certcheck=off) ;;
        tls) options+=(--tls=on --tls-starttls=off --tls-certcheck=off) ;;
    esac
    if [ "$mechanism" = none ]; then options+=(--auth=off); else
        options+=(--auth="$(tr '[:upper:]' '[:lower:]' <<<"$mechanism")" --user="$ACCOUNT" --passwordeval="printf %s ${5:-$PASSWORD}")
    fi
    {
        printf 'From: %s\nTo: %s\nSubject: %s\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n.\n..\n.dot\n--b\n' "$ACCOUNT" "$ACCOUNT2" "$4"
        printf 'Content-Type: application/octet-stream\nContent-Disposition: attachment; filename=raw.bin\nContent-Transfer-Encoding: base64\n\n'
        base64 "$scratch/raw.bin"
        printf '%s\n' '--b--'
    } | msmtp --file=/dev/null --host="$HOST" --port="$port" --from="$ACCOUNT" --timeout=30 "${options[@]}" "$ACCOUNT2"
}
by_nodemailer() { node "$here/nodemailer.js" "$1" "$2" "$3" "$ACCOUNT" "${5:-$PASSWORD}" "$ACCOUNT2" "$4" "$scratch/raw.bin"; }
by_smtplib() { python3 "$here/smtplib_send.py" "$1" "$2" "$3" "$ACCOUNT" "${5:-$PASSWORD}" "$ACCOUNT2" "$4" "$scratch/raw.bin"; }
mechanisms() { case "$1" in msmtp) echo PLAIN LOGIN SCRAM-SHA-256 ;; *) echo PLAIN LOGIN ;; esac; }

sent=()
number=0
# sends CLIENT PORT-NAME PORT SECURITY MECHANISM
sends() {
    local subject
    number=$((number + 1))
    subject="senders number $number end"
    if "by_$1" "$3" "$4" "$5" "$subject" >"$scratch/log" 2>&1; then sent+=("$subject|$1, $2, $4, AUTH $5"); else
        fail "$1, $2, $4, AUTH $5" "$(tail -n 3 "$scratch/log")"
    fi
}
for client in msmtp nodemailer smtplib; do
    for security in none starttls; do sends $client smtp "$SMTP_PORT" $security none; done
    for mechanism in $(mechanisms $client); do
        for security in none starttls; do sends $client submission "$SUBMISSION_PORT" $security "$mechanism"; done
        sends $client submissions "$SUBMISSIONS_PORT" tls "$mechanism"
        check "$client, a wrong password by $mechanism" eval "! by_$client $SUBMISSIONS_PORT tls $mechanism wrong ${PASSWORD%?}0 >/dev/null 2>&1"
    done
    check "$client, no login on submission" eval "! by_$client $SUBMISSION_PORT starttls none wrong >/dev/null 2>&1"
done
python3 - "$scratch/raw.bin" "${sent[@]}" >"$scratch/told" <<'PY' || true
import email, email.policy, os, sys
sys.path.insert(0, os.path.join(os.environ["LIB"]))
import mailtest as mt
report = mt.Report("senders")
os.environ["ACCOUNT"], os.environ["PASSWORD"] = os.environ["ACCOUNT2"], os.environ["PASSWORD2"]
mails = [email.message_from_bytes(one, policy=email.policy.default) for one in mt.fetch_all(mt.imap(mt.Settings(), "INBOX")).values()]
raw = open(sys.argv[1], "rb").read()
for pair in sys.argv[2:]:
    subject, name = pair.split("|")
    found = [mail for mail in mails if mail["Subject"] == subject]
    if not report.check(name, len(found) == 1, f"{len(found)} arrived"):
        continue
    files = [part.get_content() for part in found[0].iter_attachments() if part.get_filename() == "raw.bin"]
    text = next(part for part in found[0].walk() if part.get_content_type() == "text/plain").get_content().split("\n")
    dots = [line.strip() for line in text if line.startswith(".")]
    report.check(f"{name}: octets and dots", files == [raw] and dots == [".", "..", ".dot"], (len(files), dots))
print(f"{report.passed} passed, {report.failed} failed")
PY
told "$scratch/told"
finish
