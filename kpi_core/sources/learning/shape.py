"""What each kind of file becomes: the steps, canonical rows, checks and limits of a profile, for the fields that were pointed at."""

from __future__ import annotations

from collections.abc import Mapping

from kpi_core.sources.learning.said import NO_CURRENCY, NO_CUSTOMER, NO_DAY, NO_LINES, NO_TAX, Body, Said
from kpi_core.sources.profiles.expression import named, quoted


def body_of(said: Said, timed: bool) -> Body:
    """`timed`: the column of days has times too."""
    body = Body()
    _MAKERS[said.kind.id](said, body, timed)
    for emitted in body.emit.values():
        if not emitted.get("identify"):
            emitted.pop("identify", None)
    if said.kind.field("currency") is not None and not said.given("currency") and said.kind.id != "rates":
        money = any(item.as_ == "money" and said.has(item.name) for item in said.kind.fields)
        if money:
            body.limits.append((f"{next(iter(body.emit))}.currency", NO_CURRENCY))
    return body


# ---------------------------------------------------------------- sales


def _order_id(said: Said) -> str:
    parts = [quoted(said.profile + ":")]
    parts += [f"coalesce({named(name)} || ':', '')" for name in ("store", "till") if said.has(name)]
    return " || ".join([*parts, "number"])


def _sold(said: Said, timed: bool, opened: str) -> dict[str, str]:
    """Columns of `orders` that are told alike whether the file has lines or not."""
    return {
        "order_id": "order_id",
        "order_ref": "number",
        "channel": said.channel,
        **said.those(store="store"),
        "placed_on": opened,
        **({"placed_at": opened} if timed or said.has("clock") else {}),
        "status": said.get("status", "'completed'"),
        "is_test": "false",
        **said.those(currency="currency"),
        "tax_included": "true" if said.included else "false",
    }


def _late(said: Said) -> dict[str, str]:
    fulfilment = "coalesce(fulfilment, CASE WHEN {0} IN ('store', 'popup') THEN 'in_store' ELSE 'delivery' END)"
    bare = "CASE WHEN {0} IN ('store', 'popup') THEN 'in_store' WHEN {0} = 'marketplace' THEN 'marketplace' ELSE 'delivery' END"
    return {
        "fulfilment": (fulfilment if said.has("fulfilment") else bare).format("channel_name"),
        **said.those(country="country"),
    }


