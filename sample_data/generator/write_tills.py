"""Files of omnigap's tickets template (store tills in French, the marketplace in English) and Square's item exports."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from sample_data.generator.catalogue import STORES
from sample_data.generator.files import euros, words, write_table
from sample_data.generator.headers import SQUARE_ITEMS
from sample_data.generator.model import Line, Order, vat_of
from sample_data.generator.sales import World, token
from sample_data.generator.times import clock, french, half_year

TICKETS_FR = words(
    "MAGASIN CAISSE TICKET LIGNE DATE HEURE ARTICLE DESIGNATION CATEGORIE QTE PRIX_TTC REMISE MT_TTC TVA EMAIL_CLIENT CARTE MODE PAYS TICKET_ORIGINE"
)
TICKETS_EN = [
    "store", "channel", "till", "ticket", "line", "date", "time", "sku", "title", "category", "qty", "unit price incl tax", "discount", "amount incl tax",
    "vat amount", "fulfilment", "country", "original ticket",
]  # fmt: skip


def _line(line: Line) -> list[object]:
    p = line.product
    money = [euros(line.price, ","), euros(line.discount, ","), euros(line.amount, ","), euros(vat_of(line.amount), ",")]
    return [p.sku if p else "", line.title, p.category if p else "", line.quantity, *money]


def till_rows(tickets: Iterable[Order]) -> Iterator[list[object]]:
    """French headers, dd/mm/yyyy."""
    for t in tickets:
        for n, line in enumerate(t.lines, 1):
            email, card = (t.person.email or "", t.person.card or "") if t.person else ("", "")
            head = [t.store, t.till, t.ref, n, french(t.day), clock(t.seconds)]
            yield [*head, *_line(line), email, card, "", "FR", line.origin]


def market_rows(orders: Iterable[Order]) -> Iterator[list[object]]:
    """English headers, ISO dates."""
    for o in orders:
        for n, line in enumerate(o.lines, 1):
            yield [o.store, "marketplace", "", o.ref, n, o.day.isoformat(), clock(o.seconds), *_line(line), "livraison", o.country, line.origin]


def _money(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}€{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def _square_row(t: Order, line: Line, ids: tuple[str, str], day: date, refund: bool = False) -> list[object]:
    """Square's money: tax stands beside Net Sales, not inside it. Refund rows carry negative quantity and money. `ids`: transaction, payment."""
    sign = -1 if refund else 1
    taxed = line.amount
    net = taxed - vat_of(taxed)
    discount = round(line.discount / 1.2)
    p = line.product
    row = {
        "Date": day.isoformat(),
        "Time": clock(t.seconds),
        "Time Zone": "Paris",
        "Category": p.category if p else "None",
        "Item": line.title,
        "Qty": f"{sign * line.quantity:.1f}",
        "Price Point Name": "Regular",
        "SKU": p.sku if p else "",
        "Gross Sales": _money(sign * (net + discount)),
        "Discounts": _money(-sign * discount),
        "Net Sales": _money(sign * net),
        "Tax": _money(sign * vat_of(taxed)),
        "Transaction ID": ids[0],
        "Payment ID": ids[1],
        "Device Name": f"Terminal {t.store.split()[-1]}",
        "Event Type": "Refund" if refund else "Payment",
        "Location": t.store,
        "Customer ID": t.vendor_id,
        "Unit": "ea",
        "Count": sign * line.quantity,
        "Itemization Type": "Physical Good",
        "Commission": "€0.00",
        "Channel": t.store,
        "Card Brand": "Visa",
        "PAN Suffix": "0000",
    }
    return [row.get(column, "") for column in SQUARE_ITEMS]


def square_rows(tickets: list[Order]) -> list[tuple[date, list[object]]]:
    """(day, row) of every payment and refund line, newest first as Square writes them."""
    rng = random.Random("lumen:square")
    out: list[tuple[date, list[object]]] = []
    for t in tickets:
        ids = (t.ref, token(rng, 8))
        out.extend((t.day, _square_row(t, line, ids, t.day)) for line in t.lines)
        if t.refund:  # a transaction of its own, which does not name the sale
            line, day = t.refund
            out.append((day, _square_row(t, line, (token(rng, 12), token(rng, 8)), day, refund=True)))
    out.sort(key=lambda pair: (pair[0], str(pair[1][1])), reverse=True)
    return out


def write(root: Path, world: World) -> None:
    """pos/, marketplace/ and square/ under `root`."""
    folders = {store.code: store.folder for store in STORES}
    files: dict[tuple[str, str], list[Order]] = defaultdict(list)
    for ticket in world.till:
        files[ticket.store, half_year(ticket.day)].append(ticket)
    for (code, half), tickets in files.items():
        write_table(root / f"pos/{folders[code]}/tickets_{half}.csv.gz", TICKETS_FR, till_rows(tickets), delimiter=";", encoding="cp1252", end="\r\n")
    for year in sorted({o.day.year for o in world.market}):
        chosen = [o for o in world.market if o.day.year == year]
        write_table(root / f"marketplace/galerie_orders_{year}.csv.gz", TICKETS_EN, market_rows(chosen), delimiter=";")
    rows = square_rows(world.popup)
    for year in sorted({day.year for day, _ in rows}):
        write_table(root / f"square/items-{year}.csv.gz", SQUARE_ITEMS, [row for day, row in rows if day.year == year])
