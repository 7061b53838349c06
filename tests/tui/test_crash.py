"""A crash of the app: exit code 1, a log only its owner can read, and no data on the terminal."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tui_shop import Shop

from tui.app import OmnigapApp


def test_a_crash_leaves_a_private_log_and_nothing_on_the_screen(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        secret = "Madame Secret, 12 rue du Lac"
        raise RuntimeError(secret)

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
