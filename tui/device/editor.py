"""The user's own editor at a line of a file: what to run, by $VISUAL and $EDITOR."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from kpi_core.errors import UsageError, Where, said

_PLUS = ("vi", "vim", "nvim", "gvim", "view", "nano", "pico", "emacs", "emacsclient", "micro", "kak", "ne", "joe", "jed", "mg", "gedit", "zile")
_GOTO = ("code", "code-insiders", "codium", "cursor", "windsurf")
_COLON = ("hx", "helix", "subl", "zed", "mate")
_WAITING = {**dict.fromkeys(_GOTO, "--wait"), "subl": "--wait", "zed": "--wait", "mate": "--wait", "gvim": "-f"}


def command(path: Path, line: int | None, environment: Mapping[str, str]) -> list[str]:
    """The command that opens the file at the line and ends when the editor does. Raises UsageError where no editor is set."""
    chosen = environment.get("VISUAL", "").strip() or environment.get("EDITOR", "").strip()
    try:
        words = shlex.split(chosen)
    except ValueError:
        words = []
    if not words:
        raise UsageError(said("no editor is set"), where=Where(str(path), line), hint=said("set VISUAL or EDITOR, such as EDITOR=nano"))
    name = Path(words[0]).name
    wait = _WAITING.get(name)
    if wait is not None and wait not in words:
        words.append(wait)
    if line is None:
        return [*words, str(path)]
    if name in _PLUS:
        return [*words, f"+{line}", str(path)]
    if name in _GOTO:
        return [*words, "--goto", f"{path}:{line}"]
    return [*words, f"{path}:{line}" if name in _COLON else str(path)]


def run(words: Sequence[str], path: Path) -> None:
    """Run it to its end. Raises UsageError when it cannot be started; what it answers is its own affair."""
    try:
        subprocess.run(words, check=False)  # the words are the user's own setting
    except OSError as error:
        raise UsageError(
            said("the editor {name} cannot be started: {reason}", name=words[0], reason=error.strerror or str(error)),
            where=Where(str(path)),
            hint=said("set VISUAL or EDITOR, such as EDITOR=nano"),
        ) from None
