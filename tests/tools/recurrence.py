#!/usr/bin/env python3
"""Random recurrence rules with the instances that python-dateutil gives: tests/tools/recurrence.py COUNT SEED > FILE

Each line: DTSTART TAB RRULE TAB first instances, separated by blanks. Rules that dateutil is known to read otherwise than the RFC are
left out: BYWEEKNO without BYDAY (the RFC: DTSTART's weekday), weeks 52 and 53 (which year they belong to under INTERVAL), BYSETPOS in
WEEKLY (the RFC: of the whole week, also the first), numbered BYDAY with BYWEEKNO, and BYSETPOS that takes one day twice.
"""
import datetime
import random
import signal
import sys
import warnings

from dateutil.rrule import rrulestr

warnings.simplefilter("ignore")
FREQUENCIES = ["YEARLY"] * 4 + ["MONTHLY"] * 4 + ["WEEKLY"] * 3 + ["DAILY"] * 3 + ["HOURLY", "MINUTELY", "SECONDLY"]
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
INSTANCES = 8


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
        parts.append("BYWEEKNO=" + numbers(random_, 1, 51, 3, True))
    if frequency == "YEARLY" and not week and random_.random() < 0.2:
        parts.append("BYYEARDAY=" + numbers(random_, 1, 366, 4, True))
    if frequency != "WEEKLY" and not week and random_.random() < 0.3:
        parts.append("BYMONTHDAY=" + numbers(random_, 1, 31, 4, True))
    if week or random_.random() < 0.4:
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
    if len(parts) > 1 and frequency != "WEEKLY" and random_.random() < 0.2:
        parts.append("BYSETPOS=" + random_.choice(["1", "-1", "2", "1,2"]))
    if random_.random() < 0.2:
        parts.append("WKST=" + random_.choice(DAYS))
    if random_.random() < 0.3:
        parts.append(f"COUNT={random_.randint(1, 12)}")
    return ";".join(parts)


def main():
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    random_ = random.Random(seed)
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError()))
    written = 0
    while written < count:
        start = datetime.datetime(2000 + random_.randint(0, 30), 1, 1) + datetime.timedelta(minutes=random_.randint(0, 525599))
        text = rule(random_)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.5)
            instances = []
            for one in rrulestr(text, dtstart=start):
                if one.year > 2060 or len(instances) == INSTANCES:
                    break
                instances.append(one)
        except (TimeoutError, ValueError):
            continue
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        print(f"{start:%Y%m%dT%H%M%S}\t{text}\t" + " ".join(f"{one:%Y%m%dT%H%M%S}" for one in instances))
        written += 1


main()
