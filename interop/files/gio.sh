# Sourced by run.sh: gio over gvfs, what GNOME's file manager does, in a session bus of its own: dav, davs and ftp.
# shellcheck shell=bash
# shellcheck disable=SC2154 # files, scratch are run.sh's.
cat >"$scratch/gio" <<'SESSION'
set -eu
# mount URL ANSWER...: answers what gio asks, each on a line.
mount() { local url=$1; shift; printf '%s\n' "$@" | timeout 60 gio mount "$url" >>"$out/mount" 2>&1; }
for base in "dav://$user@$HOST:$HTTP_PORT/dav/files/$ACCOUNT" "davs://$user@localhost:$HTTPS_PORT/dav/files/$ACCOUNT" "ftp://$user@$HOST:$FTP_PORT"; do
    scheme=${base%%:*}
    if [ "$scheme" = davs ]; then mount "$base/" 1 "$PASSWORD"; else mount "$base/" "$PASSWORD"; fi # 1: trust the certificate
    gio mkdir "$base/gio"
    gio copy "$out/large.bin" "$base/gio/large.bin"
    printf 'hello\n' | gio save "$base/gio/ü x.txt"
    gio list "$base/gio" | sort >"$out/list-$scheme"
    gio rename "$base/gio/ü x.txt" "moved.txt" >/dev/null
    gio copy "$base/gio/moved.txt" "$base/gio/copy.txt"
    gio move "$base/gio/copy.txt" "$base/gio/other.txt"
    gio cat "$base/gio/other.txt" >"$out/cat-$scheme"
    gio info -a standard::size "$base/gio/large.bin" | sed -n 's/.*standard::size: //p' >"$out/size-$scheme"
    gio copy "$base/gio/large.bin" "$out/back-$scheme.bin"
    gio remove "$base/gio/large.bin" "$base/gio/moved.txt" "$base/gio/other.txt" "$base/gio"
    gio mount -u "$base/"
done
SESSION
mkdir -p "$scratch/gio-out" && cp "$scratch/large.bin" "$scratch/gio-out/large.bin"
export out="$scratch/gio-out" user="${ACCOUNT//@/%40}" HTTP_PORT HTTPS_PORT FTP_PORT
if XDG_RUNTIME_DIR="$out" timeout 300 dbus-run-session -- bash "$scratch/gio" >"$out/said" 2>&1; then
    for scheme in dav davs ftp; do
        same "gio ($scheme): mounts, makes a folder, copies in, saves, lists" "large.bin ü x.txt" "$(paste -sd' ' "$out/list-$scheme")"
        same "gio ($scheme): renames, copies, moves, reads" hello "$(cat "$out/cat-$scheme")"
        same "gio ($scheme): sees the size" "$(stat -c %s "$scratch/large.bin")" "$(cat "$out/size-$scheme")"
        same_files "gio ($scheme): every byte comes back" "$scratch/large.bin" "$out/back-$scheme.bin"
    done
else
    fail "gio" "$(tail -c 300 "$out/mount") $(tail -c 300 "$out/said")"
fi
same "gio: nothing is left" 404 "$(status -u "$ACCOUNT:$PASSWORD" "$files/gio/")"
