"""One person behind several identifiers: an e-mail in the web shop, a card at the till, a phone on a marketplace.

Identifiers that stand on one row belong together, and so does what they are joined to by other rows: the connected components of that
graph. Facts are never rewritten: `mart.persons` maps keys to persons, and the star reads facts through it. Without the map every row
keeps the key of its first identifier.

Two rules keep strangers apart, both by what settings.yaml says under `customers`:

- an identifier that stands with more than `hub` others (the e-mail of a till, the phone of a shop) is shared. It joins nobody, and a row
  that is known by nothing else is nobody's: the till is no customer;
- a component of more than `largest` identifiers is not believed. Its links of the weakest kind are undone (a phone before the id of a
  platform, that before an e-mail, that before a loyalty card; a link is as weak as the weaker of its two identifiers), then those of the
  next kind, until no part is too large. Links join two kinds, so this ends.

Both depend on the set of links only, not on the order in which files were loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from kpi_core.store.connection import identifier
from kpi_core.store.datasets import DATASETS
from kpi_core.store.settings import MartSettings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from kpi_core.store.reader import Reader

WEAKEST_FIRST = ("phone", "platform", "email", "loyalty")
LISTED = 50  # shared identifiers and refused components that are listed, the largest first
HOPS = 16  # links between an identifier and the one that names its person, in all but made-up chains
TOP = 10  # of the persons with most identifiers

_LINKS = """
create or replace table work.named as select id_hash as id, min(kind) as kind from facts.identifiers where id_hash is not null group by id_hash;

-- each link once, with the kinds of both ends
create or replace table work.links as
select distinct least(customer_key, id_hash) as a, greatest(customer_key, id_hash) as b
from facts.identifiers where customer_key <> id_hash;

create or replace table work.hubs as
with ends as (select a as id from work.links union all select b from work.links)
select id, count(*) as keys from ends group by id having count(*) > (select hub from work.customers_setting);

