#!/usr/bin/env bash
# FTP by curl, lftp, tnftp, ncftp, rclone, npm basic-ftp and Python's ftplib, plain and under TLS; the same files over WebDAV. See README.md.
set -euo pipefail
. "$(dirname "$0")/../lib/checks.sh"
: "${FTP_PORT:?}" "${FTPS_PORT:?}" "${HTTP_PORT:?}" "${ACCOUNT2:?}" "${PASSWORD2:?}"
"$lib/../../tests/tools/install.sh" ftp
lftp --version | sed -n '1s/^/# /p'
rclone version | sed -n '1s/^/# /p'

plain="ftp://$HOST:$FTP_PORT" dav="http://$HOST:$HTTP_PORT/dav/files/$ACCOUNT"
client() { curl -sS -f --max-time 60 -u "$ACCOUNT:$PASSWORD" "$@"; }
server_certificate >"$scratch/certificate.pem"
secure=(--cacert "$scratch/certificate.pem" --resolve "localhost:$FTP_PORT:$HOST" --resolve "localhost:$FTPS_PORT:$HOST")

# curl: passive and active, plain, AUTH TLS and implicit TLS; ranges and going on.
head -c 3000000 /dev/urandom >"$scratch/large.bin"
check "curl: STOR, making folders" client --ftp-create-dirs -T "$scratch/large.bin" "$plain/curl/deep/large.bin"
client "$plain/curl/deep/large.bin" -o "$scratch/epsv"
same_files "curl: RETR by EPSV" "$scratch/large.bin" "$scratch/epsv"
client --disable-epsv "$plain/curl/deep/large.bin" -o "$scratch/pasv"
same_files "curl: RETR by PASV" "$scratch/large.bin" "$scratch/pasv"
client -P - "$plain/curl/deep/large.bin" -o "$scratch/eprt"
same_files "curl: RETR by EPRT" "$scratch/large.bin" "$scratch/eprt"
client -P - --disable-eprt "$plain/curl/deep/large.bin" -o "$scratch/port"
same_files "curl: RETR by PORT" "$scratch/large.bin" "$scratch/port"
client "${secure[@]}" --ssl-reqd "ftp://localhost:$FTP_PORT/curl/deep/large.bin" -o "$scratch/auth"
same_files "curl: RETR under AUTH TLS and PROT P" "$scratch/large.bin" "$scratch/auth"
client "${secure[@]}" "ftps://localhost:$FTPS_PORT/curl/deep/large.bin" -o "$scratch/implicit"
same_files "curl: RETR by implicit TLS" "$scratch/large.bin" "$scratch/implicit"
head -c 1000000 "$scratch/large.bin" >"$scratch/resumed"
client -C - "$plain/curl/deep/large.bin" -o "$scratch/resumed"
same_files "curl: a download that goes on" "$scratch/large.bin" "$scratch/resumed"
head -c 1234567 "$scratch/large.bin" | client -T - "$plain/curl/part.bin"
check "curl: an upload that goes on" client -C 1234567 -T "$scratch/large.bin" "$plain/curl/part.bin"
client "$plain/curl/part.bin" -o "$scratch/whole"
same_files "it is whole" "$scratch/large.bin" "$scratch/whole"
same "curl: a wrong password" 67 "$(curl -sS -u "$ACCOUNT:wrong" "$plain/" >/dev/null 2>&1 || echo $?)"
same "curl: another's files are not here" "" "$(curl -sS -u "$ACCOUNT2:$PASSWORD2" "$plain/../$ACCOUNT/" --path-as-is 2>/dev/null || true)"

