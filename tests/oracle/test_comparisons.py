"""Every KPI of the sample against its comparison, in total and by channel: both values, the change and its ratio, from plain rows.

The dates are written down here. What is not loaded to its end is cut to its last loaded day, and its comparison to as many days.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from kpi_core.engine import calendar
from kpi_core.engine.result import Status, Value
from kpi_core.objectives.judge import delta
from kpi_core.pages import Delta
from kpi_core.view import ViewState
from kpi_core.workbench import Workbench
from kpi_core.workbench.frame import frame, question
from tests.oracle.facts import Facts
from tests.oracle.recompute import Both, Loaded, same

pytestmark = pytest.mark.slow

COMPARISONS = ("previous", "last_year", "last_year_weekday", "last_year_date", "last_year_events")
DATES: dict[str, tuple[str, ...]] = {
    # the period, then its comparisons in the order above
    "2026-W43": (
        "2026-10-19..2026-10-25",
        "2026-10-12..2026-10-18",
        "2025-10-20..2025-10-26",
        "2025-10-20..2025-10-26",
        "2025-10-19..2025-10-25",
        "2025-10-20..2025-10-26",
    ),
    "2026-09": (
        "2026-09-01..2026-09-30",
        "2026-08-01..2026-08-31",
        "2025-09-01..2025-09-30",
        "2025-09-02..2025-10-01",
        "2025-09-01..2025-09-30",
        "2025-09-02..2025-10-01",
    ),
    "2026-Q3": (
        "2026-07-01..2026-09-30",
        "2026-04-01..2026-06-30",
        "2025-07-01..2025-09-30",
        "2025-07-02..2025-10-01",
        "2025-07-01..2025-09-30",
        "2025-07-02..2025-10-01",
    ),
    "2026-10-20..2026-11-08": (  # loaded up to 31 October: 12 of 20 days
        "2026-10-20..2026-11-08",
        "2026-09-30..2026-10-19",
        "2025-10-21..2025-11-09",
        "2025-10-21..2025-11-09",
        "2025-10-20..2025-11-08",
        "2025-10-21..2025-11-09",
    ),
    "2026-W14": (  # Easter was on 5 April 2026 and on 20 April 2025, 50 weeks apart
        "2026-03-30..2026-04-05",
        "2026-03-23..2026-03-29",
        "2025-03-31..2025-04-06",
        "2025-03-31..2025-04-06",
        "2025-03-30..2025-04-05",
        "2025-04-14..2025-04-20",
    ),
}
IN_PERCENT = ("EUR", "count", "s")  # units whose changes are told in percent of the base; rates, points, days and scores in their own


@pytest.fixture(scope="module")
def bench(sample_workspace: Path) -> Iterator[Workbench]:
    with Workbench.open(sample_workspace) as opened:
        yield opened


@pytest.fixture(scope="module")
def rows(facts: Facts) -> Loaded:
    return Loaded(facts)


def dates(period: object) -> str:
    return f"{period.start}..{period.end}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", DATES)
def test_the_dates_that_are_compared(bench: Workbench, text: str) -> None:
    period = calendar.parse(text, None, bench.desk.calendar)
    found = [calendar.compared(period, how) for how in COMPARISONS]
    assert (dates(period), *map(dates, found)) == DATES[text]


# comparisons that lead to the same dates are asked once
APART = [(text, how) for text, found in DATES.items() for place, how in enumerate(COMPARISONS, 1) if found.index(found[place]) == place]


@pytest.mark.parametrize("by", [None, "channel"])
@pytest.mark.parametrize(("text", "how"), APART)
def test_values_and_changes(bench: Workbench, rows: Loaded, text: str, how: str, by: str | None) -> None:
    desk = bench.desk
    kpis = [kpi for kpi in desk.catalogue.kpis if by is None or by in desk.catalogue.dims(kpi)]
    at = frame(desk, ViewState(period=text, compare=how))
    answer = desk.engine.ask(question(kpis, at, by=by))
    numbers = changes = 0
    for kpi in kpis:
        both = Both(rows, kpi, at.period, at.compare, by)
        members = both.members() if by else set()
        assert members <= set(answer.cells), f"{kpi}: members the engine lacks: {members - set(answer.cells)}"
        for member in (None, *sorted({*members, *(item for item in answer.cells if item is not None)})):
            place = f"{kpi} by {by} = {member}, {text} against {how}"
            value, base = answer.cells[member][kpi]
            now, then = both.value(member), both.base(member)
            held(value, now, f"{place}: value")
            held(base, then, f"{place}: comparison")
            change = delta(value, base, desk.info(kpi))
            numbers += now is not None
            changes += moved(change, desk.info(kpi).unit, now, then, place)
    assert numbers > len(kpis) / 2 and changes > len(kpis) / 2


def held(found: Value, expected: Fraction | None, place: str) -> None:
    if expected is None:
        assert found.number is None, f"{place}: engine {found.number}, rows nothing"
        assert found.status in (Status.NO_DATA, Status.NOT_COMPUTABLE), place
    else:
        assert found.number is not None and same(found.number, expected), f"{place}: engine {found.number}, rows {float(expected)}"


def moved(found: Delta, unit: str, now: Fraction | None, then: Fraction | None, place: str) -> bool:
    """Amount and ratio of a change; a ratio only of money, counts and seconds, and never over zero."""
    if now is None or then is None:
        assert found.amount is None and found.ratio is None and found.reason is not None, place
        return False
    noise = Fraction(1, 10**9) * max(abs(now), abs(then), Fraction(1, 10**3))
    assert found.amount is not None and abs(Fraction(found.amount) - (now - then)) <= noise, f"{place}: {found.amount}, rows {float(now - then)}"
    if unit not in IN_PERCENT:
        assert found.ratio is None and found.reason is None, place
    elif then == 0:
        assert found.ratio is None and found.reason is not None, place
    else:
        ratio = (now - then) / abs(then)
        assert found.ratio is not None and abs(Fraction(found.ratio) - ratio) <= Fraction(1, 10**9) * (1 + abs(ratio)), f"{place}: {found.ratio}"
    return True
