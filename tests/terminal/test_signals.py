"""A terminal that is stopped, resized, too small, noisy or gone; a fault where nothing is on the screen yet or any more; a load that is told to end."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pty_screen import DEADLINE, Session, shop

from kpi_core.store import Workspace
from kpi_core.store.files import load_lock
from tests.shop import COMMAND, environment


@contextmanager
def running(*options: str, until: str = "Revenue", **variables: str) -> Iterator[Session]:
    session = Session(shop(*options), **variables)
    try:
        session.until(until)
        yield session
    finally:
        session.close()


def state(pid: int) -> str:
    """One letter: T is stopped."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0]


def nobody_left(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.fault(20)
def test_a_stopped_app_gives_the_terminal_back_and_draws_everything_when_it_goes_on() -> None:
    with running() as session:
        session.quiet()
        for width, height in ((100, 30), (80, 24)):  # twice, of another size each time
            session.signal(signal.SIGTSTP)
            while state(session.process.pid) != "T":
                session.read(0.05)
            session.quiet(0.1)
            assert session.unrestored == []
            session._size(width, height)  # nobody hears of it
            session.terminal.resize(width, height)
            session.signal(signal.SIGCONT)
            session.until("Revenue")
            session.until("Return rate")
            assert "1049" in session.terminal.modes and "25" not in session.terminal.modes
            session.quiet()
            assert max(map(len, session.terminal.lines)) > width - 12 and session.terminal.outside == []
        session.press("q")
        assert session.finish() == 0 and session.unrestored == [] and session.terminal.strange == []


@pytest.mark.fault(20)
def test_a_storm_of_sizes_a_screen_of_one_cell_and_bytes_that_are_no_text() -> None:
    with running() as session:
        for step in range(40):
            session.resize(20 + 7 * step % 140, 5 + 3 * step % 50)
            session.read(0)
        for width, height in ((20, 5), (1, 1), (3, 2)):
            session.resize(width, height)
            session.press("jj2").quiet(0.2).press("1").quiet(0.2)
            assert session.process.poll() is None
        session.resize(80, 24)
        session.until("Revenue")
        session.press("/").quiet(0.2)
        os.write(session.master, b"\xff\xfe\x80ret\xc3")
        session.until("ret")
        session.press("\x1b").quiet(0.6)
        session.press("Q")
        assert session.finish() == 0 and session.unrestored == [] and session.terminal.strange == []


@pytest.mark.fault(20)
def test_nothing_is_left_of_an_app_whose_terminal_is_gone() -> None:
    session = Session(shop("slow"))
    try:
        session.until("opening|asking")
        session.signal(signal.SIGHUP)
        os.close(session.master)
        assert session.process.wait(DEADLINE) == 128 + signal.SIGHUP
        assert nobody_left(session.process.pid)
    finally:
        session.master = os.open(os.devnull, os.O_RDONLY)
        session.close()


@pytest.mark.fault(22)
@pytest.mark.parametrize("kind", ["start", "leaving"])
def test_a_fault_before_the_first_frame_or_while_leaving(kind: str, tmp_path: Path) -> None:
    session = Session(shop(f"crash={kind}", f"log={tmp_path / 'log'}"))
    try:
        if kind == "leaving":
            session.until("Revenue")
            session.press("q")
        assert session.finish() == 1
        assert session.unrestored == []
        assert b"ecret" not in session.raw and b"Traceback" not in session.raw
        (log,) = (tmp_path / "log").glob("crash-*.log")
        assert log.stat().st_mode & 0o777 == 0o600
        text = log.read_text(encoding="utf-8")
        assert "RuntimeError" in text and "secret@example.org" not in text
    finally:
        session.close()


# ---------------------------------------------------------------- commands


def costs(path: Path, rows: int, cost: int) -> None:
    lines = [f"S{number},2026-{1 + number % 12:02d}-01,{cost + number % 97}.{number % 90 + 10}" for number in range(rows)]
    path.write_text("sku,valid from,unit cost\n" + "\n".join(lines) + "\n", encoding="utf-8")


# a shell that starts the tests in the background has them ignore SIGINT, and so would the command
HEARS = ("-c", "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from tui.cli import main; main()")


@pytest.mark.fault(20)
@pytest.mark.parametrize(
    ("number", "when"),
    [(signal.SIGINT, ".tmp-*"), (signal.SIGTERM, "batches/*/*.parquet"), (signal.SIGHUP, "facts/**/.tmp-*")],
    ids=["SIGINT, reading", "SIGTERM, read", "SIGHUP, publishing"],
)
def test_a_load_that_is_told_to_end_leaves_the_old_numbers_and_nothing_else(number: signal.Signals, when: str, tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "shop")
    costs(workspace.exports_dir / "a.csv", 10, 1)
    env = environment(XDG_CACHE_HOME=str(tmp_path / "cache"))
    command = [COMMAND[0], *HEARS, "load", "-w", str(workspace.root), "--lang", "en"]
    assert subprocess.run(command, env=env, capture_output=True, timeout=DEADLINE).returncode == 0
    before = {path: path.read_bytes() for path in workspace.warehouse.rglob("*") if path.is_file() and path.name != "load.lock"}
    costs(workspace.exports_dir / "b.csv", 200_000, 2)
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, text=True)
    try:
        end = time.monotonic() + DEADLINE
        while not [path for path in workspace.warehouse.glob(when) if path not in before] and process.poll() is None and time.monotonic() < end:
            time.sleep(0.002)
        process.send_signal(number)
        out, err = process.communicate(timeout=DEADLINE)
    finally:
        process.kill()
    assert process.returncode == 128 + number, (out, err)
    assert err.strip().splitlines()[-1] == "interrupted" and "Traceback" not in err and "leaked" not in err
    assert nobody_left(process.pid)
    after = {path: path.read_bytes() for path in workspace.warehouse.rglob("*") if path.is_file() and path.name != "load.lock"}
    assert {path.name for path in after} == {path.name for path in before} and after == before
    assert list(workspace.warehouse.rglob(".tmp-*")) == [] and list((tmp_path / "cache").rglob("spill-*")) == []
    with load_lock(workspace.warehouse / "load.lock"):
        pass


@pytest.mark.fault(20)
@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-", "| head -c 1", ">/dev/full"])
def test_an_output_that_nobody_takes(closed: str) -> None:
    line = f'"$@" kpis --lang en {closed}; exit "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", line, "-", *COMMAND], env=environment(), capture_output=True, text=True, timeout=DEADLINE)
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
    assert done.returncode == (3 if "full" in closed else 0)
    assert ("No space left" in done.stderr) == ("full" in closed)
