"""View 4: the course of a KPI. One cursor for the row of the table and the point of the plot; Enter makes a bucket the period."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tui_driver import opened
from tui_shop import Shop

from kpi_core.view import ViewState
from tui.screens.trend import TrendView
from tui.widgets.lines import Lines

AOV = ViewState(view="trend", kpi="aov", period="2026-W42")


def reading(lines: list[str]) -> str:
    """The line that reads the bucket under the cursor."""
    return next(line for line in reversed(lines) if ": " in line and " target " in line)


async def test_the_trend_of_the_row_of_a_scorecard_and_back() -> None:
    async with opened() as ui:
        await ui.press("j", "j", "t")
        assert (ui.state.view, ui.state.kpi) == ("trend", "aov")
        ui.expect("4 Trend", "Average order value by week", "PERIOD")
        await ui.press("minus")
        assert ui.state.view == "overview"
        ui.expect_row("Average order value")
        await ui.press("apostrophe")
        assert (ui.state.view, ui.state.kpi) == ("trend", "aov")
        await ui.press("backspace")
        assert (ui.state.view, ui.state.kpi) == ("explore", "aov")


async def test_the_trend_of_a_member_and_of_the_whole() -> None:
    async with opened(state=ViewState(view="explore", kpi="aov", by="store")) as ui:
        await ui.press("j", "t")
        assert [step.values for step in ui.state.where] == [("Lille Centre",)]
        ui.expect_crumb("Total › Store: Lille Centre")
        await ui.press("backspace")
        assert (ui.state.view, ui.state.where) == ("trend", ())
        await ui.press("2", "j", "4")
        assert (ui.state.view, ui.state.where) == ("trend", ())


async def test_left_and_right_go_through_time_and_the_reading_follows() -> None:
    async with opened(state=AOV) as ui:
        ui.expect_row("W42")
        assert reading(ui.lines).startswith(" W42")
        await ui.press("left", "left")
        ui.expect_row("W40")
        assert reading(ui.lines).startswith(" W40")
        await ui.press("l", "k")
        ui.expect_row("W42")
        await ui.press("right", "right", "right")
        ui.expect_row("W44")
        assert len([call for call in ui.app.main.asker.source.calls if call[0] == "trend"]) == 1  # type: ignore[union-attr]


async def test_the_point_under_the_cursor_stands_in_the_plot() -> None:
    async with opened(state=AOV, size=(120, 36)) as ui:
        course = ui.app.main.view.query_one("#course", Lines)

        def columns() -> set[int]:
            texts = ["".join(text for text, _ in line) for line in course.lines]
            return {text.index("●") for text in texts if "●" in text}

        before = columns()
        await ui.press("left")
        assert len(before) == len(columns()) == 1
        assert columns() < {place for at in before for place in range(at)} or max(columns()) < min(before)


async def test_enter_makes_the_bucket_the_period_and_again_opens_explore() -> None:
    async with opened(state=AOV) as ui:
        await ui.press("left", "left", "enter")
        assert (ui.state.view, ui.state.period) == ("trend", "2026-W40")
        ui.expect_row("W40").expect("‹ W40 28 Sept–4 Oct ›", "W42")
        await ui.press("enter")
        assert (ui.state.view, ui.state.kpi, ui.state.period) == ("explore", "aov", "2026-W40")
        await ui.press("minus", "minus")
        assert (ui.state.view, ui.state.period) == ("trend", "2026-W42")


async def test_periods_and_grains_move_the_cursor() -> None:
    async with opened(state=AOV) as ui:
        await ui.press("less_than_sign")
        assert ui.state.period == "2026-W41"
        ui.expect_row("W41")
        await ui.press("P")
        assert ui.state.period == "2026-10"
        ui.expect("by month").expect_row("October 2026")


async def test_what_is_asked_about_a_bucket_is_asked_of_its_period() -> None:
    shop = Shop()
    async with opened(shop, state=AOV) as ui:
        await ui.press("left", "v")
        what, state = shop.calls[-1]
        assert (what, state.kpi, state.period) == ("records", "aov", "2026-W41")
        await ui.press("escape", "x")
        assert next(state.period for what, state in reversed(shop.calls) if what == "explain") == "2026-W41"


async def test_what_happened_is_told_under_the_plot() -> None:
    async with opened(state=replace(AOV, at="2026-W41")) as ui:
        ui.expect_row("W41").expect("◆ Cross-sell prompt begins 5 Oct")
        await ui.press("left")
        ui.refuse("Cross-sell prompt begins")


async def test_the_row_filter_passes_over_buckets_and_nothing_is_sorted() -> None:
    async with opened(state=AOV) as ui:
        await ui.press("slash")
        await ui.type("W4")
        await ui.press("enter", "left", "left", "left", "left", "left")
        ui.expect_row("W40").expect("/W4")
        await ui.press("s")
        ui.expect("Trend stands in the order of time")
        assert ui.state.sort.column == ""


@pytest.mark.parametrize("size", [(40, 10), (60, 16), (80, 24), (120, 36), (160, 48)])
@pytest.mark.parametrize(("lang", "ascii_only"), [("en", False), ("fr", True)])
async def test_every_size_shows_the_table_and_no_line_is_cut_short(size: tuple[int, int], lang: str, ascii_only: bool) -> None:
    async with opened(state=AOV, size=size, lang=lang, ascii_only=ascii_only) as ui:
        view = ui.app.main.view
        assert isinstance(view, TrendView) and view.grid.page_rows >= 3
        assert view.grid.cursor_key == "2026-W42"
        ui.expect("W42" if lang == "en" else "S42")
        assert ui.text.isascii() or not ascii_only
