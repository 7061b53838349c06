"""When an app under test is at rest, told exactly and at once.

Textual's pilot sleeps until the process has used no CPU for 20 ms, four times a key. Here it looks into the event loop: at rest is one in which
nothing is ready to run and no timer is due within those 20 ms. What threads do is no matter of the loop: `Ui.wait_idle` asks the app for that.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import textual.app
import textual.pilot
from textual.pilot import Pilot

SOON = 0.02


async def at_rest(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """Until nothing is left to run; a timer that is always due ends the waiting after `max_sleep` seconds."""
    loop: Any = asyncio.get_running_loop()
    end = time.monotonic() + max_sleep
    while time.monotonic() < end:
        await asyncio.sleep(0)
        if loop._ready:
            continue
        due = min((handle.when() for handle in loop._scheduled if not handle.cancelled()), default=float("inf")) - loop.time()
        if due > SOON:
            return
        await asyncio.sleep(max(due, 0))


async def drawn(app: textual.app.App[Any]) -> None:
    """At rest, with all that changed on the screen."""
    while True:
        await at_rest()
        screen = app.screen if app.is_running and app.screen_stack else None
        if screen is None or not (screen._layout_required or screen._scroll_required or screen._repaint_required or screen._dirty_widgets or screen._callbacks):
            return
        screen._on_timer_update()


async def _nothing_more(pilot: Pilot[Any], timeout: float = 30.0) -> bool:
    """In the place of a round of messages to every widget, which comes before and after each key."""
    await at_rest()
    return True


textual.app.wait_for_idle = textual.pilot.wait_for_idle = at_rest
Pilot._wait_for_screen = _nothing_more  # type: ignore[method-assign]
