"""What stands between the command and its first frame, in counts: nothing of the views, the numbers or the database."""

from __future__ import annotations

import subprocess
import sys

from tests.shop import ROOT, environment

LATER = ("typer", "pydantic", "yaml", "msgspec", "duckdb", "babel", "kpi_core.workbench", "kpi_core.store", "kpi_core.pages", "kpi_core.render.format", "tui.screens", "tui.actions", "tui.commands")
PROGRAM = """
import asyncio, sys
import tui.cli
from tui import settings
from tui.app import OmnigapApp
from tui.options import Options

seen = []

class Probe(OmnigapApp):
    async def _begin(self):
        seen.extend(sys.modules)
        self.exit()

def opener():
    raise AssertionError("the database is asked before the first frame")

async def main():
    async with Probe(opener, place="/shop").run_test(size=(80, 24)) as pilot:
        await pilot.pause()

asyncio.run(main())
print("\\n".join(sorted(set(seen))))
"""


def test_the_first_frame_waits_for_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=environment(), cwd=ROOT, timeout=120, check=True)
    modules = done.stdout.split()
    assert "tui.app" in modules and "textual.app" in modules
    assert [name for name in modules if name in LATER or name.startswith(tuple(f"{later}." for later in LATER))] == []
    assert sum(name.startswith(("kpi_core", "tui")) for name in modules) <= 45
