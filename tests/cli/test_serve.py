"""`omnigap serve`: the app over a socket, for whoever has the key, on the loopback address only."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.shop import ROOT, omnigap


@pytest.fixture(scope="module")
def served(sample_workspace: Path) -> Iterator[tuple[str, str]]:
    """The server of the sample with room for one visitor: (its address without the key, the key)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tui.cli", "serve", "-w", str(sample_workspace), "--port", str(port), "--visitors", "1", "--lang", "fr"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "NO_COLOR": "1"}) as process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        base, _, key = line.partition("?key=")
        assert base == f"http://127.0.0.1:{port}/" and len(key) > 20, line
        yield base, key
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
        assert "lecture seule" in told and "Traceback" not in told


async def _status(url: str, **headers: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status


def test_without_the_key_or_under_another_name_nothing_is_shown(served: tuple[str, str]) -> None:
    base, key = served

    async def asked() -> list[int]:
        return [
            await _status(base),
            await _status(f"{base}?key=guess"),
            await _status(f"{base}ws"),
            await _status(f"{base}?key={key}", Host="evil.example"),
            await _status(f"{base}ws?key={key}", Origin="http://evil.example"),
            await _status(f"{base}?key={key}"),
        ]

    assert asyncio.run(asked()) == [403, 403, 403, 403, 403, 200]


def test_the_page_asks_no_other_host(served: tuple[str, str]) -> None:
    base, key = served

    async def page() -> tuple[str, str, str]:
        async with aiohttp.ClientSession() as session, session.get(f"{base}?key={key}") as response:
            return await response.text(), response.headers["Content-Security-Policy"], response.headers["Set-Cookie"]

    text, policy, cookie = asyncio.run(page())
    assert "default-src 'none'" in policy
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert 'lang="fr"' in text and "La session est terminée" in text
    assert text.count("://") == text.count(f"://127.0.0.1:{base.split(':')[-1].strip('/')}")


def test_a_visitor_sees_the_scorecard_and_the_next_one_waits(served: tuple[str, str]) -> None:
    base, key = served

    async def visit() -> tuple[str, int]:
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(f"{base}ws?key={key}&width=100&height=30") as socket:
                seen = b""
                async with asyncio.timeout(60):
                    while b"Panier moyen" not in seen:
                        message = await socket.receive()
                        assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), seen[-300:]
                        seen += message.data if isinstance(message.data, bytes) else message.data.encode()
                full = await _status(f"{base}ws?key={key}")
            return seen.decode(errors="replace"), full

    seen, full = asyncio.run(visit())
    assert "Synthèse" in seen and "LECTURE SEULE" in seen
    assert full == 503


def test_a_taken_port_is_said(served: tuple[str, str], sample_workspace: Path) -> None:
    port = served[0].rsplit(":", 1)[1].strip("/")
    done = omnigap("serve", "-w", str(sample_workspace), "--port", port, "--lang", "en")
    assert done.returncode == 2
    assert f"port {port} is taken" in done.stderr and f"--port {int(port) + 1}" in done.stderr
