"""Shopify exports: orders (79 columns), abandoned checkouts (70), products, inventory."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from sample_data.generator.catalogue import WAREHOUSE, Product
from sample_data.generator.files import euros, write_table
from sample_data.generator.headers import SHOPIFY_CARTS, SHOPIFY_INVENTORY, SHOPIFY_ORDERS, SHOPIFY_PRODUCTS
from sample_data.generator.model import Line, Order, vat_of
from sample_data.generator.sales import REFUND_KNOWN_AFTER, Cart, World
from sample_data.generator.times import LAST, OVERLAP_FROM, OVERLAP_TO, stamp

# (file, first day, last day, day of the export): the last two overlap by the whole of September 2026
EXPORTS = (
    ("orders_export_2024.csv.gz", date(2024, 10, 1), date(2024, 12, 31), date(2025, 1, 31)),
    ("orders_export_2025_S1.csv.gz", date(2025, 1, 1), date(2025, 6, 30), date(2025, 7, 31)),
    ("orders_export_2025_S2.csv.gz", date(2025, 7, 1), date(2025, 12, 31), date(2026, 1, 31)),
    ("orders_export_2026_S1.csv.gz", date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 31)),
    ("orders_export_2026-09-30.csv.gz", date(2026, 7, 1), OVERLAP_TO, OVERLAP_TO),
    ("orders_export_2026-10-31.csv.gz", OVERLAP_FROM, LAST, LAST),
)


def _line_name(line: Line) -> str:
    return f"{line.product.title} - {line.product.size}" if line.product and line.product.size else line.title


def _states(order: Order, as_of: date) -> dict[str, str]:
    """The columns that change with the day of the export."""
    age, dice = (as_of - order.day).days, int(order.vendor_id) % 20
    cancelled = order.cancelled if order.cancelled and order.cancelled <= as_of else None
    refunded = order.refunded if age >= REFUND_KNOWN_AFTER else 0
    pending = order.pending or (age <= 5 and dice < 4 and as_of < LAST)
    total = order.subtotal + order.shipping + order.tip
    if cancelled:
        status = "refunded" if refunded else ("voided", "voided", "paid")[dice % 3]
    elif pending:
        status = "pending"
    else:
        status = "paid" if not refunded else "refunded" if refunded == total else "partially_refunded"
    sent = order.day + timedelta(days=1 + dice % 2)
    done = not cancelled and not pending and not order.test and sent <= as_of
    return {
        "Financial Status": status,
        "Paid at": "" if status in ("pending", "voided") else stamp(order.day, min(order.seconds + 2, 86399)),
        "Fulfillment Status": "fulfilled" if done else "unfulfilled",
        "Fulfilled at": stamp(sent, 36000 + dice * 911) if done else "",
        "Cancelled at": stamp(cancelled, 65000) if cancelled else "",
        "Refunded Amount": euros(refunded),
        "Outstanding Balance": euros(total if pending else 0),
    }


def _order_fields(order: Order, as_of: date) -> dict[str, str]:
    person = order.person
    taxed = order.subtotal + order.shipping
    notes = f"device: {order.device}"
    if order.collect:
        notes += f"\nretrait: {order.collect}"
    elif int(order.vendor_id) % 9 == 0:
        notes += "\nmessage_cadeau: Joyeux anniversaire, à très vite !"
    fields = {
        "Accepts Marketing": "yes" if person and person.number % 3 else "no",
        "Currency": "EUR",
        "Subtotal": euros(order.subtotal),
        "Shipping": euros(order.shipping),
        "Taxes": euros(vat_of(taxed)),
        "Total": euros(taxed + order.tip),
        "Discount Code": order.code,
        "Discount Amount": euros(order.order_discount + sum(line.discount for line in order.lines)),
        "Shipping Method": f"Click & Collect – {order.collect}" if order.collect else "Livraison à domicile" if order.country == "FR" else "Livraison Europe",
        "Note Attributes": notes,
        "Payment Method": "Shopify Payments" if int(order.vendor_id) % 4 else "PayPal",
        "Payment Reference": f"{order.ref}.1",
        "Id": order.vendor_id,
        "Tags": "test, interne" if order.test else "",
        "Risk Level": "Low",
        "Source": "web",
        "Tax 1 Name": "FR TVA 20%",
        "Tax 1 Value": euros(vat_of(taxed)),
    }
    if person:
        for kind in ("Billing", "Shipping"):
            fields |= {f"{kind} Name": person.name, f"{kind} City": person.city, f"{kind} Zip": f"'{person.zip}", f"{kind} Country": person.country}
    else:
        fields["Shipping Country"] = fields["Billing Country"] = order.country
    return fields | _states(order, as_of)


def _line_fields(line: Line) -> dict[str, str]:
    goods = line.product
    return {
        "Lineitem quantity": str(line.quantity),
        "Lineitem name": _line_name(line),
        "Lineitem price": euros(line.price),
        "Lineitem sku": goods.sku if goods else "",
        "Lineitem requires shipping": "true" if goods else "false",
        "Lineitem taxable": "true" if goods else "false",
        "Vendor": goods.brand if goods else "Maison Lumen",
        "Lineitem discount": euros(line.discount),
    }


def order_rows(orders: Iterable[Order], as_of: date) -> Iterator[list[str]]:
    """One row per line; the order's own columns on its first row only."""
    for order in orders:
        lines = [*order.lines, Line(None, "Tip", 1, order.tip)] if order.tip else order.lines
        repeated = {"Name": order.ref, "Email": order.person.email or "" if order.person else "", "Created at": stamp(order.day, order.seconds)}
        fields = _order_fields(order, as_of)
        for n, line in enumerate(lines):
            row = repeated | _line_fields(line) | (fields if n == 0 else {})
            row["Lineitem fulfillment status"] = "fulfilled" if fields["Fulfilled at"] else "pending"
            yield [row.get(column, "") for column in SHOPIFY_ORDERS]


