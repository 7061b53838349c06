"""The catalogue: mistakes are named by file, line, key and nearest name; what may be cut by what follows from the facts."""

from __future__ import annotations

import re

import pytest

from kpi_core.config.yaml import parse_yaml
from kpi_core.engine.catalogue import Catalogue
from kpi_core.errors import ConfigError, UsageError
from tests.engine.tiny import catalogue

BASE = """\
version: 1
dimensions:
  channel: {name: {en: Channel}}
  category: {name: {en: Category}}
  device: {name: {en: Device}}
drill: [channel]
facts:
  sale: {table: sale, dims: [channel, category], fed_by: {en: orders}}
  orders: {table: orders, dims: [channel, device], fed_by: {en: orders}}
  footfall: {table: footfall, dims: [channel], fed_by: {en: visits}}
measures:
  revenue: {fact: sale, agg: sum(net_amount)}
  orders: {fact: orders, agg: count(*), across: {fact: sale, agg: count(distinct order_id), dims: [category]}}
  buyers: {fact: orders, agg: count(distinct customer_key), additive: none}
  visits: {fact: footfall, agg: sum(visits)}
groups:
  - {id: all, name: {en: All}, kpis: [aov]}
kpis:
  aov: {name: {en: AOV}, expr: revenue / orders, unit: currency, good: up}
  rate: {name: {en: Rate}, expr: orders / visits, unit: "%", good: up, scope: {channel: [store]}}
"""


