"""Which KPIs an export's columns feed: from the columns of the datasets over the tables of the star to measures and dimensions.

The star's SQL is not read for this: `_FEEDS` says for each dataset which tables are made of it and where its columns end up there.
Where rows of a dataset become rows of a table, a column that keeps its name needs no word; a test holds every name against the datasets and the star.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from kpi_core.engine import relation
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.star import STAR
from kpi_core.store.datasets import DATASETS

ROWS = "*"  # the rows of the table themselves

# dataset -> table of the star -> `column:columns there`; `*` there means that its rows hang on the column
_AMOUNTS = "net_amount,gross_amount,net_constant,discount_amount"
_JOURNEY = "first_contact,touch_channels,online_touch_30d"
_FEEDS: Mapping[str, Mapping[str, str]] = {
    "orders": {
        "orders": "order_id:* placed_on:* status:* is_test:* customer_key:customer_type,is_first_order,customer_channels placed_at:hour "
        "net:net_amount total:net_amount tax:net_amount tax_included:net_amount shipping:net_amount tip:net_amount currency:net_amount fx_rate:net_amount",
        "sale": f"order_id:* placed_on:* status:* is_test:* customer_key:customer_type placed_at:hour net:{_AMOUNTS} total:{_AMOUNTS} tax:{_AMOUNTS} "
        f"tax_included:{_AMOUNTS} discount:gross_amount,discount_amount currency:{_AMOUNTS} fx_rate:{_AMOUNTS}",
        "customers": "order_id:* customer_key:* placed_on:* channel:first_channel net:lifetime_revenue total:lifetime_revenue currency:lifetime_revenue",
        "customer_orders": "order_id:* customer_key:* placed_on:* channel:first_channel net:net_amount total:net_amount currency:net_amount",
        "conversions": "order_id:* customer_key:first_contact,touch_channels,online_touch_30d placed_on:*",
        "attributed": "order_id:* customer_key:source,campaign placed_on:* net:first_touch,last_touch,linear,position,decay",
        "deliveries": "order_id:*",
        "pickups": "order_id:* customer_key:addon_orders,addon_amount",
        "carts": "order_id:*",
    },
    "order_lines": {
        "sale": f"order_id:* line_no:* line_type:* title:product quantity:qty,cost_amount unit_price:gross_amount gross:gross_amount discount:discount_amount "
        f"net:{_AMOUNTS} tax:{_AMOUNTS} unit_cost:cost_amount,cost_constant currency:{_AMOUNTS} fx_rate:{_AMOUNTS} sku:sku,product,cost_amount,category",
        "orders": "order_id:net_amount net:net_amount tax:net_amount line_type:net_amount",
        "customers": "net:lifetime_revenue tax:lifetime_revenue",
        "customer_orders": "net:net_amount tax:net_amount",
        "attributed": "net:first_touch,last_touch,linear,position,decay",
    },
    "returns": {
        "returns": "return_id:* returned_on:* sku:sku,product,category quantity:qty amount:amount,amount_constant currency:amount,amount_constant "
        "order_id:sold_on,store,channel sold_on:sold_on",
        "returns_by_sale": "return_id:* returned_on:* sku:sku,product,category quantity:qty currency:amount order_id:* sold_on:*",
        "sale": "quantity:returns_counted sold_on:returns_named",
    },
    "fulfilments": {
        "orders": "order_id:lead_days delivered_on:lead_days",
        "deliveries": "order_id:* promised_on:* delivered_on:delivered_on,late_days,on_time",
        "pickups": "order_id:* collected_on:* addon_ref:addon_orders,addon_amount",
    },
    "carts": {"carts": "cart_id:* created_on:* currency:value"},
    "traffic": {
        "sessions": "period_start:* scope:* sessions:* engaged_sessions:engaged avg_duration_s:seconds,timed",
        "landings": "period_start:* sessions:* landing_page:*",
        "audience": "period_start:* users:users active_users:users",
        "interactions": "period_start:* sessions:quantity",
    },
    "store_visits": {"footfall": "day:* visitors:visits", "interactions": "day:* visitors:quantity"},
    "ad_spend": {"spend": "period_start:* spend:cost currency:cost"},
    "social_stats": {"social": "day:* account:followers"},
    "feedback": {"surveys": "feedback_id:* answered_on:* score:*"},
    "stock": {"stock": "day:* location:store,place_kind sku:* on_hand:* unit_cost:on_hand_cost currency:on_hand_cost"},
    "products": {
        "sale": "sku:category,product,cost_amount title:product category:category cost:cost_amount,cost_constant currency:cost_amount",
        "stock": "sku:category,product,on_hand_cost title:product category:category cost:on_hand_cost currency:on_hand_cost",
        "returns": "sku:category,product title:product category:category",
    },
    "product_costs": {
        "sale": "sku:cost_amount,cost_constant valid_from:cost_amount,cost_constant unit_cost:cost_amount,cost_constant currency:cost_amount,cost_constant",
        "stock": "sku:on_hand_cost valid_from:on_hand_cost unit_cost:on_hand_cost currency:on_hand_cost",
    },
    "stores": dict.fromkeys(("sale", "orders", "returns", "footfall", "stock", "surveys", "pickups"), "store:store name:store"),
    "leads": {"leads": "lead_id:* created_on:*"},
    "touches": {
        "touches": "touch_id:* occurred_on:*",
        "interactions": "touch_id:* occurred_on:*",
        "conversions": f"touch_id:* occurred_on:* customer_key:{_JOURNEY} channel:{_JOURNEY}",
        "attributed": "touch_id:* occurred_on:* customer_key:source,campaign",
    },
    "experiments": {"experiments": "experiment:* variant:* day:*"},
    "fx_rates": {
        table: f"day:{names} currency:{names} base:{names} rate:{names}"
        for table, names in (
            ("sale", _AMOUNTS),
            ("orders", "net_amount"),
            ("returns", "amount"),
            ("spend", "cost"),
            ("carts", "value"),
            ("stock", "on_hand_cost"),
        )
    },
}


@dataclass(frozen=True)
class Reach:
    """What some columns feed: `kpis` cannot be answered without them; `cuts` are (kpi, dimension) that cannot be told apart without them."""

    kpis: tuple[str, ...]
    cuts: tuple[tuple[str, str], ...]


@cache
def star_columns(dataset: str, column: str) -> frozenset[tuple[str, str]]:
    """(table of the star, column there or `ROWS`) that a column of a dataset ends up in; `ROWS` as column: all its tables."""
    found: set[tuple[str, str]] = set()
    for table, words in _FEEDS.get(dataset, {}).items():
        told = dict(word.split(":") for word in words.split())
        if column == ROWS:
            found.add((table, ROWS))
        elif column in told:
            found |= {(table, name) for name in told[column].split(",")}
        elif column in STAR[table] and any(ends == ROWS for ends in told.values()):
            found.add((table, column))
    return frozenset(found)


def reach_of(catalogue: Catalogue, columns: Iterable[tuple[str, str]]) -> Reach:
    """KPIs and cuts that some columns of datasets feed, in the catalogue's order. Names that are no column of a dataset feed nothing."""
    ends = {end for dataset, column in columns for end in star_columns(dataset, column)}
    kpis = tuple(kpi for kpi in catalogue.kpis if any(end in ends for end in _read(catalogue, kpi)))
    cuts = tuple(
        (kpi, dim)
        for kpi in catalogue.kpis
        if kpi not in kpis
        for dim in catalogue.dims(kpi)
        if any((table, dim) in ends for fact in catalogue.facts(kpi) for table in relation.tables(catalogue.file, fact))
    )
    return Reach(kpis, cuts)


def _read(catalogue: Catalogue, kpi: str) -> Iterator[tuple[str, str]]:
    """What a KPI reads of the star: its tables' rows and the columns that its measures name."""
    for ref in catalogue.refs(kpi):
        yield from measure_reads(catalogue, ref.name)


def measure_reads(catalogue: Catalogue, measure: str) -> Iterator[tuple[str, str]]:
    """(table, column) that a measure reads; `ROWS` and the column of its date among them."""
    compiled = catalogue.measures[measure]
    for table in relation.tables(catalogue.file, compiled.spec.fact):
        yield table, ROWS
        yield table, catalogue.date(measure)
        for column in compiled.columns():
            yield table, column


def known_column(text: str) -> tuple[str, str] | None:
    """`returns.sku` as (dataset, column); None for what is no column, `traffic by day`."""
    dataset, _, column = text.partition(".")
    return (dataset, column) if dataset in DATASETS and column in DATASETS[dataset].columns else None
