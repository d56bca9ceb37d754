#!/usr/bin/env bash
# Installs the Debian packages that running, testing and measuring need; says nothing and takes no time when all is there.
#
#   tests/tools/install.sh GROUP...     one or more of the groups below
#
# A missing tool is installed or is an error, never skipped. Packages that would start a service are kept from doing so.
set -euo pipefail

groups="run, interop, neomutt, thunderbird, pop3, ftp, dav, relay, sieve, filters, behind, senders, syncers, watch, bench, cyrus, bench-files, bench-calendars"

# Each entry is package=probe; the probe is a command, or lib:NAME for a shared library, file:PATH, perl:MODULE, python3:MODULE.
group_packages() {
    case "$1" in
        run) echo "libsodium23=lib:libsodium.so.23 libsqlite3-0=lib:libsqlite3.so.0 libunistring2=lib:libunistring.so.2" \
            "libunbound8=lib:libunbound.so.8 gcc=gcc libc6-dev=file:/usr/include/stdio.h" ;;
        interop) echo "isync=mbsync mutt=mutt curl=curl swaks=swaks libnet-ssleay-perl=perl:Net::SSLeay python3=python3" \
            "openssl=openssl xz-utils=xz gdb=gdb bsdutils=script procps=pgrep" ;;
        neomutt) echo "neomutt=neomutt" ;;
        thunderbird) echo "thunderbird=thunderbird xvfb=Xvfb" ;;
        pop3) echo "fetchmail=fetchmail getmail6=getmail mpop=mpop curl=curl python3=python3 openssl=openssl" ;;
        ftp) echo "lftp=lftp tnftp=tnftp ncftp=ncftpput nodejs=node npm=npm rclone=rclone curl=curl python3=python3 openssl=openssl" ;;
        dav) echo "litmus=litmus cadaver=cadaver rclone=rclone vdirsyncer=vdirsyncer khal=khal khard=khard curl=curl" \
            "davfs2=mount.davfs gvfs=file:/usr/libexec/gvfsd gvfs-backends=file:/usr/libexec/gvfsd-dav libglib2.0-bin=gio dbus-daemon=dbus-run-session" \
            "python3-caldav=python3:caldav evolution-data-server=file:/usr/libexec/evolution-source-registry python3-gi=python3:gi" \
            "gir1.2-ecal-2.0=file:/usr/lib/x86_64-linux-gnu/girepository-1.0/ECal-2.0.typelib" \
            "gir1.2-ebook-1.2=file:/usr/lib/x86_64-linux-gnu/girepository-1.0/EBook-1.2.typelib" \
            "gnome-keyring=gnome-keyring-daemon nodejs=node npm=npm python3=python3 tzdata=file:/usr/share/zoneinfo/Europe/Rome" ;;
        relay) echo "postfix=postconf nsd=nsd ldnsutils=ldns-signzone opendkim-tools=opendkim-testmsg iproute2=ip swaks=swaks python3=python3 openssl=openssl" \
            "python3-dkim=python3:dkim python3-nacl=python3:nacl python3-spf=python3:spf" ;;
        sieve) echo "dovecot-sieve=sieve-test sieve-connect=sieve-connect swaks=swaks python3=python3 openssl=openssl" ;;
        filters) echo "rspamd=rspamd clamav-daemon=clamd nsd=nsd swaks=swaks curl=curl python3=python3" ;;
        behind) echo "postfix=postconf haproxy=haproxy swaks=swaks curl=curl python3=python3 openssl=openssl" ;;
        senders) echo "msmtp=msmtp nodejs=node npm=npm python3=python3 openssl=openssl" ;;
        syncers) echo "offlineimap3=offlineimap imapfilter=imapfilter nodejs=node npm=npm python3=python3 openssl=openssl" ;;
        watch) echo "prometheus=promtool curl=curl python3=python3" ;;
        bench) echo "postfix=postconf dovecot-imapd=file:/usr/lib/dovecot/imap dovecot-lmtpd=file:/usr/lib/dovecot/lmtp" \
            "strace=strace python3=python3 openssl=openssl procps=pgrep" ;;
        cyrus) echo "libical3=lib:libical.so.3 libxapian30=lib:libxapian.so.30 libwrap0=lib:libwrap.so.0 libclamav12=lib:libclamav.so.12" \
            "libzephyr4=lib:libzephyr.so.4 libjansson4=lib:libjansson.so.4 libpq5=lib:libpq.so.5 sasl2-bin=saslpasswd2" \
            "libsasl2-modules=file:/usr/share/doc/libsasl2-modules/copyright" ;;
        bench-files) echo "apache2=apache2 nginx=nginx vsftpd=vsftpd python3=python3 openssl=openssl libhiredis0.14=lib:libhiredis.so.0.14" \
            "libmemcachedutil2=lib:libmemcachedutil.so.2 libpcre2-posix3=lib:libpcre2-posix.so.3" ;;
        bench-calendars) echo "radicale=radicale xandikos=xandikos git=git python3=python3 libeatmydata1=lib:libeatmydata.so" \
            "libsasl2-modules=file:/usr/lib/x86_64-linux-gnu/sasl2/libplain.so libsasl2-modules-db=file:/usr/lib/x86_64-linux-gnu/sasl2/libsasldb.so" \
            "libshp2=lib:libshp.so.2 libpcre3=lib:libpcreposix.so.3 libldap-2.5-0=lib:libldap-2.5.so.0" ;;
        *) echo "install.sh: unknown group '$1' ($groups)" >&2; return 1 ;;
    esac
}

