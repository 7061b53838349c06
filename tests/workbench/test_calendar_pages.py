"""Pages over fiscal and retail periods and events: the sums are those of the days, and the header says what is compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from kpi_core.config.decode import decode
from kpi_core.config.model import CalendarFile
from kpi_core.config.yaml import parse_yaml
from kpi_core.pages import Header
from kpi_core.view import ViewState
from kpi_core.workbench import Workbench
from kpi_core.workbench.frame import frame, header, question

OWN = b"""version: 1
fiscal_year: {start: 04-01}
retail_year: {pattern: 4-5-4, year_ends: {weekday: saturday, nearest: 01-31}}
week_start: sunday
"""


@pytest.fixture(scope="module")
def bench(sample_workspace: Path) -> Iterator[Workbench]:
    with Workbench.open(sample_workspace, lang="en") as opened:
        yield opened


@pytest.fixture(scope="module")
def own(sample_workspace: Path) -> Iterator[Workbench]:
    """The sample with another calendar.yaml."""
    document = parse_yaml(OWN, "config/calendar.yaml")
    with Workbench.open(sample_workspace, lang="en") as opened:
        desk = opened.desk
        bundle = replace(desk.bundle, calendar=decode(document, CalendarFile), documents={**desk.bundle.documents, "calendar": document})
        yield Workbench(replace(desk, bundle=bundle))


def revenue(bench: Workbench, period: str, compare: str = "none") -> list[Fraction]:
    """Of the period, and of its comparison if any."""
    at = frame(bench.desk, ViewState(period=period, compare=compare))
    values = bench.desk.engine.ask(question(["revenue"], at)).cells[None]["revenue"]
    return [Fraction(value.number or 0) for value in values]


def head(bench: Workbench, period: str, compare: str = "last_year") -> Header:
    return header(bench.desk, frame(bench.desk, ViewState(period=period, compare=compare)), {})


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("R2026-P03", "2026-04-05..2026-05-02"),
        ("R2026-W12", "2026-04-19..2026-04-25"),
        ("FY2026-Q4", "2026-01..2026-03"),
        ("2026-W14", "2026-04-05..2026-04-11"),  # a week from Sunday
    ],
)
def test_a_period_of_another_calendar_is_the_sum_of_its_days(own: Workbench, bench: Workbench, text: str, days: str) -> None:
    assert revenue(own, text) == revenue(bench, days) != [0]


def test_retail_periods_make_their_quarter(own: Workbench) -> None:
    parts = [revenue(own, f"R2026-P{number:02d}")[0] for number in (1, 2, 3)]
    assert sum(parts) == revenue(own, "R2026-Q1")[0] > 0


def test_easter_week_is_held_against_easter_week(bench: Workbench) -> None:
    shown = head(bench, "2026-W14", "last_year_events")
    assert shown.compare is not None and shown.compare.text == "2025-W16" and shown.compare_note == "as Easter"
    assert revenue(bench, "2026-W14", "last_year_events") == [*revenue(bench, "2026-W14"), *revenue(bench, "2025-W16")]


def test_the_header_says_what_a_comparison_is(bench: Workbench, own: Workbench) -> None:
    assert head(bench, "2026-W14").compare_note == ""
    assert head(bench, "2026-04", "last_year_events").compare_note == "by weekday: Easter was on other days"
    week_53 = head(bench, "2026-W53")
    assert week_53.compare is not None and (week_53.compare.text, week_53.compare_note) == ("2026-W01", "week 53: 52 weeks back")
    assert head(bench, "2024-02").compare_note == "29 days against 28"
    in_progress = head(bench, "2026-W44")
    assert in_progress.partial == (6, 7)
    assert in_progress.compare_label == "W44 2025 · 27 Oct–1 Nov"  # as many days
    to_date = head(own, "FY2027")
    assert to_date.compare is not None and to_date.partial is not None
    assert to_date.compare.days == to_date.partial[0] < to_date.partial[1] == 365
    assert "1 Apr" in to_date.compare_label


def test_every_page_of_a_retail_week_can_be_drawn(own: Workbench) -> None:
    page = own.explore(ViewState(view="explore", kpi="revenue", period="R2026-W12"))
    assert [point.period.text for point in page.trend][-3:] == ["R2026-W10", "R2026-W11", "R2026-W12"]
    assert len(page.trend) == 53
    assert page.header.compare is not None and page.header.compare.text == "R2025-W12"
