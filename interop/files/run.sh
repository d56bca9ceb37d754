#!/usr/bin/env bash
# Files over WebDAV: litmus, rclone, cadaver, curl, davfs2, gio and npm webdav; links and scanners. See README.md.
set -euo pipefail
. "$(dirname "$0")/../lib/checks.sh"
: "${HTTP_PORT:?}" "${HTTPS_PORT:?}" "${FTP_PORT:?}" "${DATA:?}" "${ACCOUNT2:?}" "${PASSWORD2:?}"
"$lib/../../tests/tools/install.sh" dav
rclone version | sed -n '1s/^/# /p'
(cadaver -V || true) | sed -n '1s/^/# /p'

plain="http://$HOST:$HTTP_PORT" secure="https://$HOST:$HTTPS_PORT"
files="$plain/dav/files/$ACCOUNT"
client() { curl -sS -f --max-time 60 -u "$ACCOUNT:$PASSWORD" "$@"; }
status() { curl -sS -o /dev/null -w '%{http_code}' --max-time 60 "$@"; }

# litmus: every test of every group, over plain HTTP.
client -X MKCOL "$files/litmus/"
for group in basic copymove props locks http; do
    if (cd "$scratch" && TESTS=$group litmus -k "$files/litmus/" "$ACCOUNT" "$PASSWORD") >"$scratch/litmus" 2>&1 \
        && grep -q ' 0 failed' "$scratch/litmus" && ! grep -q WARNING "$scratch/litmus"; then
        ok "litmus $(sed -n 's/^<- summary for .\([a-z]*\).: of \([0-9]*\) tests run.*/\1: \2 tests/p' "$scratch/litmus")"
    else
        fail "litmus $group" "$(grep -E 'FAIL|WARNING' "$scratch/litmus")"
    fi
done

# rclone: 200 files of many sizes and names, up, changed, down; with and without ownCloud's hashes and times.
python3 - "$scratch/tree" <<'PY'
import os, random, sys
random.seed(7)
names = ["plain", "with space", "ümläut", "100%", "a+b", "semi;colon", "hash#", "q?", "quote'\"", "日本語", "tilde~", "[x]", "&amp;"]
for i in range(200):
    folder = os.path.join(sys.argv[1], names[i % len(names)], str(i % 5))
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{names[i % 7]} {i}.bin")
    with open(path, "wb") as file: file.write(random.randbytes(random.choice([0, 1, 100, 5000, 70_000, 1_500_000])))
    os.utime(path, (1_600_000_000 + i, 1_600_000_000 + i))
PY
export RCLONE_CONFIG="$scratch/rclone.conf"
for vendor in other owncloud nextcloud; do
    rclone config create "$vendor" webdav "url=$files" "vendor=$vendor" "user=$ACCOUNT" "pass=$PASSWORD" --obscure >/dev/null
    target="$vendor:rclone-$vendor"
    check "rclone ($vendor): sync up" rclone sync "$scratch/tree" "$target"
    check "rclone ($vendor): every byte is there" rclone check --download "$scratch/tree" "$target"
    same "rclone ($vendor): a second sync transfers nothing" "" \
        "$(rclone sync "$scratch/tree" "$target" --dry-run 2>&1 | grep -iE 'skipped (copy|delete)' || true)"
    check "rclone ($vendor): sync down" rclone sync "$target" "$scratch/down-$vendor"
    check "rclone ($vendor): the same tree" diff -r "$scratch/tree" "$scratch/down-$vendor"
    check "rclone ($vendor): move a folder" rclone moveto "$target/plain" "$target/moved"
    check "rclone ($vendor): it moved" rclone check --download "$scratch/tree/plain" "$target/moved"
    check "rclone ($vendor): purge" rclone purge "$target"
done
same "rclone: times of files survive with ownCloud's header" 1600000003 "$(stat -c %Y "$(find "$scratch/down-owncloud" -name '* 3.bin')")"

