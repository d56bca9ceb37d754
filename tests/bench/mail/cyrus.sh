#!/usr/bin/env bash
# Starts and stops Cyrus (IMAP, LMTP) on loopback, as a further peer.
#
#   cyrus.sh start DIR ACCOUNTS     DIR: new or empty folder for programs, configuration, mail. ACCOUNTS: accounts.json
#   cyrus.sh restart DIR            the same mail, a fresh server
#   cyrus.sh stop DIR               ends it by its process id
#
# After `start`, DIR/cyrus.env holds ports, account and process id as shell assignments.
# Debian's cyrus-imapd cannot be installed beside Dovecot (both are "imap-server"), so its packages are unpacked into DIR and run from
# there. Otherwise: Debian's defaults, users in a sasldb, mailboxes made at the first delivery or login.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools="$here/../../tools"

die() { echo "cyrus.sh: $*" >&2; exit 1; }

unpack() {
    local dir=$1
    mkdir -p "$dir/packages" "$dir/root"
    chmod 755 "$dir/packages"
    (cd "$dir/packages" && apt-get -qq download cyrus-common cyrus-imapd >"$dir/download" 2>&1) ||
        { cat "$dir/download" >&2; die "Cyrus could not be downloaded"; }
    for package in "$dir/packages"/*.deb; do dpkg -x "$package" "$dir/root"; done
}

write_configuration() {
    local dir=$1 offset=$2 programs=$1/root/usr/lib/cyrus/bin
    cat >"$dir/imapd.conf" <<EOF
configdirectory: $dir/config
defaultpartition: default
partition-default: $dir/mail
proc_path: $dir/run/proc
mboxname_lockpath: $dir/run/lock
idlesocket: $dir/run/idle
lmtpsocket: $dir/run/lmtp
cyrus_user: mail
admins: cyrus
servername: mail.test
virtdomains: userid
defaultdomain: mail.test
loginrealms: mail.test
unixhierarchysep: yes
altnamespace: yes
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: $dir/sasldb2
sasl_mech_list: PLAIN LOGIN
autocreate_quota: 0
autocreate_post: yes
autocreate_inbox_folders: Drafts|Sent|Trash|Junk|Archive
tls_server_cert: $dir/cert.pem
tls_server_key: $dir/key.pem
tls_session_timeout: 0
EOF
    cat >"$dir/cyrus.conf" <<EOF
START {
    recover cmd="$programs/ctl_cyrusdb -C $dir/imapd.conf -r"
    idled cmd="$programs/idled -C $dir/imapd.conf"
}
SERVICES {
    imap cmd="$programs/imapd -C $dir/imapd.conf" listen="127.0.0.1:$((143 + offset))" prefork=2 maxchild=8192 maxforkrate=0
    imaps cmd="$programs/imapd -C $dir/imapd.conf -s" listen="127.0.0.1:$((993 + offset))" prefork=1 maxchild=8192 maxforkrate=0
    lmtp cmd="$programs/lmtpd -C $dir/imapd.conf -a" listen="127.0.0.1:$((24 + offset))" prefork=2 maxchild=200
}
EVENTS {
}
EOF
}

# The users' passwords, as SASL keeps them.
make_users() {
    python3 - "$1" <<'PY' | while read -r address password; do
import json, sys
for account in json.load(open(sys.argv[1])):
    print(account["address"], account["devices"][0]["password"])
PY
        printf '%s' "$password" | saslpasswd2 -p -c -f "$2" -u "${address#*@}" "${address%@*}"
    done
}

run() {
    local dir=$1 offset=$2 pid
    LD_LIBRARY_PATH="$dir/root/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || echo "$(uname -m)-linux-gnu")" \
        "$dir/root/usr/lib/cyrus/bin/master" -C "$dir/imapd.conf" -M "$dir/cyrus.conf" -p "$dir/run/master.pid" \
        >>"$dir/log" 2>&1 </dev/null &
    pid=$!
    echo $pid >"$dir/cyrus.pid"
    for port in 143 24; do
        for _ in $(seq 100); do
            if (exec 3<>"/dev/tcp/127.0.0.1/$((port + offset))" && head -c 1 <&3) 2>/dev/null | grep -q .; then continue 2; fi
            kill -0 $pid 2>/dev/null || break
            sleep 0.1
        done
        tail -n 20 "$dir/log" >&2
        die "Cyrus does not answer on port $((port + offset))"
    done
}

start() {
    local dir=$1 accounts=$2 offset
    [ "$(id -u)" -eq 0 ] || die "Cyrus changes to its own user: run as root"
    "$tools/install.sh" bench cyrus
    mkdir -p "$dir"/{config,mail,run}
    dir=$(cd "$dir" && pwd)
    chmod 755 "$dir"
    unpack "$dir"
    offset=$(python3 "$tools/free-offset.py" 24 143 993)
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
    make_users "$accounts" "$dir/sasldb2"
    write_configuration "$dir" "$offset"
    mkdir -p "$dir/run"/{proc,lock} "$dir/config"/{db,socket,log,msg,ptclient,quota,user,sync}
    chown -R mail:mail "$dir/config" "$dir/mail" "$dir/run" "$dir/sasldb2" "$dir/key.pem"
    run "$dir" "$offset"
    read -r account password < <(python3 -c '
import json, sys
first = json.load(open(sys.argv[1]))[0]
print(first["address"], first["devices"][0]["password"])
' "$accounts")
    cat >"$dir/cyrus.env" <<EOF
HOST=127.0.0.1
OFFSET=$offset
LMTP_PORT=$((24 + offset))
IMAP_PORT=$((143 + offset))
IMAPS_PORT=$((993 + offset))
ACCOUNT=$account
PASSWORD=$password
CYRUS_PID=$(cat "$dir/cyrus.pid")
EOF
}

stop() {
    local dir=$1 pid
    [ -s "$dir/cyrus.pid" ] || return 0
    pid=$(cat "$dir/cyrus.pid")
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || { rm -f "$dir/cyrus.pid"; return 0; }
        sleep 0.1
    done
    kill -9 "$pid" 2>/dev/null || true
    rm -f "$dir/cyrus.pid"
}

case "${1:-}" in
    start) start "${2:?folder}" "${3:?accounts}" ;;
    restart)
        stop "${2:?folder}"
        dir=$(cd "$2" && pwd)
        run "$dir" "$(sed -n 's/^OFFSET=//p' "$dir/cyrus.env")"
        sed -i "s/^CYRUS_PID=.*/CYRUS_PID=$(cat "$dir/cyrus.pid")/" "$dir/cyrus.env"
        ;;
    stop) stop "${2:?folder}" ;;
    *) die "usage: cyrus.sh start DIR ACCOUNTS | restart DIR | stop DIR" ;;
esac
