#!/usr/bin/env python3
"""Checks the licence of every crate in Cargo.lock against the list in scripts/licences.toml.

An expression passes when its OR has one allowed side and its AND only allowed sides. A crate without a licence,
or with one that is not on the list, fails; so does an entry of [crates] that no crate needs any more.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOKEN = re.compile(r"\(|\)|[^\s()]+")


class Expression:
    """An SPDX expression, read from left to right: AND binds tighter than OR."""

    def __init__(self, text, allowed):
        # Old manifests write `MIT/Apache-2.0` for OR.
        self.tokens = TOKEN.findall(text.replace("/", " OR "))
        self.allowed = allowed

    def holds(self):
        """Says whether the whole expression is allowed."""
        result = self._either()
        if self.tokens:
            raise ValueError(f"cannot read {' '.join(self.tokens)}")
        return result

    def _either(self):
        result = self._both()
        while self._next("OR"):
            # Both sides are read, whatever the first one was.
            result = self._both() or result
        return result

    def _both(self):
        result = self._one()
        while self._next("AND"):
            result = self._one() and result
        return result

    def _one(self):
        if self._next("("):
            result = self._either()
            if not self._next(")"):
                raise ValueError("a bracket is not closed")
            return result
        name = self.tokens.pop(0)
        if self._next("WITH"):
            name = f"{name} WITH {self.tokens.pop(0)}"
        return name in self.allowed

    def _next(self, word):
        if self.tokens and self.tokens[0] == word:
            self.tokens.pop(0)
            return True
        return False


def main():
    rules = tomllib.loads((ROOT / "scripts/licences.toml").read_text())
    allowed, exceptions = set(rules["allowed"]), rules["crates"]
    metadata = json.loads(
        subprocess.run(
            ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"],
            cwd=ROOT, check=True, stdout=subprocess.PIPE,
        ).stdout
    )
    wrong, used = [], set()
    for package in metadata["packages"]:
        name = package["name"]
        licence = package["license"] or ""
        if name in exceptions:
            used.add(name)
            if not exceptions[name].get("reason"):
                wrong.append(f"{name}: its entry in scripts/licences.toml gives no reason")
            continue
        try:
            good = bool(licence) and Expression(licence, allowed).holds()
        except (ValueError, IndexError) as trouble:
            wrong.append(f"{name} {package['version']}: {licence!r}: {trouble}")
            continue
        if not good:
            wrong.append(f"{name} {package['version']}: {licence or 'no licence'}")
    wrong += [f"{name}: no crate of that name any more, remove its entry" for name in exceptions if name not in used]
    for line in wrong:
        print(f"licences: {line}", file=sys.stderr)
    if wrong:
        return 1
    print(f"licences: {len(metadata['packages'])} crates, all allowed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
