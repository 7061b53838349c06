"""Phasing on the loaded sample: the shape of a year is the very days that the engine answers, read once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

import pytest

from kpi_core.config.decode import decode
from kpi_core.config.model import ObjectivesFile
from kpi_core.config.yaml import parse_yaml
from kpi_core.engine import calendar
from kpi_core.engine.days import amounts
from kpi_core.engine.result import Number, Question
from kpi_core.objectives import KpiCatalogue, Objectives, build
from kpi_core.view import Filter
from kpi_core.workbench import Workbench
from kpi_core.workbench.shapes import EngineShapes
from tests.shop import loaded_sample

pytestmark = pytest.mark.slow
FIRST, LAST = date(2025, 3, 1), date(2025, 3, 21)


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    with Workbench.open(loaded_sample()) as found:
        yield found


def exact(number: Number | None) -> Fraction:
    return Fraction(0) if number is None else Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


@pytest.mark.parametrize("where", [(), (Filter("channel", ("web", "store")),)])
@pytest.mark.parametrize(("kpi", "by"), [("revenue", None), ("revenue", "channel"), ("orders", "store"), ("orders", "category"), ("net_sales", "channel")])
def test_days_are_what_a_question_per_day_answers(bench: Workbench, kpi: str, by: str | None, where: tuple[Filter, ...]) -> None:
    engine = bench.desk.engine
    days = [FIRST + timedelta(days=offset) for offset in range((LAST - FIRST).days + 1)]
    answer = engine.ask(Question((kpi,), tuple(calendar.unit(day, "day") for day in days), by, where))
    found = amounts(engine, kpi, by, where, FIRST, LAST)
    assert set(found) == set(answer.cells)
    for member, values in answer.cells.items():
        for day, value in zip(days, values[kpi], strict=True):
            assert abs(found[member].get(day, Fraction(0)) - exact(value.number)) < Fraction(1, 10**6), (member, day)


def objectives(bench: Workbench, text: str) -> Objectives:
    whole = f"version: 1\nobjectives:\n  - id: a\n    name: {{en: A}}\n    targets:\n      - {text}\n"
    document = parse_yaml(whole.encode(), "objectives.yaml")
    return build(decode(document, ObjectivesFile), document, KpiCatalogue(bench.desk.catalogue), EngineShapes(bench.desk.engine))


def test_a_year_is_laid_like_the_year_before(bench: Workbench) -> None:
    found = objectives(bench, "{kpi: orders, total: 30_000, range: 2026, phase: {like: 2025, by: month}, split: {store: {Lille Centre: 10%}}}")
    engine = bench.desk.engine
    year = calendar.parse("2025")
    months = tuple(calendar.parse(f"2025-{month:02d}") for month in range(1, 13))
    actual = engine.ask(Question(("orders",), (year, *months), "store")).cells
    for month in range(1, 13):
        period = calendar.parse(f"2026-{month:02d}")
        part = found.target_for("orders", (Filter("store", ("Lille Centre",)),), period)
        own = actual["Lille Centre"]["orders"]
        assert part is not None and part.amount == Fraction(3000) * exact(own[month].number) / exact(own[0].number)
        total, split = found.target_for("orders", (), period), found.split_targets("orders", (), "store", period)
        assert total is not None and split.unallocated is not None and split.unallocated > 0
        rest = Fraction(27_000) * exact(actual[None]["orders"][month].number) / exact(actual[None]["orders"][0].number)
        assert split.unallocated == rest and total.amount == rest + part.amount


def test_a_year_that_is_not_loaded_is_told(bench: Workbench) -> None:
    found = objectives(bench, "{kpi: orders, total: 36_500, range: 2025, phase: {like: 2024}}")  # exports begin in October 2024
    target = found.target_for("orders", (), calendar.parse("2025-03"))
    assert target is not None and target.amount == 3100
    assert str(target.note) == "no data of 2024 to phase by, so spread evenly over the days of 2025"
