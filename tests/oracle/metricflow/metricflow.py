"""The tables, definitions and cases of `README.md` as an engine and questions, and how its section "How to compare" compares rows.

Another folder of the same form is run with OMNIGAP_METRICFLOW=<folder>.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from kpi_core.config.yaml import load_yaml
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.run import Engine
from kpi_core.engine.table import TableAnswer, TableQuestion

HERE = Path(os.environ.get("OMNIGAP_METRICFLOW") or Path(__file__).parent)

Row = tuple[object, ...]
Case = dict[str, Any]

# Types of the columns that are not text, as README.md lists them.
TYPES = {
    "bookings": {"booking_id": "integer", "booked_on": "date", "paid_on": "date", "value": "decimal(18,2)", "instant": "boolean"},
    "views": {"view_id": "integer", "viewed_on": "date"},
    "listings": {"created_on": "date", "capacity": "integer", "lux": "boolean"},
    "accounts": {"balance_on": "date", "balance": "integer"},
    "revenue": {"revenue_id": "integer", "received_on": "date", "amount": "integer"},
    "visits": {"visit_id": "integer", "visited_on": "date"},
    "buys": {"buy_id": "integer", "bought_on": "date"},
    "verifications": {"verified_on": "date"},
    "bookings_2020": {"booking_id": "integer", "booked_on": "date", "instant": "boolean", "n": "integer"},
    "bookings_month": {"month": "date", "instant": "boolean", "n": "integer"},
    "listings_2020": {"created_on": "date"},
}


class Rows:
    """The engine's reader over one connection."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    def execute(self, sql: str, parameters: Sequence[object] = (), /) -> list[tuple[Any, ...]]:
        return self.con.execute(sql, list(parameters)).fetchall()


def engine_over(folder: Path, definitions: Path) -> Engine:
    """An engine over a folder of CSV files. Nothing says which days were loaded: a day without rows proves nothing."""
    con = duckdb.connect(":memory:", config={"threads": 1})
    columns: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.csv")):
        types = TYPES.get(path.stem, {})
        columns[path.stem] = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        listed = ", ".join(f"{name} {types.get(name, 'varchar')}" for name in columns[path.stem])
        con.execute(f"create table {path.stem} ({listed})")
        con.execute(f"copy {path.stem} from '{path}' (header, nullstr '')")
    con.execute('create table coverage ("table" varchar, dim varchar, member varchar, "first" date, "last" date)')
    return Engine(Rows(con), Catalogue.read(load_yaml(definitions), columns))


@lru_cache(maxsize=1)
def engine() -> Engine:
    return engine_over(HERE / "tables", HERE / "definitions.yaml")


def cases() -> list[Case]:
    found: list[Case] = json.loads((HERE / "cases.json").read_text(encoding="utf-8"))["cases"]
    return found


def question(case: Case) -> TableQuestion:
    asked = case.get("range")
    return TableQuestion(
        kpis=tuple(case["kpis"]),
        by=tuple(case.get("by", ())),
        grain=case.get("grain"),
        where=case.get("filter"),
        range=(date.fromisoformat(asked[0]), date.fromisoformat(asked[1])) if asked else None,
        order=tuple(case.get("order", ())),
        limit=case.get("limit"),
        dense=bool(case.get("dense")),
    )


def given(answer: TableAnswer) -> list[Row]:
    lead = 1 if answer.question.grain else 0
    return [(*((row.period,) if lead else ()), *row.keys, *row.numbers) for row in answer.rows]


def expected(case: Case, rows: Sequence[Sequence[object]]) -> list[Row]:
    kinds = [column["type"] for column in case["columns"]]
    read = {"date": lambda text: date.fromisoformat(str(text)), "decimal": lambda text: Decimal(str(text)), "double": lambda text: float(str(text))}
    return [tuple(None if value is None else read.get(kind, lambda same: same)(value) for kind, value in zip(kinds, row, strict=True)) for row in rows]


def same(case: Case, ours: list[Row], theirs: list[Row], last: date | None) -> str:
    """'' when the rows are equal as README.md compares them, else what differs first."""
    columns = case["columns"]
    width = len(columns) - len(case["kpis"])
    if not case.get("dense"):
        ours, theirs = ([row for row in rows if any(value is not None for value in row[width:])] for rows in (ours, theirs))
    if case.get("grain") and last is not None:
        ours, theirs = ([row for row in rows if not isinstance(row[0], date) or row[0] <= last] for rows in (ours, theirs))
    if not case.get("order"):
        ours, theirs = (sorted(rows, key=lambda row: [(value is not None, str(value)) for value in row[:width]]) for rows in (ours, theirs))
    for number in range(max(len(ours), len(theirs))):
        one, other = (rows[number] if number < len(rows) else None for rows in (ours, theirs))
        if one is None or other is None or not all(_equal(a, b, column["type"]) for a, b, column in zip(one, other, columns, strict=True)):
            return f"row {number + 1} of {len(ours)} (expected {len(theirs)}): {one} is not {other}"
    return ""


def _equal(one: Any, other: Any, kind: str) -> bool:
    if one is None or other is None:
        return one is None and other is None
    if kind == "double":
        return abs(float(one) - float(other)) <= 1e-9 * max(1.0, abs(float(other)))
    if kind == "decimal":
        # fees are `value * 0.05`: a product is computed as a double, and its decimal is what it is rounded to
        return Decimal(repr(one)) == other if isinstance(one, float) else Decimal(one) == other
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
