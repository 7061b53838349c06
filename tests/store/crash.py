"""Work on a workspace in processes of their own, so that they can be killed: at a named step, or at any moment.

One process imports everything once and forks a worker for each request, which costs a hundredth of starting Python.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

HERE = Path(__file__).resolve()
MODULES = ("store_rows", "kpi_core.store.forget", "kpi_core.store.rebuild")


class Workers:
    """`start("module.function", arguments...)` runs a function in a process of its own; arguments are what JSON can hold."""

    def __init__(self, log: Path, *modules: str, under: Sequence[str] = ()) -> None:
        self.log = log
        self.running: set[int] = set()
        paths = [str(HERE.parents[2]), str(HERE.parents[1]), str(HERE.parent), str(HERE.parents[1] / "torture")]
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [*under, sys.executable, str(HERE), json.dumps([paths, modules])], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            )

    def start(self, function: str, *arguments: object) -> int:
        """The number of the process."""
        pid = self._ask("start", function, arguments)
        self.running.add(pid)
        return pid

    def wait(self, pid: int) -> int:
        """How it ended: 0, the number of its error, or that of the signal that killed it, negative."""
        self.running.discard(pid)
        return self._ask("wait", pid)

    def run(self, function: str, *arguments: object) -> int:
        return self.wait(self.start(function, *arguments))

    def stop(self) -> None:
        """Kill what still runs."""
        for pid in list(self.running):
            os.kill(pid, signal.SIGKILL)
            self.wait(pid)

    def told(self) -> str:
        """What the processes wrote on their error output."""
        return self.log.read_text(errors="replace")[-3000:]

    def _ask(self, *request: object) -> int:
        assert self._process.stdin and self._process.stdout
        print(json.dumps(request), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        assert answer, self.told()
        return int(answer)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(60)


def _serve() -> None:
    paths, modules = json.loads(sys.argv[1])
    sys.path[:0] = paths
    for module in modules:
        import_module(module)
    for request in sys.stdin:
        verb, *rest = json.loads(request)
        if verb == "start":
            pid = os.fork()
            if not pid:
                ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: it dies with this process, which ends when its tests do
                _work(*rest)
            print(pid, flush=True)
        else:
            print(os.waitstatus_to_exitcode(os.waitpid(rest[0], 0)[1]), flush=True)


def _work(function: str, arguments: Sequence[Any]) -> None:
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        module, _, name = function.rpartition(".")
        getattr(import_module(module), name)(*arguments)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def die() -> None:
    """As by `kill -9`: nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


# ---------------------------------------------------------------- work with a store that can be stopped at its steps


@contextmanager
def carried_on() -> Iterator[None]:
    """As in a store of millions of rows: facts are cut into months, and the mart is carried on."""
    from kpi_core.store import facts, star_reach, star_update

    before = star_update.LARGE, star_update.SHARE, star_reach.MOST, facts.ROWS_PER_FILE
    star_update.LARGE, star_update.SHARE, star_reach.MOST, facts.ROWS_PER_FILE = 0, 0, 0, 1
    try:
        yield
    finally:
        star_update.LARGE, star_update.SHARE, star_reach.MOST, facts.ROWS_PER_FILE = before


def prepared() -> Any:
    """Cells, as screens have them prepared: after a small change they wait to be prepared again."""
    from kpi_core.store.rollup import Preparation

    def run(mart: Any) -> None:
        mart.execute("create table prepared_days as select day, sum(net_amount) as net from sale group by day")

    def carry(mart: Any, _before: str, _since: Any) -> bool:
        for (kind,) in mart.execute("select table_type from information_schema.tables where table_catalog = current_database() and table_name = 'prepared_days'"):
            mart.execute(f"drop {'view' if kind == 'VIEW' else 'table'} prepared_days")
        return True

    return Preparation(run=run, stamp="days", carry=carry)


def do(folder: str, verb: str, what: Sequence[Any], fault: Any = None) -> Any:
    """One change of the store: "load" files, "undo" or "redo" loads, "forget" customers, "rebuild" all."""
    fault = fault or (lambda _step: None)
    from store_rows import load

    from kpi_core.store import Workspace, rebuild, set_status
    from kpi_core.store.forget import forget

    space = Workspace.open(folder)
    with carried_on():
        if verb == "load":
            return load(space, *map(Path, what), preparation=prepared(), fault=fault)
        if verb in ("undo", "redo"):
            return set_status(space, what, "undone" if verb == "undo" else "active", preparation=prepared(), fault=fault)
        if verb == "forget":
            return forget(space, list(what), preparation=prepared(), fault=fault)
        return rebuild(space, preparation=prepared(), fault=fault)


def current(space: Any) -> tuple[bytes, dict[str, str]]:
    """What CURRENT says, and the sha256 of every file of its generation, which is what its manifest says."""
    manifest = space.manifest()
    files = {entry.file: hashlib.sha256((space.warehouse / entry.file).read_bytes()).hexdigest() for entry in manifest.files()}
    assert files == {entry.file: entry.sha256 for entry in manifest.files()}
    return (space.warehouse / "CURRENT").read_bytes(), files


def until(folder: str, verb: str, what: Sequence[Any], passed: Sequence[str], died_at: str) -> None:
    """Make the change and die at the first step that is not `passed`; its name goes into the file `died_at`. A step is named with the generation
    that people see then: "3 mart_written"."""
    from kpi_core.store import Workspace

    space, alone = Workspace.open(folder), threading.Lock()

    def step(name: str) -> None:
        label = f"{space.generation()} {name}"
        if label not in passed and alone.acquire():  # files are read side by side
            Path(died_at).write_text(label)
            die()

    do(folder, verb, what, step)


def steps() -> set[str]:
    """The steps at which a change of the store can be made to fail, as its source names them."""
    return {
        name
        for path in (HERE.parents[2] / "kpi_core" / "store").glob("*.py")
        for name in re.findall(r"""fault\(["'](\w+)["']\)""", path.read_text(encoding="utf-8"))
    }


if __name__ == "__main__":
    _serve()
