#!/usr/bin/env bash
# One message stays one message, through Exim and Postfix. See README.md.
set -euo pipefail
starts_itself=1 # read by checks.sh
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/checks.sh"
. "$here/../relay/internet.sh"
tools="$lib/../../tests/tools"
"$tools/install.sh" interop relay
[ "$(id -u)" -eq 0 ] || { echo "smuggling: Postfix and Exim change to their own users: run as root" >&2; exit 1; }
chmod 755 "$scratch"

# unpack_exim FOLDER: Debian's package, and the user that its installation would make.
unpack_exim() {
    local package
    mkdir -p "$1/packages"
    (cd "$1/packages" && apt-get download -qq exim4-daemon-light exim4-base >"$scratch/log" 2>&1) \
        || { apt-get update -qq && (cd "$1/packages" && apt-get download -qq exim4-daemon-light exim4-base) >"$scratch/log" 2>&1; }
    for package in "$1"/packages/*.deb; do dpkg -x "$package" "$1"; done
    getent passwd Debian-exim >/dev/null || useradd --system --no-create-home --shell /usr/sbin/nologin Debian-exim
}

# start_exim FOLDER ADDRESS PORT BACK: takes mail for exim.example into a Maildir; mail for mail.test goes to port BACK.
start_exim() {
    local dir=$1 address=$2 port=$3 back=$4
    mkdir -p "$dir"/{spool,log,mail}
    chown Debian-exim:Debian-exim "$dir"/{spool,log,mail}
    cat >"$dir/conf" <<CONF
primary_hostname = mx.exim.example
exim_path = $scratch/exim/usr/sbin/exim4
spool_directory = $dir/spool
log_file_path = $dir/log/%slog
pid_file_path = $dir/spool/pid
domainlist local_domains = exim.example
hostlist relay_from_hosts = 127.0.0.1
acl_smtp_rcpt = accept
acl_smtp_data = accept
host_lookup =
rfc1413_hosts =
tls_advertise_hosts =
keep_environment =
queue_run_max = 2
begin routers
here:
  driver = accept
  domains = +local_domains
  transport = maildir
back:
  driver = manualroute
  domains = mail.test
  route_list = mail.test 127.0.0.1
  self = send
  transport = smtp
begin transports
maildir:
  driver = appendfile
  directory = $dir/mail
  maildir_format
  user = Debian-exim
  group = Debian-exim
  mode = 0600
smtp:
  driver = smtp
  port = $back
  hosts_try_chunking =
begin retry
* * F,1h,2s
CONF
    "$scratch/exim/usr/sbin/exim4" -C "$dir/conf" -bdf -q2s -oX "[$address]:$port" >"$dir/out" 2>&1 &
    exim_pid=$!
    started+=("$exim_pid")
    until_true listens "$address" "$port" || { cat "$dir/out" >&2; return 1; }
}

offset=$(python3 "$tools/free-offset.py" 53 26)
dns_port=$((53 + offset)) mx_port=$((26 + offset))
mkdir "$scratch/nsd"
for zone in postfix.example exim.example; do
    { zone_head "$zone"; echo "@ IN MX 10 mx"; } >"$scratch/nsd/$zone"
done
echo "mx IN A 127.9.0.2" >>"$scratch/nsd/postfix.example"
echo "mx IN A 127.9.0.4" >>"$scratch/nsd/exim.example"
start_nsd "$scratch/nsd" "$dns_port" postfix.example exim.example
own_server="$scratch/server"
COMPATBOT_SERVE_OPTIONS="--dns 127.0.0.1@$dns_port --dns-anchor none --relay-port $mx_port --hostname mx.mail.test" "$tools/server.sh" start "$own_server"
. "$own_server/server.env"
export HOST IMAP_PORT IMAPS_PORT SMTP_PORT SUBMISSION_PORT SUBMISSIONS_PORT ACCOUNT PASSWORD ACCOUNT2 PASSWORD2
compatbot() { "$lib/../../compatbot" "$@" --data "$DATA"; }
start_postfix "$scratch/postfix" 127.9.0.2 "$mx_port" "$SMTP_PORT"
postconf -d mail_version | sed 's/^/# Postfix /'
unpack_exim "$scratch/exim"
start_exim "$scratch/exim-run" 127.9.0.4 "$mx_port" "$SMTP_PORT"
"$scratch/exim/usr/sbin/exim4" -C "$scratch/exim-run/conf" -bV 2>&1 | sed -n '1s/^/# /p'

subjects() { imap count INBOX "SUBJECT \"$1\""; }
queue_is() { [ "$(compatbot queue list --json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)))')" = "$1" ]; }
handed() { # so many messages they have handed over to us
    echo $(($(grep -c ' => .*@mail.test' "$scratch/exim-run/log/mainlog") + $(grep -c 'to=<user1@mail.test>.*status=sent' "$scratch/postfix/log")))
}
settled() {
    local before
    before=$(handed)
    sleep 2
    [ "$before" = "$(handed)" ]
}
plain() { swaks --server "$1" --port "$mx_port" --from a@client.test --to "$2" --header "Subject: plain" --timeout 30 >"$scratch/log" 2>&1; }
arrived_plain() { [ "$(subjects plain)" = "$1" ]; }

# In: through Exim, through Postfix, and straight.
check "Exim takes a plain message for us" plain 127.9.0.4 "$ACCOUNT"
check "Postfix takes one" plain 127.9.0.2 "$ACCOUNT"
check "both arrive" until_true arrived_plain 2
python3 "$here/smuggle.py" "$mx_port" a@client.test "$ACCOUNT" "" "" 127.9.0.4 >"$scratch/by-exim" 2>&1 || true
python3 "$here/smuggle.py" "$mx_port" a@client.test "$ACCOUNT" "" "" 127.9.0.2 >"$scratch/by-postfix" 2>&1 || true
python3 "$here/smuggle.py" "$SMTP_PORT" a@client.test "$ACCOUNT" >"$scratch/straight" 2>&1 || true
check "Exim had 17 variants" test "$(wc -l <"$scratch/by-exim")" = 17
check "Postfix had 17 variants" test "$(wc -l <"$scratch/by-postfix")" = 17
echo "# Exim took $(grep -c ' 250 ' "$scratch/by-exim") of 17, Postfix $(grep -c ' 250 ' "$scratch/by-postfix")"
check "we refuse all 17" test "$(grep -c ' 55[0-9] \| 50[0-9] ' "$scratch/straight")" = 17
check "they hand over no more" until_true settled
handed=$(handed)
found=$(($(subjects plain) + $(subjects outer) + $(subjects smuggled)))
echo "# they split some before they came here: $handed messages were handed over, $(subjects smuggled) of them hidden ones"
same "each message that they handed over is one message here" "$handed" "$found"

# Out: to Exim and to Postfix by our submission port.
for domain in postfix.example exim.example; do
    swaks --server "$HOST" --port "$SUBMISSION_PORT" -tls --auth PLAIN --auth-user "$ACCOUNT" --auth-password "$PASSWORD" --from "$ACCOUNT" \
        --to "carla@$domain" --header "Subject: plain out" --timeout 30 >"$scratch/log" 2>&1 || fail "submission for $domain" "$(tail -n 3 "$scratch/log")"
    python3 "$here/smuggle.py" "$SUBMISSION_PORT" "$ACCOUNT" "carla@$domain" "$ACCOUNT" "$PASSWORD" >"$scratch/out-$domain" 2>&1 || true
    check "submission had 17 variants for $domain" test "$(wc -l <"$scratch/out-$domain")" = 17
done
check "the queue is empty" until_true queue_is 0
there() { find "$scratch/postfix/mail" "$scratch/exim-run/mail" -type f -path '*/new/*' -exec grep -l "^Subject: $1" {} + | wc -l; }
check "plain mail arrived at both" until_true eval '[ "$(there "plain out")" = 2 ]'
check "we sent none of the variants" test "$(there outer)" = 0
check "no hidden message is there" test "$(there smuggled)" = 0
finish