# The same tree over WebDAV, at once: bytes, time, hash; and back.
check "curl: MFMT" client -Q "MFMT 20200102030405 /curl/part.bin" "$plain/" -o /dev/null
client "$dav/curl/part.bin" -o "$scratch/bydav"
same_files "WebDAV gives the same bytes" "$scratch/large.bin" "$scratch/bydav"
same "WebDAV gives the same time" "Thu, 02 Jan 2020 03:04:05 GMT" "$(client -I "$dav/curl/part.bin" | tr -d '\r' | sed -n 's/^Last-Modified: //p')"
hash=$(sha256sum "$scratch/large.bin" | cut -d' ' -f1)
check "WebDAV gives the same hash" bash -c "curl -sS -u '$ACCOUNT:$PASSWORD' -X PROPFIND -H 'Depth: 0' '$dav/curl/part.bin' \
    --data '<propfind xmlns=\"DAV:\"><prop><checksums xmlns=\"http://owncloud.org/ns\"/></prop></propfind>' | grep -q 'SHA256:$hash'"
check "FTP gives the same hash" bash -c "curl -sS -v -u '$ACCOUNT:$PASSWORD' -Q 'XSHA256 /curl/part.bin' '$plain/' 2>&1 | grep -q '250 $hash'"
echo "from dav" >"$scratch/from-dav"
client -T "$scratch/from-dav" "$dav/curl/from-dav.txt"
client "$plain/curl/from-dav.txt" -o "$scratch/byftp"
same_files "what WebDAV put, FTP gets" "$scratch/from-dav" "$scratch/byftp"

# lftp: a mirror both ways under TLS, and one that goes on after a cut.
python3 - "$scratch/tree" <<'PY'
import os, random, sys
random.seed(9)
names = ["plain", "with space", "ümläut", "100%", "a+b", "quote'", "日本語", "[x]"]
for i in range(150):
    folder = os.path.join(sys.argv[1], names[i % len(names)], str(i % 4))
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{names[i % 7]} {i}.bin")
    with open(path, "wb") as file: file.write(random.randbytes(random.choice([0, 1, 100, 5000, 70_000, 900_000])))
    os.utime(path, (1_600_000_000 + i, 1_600_000_000 + i))
PY
export LC_ALL=C.UTF-8
settings="set ssl:ca-file $scratch/certificate.pem; set ssl:check-hostname no; set ftp:ssl-force yes; set ftp:ssl-protect-data yes; set net:max-retries 3; set cmd:fail-exit yes"
mirror() { lftp -u "$ACCOUNT,$PASSWORD" -p "$FTP_PORT" "$HOST" -e "$settings; $1; quit"; }
check "lftp: mirror up, three at a time, under TLS" mirror "mirror -R --parallel=3 $scratch/tree /lftp"
check "lftp: mirror down" mirror "mirror --parallel=3 /lftp $scratch/down"
check "lftp: the same tree" diff -r "$scratch/tree" "$scratch/down"
same "lftp: times survive" 1600000003 "$(stat -c %Y "$(find "$scratch/down" -name '* 3.bin')")"
same "lftp: a second mirror transfers nothing" "" "$(mirror "mirror -R --dry-run --verbose=3 $scratch/tree /lftp" 2>&1 | grep -E '^(put|get|rm)' || true)"
check "lftp: implicit TLS" lftp -u "$ACCOUNT,$PASSWORD" "ftps://$HOST:$FTPS_PORT" \
    -e "set ssl:ca-file $scratch/certificate.pem; set ssl:check-hostname no; cls /lftp; quit"
head -c 20000000 /dev/urandom >"$scratch/huge.bin"
timeout 1 lftp -u "$ACCOUNT,$PASSWORD" -p "$FTP_PORT" "$HOST" -e "set ftp:ssl-allow no; set net:limit-rate 3000000; put $scratch/huge.bin; quit" >/dev/null 2>&1 || true
check "lftp: an upload that was cut goes on" mirror "put -c $scratch/huge.bin"
client "$plain/huge.bin" -o "$scratch/huge-back"
same_files "lftp: it is whole" "$scratch/huge.bin" "$scratch/huge-back"
check "lftp: removes the tree" mirror "rm -r /lftp"

# rclone's FTP back-end: MLSD, SIZE, MDTM and MFMT.
export RCLONE_CONFIG="$scratch/rclone.conf"
rclone config create files ftp "host=$HOST" "port=$FTP_PORT" "user=$ACCOUNT" "pass=$PASSWORD" explicit_tls=true no_check_certificate=true \
    --obscure >/dev/null 2>&1
