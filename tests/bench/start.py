"""How long until something is on the screen: `python tests/bench/start.py [WORKSPACE] [ROUNDS]`.

Through a pseudo-terminal, by turns: the app, and an empty Textual app that imports duckdb. Prints the median of each in milliseconds
from the start of the process, their ratio (the plan allows 1.3), and when the first numbers stood there, which waits for the database:
the first frame does not, so that its time is the same for any number of lines (tests/terminal/test_start.py holds that). The app opens
as it does every day, where a session has left it; both have the same terminal of 80 by 24, and both are ended by a signal.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
EMPTY = """
import duckdb
from textual.app import App
from textual.widgets import Static

class Empty(App):
    def compose(self):
        yield Static("ready and waiting")

Empty().run()
"""
PAST = 60.0


def until(command: list[str], marks: list[bytes], env: dict[str, str]) -> list[float]:
    """Milliseconds from the start of the command until each of the marks has been seen, in order; then its processor time at the first."""
    master, slave = pty.openpty()
    os.set_blocking(master, False)
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    started = time.perf_counter()
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env, cwd=ROOT, start_new_session=True)
    os.close(slave)
    seen, times = b"", []
    worked = 0.0
    try:
        for mark in marks:
            while mark not in seen:
                if not select.select([master], [], [], PAST)[0]:
                    raise TimeoutError(f"{mark!r} never came: {seen[-400:]!r}")
                seen += os.read(master, 1 << 16)
            times.append((time.perf_counter() - started) * 1000)
            worked = worked or processor(process.pid)
    finally:
        process.kill()
        process.wait()
        os.close(master)
    return [*times, worked]


def processor(pid: int) -> float:
    """Milliseconds of processor time of a process so far (Linux), all its threads: what other work on the machine does not change much."""
    try:
        parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(parts[11]) + int(parts[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else _sample()
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    home = tempfile.TemporaryDirectory()
    env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
    env |= {"XDG_STATE_HOME": home.name, "XDG_CONFIG_HOME": home.name}
    leave = "import sys; from pathlib import Path; from kpi_core.view import ViewState; from tui.state.session import Session; Session.of(Path(sys.argv[1])).keep(ViewState())"
    subprocess.run([sys.executable, "-c", leave, str(folder)], env=env, cwd=ROOT, check=True)
    app = [sys.executable, "-c", "from tui.cli import main; main()", str(folder), "--lang", "en"]
    ours: list[list[float]] = []
    empty: list[list[float]] = []
    for turn in range(rounds + 1):
        first = until(app, [b"opening the workspace", b"Revenue"], env)
        bare = until([sys.executable, "-c", EMPTY], [b"ready and waiting"], env)
        if turn:  # the first warms the disk
            ours.append(first)
            empty.append(bare)
    frame, numbers, work = (median(one[place] for one in ours) for place in range(3))
    bare_frame, bare_work = (median(one[place] for one in empty) for place in range(2))
    print(f"first frame {frame:.0f} ms, empty app {bare_frame:.0f} ms, ratio {frame / bare_frame:.2f}; first numbers {numbers:.0f} ms ({rounds} rounds)")
    print(f"processor time until the first frame {work:.0f} ms, empty app {bare_work:.0f} ms, ratio {work / bare_work:.2f}")
    return 0


def _sample() -> Path:
    sys.path.insert(0, str(ROOT))
    from tests.shop import loaded_sample

    return loaded_sample()


if __name__ == "__main__":
    sys.exit(main())
