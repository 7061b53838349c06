"""What pop-ups have in common: a framed box over the view, closed by Esc; the header stays in sight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual import events
from textual.containers import Container
from textual.events import Key
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.widgets import Input

from kpi_core.errors import Message, said
from kpi_core.view import ViewState
from tui.commands import BY_ID, Hint, bindings, hints
from tui.context import Context
from tui.look.drawing import Look
from tui.look.runs import Runs
from tui.widgets.filter import paste, text_spot
from tui.widgets.grid import GridView
from tui.widgets.hints import HintBar
from tui.widgets.lines import Lines

if TYPE_CHECKING:
    from tui.output.subject import Subject

Result = TypeVar("Result")
LONGEST = 300  # of what is typed into a list
NARROW = [(0, "-narrow"), (112, "-wide")]  # below, a strip of the view on both sides would be of no use
TINY = [(0, "-tiny"), (16, "-high")]


class Overlay(ModalScreen[Result], Generic[Result]):
    """A pop-up. Subclasses compose into a `Box` and say their hints."""

    BINDINGS = bindings("overlay")
    HORIZONTAL_BREAKPOINTS = NARROW
    VERTICAL_BREAKPOINTS = TINY
    SCOPE: ClassVar[str] = "overlay"  # that of its own commands, one of POPUPS where it has some
    FIELD: ClassVar[str] = ""  # id of the text field that takes what is typed

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self._early: list[events.Key] = []
        self.set_class(look.ascii_only, "-ascii")

    def action_close(self) -> None:
        self.dismiss(None)

    def lines(self, id: str, classes: str = "") -> Lines:
        widget = Lines(palette=self.look.palette, id=id)
        widget.add_class(*classes.split())
        return widget

    def grid(self, id: str) -> GridView:
        return GridView(palette=self.look.palette, ascii_only=self.look.ascii_only, id=id)

    def hint_bar(self, *pairs: tuple[str, str]) -> HintBar:
        """Keys and words (already said) of this pop-up, after those that the registry has for it; `Esc close` is always there."""
        bar = HintBar(palette=self.look.palette)
        t, look = self.look.fmt.t, self.look
        own = hints(self.SCOPE, Context(ViewState()), look.ascii_only, look.keys) if self.SCOPE != "overlay" else []
        listed = [Hint(hint.command, hint.key, t(hint.word), hint.priority) for hint in own]
        listed += [Hint("", key, word, place + 2) for place, (key, word) in enumerate(pairs)]
        close = BY_ID["close"]
        bar.show([*listed, Hint("close", look.key("close"), t(close.hint), 1)])
        return bar

    def heading(self, text: str) -> None:
        """The first line of the box."""
        line: Runs = ((" ", ""), (text, "title"))
        self.query_one("#title", Lines).show(lambda width, height: [self.look.fmt.fit(line, width)])

    def trouble(self, message: Message | str, role: str = "bad") -> None:
        """The message line of the box."""
        text = message if isinstance(message, str) else self.look.fmt.t(message)
        line: Runs = ((" ", ""), (text, role))
        self.query_one("#trouble", Lines).show(lambda width, height: [self.look.fmt.fit(line, width)])

    def take(self, event: events.Key) -> bool:
        """A key that was typed before the field had the focus belongs into it: hands are faster than the first frame. Whether it was taken."""
        if not self.FIELD or not (event.is_printable or event.key in ("enter", "backspace")):
            return False
        self._early.append(event)
        if self.is_mounted:
            self._take_early()
        return True

    def _take_early(self) -> None:
        early, self._early = self._early, []
        field = self.query_one(f"#{self.FIELD}", Input)
        for event in early:
            if event.key == "enter":
                self.call_later(field.action_submit)
            elif event.key == "backspace":
                field.action_delete_left()
            elif event.character:
                field.insert_text_at_cursor(event.character)

    def on_mount(self) -> None:
        if self._early:
            self._take_early()

    def on_hint_bar_clicked(self, message: HintBar.Clicked) -> None:
        message.stop()
        if message.command:
            self.call_later(self.run_action, BY_ID[message.command].handler)

    def subject(self) -> Subject | None:
        """What y, Y and e are about here; None where there is nothing to take along."""
        return None

    def _taken(self, handler: str) -> None:
        about = self.subject()
        if about is None:
            if self.query("#trouble"):
                self.trouble(said("there is nothing to copy here"), "muted")
            return
        self.app.actions.find(handler)(about, self)  # type: ignore[attr-defined]

    def action_copy(self) -> None:
        self._taken("copy_of")

    def action_copy_menu(self) -> None:
        self._taken("copy_menu_of")

    def action_export(self) -> None:
        self._taken("export_of")

    def action_help(self) -> None:
        """The commands of this pop-up, then those of what lies under it."""
        self.app.actions.find("show_help")(self)  # type: ignore[attr-defined]


class Box(Container):
    """The frame of a pop-up."""


class ListInput(Input):
    """A text field over a list: up and down move in the list."""

    def __init__(self, grid: str, *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(placeholder=placeholder, id=id, compact=True, select_on_focus=False, max_length=LONGEST)
        self.cursor_blink = False
        self._grid = grid
        self._in_list = False  # the last key moved in the list, not in the text
        for key, step in (("down", 1), ("up", -1)):
            self._bindings.bind(key, f"list('move', {step})", show=False)
        for key, side in (("pagedown", 1), ("pageup", -1)):
            self._bindings.bind(key, f"list('page', {side})", show=False)

    @property
    def cursor_spot(self) -> Offset:
        """Where the terminal's own cursor stands: on the row of the list after a move in it, in the text after a letter."""
        return self.screen.query_one(f"#{self._grid}", GridView).cursor_spot if self._in_list else text_spot(self)

    def on_key(self, event: Key) -> None:
        self._in_list = event.key in ("down", "up", "pagedown", "pageup")

    def _on_paste(self, event: events.Paste) -> None:
        """The first line of a paste, as far as there is room."""
        event.stop()
        event.prevent_default()
        paste(self, event.text)

    def action_list(self, kind: str, step: int) -> None:
        self._in_list = True
        grid = self.screen.query_one(f"#{self._grid}", GridView)
        (grid.action_move if kind == "move" else grid.action_page)(step)


def plain_lines(lines: Sequence[str]) -> list[Runs]:
    """Lines of text without roles, one cell in."""
    return [((" ", ""), (line, "")) for line in lines]
