# Sourced by run.sh: links for people without an account, and a scanner that may only upload, made by the command line, used by curl.
# shellcheck shell=bash
# shellcheck disable=SC2154 # files, plain, scratch are run.sh's.
printf '%s\n' "$PASSWORD" >"$scratch/key"
admin() { "$lib/../../compatbot" "$@" --data "$DATA" --json; }
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
# link ARGUMENT...: makes one, and says where it is on this machine.
link() { admin share add "$ACCOUNT" "$@" --unlock "$scratch/key" | field url | sed "s|^https://[^/]*|$plain|"; }
visit() { curl -sS -f --max-time 60 "$@"; }

client -X MKCOL "$files/links/"
client -X MKCOL "$files/links/in/"
client -T "$scratch/large.bin" "$files/links/large.bin"
printf 'hello' >"$scratch/hello.txt"
client -T "$scratch/hello.txt" "$files/links/h%C3%A9llo.txt"

file=$(link links/large.bin)
visit "$file" -o "$scratch/by-link"
same_files "link: a file" "$scratch/large.bin" "$scratch/by-link"
head -c 1000 "$scratch/large.bin" >"$scratch/resumed"
visit -C - "$file" -o "$scratch/resumed"
same_files "link: a download that goes on" "$scratch/large.bin" "$scratch/resumed"
mkdir "$scratch/named" && (cd "$scratch/named" && visit -OJ "$file" >/dev/null)
same_files "link: the file's name comes with it" "$scratch/large.bin" "$scratch/named/large.bin"
folder=$(link links)
same "link: a folder's list" 1 "$(visit -L "$folder" | grep -c 'h&#233;llo.txt')"
same "link: a file of it" hello "$(visit "$folder/h%C3%A9llo.txt")"
same "link: nothing beside it" 404 "$(status --path-as-is "$folder/../litmus/")"
secret=$(printf 'geheim\n' | link links/large.bin --password-stdin)
same "link: asks for its password" "403 200" "$(status "$secret") $(status -u ":geheim" "$secret")"
curl -sS -o /dev/null --max-time 60 -c "$scratch/jar" --data-urlencode password=geheim "$secret"
same "link: the form's cookie opens it" 200 "$(status -b "$scratch/jar" "$secret")"
once=$(link links/large.bin --count 1)
same "link: only so often" "200 404" "$(status "$once") $(status "$once")"
uploads=$(link links/in --upload)
same "link: an upload" 201 "$(status -T "$scratch/hello.txt" "$uploads/hello.txt")"
same "link: an upload by the form" 200 "$(status -F "file=@$scratch/hello.txt" -F "file=@$scratch/large.bin" "$uploads")"
same "link: shows nothing of it" 404 "$(status "$uploads/hello.txt")"
same "link: what came is there" "hello hello" "$(client "$files/links/in/hello.txt") $(client "$files/links/in/hello%20(2).txt")"
client "$files/links/in/large.bin" -o "$scratch/by-form"
same_files "link: the form's bytes came" "$scratch/large.bin" "$scratch/by-form"
same "link: the owner's list" 5 "$(admin share list "$ACCOUNT" --unlock "$scratch/key" | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')"
for id in $(admin share list "$ACCOUNT" --unlock "$scratch/key" | python3 -c 'import json, sys; [print(one["id"]) for one in json.load(sys.stdin)]'); do
    admin share revoke "$ACCOUNT" "$id" >/dev/null
done
same "link: revoked, it leads nowhere" "404 404" "$(status "$file") $(status "$folder/")"

made=$(admin device add "$ACCOUNT" --label scanner --drop links/scans --unlock "$scratch/key")
scanner=$(field password <<<"$made")
same "scanner: WebDAV" 201 "$(status -u "$ACCOUNT:$scanner" -T "$scratch/hello.txt" "$files/page.pdf")"
check "scanner: FTP" curl -sS --max-time 60 --ssl-reqd -k -u "$ACCOUNT:$scanner" -T "$scratch/large.bin" "ftp://$HOST:$FTP_PORT/page.pdf"
same "scanner: reads nothing" "403 403" "$(status -u "$ACCOUNT:$scanner" "$files/links/large.bin") $(status -u "$ACCOUNT:$scanner" "$files/page.pdf")"
same "scanner: lists nothing" "" "$(curl -sS --max-time 60 --ssl-reqd -k -u "$ACCOUNT:$scanner" "ftp://$HOST:$FTP_PORT/" 2>/dev/null || true)"
same "scanner: the first page" hello "$(client "$files/links/scans/page.pdf")"
client "$files/links/scans/page%20(2).pdf" -o "$scratch/scanned"
same_files "scanner: the second, under a free name" "$scratch/large.bin" "$scratch/scanned"
admin device revoke "$ACCOUNT" "$(field id <<<"$made")" --unlock "$scratch/key" >/dev/null
same "scanner: revoked, it is out" 401 "$(status -u "$ACCOUNT:$scanner" -T "$scratch/hello.txt" "$files/page.pdf")"

# Resumable uploads (draft-ietf-httpbis-resumable-upload), as its clients send them.
half=$(($(stat -c %s "$scratch/large.bin") / 2))
head -c "$half" "$scratch/large.bin" >"$scratch/first"
tail -c +"$((half + 1))" "$scratch/large.bin" >"$scratch/second"
place=$(client -D - -o /dev/null -H 'Upload-Complete: ?0' -T "$scratch/first" "$files/links/resumed.bin" | tr -d '\r' | sed -n 's/^Location: //p')
same "resumable: how far it has come" "$half" "$(client -I "$plain$place" | tr -d '\r' | sed -n 's/^Upload-Offset: //p')"
same "resumable: goes on" 201 "$(status -u "$ACCOUNT:$PASSWORD" -X PATCH -H 'Content-Type: application/partial-upload' -H "Upload-Offset: $half" \
    -H 'Upload-Complete: ?1' --data-binary "@$scratch/second" "$plain$place")"
client "$files/links/resumed.bin" -o "$scratch/resumed"
same_files "resumable: every byte" "$scratch/large.bin" "$scratch/resumed"
client -X DELETE "$files/links/"
