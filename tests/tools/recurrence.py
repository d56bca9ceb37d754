#!/usr/bin/env python3
"""Recurrence rules with the instances on which libical and python-dateutil agree.

usage: recurrence.py random COUNT SEED > FILE     rules made from a seed
       recurrence.py corpus FOLDER > FILE         those of the .ics files in and below a folder
       recurrence.py digests FOLDER > FILE        the same, without a word of what is in those files (tests/data/recurrence/corpus.tsv)

Each line: DTSTART TAB RRULE TAB first instances, separated by blanks; of digests, the first 16 hex digits of the SHA-256 of what is before
the second TAB, and of the instances. Rules on which the two disagree are left out; standard error has
how many of each class, with an example. A class that tests/data/recurrence/settled.tsv does not settle is an error.
"""
import calendar
import collections
import ctypes
import datetime
import hashlib
import os
import random
import re
import signal
import sys
import warnings

from dateutil.rrule import rrulestr

warnings.simplefilter("ignore")
FREQUENCIES = ["YEARLY"] * 4 + ["MONTHLY"] * 4 + ["WEEKLY"] * 3 + ["DAILY"] * 3 + ["HOURLY", "MINUTELY", "SECONDLY"]
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
INSTANCES = 8
YEAR_MAX = 2037
EPOCH = datetime.datetime(1970, 1, 1)
SETTLED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../data/recurrence/settled.tsv")


def numbers(random_, low, high, most, signed=False):
    chosen = {random_.randint(low, high) * (random_.choice([1, -1]) if signed else 1) for _ in range(random_.randint(1, most))}
    return ",".join(str(one) for one in sorted(chosen))


def rule(random_):
    frequency = random_.choice(FREQUENCIES)
    parts = [f"FREQ={frequency}"]
    if random_.random() < 0.4:
        parts.append(f"INTERVAL={random_.randint(2, 5)}")
    if random_.random() < 0.3:
        parts.append("BYMONTH=" + numbers(random_, 1, 12, 3))
    week = frequency == "YEARLY" and random_.random() < 0.2
    if week:
        parts.append("BYWEEKNO=" + numbers(random_, 1, 53, 3, True))
    if frequency == "YEARLY" and random_.random() < 0.2:
        parts.append("BYYEARDAY=" + numbers(random_, 1, 366, 4, True))
    if frequency != "WEEKLY" and not week and random_.random() < 0.3:
        parts.append("BYMONTHDAY=" + numbers(random_, 1, 31, 4, True))
    if random_.random() < 0.4:
        days = random_.sample(DAYS, random_.randint(1, 3))
        if frequency in ("MONTHLY", "YEARLY") and not week and random_.random() < 0.5:
            days = [random_.choice(["1", "2", "-1", "3", "5", "-2"]) + day for day in days]
        parts.append("BYDAY=" + ",".join(days))
    if random_.random() < 0.2:
        parts.append("BYHOUR=" + numbers(random_, 0, 23, 2))
    if random_.random() < 0.1:
        parts.append("BYMINUTE=" + numbers(random_, 0, 59, 2))
    if random_.random() < 0.05:
        parts.append("BYSECOND=" + numbers(random_, 0, 59, 2))
    if len(parts) > 1 and random_.random() < 0.2:
        parts.append("BYSETPOS=" + random_.choice(["1", "-1", "2", "1,2"]))
    if random_.random() < 0.2:
        parts.append("WKST=" + random_.choice(DAYS))
    if random_.random() < 0.3:
        parts.append(f"COUNT={random_.randint(1, 12)}")
    return ";".join(parts)


def by_dateutil(text, start):
    """None: it refuses the rule, or does not come to an end."""
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        instances = []
        for one in rrulestr(text, dtstart=start):
            if one.year > YEAR_MAX or len(instances) == INSTANCES:
                break
            instances.append(one)
        return instances
    except (TimeoutError, ValueError):
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def by_libical(text, start):
    """None: it refuses the rule, or does not come to an end; for that it has a process of its own."""
    found = (ctypes.c_long * INSTANCES)()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        if LIBICAL.icalrecur_expand_recurrence(text.encode(), calendar.timegm(start.timetuple()), INSTANCES, found):
            os.write(writer, bytes(found))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        octets = pipe.read()
    os.waitpid(child, 0)
    if not octets:
        return None
    times = [EPOCH + datetime.timedelta(seconds=one) for one in (ctypes.c_long * INSTANCES).from_buffer_copy(octets) if one]
    return [one for one in times if one.year <= YEAR_MAX]


LIBICAL = ctypes.CDLL("libical.so.3")
LIBICAL.icalrecur_expand_recurrence.argtypes = [ctypes.c_char_p, ctypes.c_long, ctypes.c_int, ctypes.POINTER(ctypes.c_long)]


