#!/usr/bin/env python3
"""Reads a store of the whole Online Retail data with `foldline` alone, which does not know the shop: what `sql` and
`search` answer must be what a plain look over the CSV says; an exported and imported copy must differ in nothing.

    described_file.py FOLDLINE ORDERS DATA

DATA is the folder above online-retail, unless FOLDLINE_DATA names it.
"""
import collections
import decimal
import json
import os
import subprocess
import sys
import tempfile

import sales_sum


def answer(*command):
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {ran.returncode}: {ran.stderr}")
    return ran.stdout


def require_equal(what, found, expected):
    if found != expected:
        differences = [f"{key}: {found.get(key)}, not {expected.get(key)}" for key in found.keys() | expected.keys()
                       if found.get(key) != expected.get(key)] if isinstance(found, dict) else [f"{found}, not {expected}"]
        sys.exit(f"{what}: " + "; ".join(differences[:10]))
    print(f"{what}: agrees")


class plain_look:
    """What the CSV files say of orders and lines, without a thought of events."""

    def __init__(self, files):
        self.country_of = {}  # of an order: that of its first row
        self.lines_of = collections.Counter()
        self.units_of_product = collections.Counter()
        self.dear_lines = 0
        self.revenue = collections.defaultdict(decimal.Decimal)
        for file in files:
            self.look_at(file)

    def look_at(self, file):
        with open(file, encoding="utf-8", newline="\n") as text:
            header = next(sales_sum.csv.reader([text.readline()]))
            for line in text:
                try:
                    invoice, country, _, quantity, price = sales_sum.read_row(line.rstrip("\n"), header)
                except (ValueError, sales_sum.csv.Error):
                    continue
                product = dict(zip(header, next(sales_sum.csv.reader([line.rstrip("\n")]))))["StockCode"]
                if invoice.startswith("C"):
                    continue
                self.country_of.setdefault(invoice, country)
                self.lines_of[invoice] += 1
                self.units_of_product[product.strip()] += quantity
                self.dear_lines += price > 100
                self.revenue[self.country_of[invoice]] += quantity * price

    def orders_by_country(self):
        return dict(collections.Counter(self.country_of.values()))


def ask_sql(foldline, store, expected):
    def rows(query):
        return json.loads(answer(foldline, "sql", store, query, "--format", "json"))

    require_equal("sql: orders by country",
                  {row["country"]: row["n"] for row in rows(
                      "select country, count(*) as n from order_placed group by country")},
                  expected.orders_by_country())
    require_equal("sql: revenue by country",
                  {row["country"]: decimal.Decimal(row["e4"]) / 10000 for row in rows(
                      "select country, sum(total_e4) as e4 from order_placed group by country")},
                  dict(expected.revenue))
    require_equal("sql: units by product",
                  {row["code"]: row["units"] for row in rows(
                      'select "line.stock_code" as code, sum("line.quantity") as units from order_line_added '
                      'group by "line.stock_code"')},
                  dict(expected.units_of_product))
    busiest = expected.lines_of.most_common(1)[0][1]
    require_equal("sql: the most lines of an order", rows("select max(lines) as n from order_placed")[0]["n"], busiest)


def ask_search(foldline, store, expected):
    def count(*conditions):
        return int(answer(foldline, "search", store, *conditions, "--count"))

    orders = expected.orders_by_country()
    for country in ("France", "EIRE", "United Kingdom"):
        require_equal(f"search: orders of {country}",
                      count("--type", "order-placed", "--where", f"country = {country}"), orders[country])
    require_equal("search: lines above 100 pounds",
                  count("--type", "order-line-added", "--where", "line.unit_price_e4 > 1000000"), expected.dear_lines)


def copy_by_text(foldline, store, folder):
    exported = os.path.join(folder, "events.ndjson")
    copied = os.path.join(folder, "copy.db")
    answer(foldline, "export", store, exported, "--unmasked")
    answer(foldline, "import", exported, copied)
    answer(foldline, "verify", copied)
    require_equal("diff of the store and its copy", subprocess.run([foldline, "diff", store, copied],
                                                                   capture_output=True).returncode, 0)
    print(f"{os.path.getsize(exported):,} bytes of text")


def main(foldline, orders, data):
    files = sales_sum.real_data(data)
    expected = plain_look(files)
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "orders.db")
        copies = [sales_sum.shutil.copy(file, folder) for file in files]
        answer(orders, "import", "--store", store, *copies)
        ask_sql(foldline, store, expected)
        ask_search(foldline, store, expected)
        copy_by_text(foldline, store, folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
