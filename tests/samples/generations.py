#!/usr/bin/env python3
"""Opens files that earlier versions of `orders` have written, when `order-placed` was at version 1 and at version 2: today's
program goes on with them, and reports the same of both.

    generations.py ORDERS GOLDEN
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

FILES = ("orders-format-1-placed-1.db", "orders-format-1-placed-1-merged.db", "orders-format-1.db")


def answer(*command):
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {ran.returncode}: {ran.stderr}")
    return ran.stdout


def told_by(orders, file, folder):
    store = shutil.copy(file, folder)
    answer(orders, "pay", "900103", "--store", store)
    order = json.loads(answer(orders, "show", "900103", "--json", "--store", store))
    facts = {name: order[name] for name in ("status", "customer", "country", "currency", "units", "total")}
    return facts, json.loads(answer(orders, "report", "sales", "--json", "--store", store))


def main(orders, golden):
    with tempfile.TemporaryDirectory() as folder:
        first, *others = [told_by(orders, os.path.join(golden, name), folder) for name in FILES]
    if first[0]["status"] != "paid" or first[0]["currency"] != "GBP" or not first[1]:
        sys.exit(f"{FILES[0]}: {first}")
    for name, told in zip(FILES[1:], others):
        if told != first:
            sys.exit(f"{name} tells {told}, not {first} as {FILES[0]} does")
    print(f"{len(FILES)} files agree: {len(first[1])} rows of sales, and order 900103 at {first[0]['total']}")


if __name__ == "__main__":
    main(*sys.argv[1:])
