"""Every measure and KPI over the sample, in total and by every dimension it may be cut by: the engine against plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from kpi_core.config.shipped import shipped
from kpi_core.config.yaml import load_yaml
from kpi_core.engine import calendar
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.result import Period, Question, Status
from kpi_core.engine.run import Engine
from kpi_core.store import Workspace, open_reader
from tests.oracle.facts import Facts
from tests.oracle.formulas import KPIS, MEASURES, Cell, Exact

pytestmark = pytest.mark.slow

KNOWN = Catalogue.read(load_yaml(shipped("config") / "kpis.yaml"))
PERIODS = ("2026-W43", "2026-09", "2025-11-28", "2025-Q4", "2026-10-05..2026-10-18")


@pytest.fixture(scope="module")
def engine(sample_workspace: Path) -> Iterator[Engine]:
    with open_reader(Workspace.open(sample_workspace)) as reader:
        yield Engine(reader, KNOWN)


def test_a_code_is_one_customer_and_says_since_when(sample_workspace: Path, people: dict[str, str]) -> None:
    with open_reader(Workspace.open(sample_workspace)) as reader:
        rows = reader.execute("select order_id, customer, day from customer_orders")
    pairs = {(code, people[order]) for order, code, _ in rows}
    assert len(pairs) == len({code for code, _ in pairs}) == len({who for _, who in pairs})
    assert all("@" not in code for code, _ in pairs)
    first = {code: min(day for _, other, day in rows if other == code) for code in sorted({code for _, code, _ in rows})[:20]}
    assert all(code.endswith(f"{day:%Y-%m}") for code, day in first.items())


def member_of(row: object, dim: str) -> str:
    return str(getattr(row, dim) or "")


class Oracle:
    """Measures of one period, cut and scope, from rows."""

    def __init__(self, facts: Facts, period: Period, by: str | None, scope: dict[str, tuple[str, ...]]) -> None:
        self.facts, self.period, self.by, self.scope = facts, period, by, scope

    def inside(self, row: object) -> bool:
        return all(getattr(row, dim) in values for dim, values in self.scope.items())

    def after(self) -> Period:
        """The period in which those who come back do."""
        return calendar.step(self.period, 1)

    def groups(self, name: str) -> dict[str | None, Exact]:
        """Value by member (None: all of them) of a measure; members without rows are absent."""
        measure = MEASURES[name]
        start, end = self.period.start, self.period.end
        fact = measure.fact
        spread = fact == "orders" and self.by in ("category", "product")
        rows = self.facts.rows("sale" if spread else fact, date.min + timedelta(days=1) if measure.how == "to date" else start, end)
        divisor = 1
        if measure.how == "exact":
            used = sorted({*([self.by] if self.by else []), *self.scope} - {"channel"})
            return self._cells([row for row in self.facts.tables[fact] if (row.start, row.end) == (start, end)], name, {"whole": "", "part": ",".join(used)})
        if measure.how in ("mean", "last"):
            days = sorted({row.day for row in rows})
            divisor = len(days) if measure.how == "mean" else 1
            rows = [row for row in rows if measure.how == "mean" or row.day == days[-1]]
        rows = [row for row in rows if self.inside(row)]
        if measure.how == "next":
            after = self.after()
            again = {row.customer for row in self.facts.rows(fact, after.start, after.end) if self.inside(row)} - {None}
            rows = [row for row in rows if row.customer in again]
        found: dict[str | None, Exact] = {}
        parts: dict[str, list[object]] = {}
        if self.by:
            for row in rows:
                parts.setdefault(member_of(row, self.by), []).append(row)
        for member, chosen in parts.items():
            found[member] = len({row.order_id for row in chosen}) if spread else measure.of(chosen)  # type: ignore[attr-defined]
        whole = [row for row in self.facts.rows(fact, start, end) if self.inside(row)] if spread else rows
        if whole:
            found[None] = measure.of(whole)
        return {member: None if value is None else Fraction(value) / divisor for member, value in found.items()}

    def _cells(self, rows: list[object], name: str, scopes: dict[str, str]) -> dict[str | None, Exact]:
        found: dict[str | None, Exact] = {}
        rows = [row for row in rows if self.inside(row)]
        whole = [row for row in rows if row.scope == scopes["whole"]]  # type: ignore[attr-defined]
        if len(whole) == 1:
            found[None] = MEASURES[name].of(whole)
        if self.by:
            for row in rows:
                if row.scope == scopes["part"]:  # type: ignore[attr-defined]
                    found[member_of(row, self.by)] = MEASURES[name].of([row])
        return found


def split(key: str) -> tuple[str, str]:
    """'compare(revenue)' -> ('compare', 'revenue')."""
    context, _, rest = key.rpartition("(")
    return context, rest.rstrip(")")


def close(found: object, expected: Fraction) -> bool:
    """Exact, but for the last digits of a division."""
    if isinstance(found, float):
        return abs(found - float(expected)) <= 1e-9 * max(1.0, abs(float(expected)))
    return Fraction(found) == expected  # type: ignore[arg-type]


CASES = [(kpi, by) for kpi in KNOWN.kpis for by in (None, *KNOWN.dims(kpi))]


def test_the_oracle_knows_every_kpi_and_measure() -> None:
    assert set(KPIS) == set(KNOWN.kpis)
    assert set(MEASURES) == set(KNOWN.measures)
    assert {kpi: spec.scope for kpi, spec in KNOWN.kpis.items()} == {kpi: known.scope for kpi, known in KPIS.items()}


@pytest.mark.parametrize(("kpi", "by"), CASES, ids=lambda item: str(item))
def test_engine_equals_oracle(engine: Engine, facts: Facts, kpi: str, by: str | None) -> None:
    numbers = 0
    for text in PERIODS:
        period = calendar.parse(text)
        before = calendar.compared(period, "last_year")
        assert before is not None
        asked = Question((kpi,), (period, before), by, (), 1)
        answer = engine.ask(asked, live=True)  # what was prepared at the load is held against this below
        here = Oracle(facts, period, by, KPIS[kpi].scope)
        there = Oracle(facts, before, by, KPIS[kpi].scope)
        groups: dict[str, dict[str | None, Exact]] = {}
        for member, cell in answer.cells.items():
            value = cell[kpi][0]
            inputs = Cell()
            for key, found in value.measures.items():
                if key == "days":
                    continue
                if key not in groups:
                    context, name = split(key)
                    groups[key] = (there if context == "compare" else here).groups(name)
                whole = key.startswith("total(") and by in (KNOWN.kpi(kpi).total_over or (by,))
                expected = groups[key].get(None if whole else member)
                place = f"{kpi} by {by} = {member}, {text}, {key}"
                if expected is None:
                    assert found is None or found == 0, f"{place}: engine {found}, oracle nothing"
                    expected = None if found is None else 0
                else:
                    assert found is not None and close(found, Fraction(expected)), f"{place}: engine {found}, oracle {float(expected)}"
                inputs[key] = expected
            try:
                number = KPIS[kpi].of(inputs, period.days) if value.measures else None
            except (LookupError, ZeroDivisionError):
                number = None
            if number is None:
                assert value.number is None, f"{kpi} by {by} = {member}, {text}: engine {value.number}, oracle nothing"
                assert value.status in (Status.NO_DATA, Status.NOT_COMPUTABLE)
            else:
                numbers += 1
                assert value.number is not None and close(value.number, number), (
                    f"{kpi} by {by} = {member}, {text}: engine {value.number}, oracle {float(number)}"
                )
        for member, cell in engine.ask(asked).cells.items():
            quick = cell[kpi][0]
            if member not in answer.cells:  # prepared for other periods or KPIs: nothing may stand there
                assert quick.number is None, f"{kpi} by {by} = {member}, {text}: prepared {quick.number}, live nothing"
                continue
            exact = answer.cells[member][kpi][0]
            assert (quick.status, quick.n, quick.enough) == (exact.status, exact.n, exact.enough), f"{kpi} by {by} = {member}, {text}"
            assert (quick.number is None) == (exact.number is None)
            assert quick.number is None or close(quick.number, Fraction(exact.number)), f"{kpi} by {by} = {member}, {text}: prepared {quick.number}"  # type: ignore[arg-type]
        top = KNOWN.dimension(by).top if by else None
        if top is not None:  # only the largest are listed: none that is left out may be larger than one that is not
            values = groups[next(ref.key for ref in KNOWN.refs(kpi))]
            listed = [values[member] for member in answer.cells if member is not None and member in values]
            others = [value for member, value in values.items() if member is not None and member not in answer.cells]
            everybody = {*values, *there.groups(next(ref.name for ref in KNOWN.refs(kpi)))} - {None}  # those of the other period have nothing now
            assert len(answer.cells) == 1 + min(top, len(everybody)) and answer.hidden == len(everybody) - len(answer.cells) + 1
            assert not others or max(map(Fraction, others)) <= min(map(Fraction, listed))  # type: ignore[arg-type]
            continue
        missing = {member for found in groups.values() for member, value in found.items() if value} - set(answer.cells)
        assert not missing, f"{kpi} by {by}, {text}: members the engine lacks: {missing}"
    if by is None:
        assert numbers > 0, "nothing was compared"


def test_the_sample_is_the_one_that_was_checked(facts: Facts) -> None:
    assert facts.last == date(2026, 10, 31)
    assert len(facts.tables["orders"]) > 40_000
