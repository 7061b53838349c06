"""Heatmaps as text: golden files of every symbol set, and the widths of lines."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from render_samples import header

from kpi_core.engine import calendar
from kpi_core.engine.result import NO_DATA, Status, Value
from kpi_core.errors import said
from kpi_core.pages import DimensionChoice, Gap, GapStatus, HeatCell, HeatColumn, HeatPage, HeatRow, KpiInfo, ShapeChoice, Target
from kpi_core.render.format import Formatter
from kpi_core.render.heat import header_line, heat_layout, heat_lines, legend_line, reading_line, reading_lines, row_line, total_line
from kpi_core.render.heat_course import heat_course
from kpi_core.render.heat_table import heat_cells, heat_table
from kpi_core.render.table import as_text, markdown
from kpi_core.render.text import line_width, plain
from kpi_core.view import ViewState

GOLDEN = Path(__file__).parent / "golden"
SHAPES = (ShapeChoice(""), ShapeChoice("periods"), ShapeChoice("hours"), ShapeChoice("cohorts", said("no data")))
REVENUE = {"en": KpiInfo("revenue", "Revenue", "EUR", "up", 0, "", ""), "fr": KpiInfo("revenue", "Chiffre d'affaires", "EUR", "up", 0, "", "")}
STORES = ("Paris Rivoli", "Lyon Part-Dieu", "Saint-Étienne Centre commercial", "")


def number(row: int, column: int) -> Decimal:
    return Decimal((row * 37 + column * 53) % 97 + 4) * (60 if row == 0 else 20)


def cell(row: int, column: int, target: Decimal | None = None) -> HeatCell:
    if (row * 7 + column) % 11 == 5:
        return HeatCell(NO_DATA)
    value = Value(number(row, column), Status.PARTIAL if column == 11 else Status.VALUE)
    state = ViewState(view="explore", kpi="revenue", period=f"2026-W{column:02d}")
    if target is None:
        return HeatCell(value, state=state)
    amount = number(row, column) - target
    status = GapStatus.MET if amount >= 0 else GapStatus.NEAR if amount > -100 else GapStatus.MISSED
    return HeatCell(value, Target(target, "≥", "plan", "objectives.yaml", 3), Gap(amount, amount / target, 1 if amount > 0 else -1, status), state)


def periods(lang: str, count: int = 12, judged: bool = True) -> HeatPage:
    points = calendar.trailing(calendar.parse("2026-W44", date(2026, 11, 1)), count)
    fmt = Formatter(lang)
    cells = tuple(tuple(cell(row, column, Decimal(900) if judged and row < 3 else None) for column in range(count)) for row in range(len(STORES)))
    rows = tuple(HeatRow(key, key or {"en": "outside stores", "fr": "hors magasin"}[lang], Value(Decimal(21_500 - 900 * place), Status.VALUE)) for place, key in enumerate(STORES))
    columns = tuple(HeatColumn(point.text, fmt.tick(point), fmt.period(point), point, Value(number(4, place), Status.VALUE)) for place, point in enumerate(points))
    title = {"en": "Store", "fr": "Magasin"}[lang]
    by = DimensionChoice("store", title)
    return HeatPage(header(lang), REVENUE[lang], "periods", SHAPES, title, rows, columns, cells, Value(Decimal(1_234_567), Status.VALUE), by, hidden=3)


def hours(lang: str) -> HeatPage:
    days = {"en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")}[lang]
    columns = tuple(HeatColumn(str(place + 1), name[:3], name, None, Value(number(6, place), Status.VALUE)) for place, name in enumerate(days))
    rows = tuple(HeatRow(f"{hour:02d}", f"{hour:02d}:00", Value(number(hour, 9), Status.VALUE)) for hour in range(9, 14))
    rows = (*rows, HeatRow("", {"en": "hour unknown", "fr": "heure inconnue"}[lang], Value(Decimal(80), Status.VALUE)))
    cells = tuple(tuple(cell(row, column) for column in range(7)) for row in range(len(rows)))
    return HeatPage(header(lang), REVENUE[lang], "hours", SHAPES, {"en": "Hour of day", "fr": "Heure du jour"}[lang], rows, columns, cells, Value(Decimal(9_990), Status.VALUE))


def cohorts(lang: str, count: int = 8) -> HeatPage:
    months = [calendar.parse(f"2026-{month:02d}") for month in range(1, count + 1)]
    rows = tuple(HeatRow(point.text, Formatter(lang).tick(point), None, 1_200 - 90 * place) for place, point in enumerate(months))
    columns = tuple(HeatColumn(str(age), f"+{age}", f"+{age}", scaled=age > 0) for age in range(count))
    cells = []
    for row in range(count):
        line = [HeatCell(Value(Decimal(100 if age == 0 else 30 - age * 3 - row) / 100, Status.VALUE), more=said("no data")) for age in range(count - row)]
        cells.append((*line, *(HeatCell(known=False) for _ in range(row))))
    info = KpiInfo("retention_rate", {"en": "Retention", "fr": "Taux de rétention"}[lang], "%", "up", 1, "", "")
    notes = (said("share of the customers who bought in the month"),)
    return HeatPage(header(lang), info, "cohorts", SHAPES, {"en": "Cohort", "fr": "Cohorte"}[lang], rows, columns, tuple(cells), lead="Size", notes=notes)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("symbols", ["braille", "block", "ascii"])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_heatmaps(lang: str, symbols: str, width: int) -> None:
    fmt = Formatter(lang, symbols == "ascii", symbols)
    lines = []
    for page in (periods(lang), periods(lang, 53), hours(lang), cohorts(lang), replace(hours(lang), rows=(), columns=(), cells=(), refused=said("no data"))):
        lines += [*heat_lines(page, fmt, width), *reading_lines(page, fmt, width, 2, page.key(1, 2) if page.rows else None), ()]
    assert all(line_width(line) <= width for line in lines)
    text = as_text(lines)
    assert symbols != "ascii" or text.isascii()
    path = GOLDEN / f"heat-{lang}-{symbols}-{width}.txt"
    if os.environ.get("OMNIGAP_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("symbols", ["braille", "ascii"])
def test_the_course_of_a_row_stands_under_its_columns(symbols: str) -> None:
    fmt = Formatter("fr", symbols == "ascii", symbols)
    lines = []
    for page in (periods("fr", 53), hours("fr"), cohorts("fr")):
        at = heat_layout(page, fmt, 120)
        lines += [header_line(page, fmt, at), *heat_course(page, fmt, at, 12, page.key(1, 2)), ()]
    text = as_text(lines)
    path = GOLDEN / f"heat-course-fr-{symbols}-120.txt"
    if os.environ.get("OMNIGAP_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@given(st.integers(1, 200), st.integers(1, 60), st.integers(0, 70), st.integers(0, 40), st.integers(0, 3), st.integers(0, 59))
@settings(max_examples=60, deadline=None)
def test_a_course_fits_its_lines_and_says_nothing_where_it_has_none(width: int, count: int, first: int, height: int, row: int, column: int) -> None:
    fmt, page = Formatter("en"), periods("en", count)
    at = heat_layout(page, fmt, width, first)
    lines = heat_course(page, fmt, at, height, page.key(row, min(column, count - 1)))
    assert len(lines) <= height and all(line_width(line) == width for line in lines)
    assert height >= 8 or not lines
    assert heat_course(page, fmt, at, height, None) == heat_course(page, fmt, at, height, "no such|cell") == []


def test_where_a_line_is_short_the_target_gives_way_to_the_gap() -> None:
    fmt, page = Formatter("en"), periods("en")
    key = page.key(1, 2)
    wide, narrow, tiny = (plain(reading_lines(page, fmt, width, 1, key)[0]).strip() for width in (90, 58, 44))
    assert wide == "Lyon Part-Dieu · W35 24–30 Aug: 1,000\xa0€, target 900\xa0€ ✓ +11.1\xa0% (met)"
    assert narrow == "Lyon Part-Dieu · W35 24–30 Aug: 1,000\xa0€ ✓ +11.1\xa0% (met)"
    assert tiny == "Lyon Part-Dieu · W35: 1,000\xa0€ ✓ +11.1\xa0%"


@given(st.integers(1, 200), st.integers(1, 60), st.integers(0, 70), st.booleans(), st.sampled_from(["braille", "ascii"]))
@settings(max_examples=60, deadline=None)
def test_every_line_has_its_width_and_every_cell_its_place(width: int, count: int, first: int, judged: bool, symbols: str) -> None:
    page, fmt = periods("en", count, judged), Formatter("en", symbols == "ascii", symbols)
    at = heat_layout(page, fmt, width, first)
    lines = [header_line(page, fmt, at), *(row_line(page, fmt, at, row) for row in range(len(page.rows))), total_line(page, fmt, at), legend_line(page, fmt, at)]
    assert all(line is not None and line_width(line) == width for line in lines)
    assert 1 <= at.count <= count and 0 <= at.first <= count - at.count
    shown = [column for column in range(count) if at.span(column) is not None]
    assert shown == list(range(at.first, at.first + at.count))
    if width < 40:
        return
    for column in shown:
        start, end = at.span(column) or (0, 0)
        assert end - start == at.cell and end <= width
        for row in range(len(page.rows)):
            text = plain(row_line(page, fmt, at, row))[start:end]
            assert (text.strip() == "") is (page.cells[row][column].value.number is None)


def test_shades_are_fifths_and_what_cannot_be_known_takes_no_part() -> None:
    page, fmt = cohorts("en"), Formatter("en")
    at = heat_layout(page, fmt, 60)
    assert at.bounds[-1] < 1  # month 0 is always everybody
    shown = [at.shade(float(found.value.number)) for line in page.cells for place, found in enumerate(line) if place and found.value.number is not None]
    counts = [shown.count(shade) for shade in "·░▒▓█"]
    assert min(counts) >= len(shown) // 5 - 3 and sum(counts) == len(shown)
    assert plain(row_line(page, fmt, at, 7)).split() == ["Aug", "26", "570", *plain(row_line(page, fmt, at, 7)).split()[3:]]


def test_red_is_for_missed_targets_only_and_has_a_mark_of_its_own() -> None:
    fmt = Formatter("en")
    for page in (periods("en", judged=False), hours("en"), cohorts("en")):
        at = heat_layout(page, fmt, 120)
        assert all(role != "bad" for row in range(len(page.rows)) for _, role in row_line(page, fmt, at, row))
    page = periods("en")
    at = heat_layout(page, fmt, 140)
    assert at.numbers and plain(row_line(page, fmt, at, 1)).count("✗") == 1 + sum(found.gap.status is GapStatus.MISSED for found in page.cells[1])


def test_a_cell_in_words() -> None:
    page, fmt = periods("en"), Formatter("en")
    text = plain(reading_line(page, fmt, 120, "Lyon Part-Dieu|2026-W35")).replace("\u00a0", " ")
    assert text.strip().startswith("Lyon Part-Dieu · W35 24–30 Aug:") and "target 900 €" in text and ("✗" in text or "✓" in text or "~" in text)
    assert "not known yet" in plain(reading_line(cohorts("en"), fmt, 80, "2026-08|3"))
    assert not plain(reading_line(page, fmt, 80, "nobody|2026-W35")).strip()
    assert not plain(reading_line(page, fmt, 80, None)).strip()


def test_hostile_names_stay_text() -> None:
    page = periods("en")
    evil = replace(page, rows=tuple(replace(row, label="a\x1b]52;c;UFdORUQ=\x07[red]漢字") for row in page.rows))
    for width in (40, 80, 160):
        lines = heat_lines(evil, Formatter("en"), width)
        assert all(line_width(line) <= width for line in lines)
        assert not any(ord(char) < 32 for line in lines for char in plain(line))


def test_as_a_table_and_as_data() -> None:
    page, fmt = cohorts("en"), Formatter("en")
    table = heat_table(page, fmt, 200)
    assert [column.id for column in table.columns] == ["member", "lead", *(f"c_{age}" for age in range(8))]
    assert table.rows[0].cells[2].exact == Decimal(1) and table.rows[7].cells[9].text == ""
    assert markdown(table).count("\n") == 10
    data = list(heat_cells(page))
    assert len(data) == 36 and data[1][1] == {"shape": "cohorts", "cohort": "2026-01", "label": "Jan 26", "age": "1", "size": 1200}
    assert page.place("2026-02|3") == (1, 3) and page.place("2026-02|99") is None and page.place(None) is None
    assert [row.key for row in page.with_rows(["2026-03", "x", "2026-01"]).rows] == ["2026-03", "2026-01"]
