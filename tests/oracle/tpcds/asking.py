"""The engine over plain tables: kpis.yaml, the tables of a connection, and table questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from kpi_core.config.yaml import load_yaml
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.run import Engine
from kpi_core.engine.table import TableQuestion
from tests.oracle.tpcds.questions import Ask

KPIS = Path(__file__).with_name("kpis.yaml")


class Reader:
    """The reader protocol over one connection."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    def execute(self, sql: str, parameters: Sequence[object] = (), /) -> list[tuple[Any, ...]]:
        return self.con.execute(sql, list(parameters)).fetchall()


def full_shop(folder: Path) -> duckdb.DuckDBPyConnection:
    """A connection over parquet files, one table each."""
    con = duckdb.connect(":memory:", config={"threads": 2, "memory_limit": "1GB"})
    for path in sorted(folder.glob("*.parquet")):
        quoted = str(path).replace("'", "''")
        con.execute(f"create view {path.stem} as select * from '{quoted}'")
    con.execute('create table coverage ("table" varchar, dim varchar, member varchar, "first" date, "last" date)')
    return con


def engine_over(con: duckdb.DuckDBPyConnection) -> Engine:
    """Checks kpis.yaml against the tables."""
    columns: dict[str, set[str]] = {}
    for table, column in con.execute("select table_name, column_name from information_schema.columns").fetchall():
        columns.setdefault(table, set()).add(column)
    return Engine(Reader(con), Catalogue.read(load_yaml(KPIS), columns))


def asker(con: duckdb.DuckDBPyConnection) -> Ask:
    """Answers table questions over the tables of a connection."""
    engine = engine_over(con)

    def ask(kpis: Sequence[str], by: Sequence[str], start: str, end: str, where: str | None = None, grain: str | None = None) -> list[Mapping[str, Any]]:
        question = TableQuestion(tuple(kpis), tuple(by), grain, where, (date.fromisoformat(start), date.fromisoformat(end)))
        answer = engine.table(question)
        return [
            {**({} if grain is None else {"period": row.period}), **dict(zip(by, row.keys, strict=True)), **dict(zip(kpis, row.numbers, strict=True))}
            for row in answer.rows
        ]

    return ask
