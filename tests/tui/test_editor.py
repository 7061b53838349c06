"""`o`: the line of a target or action in the user's own editor."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tui_driver import opened
from tui_shop import Shop

from kpi_core.errors import ConfigError, UsageError, Where, said
from kpi_core.view import Filter, ViewState
from tui.actions.places import spots
from tui.device.editor import command, run

FILE = Path("/shop/config/objectives.yaml")


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"EDITOR": "vi"}, ["vi", "+12", str(FILE)]),
        ({"VISUAL": "/usr/bin/nvim -R", "EDITOR": "nano"}, ["/usr/bin/nvim", "-R", "+12", str(FILE)]),
        ({"VISUAL": " ", "EDITOR": "nano"}, ["nano", "+12", str(FILE)]),
        ({"EDITOR": "emacsclient -t"}, ["emacsclient", "-t", "+12", str(FILE)]),
        ({"EDITOR": "code"}, ["code", "--wait", "--goto", f"{FILE}:12"]),
        ({"EDITOR": "code --wait"}, ["code", "--wait", "--goto", f"{FILE}:12"]),
        ({"EDITOR": "hx"}, ["hx", f"{FILE}:12"]),
        ({"EDITOR": "'my editor' --big"}, ["my editor", "--big", str(FILE)]),
    ],
)
def test_each_editor_is_told_the_line_in_its_own_way(environment: dict[str, str], words: list[str]) -> None:
    assert command(FILE, 12, environment) == words
    assert command(FILE, None, environment)[-1] == str(FILE)


@pytest.mark.parametrize("environment", [{}, {"EDITOR": "  "}, {"EDITOR": "'"}])
def test_no_editor_is_said(environment: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="no editor is set"):
        command(FILE, 12, environment)


def test_an_editor_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be started"):
        run([str(tmp_path / "none"), "x"], FILE)


def test_the_editor_gets_the_file_and_its_own_failure_is_its_own_affair(tmp_path: Path) -> None:
    script = tmp_path / "ed"
    script.write_text('#!/bin/sh\necho "$@" > "$2.seen"\nexit 3\n')
    script.chmod(0o700)
    target = tmp_path / "objectives.yaml"
    run([str(script), "+12", str(target)], target)
    assert Path(f"{target}.seen").read_text().split() == ["+12", str(target)]


def test_every_row_with_a_target_or_action_has_its_place() -> None:
    shop = Shop()
    place = ("objectives.yaml", 12)
    state = ViewState("explore", "aov", "store")
    assert [(spot.file, spot.line) for spot in spots(shop.overview(ViewState()), "aov")] == [place]
    assert [(spot.file, spot.line) for spot in spots(shop.explore(state), "Nice")] == [place]
    deepest = ViewState("explore", "aov", where=tuple(Filter(dim, ("x",)) for dim in ("channel", "store", "category", "product")))
    assert [(spot.file, spot.line) for spot in spots(shop.explore(deepest), None)] == [place]
    gaps = shop.gaps(ViewState("gaps"))
    key = next(row.key for row in gaps.rows if row.kpi.id == "aov")
    assert [(spot.file, spot.line) for spot in spots(gaps, key)] == [place, ("objectives.yaml", 9)]
    assert spots(shop.data(ViewState("data")), "1") == () == spots(None, None)


def test_where_there_are_two_one_is_chosen_and_without_an_editor_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async def journey() -> None:
        async with opened(state=ViewState("gaps", at="aov;store:Paris Rivoli"), size=(100, 30)) as ui:
            await ui.press("o")
            ui.expect("Open in the editor", "the target", "objectives.yaml:12", "the action Cross-sell prompt", "objectives.yaml:9")
            await ui.press("enter")
            ui.expect("no editor is set", "set VISUAL or EDITOR")

    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    asyncio.run(journey())


def test_a_mistake_made_in_the_editor_is_said_with_its_line_and_the_app_goes_on() -> None:
    class Edited(Shop):
        def reload(self) -> None:
            super().reload()
            if self.reloads == 1:
                raise ConfigError(said("unknown key {key}", key="valu"), where=Where("config/objectives.yaml", 12))

    async def journey() -> None:
        async with opened(source=Edited(), size=(100, 30)) as ui:
            ui.app.actions.find("edited")()
            await ui.wait_idle()
            ui.expect("config/objectives.yaml:12", "unknown key valu")
            ui.app.actions.find("edited")()
            await ui.wait_idle()
            ui.expect("Average order value").refuse("unknown key")
            await ui.press("down", "enter")
            assert ui.state.view == "explore"

    asyncio.run(journey())