present() {
    case "$1" in
        lib:*) [[ "$(PATH="$PATH:/sbin" ldconfig -p)" == *"${1#lib:} "* ]] ;;
        file:*) [ -e "${1#file:}" ] ;;
        python3:*) /usr/bin/python3 -c "import ${1#python3:}" 2>/dev/null ;;
        perl:*) perl -M"${1#perl:}" -e 1 2>/dev/null ;;
        *) PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null ;;
    esac
}

[ $# -gt 0 ] || { echo "usage: install.sh GROUP... ($groups)" >&2; exit 2; }
missing=()
probes=()
for group in "$@"; do
    entries=$(group_packages "$group")
    for entry in $entries; do
        if ! present "${entry#*=}"; then
            missing+=("${entry%%=*}")
            probes+=("$entry")
        fi
    done
done
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null || { echo "install.sh: no apt-get here; please install: ${missing[*]}" >&2; exit 1; }
root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "install.sh: not root and no sudo; please install: ${missing[*]}" >&2; exit 1; }
    root=(sudo -n)
fi

# A mail server's package starts a service on a standard port unless this script answers "forbidden".
guard=/usr/sbin/policy-rc.d
guarded=0
if [ ! -e "$guard" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$guard" >/dev/null
    "${root[@]}" chmod 755 "$guard"
    guarded=1
fi
log=$(mktemp)
# Called by the trap.
# shellcheck disable=SC2317
finish() {
    if [ "$guarded" = 1 ]; then "${root[@]}" rm -f "$guard"; fi
    rm -f "$log"
}
trap finish EXIT

apt() { "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 "$@" </dev/null >>"$log" 2>&1; }
if [[ " ${missing[*]} " == *" postfix "* ]]; then
    echo "postfix postfix/main_mailer_type select No configuration" | "${root[@]}" debconf-set-selections
fi
echo "install.sh: installing ${missing[*]}" >&2
if ! { apt install --no-install-recommends "${missing[@]}" || { apt update && apt install --no-install-recommends "${missing[@]}"; }; }; then
    tail -n 30 "$log" >&2
    echo "install.sh: could not install: ${missing[*]}" >&2
    exit 1
fi
for entry in "${probes[@]}"; do
    present "${entry#*=}" || { echo "install.sh: ${entry%%=*} is installed but ${entry#*=} is not there" >&2; exit 1; }
done