create or replace table work.edge as
select a, b, left_end.kind as kind_a, right_end.kind as kind_b
from work.links join work.named as left_end on left_end.id = a join work.named as right_end on right_end.id = b
where a not in (select id from work.hubs) and b not in (select id from work.hubs);
"""

# Every identifier takes the least hash within HOPS steps: one step a round, the newest value of each kept by key (DuckDB 1.3 and later).
_NEAREST = f"""
create or replace table work.near as
with recursive both_ways as (select a, b from work.pending union all select b, a from work.pending),
reached(id, person, hops) using key (id) as (
    select a, a, 0 from both_ways group by a
    union
    select both_ways.a, min(near.person), min(near.hops) + 1
    from recurring.reached as own join both_ways on both_ways.a = own.id join reached as near on near.id = both_ways.b
    where near.person < own.person and near.hops < {HOPS} group by both_ways.a
)
select id, person from reached;
"""


def resolve(con: DuckDBPyConnection, settings: MartSettings) -> None:
    """Build mart.persons, hubs and refused, and let the facts of the star tell persons. Needs schemas `work` and `facts`."""
    identify(con, settings)
    if con.execute("select 1 from mart.persons where person_key is distinct from customer_key limit 1").fetchone():
        _see_persons(con)


def identify(con: DuckDBPyConnection, settings: MartSettings) -> None:
    """Build mart.persons, hubs and refused from `facts.identifiers`."""
    con.execute("create or replace table work.customers_setting as select ?::integer as hub, ?::integer as largest", [settings.hub, settings.largest])
    con.execute(_LINKS)
    _components(con, "work.edge", "work.reached")
    _cut(con)
    con.execute(
        """
        create table mart.persons as  -- a key that has no line here is a person of its own; of a shared one nobody knows whose it is
        select named.id as customer_key, named.kind, case when hubs.id is null then coalesce(reached.person, named.id) end as person_key
        from work.named as named left join work.reached as reached using (id) left join work.hubs as hubs on hubs.id = named.id
        order by named.id
        """
    )
    con.execute(f"create table mart.hubs as select kind, keys from work.hubs join work.named using (id) order by keys desc, kind, id limit {LISTED}")


def _components(con: DuckDBPyConnection, edge: str, into: str) -> None:
    """Table `into` (id, person): each end of `edge` and the least id that it is joined to, however far.

    What lies within HOPS of its least id is found in one go. A longer chain is drawn together and looked at again: ids are keyed hashes, so
    each turn leaves a small part of it, and no file that somebody made on purpose takes a turn for every link.
    """
    con.execute(f"create or replace table work.pending as select distinct a, b from {edge}")
    con.execute(f"create or replace table {into} as select a as id, a as person from work.pending union select b, b from work.pending")
    while con.execute("select 1 from work.pending limit 1").fetchone():
        con.execute(_NEAREST)
        con.execute(
            f"""create or replace table {into} as
                select own.id, coalesce(near.person, own.person) as person from {into} as own left join work.near as near on near.id = own.person"""
        )
        con.execute(
            """create or replace table work.pending as
               select distinct least(left_end.person, right_end.person) as a, greatest(left_end.person, right_end.person) as b
               from work.pending join work.near as left_end on left_end.id = a join work.near as right_end on right_end.id = b
               where left_end.person <> right_end.person"""
        )


def _cut(con: DuckDBPyConnection) -> None:
    """Undo the weakest links of components that are too large, kind by kind, and write down which ones were."""
    con.execute(
        """
        create or replace table work.large as
        select person from work.reached group by person having count(*) > (select largest from work.customers_setting);
        create or replace table work.first_large as
        select person, id, dense_rank() over (order by size desc, person) as component, size
        from (select *, count(*) over (partition by person) as size from work.reached where person in (select person from work.large));
        create or replace table work.undone (component bigint, place integer, kind varchar);
        """
    )
    con.execute(
        """
        create or replace table work.refused as
        select component, any_value(size) as identifiers, least(kind_a, kind_b) as one, greatest(kind_a, kind_b) as other, count(*) as links
        from work.edge join work.first_large on id = a group by component, least(kind_a, kind_b), greatest(kind_a, kind_b)
        """
    )
    for place, kind in enumerate(WEAKEST_FIRST):
        if not con.execute("select 1 from work.large limit 1").fetchone():
            break
        con.execute("create or replace table work.inside as select id from work.reached where person in (select person from work.large)")
        con.execute(
            """insert into work.undone select distinct component, ?, ? from work.edge join work.first_large on id = a
               where ? in (kind_a, kind_b) and a in (select id from work.inside)""",
            [place, kind, kind],
        )
        con.execute("delete from work.edge where ? in (kind_a, kind_b) and a in (select id from work.inside)", [kind])
        con.execute("create or replace table work.left_edge as select a, b from work.edge where a in (select id from work.inside)")
        _components(con, "work.left_edge", "work.apart")
        con.execute("delete from work.reached where id in (select id from work.inside); insert into work.reached select id, person from work.apart")
        con.execute(
            """create or replace table work.large as
               select person from work.reached group by person having count(*) > (select largest from work.customers_setting)"""
        )
    con.execute(
        f"""
        create table mart.refused as
        with cut as (select component, string_agg(kind, ' ' order by place) as undone from work.undone group by component)
        select component, identifiers, one, other, links, undone
        from work.refused join cut using (component) where component <= {LISTED} order by component, links desc, one, other
        """
    )


def _see_persons(con: DuckDBPyConnection) -> None:
    """The views of facts with a customer show the person; the files behind them stay as they are."""
    con.execute("create or replace table work.person as select customer_key, person_key from mart.persons where person_key is distinct from customer_key")
    for name, dataset in DATASETS.items():
        if "customer_key" in dataset.columns and name != "identifiers":
            con.execute(f"alter view facts.{identifier(name)} rename to {identifier('keyed_' + name)}")
            con.execute(
                f"""create view facts.{identifier(name)} as
                    select keyed.* replace (case when person.customer_key is null then keyed.customer_key else person.person_key end as customer_key)
                    from facts.{identifier("keyed_" + name)} as keyed left join work.person as person on person.customer_key = keyed.customer_key"""
            )


@dataclass(frozen=True)
class Resolved:
    """Orders of a channel (None: of all), those with a known person, and those whose person also bought in another channel."""

    channel: str | None
    orders: int
    known: int
    across: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.known, self.orders) if self.orders else Fraction(0)


@dataclass(frozen=True)
class Refused:
    """A component too large to be one person: how many links of which two kinds made it, and which kinds of links were undone."""

    identifiers: int
    links: tuple[tuple[str, str, int], ...]
    undone: tuple[str, ...]


@dataclass(frozen=True)
class Customers:
    """What is known of who is who. `kinds`: identifiers that stand with others, by kind; `hubs`: (kind, with how many others), shared ones.

    `several`: persons with two identifiers or more. `persons`: customers with an order.
    `largest`: of persons with most identifiers how many of each kind.
    """

    persons: int
    several: int
    kinds: tuple[tuple[str, int], ...]
    resolved: tuple[Resolved, ...]
    hubs: tuple[tuple[str, int], ...]
    refused: tuple[Refused, ...]
    largest: tuple[tuple[tuple[str, int], ...], ...]

    @property
    def total(self) -> Resolved:
        return self.resolved[0]


def customers(reader: Reader) -> Customers:
    """Read what the mart says of its customers; the total first, then each channel."""
    rows = reader.execute(
        """select channel, count(*), count(customer_key), count(*) filter (customer_channels > 1), grouping(channel) as total
           from orders group by grouping sets ((), (channel)) order by total desc, channel"""
    )
    resolved = tuple(Resolved(None if total else str(channel or ""), orders, known, across) for channel, orders, known, across, total in rows)
    persons, several = reader.execute(
        """select (select count(*) from customers),
                  (select count(*) from (select person_key from persons where person_key is not null group by person_key having count(*) > 1))"""
    )[0]
    large: dict[int, list[tuple[str, int]]] = {}
    for person, kind, count in reader.execute(
        f"""with size as (select person_key, count(*) as n from persons where person_key is not null group by person_key having count(*) > 2
                          order by n desc, person_key limit {TOP})
            select person_key, kind, count(*) from persons join size using (person_key) group by person_key, kind, n order by n desc, person_key, kind"""
    ):
        large.setdefault(person, []).append((kind, count))
    parts: dict[int, Refused] = {}
    for component, identifiers, one, other, links, undone in reader.execute("select component, identifiers, one, other, links, undone from refused"):
        before = parts.get(component, Refused(identifiers, (), tuple(undone.split())))
        parts[component] = Refused(identifiers, (*before.links, (one, other, links)), before.undone)
    return Customers(
        persons=persons,
        several=several,
        kinds=tuple((kind, count) for kind, count in reader.execute("select kind, count(*) from persons group by kind order by kind")),
        resolved=resolved,
        hubs=tuple((kind, keys) for kind, keys in reader.execute("select kind, keys from hubs order by keys desc, kind")),
        refused=tuple(parts.values()),
        largest=tuple(tuple(kinds) for kinds in large.values()),
    )
