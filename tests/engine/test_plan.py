"""Planning: long questions cost as many calls as they have periods, and a comparison is as long as what is compared with it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, timedelta
from types import FrameType

import pytest

from kpi_core.engine import calendar
from kpi_core.engine.plan import effective
from kpi_core.engine.result import Question
from tests.engine.tiny import tiny

LAST = date(2026, 11, 1)


def calls(work: Callable[[], object]) -> int:
    """Python functions entered while `work` runs."""
    count = 0

    def seen(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def days(count: int, compared: bool) -> Question:
    periods = tuple(calendar.unit(LAST - timedelta(days=back), "day") for back in range(count))
    return Question(("revenue", "sales_growth"), periods, compare_of=(*range(7, count), *(None,) * 7) if compared else ())


@pytest.mark.parametrize("compared", [False, True], ids=["alone", "each with the week before"])
def test_two_years_of_days_are_planned_in_linear_time(compared: bool) -> None:
    engine = tiny()
    engine.plan(days(760, compared))  # units are remembered
    few, many = (calls(lambda count=count: engine.plan(days(count, compared))) for count in (380, 760))
    assert many < 2.2 * few
    assert len(engine.plan(days(760, compared)).slots) >= 700


def lengths(question: Question, last: date) -> list[int]:
    parts = [effective(question, index, last) for index in range(len(question.periods))]
    return [0 if part is None else part.days for part in parts]


def test_a_comparison_is_as_long_as_what_is_compared_with_it() -> None:
    week, before, other = calendar.parse("2026-W44"), calendar.parse("2026-W43"), calendar.parse("2026-W42")
    friday = date(2026, 10, 30)
    one = Question(("revenue",), (week, before, other), compare_index=1)
    assert one.compared_by == {1: (0,)} and [one.compared_with(index) for index in range(3)] == [1, None, None]
    assert lengths(one, friday) == [5, 5, 7]
    each = Question(("revenue",), (week, before, other), compare_of=(1, 2, None))
    assert each.compared_by == {1: (0,), 2: (1,)}
    assert lengths(each, friday) == [5, 5, 7]
