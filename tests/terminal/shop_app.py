"""Run as a program: the app on made-up pages, ended as `run_app` ends it.

Words: hostile, slow (queries wait for SIGUSR1, or until they are interrupted), crash (`r` fails; crash=start, crash=leaving), ascii, no-mouse, show-cursor, no-color,
and theme=, lang=, log=, open= (a link).
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()


def fail_in(app: Any, kind: str) -> None:
    """A fault of omnigap's own while it starts, or while it leaves."""

    def fail(*_: object) -> None:
        raise RuntimeError("Madame Secret, secret@example.org, 12 rue du Lac")

    setattr(type(app), {"start": "compose", "leaving": "on_unmount"}[kind], fail)


def main(words: list[str]) -> int:
    sys.path[:0] = [str(HERE.parents[2]), str(HERE.parents[1] / "tui")]
    from tui_shop import Shop

    from kpi_core.links import from_link
    from tui.app import OmnigapApp, run_to_end
    from tui.options import Options

    shop = Shop(hostile="hostile" in words)
    if "slow" in words:
        shop.hold()
        signal.signal(signal.SIGUSR1, lambda number, frame: shop.release())
    values = dict(word.split("=", 1) for word in words if "=" in word)
    options = Options(
        values.get("lang", "en"),
        "ascii" in words,
        values.get("theme", "dark"),
        mouse="no-mouse" not in words,
        no_color="no-color" in words,
        show_cursor="show-cursor" in words,
    )
    state, _ = from_link(values.get("open", "omnigap://overview"))
    app = OmnigapApp(lambda: shop, state=state, place="/shop", options=options, debounce=0, poll=0, log_dir=Path(values.get("log", "/nowhere")))

    if "crash" in values:
        fail_in(app, values["crash"])
    if "crash" in words:

        run = app.run_command

        def fail(command: str | None) -> None:
            if command == "refresh":
                raise RuntimeError("Madame Secret, 12 rue du Lac")
            run(command)

        app.run_command = fail  # type: ignore[method-assign]
    return run_to_end(app)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
