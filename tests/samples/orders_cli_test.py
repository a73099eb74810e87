#!/usr/bin/env python3
"""Runs the built program `orders` as its users do: its help, every exit code, good and bad input.

    orders_cli_test.py ORDERS SAMPLE.csv [unittest arguments]
"""
import csv
import decimal
import fcntl
import json
import os
import shutil
import signal
import struct
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

F_OFD_SETLK = 37  # Linux: the fcntl module of Python 3.11 has no name for it
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
VERBS = ["import", "place", "pay", "ship", "cancel", "show", "history", "report", "top", "follow", "projections status",
         "projections rebuild", "projections pause", "projections resume", "projections reset", "dead-letters list",
         "dead-letters show", "dead-letters explain", "dead-letters retry", "dead-letters drop"]
REPORTS = ["sales", "products", "customers", "orders"]
PATIENCE = 60


class Orders(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return self.path(name)

    def run_in_folder(self, arguments, expect, fail_on):
        done = subprocess.run([PROGRAM, *arguments], cwd=self.folder, capture_output=True, stdin=subprocess.DEVNULL,
                              env={**os.environ, "ORDERS_FAIL_ON": fail_on})
        self.out, self.err = done.stdout.decode(), done.stderr.decode()
        self.assertEqual(done.returncode, expect, f"{arguments[:6]}\n{self.out[-2000:]}\n{self.err[-2000:]}")
        return self.out

    def orders(self, *arguments, expect=0, fail_on=""):
        """Runs the program in the test's folder, where the store has its usual name, and demands the exit code."""
        self.run_in_folder(arguments, expect, fail_on)
        if expect not in (0, 2):
            self.assertEqual(self.err.count("\n"), 1, self.err)
        if expect:
            self.assertTrue(self.err.startswith("orders: "), self.err)
        return self.out

    def finds(self, *arguments, fail_on=""):
        """The same for a verb that has looked, and says by its exit code that something is not as it should be."""
        return self.run_in_folder(arguments, 1, fail_on)

    def place(self, number="900001", *more):
        self.orders("place", number, "--country", "France", "--line", "22423:2:12.75:Cake stand", *more)

    def show(self, number, *more):
        return json.loads(self.orders("show", number, "--json", *more))

    def rejected(self, name):
        with open(self.path(name + ".rejected.csv"), encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def import_rows(self, *rows, name="rows.csv", header=HEADER):
        self.write(name, header + "".join(row + "\n" for row in rows))
        return self.orders("import", name)

    def import_sample(self):
        shutil.copy(SAMPLE, self.path("sample.csv"))
        return self.orders("import", "sample.csv")


class Usage(Orders):
    def test_help_teaches_with_examples(self):
        self.assertIn("orders import", self.orders("--help"))
        for verb in VERBS:
            self.assertIn("orders " + verb, self.orders(*verb.split(), "--help"))
            self.assertIn("xample", self.out)
            self.assertEqual(self.err, "")

    def test_wrong_usage_is_2_and_shows_the_usage(self):
        for arguments in (
            [], ["steal"], ["--colour"], ["pay"], ["pay", "1", "--colour"], ["pay", "1", "--amount"],
            ["pay", "1", "--amount", "much"], ["pay", "1", "--amount", "1.23456"], ["pay", "1", "--at", "yesterday"],
            ["pay", "1", "--expect-version", "0"], ["pay", "C1"], ["place", "C1", "--country", "X", "--line", "a:1:1"],
            ["place", "1", "--country", "X"], ["place", "1", "--line", "a:1:1"],
            ["place", "1", "--country", "X", "--line", "a:1"], ["place", "1", "--country", "X", "--line", "a:x:1"],
            ["show"], ["show", "1", "--at-version", "0"], ["show", "1", "--at-version", "1.5"],
            ["show", "1", "--at-version", "1", "--at-position", "1"], ["show", "1", "2"],
            ["report"], ["report", "weather"], ["report", "sales", "--only", "France"],
            ["report", "orders", "--only", "lost"], ["rebuild"], ["import"], ["top", "--most", "0"],
            ["top", "--follow", "--json"], ["projections"], ["projections", "pause"], ["projections", "reset", "sales"],
            ["dead-letters"], ["dead-letters", "retry", "sales"], ["dead-letters", "drop", "sales", "1"],
        ):
            self.orders(*arguments, expect=2)
            self.assertIn("Usage: orders", self.err)
            self.assertEqual(self.out, "")

    def test_a_huge_argument_is_not_repeated(self):
        self.orders("report", "x" * 100_000, expect=2)
        self.assertLess(len(self.err), 5_000)

    def test_wrong_usage_makes_no_store(self):
        self.orders("place", "1", "--country", "X", "--line", "nonsense", expect=2)
        self.assertEqual(os.listdir(self.folder), [])


class ExitCodes(Orders):
    def test_1_the_domain_refuses_with_its_reason(self):
        self.place()
        for arguments, reason in (
            (["ship", "900001"], "not paid"),
            (["pay", "900001", "--amount", "1.00"], "not what the order costs"),
            (["place", "900001", "--country", "X", "--line", "a:1:1"], "exists already"),
            (["place", "900002", "--country", "X", "--line", "a:-1:1"], "at least 1"),
            (["place", "900002", "--country", "X", "--line", "a:1:-1"], "negative"),
            (["place", "900002", "--country", "X", "--line", "a:2000000000:99999999"], "thousand million"),
        ):
            self.orders(*arguments, expect=1)
            self.assertIn(reason, self.err)

    def test_3_a_missing_store_order_or_file(self):
        for arguments in (["show", "1"], ["history", "1"], ["pay", "1"], ["report", "sales"], ["top"],
                          ["follow", "--until-current"], ["projections", "status"], ["import", "missing.csv"]):
            self.orders(*arguments, expect=3)
        self.assertEqual(os.listdir(self.folder), [])
        self.place()
        for arguments in (["show", "1"], ["show", "C1"], ["history", "1"], ["pay", "1"], ["ship", "1"], ["cancel", "1"],
                          ["show", "900001", "--as-of-recorded", "2001-01-01"]):
            self.orders(*arguments, expect=3)

    def test_4_the_order_has_changed_since(self):
        self.place()
        self.orders("pay", "900001", "--expect-version", "2", expect=4)
        self.assertIn("version 3", self.err)
        self.orders("pay", "900001", "--expect-version", "3")

    def test_5_what_is_no_store_or_too_new(self):
        self.write("text.db", "no store at all" * 1000)
        sqlite3.connect(self.path("other.db")).execute("create table t (a)").connection.commit()
        self.place()
        shutil.copy(self.path("orders.db"), self.path("newer.db"))
        newer = sqlite3.connect(self.path("newer.db"))
        newer.execute("pragma user_version = 99")
        newer.close()
        for store in ("text.db", "other.db", "newer.db"):
            for arguments in (["show", "900001"], ["pay", "900001"], ["report", "sales"]):
                self.orders(*arguments, "--store", store, expect=5)
                self.assertIn(store, self.err)

    def test_5_a_folder(self):
        os.mkdir(self.path("folder"))
        self.orders("show", "1", "--store", "folder", expect=5)

    def test_6_a_damaged_event_is_named_with_its_place(self):
        self.place()
        with open(self.path("orders.db"), "r+b") as file:
            content = file.read()
            file.seek(content.index(b"Cake stand"))
            file.write(b"Fake")
        for arguments in (["show", "900001"], ["history", "900001"], ["pay", "900001"], ["report", "products"]):
            self.orders(*arguments, expect=6)
            self.assertIn("order-900001", self.err)

    def test_7_another_process_writes_alone(self):
        self.place()
        with open(self.path("orders.db-lock"), "r+") as lock:
            alone = struct.pack("hhxxxxqqixxxx", fcntl.F_WRLCK, os.SEEK_SET, 0, 1, 0)
            fcntl.fcntl(lock, F_OFD_SETLK, alone)
            self.orders("pay", "900001", expect=7)
            self.assertIn("orders.db", self.err)
            self.orders("show", "900001")
            self.orders("report", "sales")

    def test_130_an_import_stops_between_invoices_and_goes_on(self):
        row = "{},22423,CAKE STAND,1,2010-12-01 08:26:00,12.75,,France\n"
        self.write("many.csv", HEADER + "".join(row.format(number) for number in range(8_000)))
        running = subprocess.Popen([PROGRAM, "import", "many.csv"], cwd=self.folder, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        while running.poll() is None and not self.has_events():
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 130, out + err)
        self.assertIn("to go", err)
        self.orders("import", "many.csv")
        before = int(self.out.split("stored before")[1].split()[0].replace(",", ""))
        self.assertGreater(before, 0)
        self.assertIn("8,000", self.orders("report", "sales"))

    def has_events(self):
        try:
            return os.path.getsize(self.path("orders.db-wal")) > 500_000  # more than the tables alone
        except FileNotFoundError:
            return False


class Commands(Orders):
    def test_an_order_is_placed_paid_and_shipped(self):
        self.place("900001", "--line", "85123A:6:2.55:T-light: white", "--customer", "17850", "--at", "2010-12-01")
        self.orders("pay", "900001", "--amount", "40.80", "--at", "2010-12-02")
        self.orders("ship", "900001", "--at", "2010-12-03")
        shown = self.show("900001")
        self.assertEqual((shown["status"], shown["total"], shown["version"]), ("shipped", "40.80", 6))
        self.assertEqual(shown["lines"][1]["description"], "T-light: white")
        self.assertIn("shipped already", self.orders("ship", "900001"))
        self.assertEqual(self.show("900001")["version"], 6)
        self.assertEqual(self.show("900001", "--at-version", "1")["status"], "opened")
        self.assertEqual(self.show("900001", "--at-position", "4")["status"], "placed")
        self.assertEqual(self.show("900001", "--as-of-occurred", "2010-12-02T12:00")["status"], "paid")
        self.assertEqual(self.show("900001", "--as-of-recorded", "2999-01-01")["status"], "shipped")
        self.orders("show", "900001", "--as-of-recorded", "2010-12-31", expect=3)

    def test_a_cancelled_order_leaves_the_reports(self):
        self.place("900001", "--customer", "17850")
        self.place("900002", "--customer", "17850")
        self.orders("report", "sales")
        self.orders("cancel", "900001", "--reason", "ordered twice")
        sales, = json.loads(self.orders("report", "sales", "--json"))
        self.assertEqual((sales["orders"], sales["lines"], sales["units"], sales["revenue"]), (1, 1, 2, "25.50"))
        product, = json.loads(self.orders("report", "products", "--json"))
        self.assertEqual((product["lines"], product["units"], product["revenue"]), (1, 2, "25.50"))
        customer, = json.loads(self.orders("report", "customers", "--json"))
        self.assertEqual((customer["orders"], customer["revenue"]), (1, "25.50"))

    def test_an_order_without_a_number_is_given_one(self):
        said = self.orders("place", "--country", "France", "--line", "22423:1:1")
        self.assertEqual(self.show(said.split()[1])["status"], "placed")

    def test_strange_order_numbers_are_kept_exactly_or_refused(self):
        for number in ("'; drop table events; --", "%", "_", "../x", "a/b", "*", "a" * 255, "£", "x-y-z"):
            self.place(number)
            self.assertEqual(self.show(number)["number"], number)
        for number in ("", "a" * 256, "new\nline", "\x1b[2J"):
            self.orders("place", number, "--country", "X", "--line", "a:1:1", expect=2)

    def test_control_characters_never_reach_the_terminal(self):
        evil = "\x1b[31mred\x07\u0085\u202egnp"
        self.place("900001", "--line", "EVIL\x1b[0m:1:1:" + evil, "--customer", evil)
        for arguments in (["show", "900001"], ["history", "900001"], ["show", "900001", "--json"],
                          ["history", "900001", "--json"], ["report", "products"], ["report", "customers"],
                          ["report", "products", "--json"]):
            out = self.orders(*arguments)
            for control in ("\x1b", "\x07", "\u0085", "\u202e"):
                self.assertNotIn(control, out)
        self.assertIn("\\x1b[31mred", self.orders("show", "900001"))
        self.orders("show", "\x1b[2J", expect=2)
        self.assertNotIn("\x1b", self.err)

    def test_text_that_is_not_utf8_is_refused_and_nothing_is_stored(self):
        self.orders("place", "900001", "--country", b"\xff", "--line", "a:1:1", expect=1)
        self.orders("show", "900001", expect=3)


class Import(Orders):
    def test_the_sample_is_imported_and_its_faulty_rows_are_told(self):
        self.assertIn("6 rows", self.import_sample())
        rejected = self.rejected("sample.csv")
        self.assertEqual(len(rejected), 6)
        with open(SAMPLE, encoding="utf-8") as file:
            lines = file.read().splitlines()
        for row in rejected:
            self.assertEqual(row["file"], "sample.csv")
            self.assertEqual(row["row"], lines[int(row["line"]) - 1])
        reasons = " ".join(row["reason"] for row in rejected)
        for reason in ("Quantity", "InvoiceDate", "UnitPrice", "fields", "InvoiceNo", "quote"):
            self.assertIn(reason, reasons)

    def test_importing_again_stores_nothing_and_says_so(self):
        self.import_sample()
        before = self.orders("history", "900101")
        self.assertIn("Nothing new", self.import_sample())
        self.assertEqual(self.orders("history", "900101"), before)

    def test_a_paid_order_is_still_known_when_it_is_imported_again(self):
        self.import_sample()
        self.orders("pay", "900101")
        self.assertIn("Nothing new", self.import_sample())

    def test_without_rejected_rows_there_is_no_file(self):
        self.import_rows("1,A,B,1,2010-12-01 08:26:00,1.5,,France")
        self.assertFalse(os.path.exists(self.path("rows.csv.rejected.csv")))

    def test_what_is_valid_although_it_looks_odd(self):
        self.import_rows("1,A,,-5,2010-12-01 08:26:00,0,,France", "A2,B,Adjust bad debt,1,12/1/2010 8:26,-11062.06,,France",
                         "3,S,same,1,2010-12-01 08:26:00,0.001,17850.0,France",
                         "3,S,same,1,2010-12-01 08:26:00,0.001,17850,France")
        self.assertEqual(self.show("1")["units"], -5)
        self.assertEqual(self.show("A2")["total"], "-11062.06")
        self.assertEqual((len(self.show("3")["lines"]), self.show("3")["total"]), (2, "0.002"))
        self.assertEqual(self.show("A2")["opened_at"], "2010-12-01T08:26:00Z")

    def test_a_return_is_a_credit_note(self):
        self.import_rows("C1,A,B,-2,2010-12-01 08:26:00,1.5,17850,France")
        shown = self.show("C1")
        self.assertEqual((shown["kind"], shown["status"], shown["total"]), ("credit note", "issued", "-3.00"))
        self.orders("history", "C1")

    def test_quoting_columns_and_encodings(self):
        header = "Country,InvoiceNo,More,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID\r\n"
        text = header + 'France,1,x,A,"two\r\nlines, ""quoted""",1,2010-12-01 08:26:00,1.5,\r\n' + \
            "France,1,x,B,5\" plate £5,1,2010-12-01 08:26:00,1.5,\r\n"
        self.write("bom.csv", b"\xef\xbb\xbf" + text.encode())
        self.orders("import", "bom.csv")
        self.assertEqual([line["description"] for line in self.show("1")["lines"]],
                         ['two\nlines, "quoted"', '5" plate £5'])
        self.write("latin1.csv", text.replace(",1,x", ",2,x").encode("latin-1"))
        self.orders("import", "latin1.csv")
        self.assertEqual(self.show("2")["lines"][1]["description"], '5" plate £5')

    def test_rows_of_an_invoice_may_be_scattered_over_files(self):
        row = "{},A,B,{},2010-12-0{} 08:26:00,1,,France"
        self.write("a.csv", HEADER + "\n".join([row.format(1, 1, 1), row.format(2, 1, 1), row.format(1, 2, 1)]) + "\n")
        self.write("b.csv", HEADER + "\n".join([row.format(1, 4, 2), row.format(3, 1, 2)]) + "\n")
        self.orders("import", "a.csv", "b.csv")
        self.assertEqual([line["quantity"] for line in self.show("1")["lines"]], [1, 2, 4])
        self.assertEqual([self.show(str(n))["position"] for n in (1, 2, 3)], [5, 8, 11])

    def test_an_invoice_that_differs_from_the_stored_one_is_rejected(self):
        one = "1,A,B,1,2010-12-01 08:26:00,1,,France"
        self.import_rows(one)
        self.assertIn("1 invoice that cannot be stored", self.import_rows(one, one).replace("invoices", "invoice"))
        self.assertIn("1 is stored already with 1 lines, the files have 2", self.rejected("rows.csv")[0]["reason"])
        self.import_rows(one.replace(",1,,France", ",2,,France"))
        self.assertIn("other content", self.rejected("rows.csv")[0]["reason"])
        self.assertEqual(self.show("1")["total"], "1.00")

    def test_a_number_that_was_placed_by_hand_is_not_imported_over(self):
        self.place("1")
        self.import_rows("1,A,B,1,2010-12-01 08:26:00,1,,France")
        self.assertIn("exists already", self.rejected("rows.csv")[0]["reason"])

    def test_rows_of_one_invoice_agree_on_customer_and_country(self):
        self.import_rows("1,A,B,1,2010-12-01 08:26:00,1,17850,France", "1,A,B,1,2010-12-01 08:26:00,1,17850,Spain")
        self.assertEqual(len(self.rejected("rows.csv")), 1)
        self.assertEqual(len(self.show("1")["lines"]), 1)

    def test_an_invoice_of_too_many_lines_is_rejected_with_the_reason(self):
        self.import_rows(*["1,A,B,1,2010-12-01 08:26:00,1,,France"] * 9_999, "2,A,B,1,2010-12-01 08:26:00,1,,France")
        rejected = self.rejected("rows.csv")
        self.assertEqual(len(rejected), 9_999)
        self.assertIn("9,999".replace(",", ""), rejected[0]["reason"])
        self.show("2")
        self.orders("show", "1", expect=3)

    def test_broken_rows_cost_only_themselves(self):
        good = "{},A,B,1,2010-12-01 08:26:00,1,,France"
        self.import_rows(good.format(1), '2,A,"never closed,1,2010-12-01 08:26:00,1,,France', good.format(3),
                         '4,A,"closed"early,1,2010-12-01 08:26:00,1,,France', good.format(5), "x" * 100_000,
                         "\x006,A,B,1,2010-12-01 08:26:00,1,,France", good.format(7),
                         good.format(8).replace(",1,2010", ",1.5,2010"), good.format(9).replace(",1,,", ",1e3,,"),
                         good.format(10).replace("2010-12-01", "2010-02-30"), good.format(11).replace(",,F", ",x,F"),
                         good.format("z" * 256), "", good.format(12).replace(",1,2010", ",99999999999,2010"))
        self.assertIn("4 invoices (4 orders", self.out)
        self.assertEqual(len(self.rejected("rows.csv")), 10)
        self.show("7")

    def test_files_that_are_no_such_files(self):
        self.write("empty.csv", "")
        self.write("other.csv", "a,b,c\n1,2,3\n")
        os.mkdir(self.path("folder.csv"))
        for name in ("empty.csv", "other.csv", "folder.csv", "/dev/null"):
            self.orders("import", name, expect=1)
            self.assertIn(name, self.err)
        self.assertFalse(os.path.exists(self.path("orders.db")))

    def test_a_file_is_not_imported_twice_at_once(self):
        self.write("rows.csv", HEADER + "1,A,B,1,2010-12-01 08:26:00,1,,France\n")
        self.orders("import", "rows.csv", "./rows.csv", expect=1)
        self.assertFalse(os.path.exists(self.path("orders.db")))

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_folder_that_takes_no_rejected_rows_stops_before_anything_is_stored(self):
        os.mkdir(self.path("readonly"))
        self.write("readonly/rows.csv", HEADER + "faulty\n1,A,B,1,2010-12-01 08:26:00,1,,France\n")
        os.chmod(self.path("readonly"), 0o500)
        self.orders("import", "readonly/rows.csv", expect=1)
        os.chmod(self.path("readonly"), 0o700)
        self.orders("show", "1", expect=3)


class Reports(Orders):
    def test_all_reports_have_the_same_sum_and_a_rebuild_changes_nothing(self):
        self.import_sample()
        before = {name: self.orders("report", name, "--json") for name in REPORTS}
        sums = {sum(decimal.Decimal(row["revenue"]) for row in json.loads(before[name]))
                for name in ("sales", "products", "customers")}
        self.assertEqual(len(sums), 1)
        self.assertIn(f"{sums.pop():.2f}".rstrip("0"), self.orders("report", "sales"))
        self.orders("projections", "rebuild", "sales")
        self.orders("projections", "rebuild")
        for name, rows in before.items():
            self.assertEqual(self.orders("report", name, "--json"), rows)
            self.orders("projections", "rebuild", name, "--verify")

    def test_a_report_follows_what_is_stored_later(self):
        self.place("1")
        self.orders("report", "sales")
        self.place("2")
        self.assertEqual(json.loads(self.orders("report", "sales", "--json"))[0]["orders"], 2)

    def test_a_report_of_an_empty_store_is_empty(self):
        self.place("1")
        self.orders("cancel", "1")
        self.orders("report", "sales")

    def test_documents_by_stream_tell_where_each_order_stands(self):
        for number in ("1", "2", "3", "4"):
            self.place(number, "--customer", "17850", "--at", "2010-12-01")
        self.orders("pay", "2")
        self.orders("pay", "3", "--at", "2010-12-02")
        self.orders("ship", "3", "--at", "2010-12-03")
        self.orders("cancel", "4")
        rows = json.loads(self.orders("report", "orders", "--json"))
        self.assertEqual([(row["order"], row["status"]) for row in rows],
                         [("1", "placed"), ("2", "paid"), ("3", "shipped"), ("4", "cancelled")])
        shipped, = json.loads(self.orders("report", "orders", "--only", "shipped", "--json"))
        self.assertEqual(shipped, {"order": "3", "status": "shipped", "customer": "17850", "country": "France",
                                   "lines": 1, "units": 2, "total": "25.50", "placed_at": "2010-12-01T00:00:00Z",
                                   "paid_at": "2010-12-02T00:00:00Z", "shipped_at": "2010-12-03T00:00:00Z",
                                   "cancelled_at": None})
        self.orders("ship", "2")
        self.assertEqual(len(json.loads(self.orders("report", "orders", "--only", "shipped", "--json"))), 2)
        self.assertEqual(json.loads(self.orders("report", "orders", "--only", "paid", "--json")), [])
        self.assertIn("4 rows", self.orders("report", "orders"))

    def test_documents_by_key_tell_of_customers_across_their_orders(self):
        row = "{},A,B,{},2010-12-0{} 08:26:00,1.5,{},{}"
        self.import_rows(row.format(1, 2, 1, 17850, "France"), row.format(2, 4, 3, 17850, "Spain"),
                         row.format(3, 1, 2, 12583, "Spain"), row.format("C4", -2, 4, 17850, "Spain"),
                         row.format(5, 1, 4, "", "Spain"), row.format(6, 1, 5, "", "France"))
        customers = json.loads(self.orders("report", "customers", "--json"))
        self.assertEqual([row["customer"] for row in customers], ["17850", "", "12583"])
        self.assertEqual(customers[0], {"customer": "17850", "country": "Spain", "orders": 2, "returns": 1,
                                        "revenue": "6.00", "first_order": "2010-12-01T08:26:00Z",
                                        "last_order": "2010-12-03T08:26:00Z"})
        self.assertEqual((customers[1]["country"], customers[1]["orders"]), ("", 2))
        found = json.loads(self.orders("report", "customers", "--only", "Spain", "--json"))
        self.assertEqual([row["customer"] for row in found], ["17850", "12583"])

    def test_rows_of_another_store_are_refused_by_name(self):
        self.place("1")
        self.orders("report", "sales")
        os.rename(self.path("orders.db.read-models"), self.path("kept"))
        os.remove(self.path("orders.db"))
        self.place("2")
        os.rename(self.path("kept"), self.path("orders.db.read-models"))
        self.orders("report", "sales", expect=5)
        self.orders("projections", "rebuild", "sales")
        self.assertEqual(json.loads(self.orders("report", "sales", "--json"))[0]["orders"], 1)

    def test_rows_as_they_are_say_how_far_they_are_behind(self):
        self.place("1")
        self.orders("report", "sales", "--no-wait", expect=3)
        self.orders("report", "sales")
        self.place("2")
        self.assertEqual(json.loads(self.orders("report", "sales", "--no-wait", "--json"))[0]["orders"], 1)
        self.assertIn("3 events behind", self.err)
        self.orders("report", "sales")
        self.orders("report", "sales", "--no-wait")
        self.assertEqual(self.err, "")

    def test_top_sellers(self):
        self.import_sample()
        best = sorted(((-decimal.Decimal(row["revenue"]), row["stock_code"], row["units"])
                       for row in json.loads(self.orders("report", "products", "--json"))))[:5]
        top = json.loads(self.orders("top", "--most", "5", "--json"))
        self.assertEqual([(-decimal.Decimal(row["revenue"]), row["stock_code"], row["units"]) for row in top], best)
        self.assertIn(top[0]["stock_code"], self.orders("top"))
        self.assertNotIn("\x1b", self.out)


class Processes(Orders):
    def follow(self, *arguments, verb=("follow",), fail_on=""):
        """A process that is still there when the test goes on; `said` has what it printed."""
        said = open(self.path(f"said-{len(os.listdir(self.folder))}"), "w+b")
        process = subprocess.Popen([PROGRAM, *verb, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=said,
                                   stderr=subprocess.STDOUT, env={**os.environ, "ORDERS_FAIL_ON": fail_on})
        self.addCleanup(said.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        process.said = said.name
        return process

    def wait_for(self, is_so, process=None):
        give_up = time.monotonic() + PATIENCE
        while not is_so():
            said = self.said_by(process) if process else ""
            self.assertFalse(process and process.poll() is not None, f"it has ended: {said}")
            self.assertLess(time.monotonic(), give_up, said)
            time.sleep(0.02)

    def said_by(self, process):
        with open(process.said, encoding="utf-8") as said:
            return said.read()

    def interrupt(self, process):
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE), 130, self.said_by(process))

    def rows(self, name):
        return json.loads(self.orders("report", name, "--json"))

    def owners(self, name="sales"):
        """Who works on its partitions, and lives."""
        projection, = (each for each in json.loads(self.orders("projections", "status", "--json"))
                       if each["projection"] == name)
        owners = [part["owner"] for part in projection["partitions"]]
        return [owner["worker"] for owner in owners if owner and not owner["ended"]]

    def write_orders(self, count, first=0, name="many.csv"):
        row = "{},22423,CAKE STAND,1,2010-12-01 08:26:00,12.75,17850,France\n"
        self.write(name, HEADER + "".join(row.format(first + number) for number in range(count)))

    def has_owners(self, workers, partitions):
        owners = self.owners()
        return len(owners) == partitions and len(set(owners)) == workers

    def orders_in_rows(self):
        return sum(row["orders"] for row in json.loads(self.orders("report", "sales", "--no-wait", "--json")))


class Followers(Processes):
    def test_follow_until_current_leaves_rows_that_a_report_need_not_touch(self):
        self.import_sample()
        self.orders("follow", "--until-current")
        rows = {name: self.orders("report", name, "--no-wait", "--json") for name in REPORTS}
        self.assertEqual(self.err, "")
        for name in REPORTS:
            self.assertEqual(self.orders("report", name, "--json"), rows[name])
            self.orders("projections", "rebuild", name, "--verify")

    def test_a_report_waits_for_whoever_keeps_its_rows(self):
        self.place("1")
        follower = self.follow()
        self.wait_for(self.owners, follower)
        for number in range(2, 12):
            self.place(str(number))
            self.assertEqual(self.rows("sales")[0]["orders"], number)
        self.assertIsNone(follower.poll())
        self.interrupt(follower)
        self.place("12")
        self.assertEqual(self.rows("sales")[0]["orders"], 12)

    def test_a_report_waits_for_a_follower_that_is_slow_but_not_for_ever(self):
        self.place("1")
        follower = self.follow()
        self.wait_for(self.owners, follower)
        self.assertEqual(self.rows("sales")[0]["orders"], 1)
        follower.send_signal(signal.SIGSTOP)
        self.place("2")
        report = self.follow("sales", "--json", verb=("report",))
        self.wait_for(lambda: "waiting" in self.said_by(report), report)
        follower.send_signal(signal.SIGCONT)
        self.assertEqual(report.wait(PATIENCE), 0, self.said_by(report))
        self.assertIn('"orders": 2', self.said_by(report))

        follower.send_signal(signal.SIGSTOP)
        self.place("3")
        self.finds("report", "sales")
        self.assertIn("--no-wait", self.err)
        self.assertEqual(self.out, "")
        self.assertEqual(json.loads(self.orders("report", "sales", "--no-wait", "--json"))[0]["orders"], 2)
        self.assertIn("3 events behind", self.err)
        follower.send_signal(signal.SIGCONT)
        self.assertEqual(self.rows("sales")[0]["orders"], 3)

    def test_two_followers_share_the_work_and_one_takes_over_when_the_other_is_killed(self):
        self.write_orders(3_000)
        self.place("900001")
        followers = [self.follow("sales", "--partitions", "4"), self.follow("sales", "--partitions", "4")]
        self.wait_for(lambda: self.has_owners(2, 4), followers[0])
        importing = self.follow("many.csv", verb=("import",))
        self.wait_for(lambda: self.orders_in_rows() > 100)
        followers[0].kill()
        followers[0].wait()
        self.assertEqual(importing.wait(PATIENCE), 0, self.said_by(importing))
        self.wait_for(lambda: self.has_owners(1, 4), followers[1])
        self.wait_for(lambda: self.orders_in_rows() == 3_001, followers[1])
        self.interrupt(followers[1])
        self.orders("projections", "rebuild", "sales", "--verify")

    def test_a_follower_that_is_killed_is_done_without(self):
        self.place("1")
        follower = self.follow()
        self.wait_for(self.owners, follower)
        follower.kill()
        follower.wait()
        self.place("2")
        self.assertEqual(self.rows("sales")[0]["orders"], 2)

    def test_nobody_works_on_what_is_paused(self):
        self.place("1")
        self.orders("follow", "--until-current")
        self.orders("projections", "pause", "sales")
        self.place("2")
        self.orders("report", "sales", expect=1)
        self.assertIn("orders projections resume sales", self.err)
        self.assertIn("paused", self.orders("projections", "status"))
        self.assertEqual(json.loads(self.orders("report", "sales", "--no-wait", "--json"))[0]["orders"], 1)
        self.assertEqual(len(self.rows("products")), 1)
        self.orders("projections", "resume", "sales")
        self.assertEqual(self.rows("sales")[0]["orders"], 2)

    def test_rows_that_were_reset_or_removed_are_made_anew(self):
        self.import_sample()
        before = {name: self.rows(name) for name in REPORTS}
        self.orders("projections", "reset", "sales", "customers", "--yes")
        self.orders("projections", "remove", "orders", "--yes")
        for name in REPORTS:
            self.assertEqual(self.rows(name), before[name])

    def test_status_tells_of_every_projection(self):
        self.import_sample()
        self.orders("follow", "--until-current")
        said = self.orders("projections", "status")
        for name in REPORTS:
            self.assertIn(name, said)
        self.orders("projections", "status", "--check")
        self.place("1")
        self.finds("projections", "status", "--check")

    def test_verify_finds_rows_that_somebody_has_changed(self):
        self.import_sample()
        self.orders("report", "sales")
        file = sqlite3.connect(self.path("orders.db.read-models"))
        file.execute("update sales set units = units + 1 where country = 'France'")
        file.commit()
        file.close()
        self.assertIn("France", self.finds("projections", "rebuild", "sales", "--verify"))
        self.orders("projections", "rebuild", "sales")
        self.orders("projections", "rebuild", "sales", "--verify")

    def test_top_sellers_are_painted_anew_when_something_is_sold(self):
        self.place("1")
        board = self.follow("--follow", verb=("top",))
        self.wait_for(lambda: "25.50" in self.said_by(board), board)
        self.orders("place", "2", "--country", "France", "--line", "71053:1:100:LANTERN")
        self.wait_for(lambda: "LANTERN" in self.said_by(board), board)
        self.interrupt(board)


class DeadLetters(Processes):
    def parked(self, name="sales"):
        return json.loads(self.orders("dead-letters", "list", name, "--json"))

    def test_an_order_that_cannot_be_applied_is_parked_and_tried_again_later(self):
        self.import_sample()
        self.orders("pay", "900112")
        self.orders("follow", "--until-current", fail_on="900112")
        self.orders("cancel", "900112")
        self.orders("follow", "--until-current", fail_on="900112")

        failed, behind = self.parked()
        self.assertIn("order-900112", failed["stream"])
        self.assertIn("ORDERS_FAIL_ON", failed["error"])
        self.assertLess(failed["position"], behind["position"])
        self.assertEqual(self.parked("customers"), [])
        self.orders("report", "sales")
        self.assertIn("lack 2 events", self.err)
        self.assertIn("order-900112", self.orders("dead-letters", "list"))
        self.assertIn("ORDERS_FAIL_ON", self.orders("dead-letters", "show", "sales", str(failed["position"])))
        self.assertIn("order-cancelled", self.orders("dead-letters", "explain", "sales", "order-900112"))
        self.finds("projections", "status", "--check")

        self.finds("dead-letters", "retry", "sales", "--all", fail_on="900112")
        self.assertEqual(len(self.parked()), 2)
        self.orders("dead-letters", "retry", "sales", "--all")
        self.assertEqual(self.parked(), [])
        self.orders("projections", "rebuild", "sales", "--verify")
        self.orders("report", "sales")
        self.assertEqual(self.err, "")

    def test_the_rows_of_other_orders_go_on_while_one_stands_still(self):
        self.place("1")
        follower = self.follow(fail_on="2")
        self.wait_for(self.owners, follower)
        for number in ("2", "3", "4"):
            self.place(number)
        self.assertEqual(self.rows("sales")[0]["orders"], 3)
        self.assertEqual([letter["stream"] for letter in self.parked()], ["order-2"])
        self.orders("dead-letters", "retry", "sales", "--key", "order-2")
        self.assertEqual(self.rows("sales")[0]["orders"], 4)
        self.interrupt(follower)
        self.orders("projections", "rebuild", "sales", "--verify")

    def test_a_product_that_cannot_be_applied_stops_only_the_orders_that_have_it(self):
        self.place("1", "--line", "71053:1:3.39:LANTERN")
        self.place("2", "--line", "85123A:1:2.55:T-LIGHT")
        self.orders("report", "products", fail_on="71053")
        self.assertEqual([letter["stream"] for letter in self.parked("products")], ["order-1"])
        self.orders("dead-letters", "retry", "products", "--all")
        self.orders("projections", "rebuild", "products", "--verify")

    def test_a_letter_that_was_dropped_is_remembered_with_its_reason(self):
        self.place("1")
        self.place("2")
        self.orders("report", "sales", fail_on="1")
        letter, = self.parked()
        self.orders("dead-letters", "drop", "sales", str(letter["position"]), "--reason", "a test order")
        self.assertEqual(self.parked(), [])
        self.assertIn("a test order", self.orders("dead-letters", "dropped", "sales"))
        self.assertEqual(self.rows("sales")[0]["orders"], 1)


if __name__ == "__main__":
    PROGRAM, SAMPLE = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
