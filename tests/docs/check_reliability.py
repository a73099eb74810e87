#!/usr/bin/env python3
"""Checks what docs/reliability.md says of the tests.

Whatever stands in backticks with a colon and a blank in it, outside of fenced blocks, is the name of a test: of a
TEST_CASE below tests/, or of a case of the contract in testing/src/contract. Each row of the table of foreign bugs, 1 to
58, stands there once and names such a test, or says "later". A path below tests/ is that of a file.
"""
import pathlib
import re
import sys

LITERAL = r'"(?:[^"\\]|\\.)*"'
TEST_CASE = re.compile(rf"TEST_CASE(?:_TEMPLATE)?\(\s*((?:{LITERAL}\s*)+)")
CONTRACT_CASE = re.compile(rf"^    \{{\s*((?:{LITERAL}\s*)+),", re.M)
FENCED = re.compile(r"^```.*?^```$", re.M | re.S)
QUOTED = re.compile(r"`([^`\n]+)`")
BUG_ROW = re.compile(r"^\| (\d+) \| (.*) \|$", re.M)
BUG_ROWS = 58


def names(pattern: re.Pattern, files) -> set[str]:
    return {"".join(re.findall(r'"((?:[^"\\]|\\.)*)"', match[1])).replace('\\"', '"')
            for file in files for match in pattern.finditer(file.read_text(encoding="utf-8"))}


def named_tests(text: str) -> list[str]:
    return [quoted for quoted in QUOTED.findall(text) if ": " in quoted]


def wrong_names(text: str, known: set[str]) -> list[str]:
    return [f'no test is called "{name}"' for name in named_tests(text) if name not in known]


def wrong_paths(text: str, root: pathlib.Path) -> list[str]:
    return [f"{path} does not exist" for path in QUOTED.findall(text)
            if path.startswith("tests/") and not (root / path).exists()]


def wrong_rows(text: str) -> list[str]:
    rows = [(int(number), rest) for number, rest in BUG_ROW.findall(text)]
    wrong = [f"row {number} stands {count} times"
             for number in range(1, BUG_ROWS + 1)
             if (count := sum(found == number for found, _ in rows)) != 1]
    wrong += [f"row {number} names no test, and does not say that it comes later"
              for number, rest in rows
              if not named_tests(rest) and not rest.rpartition("|")[2].strip().startswith("later")]
    return wrong


def main() -> int:
    root = pathlib.Path(__file__).resolve().parents[2]
    page = root / "docs" / "reliability.md"
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    tests = names(TEST_CASE, root.glob("tests/**/*_test.cpp"))
    contract = names(CONTRACT_CASE, root.glob("testing/src/contract/*.cpp"))
    wrong = wrong_names(text, tests | contract) + wrong_paths(text, root) + wrong_rows(text)
    if not tests or not contract:
        wrong.append("no tests were found at all")
    for why in wrong:
        print(f"{page.relative_to(root)}: {why}")
    print(f"{len(named_tests(text))} names of tests in {page.relative_to(root)}, {len(wrong)} faults")
    return 1 if wrong or not named_tests(text) else 0


sys.exit(main())
