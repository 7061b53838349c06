"""Amounts that found no exchange rate, as errors that name currency, days, file and line."""

from __future__ import annotations

from kpi_core.errors import SourceError, Where, said
from kpi_core.store import Reader
from kpi_core.store.reader import UnratedRows


def unrated(reader: Reader) -> list[SourceError]:
    """Amounts of the current generation that found no exchange rate, an error per currency: what they belong to is not counted anywhere."""
    names = reader.file_names()
    found: dict[str, list[UnratedRows]] = {}
    rows = reader.unrated()
    heads = {(item.currency, item.first) for item in rows if item.table == "orders"}
    for item in rows:  # an order and its returns by sale are told once
        if item.table != "returns_by_sale" and not (item.table == "sale" and (item.currency, item.first) in heads):
            found.setdefault(item.currency, []).append(item)
    errors = []
    for currency, items in sorted(found.items()):
        first, last = min(item.first for item in items), max(item.last for item in items)
        place = min(items, key=lambda item: (item.load_id, item.file_line or 0))
        what = said(
            "{count} rows in {currency} have no exchange rate ({first} to {last}): figures of these days are not shown",
            count=sum(item.rows for item in items),
            currency=currency,
            first=first,
            last=last,
        )
        hint = said("load rates of {currency} for these days, as docs/templates.md describes (omnigap.rates)", currency=currency)
        errors.append(SourceError(what, where=Where(names.get(place.load_id, ""), place.file_line), hint=hint))
    return errors
