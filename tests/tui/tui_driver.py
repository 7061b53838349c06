"""Drives the app as a person would: press keys, look at the screen. Waits for idle, never for time.

A scenario is a chain of steps, awaited as one: `await ui.overview.select("aov").press("enter").explore.expect_crumb("Total").expect_row("web")`

Doing: `press(*keys)`, `type(text)`, `resize(width, height)`; `select(name)` moves with keys until the row of that key or with those words stands
under the cursor; `command(text)` types into `:`, `filter(text)` into `/`, `choose(text)` into the open pop-up, and press Enter; `open(link)` goes
to a link as a bookmark does. Looking (fails with the screen as it is): `overview`, `explore`, `gaps`, `trend`, `whatif`, `data`: this view is
there and nothing over it; and all `expect…`, which may also be called at once: `ui.expect("Revenue")`. A chain that nobody awaits fails the test.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager
from functools import partial, wraps
from inspect import isawaitable
from pathlib import Path

from textual.pilot import Pilot
from tui_rest import drawn
from tui_shop import Shop

from kpi_core.links import from_link
from kpi_core.pages import GapStatus
from kpi_core.render.gap import GLYPHS
from kpi_core.render.text import plain
from kpi_core.view import VIEWS, ViewState
from tui.app import OmnigapApp
from tui.options import Options
from tui.questions.source import PageSource
from tui.screens.overlay import Overlay
from tui.widgets.grid import GridView


class Steps:
    """A chain of steps of `Ui`, run in order when it is awaited; gives the `Ui` back."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._steps: list[Callable[[], object]] = []
        ui.unrun.append(self)

    def __getattr__(self, name: str) -> Callable[..., Steps] | Steps:
        step = getattr(Ui, name)
        then = partial(self._then, step.seen if isinstance(step, There) else getattr(step, "__wrapped__", step), self._ui)
        return then() if isinstance(step, There) else then

    def _then(self, step: Callable[..., object], *texts: object, **more: object) -> Steps:
        self._steps.append(lambda: step(*texts, **more))
        return self

    def __await__(self) -> Generator[object, None, Ui]:
        self._ui.unrun.remove(self)
        for step in self._steps:
            done = step()
            if isawaitable(done):
                yield from done.__await__()
        return self._ui


