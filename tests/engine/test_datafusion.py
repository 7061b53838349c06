"""The same statements on another engine: the tiny star as parquet files, each KPI in total, by its dimensions, compared, as a table.

DataFusion (with pyarrow, some 300 MB installed) is no part of the test environment: `make portable` brings it and takes it away again.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kpi_core.engine import calendar
from kpi_core.engine.plan import Plan
from kpi_core.engine.result import Question
from kpi_core.engine.run import Engine
from kpi_core.engine.script import inlined
from kpi_core.engine.table import TableQuestion
from kpi_core.errors import OmnigapError
from kpi_core.view import Filter
from tests.engine.tiny import catalogue, tiny

datafusion = pytest.importorskip("datafusion", reason="DataFusion is not installed here (make portable runs this with it)")

WEEK = calendar.parse("2026-W44")
PERIODS = (WEEK, calendar.parse("2025-W44"), calendar.step(WEEK, -1))
KPIS = tuple(catalogue().kpis)
Rows = list[tuple[Any, ...]]


class Pair:
    """One star in both engines."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.other = datafusion.SessionContext()
        for (table,) in engine.reader.execute("select distinct table_name from information_schema.tables where table_schema = 'main'"):
            path = folder / f"{table}.parquet"
            columns = engine.reader.execute("select column_name, data_type from information_schema.columns where table_name = ?", (table,))
            # A hugeint, which is what a sum of bigint is, would be written as a double.
            kept = ", ".join(f'cast("{name}" as decimal(38, 0)) as "{name}"' if kind == "HUGEINT" else f'"{name}"' for name, kind in columns)
            engine.reader.execute(f"copy (select {kept} from {table}) to '{path}' (format parquet)")
            self.other.register_parquet(table, str(path))

    def same(self, sql: str, parameters: Sequence[object]) -> int:
        """Both engines run the statement and give the same rows; how many there are."""
        ours = self.engine.reader.execute(sql, parameters)
        theirs: Rows = [
            tuple(row.values()) for batch in self.other.sql(inlined(sql, parameters)).collect() for row in batch.rename_columns(_numbered(batch)).to_pylist()
        ]
        assert len(ours) == len(theirs), sql
        for one, other in zip(sorted(ours, key=_key), sorted(theirs, key=_key), strict=True):
            assert all(_same(left, right) for left, right in zip(one, other, strict=True)), (one, other, sql)
        return len(ours)


def _numbered(batch: Any) -> list[str]:
    return [str(place) for place in range(batch.num_columns)]


def _key(row: tuple[Any, ...]) -> str:
    """What a row is of: everything that is no number with a fraction."""
    return repr([value for value in row if not isinstance(value, (float, Decimal))])


def _same(one: Any, other: Any) -> bool:
    """Counts, money and names exactly; floating point to nine digits."""
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one), abs(other))
    return bool(one == other) and (one is None) == (other is None) and isinstance(one, float) == isinstance(other, float)


@pytest.fixture(scope="module", params=[False, True], ids=["detail", "rollups"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return Pair(tiny(rolled=request.param), tmp_path_factory.mktemp("parquet"))


@pytest.mark.fault(25)
@pytest.mark.parametrize("kpi", KPIS)
def test_a_kpi_in_total_by_dimension_and_compared(pair: Pair, kpi: str) -> None:
    known = pair.engine.catalogue
    where = tuple(Filter(dim, ("store", "it's", None)) for dim in known.filters(kpi)[:1])
    for by in (None, *known.dims(kpi)):
        for filters in ((), where) if by is None else ((),):
            plan: Plan = pair.engine.plan(Question((kpi,), PERIODS, by, filters, 1))
            statement = pair.engine.statement(plan.question)
            if statement is not None:
                assert pair.same(statement.sql, statement.parameters) >= len(plan.slots)


@pytest.mark.parametrize("kpi", KPIS)
def test_a_kpi_as_a_table(pair: Pair, kpi: str) -> None:
    cuts = pair.engine.catalogue.dims(kpi)
    for by, grain in (((), "week"), (cuts[:2], "month")):
        try:
            answer = pair.engine.table(TableQuestion((kpi,), tuple(by), grain, None, (PERIODS[2].start, WEEK.end), dense=grain == "week"))
        except OmnigapError:
            continue  # not loaded, or a cut that the KPI does not have
        pair.same(answer.sql, answer.parameters)


def test_the_largest_members_are_the_same(pair: Pair) -> None:
    answer = pair.engine.ask(Question(("customer_sales",), (WEEK,), "customer"), live=True)
    assert answer.sql.startswith("with listed") and pair.same(answer.sql, answer.parameters) > 1
