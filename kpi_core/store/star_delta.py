"""Few changed rows -> the next star, by the very statements that build one, run over the orders and customers that the change can reach.

What an order, a line, a return or a customer says in the star depends on that order, its returns and all orders of its customer, and on few
things that hold of everything (the last day, which channels tell their returns). So the statements of the star are run over facts that hold
only these orders, and their rows take the place of those that stood there. Whatever else may have changed is refused, and the mart is built
whole: a star table that is fed by something else, or one of those things that hold of everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_core.store.book_delta import Books
from kpi_core.store.connection import identifier
from kpi_core.store.facts import Facts, attach_facts
from kpi_core.store.manifest import FileEntry
from kpi_core.store.overlay import NEXT, Before, TooFar, gives_way, replaced
from kpi_core.store.settings import MartSettings
from kpi_core.store.star_awaited import awaited, follow_awaited
from kpi_core.store.star_base import book, constant_rates, prepare
from kpi_core.store.star_books import LINELESS, currencies
from kpi_core.store.star_journeys import CARTS, CARTS_REACH, CONTACTS, JOURNEY_STEPS, LOOK_BACK, REACHED_BUYERS
from kpi_core.store.star_reach import OURS, Reach
from kpi_core.store.star_sales import KEPT_STEPS, ORDER_STEPS, RETURNED_BY_CHANNEL, SALE_STEPS, book_sales, run

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FED = {"orders", "order_lines", "returns", "identifiers", "fulfilments"}  # datasets whose changed rows are followed into the star
NEEDED = {*FED, "carts", "touches", "products", "product_costs", "stores", "fx_rates"}
UNFOLLOWED = ("stock",)  # datasets through which a changed order reaches rows of others
TURNS = 4  # times that the reach may grow


def follow(
    con: DuckDBPyConnection, root: Path, before: Before, old: dict[str, tuple[FileEntry, ...]], facts: Facts, touched: Sequence[str], settings: MartSettings
) -> tuple[Books, list[str]]:
    """Write the changed tables of the star into catalog `next`; returns the books as they are then, and the names of these tables.

    `old`: fact files of the parent; `touched`: datasets that changed, each with its temp table `changed_<dataset>`. Catalog `mart` is used as
    scratch. Raises TooFar where the change reaches what is not followed.
    """
    if not set(touched) <= FED or any(facts.files.get(name) or old.get(name) for name in UNFOLLOWED):
        raise TooFar
    attach_facts(con, root, facts.files, NEEDED)
    prepare(con, settings)
    steps = _Steps(con, root, before, old, facts, frozenset(touched))
    steps.persons(settings)
    steps.reach()
    for _ in range(TURNS):
        steps.narrow()
        steps.rates()
        steps.orders()
        if not steps.grow():
            break
    else:
        raise TooFar
    tables = steps.write()
    now = steps.books()
    return Books.before(before).changed(steps.books_before(), now), tables


class _Steps(Reach):
    """What it changes in the star. Temp table `c`: customers whose orders are numbered anew."""

    def rates(self) -> None:
        """The constant rates. Raises TooFar when one is another than before: it is that of every day."""
        if self.fresh:
            constant_rates(self.con, before=self.before.table("constant_rates"))
        else:
            constant_rates(self.con, prefix="every_")
        sides = f"(from work.constant) as n full join {self.before.table('constant_rates')} as b on b.currency = n.currency"
        if self._any(f"{sides} where n.divisor is distinct from b.divisor"):
            raise TooFar

    def orders(self) -> None:
        """Build mart.orders and mart.returns of what is reached: orders of `t`, and all others of the customers `c` as they stand, numbered anew."""
        con, before = self.con, self.before
        con.execute("delete from work.past")
        run(con, KEPT_STEPS)
        stood = before.table("orders")
        was = f"select order_id, day, customer_key from {stood} where {'false' if self.fresh else OURS}"
        con.execute(f"create or replace temp table t_before as {was}")
        last = self._one(f"""select "last" from {before.table("coverage")} where "table" = 'orders' and dim = ''""")
        rest = last
        if last is not None and self._one("select max(day) from t_before") == last:
            rest = self._one(f"select max(day) from {stood} where order_id not in (from t)")
        newest = max((day for day in (rest, self._one("select max(day) from work.kept")) if day is not None), default=None)
        con.execute("create or replace table work.last_order as select ?::date as last_day", [newest])
        low, high = sorted((last or newest or date.min, newest or last or date.min))
        self._customers(low, high)
        others = "" if self.fresh else f" and not (r.{OURS})"
        whose = "r.customer_key in (select customer_key from c union all select customer_key from grown)"
        con.execute(f"create or replace temp table stayed as {before.located('orders', whose + others)}")
        columns = ", ".join(identifier(str(row[0])) for row in con.execute("describe work.kept").fetchall())
        con.execute(f"insert into work.kept by name select {columns} from stayed where customer_key not in (select customer_key from grown)")
        run(con, ORDER_STEPS)
        # of these only their place in the history of the customer can be another
        con.execute(
            """create or replace temp table renumbered as
               select b.order_id, n.customer_type is distinct from b.customer_type as renamed from mart.orders as n join stayed as b using (order_id)
               where (n.customer_type, n.is_first_order, n.customer_channels) is distinct from (b.customer_type, b.is_first_order, b.customer_channels)"""
        )
        self._channels()

    def _customers(self, low: date, high: date) -> None:
        """Temp table `c`, and `work.past`: who comes back after all earlier orders, and who only came of age in (low, high].

        Temp table `grown`: those of them who came back in a new channel, which all their orders say.
        """
        con, customers = self.con, self.before.table("customers")
        aged = f"select customer_key from {customers} where matured_on > $low and matured_on <= $high"
        con.execute(
            f"""create or replace temp table late as
                with came as (select customer_key, min(day) as day, coalesce(list(distinct channel) filter (channel is not null), []) as channels
                              from work.kept where customer_key is not null group by customer_key)
                select customer_key, list_sort(list_distinct(list_concat(stood.channels, came.channels))) as channels,
                       not list_has_all(stood.channels, came.channels) as grown
                from came join {customers} as stood using (customer_key) where stood.last_order < came.day"""
            if self.fresh
            else "create or replace temp table late (customer_key ubigint, channels varchar[], grown boolean)"
        )
        con.execute(
            f"""create or replace temp table c as
                select distinct customer_key from (
                    select customer_key from work.kept union all select customer_key from t_before
                    union all select p.person_key from person as p semi join moved using (customer_key)
                    union all select p.person_key from person_before as p semi join moved using (customer_key)
                    union all select customer_key from moved
                    union all {aged} and {"false" if self.fresh else "true"}
                ) where customer_key is not null and customer_key not in (select customer_key from late)""",
            {"low": low, "high": high},
        )
        # people are shown under a short code: who shares its first half is looked at with them
        con.execute(
            f"""insert into c select customer_key from {customers} as o
                where o.customer_key >> 32 in (select customer_key >> 32 from c) and o.customer_key not in (from c)"""
        )
        con.execute(
            f"""insert into work.past
                with summed as (select customer_key from late union {aged} and {"true" if self.fresh else "false"}),
                alike as (select customer_key >> 32 as half, cohort from {customers} where customer_key >> 32 in (select customer_key >> 32 from summed)
                          group by all having count(*) > 1)
                select customer_key, lifetime_orders, coalesce(late.channels, o.channels), o.day, o.last_order, o.first_channel, o.country,
                       o.lifetime_revenue, o.repeat_90, alike.half is not null
                from {customers} as o left join late using (customer_key) left join alike on alike.half = o.customer_key >> 32 and alike.cohort = o.cohort
                where customer_key in (from summed) and customer_key not in (from c)""",
            {"low": low, "high": high},
        )
        con.execute(
            """create or replace temp table grown as
               select customer_key, cast(len(channels) as integer) as channels from late where grown and customer_key not in (from c)"""
        )

    def _channels(self) -> None:
        """Which channels tell their returns is said of all of them: when it changes, lines of every day do."""
        con, stood = self.con, self.before.table("returns")

        def silent() -> list[set[str]]:
            return [{row[0] for row in con.execute(f"select channel from work.{name}").fetchall()} for name in ("uncounted", "unnamed")]

        con.execute(RETURNED_BY_CHANNEL.format(returns=stood))
        was = silent()
        if not self._any("r"):
            return
        sold = "channel, qty, sold_on"
        after = f"(select {sold} from {stood} where return_id not in (from r) union all select {sold} from mart.returns)"
        con.execute(RETURNED_BY_CHANNEL.format(returns=after))
        changed = {channel for one, other in zip(was, silent(), strict=True) for channel in one ^ other}
        if changed & {row[0] for row in con.execute(f"select distinct coalesce(channel, '') from {self.before.table('sale')}").fetchall()}:
            raise TooFar

    def grow(self) -> bool:
        """Orders whose lines must be told anew, because what their customer is called has changed: they join those that are reached."""
        con = self.con
        con.execute("create or replace temp table more as select order_id from renumbered where renamed")
        if not self._any("more"):
            return False
        con.execute("insert into t from more")
        self._returns("every_")
        self.fresh = False
        return True

    def write(self) -> list[str]:
        """Tell the reached rows anew and put them in their place; the names of the tables that may have changed."""
        con, before = self.con, self.before
        run(con, SALE_STEPS)
        ids = "r.order_id in (select order_id from t_before)"
        was = "select * from stayed where order_id in (select order_id from renumbered) or customer_key in (select customer_key from grown)"
        was += "" if self.fresh else f" union all {before.located('orders', ids)}"
        now = f"""select * from mart.orders where {OURS} or order_id in (select order_id from renumbered) union all by name
                  select stayed.* exclude (side, place) replace (grown.channels as customer_channels) from stayed join grown using (customer_key)"""
        replaced(before, "orders", was, now, differ=self.fresh)
        self._put("sale", f"r.day in (select day from t_before) and {ids}", keep=OURS)
        self._put("returns", "r.return_id in (from r)")
        self._put("returns_by_sale", "r.return_id in (from r)")
        self._put("customers", "r.customer_key in (select customer_key from c union all select customer_key from work.past)", always=True)
        known = not self.fresh or self._any(f"{before.table('customers')} where customer_key in (from c)")
        self._put("customer_orders", "r.customer_key in (from c)", always=known)
        written = ["orders", "sale", "returns", "returns_by_sale", "customers", "customer_orders"]
        # from here on only orders that are told anew: what their customers did before them is as it was
        con.execute("alter table mart.orders rename to every_order")
        con.execute(f"create view mart.orders as select * from mart.every_order where {OURS}")
        if self.carts:
            self._hold("carts", OURS if not self.fresh or awaited(con, before, "carts", "t") else "false")
            self._name("person", ("carts",))
            con.execute(CARTS_REACH.format(carts="facts.every_carts"))
            con.execute(CARTS)
            self._put("carts", "r.order_id in (from t)", always=not self.fresh or self._any("facts.carts"))
            written.append("carts")
        if self.contacts:
            recent = f"day between (select min(day) from mart.orders) - {LOOK_BACK} and (select max(day) from mart.orders)"
            recent += " and customer_key in (select customer_key from mart.orders)"
            con.execute(f"create or replace table mart.touches as select * from {before.table('touches')} where {recent}")
            con.execute(CONTACTS.format(touches=before.table("touches")))
            for statement in JOURNEY_STEPS:
                con.execute(statement)
            self._put("conversions", ids)
            self._put("attributed", ids)
            self._interactions()
            written += ["conversions", "attributed", "interactions"]
        follow_awaited(con, before, self._named_by_returns(), fresh=self.fresh and "returns" not in self.touched)
        gives_way(before, "constant_rates")
        con.execute(f"create table {NEXT}.main.constant_rates as select * from work.constant order by currency")
        written += ["awaited", "constant_rates"]
        return [*written, *(self._persons_written() if "identifiers" in self.touched else ())]

    def _put(self, table: str, where: str, *, keep: str = "true", always: bool = False) -> None:
        """`always`: rows of the parent's mart may give way even to new orders."""
        was = self.before.located(table, where) if always or not self.fresh else None
        replaced(self.before, table, was, f"select * from mart.{table} where {keep}")

    def _interactions(self) -> None:
        """Purchases of known customers are contacts too; they name no order, so all of a customer's day are told anew."""
        con, before = self.con, self.before
        if self.fresh:
            replaced(before, "interactions", None, REACHED_BUYERS)
            return
        if self._any(f"{before.table('touches')} where kind = 'order'"):
            raise TooFar  # nobody can tell such a touch from a purchase
        con.execute(
            f"""create or replace temp table bought as select distinct customer_key, day from (
                    select customer_key, day from t_before union all select customer_key, day from mart.every_order where {OURS}
                ) where customer_key is not null"""
        )
        con.execute("create or replace view mart.orders as select * from mart.every_order where (customer_key, day) in (from bought)")
        which = "r.kind = 'order' and (r.customer_key, r.day) in (select (customer_key, day) from bought)"
        replaced(before, "interactions", before.located("interactions", which), REACHED_BUYERS)

    def _persons_written(self) -> list[str]:
        con, before = self.con, self.before
        con.execute(
            f"""create or replace temp table renamed as select coalesce(n.customer_key, b.customer_key) as customer_key
                from mart.persons as n full join {before.table("persons")} as b on b.customer_key = n.customer_key
                where n.customer_key is null or b.customer_key is null or n.kind is distinct from b.kind or n.person_key is distinct from b.person_key"""
        )
        which = "r.customer_key in (from renamed)"
        replaced(before, "persons", before.located("persons", which), f"select r.* from mart.persons as r where {which}")
        for name in ("hubs", "refused"):
            gives_way(before, name)
            con.execute(f"create table {NEXT}.main.{name} as select * from mart.{name}")
        return ["persons", "hubs", "refused"]

    # ---------------------------------------------------------------- the books

    def books(self) -> Books:
        """What the reached rows bring to the books. Raises TooFar where rows are listed one by one."""
        con = self.con
        for name in ("excluded", "ledger", "undated", "unrated"):
            con.execute(f"delete from work.{name}")
        book_sales(con)
        if self.carts:
            book(con, "carts", "work.carted", amount="value_base", order="order_id")
        if self._any("work.undated") or self._any("work.unrated"):
            raise TooFar
        return Books.read(con, "work.ledger", "work.excluded", currencies(con), self._one(LINELESS))

    def books_before(self) -> Books:
        """What the same orders and returns brought to the books before."""
        con = self.con
        if self.fresh and not (self.carts and self._any("facts.carts")):
            return Books()
        con.execute("drop schema facts cascade")
        attach_facts(con, self.root, self.old, NEEDED)
        for name in ("orders", "order_lines", "fulfilments", "carts"):
            self._hold(name, OURS)
        self._hold("returns", "return_id in (from r)")
        if not any(self._any(f"facts.{name}") for name in ("orders", "order_lines", "returns", "carts")):
            return Books()
        self._name("person_before", ("orders", "returns", "carts"))
        con.execute("drop view mart.orders")
        run(con, (*KEPT_STEPS, *ORDER_STEPS))
        if self.carts:
            con.execute(CARTS)
        return self.books()
