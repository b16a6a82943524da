"""Writes python-3.11.json: what PEFT's rule answers for random patterns and names of modules.

    python write_patterns.py

Each row is [pattern, name, whether re.match(rf"(.*\\.)?({pattern})$", name) matches]; PEFT 0.21.2 has this rule in
utils/other.py, get_pattern_key. Written with CPython 3.11.7; needs nothing but its standard library.
"""

import json
import random
import re
from pathlib import Path

RANDOM = random.Random(5)
ATOMS = ["a", "b", "fc1", r"\.", ".", "[ab]", "[^a]", "[a-c0]", r"\d", r"\w", r"\W", r"[\d_]", r"\-"]
QUANTIFIERS = ["", "", "", "*", "+", "?", "*?", "{2}", "{0,2}", "{1,}"]
PARTS = ["a", "b", "c", ".", "fc1", "0", "_", "-", "A"]


def choice(depth):
    pattern = sequence(depth)
    while RANDOM.randrange(4) == 0:
        pattern += "|" + sequence(depth)
    return pattern


def sequence(depth):
    pattern = ""
    for _ in range(RANDOM.randrange(4)):
        if RANDOM.randrange(12) == 0:
            pattern += RANDOM.choice("^$")
        elif depth > 0 and RANDOM.randrange(3) == 0:
            group = RANDOM.choice(["(?i:", "(?:", "("])
            pattern += group + choice(depth - 1) + ")" + RANDOM.choice(QUANTIFIERS)
        else:
            pattern += RANDOM.choice(ATOMS) + RANDOM.choice(QUANTIFIERS)
    return pattern


def main():
    rows = []
    while len(rows) < 2000:
        pattern = choice(2)
        name = "".join(RANDOM.choice(PARTS) for _ in range(RANDOM.randrange(1, 5)))
        match = re.match(rf"(.*\.)?({pattern})$", name) is not None
        if match or RANDOM.randrange(3) == 0:  # most do not match; keep a third of those
            rows.append([pattern, name, match])
    # Where java.util.regex answers otherwise: it counts no empty round of a counted group.
    rows += [[p, "ac", re.match(rf"(.*\.)?({p})$", "ac") is not None] for p in ["(?:[a-c]+|^){2}[^a]", "(^|a){3}c"]]
    text = "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"
    (Path(__file__).parent / "python-3.11.json").write_text(text)


main()
