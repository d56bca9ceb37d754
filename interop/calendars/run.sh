#!/usr/bin/env bash
# Calendars and contacts over CalDAV and CardDAV: vdirsyncer, with khal and khard on top of it. See README.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/checks.sh"
: "${HTTP_PORT:?}"
"$lib/../../tests/tools/install.sh" dav
vdirsyncer --version | sed -n '1s/^/# /p'
export LC_ALL=C.UTF-8 LANG=C.UTF-8

plain="http://$HOST:$HTTP_PORT"
client() { curl -sS -f --max-time 60 -u "$ACCOUNT:$PASSWORD" "$@"; }
for replica in one two; do
    mkdir -p "$scratch/$replica"
    cat >"$scratch/$replica.conf" <<CONF
[general]
status_path = "$scratch/$replica/status/"
[pair calendars]
a = "local_calendars"
b = "server_calendars"
collections = ["from a", "from b"]
conflict_resolution = "a wins"
metadata = ["color", "displayname"]
[storage local_calendars]
type = "filesystem"
path = "$scratch/$replica/calendars/"
fileext = ".ics"
[storage server_calendars]
type = "caldav"
url = "$plain/"
username = "$ACCOUNT"
password = "$PASSWORD"
[pair contacts]
a = "local_contacts"
b = "server_contacts"
collections = ["from a", "from b"]
conflict_resolution = "a wins"
[storage local_contacts]
type = "filesystem"
path = "$scratch/$replica/contacts/"
fileext = ".vcf"
[storage server_contacts]
type = "carddav"
url = "$plain/"
username = "$ACCOUNT"
password = "$PASSWORD"
CONF
done
vdir() { vdirsyncer -c "$scratch/$1.conf" "${@:2}"; }
count() { find "$scratch/$1" -name "*.$2" | wc -l; }

