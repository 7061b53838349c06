"""How long a key takes, from the press to the last byte drawn: `python tests/bench/keys.py [WORKSPACE] [ROUNDS]`.

The app through a pseudo-terminal, at 80x24 and 160x48. A key is answered when nothing has come for 50 ms; a key that opens a page,
after which the panes follow, when nothing has come for 300 ms. Prints in milliseconds when the first and the last byte came, and how
many bytes; a key that only moves the cursor stands above the others, so that runs on different machines can be compared as ratios.
"""

from __future__ import annotations

import os
import select
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "terminal")]

from pty_app import KEYS, PtyApp, in_pty  # noqa: E402

SIZES = ((80, 24), (160, 48))
KEY, PAGE = 0.05, 0.3  # silence after a key, and after one that opens a page
# what is pressed, what it is called, and how long it must be quiet afterwards; together they end where they began
JOURNEY = (
    ("down", "cursor down", KEY),
    ("up", "cursor up", KEY),
    ("tab", "Tab", KEY),
    ("shift+tab", "shift+Tab", KEY),
    ("/", "/", KEY),
    ("m", "/ and a letter", KEY),
    ("escape", "Esc of the filter", PAGE),
    ("enter", "Enter to Explore", PAGE),
    ("backspace", "back to Overview", PAGE),
    ("3", "Gaps", PAGE),
    ("1", "back from Gaps", PAGE),
    ("t", "Trend", PAGE),
    ("H", "Heatmap", PAGE),
    ("1", "back from Trend", PAGE),
)


def pressed(app: PtyApp, key: str, quiet: float, most: float = 10.0) -> tuple[float, float, bytes]:
    """Milliseconds until the first and the last byte that a key brings, and the bytes."""
    found = b""
    started = first = last = time.perf_counter()
    os.write(app.master, KEYS.get(key, key.encode()))
    while time.perf_counter() - started < most:
        wait = quiet if found else 1.0  # a page may take a while to come
        if not select.select([app.master], [], [], wait)[0]:
            break
        found += os.read(app.master, 1 << 16)
        last = time.perf_counter()
        first = first if first != started else last
    return (first - started) * 1000, (last - started) * 1000, found


def main(workspace: Path, rounds: int) -> None:
    for size in SIZES:
        times: dict[str, list[tuple[float, float, int]]] = {}
        with tempfile.TemporaryDirectory() as home:
            env = {"XDG_STATE_HOME": home, "XDG_CONFIG_HOME": home, "PYTHONPATH": str(ROOT)}
            argv = (sys.executable, "-c", "from tui.cli import main; main()", str(workspace), "--lang", "en", "--fresh")
            with in_pty(argv, size=size, env=env) as app:
                for turn in range(rounds + 1):
                    for key, name, quiet in JOURNEY:
                        first, last, found = pressed(app, key, quiet)
                        app.read()  # what follows when the cursor rests is not this key's
                        if turn or quiet == PAGE:
                            times.setdefault(name if turn else f"{name}, first time", []).append((first, last, len(found)))
                print(f"\n{size[0]}x{size[1]}: first screen {len(app.first):,} bytes")
        print(f"{'key':<32}{'n':>4}{'first p50':>11}{'last p50':>10}{'last p95':>10}{'bytes':>9}")
        for name, found_ in sorted(times.items(), key=lambda one: "first time" in one[0]):
            firsts, lasts, sizes = zip(*found_, strict=True)
            print(f"{name:<32}{len(found_):>4}{median(firsts):>11.0f}{median(lasts):>10.0f}{p95(lasts):>10.0f}{median(sizes):>9,.0f}")


def p95(times: Sequence[float]) -> float:
    return quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 8)
    else:
        from tests.shop import loaded_sample

        main(loaded_sample(), 8)
