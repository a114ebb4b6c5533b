#!/usr/bin/env python3
"""Writes the project's own objects as YAML files, one each: the examples, and the objects of the cases.

Argument: the folder. Objects of one kind, namespace and name get numbers, because kyverno ends at the second one.
"""

import itertools
import json
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLAIN = re.compile(r"[A-Za-z/][\w./-]*", re.ASCII)
# What YAML 1.1, which most tools read, takes for something else than text.
WORDS = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"}


def scalar(value):
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def lines(value):
    """A value as lines of YAML in block style."""
    if value and isinstance(value, dict):
        for key, inner in value.items():
            if inner and isinstance(inner, (dict, list)):
                yield f"{scalar(key)}:"
                yield from (f"  {line}" for line in lines(inner))
            else:
                yield f"{scalar(key)}: {scalar(inner)}"
    elif value and isinstance(value, list):
        for inner in value:
            first, *rest = lines(inner)
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
    else:
        yield scalar(value)


def objects():
    """The file, the kind, the namespace and the name of each object, and its text with any other name."""
    for file in sorted((ROOT / "examples").glob("*.yaml")):
        text = file.read_text()
        kind = re.search(r"^kind: (\S+)$", text, re.M)[1]
        namespace = re.search(r"^  namespace: (\S+)$", text, re.M)
        name = re.search(r"^  name: (\S+)$", text, re.M)
        before, after = text[: name.start(1)], text[name.end(1) :]
        yield file.name, (kind, namespace[1] if namespace else "default", name[1]), lambda other: before + other + after

    for file in sorted((ROOT / "e2e/cases").glob("*/*/object.json")):
        rule, case = file.parts[-3:-1]
        # Those are broken on purpose, and some tools end at them.
        if rule == "request":
            continue
        value = json.loads(file.read_text())
        meta = value["metadata"]

        def text(other, value=value):
            value["metadata"]["name"] = other
            return "\n".join(lines(value)) + "\n"

        yield f"{rule}--{case}.yaml", (value["kind"], meta.get("namespace", "default"), meta["name"]), text


def write(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    taken = set()
    for file, (kind, namespace, name), text in objects():
        names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
        unique = next(one for one in names if (kind, namespace, one) not in taken)
        taken.add((kind, namespace, unique))
        (folder / file).write_text(text(unique))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