class There:
    """`ui.gaps`: the view of this name is there."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, ui: Ui | None, owner: type) -> Steps | There:
        return self if ui is None else Steps(ui)._then(self.seen, ui)

    def seen(self, ui: Ui) -> None:
        front = ui.app.screen
        assert front is ui.app.main, f"{type(front).__name__} stands over the view:\n{ui.text}"
        assert ui.state.view == self.name and ui.app.main.view.display, f"{self.name} is not there but {ui.state.view}:\n{ui.text}"


def step(action: Callable[..., object]) -> Callable[..., Steps]:
    """A coroutine of `Ui` as a step that others may follow."""

    @wraps(action)
    def begun(ui: Ui, *texts: object, **more: object) -> Steps:
        return Steps(ui)._then(action, ui, *texts, **more)

    return begun


class Ui:
    """`text` is what stands on the screen, line by line."""

    overview, explore, gaps, trend, whatif, data = map(There, VIEWS)

    def __init__(self, app: OmnigapApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot
        self.unrun: list[Steps] = []

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
    def grid(self) -> GridView:
        """The table that the arrow keys move in: that of the view, or of the pop-up in front."""
        front = self.app.screen
        return front.query(GridView).first() if isinstance(front, Overlay) else self.app.main.view.table or self.app.main.view.grid

    @property
    def row(self) -> str:
        """The line with the cursor's mark."""
        found = (re.search(r"(?:^|│ |[│┃])[▸◉](.*)", line) for line in self.lines)
        return next((match[1] for match in found if match is not None), "")

    async def wait_idle(self) -> None:
        """Until no message is waiting, no question runs, and nothing is about to be asked."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            await drawn(self.app)
            if not self.app.is_running or (not self.app.main.busy and not self.app.workers._workers):
                return
            await asyncio.sleep(0.002)  # a thread is at it
        raise AssertionError("the app never came to rest")

    @step
    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.wait_idle()

    @step
    async def type(self, text: str) -> None:
        for char in text:
            await self.pilot.press(char if char != " " else "space")
        await self.wait_idle()

    @step
    async def resize(self, width: int, height: int) -> None:
        await self.pilot.resize_terminal(width, height)
        await self.wait_idle()

    @step
    async def select(self, name: str) -> None:
        grid = self.grid
        rows = grid.content.rows
        shown = [place for place, row in enumerate(rows) if row.key is not None and name in (row.key, *row.key.split("|"))]
        shown += [place for place, row in enumerate(rows) if row.key is not None and name in plain(row.runs)]
        assert shown, f"no row is {name!r}:\n{self.text}"
        while grid.cursor != shown[0]:
            before = grid.cursor
            await self.press("down" if before < shown[0] else "up")
            assert grid.cursor != before, f"the cursor does not move on to {name!r}:\n{self.text}"

    @step
    async def command(self, text: str) -> None:
        await self.press("colon").type(text).press("enter")

    @step
    async def filter(self, text: str) -> None:
        await self.press("slash").type(text).press("enter")

    @step
    async def choose(self, text: str) -> None:
        assert isinstance(self.app.screen, Overlay), f"no pop-up is open:\n{self.text}"
        await self.type(text).press("enter")

    @step
    async def open(self, link: str) -> None:
        state, told = from_link(link)
        self.app.main.arrival.come(state, told)
        await self.wait_idle()

    def _holds(self, fact: bool, told: str) -> Ui:
        assert fact, f"{told}\n{self.text}"
        return self

    def expect(self, *texts: str) -> Ui:
        for text in texts:
            self._holds(text in self.text.replace("\u00a0", " "), f"{text!r} is not on the screen:")
        return self

    def refuse(self, *texts: str) -> Ui:
        for text in texts:
            self._holds(text not in self.text.replace("\u00a0", " "), f"{text!r} is on the screen:")
        return self

    def expect_crumb(self, crumb: str) -> Ui:
        return self._holds(self.lines[0].strip().startswith(crumb), f"{crumb!r} is not the crumb of {self.lines[0]!r}")

    def expect_row(self, text: str) -> Ui:
        return self._holds(text in self.row, f"the cursor is not on {text!r} but on {self.row!r}")

    def expect_row_in_box(self, text: str) -> Ui:
        row = next((line for line in self.lines if line.lstrip("│ ").startswith("▸")), "")
        return self._holds(text in row, f"the cursor is not on {text!r} but on {row!r}")

    def expect_filter(self, text: str) -> Ui:
        """The row filter, which the header shows ('' for none)."""
        self._holds(self.state.search == text, f"the filter is {self.state.search!r}")
        return self.expect(f"/{text}") if text else self

    def expect_status(self, word: str) -> Ui:
        """The row under the cursor is `met`, `near`, `missed` …, as its glyph says."""
        glyph = GLYPHS[GapStatus(word)][self.app.options.ascii_only]
        return self._holds(glyph in self.row, f"{word} ({glyph}) is not said of {self.row!r}")

    def expect_state(self, **fields: object) -> Ui:
        """What the link of the view would say."""
        here = self.app.main.here()
        found = {name: getattr(here, name) for name in fields}
        return self._holds(found == fields, f"{found} is not {fields}")

    def expect_popup(self, text: str) -> Ui:
        return self._holds(isinstance(self.app.screen, Overlay), "no pop-up is open:").expect(text)

    def expect_clipboard(self, start: str) -> Ui:
        return self._holds(self.app.clipboard.startswith(start), f"the clipboard holds {self.app.clipboard!r}")

    def expect_closed(self) -> Ui:
        return self._holds(not self.app.is_running and self.app.return_code == 0, "the app did not end well")


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
    shop, how = source if source is not None else Shop(), options or Options(lang, ascii_only)
    app = OmnigapApp(opener or (lambda: shop), state=state, place="/shop", options=how, debounce=0, poll=0, log_dir=log_dir)
    async with app.run_test(size=size) as pilot:
        ui = Ui(app, pilot)
        if idle:
            await ui.wait_idle()
        yield ui
        assert not ui.unrun, "steps that nobody awaited"
