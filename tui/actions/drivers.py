"""Moving the drivers of What-if: pure steps on the state's moves, and the commands that make them."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from kpi_core.analysis.whatif import HIGHEST, LOWEST, Lever, LeverKind, Moves
from kpi_core.errors import said
from kpi_core.pages import KpiInfo, WhatIfPage
from kpi_core.render.clean import clean
from kpi_core.render.whatif import decimal, move_text
from kpi_core.view import Sort
from tui.actions.base import Handlers
from tui.screens.prompt import PromptScreen

_TYPED = re.compile(r"(?P<equals>=)?(?P<number>[-+−]?\d+(?:[.,]\d+)?)\s*%?")


def set_move(moves: Moves, lever: str, change: Decimal | None) -> tuple[tuple[str, str], ...]:
    """The moves with this one in its place; without it for None or nothing."""
    found = dict(moves)
    found.pop(lever, None)
    if change:
        kept = dict(moves)
        kept[lever] = _text(change)
        return tuple(kept.items())
    return tuple(found.items())


def _text(change: Decimal) -> str:
    text = f"{change:.4f}".rstrip("0").rstrip(".")
    return text or "0"


def nudged(moves: Moves, lever: Lever, amount: int) -> tuple[tuple[str, str], ...]:
    """One step further, from where the driver stands; it stops where numbers end."""
    change = Decimal(dict(moves).get(lever.id, "0")) + amount
    if lever.kind is not LeverKind.POINTS:
        change = min(Decimal(int(HIGHEST)), max(Decimal(int(LOWEST)), change))
    return set_move(moves, lever.id, change)


def typed(text: str, lever: Lever, info: KpiInfo) -> Decimal:
    """A move as people write it: `5`, `-2,5 %`, or `=2700`, the number it should have. Raises ValueError with a Message of what is wrong."""
    match = _TYPED.fullmatch(text.strip().replace("\u202f", "").replace("\u00a0", ""))
    if match is None:
        raise ValueError(said("write a change such as 5 or -2.5, or the number itself: =2700"))
    number = Decimal(match["number"].replace(",", ".").replace("−", "-"))
    if match["equals"]:
        found = lever.change_to(Fraction(str(number)) / (100 if info.unit == "%" else 1))
        if found is None:
            raise ValueError(said("a driver that is zero cannot be moved by percent"))
        number = decimal(found)
    if abs(number) >= 10_000 or (lever.kind is not LeverKind.POINTS and not LOWEST <= Fraction(str(number)) <= HIGHEST):
        raise ValueError(said("a driver may move from −100 % to +1,000 %"))
    return number


class Drivers(Handlers):
    """The commands of view 5."""

    def view_whatif(self) -> None:
        """The KPI of the row under the cursor; in Explore the one on screen, under its filters."""
        main = self.main
        state = main.state if main.state.view == "explore" else self.of_row()
        if main.state.view in ("data", "whatif"):
            state = main.state
        main.go(replace(state, view="whatif", by=None, search="", at=None, sort=Sort()))

    def _driver(self, key: str | None) -> tuple[WhatIfPage, Lever] | None:
        page = self.main.context.page
        if not isinstance(page, WhatIfPage) or page.tree is None:
            return None
        lever = page.tree.by_id.get(key or "")
        if lever is None or (key == page.tree.root.id and len(page.tree.nodes) > 1):
            self.main.say(said("this number follows from the drivers below it: move one of those"), "muted")
            return None
        return page, lever

    def nudge(self, key: str | None, amount: int) -> None:
        """The driver of a row, `amount` percent (points) further."""
        found = self._driver(key)
        if found is not None:
            self._moved(nudged(self.main.state.moves, found[1], amount))

    def _moved(self, moves: tuple[tuple[str, str], ...]) -> None:
        self.main.go(replace(self.main.state, moves=moves, at=self.main.view.grid.cursor_key))

    def raise_driver(self) -> None:
        self.nudge(self.main.view.grid.cursor_key, 1)

    def lower_driver(self) -> None:
        self.nudge(self.main.view.grid.cursor_key, -1)

    def raise_more(self) -> None:
        self.nudge(self.main.view.grid.cursor_key, 5)

    def lower_more(self) -> None:
        self.nudge(self.main.view.grid.cursor_key, -5)

    def reset_driver(self) -> None:
        """The driver as it is; on the KPI itself all of them."""
        page, key = self.main.context.page, self.main.view.grid.cursor_key
        if isinstance(page, WhatIfPage) and page.tree is not None:
            at_root = key == page.tree.root.id
            self._moved(() if at_root or key is None else set_move(self.main.state.moves, key, None))

    def type_move(self) -> None:
        """Enter: the move, or the number itself, typed."""
        found = self._driver(self.main.view.grid.cursor_key)
        if found is None:
            return
        page, lever = found
        fmt, info = self.app.look.fmt, page.infos[lever.id]

        def check(text: str) -> str:
            try:
                change = typed(text, lever, info)
            except ValueError as error:
                raise ValueError(fmt.t(error.args[0])) from None
            after = lever.moved(Fraction(str(change)))
            return f"{fmt.kpi(decimal(lever.base), info)} → {fmt.kpi(decimal(after), info)} ({move_text(lever, Fraction(str(change)), fmt)})"

        def entered(text: str | None) -> None:
            if text is not None:
                self._moved(set_move(self.main.state.moves, lever.id, typed(text, lever, info)))

        now = dict(self.main.state.moves).get(lever.id, "")
        help = fmt.t("a change in percent (NPS: in points), or = and the number it should have; 0 leaves it as it is")
        self.app.push_screen(PromptScreen(self.app.look, clean(info.name), now, check, help), entered)
