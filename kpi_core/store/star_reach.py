"""How far changed rows of the facts reach: which orders and returns must be told anew in the star, and facts that hold only these."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi_core.store.connection import identifier
from kpi_core.store.datasets import DATASETS
from kpi_core.store.facts import Facts
from kpi_core.store.manifest import FileEntry
from kpi_core.store.overlay import Before, TooFar
from kpi_core.store.resolve import completed, parquet
from kpi_core.store.settings import MartSettings
from kpi_core.store.star_awaited import awaited
from kpi_core.store.star_customers import identify

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST = 5  # of so many orders one may be reached: beyond it building the whole is no slower
OURS = "order_id in (from t)"


class Reach:
    """One change on its way. Temp tables: `t` orders to be told anew, `r` returns.

    `fresh`: every order and return that is reached is new, so that no row of the parent's mart gives way to it.
    """

    def __init__(
        self, con: DuckDBPyConnection, root: Path, before: Before, old: dict[str, tuple[FileEntry, ...]], facts: Facts, touched: frozenset[str]
    ) -> None:
        self.con, self.root, self.before, self.old, self.facts, self.touched = con, root, before, old, facts, touched
        self.contacts = self._any(before.table("touches"))
        self.carts = bool(facts.files.get("carts"))
        self.moved = self.fresh = False

    def _one(self, sql: str) -> Any:
        row = self.con.execute(sql).fetchone()
        return row[0] if row else None

    def _any(self, source: str) -> bool:
        """Has `source`, what follows FROM, a row?"""
        return self.con.execute(f"select 1 from {source} limit 1").fetchone() is not None

    # ---------------------------------------------------------------- who is who

    def persons(self, settings: MartSettings) -> None:
        """Temp tables `person` and `person_before` (key -> person where they differ), `moved`: keys that are another person's now."""
        con, held = self.con, self.before.table("persons")
        con.execute(f"create or replace temp table person_before as select customer_key, person_key from {held} where person_key is distinct from customer_key")
        if "identifiers" not in self.touched:
            con.execute("create or replace temp table person as select * from person_before")
            con.execute("create or replace temp table moved (customer_key ubigint)")
            return
        identify(con, settings)
        con.execute("create or replace temp table person as select customer_key, person_key from mart.persons where person_key is distinct from customer_key")
        con.execute(
            """create or replace temp table moved as select coalesce(p.customer_key, b.customer_key) as customer_key
               from person as p full join person_before as b on b.customer_key = p.customer_key
               where p.customer_key is null or b.customer_key is null or p.person_key is distinct from b.person_key"""
        )
        self.moved = self._any("moved")
        if self.moved and self._any("facts.touches where customer_key in (from moved)"):
            raise TooFar  # touches of somebody who is another person now

    # ---------------------------------------------------------------- how far it reaches

    def reach(self) -> None:
        """Orders and returns that changed themselves, returns of these orders, and orders that these returns name."""
        con = self.con
        for name in ("orders", "order_lines", "fulfilments"):
            if name not in self.touched:
                con.execute(f"create or replace temp table changed_{name} (order_id varchar)")
        con.execute("create or replace temp table t as select order_id from changed_orders union select order_id from changed_order_lines")
        self._fulfilments()
        if self.moved:
            con.execute("insert into t select order_id from facts.orders where customer_key in (from moved) and order_id not in (from t)")
        con.execute("create or replace temp table r (return_id varchar)")
        new = not self.moved and all(self.facts.changed[name].gained for name in self.touched if name != "identifiers")
        new = new and not self._any(f"t where order_id not in ({_ids('orders')})")
        unseen = new and "returns" not in self.touched and not awaited(con, self.before, "returns", "t")
        if not unseen and (self.facts.files.get("returns") or self.old.get("returns")):
            self._returns()
            new = new and not self._any(f"t where order_id not in ({_ids('orders')})")
        returned = f"r where return_id not in ({_ids('returns', 'return_id')})" if "returns" in self.touched else "r"
        self.fresh = new and not self._any(returned)

    def _fulfilments(self) -> None:
        """How an order was handed over says how long it took. Promises and pick-ups reach further than their order."""
        if not self.facts.files.get("fulfilments") and not self.old.get("fulfilments"):
            return
        told = "facts.fulfilments"
        if self._any(f"{told} where promised_on is not null or collected_on is not null or starts_with(order_id, 'ref:')"):
            raise TooFar
        if self._any(self.before.table("deliveries")) or self._any(self.before.table("pickups")):
            raise TooFar
        self.con.execute("insert into t select order_id from changed_fulfilments where order_id is not null and order_id not in (from t)")

    def _returns(self, every: str = "") -> None:
        """All returns of the orders that are reached, and all orders that these returns name, until neither grows: the books count orders of
        returns, so of an order all returns are told anew. `every`: what stands before the names of the whole facts."""
        con, reached = self.con, -1
        if "returns" in self.touched:
            con.execute("insert into r select return_id from changed_returns where return_id not in (from r)")
        # what a return named before it changed counts too, and how an order was called that is gone
        returns = self._named_by_returns(every)
        refs = self._any(f"{returns} where starts_with(order_id, 'ref:')")
        orders = f"select order_id, order_ref from facts.{every}orders" + (self._were("orders", "order_id, order_ref", True) if refs else "")
        called = "split_part(order_id, ':', 1) || ':' || order_ref"
        while reached != (reached := self._one("select (select count(*) from t) + (select count(*) from r)")):
            named = f"select order_id from {returns} where return_id in (from r)" if self._any("r") else "select null"
            con.execute(
                f"""insert into r select distinct return_id from {returns} where return_id not in (from r)
                    and (order_id in (from t) or order_id in ({named}))"""
            )
            if refs:
                con.execute(
                    f"""insert into r select distinct return_id from {returns} where starts_with(order_id, 'ref:') and return_id not in (from r)
                        and substr(order_id, 5) in (select {called} from ({orders}) where order_ref is not null and order_id in (from t))"""
                )
                con.execute(
                    f"""insert into t select order_id from facts.{every}orders where order_ref is not null and order_id not in (from t)
                        and {called} in (select substr(order_id, 5) from {returns} where starts_with(order_id, 'ref:') and return_id in (from r))"""
                )
            if self._any("r"):
                con.execute(
                    f"""insert into t select order_id from facts.{every}orders where order_id not in (from t)
                        and order_id in (select order_id from {returns} where return_id in (from r))"""
                )

    def _named_by_returns(self, every: str = "every_") -> str:
        """What returns of the parent and of now name, as a relation (return_id, order_id)."""
        were = self._were("returns", "return_id, order_id", "returns" in self.touched)
        return f"(select return_id, order_id from facts.{every}returns{were})"

    def _were(self, name: str, columns: str, asked: bool) -> str:
        """The rows of the parent's facts, to be added to a SELECT of those of now."""
        entries = self.old.get(name, ())
        return f" union all select {columns} from {completed(self.con, DATASETS[name], parquet(self.root, entries))}" if entries and asked else ""

    def narrow(self) -> None:
        """Hold only the rows that are reached under the names of the facts; the whole stays there as `every_<dataset>`."""
        orders = sum(entry.rows for entry in self.old.get("orders", ()))
        if self._one("select count(*) from t") * MOST > max(orders, 1):
            raise TooFar
        for name in ("orders", "order_lines", "fulfilments"):
            known = not self._any(f"t where order_id not in ({_ids(name)})")
            self._hold(name, OURS, self._new_files(name) if known else None)  # rows of changed keys lie in files of this generation
        self._hold("returns", "return_id in (from r)")
        self._name("person", ("orders", "returns"))

    def _hold(self, name: str, where: str, source: str | None = None) -> None:
        full = f"every_{name}"
        if not self._any(f"duckdb_views() where schema_name = 'facts' and view_name = '{full}'"):
            self.con.execute(f"alter view facts.{name} rename to {full}")
        self.con.execute(f"create or replace table facts.{name} as select * from {source or f'facts.{full}'} where {where}")

    def _new_files(self, name: str) -> str | None:
        before = {entry.file for entry in self.old.get(name, ())}
        entries = [entry for entry in self.facts.files.get(name, ()) if entry.file not in before]
        if not entries:
            return None
        typed = ", ".join(f"cast({identifier(column)} as {kind}) as {identifier(column)}" for column, kind in DATASETS[name].columns.items())
        return f"(select {typed}, load_id, file_line from {completed(self.con, DATASETS[name], parquet(self.root, entries))})"

    def _name(self, person: str, names: Sequence[str]) -> None:
        """Customers are persons, as `star_customers` lets the star see them."""
        for name in names:
            self.con.execute(f"update facts.{name} set customer_key = p.person_key from {person} as p where p.customer_key = facts.{name}.customer_key")


def _ids(dataset: str, key: str = "order_id") -> str:
    return f"select {key} from changed_{dataset}"