check "rclone: sync up under TLS" rclone sync "$scratch/tree" files:rclone
check "rclone: every byte is there" rclone check --download "$scratch/tree" files:rclone
same "rclone: a second sync transfers nothing" "" "$(rclone sync "$scratch/tree" files:rclone --dry-run 2>&1 | grep -iE 'skipped (copy|delete)' || true)"
check "rclone: purge" rclone purge files:rclone

# lftp with MODE Z: what it sends and gets is deflated.
check "lftp: MODE Z up" lftp -u "$ACCOUNT,$PASSWORD" -p "$FTP_PORT" "$HOST" \
    -e "set ftp:ssl-allow no; set ftp:use-mode-z yes; set cmd:fail-exit yes; put $scratch/large.bin -o /z.bin; quit"
check "lftp: MODE Z down" lftp -u "$ACCOUNT,$PASSWORD" -p "$FTP_PORT" "$HOST" \
    -e "set ftp:ssl-allow no; set ftp:use-mode-z yes; set cmd:fail-exit yes; get /z.bin -o $scratch/z.bin; quit"
same_files "lftp: MODE Z keeps the bytes" "$scratch/large.bin" "$scratch/z.bin"

# tnftp: the client of the BSDs, by its script and by URL.
cat >"$scratch/tnftp" <<COMMANDS
open $HOST $FTP_PORT
user $ACCOUNT $PASSWORD
binary
mkdir tnftp
cd tnftp
put $scratch/large.bin large.bin
append $scratch/from-dav large.bin
rename large.bin renamed.bin
size renamed.bin
get renamed.bin $scratch/tnftp.bin
ls
delete renamed.bin
cd ..
rmdir tnftp
quit
COMMANDS
check "tnftp: does what it is told" bash -c "tnftp -n -v -i <'$scratch/tnftp' >'$scratch/told' 2>&1; ! grep -E '^(4|5)[0-9][0-9] ' '$scratch/told'"
same_files "tnftp: the bytes, and what was appended" <(cat "$scratch/large.bin" "$scratch/from-dav") "$scratch/tnftp.bin"

# ncftp: batch programs with unique temporary names and folders.
login=(-u "$ACCOUNT" -p "$PASSWORD" -P "$FTP_PORT")
mkdir -p "$scratch/nc/sub" && cp "$scratch/large.bin" "$scratch/nc/sub/" && echo text >"$scratch/nc/a b.txt"
check "ncftpput: a folder, by temporary names" ncftpput -V -R -S .tmp "${login[@]}" "$HOST" / "$scratch/nc"
check "ncftpget: the folder" ncftpget -V -R "${login[@]}" "$HOST" "$scratch/nc-back" /nc
check "ncftp: the same tree" diff -r "$scratch/nc" "$scratch/nc-back/nc"
check "ncftpls: a listing" bash -c "ncftpls -l ${login[*]@Q} 'ftp://$HOST/nc/' | grep -q 'a b.txt'"

# npm basic-ftp
(cd "$scratch" && npm install --silent --no-audit --no-fund basic-ftp@5 >"$scratch/log" 2>&1) || { cat "$scratch/log" >&2; exit 1; }
node -p '"# npm basic-ftp " + JSON.parse(require("fs").readFileSync(process.argv[1])).version' "$scratch/node_modules/basic-ftp/package.json"
NODE_PATH="$scratch/node_modules" SCRATCH="$scratch" timeout 120 node "$(dirname "$0")/basic-ftp.js" >"$scratch/told" 2>"$scratch/error" || cat "$scratch/error" >&2
told "$scratch/told"

python3 "$(dirname "$0")/questions.py" >"$scratch/ftplib" 2>&1 || true
told "$scratch/ftplib"
client -X DELETE "$dav/curl/" "$dav/huge.bin" "$dav/z.bin" "$dav/nc/" >/dev/null
finish
