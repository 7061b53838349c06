"""A store written under one of the two supported DuckDB lines is read, and added to, under the other: the numbers are equal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from store_rows import export, line, order

LANE = Path(__file__).with_name("lane.py")
OTHER = os.environ.get("OMNIGAP_OTHER_DUCKDB", "")  # a Python with another DuckDB, and everything else that omnigap needs


def lane(python: str, *words: str | Path) -> Any:
    done = subprocess.run([python, str(LANE), *map(str, words)], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def rows(name: str, day: str) -> dict[str, list[dict[str, Any]]]:
    return {
        "orders": [order(name, day, customer_key=2**63 + 7, store="Lyon", placed_at=f"{day} 23:59:59")],
        "order_lines": [line(name, day, 19.99), line(name, day, 0.01, 2, sku="É'✓", tax="0.000001")],
        "stock": [{"day": day, "location": "Lyon", "sku": "S1", "on_hand": "3.5000", "unit_cost": 2, "currency": "EUR"}],
        "fx_rates": [{"day": day, "currency": "EUR", "base": "EUR", "rate": 1.1}],
    }


@pytest.mark.fault(12)
@pytest.mark.skipif(not OTHER, reason="needs a Python with another DuckDB: make lanes")
def test_both_lines_of_duckdb_read_and_continue_each_others_stores(tmp_path: Path) -> None:
    first = export(tmp_path / "in", "first.json", rows("a", "2026-10-01"))
    second = export(tmp_path / "in", "second.json", rows("b", "2026-11-30"), "2026-11-30")
    written = {}
    for writer, reader in ((sys.executable, OTHER), (OTHER, sys.executable)):
        folder = tmp_path / ("theirs" if writer == OTHER else "ours")
        made, read = lane(writer, "write", folder, first), lane(reader, "read", folder)
        assert made["duckdb"] != read["duckdb"] and made["said"] == read["said"]
        more = lane(reader, "write", folder, second)
        assert lane(writer, "read", folder)["said"] == more["said"] and len(more["said"]["orders"]) == 2
        written[made["duckdb"]] = more["said"]
    one, other = written.values()
    assert {name: value for name, value in one.items() if "/" not in name} == {name: value for name, value in other.items() if "/" not in name}
