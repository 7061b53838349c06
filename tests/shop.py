"""The sample, loaded once: a workspace that every test folder and every test process reads, made anew when what makes it has changed.

    loaded_sample() -> Path     the workspace; for reading only
    copy_of_sample(to) -> Path  one of its own for a test that loads or changes something
    omnigap(arguments, ...)     the real command in a process of its own
    in_this_process(...)        the same without one, a second faster
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from kpi_core.store import LoadReport, Workspace
from kpi_core.workbench.loading import load_exports

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "sample_data"
EXPORTS = SAMPLE / "exports"
REAL = ROOT.parent / "shared" / "data"

Done = subprocess.CompletedProcess[str]
_NAME = "omnigap-tests"
_KEPT_SECONDS = 86_400


def load_into(workspace: Workspace, paths: Sequence[Path]) -> LoadReport:
    """What `omnigap load` does, without its output."""
    return load_exports(workspace, paths)


def loaded_sample() -> Path:
    """The loaded sample, in the system's temporary folder under the digest of all that it is made of; the first to ask makes it.

    OMNIGAP_TEST_SHOP names one that stays as it is, for work on what does not touch loading.
    """
    pinned = os.environ.get("OMNIGAP_TEST_SHOP")
    if pinned:
        return Path(pinned)
    base = Path(tempfile.gettempdir()) / f"{_NAME}-{os.getuid()}"
    base.mkdir(mode=0o700, exist_ok=True)
    if base.stat().st_uid != os.getuid():
        raise PermissionError(f"{base} belongs to somebody else")
    folder = base / _digest()
    with (base / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _sweep(base)
            with tempfile.TemporaryDirectory(dir=base, prefix="making-") as name:
                made = Workspace.create(Path(name) / "shop", sample=True)
                report = load_into(made, [EXPORTS])
                assert not report.failed, [str(file.error) for file in report.failed]
                made.root.rename(folder)
    return folder


def copy_of_sample(to: Path) -> Path:
    """A copy of the loaded sample; the key keeps its narrow rights."""
    shutil.copytree(loaded_sample(), to)
    return to


def omnigap(*arguments: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> Done:
    """One run of the real command, without a terminal, in English unless told otherwise."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, encoding="utf-8", timeout=240, env=environment(**(env or {})), stdin=subprocess.DEVNULL, cwd=cwd
    )


def in_this_process(*arguments: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> Done:
    """The same command in this process: a second faster, for what needs no terminal, pipe, limit or signal of its own."""
    from tui.cli import run

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), Path(os.devnull).open() as nothing:
        for name in _UNSET:
            patch.delenv(name, raising=False)
        for name, value in {"LANG": "C.UTF-8", **(env or {})}.items():
            patch.setenv(name, value)
        if cwd is not None:
            patch.chdir(cwd)
        patch.setattr(sys, "stdin", nothing)
        code = run([str(argument) for argument in arguments])
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode("utf-8"))  # type: ignore[attr-defined]
    return subprocess.CompletedProcess([str(argument) for argument in arguments], code, *texts)


def output(*arguments: str | Path) -> tuple[int, str]:
    """Exit code and stdout of the command in this process; what it tells on stderr goes there."""
    done = in_this_process(*arguments)
    sys.stderr.write(done.stderr)
    return done.returncode, done.stdout


COMMAND = (sys.executable, "-c", "from tui.cli import main; main()")
_UNSET = ("LC_ALL", "LC_MESSAGES", "LANGUAGE", "NO_COLOR", "COLUMNS", "LINES", "OMNIGAP_WORKSPACE", "OMNIGAP_DEBUG")


def environment(**more: str) -> dict[str, str]:
    """Of the command: nothing of the machine that would change what it says."""
    return {name: value for name, value in os.environ.items() if name not in _UNSET} | {"LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)} | more


def _digest() -> str:
    """Of what the loaded sample depends on: exports, configuration, and the code that reads, stores and prepares."""
    digest = hashlib.sha256(sys.version.encode())
    config = list((ROOT / "config").rglob("*.yaml"))
    code = [path for name in ("config", "sources", "store", "engine") for path in (ROOT / "kpi_core" / name).rglob("*.py")]
    for path in sorted([*config, *code, *(path for path in EXPORTS.rglob("*") if path.is_file()), Path(__file__).resolve()]):
        digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _sweep(base: Path) -> None:
    """Workspaces of other days: whoever read them is done."""
    for path in base.iterdir():
        if path.is_dir() and time.time() - path.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(path, ignore_errors=True)
