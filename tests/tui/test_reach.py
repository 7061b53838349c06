"""Every command of the registry can be run by its key in some view or pop-up, leads somewhere or says why not, and breaks nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input
from tui_driver import Ui, opened
from tui_shop import Shop

from kpi_core.view import ViewState
from tui.commands import COMMANDS, POPUPS, Command, of_popup
from tui.state import places
from tui.widgets.grid import GridView

WIDE, USUAL = (120, 30), (80, 24)
STORES = ViewState("explore", "aov", "store", at="Nantes")
VIEWS = {  # where commands are tried: each view takes a third of what it can do, the last two all the rest
    "gaps": (USUAL, ViewState("gaps")),
    "trend": (USUAL, ViewState("trend", "aov")),
    "overview": (USUAL, ViewState(at="aov")),
    "whatif": (USUAL, ViewState("whatif", "aov")),
    "heat": (USUAL, ViewState("trend", "aov", shape="periods")),
    "data": (USUAL, ViewState("data")),
    "explore": (USUAL, STORES),
    "panes": (WIDE, STORES),
}
BEFORE = {  # what must have been done for a command to have something to do
    "up": ("enter",),
    "escape": ("space",),
    "unmark": ("space",),
    "back": ("enter",),
    "forward": ("enter", "minus"),
    "undo": ("c",),
    "redo": ("c", "u"),
    "next_match": ("slash", "n", "enter", "escape"),
    "previous_match": ("slash", "n", "enter", "escape"),
    "tour_skip": ("f4",),
    "tour_end": ("f4",),
}
POPUP = {"explain": ("x",), "bookmark": ("m",), "bookmarks": ("m", "enter", "M"), "overlay": ("x",)}  # the keys that open one of each kind
QUIT = ("quit", "quit_level")
ELSEWHERE = ("learn",)  # needs a real file: test_learn_journey walks its pop-up whole


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, bookmarks and the editor of the test alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(places, "config_dir", lambda: tmp_path / "me")
    monkeypatch.setenv("EDITOR", "true")
    monkeypatch.delenv("VISUAL", raising=False)


async def home(ui: Ui, state: ViewState) -> None:
    """No pop-up, no field, this state, and nothing of what came before."""
    for _ in range(4):
        if ui.app.screen is ui.app.main and not isinstance(ui.app.main.focused, Input):
            break
        await ui.press("escape")
    main = ui.app.main
    assert ui.app.screen is main, f"Esc does not close this:\n{ui.text}"
    main.turn_to(state)
    main.history.__init__(state)  # type: ignore[misc]
    await ui.wait_idle()


def sound(ui: Ui, command: Command) -> None:
    """Nothing broke: the app runs, no fault was logged, the screen says something."""
    assert ui.app.is_running and ui.app.crash_log is None, f"{command.id}:\n{ui.text}"
    assert "inside omnigap" not in ui.text and ui.text.strip(), f"{command.id}:\n{ui.text}"


async def tried(ui: Ui, state: ViewState, command: Command) -> bool:
    """Run it by its first key from a fresh state; False where it cannot run here, in which case its reason is read."""
    await home(ui, state)
    await ui.press(*BEFORE.get(command.id, ()))
    reason = command.enabled(ui.app.main.context)
    before = (ui.app.main.here(), ui.text)
    await ui.press(command.keys[0])
    sound(ui, command)
    if reason is not None and command.scope == "main":
        assert ui.app.main.state == replace(before[0], at=ui.app.main.state.at), f"{command.id} ran all the same"
        return False
    return True


async def test_every_command_of_the_views_runs_by_its_key() -> None:
    left = [command for command in COMMANDS if not of_popup(command) and command.id not in (*QUIT, *ELSEWHERE)]
    listed: set[str] = set()
    for name, (size, state) in VIEWS.items():
        async with opened(Shop(), size=size, state=state) as ui:
            wanted = [command for command in left if not command.views or state.view in command.views]
            here = [command for command in wanted if command.id in BEFORE or command.enabled(ui.app.main.context) is None]
            assert here, f"nothing is left to try in {name}"
            some = here if state == STORES else [one for place, one in enumerate(here) if one.views or place % 3 == 0]
            ran = [command for command in some if await tried(ui, state, command)]
            left = [command for command in left if command not in ran]
            await home(ui, state)
            await ui.press("question_mark")
            listed |= {row.key for row in ui.app.screen.query_one(GridView).content.rows if row.key is not None}
            assert ui.app.screen is not ui.app.main, name
        if not left:
            break
    assert [command.id for command in left] == []
    assert {command.id for command in COMMANDS if not of_popup(command)} <= listed, "the list of commands lacks some"


@pytest.mark.parametrize("scope", [*(scope for scope in POPUPS if scope not in ELSEWHERE), "overlay"])
async def test_every_command_of_a_pop_up_runs_by_its_key(scope: str) -> None:
    async with opened(Shop(), state=STORES) as ui:
        ui.app.main.place = str(Path.cwd())
        for command in (command for command in COMMANDS if command.scope == scope):
            await home(ui, STORES)
            await ui.press(*POPUP[scope])
            front, before = ui.app.screen, ui.text
            assert front is not ui.app.main and scope in ("overlay", front.SCOPE), command.id  # type: ignore[attr-defined]
            await ui.press(command.keys[0])
            sound(ui, command)
            assert ui.text != before or ui.app.screen is not front, f"{command.id} shows nothing:\n{before}"


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.id in QUIT], ids=lambda command: command.id)
async def test_the_commands_that_quit(command: Command) -> None:
    async with opened() as ui:
        await ui.press(command.keys[0])
        ui.expect_closed()


async def test_a_command_that_cannot_run_says_why_by_its_key() -> None:
    async with opened(state=ViewState("data")) as ui:
        for key, reason in (
            ("4", "choose a KPI first"),
            ("H", "shapes are those of Trend"),
            ("u", "there is no change to undo"),
            ("a", "near targets are shown in Gaps"),
        ):
            await ui.data.press(key).data.expect(reason)