def cart_rows(carts: Iterable[Cart]) -> Iterator[list[str]]:
    """Abandoned checkouts: no payment, `Name` is '#' and the id."""
    for cart in carts:
        number = str(37_000_000_000_000 + cart.number * 4096)
        total = sum(line.amount for line in cart.lines)
        fields = {
            "Fulfillment Status": "unfulfilled",
            "Accepts Marketing": "no",
            "Currency": "EUR",
            "Subtotal": euros(total),
            "Shipping": "0.00",
            "Taxes": euros(vat_of(total)),
            "Total": euros(total),
            "Discount Amount": "0.00",
            "Shipping Country": cart.country,
            "Note Attributes": f"device: {cart.device}",
            "Refunded Amount": "0.00",
            "Id": number,
            "Risk Level": "Low",
            "Source": "web",
        }
        for n, line in enumerate(cart.lines):
            row = {"Name": f"#{number}", "Email": cart.email, "Created at": stamp(cart.day, cart.seconds)} | _line_fields(line) | (fields if n == 0 else {})
            yield [row.get(column, "") for column in SHOPIFY_CARTS]


def product_rows(goods: list[Product]) -> Iterator[list[str]]:
    """One row per sku (title only on a handle's first row), some image rows. Cost on three products out of five."""
    seen: set[str] = set()
    for n, p in enumerate(goods):
        row = {
            "Handle": p.handle,
            "Option1 Value": p.size or "Default Title",
            "Variant SKU": p.sku,
            "Variant Grams": "0",
            "Variant Inventory Qty": "1",
            "Variant Inventory Policy": "deny",
            "Variant Fulfillment Service": "manual",
            "Variant Price": euros(p.price),
            "Variant Requires Shipping": "true",
            "Variant Taxable": "true",
            "Variant Weight Unit": "kg",
            "Cost per item": euros(p.cost) if costed_in_shopify(n) else "",
        }
        if p.handle not in seen:
            row |= {
                "Title": p.title, "Body (HTML)": f"<p>{p.title}, collection Maison Lumen.</p>", "Vendor": p.brand, "Type": p.category, "Published": "true",
                "Option1 Name": "Taille" if p.size else "Title", "Gift Card": "false", "Status": "active",
            }  # fmt: skip
        yield [row.get(column, "") for column in SHOPIFY_PRODUCTS]
        if n % 25 == 0:
            image = {"Handle": p.handle, "Image Src": f"https://images.exemple.fr/{p.handle}-2.jpg", "Image Position": "2"}
            yield [image.get(column, "") for column in SHOPIFY_PRODUCTS]
        seen.add(p.handle)


def costed_in_shopify(n: int) -> bool:
    """Products whose cost the shop knows: three in five, and the ten that the cost list forgets."""
    return n % 5 < 3 or not costed_in_list(n)


def costed_in_list(n: int) -> bool:
    """Products of the purchasing department's cost list: all but ten."""
    return n % 30 != 29


def inventory_rows(goods: list[Product]) -> Iterator[list[str]]:
    """The old layout: one column per place, 'not stocked' where a product is not kept."""
    rng = random.Random("lumen:inventory")
    for p in goods[3::5]:
        options = ["Taille" if p.size else "Title", p.size or "Default Title", "", "", "", ""]
        yield [p.handle, p.title, *options, p.sku, "", "FR", str(rng.randint(40, 260)), "not stocked"]


def write(root: Path, world: World) -> None:
    """All Shopify files under `root`."""
    for name, first, last, as_of in EXPORTS:
        chosen = [order for order in reversed(world.web) if first <= order.day <= last]
        write_table(root / name, SHOPIFY_ORDERS, order_rows(chosen, as_of))
    for year in sorted({cart.day.year for cart in world.carts}):
        chosen_carts = [cart for cart in world.carts if cart.day.year == year]
        write_table(root / f"checkouts_export_{year}.csv.gz", SHOPIFY_CARTS, cart_rows(chosen_carts))
    write_table(root / "products_export.csv", SHOPIFY_PRODUCTS, product_rows(world.goods))
    write_table(root / f"inventory_export_{LAST}.csv", [*SHOPIFY_INVENTORY, WAREHOUSE, "Studio photo"], inventory_rows(world.goods))