def _lines(said: Said, body: Body, timed: bool) -> None:
    if said.carried:
        own = ("store", "till", "day", "clock", "channel", "status", "fulfilment", "email", "card", "customer", "country", "currency", "order_total")
        body.shape.append({"fill_down": {"key": "number", "columns": [name for name in own if said.has(name)], "carry": True}})
    else:
        body.together = ["number"]
    back = "quantity < 0" if said.has("quantity") else "amount < 0"
    rebate = "abs(coalesce(discount, 0))" if said.has("discount") else None
    tax = said.tax_in("amount")
    body.shape.append({"derive": {
        "channel_name": said.channel,
        "order_id": _order_id(said),
        "is_return": f"coalesce({back}, false)",
        "sold_at": said.moment,
        "line_gross": f"amount + {rebate}" if rebate else "amount",
        "line_tax": (f"coalesce({tax}, 0)" if tax else "CAST(NULL AS DOUBLE)"),
    }})  # fmt: skip
    body.shape.append({"number": {"over": ["order_id", "is_return"], "into": "line_no"}})
    sums = {"opened_at": "min(sold_at)", "gross_sum": "sum(line_gross)", "net_sum": "sum(amount)"}
    if rebate:
        sums["discount_sum"] = f"sum({rebate})"
    if tax:
        sums["tax_sum"] = "sum(line_tax)"
    body.shape.append({"group": {"over": ["order_id", "is_return"], "values": sums}})
    if said.has("order_total"):  # the whole order, what came back with it too
        told = {"lines_sum": "sum(amount)", "lines_tax": "sum(line_tax)", "total_told": "any_value(order_total)"}
        body.shape.append({"group": {"over": ["order_id"], "values": told}})
    total = "net_sum" if said.included else "net_sum + coalesce(tax_sum, 0)" if tax else None
    orders = _sold(said, timed, "opened_at") | {"gross": "gross_sum", "net": "net_sum"}
    orders |= {"discount": "discount_sum"} if rebate else {}
    orders |= {"tax": "tax_sum"} if tax else {}
    orders |= {"total": "total_told"} if said.has("order_total") else {"total": total} if total else {}
    orders |= _late(said) | {"items_known": "true"}
    here = "number IS NOT NULL AND day IS NOT NULL AND " if said.carried else ""
    body.emit["orders"] = {"when": f"{here}NOT is_return", "one_per": ["order_id"], "identify": said.identify(), "columns": orders}
    each = {
        "order_id": "order_id",
        "line_no": "line_no",
        "placed_on": "opened_at",
        "line_type": "'product'",
        "sku": "coalesce(sku, title)" if said.has("sku", "title") else said.get("sku", "title"),
        **said.those(title="title", category="category"),
        "quantity": said.get("quantity", "1"),
        "unit_price": said.get("unit_price", f"line_gross / nullif({said.get('quantity', '1')}, 0)"),
        "gross": "line_gross",
        **({"discount": rebate} if rebate else {}),
        "net": "amount",
        "tax": "line_tax" if said.included and tax else "NULL" if said.included else "0",
        **said.those(currency="currency"),
    }
    if each["tax"] == "NULL":
        del each["tax"]
    body.emit["order_lines"] = {"when": f"{here}NOT is_return", "columns": each}
    body.emit["returns"] = {"when": f"{here}is_return", "identify": said.identify(), "columns": {
        "return_id": "order_id || '#' || line_no",
        "order_id": "order_id",
        "channel": "channel_name",
        **said.those(store="store"),
        "return_channel": "channel_name",
        "sku": each["sku"],
        **said.those(category="category"),
        "returned_on": "sold_at",
        "quantity": f"abs({said.get('quantity')})" if said.has("quantity") else "NULL",
        "amount": "abs(amount - line_tax)" if said.included and tax else "abs(amount)",
        **said.those(currency="currency"),
        "date_quality": "'exact'",
    }}  # fmt: skip
    if not said.has("quantity"):
        del body.emit["returns"]["columns"]["quantity"]  # type: ignore[attr-defined]
    _line_checks(said, body, rebate, tax)
    if not tax and said.included:
        body.limits.append(NO_TAX)
    if not said.identify():
        body.limits.append(NO_CUSTOMER)


def _line_checks(said: Said, body: Body, rebate: str | None, tax: str | None) -> None:
    label = "order_id || '#' || line_no"
    if said.has("unit_price", "quantity"):
        ways = {"price x quantity = amount": "abs(quantity * unit_price - amount) < 0.015"}
        if rebate:
            ways["less the discount"] = f"abs(quantity * unit_price - {rebate} - amount) < 0.015"
        if tax and not said.included and said.has("tax"):
            ways["the tax comes on top"] = "abs(quantity * unit_price - tax - amount) < 0.015"
        body.checks.append({"name": "line amount", "label": label, "when": "unit_price IS NOT NULL AND quantity IS NOT NULL", **_one(ways)})
    if said.has("order_total"):
        ways = {"sum of the lines": "abs(lines_sum - total_told) < 0.015"}
        if tax:
            ways["sum of the lines and their tax"] = "abs(lines_sum + lines_tax - total_told) < 0.015"
        body.checks.append({"name": "order total", "label": "number", "when": "total_told IS NOT NULL", "one_per": ["order_id"], **_one(ways)})
    if said.has("tax"):
        body.checks.append({"name": "tax within the amount", "label": label, "expr": "abs(coalesce(tax, 0)) <= abs(amount) + 0.005"})


def _one(ways: Mapping[str, str]) -> dict[str, object]:
    """One identity, or several of which each row needs one."""
    return {"expr": next(iter(ways.values()))} if len(ways) == 1 else {"any": dict(ways)}


