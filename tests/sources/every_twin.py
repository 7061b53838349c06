"""All made-up files of all layouts, by a name of their own, and how they are read by tests that only compare."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import twins_audience
import twins_markets
import twins_shops
import twins_templates
from source_files import KEY, PROFILES
from twins import Twin

from kpi_core.config.layouts import Answers
from kpi_core.sources import Account, Profiles, convert, recognise
from kpi_core.sources.recognise import Recognised

TWINS: dict[str, Twin] = {
    f"{twin.profile}-{twin.name}": twin for twin in (*twins_shops.TWINS, *twins_markets.TWINS, *twins_audience.TWINS, *twins_templates.TWINS)
}
FOLDER = twins_shops.FOLDER  # needs its neighbours


def data_of(twin: Twin) -> bytes:
    return twin.data if isinstance(twin.data, bytes) else twin.data.encode()


@dataclass(frozen=True)
class Read:
    """What a conversion gave: rows of each table in a stable order, without their line."""

    recognised: Recognised
    account: Account
    tables: dict[str, list[tuple[Any, ...]]]


@cache
def connection() -> duckdb.DuckDBPyConnection:
    """One for all files of a process: a conversion leaves nothing in it but its tables, which are dropped here."""
    con = duckdb.connect()
    con.execute("SET threads = 1")
    return con


def read(path: Path, profiles: Profiles = PROFILES, answers: Answers = Answers(confirmed=True)) -> Read:  # noqa: B008 (frozen)
    """Recognise and convert. Raises what they raise."""
    con = connection()
    recognised = recognise(path, profiles)
    converted = convert(con, recognised, key=KEY, answers=answers)
    tables = {name: con.execute(f"SELECT * EXCLUDE (file_line) FROM {table}").fetchall() for name, table in converted.tables.items()}
    for table in converted.tables.values():
        con.execute(f"DROP TABLE {table}")
    return Read(recognised, converted.account, {name: sorted((tuple(map(_plain, row)) for row in rows), key=repr) for name, rows in tables.items()})


def _plain(value: Any) -> Any:
    return 0.0 if isinstance(value, float) and not math.isnan(value) and value == 0 else value


def control_characters(tables: dict[str, list[tuple[Any, ...]]]) -> list[str]:
    """Texts of canonical rows that could move a terminal's cursor, hide, or break a line."""
    texts = {value for rows in tables.values() for row in rows for value in row if isinstance(value, str)}
    return [text for text in texts if any(unicodedata.category(sign) in ("Cc", "Cf", "Cs") for sign in text)]
