"""The books of a mart that is carried on: those that stood, less what the changed rows brought, with what they bring now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from kpi_core.store.overlay import Before, TooFar
from kpi_core.store.star_books import HELD

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_Count = tuple[int, int, Decimal | None]
_NOTHING: _Count = (0, 0, None)


@dataclass(frozen=True)
class Books:
    """What some rows bring to the books: (raw, kept, amount) by dataset, (rows, orders, amount) by dataset and reason, the currencies sold in.

    `lineless`: orders that are a line of sales of their own; `held`: by how many rows star tables have grown.
    """

    ledger: dict[str, _Count] = field(default_factory=dict)
    excluded: dict[tuple[str, str], _Count] = field(default_factory=dict)
    currencies: frozenset[str] = frozenset()
    lineless: int = 0
    held: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, con: DuckDBPyConnection, ledger: str, excluded: str, currencies: Iterable[str], lineless: int = 0) -> Books:
        """Those that stand in the tables of these names."""
        kept = con.execute(f"select dataset, raw, kept, kept_amount from {ledger}").fetchall()
        left = con.execute(f'select dataset, reason, "rows", orders, amount from {excluded}').fetchall()
        told = {str(name): (raw, count, amount) for name, raw, count, amount in kept}
        return cls(told, {(str(name), str(reason)): (rows, orders, amount) for name, reason, rows, orders, amount in left}, frozenset(currencies), lineless)

    @classmethod
    def before(cls, before: Before) -> Books:
        """Those of the parent's mart."""
        row = before.con.execute(f"select value from {before.table('meta')} where key = 'currencies'").fetchone()
        return cls.read(before.con, before.table("ledger"), before.table("excluded"), str(row[0]).split() if row else ())

    def changed(self, was: Books, now: Books) -> Books:
        """These books less `was`, with `now`. Raises TooFar where the difference does not say it."""
        if was.currencies - now.currencies:
            raise TooFar  # the last sale in a currency may have gone
        ledger, excluded = dict(self.ledger), dict(self.excluded)
        for name in {*was.ledger, *now.ledger}:
            ledger[name] = _less(self.ledger.get(name, _NOTHING), was.ledger.get(name, _NOTHING), now.ledger.get(name, _NOTHING))
        for key in {*was.excluded, *now.excluded}:
            excluded[key] = _less(self.excluded.get(key, _NOTHING), was.excluded.get(key, _NOTHING), now.excluded.get(key, _NOTHING))
        held = {table: sum(books.ledger.get(name, _NOTHING)[1] * sign for books, sign in ((now, 1), (was, -1))) for table, (name, _) in HELD.items()}
        held["sale"] += now.lineless - was.lineless
        return Books(ledger, {key: count for key, count in excluded.items() if count[0]}, self.currencies | now.currencies, held=held)

    def write(self, con: DuckDBPyConnection, schema: str) -> None:
        """Into new tables of a schema, as `star_books.write_books` does; needs schema `work`."""
        con.execute(f"create or replace table {schema}.excluded as select * from work.excluded limit 0")
        con.execute(f"create or replace table {schema}.ledger as select * from work.ledger limit 0")
        for name, rows in (
            ("ledger", [(name, *counts) for name, counts in sorted(self.ledger.items())]),
            ("excluded", [(*key, *counts) for key, counts in sorted(self.excluded.items())]),
        ):
            if rows:
                marks = ", ".join(f"({', '.join('?' * len(row))})" for row in rows)
                con.execute(f"insert into {schema}.{name} values {marks}", [value for row in rows for value in row])


def _less(stood: _Count, was: _Count, now: _Count) -> _Count:
    """stood - was + now; an amount that nothing tells stays unknown."""
    counts = (stood[0] - was[0] + now[0], stood[1] - was[1] + now[1])
    amount, gone, more = stood[2], was[2], now[2]
    if gone is None:
        return *counts, (more if amount is None else amount + (more or 0))
    if amount == gone:
        if counts[1] and more is None:
            raise TooFar  # nobody can say whether what is left adds up to nothing or is unknown
        return *counts, more
    return *counts, (amount or Decimal(0)) - gone + (more or 0)
