"""A crash of the app: exit code 1, a log only its owner can read, and no data on the terminal."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from textual.app import ComposeResult
from textual.reactive import reactive
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from tui_shop import Shop

from tests.shop import environment
from tui.app import OmnigapApp, end_of

SECRET = "Madame Secret, secret@example.org, 12 rue du Lac"


def fail(*_: object, **__: object) -> None:
    raise RuntimeError(SECRET)


class Broken(Screen[None]):
    """A pop-up of which one part fails."""

    part = "compose"

    def compose(self) -> ComposeResult:
        if self.part == "compose":
            fail()
        yield Part()

    def on_mount(self) -> None:
        if self.part == "watch":
            self.query_one(Part).level = 3
        elif self.part == "style":
            self.query_one(Part).styles.width = Secret()  # type: ignore[assignment]


class Secret:
    """What an error quotes by its repr."""

    def __repr__(self) -> str:
        return SECRET


class Part(Widget):
    level = reactive(0)

    def render_line(self, y: int) -> Strip:
        return Strip([]) if self.screen.part != "render" else fail()  # type: ignore[attr-defined, return-value]

    def watch_level(self, level: int) -> None:
        if level:
            fail()


def break_in(app: OmnigapApp, kind: str) -> None:
    """Something fails once the main screen is there."""
    if kind == "timer":
        app.set_timer(0.001, fail)
    elif kind == "worker":
        app.run_worker(fail, thread=True)
    elif kind == "task":
        app.run_worker(asyncio.to_thread(fail))
    elif kind == "key":
        app.run_command = fail  # type: ignore[method-assign]
        app.simulate_key("r")
    elif kind == "page":
        app.main._draw = fail  # type: ignore[method-assign]
        app.main.live.reload()
    else:
        screen = Broken()
        screen.part = kind
        app.push_screen(screen)


@pytest.mark.fault(22)
@pytest.mark.parametrize("kind", ["timer", "worker", "task", "key", "page", "compose", "render", "watch", "style"])
def test_wherever_it_fails_it_ends_with_a_log_and_without_data(kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async def crash() -> tuple[OmnigapApp, int]:
        app = OmnigapApp(Shop, place="/shop", debounce=0, poll=0, log_dir=tmp_path / "log")

        broken: list[str] = []

        def wait() -> None:
            if app.built and app.main.page is not None and not broken:
                broken.append(kind)
                break_in(app, kind)

        app.call_later(lambda: app.set_interval(0.01, wait))
        await asyncio.wait_for(app.run_async(headless=True), 30)
        return app, end_of(app, None)

    app, code = asyncio.run(crash())
    assert code == app.return_code == 1
    (log,) = (tmp_path / "log").glob("crash-*.log")
    assert log.stat().st_mode & 0o777 == 0o600
    text = log.read_text(encoding="utf-8")
    assert text.startswith("omnigap://") and "Traceback" in text
    assert "secret@example.org" not in text and "locals" not in text
    out, err = capfd.readouterr()
    assert "ecret" not in out + err and "Traceback" not in out + err
    assert "omnigap stopped because of a fault of its own" in err and str(log) in err


@pytest.mark.fault(22)
def test_a_command_that_fails_prints_no_traceback(tmp_path: Path) -> None:
    """In the command, in a thread, where nobody is left to catch it: each goes to a private file."""
    program = f"""
import sys, threading
from tui import cli
from tui.cli import report
def fail(*_, **__): raise RuntimeError({SECRET!r})
class Late:
    def __del__(self): fail()
def broken(*_):
    thread = threading.Thread(target=fail); thread.start(); thread.join()
    Late()
    fail()
cli._answer = broken
sys.argv[1:] = ["kpis", "--lang", "en"]
cli.main()
"""
    env = environment(XDG_STATE_HOME=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 70
    assert "ecret" not in done.stdout + done.stderr and "Traceback" not in done.stderr
    logs = list(tmp_path.rglob("crash-*.log"))
    assert len(logs) == 3 and {path.stat().st_mode & 0o777 for path in logs} == {0o600}
    assert not [path for path in logs if "secret@example.org" in path.read_text(encoding="utf-8")]


@pytest.mark.fault(22)
def test_a_crash_leaves_a_private_log_and_nothing_on_the_screen(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async def crash() -> OmnigapApp:
        app = OmnigapApp(Shop, place="/shop", debounce=0, log_dir=tmp_path / "log")
        app.call_later(fail)
        await app.run_async(headless=True)
        return app

    app = asyncio.run(crash())
    assert app.return_code == 1
    (log,) = (tmp_path / "log").glob("crash-*.log")
    assert app.crash_log == log
    assert log.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o700
    assert "RuntimeError" in log.read_text(encoding="utf-8")
    out, err = capfd.readouterr()
    assert "Secret" not in out + err and "Traceback" not in out + err