# cadaver: what a person does by hand.
printf 'machine %s\nlogin %s\npassword %s\n' "$HOST" "$ACCOUNT" "$PASSWORD" >"$scratch/.netrc"
chmod 600 "$scratch/.netrc"
head -c 3000000 /dev/urandom >"$scratch/large.bin"
cat >"$scratch/commands" <<COMMANDS
mkcol hand
cd hand
put $scratch/large.bin large.bin
copy large.bin copy.bin
move copy.bin moved.bin
lock moved.bin
unlock moved.bin
propset moved.bin color blue
propget moved.bin color
get moved.bin $scratch/back.bin
delete large.bin
ls
quit
COMMANDS
(cd "$scratch" && cadaver "$files/" <"$scratch/commands") >"$scratch/cadaver" 2>&1 || true
check "cadaver: nothing failed" bash -c "! grep -iE 'failed|could not' '$scratch/cadaver'"
check "cadaver: a property comes back" grep -q 'Value of color is: blue' "$scratch/cadaver"
same_files "cadaver: the bytes came back" "$scratch/large.bin" "$scratch/back.bin"
client -X DELETE "$files/hand/" >/dev/null

# curl: ranges, conditions, TLS, and whose files these are.
client -T "$scratch/large.bin" "$files/curl.bin"
client -r 1000000-1000099 "$files/curl.bin" -o "$scratch/part"
same_files "a range" <(tail -c +1000001 "$scratch/large.bin" | head -c 100) "$scratch/part"
head -c 1000000 "$scratch/large.bin" >"$scratch/resumed"
client -C - "$files/curl.bin" -o "$scratch/resumed"
same_files "a download that goes on where it stopped" "$scratch/large.bin" "$scratch/resumed"
tag=$(client -I "$files/curl.bin" | tr -d '\r' | sed -n 's/^ETag: //p')
same "If-None-Match" 304 "$(status -u "$ACCOUNT:$PASSWORD" -H "If-None-Match: $tag" "$files/curl.bin")"
same "If-Match of another state" 412 "$(status -u "$ACCOUNT:$PASSWORD" -H 'If-Match: "no"' -T "$scratch/part" "$files/curl.bin")"
server_certificate >"$scratch/certificate.pem"
same "HTTPS speaks HTTP/2" "2 200" "$(curl -sS -o "$scratch/secure" -w '%{http_version} %{http_code}' --cacert "$scratch/certificate.pem" \
    --resolve "localhost:$HTTPS_PORT:$HOST" -u "$ACCOUNT:$PASSWORD" "https://localhost:$HTTPS_PORT/dav/files/$ACCOUNT/curl.bin")"
same_files "the same bytes over HTTPS" "$scratch/large.bin" "$scratch/secure"
same "without a password" 401 "$(status "$files/")"
same "with a wrong one" 401 "$(status -u "$ACCOUNT:wrong" "$files/")"
same "somebody else's files" 403 "$(status -u "$ACCOUNT2:$PASSWORD2" "$files/curl.bin")"
same "a way out of the tree" "403" "$(status --path-as-is -u "$ACCOUNT2:$PASSWORD2" "$plain/dav/files/$ACCOUNT2/../$ACCOUNT/curl.bin" | sed 's/40[0-9]/403/')"
same "a discovery of old and new phones" "301 301" "$(status "$secure/.well-known/caldav" -k) $(status "$plain/.well-known/carddav")"
. "$(dirname "$0")/parts.sh"
. "$(dirname "$0")/links.sh"
. "$(dirname "$0")/mount.sh"
. "$(dirname "$0")/gio.sh"

# npm webdav
(cd "$scratch" && npm install --silent --no-audit --no-fund webdav@5 >"$scratch/log" 2>&1) || { cat "$scratch/log" >&2; exit 1; }
cp "$(dirname "$0")/webdav.mjs" "$scratch/webdav.mjs"
node -p '"# npm webdav " + JSON.parse(require("fs").readFileSync(process.argv[1])).version' "$scratch/node_modules/webdav/package.json"
FILES="$files" timeout 120 node "$scratch/webdav.mjs" >"$scratch/told" 2>"$scratch/error" || cat "$scratch/error" >&2
told "$scratch/told"
client -X DELETE "$files/curl.bin"
client -X DELETE "$files/litmus/" >/dev/null
same "nothing is left" 1 "$(client -X PROPFIND -H 'Depth: 1' "$files/" | grep -o '<D:response>' | wc -l)"
finish
