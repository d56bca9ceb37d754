# Sourced by run.sh: a small Internet on loopback: nsd with the test's zones, and Postfix as another mail server.
# shellcheck shell=bash

# start_nsd FOLDER PORT ZONES...: ZONES are files named as their zone.
start_nsd() {
    local dir=$1 port=$2 zone
    shift 2
    {
        printf 'server:\n  verbosity: 2\n  ip-address: 127.0.0.1\n  port: %s\n  username: ""\n  chroot: ""\n  database: ""\n' "$port"
        printf '  zonesdir: "%s"\n  pidfile: "%s/nsd.pid"\n  xfrdfile: "%s/xfrd.state"\n  xfrdir: "%s"\n' "$dir" "$dir" "$dir" "$dir"
        printf '  zonelistfile: "%s/zone.list"\n  server-count: 1\nremote-control:\n  control-enable: no\n' "$dir"
        for zone in "$@"; do printf 'zone:\n  name: "%s"\n  zonefile: "%s"\n' "$zone" "$zone"; done
    } >"$dir/nsd.conf"
    nsd -d -c "$dir/nsd.conf" >"$dir/nsd.log" 2>&1 </dev/null &
    nsd_pid=$!
    started+=("$nsd_pid")
}

# zone_head NAME: the records that every zone begins with.
zone_head() {
    printf '$ORIGIN %s.\n$TTL 60\n@ IN SOA ns.%s. hostmaster.%s. 1 3600 600 86400 60\n@ IN NS ns.%s.\nns IN A 127.0.0.1\n' "$1" "$1" "$1" "$1"
}

# make_certificate FOLDER NAMES...: FOLDER/cert.pem and FOLDER/key.pem, self-made, for all the names.
make_certificate() {
    local dir=$1 names
    shift
    names=$(printf ',DNS:%s' "$@")
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$1" -addext "subjectAltName=${names#,}" \
        -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
}

# start_postfix FOLDER ADDRESS PORT BACK: takes mail for postfix.example (and $postfix_domains) into Maildirs; its certificate names
# $postfix_names too; mail for mail.test goes to port BACK.
start_postfix() {
    local dir=$1 address=$2 port=$3 back=$4 domain postfix_domains="postfix.example ${postfix_domains:-}"
    mkdir -p "$dir"/{etc,queue,data,mail}
    chmod 755 "$dir" "$dir/queue"
    chown postfix "$dir/data"
    chown nobody "$dir/mail"
    make_certificate "$dir" mx.postfix.example ${postfix_names:-}
    for domain in $postfix_domains; do echo "carla@$domain carla/"; done >"$dir/mailboxes"
    cat >"$dir/etc/main.cf" <<EOF
compatibility_level = 3.7
queue_directory = $dir/queue
data_directory = $dir/data
command_directory = $(postconf -dh command_directory)
daemon_directory = $(postconf -dh daemon_directory)
maillog_file = $dir/log
maillog_file_prefixes = $dir
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.postfix.example
mydestination =
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
alias_database =
virtual_mailbox_domains = $postfix_domains
virtual_mailbox_maps = texthash:$dir/mailboxes
virtual_mailbox_base = $dir/mail
virtual_uid_maps = static:$(id -u nobody)
virtual_gid_maps = static:$(id -g nobody)
transport_maps = inline:{mail.test=smtp:[127.0.0.1]:$back}
smtputf8_enable = yes
smtp_tls_security_level = encrypt
smtp_tls_loglevel = 1
smtp_bind_address = 127.0.0.1
smtpd_tls_cert_file = $dir/cert.pem
smtpd_tls_key_file = $dir/key.pem
smtpd_tls_security_level = may
smtpd_tls_loglevel = 1
EOF
    {
        echo "$address:$port inet n - n - - smtpd"
        cat "$lib/../../tests/tools/postfix-services"
    } >"$dir/etc/master.cf"
    postfix -c "$dir/etc" check >"$dir/out" 2>&1 || { cat "$dir/out" >&2; return 1; }
    postfix -c "$dir/etc" start-fg >>"$dir/out" 2>&1 </dev/null &
    until_true listens "$address" "$port"
    postfix_pid=$(tr -d ' \n' <"$dir/queue/pid/master.pid")
    started+=("$postfix_pid")
}

listens() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }
