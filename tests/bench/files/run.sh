#!/usr/bin/env bash
# Files, beside Apache's mod_dav and nginx over HTTP, and vsftpd and proftpd over FTP, the big ones under TLS too; the servers take turns in
# each round.
#
#   tests/bench/files/run.sh [--quick]
#
# Ours is durable when it answers (and sealed); the peers answer when the file is in the page cache; in the rows "flushed", Apache
# and proftpd flush it first (flush.c). Needs root, for the peers.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$(cd "$here/../../tools" && pwd)
rounds=3 big=100 big_ftp=300 small=2000
export MANY=5000
if [ "${1:-}" = --quick ]; then rounds=1 big=50 big_ftp=50 small=300 MANY=500; fi
PATH="$PATH:/usr/sbin"

say() { echo "run.sh: $*" >&2; }
die() { say "$*"; exit 1; }
work=$(mktemp -d /tmp/compatbot-bench.XXXXXX)
chmod 755 "$work"
results="$work/results.tsv"
: >"$results"
pids=()
# Called by the trap.
# shellcheck disable=SC2317
finish() {
    local status=$? pid
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    [ ! -d "$work/compatbot" ] || "$tools/server.sh" stop "$work/compatbot" || status=1
    if [ $status = 0 ]; then rm -rf "$work"; else say "failed; logs and data are in $work"; fi
    exit $status
}
trap finish EXIT

"$tools/install.sh" bench-files
# proftpd's package cannot be installed beside vsftpd's, so it is only unpacked.
(cd "$work" && apt-get download -qq proftpd-core proftpd-mod-crypto >"$work/download" 2>&1 \
    && for package in proftpd-*.deb; do dpkg -x "$package" "$work/proftpd-package"; done) \
    || { cat "$work/download" >&2; die "proftpd cannot be had"; }
"$tools/server.sh" start "$work/compatbot"
. "$work/compatbot/server.env"
gcc -O2 -shared -fPIC -o "$work/flush.so" "$here/flush.c" -ldl
offset=$(python3 "$tools/free-offset.py" 81 82 83 84 21 22 91 93 32)
apache=$((81 + offset)) nginx=$((82 + offset)) apache_tls=$((83 + offset)) nginx_tls=$((84 + offset)) vsftpd=$((21 + offset)) proftpd=$((22 + offset))
flushing=10 # Their second selves listen so much higher.
printf 'bench:{SHA}%s\n' "$(printf bench | openssl sha1 -binary | openssl base64)" >"$work/users"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null

mkdir -p "$work"/{apache,nginx}/files "$work"/nginx/temp "$work"/{vsftpd,proftpd}/root/pub "$work/vsftpd/empty"
mkdir -p "$work"/flushing/{apache/files,proftpd/root/pub}
chown -R www-data: "$work/apache" "$work/nginx" "$work/flushing/apache"
chown www-data: "$work/vsftpd/root/pub"
chown nobody: "$work/proftpd/root/pub" "$work/flushing/proftpd/root/pub"
modules=/usr/lib/apache2/modules
{
    for module in mpm_event authn_core authn_file authz_core authz_user auth_basic dav dav_fs ssl; do
        echo "LoadModule ${module}_module $modules/mod_$module.so"
    done
    cat <<EOF
ServerRoot "$work/apache"
ServerName localhost
PidFile "$work/apache/pid"
ErrorLog "$work/apache/error.log"
Listen 127.0.0.1:$apache
Listen 127.0.0.1:$apache_tls https
<VirtualHost 127.0.0.1:$apache_tls>
    SSLEngine on
    SSLCertificateFile "$work/certificate.pem"
    SSLCertificateKeyFile "$work/key.pem"
</VirtualHost>
User www-data
Group www-data
KeepAlive On
MaxKeepAliveRequests 0
DocumentRoot "$work/apache/files"
DavLockDB "$work/apache/locks"
<Directory "$work/apache/files">
    Dav On
    AuthType Basic
    AuthName bench
    AuthUserFile "$work/users"
    Require valid-user
</Directory>
EOF
} >"$work/apache.conf"
cat >"$work/nginx.conf" <<EOF
user www-data;
worker_processes 2;
pid $work/nginx/pid;
error_log $work/nginx/error.log;
events { worker_connections 512; }
http {
    access_log off;
    sendfile on;
    client_body_temp_path $work/nginx/temp;
    client_max_body_size 0;
    keepalive_requests 1000000;
    server {
        listen 127.0.0.1:$nginx;
        listen 127.0.0.1:$nginx_tls ssl;
        ssl_certificate $work/certificate.pem;
        ssl_certificate_key $work/key.pem;
        root $work/nginx/files;
        dav_methods PUT DELETE MKCOL COPY MOVE;
        auth_basic bench;
        auth_basic_user_file $work/users;
    }
}
EOF
cat >"$work/vsftpd.conf" <<EOF
listen=YES
listen_address=127.0.0.1
listen_port=$vsftpd
background=NO
anonymous_enable=YES
local_enable=NO
write_enable=YES
anon_upload_enable=YES
anon_other_write_enable=YES
anon_umask=022
anon_world_readable_only=NO
ftp_username=www-data
nopriv_user=nobody
anon_root=$work/vsftpd/root
secure_chroot_dir=$work/vsftpd/empty
xferlog_enable=NO
ssl_enable=YES
allow_anon_ssl=YES
force_anon_logins_ssl=NO
force_anon_data_ssl=NO
require_ssl_reuse=NO
rsa_cert_file=$work/certificate.pem
rsa_private_key_file=$work/key.pem
seccomp_sandbox=NO
EOF
cat >"$work/proftpd.conf" <<EOF
ServerType standalone
DefaultAddress 127.0.0.1
UseIPv6 off
Port $proftpd
User nobody
Group nogroup
PidFile $work/proftpd/pid
ScoreboardFile $work/proftpd/scoreboard
SystemLog $work/proftpd/log
TransferLog NONE
WtmpLog off
RequireValidShell off
UseFtpUsers off
AllowOverwrite on
ModulePath $work/proftpd-package/usr/lib/proftpd
LoadModule mod_tls.c
TLSEngine on
TLSRSACertificateFile $work/certificate.pem
TLSRSACertificateKeyFile $work/key.pem
TLSOptions NoSessionReuseRequired
<Anonymous $work/proftpd/root>
    User nobody
    Group nogroup
    UserAlias anonymous nobody
    RequireValidShell off
    <Limit WRITE>
        AllowAll
    </Limit>
</Anonymous>
EOF
for peer in apache proftpd; do
    moved=()
    for port in $apache $apache_tls $proftpd; do moved+=(-e "s/\b$port\b/$((port + flushing))/g"); done
    sed "${moved[@]}" -e "s#$work/$peer\(/\|\"\)#$work/flushing/$peer\1#g" "$work/$peer.conf" >"$work/flushing/$peer.conf"
done
run_apache() { exec apache2 -f "$1/apache.conf" -DFOREGROUND >"$1/apache.log" 2>&1; }
run_proftpd() { exec "$work/proftpd-package/usr/sbin/proftpd" -n -c "$1/proftpd.conf" >"$1/proftpd.log" 2>&1; }
run_apache "$work" &
pids+=($!) apache_pid=$!
nginx -c "$work/nginx.conf" -g 'daemon off;' >"$work/nginx.log" 2>&1 &
pids+=($!) nginx_pid=$!
vsftpd "$work/vsftpd.conf" >"$work/vsftpd.log" 2>&1 &
pids+=($!)
run_proftpd "$work" &
pids+=($!)
LD_PRELOAD=$work/flush.so run_apache "$work/flushing" &
pids+=($!)
LD_PRELOAD=$work/flush.so run_proftpd "$work/flushing" &
pids+=($!)
for port in $apache $nginx $apache_tls $nginx_tls $vsftpd $proftpd $((apache + flushing)) $((proftpd + flushing)); do
    for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue 2; sleep 0.05; done
    die "nobody listens on $port"
done

keep() { printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" >>"$results"; }
field() { tr ' ' '\n' <<<"$2" | sed -n "s/^$1=//p"; }
# A word of load.py, what it is, its unit, and which is better.
asked="put_1k_per_s:PUT_of_1_KB:/s:more get_1k_per_s:GET_of_1_KB:/s:more put_100k_per_s:PUT_of_100_KB:/s:more
get_100k_per_s:GET_of_100_KB:/s:more put_big_mb_per_s:PUT_of_$big:MB/s:more get_big_mb_per_s:GET_of_$big:MB/s:more
put_cpu_s_per_gb:CPU_of_PUT:s/GB:less get_cpu_s_per_gb:CPU_of_GET:s/GB:less propfind_ms:PROPFIND_of_$MANY:ms:less
stor_mb_per_s:STOR_of_$big_ftp:MB/s:more retr_mb_per_s:RETR_of_$big_ftp:MB/s:more stor_small_per_s:STOR_of_small:/s:more
retr_small_per_s:RETR_of_small:/s:more put_big_tls_mb_per_s:PUT_of_$big,_TLS:MB/s:more get_big_tls_mb_per_s:GET_of_$big,_TLS:MB/s:more
stor_tls_mb_per_s:STOR_of_$big_ftp,_TLS:MB/s:more retr_tls_mb_per_s:RETR_of_$big_ftp,_TLS:MB/s:more"
record() {
    local server=$1 output=$2 word what unit better value
    say "$server: $output"
    for entry in $asked; do
        IFS=: read -r word what unit better <<<"$entry"
        value=$(field "$word" "$output")
        [ -n "$value" ] || continue
        case $server:$word in
            *_tls_*) ;;
            compatbot:put_*_per_s | compatbot:stor_*) keep "${what//_/ }, flushed" "$server" "$value" "$unit" "$better" ;;
            *-flushing:put_*_per_s | *-flushing:stor_*) what+=,_flushed ;;
            *-flushing:*) continue ;;
        esac
        keep "${what//_/ }" "${server%-flushing}" "$value" "$unit" "$better"
    done
}
# What a peer answered for without having it on the disk is not written in another's turn.
http() {
    local server=$1
    shift
    sync
    output=$(SERVER=$server python3 "$here/load.py" http "$@") || die "$server could not be measured"
    record "$server" "$output"
}
ftp() {
    local server=$1
    shift
    sync
    output=$(python3 "$here/load.py" ftp 127.0.0.1 "$@" $big_ftp $small) || die "$server could not be measured"
    record "$server" "$output"
}
https() {
    local server=$1
    shift
    sync
    output=$(python3 "$here/load.py" https "$@" $big) || die "$server could not be measured under TLS"
    record "$server" "$output"
}
ftps() {
    local server=$1
    shift
    sync
    output=$(python3 "$here/load.py" ftps 127.0.0.1 "$@" $big_ftp) || die "$server could not be measured under TLS"
    record "$server" "$output"
}
for _ in $(seq $rounds); do
    http compatbot "http://127.0.0.1:$HTTP_PORT/dav/files/$ACCOUNT/" "$ACCOUNT" "$PASSWORD" $big "$SERVER_PID"
    http apache "http://127.0.0.1:$apache/" bench bench $big "$apache_pid"
    http nginx "http://127.0.0.1:$nginx/" bench bench $big "$nginx_pid"
    ftp compatbot "$FTP_PORT" "$ACCOUNT" "$PASSWORD" .
    ftp vsftpd "$vsftpd" anonymous bench@bench.test pub
    ftp proftpd "$proftpd" anonymous bench@bench.test pub
    http apache-flushing "http://127.0.0.1:$((apache + flushing))/" bench bench $big
    ftp proftpd-flushing $((proftpd + flushing)) anonymous bench@bench.test pub
    https compatbot "https://127.0.0.1:$HTTPS_PORT/dav/files/$ACCOUNT/" "$ACCOUNT" "$PASSWORD"
    https apache "https://127.0.0.1:$apache_tls/" bench bench
    https nginx "https://127.0.0.1:$nginx_tls/" bench bench
    ftps compatbot "$FTP_PORT" "$ACCOUNT" "$PASSWORD" .
    ftps vsftpd "$vsftpd" anonymous bench@bench.test pub
    ftps proftpd "$proftpd" anonymous bench@bench.test pub
done
python3 "$here/../mail/table.py" "$results"
