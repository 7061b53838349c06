"""`omnigap serve`: the app in a browser of this machine."""

from __future__ import annotations

import os
import shlex
import socket
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from kpi_core.errors import UsageError, said
from tui.cli.common import EXIT_OK, t, tell, write
from tui.cli.page import Asked, about_a_page
from tui.options import SERVED

Port = Annotated[int, typer.Option("--port", metavar="PORT", min=1, max=65535, help=t("Port on 127.0.0.1."))]
Visitors = Annotated[int, typer.Option("--visitors", metavar="COUNT", min=1, max=50, help=t("Browsers at the same time, each with a process of its own."))]


@about_a_page("no_color")
def serve(asked: Asked, port: Port = 8000, visitors: Visitors = 4) -> int:
    try:
        from tui.serve import ADDRESS, ServedApp
    except ImportError:
        raise UsageError(said("omnigap serve needs textual-serve"), hint=said("install it beside omnigap: pip install 'omnigap[serve]'")) from None
    from kpi_core.links import to_link

    state = asked.state()
    with asked.bench() as bench:
        title = f"omnigap · {bench.desk.title}"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            raise UsageError(said("port {port} is taken", port=str(port)), hint=said("name another one: --port {port}", port=str(port + 1))) from None
    words = [sys.executable, "-m", "tui.cli", "open", "-w", str(asked.folder.resolve()), "--lang", asked.how.lang, "--read-only", "--open", to_link(state)]
    os.environ[SERVED] = "1"
    os.environ["TERM"] = "xterm-256color"  # the browser's terminal is not the one that this was typed in, nor inside what that runs in
    for name in ("TMUX", "STY"):
        os.environ.pop(name, None)

    def said_there(lines: Sequence[str]) -> None:
        write(f"{lines[0]}\n")
        sys.stdout.flush()
        for line in lines[1:]:
            tell(line)

    ServedApp(shlex.join([*words, *(["--ascii"] if asked.how.ascii else [])]), port, title, visitors, asked.fmt, said_there).serve()
    return EXIT_OK
