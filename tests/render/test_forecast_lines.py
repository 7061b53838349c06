"""Where a period will end, in words and in the plot; samples with their margin; what chance may have made is grey and says so."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_samples import TODAY, header, in_progress, kpi, projection

from kpi_core.pages import ExplorePage, GapStatus
from kpi_core.render.cells import delta_cell, margin_cell
from kpi_core.render.explore import explore_table, trend_lines
from kpi_core.render.forecast import pace_line, pace_text
from kpi_core.render.format import Formatter
from kpi_core.render.header import header_lines
from kpi_core.render.plot import SYMBOLS, Series, trend
from kpi_core.render.report import report
from kpi_core.render.text import line_width, plain

EN, FR = Formatter("en"), Formatter("fr")
REVENUE = kpi("revenue")


def said(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def revenue(chance: float | None = 0.3, goal: str | None = "162000") -> str:
    end = projection(REVENUE, "158000", "149000", "167000", goal, GapStatus.NOISE, chance)
    return said(pace_text(end, REVENUE, EN))


def test_the_end_of_a_period_in_a_sentence() -> None:
    assert revenue() == "At this pace: 158.0 k € (149.0–167.0) by 30 Nov, target 162.0 k €: about 3 in 10 · 8 of the last 10 such forecasts held"
    end = projection(kpi("revenue", "fr"), "158000", "149000", "167000", "162000", GapStatus.NOISE, 0.3)
    assert said(pace_text(end, kpi("revenue", "fr"), FR)).startswith("À ce rythme : 158,0 k € (149,0–167,0) d'ici au 30/11, objectif 162,0 k € : environ 3 sur 10")


@pytest.mark.parametrize(
    ("chance", "words"), [(0.0, "under 1 in 10"), (0.04, "under 1 in 10"), (0.12, "about 1 in 10"), (0.5, "about 5 in 10"), (0.94, "about 9 in 10"), (0.96, "over 9 in 10")]
)
def test_odds_are_told_in_tenths(chance: float, words: str) -> None:
    assert f": {words} ·" in revenue(chance)


def test_without_a_target_there_are_no_odds() -> None:
    assert "target" not in revenue(None, None) and "in 10 ·" not in revenue(None, None)


def test_few_checks_are_not_told() -> None:
    end = replace(projection(REVENUE, "158000", "149000", "167000", None, GapStatus.NONE, None), checked=4, held=4)
    assert "held" not in pace_text(end, REVENUE, EN)


@given(st.integers(24, 200), st.booleans(), st.sampled_from(["en", "fr"]))
def test_the_line_keeps_its_width_and_its_amount(width: int, ascii: bool, lang: str) -> None:
    fmt = Formatter(lang, ascii)
    line = pace_line(projection(REVENUE, "158000", "149000", "167000", "162000", GapStatus.NOISE), REVENUE, fmt, width)
    assert line_width(line) <= max(width, 26)
    assert "158" in plain(line) and (not ascii or plain(line).isascii())


# ------------------------------------------------------------ the plot


def forecast(values: list[float | None], ahead: tuple[float, float, float] | None, target: float | None = None, symbols: str = "braille") -> list[str]:
    blank: list[float | None] = [None] * len(values)
    data = Series(values, blank, blank, [str(i) for i in range(len(values))], partial_last=True, ahead=ahead, ahead_target=target)
    return [plain(line) for line in trend(data, 40, 12, lambda v: f"{v:.0f}", symbols)]


@pytest.mark.parametrize("symbols", ["braille", "ascii"])
def test_the_shade_widens_to_the_range_and_ends_in_the_amount(symbols: str) -> None:
    shade, end = (":", "+") if symbols == "ascii" else ("░", "◇")
    lines = forecast([50, 60, 55, 10], (60, 80, 100), symbols=symbols)
    rows = [index for index, line in enumerate(lines) if line[-1] in (shade, end)]
    assert rows and rows == list(range(rows[0], rows[-1] + 1))
    assert [line[-1] for line in lines].count(end) == 1
    counts = [sum(line[place] in (shade, "╌", "-", end) for line in lines[:-1]) for place in (-10, -5, -1)]
    assert counts == sorted(counts) and counts[0] < counts[-1]


def test_no_forecast_no_shade() -> None:
    assert not any("░" in line or "◇" in line for line in forecast([50, 60, 55, 10], None))


def test_range_and_target_fit_on_the_axis() -> None:
    lines = forecast([50, 60, 55, 10], (60, 80, 100), target=130)
    assert lines[0].startswith("136")
    assert "╌" in lines[0][-4:] or "╌" in lines[1][-4:]


@pytest.mark.parametrize("values", [[None, 10.0], [10.0], [50.0, None, 10.0]])
def test_a_period_without_one_before_it_still_shows_its_end(values: list[float | None]) -> None:
    assert any(line.endswith("◇") for line in forecast(values, (60, 80, 100)))


@given(st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=12), st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), st.sampled_from(SYMBOLS))
def test_any_forecast_keeps_the_size_of_the_plot(values: list[float | None], ends: list[float], symbols: str) -> None:
    low, amount, high = sorted(ends)
    if any(value is not None for value in values):
        assert {len(line) for line in forecast(values, (low, amount, high), symbols=symbols)} == {40}


def test_the_trend_has_its_sentence_where_it_is_high_enough() -> None:
    page = in_progress()
    high, low = ("\n".join(map(plain, trend_lines(page, EN, 100, height))) for height in (12, 7))
    assert "At this pace" in high and "At this pace" not in low and "◇" in low
    assert "At this pace" not in "\n".join(map(plain, trend_lines(page, EN, 100, 12, pace=False)))
    assert all(len(trend_lines(page, EN, 100, height)) == height for height in range(4, 20))


# ------------------------------------------------------------ samples


def column(page: ExplorePage, id: str, width: int = 120, fmt: Formatter = EN) -> list[str]:
    table = explore_table(page, fmt, width)
    at = [column.id for column in table.columns].index(id)
    return [row.cells[at].text.strip() for row in table.rows]


def test_samples_have_their_margin_beside_them() -> None:
    assert column(in_progress(), "margin") == ["±8", "±15", "±36", "±6"]
    assert column(in_progress(), "margin", 60) == ["±8", "±15", "±36", "±6"]
    assert column(in_progress(), "margin", 80, Formatter("en", ascii=True)) == ["+-8", "+-15", "+-36", "+-6"]


def test_a_page_without_samples_has_no_such_column() -> None:
    page = in_progress()
    bare = replace(page, rows=tuple(replace(row, value=replace(row.value, interval=None)) for row in page.rows))
    bare = replace(bare, total=replace(bare.total, value=replace(bare.total.value, interval=None)))
    assert "margin" not in [column.id for column in explore_table(bare, EN, 120).columns]


def test_a_margin_of_a_rate_is_in_points() -> None:
    cell = margin_cell(replace(in_progress().total.value, interval=(0.55, 0.65)), kpi("conversion"), FR)
    assert said(cell.text) == "±5,00 pt" and cell.raw is not None and math.isclose(float(cell.raw), 5)


def test_a_change_that_chance_may_have_made_is_marked_and_grey() -> None:
    store, web, _ = in_progress().rows
    assert delta_cell(web.delta, kpi("nps"), EN).text == "≈ −7" and delta_cell(web.delta, kpi("nps"), EN).role == "muted"
    assert delta_cell(web.delta, kpi("nps"), Formatter("en", ascii=True)).text == "= -7"
    assert delta_cell(store.delta, kpi("nps"), EN).text == "+7" and delta_cell(store.delta, kpi("nps"), EN).role == ""


def test_noise_is_counted_apart_from_missed() -> None:
    counts = ((GapStatus.MET, 4), (GapStatus.NEAR, 3), (GapStatus.MISSED, 3), (GapStatus.NOISE, 5))
    line = header_lines(header(counts=counts), EN, 120, TODAY)[1]
    assert "15 KPIs · 4 ✓ · 3 ~ · 5 ≈ · 3 ✗" in plain(line)
    assert any("5 ≈" in text and role == "muted" for text, role in line)


def test_the_report_carries_intervals_and_the_end() -> None:
    data = report(in_progress(), EN)
    web = next(row for row in data["rows"] if row["member"] == "Web")
    assert (float(web["interval_low"]), float(web["interval_high"]), web["status"]) == (14.05, 44.2, "noise")
    end = data["projection"]
    assert (float(end["value"]), float(end["low"]), float(end["high"]), end["target"], end["status"]) == (37.4, 33, 42.6, 42, "noise")
    assert (end["probability"], end["held"], end["checked"], str(end["until"])) == (0.34, 8, 10, "2026-11-30")
    assert report(replace(in_progress(), projection=None), EN)["projection"] is None