def _orders(said: Said, body: Body, timed: bool) -> None:
    paid = said.get("total", "net")
    tax = said.tax_in(paid)
    goods = "net"
    if not said.has("net"):
        goods = "total" + (" - coalesce(shipping, 0)" if said.has("shipping") else "") + ("" if said.included or not said.has("tax") else " - coalesce(tax, 0)")
    body.shape.append({"derive": {
        "channel_name": said.channel,
        "order_id": _order_id(said),
        "is_return": f"coalesce({paid} < 0, false)",
        "sold_at": said.moment,
        "goods": goods,
        "order_tax": f"coalesce({tax}, 0)" if tax else "CAST(NULL AS DOUBLE)",
    }})  # fmt: skip
    body.shape.append({"group": {"over": ["order_id", "is_return"], "values": {"times": "count(*)"}}})
    columns = _sold(said, timed, "sold_at") | said.those(discount="discount") | {"net": "goods"} | said.those(shipping="shipping")
    if "discount" in columns:
        columns["discount"] = "abs(discount)"
    columns |= {"tax": "order_tax"} if tax else {}
    columns |= said.those(total="total")
    columns |= {"refunded": "abs(refunded)"} if said.has("refunded") else {}
    columns |= _late(said) | said.those(device="device", source_detail="source") | {"items_known": "true" if said.has("items") else "false"}
    body.emit["orders"] = {"when": "NOT is_return", "identify": said.identify(), "columns": columns}
    if said.has("items"):  # one line for the whole order: how much of it each article was is not in the file
        body.emit["order_lines"] = {"when": "NOT is_return", "columns": {
            "order_id": "order_id", "line_no": "1", "placed_on": "sold_at", "line_type": "'product'", "quantity": "items", "net": "goods",
            **({"tax": "order_tax"} if tax and said.included else {} if said.included else {"tax": "0"}), **said.those(currency="currency"),
        }}  # fmt: skip
    body.emit["returns"] = {"when": "is_return", "identify": said.identify(), "columns": {
        "return_id": "order_id || '#' || CAST(sold_at AS VARCHAR)", "order_id": "order_id", "channel": "channel_name", **said.those(store="store"),
        "return_channel": "channel_name", "returned_on": "sold_at",
        "amount": "abs(goods - order_tax)" if tax and said.included else "abs(goods)", **said.those(currency="currency"), "date_quality": "'exact'",
    }}  # fmt: skip
    body.checks.append({"name": "one row an order", "label": "number", "one_per": ["order_id"], "when": "NOT is_return", "expr": "times = 1"})
    if said.has("total", "net"):
        ship = " + coalesce(shipping, 0)" if said.has("shipping") else ""
        ways = {"goods and shipping": f"abs(net{ship} - total) < 0.015"}
        if said.has("tax"):
            ways["goods, shipping and tax"] = f"abs(net{ship} + coalesce(tax, 0) - total) < 0.015"
        if said.has("discount"):
            ways["less the discount"] = f"abs(net{ship} - abs(coalesce(discount, 0)) - total) < 0.015"
        body.checks.append({"name": "order total", "label": "number", "when": "total IS NOT NULL AND net IS NOT NULL", **_one(ways)})
    if not tax and said.included:
        body.limits.append(NO_TAX)
    if not said.identify():
        body.limits.append(NO_CUSTOMER)
    body.limits.append(NO_LINES)


def _returns(said: Said, body: Body, timed: bool) -> None:
    apart = [name for name in said.kind.names if said.has(name) and name not in ("email", "card", "customer", "id")]
    if not said.has("id"):
        body.shape.append({"number": {"over": apart, "into": "nth"}})
    tax = said.tax_in("amount") if said.has("amount") else None
    prefix = said.plan.settings.get("orders")
    order = f"'ref:' || {quoted(prefix + ':')} || number" if prefix else f"{quoted(said.profile + ':')} || number"
    columns = {
        "return_id": f"{quoted(said.profile + ':')} || id" if said.has("id") else f"{said.id_of(*apart)} || '#' || nth",
        **({"order_id": order} if said.has("number") else {}),
        **said.those(channel="channel", store="store", return_channel="channel", sku="sku", category="category"),
        "returned_on": "day",
        **said.those(sold_on="sold_on"),
        **({"quantity": "abs(quantity)"} if said.has("quantity") else {}),
        **({"amount": "abs(amount) - abs(" + tax + ")" if tax and said.included else "abs(amount)"} if said.has("amount") else {}),
        **said.those(currency="currency"),
        "date_quality": "'exact'",
        **said.those(reason="reason"),
    }
    body.emit["returns"] = {"identify": said.identify(), "columns": columns}
    if said.has("amount") and not tax and said.included:
        body.limits.append(NO_TAX)


