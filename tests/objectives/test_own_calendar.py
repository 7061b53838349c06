"""Targets of a shop with its own weeks, books and retail year: ranges mean the days that the screen shows for the same text."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from objectives_shop import Shop, plan, problems

from kpi_core.config.decode import decode
from kpi_core.config.model import ObjectivesFile
from kpi_core.config.yaml import parse_yaml
from kpi_core.engine import calendar
from kpi_core.engine.calendars import CIVIL, Calendar, FiscalYear, RetailYear
from kpi_core.errors import UsageError
from kpi_core.objectives import Objectives, build
from kpi_core.objectives.imports import Choices, Grid, GridRow, Names, file_text, import_grid
from kpi_core.objectives.imports.cells import Periods
from kpi_core.objectives.ranges import parse_range, refused
from kpi_core.store import Workspace
from tests.shop import omnigap, output

OWN = Calendar(week_start=6, fiscal=FiscalYear(4), retail=RetailYear((4, 5, 4), 5, 1, 31))  # Sunday weeks; books from April; NRF's retail year


def ask(found: Objectives, text: str, of: Calendar = OWN) -> Fraction | None:
    target = found.target_for("revenue", (), calendar.parse(text, of=of))
    return None if target is None else target.amount


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)), st.sampled_from(OWN.grains), st.integers(0, 9))
def test_a_range_is_the_period_of_the_same_text(day: date, grain: str, more: int) -> None:
    first = calendar.unit(day, grain, OWN)
    last = calendar.step(first, more)
    found = parse_range(f"{first.text}..{last.text}", OWN)
    assert (found.start, found.end) == (first.start, last.end)
    assert parse_range(first.text, OWN).days == first.days


def test_a_fiscal_year_divides_over_its_own_days() -> None:
    found = plan("- {kpi: revenue, total: 365, range: FY2026}", of=OWN)  # April 2025 to March 2026
    assert ask(found, "FY2026") == 365 and ask(found, "2025-04") == 30 and ask(found, "2026-03-31") == 1
    assert ask(found, "FY2026-Q4") == 90  # January to March
    assert ask(found, "2025-03-31") is None and ask(found, "2026-04-01") is None


def test_retail_periods_have_values_of_their_own_and_a_53rd_week() -> None:
    found = plan("- {kpi: revenue, values: {R2023-P11: 35, R2023-P12: 70}}", of=OWN)  # NRF's 2023 has 53 weeks: its last period five of them
    period = calendar.parse("R2023-P12", of=OWN)
    assert (period.start, period.end) == (date(2023, 12, 31), date(2024, 2, 3))
    assert ask(found, "R2023-P12") == 70 and ask(found, "R2023-P11") == 35 and ask(found, "R2023-W53") == 14
    assert ask(found, "R2023-P11..R2023-P12") == 105


def test_a_week_starts_on_the_day_the_screen_says() -> None:
    found = plan("- {kpi: revenue, values: {2026-W44: 7, 2026-W45: 14}}", of=OWN)
    period = calendar.parse("2026-W44", of=OWN)
    assert period.start.weekday() == 6 and ask(found, "2026-W44") == 7
    assert ask(found, period.start.isoformat()) == 1 and ask(found, (period.start + timedelta(days=7)).isoformat()) == 2


def test_a_curve_divides_a_fiscal_year_by_its_quarters() -> None:
    found = plan("- {kpi: revenue, total: 1000, range: FY2026, phase: {curve: {FY2026-Q1: 10%, FY2026-Q2: 20%, FY2026-Q3: 40%, FY2026-Q4: 30%}}}", of=OWN)
    assert [ask(found, f"FY2026-Q{number}") for number in (1, 2, 3, 4)] == [100, 200, 400, 300]


def test_ranges_of_several_calendars_that_meet_are_refused() -> None:
    (problem,) = problems("- kpi: revenue\n  values:\n    FY2026-Q4: 1\n    2026-03: 1", of=OWN)
    assert str(problem.what) == "2026-03 overlaps FY2026-Q4" and problem.where is not None and problem.where.line == 9


@pytest.mark.parametrize(
    ("text", "of", "hint"),
    [
        ("FY2O26", OWN, "write it like 2026, "),
        ("FY-2026", OWN, "did you mean FY2026?"),
        ("R2026-P3x", OWN, "did you mean R2026-P3?"),
        ("R2026-P13", OWN, "did you mean R2026-P1?"),
        ("2026-Q4.2027-Q1", OWN, "did you mean 2026-Q4..2027-Q1?"),
        ("mtd", OWN, "write it like 2026, 2026-Q4, 2026-10, 2026-W44, 2026-10-05, FY2026, FY2026-Q3, R2026, R2026-P03, R2026-W12, or two"),
        ("last week", CIVIL, "write it like 2026, 2026-Q4, 2026-10, 2026-W44, 2026-10-05, or two of them joined by .."),
    ],
)
def test_a_mistaken_range_is_told_with_the_nearest_one(text: str, of: Calendar, hint: str) -> None:
    with pytest.raises(ValueError):
        parse_range(text, of)
    assert str(refused(text, of).hint).startswith(hint)


# ---------------------------------------------------------------- imports


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("FY2026", "FY2026"), ("fy 2026", "FY2026"), ("Exercice 2026", "FY2026"), ("EX2026 T2", "FY2026-Q2"), ("FY2026-Q2", "FY2026-Q2"), ("2026", "2026"),
        ("R2026-P03", "R2026-P03"), ("r2026 p3", "R2026-P03"), ("R2026 W5", "R2026-W05"), ("R2026-Q2", "R2026-Q2"), ("R2026-P13", None), ("mars", "2026-03"),
        ("avril", "2025-04"), ("S44 2026", "2026-W44"),
    ],
)  # fmt: skip
def test_periods_of_a_table(cell: str, text: str | None) -> None:
    assert Periods(OWN, parse_range("FY2026", OWN)).text(cell) == text


def test_a_fiscal_year_without_fiscal_books_is_refused_and_exercice_is_the_year() -> None:
    assert Periods(CIVIL).text("FY2026") is None and Periods(CIVIL).text("exercice 2026") == "2026" and Periods(CIVIL).text("exercice 2026 T2") == "2026-Q2"


def grid(text: str) -> Grid:
    return Grid("budget.csv", tuple(GridRow(number, tuple(line.split(";"))) for number, line in enumerate(text.strip().split("\n"), 1)), ",")


def imported(text: str, period: str = "") -> Objectives:
    names = Names(kpis={"revenue": "revenue"}, dims={"channel": ("Canal",)}, members={"channel": {"web": "web"}})
    found = import_grid(grid(text), Shop(OWN), names, Choices("revenue", period))
    document = parse_yaml(file_text("budget", "budget.csv", found.targets).encode(), "config/targets/budget.yaml")
    return build(decode(document, ObjectivesFile), document, Shop(OWN))


def test_a_table_of_retail_periods() -> None:
    found = imported("Canal;R2026-P01;R2026 P2;R2026-P03;Total\nTotal;40;50;60;150\nweb;10;20;30;60")
    assert ask(found, "R2026-P02") == 50 and ask(found, "R2026-P01..R2026-P03") == 150


def test_a_fiscal_year_above_its_months_counts_once() -> None:
    months = ("avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre", "janvier", "février", "mars")
    found = imported(f"Canal;{';'.join(months)};Exercice 2026\nTotal;{';'.join('10' for _ in months)};120", "FY2026")
    assert ask(found, "FY2026") == 120 and ask(found, "2025-04") == 10 and ask(found, "2026-03") == 10 and ask(found, "2026-04") is None
    with pytest.raises(UsageError, match=r"121"):
        imported(f"Canal;{';'.join(months)};Exercice 2026\nTotal;{';'.join('10' for _ in months)};121", "FY2026")


def test_the_command_line_knows_the_calendar(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    Workspace.create(shop, sample=True)
    settings = shop / "config" / "calendar.yaml"
    settings.write_text("version: 1\nfiscal_year: {start: 04-01, named_by: end}\n", encoding="utf-8")
    own = shop / "config" / "objectives.yaml"
    head = "version: 1\nobjectives:\n  - id: plan\n    name: {en: Plan, fr: Plan}\n    targets:\n"
    own.write_text(f"{head}      - {{kpi: revenue, total: 12, range: FY2030}}\n      - {{kpi: orders, total: 12, range: FY203}}\n", encoding="utf-8")
    done = omnigap("config", "validate", "-w", shop)
    assert done.returncode == 2 and "objectives.yaml:7" in done.stderr and "FY203 is not a range of dates" in done.stderr and "FY2026-Q3" in done.stderr
    own.write_text(f"{head}      - {{kpi: revenue, total: 12, range: FY2030}}\n", encoding="utf-8")
    assert output("config", "validate", "-w", shop)[0] == 0
    table = tmp_path / "budget.csv"
    table.write_text("Canal;Objectif\nTotal;1200\n", encoding="utf-8")
    code, text = output("targets", table, "-w", shop, "--kpi", "orders", "--period", "FY2031", "--dry-run")
    assert code == 0 and "range: FY2031" in text
    done = omnigap("targets", table, "-w", shop, "--kpi", "orders", "--period", "FY-2031", "--dry-run")
    assert done.returncode == 2 and "did you mean FY2031?" in done.stderr
