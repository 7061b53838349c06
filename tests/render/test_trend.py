"""The Trend view as text: plot, words and table. `OMNIGAP_GOLDEN=write pytest tests/render/test_trend.py` writes the files anew."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from render_samples import gap, header, kpi, projection, target

from kpi_core.engine import calendar
from kpi_core.engine.result import NO_DATA, Status, Value
from kpi_core.pages import Bucket, Delta, GapStatus, Mark, TrendPage
from kpi_core.pages.trend import ACTION, EVENT, NOTE
from kpi_core.render.format import Formatter
from kpi_core.render.report import report_csv, report_json
from kpi_core.render.table import as_text
from kpi_core.render.text import Line, line_width, plain
from kpi_core.render.trend import course_lines, marks_line, reading_lines, story_lines, title_line, trend_table, visible
from kpi_core.view import ViewState

GOLDEN = Path(__file__).parent / "golden"
EN = Formatter("en")
WEEKS = calendar.trailing(calendar.unit(date(2026, 11, 1), "week"), 53)
HOSTILE = "esc\x1b]52;c;UFdORUQ=\x07 [red]note[/red] \u202eevil 漢字"
MARKS = {
    5: (Mark(EVENT, date(2025, 12, 1), date(2025, 12, 24), "Advent"),),
    30: (Mark(EVENT, date(2026, 5, 25), date(2026, 5, 25), "Whit Monday"),),
    49: (Mark(ACTION, date(2026, 10, 5), date(2026, 10, 5), "Cross-sell prompt"), Mark(EVENT, date(2026, 10, 6), date(2026, 10, 6), "Open day")),
    50: (Mark(NOTE, date(2026, 10, 13), date(2026, 10, 13), HOSTILE),),
}


def page(lang: str = "en", soon: bool = False) -> TrendPage:
    """A year of weeks, the last one in progress; the week before has no data. `soon`: the last one lies ahead."""
    info = kpi("aov", lang)
    found = []
    for place, week in enumerate(WEEKS):
        actual = Decimal(60 + (place * 7) % 13)
        goal = target("66", info)
        status = GapStatus.MET if actual >= 66 else GapStatus.NEAR if actual >= 64 else GapStatus.MISSED
        number = Value(actual, Status.PARTIAL if place == 52 else Status.VALUE)
        base = Delta(Value(actual + 2, Status.VALUE), Decimal(-2), Decimal(-2) / (actual + 2), False)
        bucket = Bucket(week, number, goal, gap(str(actual), "66", status, info), base, calendar.compared(week, "last_year"), place == 52, MARKS.get(place, ()))
        if place == 51 or (soon and place == 52):
            bucket = replace(bucket, value=NO_DATA, gap=gap(None, "66", GapStatus.NO_DATA, info), delta=None, partial=False)
        found.append(bucket)
    state = ViewState(view="trend", kpi="aov", period=WEEKS[49].text)
    shown = header(lang, state=state, period=WEEKS[49])
    return TrendPage(shown, info, tuple(found), projection(info, "64.2", "61.0", "67.5", "66", GapStatus.NOISE))


def screen(fmt: Formatter, width: int) -> list[Line]:
    whole = page(fmt.lang)
    key = WEEKS[49].text
    table = trend_table(whole, fmt, width)
    height = 34 if width >= 120 else 11
    return [title_line(whole, fmt, width), *course_lines(whole, fmt, width, height, key), *reading_lines(whole, fmt, width, 2, key), *table.lines()[:8]]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("symbols", ["braille", "block", "ascii"])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_screen(lang: str, symbols: str, width: int) -> None:
    lines = screen(Formatter(lang, symbols == "ascii", symbols), width)
    assert {line_width(line) for line in lines} == {width}
    text = as_text(lines)
    assert text.isascii() or symbols != "ascii"
    path = GOLDEN / f"trend-{lang}-{symbols}-{width}.txt"
    if os.environ.get("OMNIGAP_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [20, 33, 40, 57, 80, 200])
@pytest.mark.parametrize("height", [1, 2, 3, 8, 24, 48])
def test_the_plot_has_exactly_its_size(width: int, height: int) -> None:
    for at in (0, 20, 52):
        lines = course_lines(page(), EN, width, height, WEEKS[at].text)
        assert len(lines) == height
        assert {line_width(line) for line in lines} == {width}


def test_a_narrow_plot_shows_the_newest_or_where_the_cursor_is() -> None:
    assert visible(page(), 30, 52) == (23, 53)
    assert visible(page(), 30, 40) == (23, 53)
    assert visible(page(), 30, 4) == (4, 34)
    assert visible(page(), 500, None) == (0, 53)
    for at in (0, 10, 52):
        assert ("◉" if at == 52 else "●") in "".join(map(plain, course_lines(page(), EN, 40, 10, WEEKS[at].text)))
    assert "┊" in "".join(map(plain, course_lines(page(), EN, 40, 10, WEEKS[51].text)))  # no data: where it would be


def test_the_bucket_under_the_cursor_is_said_in_words() -> None:
    def words(place: int, width: int = 120) -> str:
        return plain(reading_lines(page(), EN, width, 2, WEEKS[place].text)[0]).rstrip().replace("\u00a0", " ")

    assert words(50) == " W42 2026 · 12–18 Oct: 72.00 €   target 66.00 € ✓ ▲ +9.1 %   vs LY 74.00 € −2.7 %"
    assert words(51) == " W43 2026 · 19–25 Oct: no data   target 66.00 €"
    assert words(52).startswith(" W44 2026 · 26 Oct–1 Nov ○: 60.00 €")
    assert words(50, 42) == " W42: 72.00 €   target 66.00 € ✓ ▲ +9.1 %"
    assert words(50, 40) == " W42: 72.00 € ✓ ▲ +9.1 %" and words(50, 20) == " W42: 72.00 €"
    later = plain(reading_lines(page(soon=True), EN, 120, 1, WEEKS[52].text)[0]).replace("\u00a0", " ")
    assert later.startswith(" W44 2026 · 26 Oct–1 Nov: expected 64.20 €   target 66.00 €")


def test_what_happened_is_counted_where_it_does_not_fit_and_never_hostile() -> None:
    marks = (*MARKS[49], *MARKS[50])
    full, short = (plain(marks_line(marks, EN, width)) for width in (200, 60))
    assert full.startswith(" ◆ Cross-sell prompt begins 5 Oct  · Open day 6 Oct  ¶ 13 Oct esc")
    assert "\x1b" not in full and "\u202e" not in full and "[red]" in full
    assert short.endswith("+1") and line_width(marks_line(marks, EN, 60)) <= 60
    told = [plain(line).rstrip() for line in story_lines(page(), EN, 80, 9, WEEKS[30].text)]
    assert [line.split()[0] for line in told[2:6]] == ["¶", "◆", "·", "▬"]  # the day under the cursor too, the newest first
    assert "Open day" not in "".join(told)
    assert len(told) == 9


def test_a_bucket_ahead_is_expected_and_has_no_value() -> None:
    row = trend_table(page(soon=True), EN, 120).rows[0]
    assert [cell.text.strip() for cell in row.cells[1:4]] == ["◇ 64.20\u00a0€", "66.00\u00a0€", "expected"]
    assert row.cells[1].raw is None


def test_the_report_says_the_same_as_the_page() -> None:
    whole = page()
    data = json.loads(report_json(whole, EN), parse_float=Decimal)
    assert data["view"] == "trend" and data["projection"]["until"] == "2026-11-30"
    assert [row["period"] for row in data["rows"]] == [week.text for week in WEEKS]
    assert [row["value"] for row in data["rows"]] == [None if bucket.value.number is None else bucket.value.number for bucket in whole.buckets]
    assert data["rows"][49]["marks"] == ["action 2026-10-05: Cross-sell prompt", "event 2026-10-06: Open day"]
    assert data["rows"][50]["compared_with"] == "2025-W42"
    lines = report_csv(whole, EN).splitlines()
    assert len(lines) == 54 and lines[0].startswith("kpi,period,start,end")
    assert all(date.fromisoformat(row["end"]) - date.fromisoformat(row["start"]) == timedelta(days=6) for row in data["rows"])
