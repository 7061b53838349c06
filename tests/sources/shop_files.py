"""The made-up files of shops and tills, each read once, and what tests ask of their accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from source_files import Loaded, write
from twins_shops import FOLDER, ORDERS, PAYMENTS, TWINS

Load = Callable[[str], Loaded]
NOT_NEEDED = "nothing in this row is needed"


def D(text: str) -> Decimal:
    return Decimal(text)


def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    """A twin by its file name, alone in its folder; `ticketlines.csv` and `beside.csv` with the files they are joined with."""
    read: dict[str, Loaded] = {}

    def loaded(name: str) -> Loaded:
        if name not in read:
            folder = tmp_path_factory.mktemp("twin")
            files = {twin.name: twin.data for twin in TWINS if twin.name == name}
            if name == "ticketlines.csv":
                files = {twin.name: twin.data for twin in FOLDER}
            elif name == "beside.csv":
                files = {"beside.csv": PAYMENTS, "orders_export_1.csv": ORDERS}
            for each, data in files.items():
                write(folder, each, data)
            read[name] = Loaded(folder / name)
        return read[name]

    yield loaded
    for one in read.values():
        one.con.close()


def checks(loaded: Loaded) -> dict[str, tuple[int, int, str]]:
    return {check.name: (check.held, check.of, check.note) for check in loaded.account.checks}


def limits(loaded: Loaded) -> set[str]:
    assert all(limit.en and limit.fr and limit.en != limit.fr for limit in loaded.account.limits)
    return {limit.missing for limit in loaded.account.limits}


def claims(loaded: Loaded) -> list[tuple[Any, ...]]:
    return loaded.rows("claims", "measure, account, detail, period_start, amount", "ORDER BY measure, period_start, account, detail")
