"""The row filter's field, and the line under it that says how it was understood."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message
from textual.widgets import Input

from kpi_core.render.clean import clean
from kpi_core.render.filtering import LONGEST
from kpi_core.render.text import Line, fit_line
from tui.look.theme import Palette
from tui.widgets.lines import Lines

PASTED = 10_000  # characters of a paste that are looked at


def text_spot(field: Input) -> Offset:
    """Where on the screen the next letter of a field goes (Textual says one cell further at the end of the text)."""
    return field.cursor_screen_offset - Offset(int(field.cursor_at_end), 0)


def paste(field: Input, pasted: str) -> bool:
    """Put the first line of a paste into a field, cleaned, as far as there is room; whether that was the whole line."""
    line = next((line for line in pasted[:PASTED].splitlines() if line.strip()), "").strip()
    room = (field.max_length or PASTED) - len(field.value) + len(field.selected_text)
    text = clean(line, PASTED)[: max(0, room)]
    if text:
        field.replace(text, *field.selection)
    return len(pasted) <= PASTED and len(text) >= len(line)


class FilterInput(Input):
    """The row filter: arrow keys go to the table."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("down,up", "leave", show=False)]

    class Cut(Message):
        """More was pasted than a filter may hold."""

    def __init__(self, placeholder: str) -> None:
        super().__init__(id="filter", placeholder=placeholder, select_on_focus=False, compact=True, max_length=LONGEST)
        self.cursor_blink = False
        self.wanted = False  # it has the focus, or will have it in a moment

    def show(self, text: str) -> None:
        """Open with a text, ready to type."""
        with self.prevent(Input.Changed):
            self.value = text[:LONGEST]
        self.cursor_position = len(self.value)
        self.display = True
        self.wanted = True
        self.focus(scroll_visible=False)

    def take(self, event: events.Key) -> bool:
        """A key that was typed while the field was on its way to the focus. Whether it was taken."""
        if not self.wanted:
            return False
        if event.key == "enter":
            self.call_later(self.action_submit)
        elif event.is_printable and event.character:
            self.insert_text_at_cursor(event.character)
        else:
            return False
        return True

    def on_blur(self) -> None:
        self.wanted = False

    def action_leave(self) -> None:
        self.post_message(self.Submitted(self, self.value))

    def _on_paste(self, event: events.Paste) -> None:
        """The first line of a paste, cleaned, as far as there is room."""
        event.stop()
        event.prevent_default()
        if not paste(self, event.text):
            self.post_message(self.Cut())


class FilterReading(Lines):
    """What stands under the field. Not there while the field is not."""

    DEFAULT_CSS = "FilterReading { height: 1; }"

    def __init__(self, palette: Palette) -> None:
        super().__init__(palette=palette, id="filter-reading")

    def tell(self, line: Line) -> None:
        self.display = True
        self.show(lambda width, height: [fit_line(((" ", ""), *line), width)])
