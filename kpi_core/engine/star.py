"""The star that the store builds and the engine asks: columns per table, so that a mistyped column is found when YAML is read."""

from __future__ import annotations

from collections.abc import Mapping

STAR: Mapping[str, frozenset[str]] = {
    table: frozenset(["day", *columns.split()])
    for table, columns in {
        "sale": "order_id line_no channel store category product sku country customer_type fulfilment device qty net_amount gross_amount "
        "discount_amount cost_amount net_constant cost_constant returns_counted returns_named hour weekday load_id file_line",
        "orders": "order_id order_ref channel store country customer_type fulfilment device customer_key is_first_order customer_channels lead_days "
        "net_amount hour weekday load_id file_line",
        "returns": "return_id sold_on channel store category product sku return_channel qty amount amount_constant load_id file_line",
        "returns_by_sale": "return_id returned_on channel store category product sku return_channel qty amount load_id file_line",
        "deliveries": "order_id channel country fulfilment carrier delivered_on late_days on_time load_id file_line",
        "pickups": "order_id channel store country device customer_key addon_orders addon_amount load_id file_line",
        "sessions": "channel source device country sessions engaged purchases views seconds timed load_id file_line",
        "landings": "channel landing_page source device country sessions load_id file_line",
        "audience": "scope period_start period_end channel source device country users new_users load_id file_line",
        "footfall": "channel store visits load_id file_line",
        "touches": "touch_id channel source campaign device kind customer_key occurred_at load_id file_line",
        "carts": "cart_id channel device order_id value load_id file_line",
        "spend": "source campaign platform cost impressions clicks estimated load_id file_line",
        "surveys": "channel store timing country kind score comment load_id file_line",
        "stock": "store place_kind category product sku on_hand on_hand_cost stale_days in_demand elsewhere load_id file_line",
        "social": "network followers mentions reach interactions comments negative_comments load_id file_line",
        "interactions": "channel source campaign device kind customer_key quantity load_id file_line",
        "customers": "customer_key first_channel country cohort lifetime_orders lifetime_revenue repeat_90 matured_on matured",
        "customer_orders": "order_id customer customer_key first_channel country cohort order_no net_amount load_id file_line",
        "conversions": "order_id channel first_contact touch_channels online_touch_30d load_id file_line",
        "leads": "lead_id kind channel source device country status load_id file_line",
        "experiments": "experiment variant is_control channel exposures conversions load_id file_line",
        "attributed": "order_id source campaign first_touch last_touch linear position decay load_id file_line",
    }.items()
}
