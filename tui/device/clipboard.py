"""Copying to the reader's clipboard: OSC 52 through the terminal (also over SSH, tmux and screen), a local program where asked, else a private file.

`OMNIGAP_CLIPBOARD`: auto (OSC 52; Apple's Terminal, which has none, gets pbcopy), osc52, native (a program of the local display), file, off.
`OMNIGAP_CLIPBOARD_LIMIT`: the most bytes of base64 that the terminal is given; what is larger goes into a file.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kpi_core.errors import Message, UsageError, Where, said
from kpi_core.render.clean import clean
from tui.state.places import state_dir

VARIABLE, LIMIT_VARIABLE = "OMNIGAP_CLIPBOARD", "OMNIGAP_CLIPBOARD_LIMIT"
WAYS = ("auto", "osc52", "native", "file", "off")
LIMIT = 74_994  # bytes of base64: what hterm and many others take at most
CHUNK = 76  # GNU screen passes short control strings on, and drops long ones
KEPT = 20  # files of copied text
SECONDS = 3.0  # a clipboard program that hangs must not hold the screen
TERMINAL, PROGRAM, FILE, NOWHERE = "terminal", "program", "file", "nowhere"
TMUX = ["tmux", "load-buffer", "-w", "-"]  # into its buffer and on to the terminal outside, also where control sequences are not let through
_ESC, _BEL, _END = "\x1b", "\x07", "\x1b\\"


@dataclass(frozen=True)
class Copied:
    """Where a text went: to the terminal, to a program, into the file `place`, or nowhere (switched off)."""

    how: str
    place: str = ""


def cleaned(text: str) -> str:
    """Lines and tabs stay; nothing else that a terminal or a shell it is pasted into would obey."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("\t".join(clean(cell, max(1, len(cell))) for cell in line.split("\t")) for line in lines)


def sequence(text: str, env: Mapping[str, str]) -> str:
    """The OSC 52 that sets the clipboard, wrapped so that tmux or GNU screen hand it to the terminal outside."""
    body = base64.b64encode(text.encode("utf-8")).decode("ascii")
    bare = f"{_ESC}]52;c;{body}{_BEL}"
    if env.get("TMUX"):
        return f"{_ESC}Ptmux;{bare.replace(_ESC, _ESC * 2)}{_END}"
    if env.get("STY") or env.get("TERM", "").startswith("screen"):
        pieces = [body[at : at + CHUNK] for at in range(0, len(body), CHUNK)] or [""]
        return f"{_ESC}P{_ESC}]52;c;" + f"{_END}{_ESC}P".join(pieces) + f"{_BEL}{_END}"
    return bare


def limit_of(env: Mapping[str, str]) -> int:
    """The most bytes of base64 for the terminal; what is no number counts as not set."""
    text = env.get(LIMIT_VARIABLE, "")
    return int(text) if text.isascii() and text.isdigit() else LIMIT


def way_of(env: Mapping[str, str], platform: str = sys.platform) -> str:
    """osc52, native, file or off; an unknown word is auto."""
    way = env.get(VARIABLE, "auto").strip().lower()
    if way in WAYS and way != "auto":
        return way
    apple = platform == "darwin" and env.get("TERM_PROGRAM") == "Apple_Terminal"
    return "native" if apple and not remote(env) else "osc52"


def remote(env: Mapping[str, str]) -> bool:
    """A program here would fill the clipboard of the wrong machine."""
    return any(env.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))


def program(env: Mapping[str, str], platform: str = sys.platform) -> list[str] | None:
    """The clipboard program of the local display; None over SSH, without a display, or where none is installed."""
    if remote(env):
        return None
    tried: list[list[str]] = []
    if platform == "darwin":
        tried.append(["pbcopy"])
    if env.get("WAYLAND_DISPLAY"):
        tried.append(["wl-copy"])
    if env.get("DISPLAY"):
        tried.append(["xclip", "-selection", "clipboard"])
    if env.get("WSL_DISTRO_NAME") or platform == "win32":
        tried.append(["clip.exe"])
    return next((command for command in tried if shutil.which(command[0], path=env.get("PATH"))), None)


def copy(text: str, write: Callable[[str], None], env: Mapping[str, str] | None = None, folder: Path | None = None, files: bool = True) -> Copied:
    """Copy a text: `write` hands control sequences to the terminal, through the app's own output so that no frame is cut in two.

    Too large for the terminal, or the program does not take it: into a private file of `folder`. Raises UsageError if that cannot be
    written, or where no files may be.
    """
    env = os.environ if env is None else env
    text = cleaned(text)
    way = way_of(env)
    if way == "off":
        return Copied(NOWHERE)
    if way == "native":
        command = program(env)
        if command is not None and _handed_over(command, text):
            return Copied(PROGRAM, command[0])
        way = "osc52"
    if way == "osc52" and env.get("TMUX") and shutil.which("tmux", path=env.get("PATH", "")) and _handed_over(TMUX, text):
        return Copied(TERMINAL)
    size = (len(text.encode("utf-8")) + 2) // 3 * 4
    if way == "osc52" and size <= limit_of(env):
        write(sequence(text, env))
        return Copied(TERMINAL)
    if not files:
        raise UsageError(said("this is too long for the clipboard here: {count} characters", count=len(text)))
    return Copied(FILE, str(keep(text, state_dir() if folder is None else folder)))


def _handed_over(command: list[str], text: str) -> bool:
    data = text.encode("utf-16-le" if command[0] == "clip.exe" else "utf-8")
    try:
        done = subprocess.run(command, input=data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def keep(text: str, folder: Path, now: datetime | None = None) -> Path:
    """The text in a file that only its owner can read; the oldest of many are removed. Raises UsageError."""
    stamp = (now or datetime.now()).strftime("%Y-%m-%d-%H%M%S")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(prefix=f"copied-{stamp}-", suffix=".txt", dir=folder)  # 0600, and never a file that is there
        with open(handle, "w", encoding="utf-8", newline="") as stream:  # noqa: PTH123 - a descriptor, not a path
            stream.write(text)
        for old in sorted(folder.glob("copied-*.txt"))[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(said("the file cannot be written: {reason}", reason=error.strerror or str(error)), where=Where(str(folder))) from None
    return Path(name)


def told(what: Message, copied: Copied) -> Message:
    """What was copied, and where to when it is not the clipboard."""
    if copied.how == FILE:
        return said("{what}: in {file} (more than this terminal takes, or the clipboard is switched to files)", what=what, file=copied.place)
    if copied.how == NOWHERE:
        return said("nothing is copied: {name} is off", name=VARIABLE)
    return said("copied: {what}", what=what)
