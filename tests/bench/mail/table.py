#!/usr/bin/env python3
"""Prints the table of a run: the median of each figure, and CompatBot's ratio to the best peer (above 1: CompatBot is ahead).

usage: table.py RESULTS.tsv      lines of: metric, server, value, unit, "more" or "less" (which is better)
"""
import collections
import os
import statistics
import sys

def main():
    values, rules = collections.defaultdict(list), {}
    for line in open(sys.argv[1], encoding="utf-8"):
        metric, server, value, unit, better = line.rstrip("\n").split("\t")
        values[metric, server].append(float(value))
        rules.setdefault(metric, (unit, better))
    if not rules:
        sys.exit("table.py: nothing was measured")
    columns = ["compatbot"] + list(dict.fromkeys(server for _, server in values if server != "compatbot"))
    rows = [["", *columns, "ratio", "to"]]
    for metric, (unit, better) in rules.items():
        medians = {server: statistics.median(values[metric, server]) for server in columns if (metric, server) in values}
        peers = {server: value for server, value in medians.items() if server != "compatbot"}
        ratio, best = "", ""
        if peers and "compatbot" in medians:
            best = (max if better == "more" else min)(peers, key=peers.get)
            own, other = medians["compatbot"], peers[best]
            quotient = own / other if better == "more" else other / own if own else float("inf")
            ratio = f"{quotient:.2f}x"
        cells = [f"{medians[server]:,.3f}".rstrip("0").rstrip(".") if server in medians else "-" for server in columns]
        rows.append([f"{metric} [{unit}]" if unit else metric, *cells, ratio, best])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print(f"median of {max(len(v) for v in values.values())}; {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    for row in rows:
        print("  ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                        for column, (cell, width) in enumerate(zip(row, widths))).rstrip())


if __name__ == "__main__":
    main()
