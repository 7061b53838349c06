"""Every change of a store, killed at each of its steps: the first load, undo, redo, the erasure of a customer, a rebuild.

The load of one more month is killed in tests/store/test_store_faults.py. Each attempt is the retry of the one that was killed before it.
"""

from __future__ import annotations

import hashlib
import hmac
import signal
from pathlib import Path

import pytest
from crash import Workers, current, steps
from store_rows import export, line, load, order, workspace
from torture_scale import WHOLE

from kpi_core.errors import StoreError
from kpi_core.store import Workspace, gc, open_reader, verify

SLICE = {"rewritten", "current_written"}


def key_of(space: Workspace, address: str) -> int:
    """HMAC-SHA256 as the standard library computes it, its first 64 bits."""
    return int.from_bytes(hmac.new(space.key(), f"email:{address}".encode(), hashlib.sha256).digest()[:8], "big")


def numbers(space: Workspace) -> tuple[int, int, int]:
    """Sales, orders, and customers that are known."""
    with open_reader(space) as reader:
        return tuple(int(one) for one in reader.execute("select coalesce(sum(net_amount), 0), count(*), count(distinct customer_key) from orders")[0])  # type: ignore[return-value]


def sold(folder: Path, name: str, amount: int, day: str, customer: int) -> Path:
    rows = {"orders": [order(name, day, customer_key=customer)], "order_lines": [line(name, day, amount)]}
    return export(folder, f"{name}.json", {**rows, "identifiers": [{"customer_key": customer, "id_hash": customer, "kind": "email"}]})


def chain(workers: Workers, space: Workspace, verb: str, what: list[object], before: tuple[int, int, int] | None, after: tuple[int, int, int]) -> list[str]:
    """Kill the change at one step after the other; returns the steps."""
    died, first = space.root / "died", space.generation()
    unasked = steps() - SLICE if not WHOLE else set()
    passed = [f"{generation} {step}" for generation in range(first, first + 3) for step in unasked]
    begun, kept = len(passed), current(space) if first else None
    while True:
        ended = workers.run("crash.until", str(space.root), verb, what, passed, str(died))
        if ended == 0 or (ended == 1 and verb in ("undo", "redo") and space.generation() > first):  # it was published, and says so: it is done already
            break
        assert ended == -signal.SIGKILL, workers.told()
        passed.append(died.read_text())
        if space.generation() == first:
            assert not passed[-1].endswith(" published")
            if kept is not None:
                assert current(space) == kept and numbers(space) == before
            else:
                with pytest.raises(StoreError, match="nothing has been loaded yet"):
                    open_reader(space)
        else:
            assert current(space) and numbers(space) == after
            if verb == "rebuild":  # done once more it would be one generation more
                break
    assert numbers(space) == after and verify(space) == []
    gc(space)
    assert not list(space.warehouse.rglob(".tmp-*"))
    return [label.split()[1] for label in passed[begun:]]


@pytest.mark.fault(1, 2, 5)
def test_every_change_is_whole_or_nothing(tmp_path: Path, workers: Workers) -> None:
    space = workspace(tmp_path / "shop")
    space.prepare()
    ann, bob = (key_of(space, f"{name}@example.org") for name in ("ann", "bob"))
    a, b = sold(tmp_path / "in", "a", 10, "2026-09-01", ann), sold(tmp_path / "in", "b", 5, "2026-10-01", bob)
    changes: list[tuple[str, list[object], tuple[int, int, int]]] = [
        ("load", [str(a), str(b)], (15, 2, 2)),
        ("undo", [2], (10, 1, 1)),
        ("redo", [2], (15, 2, 2)),
    ]
    changes += [("forget", ["ann@example.org"], (15, 2, 1)), ("rebuild", [], (15, 2, 1))]
    state, reached = None, set[str]()
    for verb, what, after in changes:
        if WHOLE or verb == "forget":
            reached |= set(chain(workers, space, verb, what, state, after))
        elif verb == "load":
            load(space, a, b)
        state = after
    assert reached == (steps() if WHOLE else SLICE)
