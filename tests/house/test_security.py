"""docs/security.md names tests that exist, and every fault of its list has one."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_promise_names_tests_that_exist() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)
    assert len(named) > 30
    for file, name in named:
        text = (ROOT / file).read_text(encoding="utf-8")
        assert re.search(rf"def {name}\(" if name else r"def test_", text), (file, name)
    rows = [line for line in PAGE.split("## What is not promised")[0].splitlines() if line.startswith("| ") and "---" not in line and "| tests |" not in line]
    assert len(rows) > 25 and all("`tests/" in row for row in rows)


def test_every_fault_has_a_test() -> None:
    listed = {int(number) for number in re.findall(r"\| (\d+) \|", PAGE.split("## The thirty faults")[1])}
    assert listed == set(range(1, 31))
    marked: set[int] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for numbers in re.findall(r"mark\.fault\(([\d, ]+)\)", path.read_text(encoding="utf-8")):
            marked |= {int(number) for number in numbers.split(",")}
    assert listed - marked == {30}
