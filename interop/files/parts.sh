# Sourced by run.sh: parts of files, and uploads in parts as Nextcloud's clients and rclone (from 1.63 on) do them.
# shellcheck shell=bash
# shellcheck disable=SC2154 # plain, files, scratch are run.sh's.
uploads="$plain/dav/uploads/$ACCOUNT"
head -c 23000000 /dev/urandom >"$scratch/whole.bin"
split -b 5000000 -d -a 1 "$scratch/whole.bin" "$scratch/part."
sha1=$(sha1sum "$scratch/whole.bin" | cut -d' ' -f1)

# A part that is cut off, then all parts, four at a time; another order than their names'.
client -X MKCOL -H "Destination: $files/parts.bin" "$uploads/web-1/" -o /dev/null
curl -sS --max-time 1 --limit-rate 1M -u "$ACCOUNT:$PASSWORD" -T "$scratch/part.0" "$uploads/web-1/1" >/dev/null 2>&1 || true
same "a part that was cut off is not there" 1 "$(client -X PROPFIND -H 'Depth: 1' "$uploads/web-1/" | grep -o '<D:response>' | wc -l)"
for number in 4 3 2 1 0; do printf '%s\n' "$number"; done | xargs -P 4 -I{} sh -c \
    'curl -sS -f --max-time 60 -u "$1" -H "Destination: $3/parts.bin" -H "OC-Total-Length: 23000000" -T "$2/part.{}" "$4/web-1/$(({} + 1))" -o /dev/null' \
    put "$ACCOUNT:$PASSWORD" "$scratch" "$files" "$uploads"
same "parts of a wrong sum stay parts" 400 "$(status -u "$ACCOUNT:$PASSWORD" -X MOVE -H "Destination: $files/parts.bin" \
    -H "OC-Checksum: SHA1:0000000000000000000000000000000000000000" "$uploads/web-1/.file")"
same "parts become a file" 201 "$(status -u "$ACCOUNT:$PASSWORD" -X MOVE -H "Destination: $files/parts.bin" -H 'OC-Total-Length: 23000000' \
    -H 'X-OC-Mtime: 1600000000' -H "OC-Checksum: SHA1:$sha1" "$uploads/web-1/.file")"
client "$files/parts.bin" -D "$scratch/header" -o "$scratch/joined.bin"
same_files "the file is the parts" "$scratch/whole.bin" "$scratch/joined.bin"
check "its checksum is told" grep -qi "^oc-checksum: SHA1:$sha1" "$scratch/header"
check "its time is kept" grep -q '^Last-Modified: Sun, 13 Sep 2020 12:26:40 GMT' "$scratch/header"

# What rclone sends with vendor=nextcloud and nextcloud_chunk_size: Debian's rclone is too old to be asked itself.
if rclone help backend webdav 2>/dev/null | grep -q nextcloud-chunk-size; then
    check "rclone: a large file in parts" rclone copyto --webdav-nextcloud-chunk-size 5M "$scratch/whole.bin" nextcloud:chunked.bin
else
    folder="$uploads/rclone-chunked-upload-$(printf chunked.bin | md5sum | cut -d' ' -f1)"
    same "rclone's requests: no older upload" 404 "$(status -u "$ACCOUNT:$PASSWORD" -X DELETE "$folder/")"
    client -X MKCOL "$folder/"
    for number in 0 1 2 3 4; do
        first=$((number * 5000000)) size=$(stat -c %s "$scratch/part.$number")
        client -T "$scratch/part.$number" -H 'Content-Type: application/x-www-form-urlencoded' \
            "$folder/$(printf '%015d-%015d' "$first" $((first + size - 1)))"
    done
    client -X MOVE -H "Destination: $files/chunked.bin" -H 'X-OC-Mtime: 1600000000' -H "OC-Checksum: SHA1:$sha1" "$folder/.file"
fi
check "rclone finds time and hash of what came in parts" rclone check "$scratch" nextcloud: --one-way --include chunked.bin --size-only
touch -d @1600000000 "$scratch/whole.bin"
cp -p "$scratch/whole.bin" "$scratch/chunked.bin"
same "rclone does not send it again" "" "$(rclone copy "$scratch" nextcloud: --include chunked.bin --checksum --dry-run 2>&1 | grep -iE 'skipped copy' || true)"

# Parts of files, by curl: Apache's way and sabre's; the old file stays until the new one is whole.
printf 'PART' >"$scratch/small"
same "PUT with Content-Range" 204 "$(status -u "$ACCOUNT:$PASSWORD" -T "$scratch/small" -H 'Content-Range: bytes 5000000-5000003/23000000' "$files/parts.bin")"
same "PATCH appends" 204 "$(status -u "$ACCOUNT:$PASSWORD" -X PATCH --data-binary "@$scratch/small" \
    -H 'Content-Type: application/x-sabredav-partialupdate' -H 'X-Update-Range: append' "$files/parts.bin")"
python3 - "$scratch/whole.bin" <<'PY'
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(5_000_000)
    file.write(b"PART")
    file.seek(0, 2)
    file.write(b"PART")
PY
client "$files/parts.bin" -o "$scratch/patched.bin"
same_files "both parts are where they belong" "$scratch/whole.bin" "$scratch/patched.bin"

# The past: as it was before that minute began; then a name that only the past has.
client -X DELETE "$files/parts.bin" "$files/chunked.bin" -o /dev/null
now=$(date -u +%Y-%m-%dT%H:%M:%S)
client -T "$scratch/small" "$files/later"
client -X DELETE "$files/later" -o /dev/null
same "a past tree has nothing that came later" 404 "$(status -u "$ACCOUNT:$PASSWORD" "$files/.history/$now/later")"
check "SEARCH finds by name" bash -c "curl -sS -f -u '$ACCOUNT:$PASSWORD' -X SEARCH '$plain/dav/' --data '<d:searchrequest xmlns:d=\"DAV:\"><d:basicsearch>
    <d:select><d:prop><d:displayname/></d:prop></d:select><d:from><d:scope><d:href>/files/$ACCOUNT</d:href><d:depth>infinity</d:depth></d:scope></d:from>
    <d:where><d:like><d:prop><d:displayname/></d:prop><d:literal>curl%</d:literal></d:like></d:where></d:basicsearch></d:searchrequest>' | grep -q curl.bin"
