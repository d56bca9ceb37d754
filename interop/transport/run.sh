#!/usr/bin/env bash
# What other servers demand of TLS: DANE and MTA-STS, with Postfix and nsd. See README.md.
set -euo pipefail
starts_itself=1 # read by checks.sh
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/checks.sh"
. "$here/../relay/internet.sh"
tools="$lib/../../tests/tools"
"$tools/install.sh" interop relay
[ "$(id -u)" -eq 0 ] || { echo "transport: Postfix changes to its own users: run as root" >&2; exit 1; }
chmod 755 "$scratch"


offset=$(python3 "$tools/free-offset.py" 53 26 27 443)
dns_port=$((53 + offset)) mx_port=$((26 + offset)) web_port=$((443 + offset))
policies="good.sts.example stranger.sts.example testing.sts.example broken.sts.example"
postfix_domains="good.dane.example wrong.dane.example $policies"
postfix_names="mx.dane.example mx.good.sts.example mx.testing.sts.example"
mkdir -p "$scratch/nsd" "$scratch/web"

# The server's SMTP port is not known yet: nothing comes back from Postfix here.
start_postfix "$scratch/postfix" 127.9.0.2 "$mx_port" 1
postconf -d mail_version | sed 's/^/# Postfix /'

# A signed zone: one server whose certificate its TLSA record names, one whose record names another.
key_hash=$(openssl x509 -in "$scratch/postfix/cert.pem" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)
{
    zone_head dane.example
    printf 'mx IN A 127.9.0.2\nmxwrong IN A 127.9.0.2\ngood IN MX 10 mx\nwrong IN MX 10 mxwrong\n'
    echo "_$mx_port._tcp.mx IN TLSA 3 1 1 $key_hash"
    echo "_$mx_port._tcp.mxwrong IN TLSA 3 1 1 $(sha256sum <<<other | cut -d' ' -f1)"
} >"$scratch/nsd/plain"
(
    cd "$scratch/nsd"
    key=$(ldns-keygen -k -a ECDSAP256SHA256 dane.example)
    grep -v '^;' "$key.key" >anchor
    ldns-signzone -n -f dane.example plain "$key"
)
{
    zone_head sts.example
    for domain in $policies; do
        name=${domain%.sts.example}
        printf '%s IN MX 10 mx.%s\nmx.%s IN A 127.9.0.2\n_mta-sts.%s IN TXT "v=STSv1; id=1"\nmta-sts.%s IN A 127.0.0.1\n' "$name" "$name" "$name" "$name" "$name"
        echo "_smtp._tls.$name IN TXT \"v=TLSRPTv1; rua=mailto:user2@mail.test\""
    done
} >"$scratch/nsd/sts.example"
start_nsd "$scratch/nsd" "$dns_port" dane.example sts.example

# Policies: one that Postfix meets, one that names another server, one that only tests, one that is not there. Both certificates are
# good in the eyes of our server, as if a known authority had signed them.
# shellcheck disable=SC2046
make_certificate "$scratch/web" $(printf 'mta-sts.%s ' $policies)
cat "$scratch/web/cert.pem" "$scratch/postfix/cert.pem" >"$scratch/authorities"
printf '%s\n' "mta-sts.good.sts.example enforce mx.good.sts.example" "mta-sts.stranger.sts.example enforce mx.elsewhere.example" \
    "mta-sts.testing.sts.example testing mx.elsewhere.example" >"$scratch/policies"
python3 "$here/policies.py" "$web_port" "$scratch/web/cert.pem" "$scratch/web/key.pem" <"$scratch/policies" &
web_pid=$!
started+=("$web_pid")
until_true listens 127.0.0.1 "$web_port"

own_server="$scratch/server"
export SSL_CERT_FILE="$scratch/authorities"
export COMPATBOT_SERVE_OPTIONS="--dns 127.0.0.1@$dns_port --dns-anchor $scratch/nsd/anchor --relay-port $mx_port --policy-port $web_port
    --hostname mx.mail.test --postmaster user1@mail.test --log-level Error"
"$tools/server.sh" start "$own_server"
. "$own_server/server.env"
export HOST IMAP_PORT IMAPS_PORT SMTP_PORT SUBMISSION_PORT SUBMISSIONS_PORT ACCOUNT PASSWORD ACCOUNT2 PASSWORD2
compatbot() { "$lib/../../compatbot" "$@" --data "$DATA"; }

send() {
    swaks --server "$HOST" --port "$SUBMISSION_PORT" -tls --auth PLAIN --auth-user "$ACCOUNT" --auth-password "$PASSWORD" \
        --from "$ACCOUNT" --to "carla@$1" --header "Subject: to $1" --timeout 30 >"$scratch/log" 2>&1 || { grep -E "^(<|\*)" "$scratch/log" | tail -n 4; return 1; }
}
arrived() { grep -rqs "^Subject: to $1" "$scratch/postfix/mail/carla/new"; }
# reason TEXT [COUNT]: so many messages (1) wait for it.
reason() {
    local id
    [ "$(for id in $(compatbot queue list --json | python3 -c 'import json,sys; print(*[one["id"] for one in json.load(sys.stdin)])'); do
        compatbot queue show "$id"
    done | grep -c "$1")" = "${2:-1}" ]
}

for domain in $postfix_domains; do check "submission for $domain" send "$domain"; done
check "DANE: the certificate that DNSSEC vouches for gets the mail" until_true arrived good.dane.example
check "DANE: another certificate gets nothing" until_true reason "mxwrong.dane.example: its certificate is not good: validation-failure"
check "MTA-STS: a good certificate of a named server gets the mail" until_true arrived good.sts.example
check "MTA-STS: a server that the policy does not name gets nothing" until_true reason "The MTA-STS policy of stranger.sts.example does not name"
check "MTA-STS: a policy that only tests keeps nothing back" until_true arrived testing.sts.example
check "MTA-STS: a policy that is not there keeps nothing back" until_true arrived broken.sts.example
check "two of them wait" test "$(compatbot queue list --json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)))')" = 2
check "all the rest went under TLS" test "$(grep -c 'TLS connection established from' "$scratch/postfix/log")" -ge 4

# The policy is remembered, though web server and record are gone; and it lies sealed.
kill "$web_pid"
"$tools/server.sh" restart "$own_server"
. "$own_server/server.env"
check "submission after a restart" send stranger.sts.example
check "the policy still stands" until_true reason "The MTA-STS policy of stranger.sts.example does not name" 2
check "no name of a domain is to be read on the disk" eval '! grep -rqaE "stranger.sts|good.sts|good.dane" "$DATA"'
finish
