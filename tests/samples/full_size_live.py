#!/usr/bin/env python3
"""Imports the Online Retail data at its full size while two followers keep every report, and kills all three at random
with SIGKILL, again and again. In the end the sales must be those that the CSV says, and a rebuild of each projection must
differ in nothing. Prints what was done.

    full_size_live.py ORDERS DATA [ROWS [SEED]]

DATA is the folder above online-retail, unless FOLDLINE_DATA names it.
"""
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

import full_size_csv
import sales_sum


class kept_running:
    """A program that is started again whenever it has ended, until somebody says that it is enough."""

    def __init__(self, *command):
        self.command = command
        self.process = None
        self.kills = 0

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.kills += 1
        self.start()

    def end(self):
        self.process.terminate()
        self.process.wait()

    def require_sound(self):
        """Nothing but a kill may have ended it."""
        code = self.process.poll()
        if code not in (None, 0, -signal.SIGKILL):
            sys.exit(f"{' '.join(self.command)} ended with {code}: {self.process.stderr.read()}")
        return code


def main(orders, data, rows=full_size_csv.FULL_SIZE, seed=None):
    folder = os.path.dirname(sales_sum.real_data(data)[0])
    seed = int(seed) if seed else random.randrange(1 << 32)
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as scratch:
        csv_file = os.path.join(scratch, "full.csv")
        store = os.path.join(scratch, "orders.db")
        full_size_csv.main(folder, csv_file, rows)
        begun = time.monotonic()
        importing = kept_running(orders, "import", "--store", store, csv_file)
        importing.start()
        # Who only reads a store waits until it is made.
        while subprocess.run([orders, "projections", "status", "--store", store], capture_output=True).returncode != 0:
            importing.require_sound()
            time.sleep(0.01)
        followers = [kept_running(orders, "follow", "--store", store, "--partitions", "4") for _ in range(2)]
        for follower in followers:
            follower.start()
        while importing.require_sound() is None:
            time.sleep(chance.uniform(0.05, 1.5))
            victim = chance.choice([importing, *followers])
            for each in followers:
                each.require_sound()
            if victim.process.poll() is None:
                victim.kill()
        for follower in followers:
            follower.end()
        sales_sum.run(orders, "follow", "--store", store, "--until-current")
        took = time.monotonic() - begun

        expected, _ = sales_sum.plain_sum([csv_file])
        actual = sales_sum.reported(orders, store)
        if expected != actual:
            sys.exit(f"the report is not the sum of the file; seed {seed}")
        print(sales_sum.run(orders, "projections", "rebuild", "--verify", "--store", store), end="")
        total = sum(figures[-1] for figures in expected.values())
        kills = ", ".join(f"{each.kills} of {each.command[1]}" for each in (importing, *followers))
        print(f"{rows} rows in {took:.0f} s, killed: {kills}; {len(expected)} country days agree, {total} in all; "
              f"seed {seed}")


if __name__ == "__main__":
    main(*sys.argv[1:])
