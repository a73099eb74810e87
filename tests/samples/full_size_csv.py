#!/usr/bin/env python3
"""Writes a file of the full size of the Online Retail data, to measure with: its first month again and again, each time
under other invoice numbers.

    full_size_csv.py FOLDER_OF_CSVS OUT.csv [ROWS]
"""
import csv
import glob
import itertools
import os
import sys

FULL_SIZE = 541_909
APART = 5000  # the invoice numbers of the month lie within fewer


def renumbered(invoice, month):
    prefix = invoice.rstrip("0123456789")
    return f"{prefix}{int(invoice[len(prefix):]) + month * APART}"


def main(folder, out, rows=FULL_SIZE):
    header, month = None, []
    for file in sorted(glob.glob(os.path.join(folder, "*.csv"))):
        with open(file, encoding="utf-8", newline="") as text:
            header, *lines = csv.reader(text)
            month += lines
    invoice = header.index("InvoiceNo")
    with open(out, "w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        repeated = ((number, line) for number in itertools.count() for line in month)
        for number, line in itertools.islice(repeated, int(rows)):
            writer.writerow([*line[:invoice], renumbered(line[invoice], number), *line[invoice + 1:]])


if __name__ == "__main__":
    main(*sys.argv[1:])
