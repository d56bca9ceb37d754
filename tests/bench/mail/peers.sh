#!/usr/bin/env bash
# Starts and stops the peers on loopback: Dovecot (IMAP, LMTP, SASL) and Postfix (SMTP in front of it).
#
#   peers.sh start DIR [ACCOUNTS]     DIR: new or empty folder for configuration, queue, mail and logs.
#                                     ACCOUNTS: accounts.json as for `compatbot account add --from`
#                                     (default: user1@mail.test ... user50@mail.test)
#   peers.sh restart-dovecot DIR      the same mail, a fresh server: for cold measurements
#   peers.sh stop DIR                 ends them by their process ids
#
# After `start`, DIR/peers.env holds the ports, accounts and process ids as shell assignments.
# PEER_MAIL_FORMAT: sdbox (default: Dovecot's own format, in which it measured faster than in maildir) or maildir.
# What else differs from Debian's packages: own folders and ports, users from a file, limits on connections lifted
# (one load tool is one address), `imap-login` in Dovecot's documented high-performance mode.
# Durability is the packages' default: Postfix fsyncs its queue file before 250, Dovecot has mail_fsync=optimized (PEER_MAIL_FSYNC).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools="$here/../../tools"

die() { echo "peers.sh: $*" >&2; exit 1; }

make_accounts() {
    python3 - "$1" "$2" <<'PY'
import json, sys
source, folder = sys.argv[1:]
if source:
    accounts = json.load(open(source))
else:
    accounts = [{"address": f"user{i}@mail.test", "aliases": [],
                 "devices": [{"label": "bench", "password": f"{'abcdefghijklmnopqrstuvwx'}{chr(97 + i // 26)}{chr(97 + i % 26)}",
                              "scopes": ["*"]}]} for i in range(1, 51)]
json.dump(accounts, open(f"{folder}/accounts.json", "w"))
with open(f"{folder}/users", "w") as users, open(f"{folder}/mailboxes", "w") as mailboxes, open(f"{folder}/senders", "w") as senders:
    for account in accounts:
        address, password = account["address"], account["devices"][0]["password"]
        users.write(f"{address}:{{PLAIN}}{password}::::::\n")
        mailboxes.write(f"{address} {address}\n")
        senders.write(f"{address} {address}\n")
        for alias in account.get("aliases", []):
            senders.write(f"{alias} {address}\n")
with open(f"{folder}/aliases", "w") as aliases:
    for account in accounts:
        for alias in account.get("aliases", []):
            aliases.write(f"{alias} {account['address']}\n")
with open(f"{folder}/domains", "w") as domains:
    for domain in sorted({account["address"].split("@")[1] for account in accounts}):
        domains.write(f"{domain} ok\n")
print(accounts[0]["address"], accounts[0]["devices"][0]["password"])
print(accounts[1]["address"], accounts[1]["devices"][0]["password"])
PY
}

write_dovecot() {
    local offset=$1 dir=$2
    cat >"$dir/dovecot/dovecot.conf" <<EOF
base_dir = $dir/dovecot/run
state_dir = $dir/dovecot/state
log_path = $dir/dovecot/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <$dir/cert.pem
ssl_key = <$dir/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login scram-sha-256
auth_username_format = %Lu
recipient_delimiter = +
first_valid_uid = 1
mail_location = ${PEER_MAIL_FORMAT:-sdbox}:~/mail
mail_fsync = ${PEER_MAIL_FSYNC:-optimized}
mail_max_userip_connections = 0
imap_idle_notify_interval = 29 mins
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%Lu $dir/users
}
userdb {
  driver = static
  args = uid=mail gid=mail home=$dir/mail/%u
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Drafts {
    special_use = \\Drafts
    auto = create
  }
  mailbox Sent {
    special_use = \\Sent
    auto = create
  }
  mailbox Trash {
    special_use = \\Trash
    auto = create
  }
  mailbox Junk {
    special_use = \\Junk
    auto = create
  }
  mailbox Archive {
    special_use = \\Archive
    auto = create
  }
}
service imap-login {
  service_count = 0
  client_limit = 8192
  process_min_avail = 2
  inet_listener imap {
    port = $((143 + offset))
  }
  inet_listener imaps {
    port = $((993 + offset))
    ssl = yes
  }
}
service imap {
  process_limit = 8192
}
service anvil {
  client_limit = 32768
}
service auth {
  client_limit = 32768
  unix_listener $dir/postfix/queue/private/auth {
    mode = 0666
  }
}
service lmtp {
  process_min_avail = 2
  unix_listener lmtp {
    mode = 0666
  }
  inet_listener lmtp {
    port = $((24 + offset))
  }
}
EOF
}

