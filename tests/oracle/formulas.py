"""Every measure and KPI a second time, in Python: what config/kpis.yaml is compared with. Written from the definitions, not from the YAML."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from typing import Any

Rows = list[Any]
Exact = Fraction | int | None


_EXACT = Context(prec=60, traps=[Inexact])


def total(rows: Rows, value: Callable[[Any], Any]) -> Exact:
    """Sum of known values; none known: None."""
    decimals, others = Decimal(0), Fraction(0)
    found = False
    for number in map(value, rows):
        if number is not None:
            found = True
            if isinstance(number, Decimal):
                decimals = _EXACT.add(decimals, number)  # as exact as fractions, and much faster
            else:
                others += number
    return others + Fraction(decimals) if found else None


def distinct(values: Iterable[Any]) -> int:
    return len({value for value in values if value is not None})


def ticked(test: Callable[[Any], bool]) -> Callable[[Rows], Exact]:
    return lambda rows: sum(1 for row in rows if test(row))


def kept(test: Callable[[Any], bool], value: Callable[[Any], Any]) -> Callable[[Rows], Exact]:
    return lambda rows: total([row for row in rows if test(row)], value)


def nps(low: float, high: float, timing: str | None = None) -> Callable[[Rows], Exact]:
    return ticked(lambda row: row.kind == "nps" and low <= row.score <= high and timing in (None, row.timing))


@dataclass(frozen=True)
class M:
    """`fact`, the aggregate over its rows, and how it is read: 'sum', 'mean' or 'last' over days, 'to date', 'exact' reports, 'next' period."""

    fact: str
    of: Callable[[Rows], Exact]
    how: str = "sum"


def plain(fact: str, name: str) -> M:
    return M(fact, lambda rows: total(rows, lambda row: getattr(row, name)))


def known_margin(row: Any) -> Any:
    return row.net_amount if row.cost_amount is not None else None


def at_constant_rates(row: Any) -> Any:
    return getattr(row, "net_constant", row.net_amount)


def not_at_the_till(row: Any) -> bool:
    return row.fulfilment is None or row.fulfilment != "in_store"


MEASURES: dict[str, M] = {
    "revenue": plain("sale", "net_amount"),
    "cogs": plain("sale", "cost_amount"),
    "revenue_costed": M("sale", lambda rows: total(rows, known_margin)),
    "units": plain("sale", "qty"),
    "orders": M("orders", len),
    "orders_cc": M("orders", ticked(lambda row: row.fulfilment == "click_collect")),
    "orders_known": M("orders", ticked(lambda row: row.customer is not None)),
    "buyers": M("orders", lambda rows: distinct(row.customer for row in rows)),
    "new_customers": M("orders", ticked(lambda row: bool(row.is_first_order))),
    "multi_buyers": M("orders", lambda rows: distinct(row.customer for row in rows if (row.customer_channels or 0) >= 2)),
    "retained": M("orders", lambda rows: distinct(row.customer for row in rows), "next"),
    "lead_days": M("orders", kept(not_at_the_till, lambda row: row.lead_days)),
    "delivered": M("orders", ticked(lambda row: not_at_the_till(row) and row.lead_days is not None)),
    "deliveries_due": M("deliveries", len),
    "deliveries_on_time": M("deliveries", ticked(lambda row: row.delivered <= row.day)),
    "pickups_known": M("pickups", len),
    "pickups_added": M("pickups", ticked(lambda row: row.addons > 0)),
    "pickup_sales": plain("pickups", "added"),
    "refunds": plain("returns", "amount"),
    "refunds_by_sale": plain("returns_by_sale", "amount"),
    # rows of one currency do without amounts at constant exchange rates: they change nothing
    "revenue_constant": M("sale", lambda rows: total(rows, at_constant_rates)),
    "cogs_constant": M("sale", lambda rows: total(rows, lambda row: getattr(row, "cost_constant", row.cost_amount))),
    "revenue_costed_constant": M("sale", lambda rows: total([row for row in rows if row.cost_amount is not None], at_constant_rates)),
    "refunds_constant": plain("returns", "amount"),
    "units_returnable_by_sale": M("sale", kept(lambda row: row.returns_named, lambda row: row.qty)),
    "units_returnable": M("sale", kept(lambda row: row.returns_counted, lambda row: row.qty)),
    "units_returned": plain("returns", "qty"),
    "units_returned_by_sale": plain("returns_by_sale", "qty"),
    "sessions": plain("sessions", "sessions"),
    "sessions_bought": plain("sessions", "purchases"),
    "sessions_sold": plain("sessions", "sessions"),
    "bounces": M("sessions", lambda rows: total(rows, lambda row: row.sessions - row.engaged)),
    "sessions_judged": plain("sessions", "sessions"),
    "seconds_on_site": M("sessions", lambda rows: total(rows, lambda row: row.seconds * row.sessions)),
    "sessions_timed": plain("sessions", "sessions"),
    "landings": plain("landings", "sessions"),
    "visitors": M("audience", lambda rows: total(rows, lambda row: row.users), "exact"),
    "visitors_judged": M("audience", lambda rows: total(rows, lambda row: row.users), "exact"),
    "new_visitors": M("audience", lambda rows: total(rows, lambda row: row.new_users), "exact"),
    "store_visits": plain("footfall", "visits"),
    "leads": M("leads", ticked(lambda row: row.kind is None)),
    "newsletter": M("leads", ticked(lambda row: row.kind == "newsletter")),
    "carts": M("carts", len),
    "carts_lost": M("carts", ticked(lambda row: row.order_id is None)),
    "interactions": M("interactions", kept(lambda row: row.kind != "order", lambda row: row.quantity)),
    "contacts": M("interactions", ticked(lambda row: row.kind != "order" and row.customer is not None)),
    "reached": M("interactions", lambda rows: distinct(row.customer for row in rows)),
    "conversions": M("conversions", len),
    "conv_multi": M("conversions", ticked(lambda row: row.channels >= 2)),
    "conv_ropo": M("conversions", ticked(lambda row: row.channel == "store" and row.online)),
    "conv_store": M("conversions", ticked(lambda row: row.channel == "store")),
    "ad_cost": plain("spend", "cost"),
    "attributed_linear": plain("attributed", "linear"),
    "attributed_first": plain("attributed", "first"),
    "attributed_last": plain("attributed", "last"),
    "attributed_position": plain("attributed", "position"),
    "attributed_decay": plain("attributed", "decay"),
    "cust_total": M("customer_orders", ticked(lambda row: row.number == 1), "to date"),
    "cust_repeat": M("customer_orders", ticked(lambda row: row.number == 2), "to date"),
    "cust_value": M("customer_orders", lambda rows: total(rows, lambda row: row.amount), "to date"),
    "known_orders": M("customer_orders", len, "to date"),
    "known_sales": M("customer_orders", lambda rows: total(rows, lambda row: row.amount)),
    "cust_matured": M("customers", len),
    "cust_repeat_90": M("customers", ticked(lambda row: row.again)),
    "csat_n": M("surveys", ticked(lambda row: row.kind == "csat")),
    "csat_ok": M("surveys", ticked(lambda row: row.kind == "csat" and row.score >= 4)),
    "nps_n": M("surveys", nps(0, 10)),
    "promoters": M("surveys", nps(9, 10)),
    "detractors": M("surveys", nps(0, 6)),
    "nps_hot_n": M("surveys", nps(0, 10, "hot")),
    "promoters_hot": M("surveys", nps(9, 10, "hot")),
    "detractors_hot": M("surveys", nps(0, 6, "hot")),
    "nps_cold_n": M("surveys", nps(0, 10, "cold")),
    "promoters_cold": M("surveys", nps(9, 10, "cold")),
    "detractors_cold": M("surveys", nps(0, 6, "cold")),
    "stock_cost_avg": M("stock", lambda rows: total(rows, lambda row: row.cost), "mean"),
    "stock_cost_end": M("stock", lambda rows: total(rows, lambda row: row.cost), "last"),
    "stock_wanted": M("stock", ticked(lambda row: row.wanted)),
    "stock_out": M("stock", ticked(lambda row: row.wanted and row.out)),
    "stock_both": M("stock", ticked(lambda row: row.wanted and row.elsewhere is not None)),
    "stock_out_here": M("stock", ticked(lambda row: row.wanted and row.out and (row.elsewhere or 0) > 0)),
    "social_reach": plain("social", "reach"),
    "social_touched": plain("social", "interactions"),
    "comments": plain("social", "comments"),
    "comments_bad": plain("social", "negative_comments"),
    "followers": M("social", lambda rows: total(rows, lambda row: row.followers), "last"),
    "mentions": plain("social", "mentions"),
    "ab_exposed": M("experiments", kept(lambda row: not row.is_control, lambda row: row.exposures)),
    "ab_converted": M("experiments", kept(lambda row: not row.is_control, lambda row: row.conversions)),
    "ab_control_exposed": M("experiments", kept(lambda row: row.is_control, lambda row: row.exposures)),
    "ab_control_converted": M("experiments", kept(lambda row: row.is_control, lambda row: row.conversions)),
}


class Cell(dict[str, Exact]):
    """Measures of a cell; reading a missing one makes the KPI have no value."""

    def __call__(self, name: str) -> Fraction:
        value = self[name]
        if value is None:
            raise LookupError(name)
        return Fraction(value)


Formula = Callable[[Cell, int], Fraction]


@dataclass(frozen=True)
class K:
    of: Formula
    scope: dict[str, tuple[str, ...]] = field(default_factory=dict)


WEB, STORE = {"channel": ("web", "app")}, {"channel": ("store",)}


def share(top: str, bottom: str, scope: dict[str, tuple[str, ...]] | None = None) -> K:
    return K(lambda m, _: m(top) / m(bottom), scope or {})


def same(name: str) -> K:
    return K(lambda m, _: m(name))


KPIS: dict[str, K] = {
    "revenue": same("revenue"),
    "net_sales": K(lambda m, _: m("revenue") - m("refunds")),
    "sales_growth": K(lambda m, _: m("revenue") / m("compare(revenue)") - 1),
    "orders": same("orders"),
    "aov": share("revenue", "orders"),
    "items_per_order": share("units", "orders"),
    "asp": share("revenue", "units"),
    "gross_margin_eur": K(lambda m, _: m("revenue_costed") - m("cogs")),
    "gross_margin": K(lambda m, _: 1 - m("cogs") / m("revenue_costed")),
    "visits": same("sessions"),
    "conversion_online": share("sessions_bought", "sessions_sold"),
    "conversion_visitor": share("buyers", "visitors", WEB),
    "order_rate_visits": share("orders", "sessions", WEB),
    "order_rate_carts": share("orders", "carts", WEB),
    "conversion_store": share("orders", "store_visits", STORE),
    "conversion_omni": share("orders", "interactions"),
    "conversion_customer": share("buyers", "reached"),
    "lead_rate": share("leads", "sessions"),
    "cart_abandonment": share("carts_lost", "carts"),
    "bounce_rate": share("bounces", "sessions_judged"),
    "new_visitor_share": share("new_visitors", "visitors_judged"),
    "traffic_share": share("sessions", "total(sessions)"),
    "retention_rate": share("cust_repeat", "cust_total"),
    "period_retention": share("retained", "buyers"),
    "repeat_rate": share("cust_repeat_90", "cust_matured"),
    "purchase_frequency": share("orders_known", "buyers"),
    "clv": share("cust_value", "cust_total"),
    "clv_to_cac": K(lambda m, _: m("cust_value") * m("new_customers") / (m("cust_total") * m("ad_cost"))),
    "multichannel_use": share("multi_buyers", "buyers"),
    "cross_channel": share("conv_multi", "conversions"),
    "ropo": share("conv_ropo", "conv_store"),
    "click_collect": share("orders_cc", "orders", WEB),
    "engagement_rate": share("contacts", "reached"),
    "cac": share("ad_cost", "new_customers"),
    "marketing_roi": K(lambda m, _: (m("revenue_costed") - m("cogs")) / m("ad_cost") - 1),
    "roas": share("attributed_linear", "ad_cost"),
    "attributed_revenue": same("attributed_linear"),
    "attributed_first": same("attributed_first"),
    "attributed_last": same("attributed_last"),
    "attributed_position": same("attributed_position"),
    "attributed_decay": same("attributed_decay"),
    "followers": same("followers"),
    "mentions": same("mentions"),
    "ab_uplift": K(lambda m, _: 100 * (m("ab_converted") / m("ab_exposed") - m("total(ab_control_converted)") / m("total(ab_control_exposed)"))),
    "csat": share("csat_ok", "csat_n"),
    "nps": K(lambda m, _: 100 * (m("promoters") - m("detractors")) / m("nps_n")),
    "nps_hot_cold": K(
        lambda m, _: 100 * ((m("promoters_hot") - m("detractors_hot")) / m("nps_hot_n") - (m("promoters_cold") - m("detractors_cold")) / m("nps_cold_n"))
    ),
    "return_rate": share("units_returned", "units_returnable"),
    "return_rate_value": share("refunds", "revenue"),
    "return_rate_by_sale": share("units_returned_by_sale", "units_returnable_by_sale"),
    "sales_constant": same("revenue_constant"),
    "sales_growth_constant": K(lambda m, _: m("revenue_constant") / m("compare(revenue_constant)") - 1),
    "net_sales_constant": K(lambda m, _: m("revenue_constant") - m("refunds_constant")),
    "aov_constant": share("revenue_constant", "orders"),
    "asp_constant": share("revenue_constant", "units"),
    "margin_eur_constant": K(lambda m, _: m("revenue_costed_constant") - m("cogs_constant")),
    "margin_constant": K(lambda m, _: (m("revenue_costed_constant") - m("cogs_constant")) / m("revenue_costed_constant")),
    "return_rate_value_by_sale": share("refunds_by_sale", "revenue"),
    "net_sales_by_sale": K(lambda m, _: m("revenue") - m("refunds_by_sale")),
    "roas_first": share("attributed_first", "ad_cost"),
    "roas_last": share("attributed_last", "ad_cost"),
    "roas_position": share("attributed_position", "ad_cost"),
    "roas_decay": share("attributed_decay", "ad_cost"),
    "landing_visits": same("landings"),
    "time_on_site": share("seconds_on_site", "sessions_timed"),
    "new_customers": same("new_customers"),
    "customer_sales": same("known_sales"),
    "customer_orders": same("known_orders"),
    "first_contact_share": share("conversions", "total(conversions)"),
    "pickup_added": share("pickups_added", "pickups_known"),
    "pickup_value": share("pickup_sales", "pickups_known"),
    "social_engagement": share("social_touched", "social_reach"),
    "negative_comments": share("comments_bad", "comments"),
    "newsletter_signups": same("newsletter"),
    "on_time_delivery": share("deliveries_on_time", "deliveries_due"),
    "stock_out_rate": share("stock_out", "stock_wanted"),
    "stock_difference": share("stock_out_here", "stock_both"),
    "delivery_days": share("lead_days", "delivered"),
    "stock_turn": K(lambda m, days: m("cogs") / m("stock_cost_avg") * 365 / days),
    "stock_cover": K(lambda m, days: m("stock_cost_end") * days / m("cogs")),
}
