"""Plain-Python reader of the sample exports: the rows of the star, from the files alone, without SQL and without omnigap.

    read_star(root: Path) -> Star                      everything below, from a folder like sample_data/exports
    Star.sale, .orders, .returns, .sessions, .landings, .deliveries, .pickups, .audience, .footfall, .touches, .carts, .spend, .surveys, .stock_counts, .social,
        .leads, .experiments: lists of the NamedTuples of rows.py; .stores: code -> (name, channel); .products: sku -> (title, category);
        .left_out: Counter of reasons why a raw order is not in `orders`
    stock_days(counts: list[StockCount], last: date, max_days: int = 8) -> Iterator[StockCount]   counts carried forward day by day
    month(day: date) -> str                            '2026-10'

Definitions are those of omnigap's star: only completed or refunded orders that are not tests; money without VAT, after
discounts, without delivery and tips; a ticket of returns only is no order; newest export wins per Shopify order; returns of
orders that do not count are left out; a Shopify refund has no line, no quantity and the date of its order; costs by the dated
list, else the product's cost. A Square refund does not name its sale: no `sold_on`. Stores by name. `customer` is 'email:…',
'loyalty:…' or 'platform:…', None for guests. `audience` holds the totals and the cut by device, not the landing pages.
A Shopify order states one VAT amount for goods and delivery: the goods take their share to the cent (half up), each line its
share of that in cents, largest remainder first; a refund holds VAT at the rate of the goods.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from tests.sample.rows import (
    Answer,
    Audience,
    Cart,
    Delivery,
    Footfall,
    Landing,
    Lead,
    Order,
    Pickup,
    Return,
    Sale,
    Session,
    Social,
    Spend,
    Star,
    StockCount,
    Touch,
    Variant,
)

__all__ = [
    "Answer",
    "Audience",
    "Cart",
    "Delivery",
    "Footfall",
    "Landing",
    "Lead",
    "Order",
    "Pickup",
    "Return",
    "Sale",
    "Session",
    "Social",
    "Spend",
    "Star",
    "StockCount",
    "Touch",
    "Variant",
    "month",
    "read_star",
    "rows_of",
    "stock_days",
    "text_of",
    "unit_cost",
]


@dataclass
class _Line:
    sku: str | None
    title: str
    category: str | None
    qty: int
    net: Decimal
    line_no: int


@dataclass
class _Raw:
    order_id: str
    ref: str
    channel: str
    store: str | None
    placed: datetime
    status: str
    customer: str | None
    country: str | None
    fulfilment: str
    device: str | None
    lines: list[_Line]
    refund: Decimal = Decimal(0)
    test: bool = False


def month(day: date) -> str:
    """'2026-10'."""
    return f"{day:%Y-%m}"


def text_of(path: Path) -> str:
    """A file's text: gunzipped, UTF-16 by its mark, else UTF-8, else cp1252."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    if data[:2] == b"\xff\xfe":
        return data[2:].decode("utf-16-le")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def rows_of(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    """Rows of a plain CSV file by header."""
    return list(csv.DictReader(io.StringIO(text_of(path), newline=""), delimiter=delimiter))


def _files(root: Path, pattern: str) -> list[Path]:
    found = sorted(root.glob(pattern))
    if not found:
        raise FileNotFoundError(f"{root}/{pattern}")
    return found


def _day(text: str) -> date:
    if "/" in text:
        day, month_, year = text.split("/")
        return date(int(year), int(month_), int(day))
    return date.fromisoformat(text) if "-" in text else date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def _money(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def _part(amount: Decimal, numerator: Decimal, denominator: Decimal, digits: int) -> Decimal:
    """amount × numerator / denominator, rounded half up to `digits`; nothing of nothing."""
    if not denominator:
        return Decimal(0)
    exact = Fraction(amount) * Fraction(numerator) / Fraction(denominator) * 10**digits
    return Decimal(int(exact + Fraction(1, 2))).scaleb(-digits)


def spread_cents(amount: Decimal, weights: list[Decimal]) -> list[Decimal]:
    """Share an amount in cents, largest remainder first; ties go to the larger weight, then to the earlier line."""
    cents, whole = int(amount * 100), sum(weights, Decimal(0))
    if not whole:
        return [amount, *[Decimal(0)] * (len(weights) - 1)]
    exact = [Fraction(w) * cents / Fraction(whole) for w in weights]
    parts = [int(e) for e in exact]
    order = sorted(range(len(weights)), key=lambda i: (-(exact[i] - parts[i]), -weights[i], i))
    for i in order[: cents - sum(parts)]:
        parts[i] += 1
    return [Decimal(p) / 100 for p in parts]


def _shopify(root: Path) -> list[_Raw]:
    """Newest export wins per order id."""
    newest: dict[str, tuple[str, _Raw]] = {}
    for path in _files(root, "shopify/orders_export_*.csv.gz"):
        by_name: dict[str, list[dict[str, str]]] = defaultdict(list)
        as_of = ""
        for row in rows_of(path):
            by_name[row["Name"]].append(row)
            as_of = max(as_of, *(row[c][:19] for c in ("Created at", "Fulfilled at", "Cancelled at", "Paid at")))
        for rows in by_name.values():
            order = _shopify_order(rows)
            if order.order_id not in newest or newest[order.order_id][0] < as_of:
                newest[order.order_id] = (as_of, order)
    return [order for _, order in newest.values()]


def _shopify_order(rows: list[dict[str, str]]) -> _Raw:
    head = rows[0]
    goods = [r for r in rows if r["Lineitem name"] != "Tip"]
    own = [Decimal(r["Lineitem discount"]) for r in goods]
    after = [Decimal(r["Lineitem price"]) * int(r["Lineitem quantity"]) - d for r, d in zip(goods, own, strict=True)]
    shares = spread_cents(Decimal(head["Discount Amount"]) - sum(own), after)
    net = [a - s for a, s in zip(after, shares, strict=True)]
    subtotal, refund = Decimal(head["Subtotal"]), Decimal(head["Refunded Amount"])
    vat = _part(Decimal(head["Taxes"]), subtotal, subtotal + Decimal(head["Shipping"]), 2)
    lines = [
        _Line(r["Lineitem sku"] or None, r["Lineitem name"], None, int(r["Lineitem quantity"]), amount - tax, n)
        for n, (r, amount, tax) in enumerate(zip(goods, net, spread_cents(vat, net), strict=True), 1)
    ]
    if head["Cancelled at"] or head["Financial Status"] == "voided":
        status = "cancelled"
    else:
        status = {"paid": "completed", "partially_refunded": "completed", "refunded": "refunded"}.get(head["Financial Status"], "pending")
    device = re.search(r"^device: (\w+)$", head["Note Attributes"], re.M)
    return _Raw(
        f"shopify:{head['Id']}", head["Name"], "web", None, datetime.fromisoformat(head["Created at"][:19]), status,
        f"email:{head['Email'].strip().lower()}" if head["Email"] else None, head["Shipping Country"] or None,
        "click_collect" if head["Shipping Method"].startswith("Click & Collect") else "delivery", device[1] if device else None, lines,
        _part(refund, subtotal - vat, subtotal, 6), "test" in head["Tags"].split(", "),
    )  # fmt: skip


_FRENCH = {
    "MAGASIN": "store", "CANAL": "channel", "CAISSE": "till", "TICKET": "ticket", "LIGNE": "line", "DATE": "date", "HEURE": "time", "ARTICLE": "sku",
    "DESIGNATION": "title", "CATEGORIE": "category", "QTE": "qty", "PRIX_TTC": "unit price incl tax", "REMISE": "discount", "MT_TTC": "amount incl tax",
    "TVA": "vat amount",
    "EMAIL_CLIENT": "customer email", "CARTE": "loyalty card", "MODE": "fulfilment", "PAYS": "country", "TICKET_ORIGINE": "original ticket",
}  # fmt: skip


def _tickets(root: Path, star: Star) -> tuple[list[_Raw], list[tuple[str, str, Return]]]:
    """Sales and returns of tills and marketplace; a return comes with the ids of its own and of its original ticket."""
    found: dict[str, _Raw] = {}
    back: list[tuple[str, str, Return]] = []
    for path in [*_files(root, "pos/*/*.csv.gz"), *_files(root, "marketplace/*.csv.gz")]:
        for named in rows_of(path, ";"):
            row = {_FRENCH.get(key, key): value for key, value in named.items()}
            channel = row.get("channel") or "store"
            store = star.stores[row["store"]][0] if channel == "store" else None
            own, prefix = f"till:{row['store']}:{row['till']}:{row['ticket']}", f"till:{row['store']}:{row['till']}:"
            day, qty, net = _day(row["date"]), int(row["qty"]), _money(row["amount incl tax"]) - _money(row["vat amount"])
            title, category = star.products.get(row["sku"], (row["title"], row["category"] or None))
            email, card = row.get("customer email", ""), row.get("loyalty card", "")
            customer = f"email:{email.strip().lower()}" if email else f"loyalty:{card}" if card else None
            if qty < 0:
                origin = prefix + row["original ticket"]
                back.append((own, origin, Return(day, None, origin, channel, store, category, title, row["sku"] or None, -qty, -net)))
                continue
            if own not in found:
                placed = datetime.fromisoformat(f"{day.isoformat()}T{row['time']}")
                mode = {"livraison": "delivery", "retrait": "click_collect"}.get(row["fulfilment"], "in_store")
                found[own] = _Raw(own, row["ticket"], channel, store, placed, "completed", customer, row["country"] or None, mode, None, [])
            found[own].lines.append(_Line(row["sku"] or None, row["title"], row["category"] or None, qty, net, int(row["line"])))
    return list(found.values()), back


def _square(root: Path) -> tuple[list[_Raw], list[tuple[str, str, Return]]]:
    found: dict[str, _Raw] = {}
    back: list[tuple[str, str, Return]] = []
    for path in _files(root, "square/*.csv.gz"):
        for row in rows_of(path):
            own = f"square:{row['Transaction ID']}"
            net, qty = Decimal(row["Net Sales"].replace("€", "").replace(",", "")), int(Decimal(row["Qty"]))
            category = None if row["Category"] == "None" else row["Category"]
            if row["Event Type"] == "Refund":
                entry = Return(_day(row["Date"]), None, own, "popup", row["Location"], category, row["Item"], row["SKU"] or row["Item"], abs(qty), abs(net))
                back.append((own, own, entry))
                continue
            placed = datetime.fromisoformat(f"{row['Date']}T{row['Time']}")
            customer = f"platform:{row['Customer ID']}" if row["Customer ID"] else None
            order = found.setdefault(own, _Raw(own, row["Transaction ID"], "popup", row["Location"], placed, "completed", customer, None, "in_store", None, []))
            order.lines.append(_Line(row["SKU"] or row["Item"], row["Item"], category, qty, net, len(order.lines) + 1))
    return list(found.values()), back


def _catalogue(root: Path, star: Star) -> None:
    for row in rows_of(root / "stores/stores.csv", ";"):
        star.stores[row["MAGASIN"]] = (row["NOM"], row["CANAL"])
    titles: dict[str, tuple[str, str]] = {}
    for row in rows_of(root / "shopify/products_export.csv"):
        if row["Title"]:
            titles[row["Handle"]] = (row["Title"], row["Type"])
        if row["Variant SKU"]:
            star.products[row["Variant SKU"]] = titles[row["Handle"]]
            if row["Cost per item"]:
                star.product_costs[row["Variant SKU"]] = Decimal(row["Cost per item"])
    for row in rows_of(root / "costs/couts_achat.csv", ";"):
        star.dated_costs.setdefault(row["ARTICLE"], []).append((_day(row["DEBUT"]), _money(row["COUT"])))


def unit_cost(star: Star, sku: str | None, day: date) -> Decimal | None:
    """Dated list, else the product's cost, else unknown."""
    known = [(start, cost) for start, cost in star.dated_costs.get(sku or "", []) if start <= day]
    return max(known)[1] if known else star.product_costs.get(sku or "")


def _delivered(root: Path) -> dict[tuple[str, str], date]:
    return {(r["CANAL"], r["COMMANDE"]): _day(r["LIVRE"]) for path in _files(root, "deliveries/livraisons_*.csv.gz") for r in rows_of(path, ";")}


def _promised(root: Path, star: Star) -> None:
    """Deliveries and pick-ups of orders that count."""
    known = {(order.channel, order.order_ref): order for order in star.orders}
    for path in _files(root, "deliveries/livraisons_*.csv.gz"):
        for r in rows_of(path, ";"):
            order = known.get((r["CANAL"], r["COMMANDE"]))
            if order:
                found = (order.order_id, order.channel, order.country, order.fulfilment, r["TRANSPORTEUR"], _day(r["LIVRE"]))
                star.deliveries.append(Delivery(_day(r["PROMIS"]), *found))
    for path in _files(root, "deliveries/retraits_*.csv.gz"):
        for r in rows_of(path, ";"):
            order = known.get((r["CANAL"], r["COMMANDE"]))
            if order:
                store = star.stores[r["MAGASIN"]][0]
                star.pickups.append(Pickup(_day(r["RETIRE"]), order.order_id, store, order.country, order.device, order.customer, r["TICKET"] or None))


def _sales(root: Path, star: Star) -> None:
    tickets, ticket_returns = _tickets(root, star)
    popup, popup_returns = _square(root)
    raw = [*_shopify(root), *tickets, *popup]
    kept = []
    for order in raw:
        reason = "test order" if order.test else "" if order.status in ("completed", "refunded") else f"{order.status} order"
        if reason:
            star.left_out[reason] += 1
        else:
            kept.append(order)
    kept.sort(key=lambda o: (o.placed, o.order_id))
    nth: Counter[str] = Counter()
    reach: dict[str, set[str]] = defaultdict(set)
    for order in kept:
        if order.customer:
            reach[order.customer].add(order.channel)
    delivered = _delivered(root)
    for order in kept:
        who = order.customer
        if who:
            nth[who] += 1
        kind = "guest" if not who else "new" if nth[who] == 1 else "returning"
        day, arrived = order.placed.date(), delivered.get((order.channel, order.ref))
        star.orders.append(
            Order(day, order.order_id, order.ref, order.channel, order.store, order.country, kind, order.fulfilment, order.device, who,
                  nth[who] == 1 if who else None, len(reach[who]) if who else None, (arrived - day).days if arrived else None,
                  sum((line.net for line in order.lines), Decimal(0)))
        )  # fmt: skip
        for line in order.lines:
            title, category = star.products.get(line.sku or "") or (line.title, line.category)
            cost = unit_cost(star, line.sku, day)
            star.sale.append(
                Sale(day, order.order_id, line.line_no, order.channel, order.store, category, title, line.sku, order.country, kind, order.fulfilment,
                     order.device, line.qty, line.net, cost * line.qty if cost is not None else None)
            )  # fmt: skip
        if order.refund:
            star.returns.append(Return(day, day, order.order_id, order.channel, order.store, None, None, None, None, order.refund))
    sold = {order.order_id: order.placed.date() for order in kept}
    for _, origin, entry in [*ticket_returns, *popup_returns]:
        if entry.sku in star.products:
            entry = entry._replace(product=star.products[entry.sku][0], category=star.products[entry.sku][1])
        star.returns.append(entry._replace(sold_on=sold.get(origin)))
    for path in _files(root, "shopify/checkouts_export_*.csv.gz"):
        for row in rows_of(path):
            if row["Id"]:
                found = re.search(r"^device: (\w+)$", row["Note Attributes"], re.M)
                star.carts.append(Cart(_day(row["Created at"][:10]), f"shopify:{row['Id']}", found[1] if found else None, None))
    star.carts += [Cart(o.day, o.order_id, o.device, o.order_id) for o in star.orders if o.channel == "web"]


def _blocks(path: Path) -> tuple[date, date, list[dict[str, str]]]:
    """Period and rows of a one-table GA4 report."""
    text = text_of(path)
    dates = {name: _day(value) for name, value in re.findall(r"^# (Start|End) date: (\d{8})", text, re.M)}
    body = "\n".join(line for line in text.splitlines() if line and not line.startswith("#"))
    return dates["Start"], dates["End"], list(csv.DictReader(io.StringIO(body)))


def _web(root: Path, star: Star) -> None:
    for path in _files(root, "ga4/traffic_acquisition_*.csv.gz"):
        for r in _blocks(path)[2]:
            source = r["Session primary channel group (Default Channel Group)"]
            counts = [int(r[c]) for c in ("Sessions", "Engaged sessions", "Ecommerce purchases", "Views")]
            seconds = Decimal(r["Average engagement time per session"])
            star.sessions.append(Session(_day(r["Date"]), source, r["Device category"], r["Country ID"], *counts, seconds))
    for path in _files(root, "ga4/landing_pages_*.csv.gz"):
        for r in _blocks(path)[2]:
            star.landings.append(Landing(_day(r["Date"]), r["Landing page + query string"], r["Country ID"], int(r["Sessions"])))
    for path in _files(root, "ga4/users_by_*"):
        start, end, rows = _blocks(path)
        for r in rows:
            if "Date" in r:
                first = last = _day(r["Date"])
            elif "Nth week" in r:
                first = start + timedelta(weeks=int(r["Nth week"]))
                last = min(end, first + timedelta(days=6))
            else:
                n = start.month - 1 + int(r["Nth month"])
                first = date(start.year + n // 12, n % 12 + 1, 1)
                last = min(end, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))
            device = r.get("Device category")
            star.audience.append(Audience("device" if device else "", first, last, device, int(r["Total users"]), int(r["New users"])))


def _ads(root: Path, star: Star) -> None:
    for path in _files(root, "google_ads/campaign_report_*"):
        lines = text_of(path).splitlines()[2:]
        for r in csv.DictReader(lines, delimiter="\t" if "\t" in lines[0] else ","):
            if not r["Day"].startswith("Total:"):
                counts = [int(r[c].replace(",", "")) for c in ("Impr.", "Clicks")]
                star.spend.append(Spend(_day(r["Day"]), "Paid Search", "Google Ads", r["Campaign"], Decimal(r["Cost"].replace(",", "")), *counts))
    for path in _files(root, "meta_ads/*.csv.gz"):
        for r in rows_of(path):  # Meta's campaign report has no column of link clicks unless asked for
            star.spend.append(Spend(_day(r["Day"]), "Paid Social", "Meta Ads", r["Campaign name"], Decimal(r["Amount spent (EUR)"]), int(r["Impressions"]), 0))
    for r in rows_of(root / "spend/other_spend.csv.gz", ";"):
        cost = _money(r["cost"])
        star.spend.append(Spend(_day(r["date"]), r["source"], r["platform"], r["campaign"], cost, int(r["impressions"]), int(r["clicks"])))


def _small(root: Path, star: Star) -> None:
    for path in _files(root, "visits/entrees_*.csv.gz"):
        star.footfall += [Footfall(_day(r["DATE"]), star.stores[r["MAGASIN"]][0], int(r["ENTREES"])) for r in rows_of(path, ";")]
    hourly: Counter[tuple[date, str]] = Counter()
    for r in rows_of(root / "visits/paris_rivoli_hourly_2026.csv.gz", ";"):
        hourly[_day(r["date"]), star.stores[r["store"]][0]] += int(r["visitors"])
    star.footfall += [Footfall(day, store, count) for (day, store), count in hourly.items()]
    for path in _files(root, "surveys/*.csv.gz"):
        for r in rows_of(path, ";"):
            timing, store = {"chaud": "hot", "froid": "cold"}[r["MOMENT"]], star.stores[r["MAGASIN"]][0] if r["MAGASIN"] else None
            star.surveys.append(Answer(_day(r["DATE"]), r["TYPE"], timing, int(r["NOTE"]), r["CANAL"], store, r["PAYS"] or None))
    for path in _files(root, "stock/*.csv.gz"):
        for r in rows_of(path, ";"):
            place = star.stores[r["LIEU"]][0] if r["LIEU"] in star.stores else r["LIEU"]
            star.stock_counts.append(StockCount(_day(r["DATE"]), place, r["ARTICLE"], int(r["QTE"])))
    for path in _files(root, "shopify/inventory_export_*.csv"):
        day = date.fromisoformat(path.stem[-10:])
        for r in rows_of(path):
            for place in list(r)[11:]:
                if r[place] != "not stocked":
                    star.stock_counts.append(StockCount(day, place, r["SKU"], int(r[place])))
    for path in _files(root, "touches/*.csv.gz"):
        for r in rows_of(path, ";"):
            when = datetime.fromisoformat(f"{_day(r['DATE'])}T{r['HEURE']}:00")
            who = f"email:{r['EMAIL'].lower()}" if r["EMAIL"] else f"loyalty:{r['CARTE']}" if r["CARTE"] else None
            star.touches.append(Touch(r["ID"], when, r["CANAL"], r["SOURCE"] or None, r["CAMPAGNE"] or None, r["APPAREIL"] or None, r["TYPE"], who))
    for r in [row for name in ("demandes", "inscriptions") for row in rows_of(root / f"leads/{name}.csv.gz", ";")]:
        star.leads.append(Lead(_day(r["DATE"]), r["ID"], r["CANAL"], r["SOURCE"], r["APPAREIL"], r["PAYS"], r["STATUT"], r.get("TYPE")))
    for r in rows_of(root / "social/reseaux_sociaux.csv.gz", ";"):
        star.social.append(Social(_day(r["DATE"]), r["RESEAU"], *(int(value) for value in list(r.values())[2:])))
    for r in rows_of(root / "experiments/test_paiement.csv", ";"):
        star.experiments.append(Variant(_day(r["DATE"]), r["EXPERIENCE"], r["VARIANTE"], r["TEMOIN"] == "oui", int(r["EXPOSES"]), int(r["CONVERSIONS"])))


def stock_days(counts: list[StockCount], last: date, max_days: int = 8) -> Iterator[StockCount]:
    """Each count stands until the next one of its place and sku, at most `max_days` days and never after `last`."""
    series: dict[tuple[str, str], dict[date, int]] = defaultdict(dict)
    for c in counts:
        series[c.place, c.sku][c.day] = c.on_hand
    for (place, sku), found in series.items():
        days = sorted(found)
        for day, following in zip(days, [*days[1:], last + timedelta(days=1)], strict=True):
            for age in range(min(max_days, (following - day).days)):
                yield StockCount(day + timedelta(days=age), place, sku, found[day], age)


def read_star(root: Path) -> Star:
    """Read every sample export under `root` (about six seconds)."""
    star = Star()
    _catalogue(root, star)
    _sales(root, star)
    _promised(root, star)
    _web(root, star)
    _ads(root, star)
    _small(root, star)
    return star
