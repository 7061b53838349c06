"""The HTML report in a real browser: it draws, complains about nothing, asks the network for nothing, and prints."""

from __future__ import annotations

import http.server
import os
import re
import shutil
import struct
import subprocess
import threading
from pathlib import Path

import pytest
from tui_shop import Shop

from kpi_core.render.format import Formatter
from kpi_core.render.html import Extras, page_document
from kpi_core.view import ViewState

BROWSER = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium here: apt-get install chromium (.ci/run does)")


def browser(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One run of Chromium without a screen, its profile in `folder`; its console goes to stderr."""
    command = [BROWSER or "", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr", "--v=0", f"--user-data-dir={folder / 'profile'}"]
    env = {**os.environ, "HOME": str(folder)}
    return subprocess.run([*command, *arguments], capture_output=True, encoding="utf-8", errors="replace", timeout=120, env=env, check=False)


def document(view: str = "explore", lang: str = "en") -> str:
    shop = Shop(hostile=True)
    shop.members_of["channel"] = ("web", "<script>document.title='owned'</script>", '"><img src="http://127.0.0.1:9/x" onerror="document.title=1">', "store")
    state = ViewState(view, "aov" if view == "explore" else None)
    extras = Extras(explain=shop.explain(state)) if view == "explore" else None
    return page_document(getattr(shop, view)(state), Formatter(lang), extras)


def console(run: subprocess.CompletedProcess[str]) -> list[str]:
    """What the page itself complained about."""
    return [line for line in run.stderr.splitlines() if "CONSOLE" in line]


class Counting(http.server.BaseHTTPRequestHandler):
    """Serves the one page, and counts every request."""

    page = b""
    asked: list[str] = []  # noqa: RUF012 - set anew by the test

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(type(self).page)

    def log_message(self, format: str, *args: object) -> None:
        return


def test_the_page_loads_without_a_complaint_and_asks_the_network_for_nothing(tmp_path: Path) -> None:
    text = document()
    Counting.page, Counting.asked = text.encode("utf-8"), []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        run = browser(tmp_path, "--dump-dom", f"http://127.0.0.1:{server.server_port}/report")
    finally:
        server.shutdown()
        server.server_close()
    assert run.returncode == 0, run.stderr
    assert Counting.asked == ["/report"], "not even an icon"
    assert console(run) == []
    assert '<html lang="en">' in run.stdout
    assert run.stdout.count("<tr") == text.count("<tr"), "the browser read the tables as they were written"
    title = re.search(r"<title>(.*?)</title>", run.stdout)
    assert title is not None
    assert "owned" not in title[1]


def size_of(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def colours(png: Path) -> int:
    """How many colours a picture has: a blank one has a single one."""
    from PIL import Image

    return len(Image.open(png).convert("RGB").getcolors(1 << 24) or [])


@pytest.mark.parametrize(("width", "dark"), [(1200, False), (400, True)])
def test_it_draws_wide_narrow_and_dark(width: int, dark: bool, tmp_path: Path) -> None:
    page, picture = tmp_path / "report.html", tmp_path / "report.png"
    page.write_text(document(), encoding="utf-8")
    scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    run = browser(tmp_path, *scheme, f"--window-size={width},1000", f"--screenshot={picture}", page.as_uri())
    assert run.returncode == 0, run.stderr
    assert size_of(picture.read_bytes()) == (width, 1000)
    pytest.importorskip("PIL")
    assert colours(picture) > 50
    from PIL import Image

    corner = Image.open(picture).convert("L").getpixel((2, 2))
    assert isinstance(corner, int)
    assert (corner < 64) is dark


def test_it_prints(tmp_path: Path) -> None:
    page, paper = tmp_path / "report.html", tmp_path / "report.pdf"
    page.write_text(document("overview"), encoding="utf-8")
    run = browser(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={paper}", page.as_uri())
    assert run.returncode == 0, run.stderr
    data = paper.read_bytes()
    assert data.startswith(b"%PDF-")
    assert len(data) > 10_000
