"""The canonical datasets: what every export becomes, whatever system wrote it.

A dataset is a table shape with a business key. `sources` emits rows of these shapes, `store` keeps the newest version of
each key. Money is DECIMAL(18,6) in the currency of the row; unknown is NULL, never zero. The columns of `PROVENANCE` stand
at the end of every dataset, so that any number can be walked back to a line of a file.
"""

from __future__ import annotations

from dataclasses import dataclass

MONEY = "DECIMAL(18,6)"
QUANTITY = "DECIMAL(18,4)"


@dataclass(frozen=True)
class Dataset:
    """`key` names one row; rows that share `version_key` come from one file and are replaced together by a newer file.

    `day` is the column that places a row in time (None for dimensions). `columns` maps name to DuckDB type, in order.
    """

    name: str
    columns: dict[str, str]
    key: tuple[str, ...]
    version_key: tuple[str, ...]
    day: str | None


PROVENANCE = {"load_id": "INTEGER", "file_line": "BIGINT"}  # load_id: the store's number of the load; file_line: 1-based physical line


def _dataset(name: str, key: str, day: str | None, columns: dict[str, str], version_key: str | None = None) -> Dataset:
    return Dataset(name, columns, tuple(key.split()), tuple((version_key or key).split()), day)


_TEXT, _DAY, _AT, _BOOL, _COUNT = "VARCHAR", "DATE", "TIMESTAMP", "BOOLEAN", "BIGINT"

