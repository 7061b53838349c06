"""The row filter's field."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input


class FilterInput(Input):
    """The row filter: arrow keys go to the table."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("down,up", "leave", show=False)]

    def __init__(self, placeholder: str) -> None:
        super().__init__(id="filter", placeholder=placeholder, select_on_focus=False, compact=True)
        self.cursor_blink = False

    def action_leave(self) -> None:
        self.post_message(self.Submitted(self, self.value))
