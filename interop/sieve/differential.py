"""Asks Pigeonhole's sieve-test and CompatBot what each script would do with each message, and tells every difference.

    differential.py PROGRAM FOLDER     PROGRAM: the compatbot launcher; FOLDER: for files, readable by "nobody"
"""
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pairs

program, folder = sys.argv[1:]
FROM, TO = "sender@example.net", "me+tag@example.org"
CONFIGURATION = f"""mail_location = maildir:{folder}/mail
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 0
postmaster_address = postmaster@example.org
recipient_delimiter = +
plugin {{
  sieve_extensions = +editheader +vacation-seconds
  sieve_vacation_min_period = 0
  sieve_max_redirects = 4
  sieve_dir = {folder}/scripts
}}
"""

# Where CompatBot differs on purpose: what of the answer, in which scripts, and why.
KNOWN = json.load(open(os.path.join(os.path.dirname(__file__), "differences.json")))


def write(name, text):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    os.chmod(path, 0o644)
    return path


def theirs(script, message):
    run = subprocess.run(
        ["sieve-test", "-c", configuration, "-a", TO, "-f", FROM, "-r", TO, script, message],
        capture_output=True, text=True, errors="replace", timeout=60, cwd=folder)
    answer = {"stores": {}, "redirects": [], "reject": None, "vacation": None, "notify": []}
    if run.returncode != 0:
        return {"error": "compile" if "failed to compile" in run.stderr or "validation failed" in run.stderr else "run"}
    store = None
    lines = run.stdout.splitlines()
    for at, line in enumerate(lines):
        if found := re.match(r" \* store message in folder: (.*)", line):
            store = found[1]
            answer["stores"].setdefault(store, [])
        elif found := re.match(r"\s+\+ add IMAP flags:(.*)", line):
            answer["stores"][store] = sorted(found[1].lower().split())
        elif found := re.match(r" \* redirect message to: <(.*)>", line):
            answer["redirects"].append(found[1].lower())
        elif re.match(r" \* (reject|ereject) ?message with reason: (.*)", line) or "reject message with reason" in line:
            answer["reject"] = line.split("reason:", 1)[1].strip() or lines[at + 1].strip()
        elif "send vacation message" in line:
            answer["vacation"] = {}
        elif found := re.match(r"\s+=> seconds : (\d+)", line):
            answer["vacation"]["seconds"] = int(found[1])
        elif found := re.match(r"\s+=> subject : (.*)", line):
            answer["vacation"]["subject"] = found[1].strip()
        elif found := re.match(r"\s+\+ To: (.*)", line):
            answer["notify"].append(found[1].strip())
    answer["redirects"].sort()
    answer["notify"].sort()
    return answer


def ours(scripts, messages):
    run = subprocess.run(
        [program, "sieve", "test", scripts, *messages, "--envelope-from", FROM, "--envelope-to", TO, "--json"],
        capture_output=True, text=True, timeout=120)
    if run.returncode != 0:
        sys.exit(f"FAIL sieve: compatbot sieve test: {run.stdout} {run.stderr}")
    return [answer_of(one) for one in json.loads(run.stdout)]


def answer_of(one):
    if one.get("fault") or one.get("error"):
        return {"error": "compile" if one.get("fault") else "run"}
    vacation = one.get("vacation")
    return {
        "stores": {re.sub("[\r\n]", "?", store["mailbox"]): sorted(flag.lower() for flag in store["flags"]) for store in one["stores"]},
        "redirects": sorted(address.lower() for address in one["redirects"]),
        "reject": one.get("reject"),
        "vacation": {"seconds": vacation["seconds"], **({"subject": vacation["subject"]} if vacation.get("subject") else {})}
        if vacation else None,
        "notify": sorted(address for method in one["notifications"] for address in method.removeprefix("mailto:").split("?")[0].split(",")),
    }


configuration = write("dovecot.conf", CONFIGURATION)
messages = [write(f"message-{number}.eml", text) for number, text in enumerate(pairs.MESSAGES)]
scripts = [*pairs.plain(), *pairs.broken(), *pairs.made(80)]
os.mkdir(os.path.join(folder, "tried"))
os.chmod(os.path.join(folder, "tried"), 0o755)
paths = [write(f"tried/{number:04}.sieve", text) for number, text in enumerate(scripts)]
asked = [path for path in paths for _ in messages]
with ThreadPoolExecutor(2) as pool:
    theirs_all = list(pool.map(theirs, asked, messages * len(paths)))
ours_all = ours(os.path.join(folder, "tried"), messages)

differences, explained = 0, {}
for number, (one, other) in enumerate(zip(theirs_all, ours_all)):
    if one == other:
        continue
    script = scripts[number // len(messages)]
    reason = next((known["why"] for known in KNOWN if known["in"] in script), None)
    if reason:
        explained[reason] = explained.get(reason, 0) + 1
        continue
    differences += 1
    if differences <= 30:
        print(f"FAIL sieve: {script!r}, message {number % len(messages)}\n  sieve-test {one}\n  compatbot  {other}")
for reason, count in explained.items():
    print(f"# {count} answers differ on purpose: {reason}")
refused = sum(1 for answer in ours_all if answer.get("error") == "compile")
print(f"# {len(ours_all)} pairs, {refused} of scripts that are none, {differences} differences")
sys.exit(1 if differences else 0)
