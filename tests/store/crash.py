"""Run by tests in a process of its own: load one export and die, without any clean-up, at a named step."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from store_rows import load

from kpi_core.store import Workspace


def main() -> None:
    folder, source, step = sys.argv[1:]

    def die(reached: str) -> None:
        if reached == step:
            os._exit(9)

    load(Workspace.open(folder), Path(source), fault=die)


main()
