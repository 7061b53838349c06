"""Drives the app as a person would: press keys, look at the screen. Waits for idle, never for time."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot
from tui_shop import Shop

from kpi_core.view import ViewState
from tui.app import OmnigapApp
from tui.options import Options
from tui.source import PageSource


class Ui:
    """`text` is what stands on the screen, line by line."""

    def __init__(self, app: OmnigapApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> Ui:
        for key in keys:
            await self.pilot.press(key)
            await self.wait_idle()
        return self

    async def type(self, text: str) -> Ui:
        for char in text:
            await self.pilot.press(char if char != " " else "space")
        await self.wait_idle()
        return self

    async def wait_idle(self) -> None:
        """Until no message is waiting, no question runs, and nothing is about to be asked."""
        for _ in range(2000):
            await self.pilot.pause()
            if not self.app.is_running or (not self.app.main.busy and not self.app.workers._workers):
                await self.pilot.pause()
                return
        raise AssertionError("the app never came to rest")

    async def resize(self, width: int, height: int) -> Ui:
        await self.pilot.resize_terminal(width, height)
        await self.wait_idle()
        return self

    @property
    def lines(self) -> list[str]:
        # the compositor has no public way to say what it drew
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def state(self) -> ViewState:
        return self.app.main.state

    @property
    def row(self) -> str:
        """The line with the cursor's mark."""
        found = (re.search(r"(?:^|│ )▸(.*)", line) for line in self.lines)
        return next((match[1] for match in found if match is not None), "")

    def expect(self, *texts: str) -> Ui:
        for text in texts:
            assert text in self.text.replace("\u00a0", " "), f"{text!r} is not on the screen:\n{self.text}"
        return self

    def refuse(self, *texts: str) -> Ui:
        for text in texts:
            assert text not in self.text.replace("\u00a0", " "), f"{text!r} is on the screen:\n{self.text}"
        return self

    def expect_crumb(self, crumb: str) -> Ui:
        assert self.lines[0].strip().startswith(crumb), f"{crumb!r} is not the crumb of {self.lines[0]!r}"
        return self

    def expect_row(self, text: str) -> Ui:
        assert text in self.row, f"the cursor is not on {text!r} but on {self.row!r}\n{self.text}"
        return self

    def expect_row_in_box(self, text: str) -> Ui:
        """The row with the cursor's mark in a pop-up."""
        row = next((line for line in self.lines if line.lstrip("│ ").startswith("▸")), "")
        assert text in row, f"the cursor is not on {text!r} but on {row!r}\n{self.text}"
        return self


@asynccontextmanager
async def opened(
    source: PageSource | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    state: ViewState | None = None,
    lang: str = "en",
    ascii_only: bool = False,
    opener: Callable[[], PageSource] | None = None,
    options: Options | None = None,
    log_dir: Path | None = None,
    idle: bool = True,
) -> AsyncIterator[Ui]:
    """The app on a page source, at rest."""
    shop = source if source is not None else Shop()
    how = options or Options(lang, ascii_only)
    app = OmnigapApp(opener or (lambda: shop), state=state, place="/shop", options=how, debounce=0, poll=0, log_dir=log_dir)
    async with app.run_test(size=size) as pilot:
        ui = Ui(app, pilot)
        if idle:
            await ui.wait_idle()
        yield ui
