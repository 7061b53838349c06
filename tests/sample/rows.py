"""Row types of the plain-Python reader of the sample exports; see reader.py for the definitions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple


class Sale(NamedTuple):
    """One order line."""

    day: date
    order_id: str
    line_no: int
    channel: str
    store: str | None
    category: str | None
    product: str | None
    sku: str | None
    country: str | None
    customer_type: str
    fulfilment: str
    device: str | None
    qty: int
    net_amount: Decimal
    cost_amount: Decimal | None


class Order(NamedTuple):
    """One order that counts."""

    day: date
    order_id: str
    order_ref: str
    channel: str
    store: str | None
    country: str | None
    customer_type: str
    fulfilment: str
    device: str | None
    customer: str | None
    is_first_order: bool | None
    customer_channels: int | None
    lead_days: int | None
    net_amount: Decimal


class Return(NamedTuple):
    """One return; `qty` None where the export gives only money."""

    day: date
    sold_on: date | None
    order_id: str
    channel: str
    store: str | None
    category: str | None
    product: str | None
    sku: str | None
    qty: int | None
    amount: Decimal


class Session(NamedTuple):
    day: date
    source: str
    device: str
    country: str
    sessions: int
    engaged: int
    purchases: int
    views: int
    seconds: Decimal  # mean engagement of a session


class Landing(NamedTuple):
    day: date
    landing_page: str
    country: str
    sessions: int


class Delivery(NamedTuple):
    """One order with a promised day; `day` is that one."""

    day: date
    order_id: str
    channel: str
    country: str | None
    fulfilment: str
    carrier: str
    delivered: date


class Pickup(NamedTuple):
    """One click & collect order that was fetched; `ticket` is the till ticket of what else was bought on that visit."""

    day: date
    order_id: str
    store: str
    country: str | None
    device: str | None
    customer: str | None
    ticket: str | None


class Audience(NamedTuple):
    """Users as reported: `scope` is '' or 'device'; periods do not add up."""

    scope: str
    start: date
    end: date
    device: str | None
    users: int
    new_users: int


class Footfall(NamedTuple):
    day: date
    store: str
    visits: int


class Touch(NamedTuple):
    touch_id: str
    occurred_at: datetime
    channel: str
    source: str | None
    campaign: str | None
    device: str | None
    kind: str
    customer: str | None


class Cart(NamedTuple):
    """Abandoned (order_id None) or a web order that counts."""

    day: date
    cart_id: str
    device: str | None
    order_id: str | None


class Spend(NamedTuple):
    day: date
    source: str
    platform: str
    campaign: str
    cost: Decimal
    impressions: int
    clicks: int


class Answer(NamedTuple):
    day: date
    kind: str
    timing: str
    score: int
    channel: str
    store: str | None
    country: str | None


class StockCount(NamedTuple):
    day: date
    place: str
    sku: str
    on_hand: int
    stale_days: int = 0


class Social(NamedTuple):
    day: date
    network: str
    followers: int
    mentions: int
    reach: int
    interactions: int
    comments: int
    negative_comments: int


class Lead(NamedTuple):
    day: date
    lead_id: str
    channel: str
    source: str
    device: str
    country: str
    status: str
    kind: str | None


class Variant(NamedTuple):
    day: date
    experiment: str
    variant: str
    is_control: bool
    exposures: int
    conversions: int


@dataclass
class Star:
    """The sample as lists of rows."""

    stores: dict[str, tuple[str, str]] = field(default_factory=dict)
    products: dict[str, tuple[str, str]] = field(default_factory=dict)
    product_costs: dict[str, Decimal] = field(default_factory=dict)
    dated_costs: dict[str, list[tuple[date, Decimal]]] = field(default_factory=dict)
    sale: list[Sale] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    landings: list[Landing] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    pickups: list[Pickup] = field(default_factory=list)
    audience: list[Audience] = field(default_factory=list)
    footfall: list[Footfall] = field(default_factory=list)
    touches: list[Touch] = field(default_factory=list)
    carts: list[Cart] = field(default_factory=list)
    spend: list[Spend] = field(default_factory=list)
    surveys: list[Answer] = field(default_factory=list)
    stock_counts: list[StockCount] = field(default_factory=list)
    social: list[Social] = field(default_factory=list)
    leads: list[Lead] = field(default_factory=list)
    experiments: list[Variant] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
