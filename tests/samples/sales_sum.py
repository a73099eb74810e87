#!/usr/bin/env python3
"""Compares `orders report sales --json` with a plain sum over the imported CSV files, to the penny.

    sales_sum.py ORDERS FILE.csv...           these files
    sales_sum.py ORDERS --real-data FOLDER    those of FOLDER/online-retail; FOLDLINE_DATA names another folder

It shares nothing with the program but the definition: revenue is the sum of quantity times price over all lines, per
country and per day of the invoice. Rows that it cannot read are left out, and must be as many as the program rejects.
It reads line by line, so no field may hold an end of line.
"""
import collections
import csv
import datetime
import decimal
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77


class Day:
    def __init__(self):
        self.orders, self.returns, self.lines, self.units = set(), set(), 0, 0
        self.revenue = decimal.Decimal(0)

    def add(self, invoice, quantity, price):
        (self.returns if invoice.startswith("C") else self.orders).add(invoice)
        self.lines += 1
        self.units += quantity
        self.revenue += quantity * price

    def figures(self):
        return len(self.orders), len(self.returns), self.lines, self.units, self.revenue


def read_row(line, header):
    fields = next(csv.reader([line], strict=True))
    if len(fields) != len(header):
        raise ValueError("number of fields")
    row = dict(zip(header, fields))
    if not row["InvoiceNo"] or not row["StockCode"] or not re.fullmatch(r"-?\d+(\.\d{1,4})?", row["UnitPrice"]):
        raise ValueError("missing or malformed field")
    day = datetime.datetime.strptime(row["InvoiceDate"], "%Y-%m-%d %H:%M:%S").date()
    return row["InvoiceNo"], row["Country"], day, int(row["Quantity"]), decimal.Decimal(row["UnitPrice"])


def plain_sum(files):
    days = collections.defaultdict(Day)
    first_day = {}
    unreadable = 0
    for file in files:
        with open(file, encoding="utf-8", newline="\n") as text:
            header = next(csv.reader([text.readline()]))
            for line in text:
                try:
                    invoice, country, day, quantity, price = read_row(line.rstrip("\n"), header)
                except (ValueError, csv.Error):
                    unreadable += 1
                    continue
                days[country, str(first_day.setdefault(invoice, day))].add(invoice, quantity, price)
    return {key: day.figures() for key, day in days.items()}, unreadable


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def reported(orders, store):
    rows = json.loads(run(orders, "report", "sales", "--json", "--store", store))
    return {(row["country"], row["day"]): (row["orders"], row["returns"], row["lines"], row["units"],
                                           decimal.Decimal(row["revenue"])) for row in rows}


def program_sum(orders, files):
    with tempfile.TemporaryDirectory() as folder:
        # Copied, because rejected rows are written beside the input.
        copies = [shutil.copy(file, folder) for file in files]
        store = os.path.join(folder, "orders.db")
        print(run(orders, "import", "--store", store, *copies), end="")
        rejected = sum(len(list(csv.DictReader(open(file, encoding="utf-8", newline=""))))
                       for file in glob.glob(os.path.join(folder, "*.rejected.csv")))
        return reported(orders, store), rejected


def real_data(folder):
    folder = os.path.join(os.environ.get("FOLDLINE_DATA", folder), "online-retail")
    files = sorted(glob.glob(os.path.join(folder, "*.csv")))
    if not files:
        print(f"There are no CSV files in {folder}; FOLDLINE_DATA names the folder above it.")
        sys.exit(SKIPPED)
    return files


def main(orders, *files):
    if files[0] == "--real-data":
        files = real_data(files[1])
    expected, unreadable = plain_sum(files)
    actual, rejected = program_sum(orders, files)
    differences = [f"{key}: the files say {expected.get(key)}, the report says {actual.get(key)}"
                   for key in sorted(expected.keys() | actual.keys()) if expected.get(key) != actual.get(key)]
    if unreadable != rejected:
        differences.append(f"{unreadable} rows cannot be read, {rejected} are rejected")
    if differences:
        sys.exit("\n".join(differences))
    total = sum(figures[-1] for figures in expected.values())
    print(f"{len(expected)} country days agree, {total} in all; {rejected} rows rejected.")


if __name__ == "__main__":
    main(*sys.argv[1:])