check "vdirsyncer: discovers from the bare host name" bash -c "yes | vdirsyncer -c '$scratch/one.conf' discover"
check "the first calendar is there" test -d "$scratch/one/calendars/calendar"
check "the first address book is there" test -d "$scratch/one/contacts/contacts"
python3 - "$scratch/one" <<'PY'
import os, sys
zones = ["", ";TZID=Europe/Rome", ";TZID=America/New_York"]
rules = ["", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE\r\n", "RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=10\r\n"]
for i in range(300):
    with open(f"{sys.argv[1]}/calendars/calendar/event{i}.ics", "w", newline="") as file:
        file.write("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//interop//EN\r\nBEGIN:VEVENT\r\n"
                   f"UID:event{i}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART{zones[i % 3]}:202603{i % 28 + 1:02}T{i % 24:02}0000\r\nDURATION:PT1H\r\n"
                   f"{rules[i % 3]}SUMMARY:Größe {i} \U0001F600\r\nX-OWN;X-PARAM=\"a;b\":kept {i}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    with open(f"{sys.argv[1]}/contacts/contacts/card{i}.vcf", "w", newline="") as file:
        file.write(f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:card{i}\r\nFN:Person {i}\r\nN:Nachname {i};Änne;;;\r\n"
                   f"EMAIL;TYPE=HOME:p{i}@example.org\r\nTEL:+39 06 {i:04}\r\nitem1.X-ABLABEL:own\r\nEND:VCARD\r\n")
PY
check "vdirsyncer: 300 events and 300 contacts up" vdir one sync
check "vdirsyncer: a second device discovers" bash -c "yes | vdirsyncer -c '$scratch/two.conf' discover"
check "vdirsyncer: a second device syncs" vdir two sync
same "it has every event" 300 "$(count two/calendars ics)"
same "it has every contact" 300 "$(count two/contacts vcf)"
python3 - "$scratch" >"$scratch/compare" <<'PY'
import glob, os, re, sys
def read(folder):
    found = {}
    for path in glob.glob(f"{folder}/*/*/*.*"):
        if path.endswith((".ics", ".vcf")):
            text = open(path, newline="").read()
            found[re.search(r"^UID:(.*?)\r?$", text, re.M)[1]] = text
    return found
one, two = read(sys.argv[1] + "/one"), read(sys.argv[1] + "/two")
print(len(one), sum(one[uid] == two.get(uid) for uid in one))
PY
same "every one is the same text" "600 600" "$(cat "$scratch/compare")"

# Changes on both sides, one of them to the same event.
sed -i 's/SUMMARY:.*/SUMMARY:changed by one\r/' "$scratch/one/calendars/calendar/event5.ics"
rm "$scratch/one/calendars/calendar/event6.ics"
seven=$(grep -l '^UID:event7.$' "$scratch"/two/calendars/calendar/*.ics)
sed -i 's/SUMMARY:.*/SUMMARY:changed by two\r/' "$seven"
rm "$(grep -l '^UID:card9.$' "$scratch"/two/contacts/contacts/*.vcf)"
check "vdirsyncer: the first device's changes" vdir one sync
check "vdirsyncer: the second device's changes" vdir two sync
check "vdirsyncer: and back" vdir one sync
check "a change of two reached one" grep -rq 'SUMMARY:changed by two' "$scratch/one/calendars/calendar"
check "a change of one reached two" grep -rq 'SUMMARY:changed by one' "$scratch/two/calendars/calendar"
same "a deletion of one reached two" 299 "$(count two/calendars ics)"
same "a deletion of two reached one" 299 "$(count one/contacts vcf)"
sed -i 's/SUMMARY:.*/SUMMARY:conflict of one\r/' "$scratch/one/calendars/calendar/event5.ics"
sed -i 's/SUMMARY:.*/SUMMARY:conflict of two\r/' "$(grep -l '^UID:event5.$' "$scratch"/two/calendars/calendar/*.ics)"
check "vdirsyncer: a conflict, first device" vdir one sync
check "vdirsyncer: a conflict, second device wins" vdir two sync
check "vdirsyncer: and the first hears of it" vdir one sync
check "one has what won" grep -q 'conflict of two' "$scratch/one/calendars/calendar/event5.ics"
check "vdirsyncer: nothing is left to do" bash -c "! vdirsyncer -c '$scratch/one.conf' sync 2>&1 | grep -E 'Copying|Deleting'"
mkdir "$scratch/two/calendars/trips"
check "vdirsyncer: a new calendar" bash -c "yes | vdirsyncer -c '$scratch/two.conf' discover && vdirsyncer -c '$scratch/two.conf' sync"
check "vdirsyncer: its color" bash -c "echo -n '#00ff00' >'$scratch/two/calendars/trips/color' && vdirsyncer -c '$scratch/two.conf' metasync"
check "vdirsyncer: the other device has them" bash -c "yes | vdirsyncer -c '$scratch/one.conf' discover && vdirsyncer -c '$scratch/one.conf' metasync"
check "the color came along" grep -qi '#00ff00' "$scratch/one/calendars/trips/color"

# khal and khard: what a person sees of it.
mkdir -p "$scratch/.config/khal" "$scratch/.config/khard"
printf '[calendars]\n[[all]]\npath = %s/two/calendars/*\ntype = discover\n[locale]\nlocal_timezone = Europe/Rome\ndefault_timezone = Europe/Rome\n%s' \
    "$scratch" $'timeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n' \
    >"$scratch/.config/khal/config"
check "khal: lists the month" bash -c "khal list 2026-03-01 30d | grep -q 'changed by two'"
check "khal: makes an event" khal new -a trips 2026-07-01 10:00 11:00 Abfahrt
printf '[addressbooks]\n[[all]]\npath = %s/two/contacts/contacts\n[general]\neditor = true\nmerge_editor = true\n' "$scratch" \
    >"$scratch/.config/khard/khard.conf"
check "khard: finds a person" bash -c "khard email --parsable p42@ | grep -q 'Nachname 42'"
check "vdirsyncer: takes them up" vdir two sync
check "vdirsyncer: and down" vdir one sync
check "khal's event is on the first device" grep -rq 'Abfahrt' "$scratch/one/calendars/trips"
month() {
    client -X REPORT -H 'Depth: 1' -H 'Content-Type: application/xml' "$plain/dav/calendars/$ACCOUNT/trips/" --data "<c:calendar-query
    xmlns='DAV:' xmlns:c='urn:ietf:params:xml:ns:caldav'><prop><getetag/></prop><c:filter><c:comp-filter name='VCALENDAR'><c:comp-filter
    name='VEVENT'><c:time-range start='$1T000000Z' end='$2T000000Z'/></c:comp-filter></c:comp-filter></c:filter></c:calendar-query>" \
        | grep -o '<D:response>' | wc -l
}
same "the server finds it in July" 1 "$(month 20260701 20260801)"
same "and not in August" 0 "$(month 20260801 20260901)"

# Whole calendars by curl, as people move between servers.
client "$plain/dav/calendars/$ACCOUNT/calendar/?export" >"$scratch/all.ics"
same "curl: an export has every event" "$(count one/calendars/calendar ics)" "$(grep -c '^UID:' "$scratch/all.ics")"
check "curl: a new calendar" client -X MKCALENDAR "$plain/dav/calendars/$ACCOUNT/moved/"
same "curl: and all of them in it in one step" "$(count one/calendars/calendar ics) added, 0 replaced, 0 as they were" \
    "$(client -T "$scratch/all.ics" "$plain/dav/calendars/$ACCOUNT/moved")"
client "$plain/dav/addressbooks/$ACCOUNT/contacts/?export" >"$scratch/all.vcf"
same "curl: every contact in one file" "$(count one/contacts vcf)" "$(grep -c '^BEGIN:VCARD' "$scratch/all.vcf")"

# A subscription by a link, without an account; and birthdays, which come of contacts.
printf '%s\n' "$PASSWORD" >"$scratch/key"
feed=$("$lib/../../compatbot" share add "$ACCOUNT" moved --realm calendar --unlock "$scratch/key" --data "$DATA" --json |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["url"])' | sed "s|^https://[^/]*|$plain|")
cat >"$scratch/feed.conf" <<CONF
[general]
status_path = "$scratch/feed/status/"
[pair subscription]
a = "local"
b = "feed"
collections = null
[storage local]
type = "filesystem"
path = "$scratch/feed/events/"
fileext = ".ics"
[storage feed]
type = "http"
url = "$feed"
CONF
check "vdirsyncer: subscribes by a link" bash -c "yes | vdirsyncer -c '$scratch/feed.conf' discover && vdirsyncer -c '$scratch/feed.conf' sync"
same "every event is in it" "$(count one/calendars/calendar ics)" "$(count feed/events ics)"
printf 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:born\r\nFN:Änne\r\nN:;Änne;;;\r\nBDAY:1980-04-12\r\nEND:VCARD\r\n' >"$scratch/born.vcf"
check "curl: a contact with a birthday" client -T "$scratch/born.vcf" "$plain/dav/addressbooks/$ACCOUNT/contacts/born.vcf"
check "vdirsyncer: birthdays are a calendar" bash -c "yes | vdirsyncer -c '$scratch/one.conf' discover && vdirsyncer -c '$scratch/one.conf' sync"
check "with the day in it" grep -rq "birthday (1980)" "$scratch/one/calendars/birthdays"

# npm tsdav.
(cd "$scratch" && npm install --silent --no-audit --no-fund tsdav@2 >"$scratch/log" 2>&1) || { cat "$scratch/log" >&2; exit 1; }
NODE_PATH="$scratch/node_modules" timeout 120 node "$here/tsdav.js" >"$scratch/told" 2>"$scratch/error" || cat "$scratch/error" >&2
told "$scratch/told"

# Scheduling.
timeout 120 /usr/bin/python3 "$here/scheduling.py" >"$scratch/told" 2>"$scratch/error" || cat "$scratch/error" >&2
told "$scratch/told"

# The back ends of evolution-data-server, on a bus and with a key ring of their own.
evolution() {
    timeout 200 dbus-run-session -- bash -c \
        "printf '' | gnome-keyring-daemon --unlock --components=secrets >'$scratch/log' 2>&1; /usr/bin/python3 '$here/evolution.py'"
}
evolution >"$scratch/told" 2>"$scratch/error" || grep -v '^dbus-daemon' "$scratch/error" >&2 || true
told "$scratch/told"
finish