# ---------------------------------------------------------------- everything else


def _stock(said: Said, body: Body, timed: bool) -> None:
    day = "CAST(day AS DATE)" if said.has("day") else "file_day"
    body.shape.append({"derive": {"counted_on": day, "place": said.get("location")}})
    body.shape.append({"group": {"over": ["counted_on", "place", "sku"], "values": {"on_hand_sum": "sum(on_hand)"}}})  # shelves of one place
    columns = {"day": "counted_on", "location": "place", "sku": "sku", "on_hand": "on_hand_sum", **said.those(unit_cost="unit_cost", currency="currency")}
    body.emit["stock"] = {"columns": columns | {"unlimited": "false"}}
    if not said.has("day"):
        body.limits.append(NO_DAY)


def _products(said: Said, body: Body, timed: bool) -> None:
    dated = said.has("valid_from", "cost")
    if any(said.given(name) for name in ("title", "category", "brand", "price")) or not dated:
        body.emit["products"] = {"columns": {
            "sku": "sku", **said.those(title="title", category="category", brand="brand", price="price", cost="cost", currency="currency"), "active": "true",
        }}  # fmt: skip
    if dated:
        columns = {"sku": "sku", "valid_from": "valid_from", "unit_cost": "cost", **said.those(currency="currency")}
        body.emit["product_costs"] = {"when": "cost IS NOT NULL", "columns": columns}
    if said.has("price", "cost"):
        body.checks.append({"name": "cost below price", "label": "sku", "when": "price IS NOT NULL AND cost IS NOT NULL", "expr": "cost <= price"})


def _plain(dataset: str, duplicates: str, **columns: str):  # type: ignore[no-untyped-def]
    """A dataset whose columns are fields, one by one; `target='=SQL'` is written as it is."""

    def make(said: Said, body: Body, timed: bool) -> None:
        told = {target: source[1:] for target, source in columns.items() if source.startswith("=")}
        found = {target: told[target] if target in told else said.get(source) for target, source in columns.items() if target in told or said.given(source)}
        body.emit[dataset] = ({"duplicates": duplicates} if duplicates != "last" else {}) | {"columns": found}

    return make


def _visits(said: Said, body: Body, timed: bool) -> None:
    if said.has("hour"):
        body.shape.append({"derive": {"hour_no": "CAST(nullif(regexp_extract(hour, '^(\\d{1,2})', 1), '') AS INTEGER)"}})
    elif timed:
        body.shape.append({"derive": {"hour_no": "hour(day)"}})
    hours = {"hour": "hour_no"} if said.has("hour") or timed else {}
    body.emit["store_visits"] = {"duplicates": "sum", "columns": {"store": said.get("store"), "day": "CAST(day AS DATE)", **hours, "visitors": "visitors"}}


def _traffic(said: Said, body: Body, timed: bool) -> None:
    body.scope = [name for name in ("source", "device", "country") if said.has(name)]
    facts = ("sessions", "users", "new_users", "views", "carts", "purchases", "bounce_rate", "source", "device", "country")
    # rows that differ in nothing known differ in a dimension that is not: taken together or apart they would be wrong
    body.shape.append({"group": {"over": ["day", *body.scope], "values": {"alike": "count(*)"}}})
    body.emit["traffic"] = {"when": "alike = 1", "columns": {
        "platform": quoted(said.profile), "property": quoted(said.profile), "channel": said.channel,
        "period_start": "CAST(day AS DATE)", "period_end": "CAST(day AS DATE)", "grain": "'day'", "scope": "scope",
        **said.those(**{name: name for name in facts}),
    }}  # fmt: skip
    body.checks.append({"name": "rows told apart by what is known", "when": "alike > 1", "expr": "alike = 1"})
    if said.has("sessions", "purchases"):
        body.checks.append({"name": "purchases within visits", "when": "sessions IS NOT NULL AND purchases IS NOT NULL", "expr": "purchases <= sessions"})


