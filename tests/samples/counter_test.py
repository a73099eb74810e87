#!/usr/bin/env python3
"""The tutorial counts on from run to run, and says why it stands where it stands."""
import os
import subprocess
import sys
import tempfile

program = sys.argv[1]


def counter(*arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True)


with tempfile.TemporaryDirectory() as folder:
    file = os.path.join(folder, "counter.db")
    first = counter(file)
    assert first.returncode == 0 and "stands at 1," in first.stdout, first
    second = counter(file, "41")
    assert second.returncode == 0 and "stands at 42," in second.stdout, second
    assert second.stdout.count("increased") == 2, second
    refused = counter(file, "-1")
    assert "Only a positive number" in refused.stdout and "stands at 42," in refused.stdout, refused
    assert counter().returncode == 2