def class_of(text):
    """What a rule has that the two read differently; None: nothing that is known."""
    parts = dict(part.upper().split("=", 1) for part in text.split(";") if "=" in part)
    frequency = parts.get("FREQ")
    has = parts.__contains__
    if has("RSCALE") or has("SKIP"):
        return "RSCALE"
    if has("BYWEEKNO") and not has("BYDAY"):
        return "BYWEEKNO without BYDAY"
    both = has("BYYEARDAY") and has("BYWEEKNO")
    if both or (has("BYWEEKNO") or has("BYYEARDAY")) and (has("BYMONTH") or has("BYMONTHDAY") or has("BYDAY")):
        return "BYWEEKNO or BYYEARDAY with others"
    if has("BYSETPOS"):
        return "BYSETPOS"
    if frequency == "YEARLY" and has("BYMONTHDAY") and not has("BYMONTH"):
        return "BYMONTHDAY in YEARLY without BYMONTH"
    if frequency in ("DAILY", "HOURLY", "MINUTELY", "SECONDLY") and "-" in parts.get("BYMONTHDAY", ""):
        return "BYMONTHDAY from the end in DAILY and shorter"
    if frequency in ("HOURLY", "MINUTELY", "SECONDLY") and (has("BYHOUR") or has("BYMINUTE") or has("BYSECOND")):
        return "BYHOUR, BYMINUTE or BYSECOND in HOURLY and shorter"
    if frequency == "WEEKLY" and has("INTERVAL"):
        return "INTERVAL with WKST in WEEKLY"
    if len(parts.get("UNTIL", "")) == 8:
        return "UNTIL as a date"
    return None


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def text_of(times):
    return " ".join(f"{one:%Y%m%dT%H%M%S}" for one in times)


def random_rules(count, seed):
    random_ = random.Random(int(seed))
    while True:
        start = datetime.datetime(2000 + random_.randint(0, 25), 1, 1) + datetime.timedelta(minutes=random_.randint(0, 525599))
        yield rule(random_), start


def corpus_rules(folder):
    for path in sorted(os.path.join(top, name) for top, _, names in os.walk(folder) for name in names if name.endswith(".ics")):
        text = open(path, encoding="utf-8", errors="replace", newline="").read()
        text = re.sub(r"\r?\n[ \t]", "", text)
        for event in re.findall(r"BEGIN:V(?!TIMEZONE|CALENDAR)\w+\r?\n(.*?)END:V", text, re.S):
            start = re.search(r"^DTSTART[^:\r\n]*:(\d{8})(?:T(\d{6}))?", event, re.M)
            if not start:
                continue
            try:
                begins = datetime.datetime.strptime(start[1] + (start[2] or "000000"), "%Y%m%d%H%M%S")
            except ValueError:
                continue
            for found in re.findall(r"^RRULE[^:\r\n]*:([^\r\n]+)", event, re.M):
                # UNTIL is in UTC and the start may not be: both stand for the same clock here.
                yield re.sub(r"(UNTIL=\d{8}T\d{6})Z", r"\1", found.strip()), begins


def main(how, *arguments):
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError()))
    count = int(arguments[0]) if how == "random" else sys.maxsize
    settled = {line.split("\t")[0] for line in open(SETTLED, encoding="utf-8")} if os.path.exists(SETTLED) else set()
    differ, seen, unsettled = collections.defaultdict(list), set(), 0
    for text, start in random_rules(*arguments) if how == "random" else corpus_rules(*arguments):
        if count == 0:
            break
        if (text, start) in seen or start.year < 1970:
            continue
        seen.add((text, start))
        one, other = by_dateutil(text, start), by_libical(text, start)
        if one is not None and one == other:
            known, instances = f"{start:%Y%m%dT%H%M%S}\t{text}", text_of(one)
            print(f"{digest(known)}\t{digest(instances)}" if how == "digests" else f"{known}\t{instances}")
            count -= 1
        elif one is not None and other is not None:
            differ[class_of(text)].append((start, text, one, other))
        else:
            differ["one refuses"].append((start, text, one, other))
    for name, rules in sorted(differ.items(), key=lambda one: str(one[0])):
        print(f"{name}: {len(rules)}", file=sys.stderr)
        for start, text, one, other in rules[:int(os.environ.get("EXAMPLES", "1"))]:
            print(f"  {start:%Y%m%dT%H%M%S} {text}\n    dateutil {text_of(one) if one is not None else 'refuses'}"
                  f"\n    libical  {text_of(other) if other is not None else 'refuses'}", file=sys.stderr)
        unsettled += name not in settled
    sys.exit(unsettled > 0)


if __name__ == "__main__":
    main(*sys.argv[1:]) if len(sys.argv) > 2 else sys.exit(__doc__)
