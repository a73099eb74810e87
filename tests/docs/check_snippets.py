#!/usr/bin/env python3
"""Checks that every C++, Protobuf and CMake block in the docs is cut from a file that is compiled.

A block stands under a line `<!-- cut from FILE, TAG -->`. FILE holds the same lines between a line with `[doc:TAG]` and
the next with `[doc:end]`. `--write` cuts them anew.
"""
import pathlib
import re
import sys
import textwrap

CUT = re.compile(r"<!-- cut from (?P<file>\S+), (?P<tag>\S+) -->\n```(?P<language>\w+)\n(?P<code>.*?)```\n", re.S)
CODE = re.compile(r"^```(cpp|c\+\+|proto|cmake)\n", re.M)


def region(path: pathlib.Path, tag: str) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    starts = [i for i, line in enumerate(lines) if f"[doc:{tag}]" in line]
    if len(starts) != 1:
        raise SystemExit(f"{path}: the mark [doc:{tag}] stands {len(starts)} times; once is wanted")
    rest = lines[starts[0] + 1:]
    end = next((i for i, line in enumerate(rest) if "[doc:end]" in line), None)
    if end is None:
        raise SystemExit(f"{path}: no [doc:end] after [doc:{tag}]")
    return textwrap.dedent("\n".join(rest[:end])) + "\n"


def cut_anew(root: pathlib.Path, match: re.Match) -> str:
    code = region(root / match["file"], match["tag"])
    return f"<!-- cut from {match['file']}, {match['tag']} -->\n```{match['language']}\n{code}```\n"


def main() -> int:
    root = pathlib.Path(__file__).resolve().parents[2]
    write = "--write" in sys.argv[1:]
    wrong = blocks = 0
    for page in sorted([*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("*/README.md"),
                        *root.glob("samples/*/README.md")]):
        text = page.read_text(encoding="utf-8")
        cuts = list(CUT.finditer(text))
        blocks += len(cuts)
        if len(CODE.findall(text)) != sum(m["language"] in ("cpp", "c++", "proto", "cmake") for m in cuts):
            print(f"{page.relative_to(root)}: a code block says no file that it is cut from")
            wrong += 1
        for match in cuts:
            if not write and match["code"] != region(root / match["file"], match["tag"]):
                print(f"{page.relative_to(root)}: differs from {match['file']}, {match['tag']}; "
                      "run tests/docs/check_snippets.py --write")
                wrong += 1
        if write:
            page.write_text(CUT.sub(lambda match: cut_anew(root, match), text), encoding="utf-8")
    print(f"{blocks} blocks of code in the docs, {wrong} wrong")
    return 1 if wrong or blocks == 0 else 0


sys.exit(main())
