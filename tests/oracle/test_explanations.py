"""The parts of `omnigap explain` for six KPIs over three dimensions each, by the formulas of contributions, from plain rows as exact fractions.

Between two periods a sum gives each member its own change, and a ratio N / D gives it (Δn − R̄ Δd) / D̄, bars being means of both periods;
against a target T a ratio gives it (n − T d) / D. What members count twice is the overlap: the gap less their sum.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from kpi_core.engine.result import Period
from kpi_core.render.explain_data import explain_json
from kpi_core.view import ViewState
from kpi_core.workbench import Workbench
from kpi_core.workbench.frame import frame
from tests.oracle.facts import Facts
from tests.oracle.recompute import Both, Loaded, Side
from tests.shop import output

pytestmark = pytest.mark.slow

Measure = Callable[[str], Fraction]
Pair = tuple[Fraction, Fraction]  # numerator, denominator

# numerator and denominator (None: a sum), and the dimensions looked at
KPIS: dict[str, tuple[Callable[[Measure], Fraction], Callable[[Measure], Fraction] | None, tuple[str, ...]]] = {
    "revenue": (lambda m: m("revenue"), None, ("channel", "category", "store")),
    "orders": (lambda m: m("orders"), None, ("channel", "category", "country")),
    "gross_margin_eur": (lambda m: m("revenue_costed") - m("cogs"), None, ("channel", "category", "device")),
    "aov": (lambda m: m("revenue"), lambda m: m("orders"), ("channel", "category", "customer_type")),
    "gross_margin": (lambda m: m("revenue_costed") - m("cogs"), lambda m: m("revenue_costed"), ("channel", "category", "store")),
    "conversion_online": (lambda m: m("sessions_bought"), lambda m: m("sessions_sold"), ("source", "device", "country")),
}
PERIODS = (("2026-W43", "last_year"), ("2026-09", "previous"))


@pytest.fixture(scope="module")
def bench(sample_workspace: Path) -> Iterator[Workbench]:
    with Workbench.open(sample_workspace) as opened:
        yield opened


@pytest.fixture(scope="module")
def rows(facts: Facts) -> Loaded:
    return Loaded(facts)


def pairs(side: Side, kpi: str) -> dict[str | None, Pair]:
    """Numerator and denominator of every member that has rows, and of the whole; a denominator of a sum is 1."""
    top, bottom, _ = KPIS[kpi]
    names: list[str] = []

    def told(name: str) -> Fraction:
        names.append(name)
        return Fraction(1)

    top(told)
    if bottom is not None:
        bottom(told)
    found: dict[str | None, Pair] = {}
    for member in (None, *sorted({item for name in names for item in side.groups(name) if item is not None})):

        def read(name: str, member: str | None = member) -> Fraction:
            return Fraction(side.groups(name).get(member) or 0)

        found[member] = top(read), Fraction(1) if bottom is None else bottom(read)
    return found


def parts_of_change(before: dict[str | None, Pair], after: dict[str | None, Pair], ratio: bool) -> tuple[Fraction, dict[str, Fraction]]:
    """The gap and the part of each member; the member '' has no value of the dimension."""
    (n0, d0), (n1, d1) = before[None], after[None]
    rate, base = ((n0 / d0 + n1 / d1) / 2, (d0 + d1) / 2) if ratio else (Fraction(0), Fraction(1))
    nothing = Fraction(0), Fraction(0)
    parts = {}
    for member in {*before, *after} - {None}:
        was, now = before.get(member, nothing), after.get(member, nothing)
        parts[str(member)] = (now[0] - was[0] - rate * (now[1] - was[1])) / base
    return n1 / d1 - n0 / d0, parts


def check(section: dict[str, Any], gap: Fraction, expected: dict[str, Fraction], place: str) -> None:
    """A section of the JSON: every part, those joined in one row, and what the members count twice."""
    listed = {part["key"] or "": Fraction(part["exact"]) for part in section["parts"] if part["kind"] == "member"}
    others = [Fraction(part["exact"]) for part in section["parts"] if part["kind"] == "others"]
    overlap = [Fraction(part["exact"]) for part in section["parts"] if part["kind"] == "overlap"]
    assert {part["kind"] for part in section["parts"]} <= {"member", "others", "overlap"}, place
    assert listed == {member: expected.get(member, Fraction(0)) for member in listed}, place
    left = {member: amount for member, amount in expected.items() if member not in listed}
    assert sum(others, Fraction(0)) == sum(left.values(), Fraction(0)), place
    assert others or not any(left.values()), f"{place}: parts the explanation lacks: {left}"
    assert sum(overlap, Fraction(0)) == gap - sum(expected.values(), Fraction(0)), place
    assert Fraction(section["sum"]) == gap == Fraction(section["end"]) - Fraction(section["start"]), place


def sections(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {section["by"]: section for section in found["sections"] if section["kind"] == "contribution"}


@pytest.mark.parametrize("kpi", KPIS)
@pytest.mark.parametrize(("text", "how"), PERIODS)
def test_parts_of_a_change(bench: Workbench, rows: Loaded, kpi: str, text: str, how: str) -> None:
    state = ViewState(kpi=kpi, period=text, compare=how, against="compare")
    found = json.loads(explain_json(bench.explain(state), bench.desk.fmt))
    at = frame(bench.desk, state)
    shown = sections(found)
    for by in KPIS[kpi][2]:
        both = Both(rows, kpi, at.period, at.compare, by)
        assert both.here is not None and both.there is not None
        gap, expected = parts_of_change(pairs(both.there, kpi), pairs(both.here, kpi), KPIS[kpi][1] is not None)
        assert Fraction(found["gap"]["exact"]) == gap
        check(shown[by], gap, expected, f"{kpi} by {by}, {text} against {how}")


@pytest.mark.parametrize(("kpi", "text"), [("aov", "2026-W43"), ("conversion_online", "2026-09")])
def test_parts_of_a_gap_to_the_target(bench: Workbench, rows: Loaded, kpi: str, text: str) -> None:
    state = ViewState(kpi=kpi, period=text, against="target")
    found = json.loads(explain_json(bench.explain(state), bench.desk.fmt))
    assert found["against"] == "target"
    period: Period = frame(bench.desk, state).period
    for by in KPIS[kpi][2]:
        side = Both(rows, kpi, period, None, by).here
        assert side is not None
        own = pairs(side, kpi)
        section = sections(found)[by]
        target, (top, bottom) = Fraction(section["start"]), own.pop(None)
        expected = {str(member): (n - target * d) / bottom for member, (n, d) in own.items()}
        check(section, top / bottom - target, expected, f"{kpi} by {by}, {text} against its target")


def test_the_command_says_the_same(bench: Workbench, sample_workspace: Path) -> None:
    state = ViewState(kpi="revenue", by="category", period="2026-W43", compare="last_year", against="compare")
    here = json.loads(explain_json(bench.explain(state), bench.desk.fmt))
    asked = ("explain", "-w", sample_workspace, "-k", "revenue", "--by", "category", "-p", "2026-W43", "-c", "last_year", "--against", "compare", "-f", "json")
    code, text = output(*asked, "--lang", bench.desk.lang)
    assert code == 0
    assert json.loads(text)["sections"] == here["sections"]