def read(old: str = "", new: str = "") -> Catalogue:
    assert old in BASE
    return Catalogue.read(parse_yaml(BASE.replace(old, new, 1).encode(), "kpis.yaml"))


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("revenue / orders", "revenu / orders", 19, "no measure revenu.*did you mean revenue"),
        ("revenue / orders", "revenue / orders; drop table sale", 19, "not a formula"),
        ("revenue / orders", "sum(revenue)", 19, "not allowed"),
        ("revenue / orders", "2 * 3", 19, "at least one measure"),
        ("{fact: sale, agg: sum(net_amount)}", "{fact: sal, agg: sum(net_amount)}", 12, "no fact sal.*did you mean sale"),
        ("sum(net_amount)", "sum(net_amonut)", 12, "no column net_amonut.*did you mean net_amount"),
        ("sum(net_amount)", "sum(net_amount) from secrets", 12, "one expression"),
        ("count(distinct customer_key), additive: none", "count(distinct customer_key)", 14, "cannot be added up"),
        ("table: sale,", "table: sales,", 8, "no table sales.*did you mean sale"),
        ("dims: [channel, category], fed_by", "dims: [chanel, category], fed_by", 8, "no dimension chanel.*did you mean channel"),
        ("drill: [channel]", "drill: [chanel]", 6, "no dimension chanel"),
        ("kpis: [aov]}", "kpis: [aoov]}", 17, "no KPI aoov.*did you mean aov"),
        ("kpis: [aov]}", "kpis: [aov, aov]}", 17, "listed twice"),
        ("scope: {channel: [store]}", "scope: {device: [mobile]}", 20, "does not apply to visits"),
        ("scope: {channel: [store]}", "scope: {chanel: [store]}", 20, "no dimension chanel"),
        ("scope: {channel: [store]}", "dims: [device]", 20, "not every measure of it knows device"),
        ("scope: {channel: [store]}", "drivers: [aovv]", 20, "no KPI aovv"),
        ("scope: {channel: [store]}", "min_n: {visitz: 3}", 20, "no measure visitz"),
        ("scope: {channel: [store]}", "scpe: {channel: [store]}", 20, "unknown key scpe.*did you mean scope"),
        ("  rate: {", "  Rate!: {", 20, "is not a name"),
        ("  rate: {", "  total: {", 20, "reserved word"),
        ("  revenue: {fact", "  select: {fact", 12, "reserved word"),
        ("  buyers: {fact", "  revenue: {fact", 14, "written twice"),
        ("dims: [category]}}", "dims: [device]}}", 13, "fact sale has no dimension device"),
        ("agg: sum(visits)}", "agg: sum(visits), also_in: next}", 15, "also_in needs"),
        ("agg: sum(visits)}", "agg: sum(visits), cells: exact}", 15, "needs the columns scope"),
        ("additive: none}", "additive: none, over_time: last}", 14, "for sum and count only"),
    ],
)
def test_mistakes_are_named(old: str, new: str, line: int, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(old, new)
    assert caught.value.where is not None
    assert (caught.value.where.file, caught.value.where.line) == ("kpis.yaml", line)
    assert re.search(message, str(caught.value)), str(caught.value)


def test_circles_are_named() -> None:
    circle = 'expr: rate * 2, unit: "%", good: up}\n  rate: {name: {en: R}, expr: third + 1, unit: "%", good: up}\n  third: {name: {en: T}, expr: aov + 1'
    text = BASE.replace("expr: revenue / orders", circle, 1)
    text = text[: text.rindex("\n  rate:")] + "\n"
    with pytest.raises(ConfigError, match="aov -> rate -> third -> aov"):
        Catalogue.read(parse_yaml(text.encode(), "kpis.yaml"))
    with pytest.raises(ConfigError, match="rate -> rate"):
        read("expr: orders / visits", "expr: rate + 1")
    drivers = BASE.replace("good: up}", "good: up, drivers: [rate]}").replace("scope: {channel: [store]}", "drivers: [aov]")
    with pytest.raises(ConfigError, match="circle: aov -> rate -> aov"):
        Catalogue.read(parse_yaml(drivers.encode(), "kpis.yaml"))


def test_a_kpi_may_name_another() -> None:
    known = read("expr: orders / visits", "expr: aov * 2 - visits")
    assert [ref.name for ref in known.refs("rate")] == ["revenue", "orders", "visits"]
    assert known.facts("rate") == ("sale", "orders", "footfall")


def test_dimensions_are_those_of_all_measures() -> None:
    known = read()
    assert known.dims("aov") == ("channel", "category")  # category: orders counted across sale
    assert known.dims("rate") == ("channel",)
    assert known.overlaps("aov", "category") and not known.overlaps("aov", "channel")
    assert known.refused("rate", "device") is not None and "visits" in str(known.refused("rate", "device"))
    assert known.refused("aov", "category") is None
    with pytest.raises(UsageError, match="did you mean channel"):
        known.refused("aov", "chanel")
    with pytest.raises(UsageError, match="did you mean aov"):
        known.kpi("avo")


DESIGNED = """
    revenue net_sales sales_growth orders aov items_per_order asp gross_margin_eur gross_margin conversion_online conversion_visitor
    order_rate_visits order_rate_carts conversion_store conversion_omni conversion_customer lead_rate cart_abandonment bounce_rate visits
    new_visitor_share traffic_share engagement_rate followers mentions retention_rate period_retention repeat_rate purchase_frequency clv cac
    clv_to_cac marketing_roi attributed_revenue cross_channel multichannel_use ropo click_collect csat nps nps_hot_cold return_rate
    return_rate_value delivery_days stock_turn stock_cover ab_uplift
"""


def test_shipped_catalogue_is_complete() -> None:
    known = catalogue()
    assert set(DESIGNED.split()) <= set(known.kpis)
    # other ways of counting are switched on with a basis, so that the overview does not show them beside the usual one
    variants = {variant for spec in known.kpis.values() for variant in spec.variants.values()}
    assert {kpi for kpi in known.kpis if not known.group_of(kpi)} == variants - {"return_rate_by_sale"}
    assert all(spec.short or max(len(spec.name.en), len(spec.name.fr)) <= 18 for spec in known.kpis.values() if spec.name.fr)
    for kpi, spec in known.kpis.items():
        assert spec.name.fr and spec.help is not None and spec.help.fr, kpi
        assert spec.decimals is not None, kpi
    for dim, dimension in known.dimensions.items():
        assert dimension.name.fr, dim
        assert dim in known.drill or any(dim in known.dims(kpi) for kpi in known.kpis) or any(dim in fact.dims for fact in known.file.facts.values())
    used = {ref.name for kpi in known.kpis for ref in known.refs(kpi)} | {name for kpi in known.kpis.values() for name in kpi.min_n}
    assert set(known.measures) - used == set(), "a measure that no KPI uses"


def test_cost_of_a_customer_is_total_only() -> None:
    known = catalogue()
    assert known.dims("cac") == () and known.dims("clv_to_cac") == ()
    assert known.adds_up("revenue", "category") and not known.adds_up("orders", "category") and known.adds_up("orders", "channel")
    assert not known.adds_up("aov", "channel")


LANGUAGE = """version: 1
lookups:
  item: {table: item, key: sku, dims: [brand]}
facts:
  sale: {table: sale, grain: [id], dims: [shop, sku], date: sold_on, lookups: {item: sku}}
  view: {table: view, dims: [sku], date: seen_on}
measures:
  amount: {fact: sale, agg: sum(amount)}
  level: {fact: sale, agg: sum(amount), over_time: last, carry_forward: {per: [shop], max_days: 3}}
kpis:
  before: {expr: "shift(amount, 1 month)"}
conversions:
  hit: {base: sale, event: sale, entity: sku, window: 7 days}
"""
LANGUAGE_COLUMNS = {"sale": ["id", "sold_on", "paid_on", "shop", "sku", "amount"], "view": ["seen_on", "sku"], "item": ["sku", "brand"]}


def test_a_small_file_needs_no_names() -> None:
    known = Catalogue.read(parse_yaml(LANGUAGE.encode(), "kpis.yaml"), LANGUAGE_COLUMNS)
    assert known.kpi("before").name.en == "Before" and known.kpi("amount").name.en == "Amount" and known.kpi("hit").expr
    assert list(known.dims("amount")) == ["shop", "sku", "item.brand"]
    assert known.facts("hit") == ("sale",) and list(known.kpis) == ["before"]


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "hint"),
    [
        ("dims: [brand]", "dims: [brend]", 3, "lookups.item.dims.0", "brand"),
        ("lookups: {item: sku}", "lookups: {itme: sku}", 5, "facts.sale.lookups.itme", "item"),
        ("grain: [id]", "grain: [di]", 5, "facts.sale.grain.0", "id"),
        ("date: seen_on", "date: seen", 6, "facts.view.date", "seen_on"),
        ("amount: {fact: sale, agg: sum(amount)}", "amount: {fact: sale, agg: sum(amount), date: paid}", 8, "measures.amount.date", "paid_on"),
        ("amount: {fact: sale, agg: sum(amount)}", "amount: {fact: sale, agg: sum(amount), where: item.brend = 'x'}", 8, "measures.amount.where", "item.brand"),
        ("over_time: last,", "over_time: sum,", 9, "measures.level.carry_forward", None),
        ("over_time: last,", "over_time: last, additive: {over_time: first},", 9, "measures.level.over_time", None),
        ("over_time: last,", "additive: {over_tim: last},", 9, "measures.level.additive.over_tim", "over_time"),
        ("per: [shop]", "per: [chop]", 9, "measures.level.carry_forward.per.0", "shop"),
        ("max_days: 3", "max_day: 3", 9, "measures.level.carry_forward.max_day", "max_days"),
        ("1 month", "1 moon", 11, "kpis.before.expr", None),
        ("shift(amount, ", "shift(amout, ", 11, "kpis.before.expr", "amount"),
        ("event: sale", "event: view", 13, "conversions.hit.event", None),
        ("event: sale", "event: sole", 13, "conversions.hit.event", "sale"),
        ("entity: sku", "entity: skus", 13, "conversions.hit.entity", "sku"),
        ("7 days", "7 moons", 13, "conversions.hit.window", None),
        ("hit:", "amount:", 13, "conversions.amount", None),
    ],
)
def test_a_mistake_in_the_language_is_named(old: str, new: str, line: int, key: str, hint: str | None) -> None:
    assert old in LANGUAGE
    with pytest.raises(ConfigError) as caught:
        Catalogue.read(parse_yaml(LANGUAGE.replace(old, new, 1).encode(), "kpis.yaml"), LANGUAGE_COLUMNS)
    assert caught.value.where is not None
    assert (caught.value.where.line, caught.value.where.column) == (line, key), caught.value.what
    if hint:
        assert hint in str(caught.value.hint)