DATASETS: dict[str, Dataset] = {
    d.name: d
    for d in (
        _dataset(
            "orders",
            "order_id",
            "placed_on",
            {
                "order_id": _TEXT,  # unique over all sources: '<platform>:<id>'
                "order_ref": _TEXT,  # as people write it: '#1051', ticket number
                "channel": _TEXT,  # web | app | store | popup | marketplace | ...
                "store": _TEXT,  # store code or name; NULL outside stores
                "customer_key": "UBIGINT",  # keyed hash; NULL = guest
                "placed_on": _DAY,  # local business date
                "placed_at": _AT,  # local time, where known
                "status": _TEXT,  # completed | pending | cancelled | refunded | draft
                "is_test": _BOOL,
                "currency": _TEXT,
                "fx_base": _TEXT,  # with fx_rate: the export's own rate; NULL = use fx_rates
                "fx_rate": "DOUBLE",  # units of `currency` for one unit of `fx_base`
                "tax_included": _BOOL,
                "gross": MONEY,
                "discount": MONEY,
                "net": MONEY,  # merchandise after discount, as charged (see tax_included)
                "shipping": MONEY,
                "tax": MONEY,
                "tip": MONEY,
                "total": MONEY,
                "refunded": MONEY,
                "fulfilment": _TEXT,  # in_store | delivery | click_collect | marketplace | digital
                "country": _TEXT,  # ISO 3166 alpha-2 where the source gives it, else as written
                "device": _TEXT,  # mobile | desktop | tablet
                "source_detail": _TEXT,
                "items_known": _BOOL,  # FALSE: the export has no lines, items per order is unknown
            },
        ),
        _dataset(
            "order_lines",
            "order_id line_no",
            "placed_on",
            {
                "order_id": _TEXT,
                "line_no": "INTEGER",
                "placed_on": _DAY,
                "line_type": _TEXT,  # product | service | fee | shipping | tip | gift_card | donation
                "sku": _TEXT,
                "title": _TEXT,
                "category": _TEXT,  # as the file gives it; the product dimension wins
                "quantity": QUANTITY,
                "unit_price": MONEY,
                "gross": MONEY,
                "discount": MONEY,  # line discount + share of the order discount
                "net": MONEY,  # gross - discount, as charged
                "tax": MONEY,  # VAT held inside net; 0 when net excludes tax, so net - tax is always ex VAT
                "unit_cost": MONEY,  # only where the export itself has it
                "currency": _TEXT,
                "fx_base": _TEXT,
                "fx_rate": "DOUBLE",
            },
            version_key="order_id",
        ),
        _dataset(
            "returns",
            "return_id",
            "returned_on",
            {
                "return_id": _TEXT,
                "order_id": _TEXT,
                "channel": _TEXT,
                "store": _TEXT,
                "return_channel": _TEXT,
                "customer_key": "UBIGINT",
                "sku": _TEXT,
                "category": _TEXT,
                "returned_on": _DAY,
                "sold_on": _DAY,
                "quantity": QUANTITY,  # positive; NULL when the export gives only money
                "amount": MONEY,  # positive, ex VAT
                "currency": _TEXT,
                "fx_base": _TEXT,
                "fx_rate": "DOUBLE",
                "date_quality": _TEXT,  # exact | order_date_proxy
                "reason": _TEXT,
            },
        ),
        _dataset(
            "fulfilments",
            "order_id",
            "delivered_on",
            {
                "order_id": _TEXT,
                "channel": _TEXT,
                "shipped_on": _DAY,
                "promised_on": _DAY,
                "delivered_on": _DAY,
                "carrier": _TEXT,
                "collected_on": _DAY,  # click & collect: the day on which the customer came
                "store": _TEXT,  # where it was collected
                "addon_ref": _TEXT,  # number of the till ticket of what was bought on that visit
            },
        ),
        _dataset(
            "carts",
            "cart_id",
            "created_on",
            {
                "cart_id": _TEXT,
                "channel": _TEXT,
                "device": _TEXT,
                "created_on": _DAY,
                "value": MONEY,
                "currency": _TEXT,
                "customer_key": "UBIGINT",
                "order_id": _TEXT,  # NULL: abandoned
            },
        ),
        _dataset(
            "traffic",
            "property scope period_start period_end source campaign landing_page page event device country",
            "period_start",
            {
                "platform": _TEXT,
                "property": _TEXT,
                "channel": _TEXT,
                "period_start": _DAY,
                "period_end": _DAY,
                "grain": _TEXT,  # day | week | month | range
                "scope": _TEXT,  # the dimensions the table really has: 'country,device,source', sorted, '' = none
                "source": _TEXT,  # channel group: Organic Search, Paid Search, Email, Direct, ...
                "campaign": _TEXT,
                "landing_page": _TEXT,
                "page": _TEXT,
                "event": _TEXT,
                "device": _TEXT,
                "country": _TEXT,
                "sessions": _COUNT,
                "engaged_sessions": _COUNT,
                "users": _COUNT,
                "active_users": _COUNT,
                "new_users": _COUNT,
                "views": _COUNT,
                "event_count": _COUNT,
                "key_events": "DECIMAL(18,4)",
                "purchases": _COUNT,
                "carts": _COUNT,
                "checkouts": _COUNT,
                "revenue": MONEY,
                "currency": _TEXT,
                "avg_duration_s": "DOUBLE",
                "bounce_rate": "DOUBLE",
            },
            # a report is replaced as one: a visit whose source became known later must not stay with the old source too
            version_key="property scope period_start period_end campaign landing_page page event",
        ),
        _dataset("store_visits", "store day hour", "day", {"store": _TEXT, "day": _DAY, "hour": "INTEGER", "visitors": _COUNT}),
        _dataset(
            "ad_spend",
            "platform account campaign period_start period_end",
            "period_start",
            {
                "platform": _TEXT,
                "account": _TEXT,
                "campaign": _TEXT,
                "source": _TEXT,  # same vocabulary as traffic.source: Paid Search, Paid Social, ...
                "period_start": _DAY,
                "period_end": _DAY,
                "spend": MONEY,
                "currency": _TEXT,
                "impressions": _COUNT,
                "clicks": _COUNT,
                "conversions": "DECIMAL(18,4)",
                "conversion_value": MONEY,
            },
        ),
        _dataset(
            "social_stats",
            "network account day",
            "day",
            {
                "network": _TEXT,
                "account": _TEXT,
                "day": _DAY,
                "followers": _COUNT,
                "mentions": _COUNT,
                "reach": _COUNT,
                "interactions": _COUNT,
                "comments": _COUNT,
                "negative_comments": _COUNT,
            },
        ),
        _dataset(
            "feedback",
            "feedback_id",
            "answered_on",
            {
                "feedback_id": _TEXT,
                "kind": _TEXT,  # nps | csat
                "score": "DOUBLE",  # nps 0-10, csat 1-5
                "timing": _TEXT,  # hot | cold
                "answered_on": _DAY,
                "channel": _TEXT,
                "store": _TEXT,
                "country": _TEXT,
                "order_ref": _TEXT,
                "customer_key": "UBIGINT",
                "comment": _TEXT,  # masked and shortened; NULL wherever the workspace keeps no comments
            },
        ),
        _dataset(
            "stock",
            "day location sku",
            "day",
            {"day": _DAY, "location": _TEXT, "sku": _TEXT, "on_hand": QUANTITY, "unit_cost": MONEY, "currency": _TEXT, "unlimited": _BOOL},
        ),
        _dataset(
            "products",
            "sku",
            None,
            {"sku": _TEXT, "title": _TEXT, "category": _TEXT, "brand": _TEXT, "price": MONEY, "cost": MONEY, "currency": _TEXT, "active": _BOOL},
        ),
        _dataset("product_costs", "sku valid_from", None, {"sku": _TEXT, "valid_from": _DAY, "unit_cost": MONEY, "currency": _TEXT}),
        _dataset(
            "stores",
            "store",
            None,
            {"store": _TEXT, "name": _TEXT, "channel": _TEXT, "city": _TEXT, "country": _TEXT, "opened_on": _DAY, "closed_on": _DAY},
        ),
        _dataset(
            "leads",
            "lead_id",
            "created_on",
            {
                "lead_id": _TEXT,
                "created_on": _DAY,
                "channel": _TEXT,
                "source": _TEXT,
                "device": _TEXT,
                "country": _TEXT,
                "kind": _TEXT,  # newsletter; NULL or anything else = a request that sales can follow up
                "status": _TEXT,
                "won_on": _DAY,
                "customer_key": "UBIGINT",
            },
        ),
        _dataset(
            "touches",
            "touch_id",
            "occurred_on",
            {
                "touch_id": _TEXT,
                "occurred_on": _DAY,
                "occurred_at": _AT,
                "channel": _TEXT,  # where it happened: web | app | store | email | social | phone | ...
                "source": _TEXT,  # as traffic.source
                "campaign": _TEXT,
                "device": _TEXT,
                "kind": _TEXT,  # visit | click | open | call | store_locator | ...
                "customer_key": "UBIGINT",
                "store": _TEXT,
            },
        ),
        _dataset(
            "experiments",
            "experiment variant day",
            "day",
            {
                "experiment": _TEXT,
                "variant": _TEXT,
                "is_control": _BOOL,
                "day": _DAY,
                "channel": _TEXT,
                "exposures": _COUNT,
                "conversions": _COUNT,
                "revenue": MONEY,
            },
        ),
        _dataset(
            "claims",  # what a platform says of money or events that another source owns: compared, never added to them
            "platform account measure period_start period_end detail",
            "period_start",
            {
                "platform": _TEXT,
                "account": _TEXT,
                "channel": _TEXT,
                "source": _TEXT,  # as traffic.source
                # revenue | orders | refunds | fees | tips | payout | conversions, or a count: recipients | clicks | impressions | views | calls | ...
                "measure": _TEXT,
                "detail": _TEXT,  # campaign, kind of fee, ...
                "period_start": _DAY,
                "period_end": _DAY,
                "amount": MONEY,  # or a count, for orders and conversions
                "currency": _TEXT,  # NULL for counts, and where the file names none
            },
        ),
        _dataset("identifiers", "customer_key kind id_hash", None, {"customer_key": "UBIGINT", "kind": _TEXT, "id_hash": "UBIGINT"}),  # kind: email | phone
        _dataset("fx_rates", "day currency base", None, {"day": _DAY, "currency": _TEXT, "base": _TEXT, "rate": "DOUBLE"}),
    )
}
