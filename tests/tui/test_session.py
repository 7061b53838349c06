"""Where a workspace was left: kept whole, privately, and only used where nothing else was asked for."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path

import pytest
from tui_driver import opened
from tui_shop import Shop

from kpi_core.errors import Message, said
from kpi_core.links import to_link
from kpi_core.view import Filter, Sort, ViewState
from tui import cli
from tui.app import OmnigapApp, end_of
from tui.options import Options
from tui.state.session import Session

STATE = ViewState("explore", "aov", "store", (Filter("channel", ("store",)),), "2026-W44", "previous", Sort("gap"), "l", "Lyon Part-Dieu")


def test_a_session_is_read_as_it_was_kept_for_its_owner_only(tmp_path: Path) -> None:
    session = Session.of(tmp_path)
    assert session.read() is None
    assert session.keep(STATE) and session.keep(STATE)
    assert session.read() == STATE
    assert session.path.stat().st_mode & 0o777 == 0o600 and session.path.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in session.path.parent.glob(f"*{session.path.stem}*")] == [session.path.name]  # nothing half-written beside it


def test_each_workspace_has_its_own_however_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    monkeypatch.chdir(tmp_path)
    one = Session.of(tmp_path / "a")
    assert Session.of(Path("a")) == Session.of(tmp_path / "b" / ".." / "a") == Session.of(tmp_path / "link") == one
    assert Session.of(tmp_path / "b") != one


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff",
        b"[]",
        b"{",
        b'{"version": 2, "link": "omnigap://gaps"}',
        b'{"version": 1, "link": 7}',
        b'{"version": 1, "link": "http://x"}',
        b'{"version": 1, "link": "omnigap://gaps?colour=red"}',
        b"[" * 50_000,
    ],
)
def test_what_cannot_be_read_is_no_session(tmp_path: Path, content: bytes) -> None:
    session = Session(tmp_path / "s.json")
    session.path.write_bytes(content)
    assert session.read() is None


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not Session(tmp_path / "file" / "s.json").keep(STATE)


def test_leaving_keeps_the_state_with_its_cursor_and_a_crash_does_too(tmp_path: Path) -> None:
    left: list[OmnigapApp] = []

    async def journey(crash: bool) -> None:
        async with opened(state=ViewState("explore", "aov", "store"), log_dir=tmp_path / "log") as ui:
            left.append(ui.app)
            ui.app.session = Session(tmp_path / f"{crash}.json")
            await ui.press("down", "down")
            if crash:
                ui.app._handle_exception(ZeroDivisionError("broken"))
            else:
                await ui.press("Q")

    for crash in (False, True):
        with suppress(ZeroDivisionError):  # the test driver raises it again
            asyncio.run(journey(crash))
        assert end_of(left[-1], None) == int(crash)
        found = Session(tmp_path / f"{crash}.json").read()
        assert found is not None and (found.kpi, found.by, found.at) == ("aov", "store", "Paris Rivoli")
    (log,) = (tmp_path / "log").glob("crash-*.log")
    assert log.read_text(encoding="utf-8").startswith("omnigap://explore?kpi=aov&by=store&at=Paris%20Rivoli\n")


def test_a_workspace_that_never_opened_keeps_the_session_of_before(tmp_path: Path) -> None:
    async def journey() -> None:
        def refuse() -> Shop:
            raise OSError("no")

        async with opened(opener=refuse, idle=False) as ui:
            ui.app.session = Session(tmp_path / "s.json")
            ui.app.session.keep(STATE)
            ui.app.keep_session()
            assert ui.app.session.read() == STATE

    asyncio.run(journey())


def test_what_a_link_names_and_the_shop_lacks_is_left_out_and_said() -> None:
    async def journey(state: ViewState, now: ViewState, *texts: str) -> None:
        async with opened(state=state, size=(120, 30)) as ui:
            assert ui.state == now or (ui.state.view, ui.state.kpi, ui.state.by, ui.state.where) == (now.view, now.kpi, now.by, now.where)
            ui.expect(*texts)
            await ui.press("u")
            ui.expect("there is no change to undo")  # the state that does not open is no place to go back to

    for state, now, texts in (
        (ViewState("explore", "avo"), ViewState(), ("there is no KPI avo: the overview opens",)),
        (ViewState("explore", "aov", "colour"), ViewState("explore", "aov"), ("there is no dimension colour: the first dimension is shown",)),
        (ViewState("explore", "aov", "device"), ViewState("explore", "aov"), ("orders do not know the device",)),
        (ViewState(period="2026-W99"), ViewState(), ("2026-W99 is not a period: latest:week is shown",)),
        (ViewState(basis=("by_moon",)), ViewState(), ("there is no basis by_moon",)),
        (
            ViewState("explore", "aov", where=(Filter("store", ("Nice", "Atlantis")), Filter("moon", ("x",)))),
            ViewState("explore", "aov", where=(Filter("store", ("Nice",)),)),
            ("store has no Atlantis: the filter is left out", "there is no dimension moon"),
        ),
    ):
        asyncio.run(journey(state, now, *texts))


@pytest.mark.parametrize(
    ("arguments", "opens"),
    [
        ((), STATE),
        (("--fresh",), None),  # the workspace's opening view, read behind the first frame
        (("--period", "2026-W40"), ViewState(period="2026-W40")),
        (("--compare", "none"), ViewState(compare="none")),
        (("--open", "omnigap://gaps?colour=red"), ViewState("gaps")),
    ],
)
def test_options_and_links_beat_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], opens: ViewState | None) -> None:
    seen: list[tuple[ViewState | None, Options, tuple[Message, ...]]] = []
    monkeypatch.setattr(cli.cli_open, "show_screen", lambda folder, state, options, told=(): seen.append((state, options, tuple(told))) or 0)
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(getattr(cli.sys, stream), "isatty", lambda: True, raising=False)
    Session.of(tmp_path).keep(STATE)
    assert cli.run(["open", str(tmp_path), "--read-only", *arguments]) == 0
    ((state, options, told),) = seen
    assert state == opens and options.read_only
    assert told == ((said("the link's {name} is not known and was left out", name="colour"),) if "--open" in arguments else ())


def test_the_session_says_nothing_but_stands_in_the_crumb() -> None:
    async def journey() -> None:
        async with opened(state=STATE, options=Options(read_only=True), size=(120, 30)) as ui:
            ui.expect_crumb("Total › Channel: store").expect_row("Lyon Part-Dieu").expect("/l", "READ-ONLY")
            assert to_link(ui.app.main.here()) == to_link(STATE)

    asyncio.run(journey())


def test_a_session_file_is_json_that_names_its_version(tmp_path: Path) -> None:
    session = Session(tmp_path / "s.json")
    session.keep(STATE)
    assert json.loads(session.path.read_text()) == {"version": 1, "link": to_link(STATE)}