write_postfix() {
    local offset=$1 dir=$2
    cat >"$dir/postfix/etc/main.cf" <<EOF
compatibility_level = 3.7
queue_directory = $dir/postfix/queue
data_directory = $dir/postfix/data
command_directory = $(postconf -dh command_directory)
daemon_directory = $(postconf -dh daemon_directory)
maillog_file = $dir/postfix/log
maillog_file_prefixes = $dir
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = peer.mail.test
mydestination =
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
alias_database =
recipient_delimiter = +
virtual_mailbox_domains = texthash:$dir/domains
virtual_mailbox_maps = texthash:$dir/mailboxes
virtual_alias_maps = texthash:$dir/aliases
virtual_transport = lmtp:unix:$dir/dovecot/run/lmtp
message_size_limit = 104857600
virtual_mailbox_limit = 0
smtputf8_enable = yes
smtpd_relay_restrictions = reject_unauth_destination
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_tls_cert_file = $dir/cert.pem
smtpd_tls_key_file = $dir/key.pem
smtpd_tls_security_level = may
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sender_login_maps = texthash:$dir/senders
EOF
    local submission="-o smtpd_sasl_auth_enable=yes -o smtpd_sender_restrictions=reject_sender_login_mismatch"
    submission+=" -o smtpd_recipient_restrictions=permit_auth_destination,reject"
    submission+=" -o smtpd_client_restrictions=permit_sasl_authenticated,reject"
    {
        echo "127.0.0.1:$((25 + offset)) inet n - n - 200 smtpd"
        echo "127.0.0.1:$((587 + offset)) inet n - n - - smtpd $submission"
        echo "127.0.0.1:$((465 + offset)) inet n - n - - smtpd $submission -o smtpd_tls_wrappermode=yes"
        cat "$tools/postfix-services"
    } >"$dir/postfix/etc/master.cf"
}

wait_port() {
    local port=$1 pid=$2 name=$3 log=$4
    for _ in $(seq 100); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return 0; fi
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    tail -n 20 "$log" >&2 || true
    die "$name does not answer on port $port"
}

start_dovecot() {
    local dir=$1 offset=$2
    dovecot -F -c "$dir/dovecot/dovecot.conf" >"$dir/dovecot/out" 2>&1 </dev/null &
    echo $! >"$dir/dovecot.pid"
    wait_port $((143 + offset)) "$(cat "$dir/dovecot.pid")" Dovecot "$dir/dovecot/log"
    wait_port $((24 + offset)) "$(cat "$dir/dovecot.pid")" "Dovecot's LMTP" "$dir/dovecot/log"
}

start() {
    local dir=$1 accounts=${2:-} offset
    [ "$(id -u)" -eq 0 ] || die "Postfix and Dovecot change to their own users: run as root"
    "$tools/install.sh" bench
    mkdir -p "$dir"/{dovecot/run,dovecot/state,mail,postfix/{etc,queue,data}}
    dir=$(cd "$dir" && pwd)
    chmod 755 "$dir" "$dir"/{dovecot,dovecot/run,postfix,postfix/queue}
    chown mail:mail "$dir/mail"
    chown postfix "$dir/postfix/data"
    [ ${#dir} -lt 70 ] || die "the folder's path is too long for Unix sockets: $dir"
    offset=$(python3 "$tools/free-offset.py" 24 25 143 465 587 993)
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
    { read -r account password; read -r account2 password2; } < <(make_accounts "$accounts" "$dir")
    write_dovecot "$offset" "$dir"
    write_postfix "$offset" "$dir"
    postfix -c "$dir/postfix/etc" check >"$dir/postfix/out" 2>&1 || { cat "$dir/postfix/out" >&2; die "Postfix refuses its configuration"; }
    start_dovecot "$dir" "$offset"
    # start-fg: Postfix's master stays this script's child, so it can be ended by its process id.
    postfix -c "$dir/postfix/etc" start-fg >>"$dir/postfix/out" 2>&1 </dev/null &
    wait_port $((25 + offset)) $! Postfix "$dir/postfix/log"
    tr -d ' \n' <"$dir/postfix/queue/pid/master.pid" >"$dir/postfix.pid"
    cat >"$dir/peers.env" <<EOF
HOST=127.0.0.1
OFFSET=$offset
LMTP_PORT=$((24 + offset))
SMTP_PORT=$((25 + offset))
IMAP_PORT=$((143 + offset))
SUBMISSIONS_PORT=$((465 + offset))
SUBMISSION_PORT=$((587 + offset))
IMAPS_PORT=$((993 + offset))
ACCOUNT=$account
PASSWORD=$password
ACCOUNT2=$account2
PASSWORD2=$password2
QUEUE=$dir/postfix/queue
MAIL=$dir/mail
POSTFIX_PID=$(cat "$dir/postfix.pid")
DOVECOT_PID=$(cat "$dir/dovecot.pid")
EOF
}

# Ends the process in a file and waits until it is gone.
end() {
    local pid
    [ -s "$1" ] || return 0
    pid=$(cat "$1")
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || { rm -f "$1"; return 0; }
        sleep 0.1
    done
    kill -9 "$pid" 2>/dev/null || true
    rm -f "$1"
}

case "${1:-}" in
    start) start "${2:?folder}" "${3:-}" ;;
    restart-dovecot)
        end "${2:?folder}/dovecot.pid"
        offset=$(sed -n 's/^OFFSET=//p' "$2/peers.env")
        start_dovecot "$2" "$offset"
        sed -i "s/^DOVECOT_PID=.*/DOVECOT_PID=$(cat "$2/dovecot.pid")/" "$2/peers.env"
        ;;
    stop) end "${2:?folder}/postfix.pid"; end "$2/dovecot.pid" ;;
    *) die "usage: peers.sh start|restart-dovecot|stop DIR [ACCOUNTS]" ;;
esac