def _surveys(said: Said, body: Body, timed: bool) -> None:
    kind = said.get("kind")
    outside = f"({kind} = 'nps' AND (score < 0 OR score > 10)) OR ({kind} = 'csat' AND (score < 1 OR score > 5))"
    body.rows.append({"when": outside, "reason": "score outside its scale (nps 0-10, csat 1-5)"})
    columns = {
        **_identified(said, body, "feedback_id"), "kind": kind, "score": "score", "timing": said.get("timing"), "answered_on": "CAST(day AS DATE)",
        **said.those(store="store", country="country", order_ref="number"), **({"channel": said.get("channel")} if said.given("channel") else {}),
    }  # fmt: skip
    body.emit["feedback"] = {"identify": said.identify(), "columns": columns}


def _leads(said: Said, body: Body, timed: bool) -> None:
    columns = {
        **_identified(said, body, "lead_id"), "created_on": "CAST(day AS DATE)",
        **said.those(channel="channel", source="source", device="device", country="country"),
        "status": said.get("status"), **said.those(won_on="won_on"),
    }  # fmt: skip
    body.emit["leads"] = {"identify": said.identify(), "columns": columns}


def _identified(said: Said, body: Body, target: str) -> dict[str, str]:
    """The file's own number, or one of the values of a row and how many equal ones stand above it; never what names a person."""
    if said.has("id"):
        return {target: f"{quoted(said.profile + ':')} || id"}
    apart = [name for name in said.kind.names if said.has(name) and name not in ("email", "card", "customer")]
    body.shape.append({"number": {"over": apart, "into": "nth"}})
    return {target: f"{said.id_of(*apart)} || '#' || nth"}


def _deliveries(said: Said, body: Body, timed: bool) -> None:
    columns = {
        "order_id": f"'ref:' || coalesce({said.channel}, 'web') || ':' || number", "channel": f"coalesce({said.channel}, 'web')",
        **said.those(shipped_on="shipped", promised_on="promised", delivered_on="delivered", collected_on="collected", carrier="carrier", store="store"),
    }  # fmt: skip
    body.emit["fulfilments"] = {"duplicates": "merge", "columns": columns}
    if said.has("shipped", "delivered"):
        both = "shipped IS NOT NULL AND delivered IS NOT NULL"
        body.checks.append({"name": "shipped before delivered", "label": "number", "when": both, "expr": "shipped <= delivered"})


def _stores(said: Said, body: Body, timed: bool) -> None:
    told = said.those(city="city", country="country", opened_on="opened", closed_on="closed")
    channel = "coalesce(channel, 'store')" if said.has("channel") else said.get("channel", "'store'")
    body.emit["stores"] = {"columns": {"store": "store", "name": "name", "channel": channel, **told}}


def _rates(said: Said, body: Body, timed: bool) -> None:
    body.rows.append({"when": "rate <= 0", "reason": "a rate must be above zero"})
    body.emit["fx_rates"] = {"columns": {"day": "CAST(day AS DATE)", "currency": said.get("currency"), "base": said.get("base"), "rate": "rate"}}


_MAKERS = {
    "lines": _lines, "orders": _orders, "returns": _returns, "stock": _stock, "products": _products, "visits": _visits, "traffic": _traffic,
    "surveys": _surveys, "leads": _leads, "deliveries": _deliveries, "rates": _rates,
    "spend": _plain("ad_spend", "sum", platform="platform", campaign="campaign", source="source", period_start="=CAST(day AS DATE)",
                    period_end="=CAST(day AS DATE)", spend="cost", currency="currency", impressions="impressions", clicks="clicks",
                    conversions="conversions", conversion_value="value"),
    "social": _plain("social_stats", "last", network="network", day="=CAST(day AS DATE)", followers="followers", mentions="mentions", reach="reach",
                     interactions="interactions", comments="comments", negative_comments="negative"),
    "stores": _stores,
}  # fmt: skip
