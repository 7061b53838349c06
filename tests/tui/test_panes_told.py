"""What panes say when there is nothing to show in them, and that nothing of another state stays on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tui_driver import opened

from kpi_core.view import ViewState
from tui.widgets.lines import Lines


def run(journey: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(journey())  # type: ignore[arg-type]


def test_without_a_row_the_panes_of_the_last_one_are_empty_and_say_why() -> None:
    async def journey() -> None:
        async with opened(size=(160, 48)) as ui:
            ui.expect("Break down: ", "Trend — ", "Explain gap — ")
            await ui.filter("zzzz")
            await ui.press("enter")
            ui.expect("no row holds zzzz", "its members are listed here", "its course is drawn here", "its gap is explained here")
            ui.refuse("Break down: ", "Trend — ", "Explain gap — ")
            await ui.press("escape")
            ui.expect("Break down: ", "Trend — ", "Explain gap — ").refuse("its course is drawn here")

    run(journey)


def test_what_is_shown_between_a_layout_and_its_resize_is_sent() -> None:
    async def journey() -> None:
        async with opened(size=(80, 24)) as ui:
            lines = ui.app.main.query_one("#overview-causes", Lines)
            size = lines.size
            lines.show(lambda width, height: [(("drawn by the layout", ""),)])
            lines._size_updated(size, size, size)
            lines.on_resize()
            assert not lines._repaint_regions
            lines._size_updated(size, size, size)
            lines.show(lambda width, height: [(("other words came after it", ""),)])
            lines.on_resize()
            assert lines._repaint_regions

    run(journey)


def test_the_parts_of_a_gap_stand_under_its_detail_where_there_is_room() -> None:
    async def journey() -> None:
        async with opened(size=(160, 48), state=ViewState(view="gaps")) as ui:
            ui.expect("First cause", " Gap — ", "Actual")
            await ui.resize(100, 30)
            ui.expect("First cause").refuse(" Gap — ")

    run(journey)
