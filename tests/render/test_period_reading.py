"""The live reading of the period prompt, the header's two ranges, and periods cut short or in another calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from render_samples import TODAY, header

from kpi_core.engine import calendar
from kpi_core.engine.calendars import Calendar, FiscalYear, RetailYear
from kpi_core.errors import UsageError
from kpi_core.render.format import Formatter
from kpi_core.render.header import header_lines
from kpi_core.render.period import comparison_notes, example_lines, examples, reading
from kpi_core.render.text import line_width, plain
from kpi_core.view import COMPARISONS

EN, FR = Formatter("en"), Formatter("fr")
LAST = date(2026, 11, 15)
OWN = Calendar(0, FiscalYear(4), RetailYear((4, 5, 4), 5, 1, 31))


@pytest.mark.parametrize(
    ("text", "how", "lines"),
    [
        ("2026-W44", "last_year", ["W44 2026 · 26 Oct–1 Nov 2026 · 7 days", "vs W44 2025 · 27 Oct–2 Nov 2025 · 7 days", ""]),
        ("last week", "none", ["W46 2026 · 9–15 Nov 2026 · 7 days"]),
        (
            "mtd",
            "last_year",
            ["November 2026 · 1–15 Nov 2026 · 15 of 30 days loaded", "vs November 2025 · 1–15 Nov 2025 · 15 days", ""],
        ),
        ("2024-02", "last_year", ["February 2024 · 1–29 Feb 2024 · 29 days", "vs February 2023 · 1–28 Feb 2023 · 28 days", "(29 days against 28)"]),
        ("2020-W53", "last_year", ["W53 2020 · 28 Dec 2020–3 Jan 2021 · 7 days", "vs W01 2020 · 30 Dec 2019–5 Jan 2020 · 7 days", "(week 53: 52 weeks back)"]),
        ("yesterday", "last_year_date", ["15 Nov 2026 · 1 day", "vs 15 Nov 2025 · 1 day", ""]),
        ("2026-W50", "none", ["W50 2026 · 7–13 Dec 2026 · not loaded, data to 15 Nov 2026"]),
        ("2026-W14", "last_year_events", ["W14 2026 · 30 Mar–5 Apr 2026 · 7 days", "vs W16 2025 · 14–20 Apr 2025 · 7 days", "(as Easter)"]),
        ("R2024-P01", "last_year", ["R2024-P01 · 4 Feb–2 Mar 2024 · 28 days", "vs 5 Feb–4 Mar 2023 · 28 days", "(52 weeks back, by weekday)"]),
    ],
)
def test_reading(text: str, how: str, lines: list[str]) -> None:
    assert [line.replace("\u00a0", " ") for line in reading(text, how, LAST, OWN, EN)] == lines


def test_reading_in_french() -> None:
    assert reading("8 dernières semaines", "last_year", LAST, OWN, FR) == [
        "21/09–15/11/2026 · 56 jours",
        "vs 22/09–16/11/2025 · 56 jours",
        "",
    ]
    assert reading("EX2027-T2", "none", LAST, OWN, FR)[0].startswith("EX2027-T2 · ")
    with pytest.raises(UsageError):
        reading("demain", "none", LAST, OWN, FR)


def test_examples_are_periods_in_both_languages() -> None:
    """Two spaces part one form from the next."""
    assert len(examples(OWN)) == len(examples(calendar.CIVIL)) + 2
    for fmt in (EN, FR):
        for form, _ in examples(OWN):
            for text in fmt.t(form).split("  "):
                assert calendar.parse(text, LAST, OWN), text
        for width in (30, 60, 100):
            lines = example_lines(OWN, fmt, width)
            assert all(line_width(line) <= width for line in lines)


def test_every_comparison_of_the_picker_shows_its_dates() -> None:
    notes = comparison_notes(calendar.parse("2026-W14"), COMPARISONS, LAST, EN)
    assert notes["none"] == ""
    assert notes["previous"] == "W13 2026 · 23–29 Mar 2026"
    assert notes["last_year"] == "W14 2025 · 31 Mar–6 Apr 2025"
    assert notes["last_year_events"] == "W16 2025 · 14–20 Apr 2025 (as Easter)"


def test_periods_cut_short_and_of_other_calendars() -> None:
    month = calendar.clamped(calendar.parse("2026-11"), LAST)
    assert month is not None
    assert EN.period(month) == "November 2026 · 1–15 Nov"
    assert EN.period(calendar.parse("2026-11")) == "November 2026"
    sunday = calendar.parse("2026-W44", None, Calendar(6))
    assert EN.period(sunday, long=True) == "W44 2026 · 1–7 Nov" and EN.tick(sunday) == "W44"
    retail = calendar.parse("R2026-W12", None, OWN)
    assert EN.period(retail, long=True) == "R2026-W12 · 19–25 Apr 2026" and FR.tick(retail) == "S12"
    assert FR.period(calendar.parse("FY2026-Q3", None, OWN)) == "EX2026-T3 01/10–31/12"


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_both_ranges_stand_in_the_header_where_there_is_room(lang: str) -> None:
    fmt = Formatter(lang)
    page = header(lang)
    span = fmt.span(page.compare.start, page.compare.end) if page.compare else "?"
    for width in (80, 100, 120, 160):
        first = plain(header_lines(page, fmt, width, TODAY)[0])
        assert fmt.span(page.period.start, page.period.end) in first and span in first, (width, first)
    noted = replace(page, compare_note="week 53")
    assert "(week 53)" in plain(header_lines(noted, fmt, 160, TODAY)[0])
    narrow = plain(header_lines(noted, fmt, 44, TODAY)[0])
    assert "(week 53)" not in narrow and fmt.period(page.period) in narrow
