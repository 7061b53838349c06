"""Who is who across channels as lines for people and as JSON for other programs. No identifier is ever shown: kinds and counts only."""

from __future__ import annotations

from fractions import Fraction

from kpi_core.errors import said
from kpi_core.pages.customers import CustomersPage, KnownOrders
from kpi_core.render.clean import clean
from kpi_core.render.format import Formatter
from kpi_core.render.json_text import json_text
from kpi_core.render.table import Cell, Column, Row, fit
from kpi_core.render.text import Line, wrap

KINDS = {"email": said("e-mail"), "loyalty": said("loyalty card"), "phone": said("phone"), "platform": said("platform id")}


def customers_line(page: CustomersPage, fmt: Formatter) -> str:
    """One sentence for the Data view."""
    return fmt.t(
        "{known} of orders have a known person, {across} are of people who bought in several channels; {several} people are known by several identifiers",
        known=_share(page.total.known, page.total, fmt),
        several=fmt.number(page.several),
        across=_share(page.total.across, page.total, fmt),
    )


def customers_lines(page: CustomersPage, fmt: Formatter, width: int) -> list[Line]:
    """Everything, for a terminal of `width` columns."""
    t = fmt.t
    lines = _title(t("Orders with a known person"), width)
    lines += _orders(page, fmt, width)
    lines += _told(t("Multichannel use, ROPO, value and repeat purchases are lower bounds: an order without a person counts in one channel only."), width)
    lines += [(), *_title(t("People and their identifiers"), width)]
    kinds = [t("{kind}: {count}", kind=t(KINDS.get(kind, kind)), count=fmt.number(count)) for kind, count in page.kinds]
    told = t(
        "{persons} customers with an order; {several} people are known by several identifiers",
        persons=fmt.number(page.persons),
        several=fmt.number(page.several),
    )
    lines += _told(told, width)
    lines += _told(" · ".join(kinds) or t("no row carries two identifiers: nothing can be linked"), width)
    if page.largest:
        lines += _told(t("most identifiers: {people}", people=" · ".join(_person(kinds, fmt) for kinds in page.largest)), width)
    lines += [(), *_title(t("Shared identifiers: they stand with more than {limit} others and link nobody", limit=fmt.number(page.hub)), width)]
    lines += _told(
        " · ".join(t("{kind} with {count}", kind=t(KINDS.get(kind, kind)), count=fmt.number(count)) for kind, count in page.hubs) or t("none"), width
    )
    lines += [(), *_title(t("Not believed to be one person: more than {limit} identifiers", limit=fmt.number(page.largest_allowed)), width)]
    for item in page.refused:
        links = ", ".join(
            t("{one} and {other}: {count}", one=t(KINDS.get(one, one)), other=t(KINDS.get(other, other)), count=fmt.number(count))
            for one, other, count in item.links
        )
        undone = ", ".join(t(KINDS.get(kind, kind)) for kind in item.undone)
        lines += _told(t("{count} identifiers ({links}); not linked through: {undone}", count=fmt.number(item.identifiers), links=links, undone=undone), width)
    if not page.refused:
        lines += _told(t("none"), width)
    return [fmt.fold(line) for line in lines]


def customers_json(page: CustomersPage, fmt: Formatter) -> str:
    """Version 1 of the JSON of docs/report-json.md."""
    data = {
        "version": 1,
        "language": fmt.lang,
        "customers": page.persons,
        "several": page.several,
        "orders": [
            {
                "channel": item.channel,
                "orders": item.orders,
                "known": item.known,
                "known_share": _fraction(item.known, item.orders),
                "across": item.across,
                "across_share": _fraction(item.across, item.orders),
            }
            for item in page.orders
        ],
        "identifiers": dict(page.kinds),
        "shared": {"limit": page.hub, "dropped": [{"kind": kind, "with": count} for kind, count in page.hubs]},
        "refused": {
            "limit": page.largest_allowed,
            "components": [
                {
                    "identifiers": item.identifiers,
                    "links": [{"kinds": [one, other], "count": count} for one, other, count in item.links],
                    "undone": list(item.undone),
                }
                for item in page.refused
            ],
        },
        "largest": [dict(kinds) for kinds in page.largest],
    }
    return json_text(data)


def _orders(page: CustomersPage, fmt: Formatter, width: int) -> list[Line]:
    t = fmt.t
    columns = [
        Column("channel", t("CHANNEL"), shrink=8),
        Column("orders", t("ORDERS"), "right"),
        Column("known", t("WITH A PERSON"), "right", space=2),
        Column("across", t("ALSO IN ANOTHER CHANNEL"), "right", space=2),
    ]
    rows = [
        Row(
            (
                Cell(t("Total") if item.channel is None else clean(item.name, 60), "title" if item.channel is None else ""),
                Cell(fmt.number(item.orders)),
                Cell(_share(item.known, item, fmt)),
                Cell(_share(item.across, item, fmt)),
            )
        )
        for item in page.orders
    ]
    return fit(columns, rows, width, decimal_mark=fmt.decimal_mark, ascii=fmt.ascii).lines()


def _share(part: int, item: KnownOrders, fmt: Formatter) -> str:
    return fmt.percent(float(Fraction(part, item.orders)), 1) if item.orders else fmt.dash


def _fraction(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def _person(kinds: tuple[tuple[str, int], ...], fmt: Formatter) -> str:
    return " + ".join(fmt.t("{kind}: {count}", kind=fmt.t(KINDS.get(kind, kind)), count=fmt.number(count)) for kind, count in kinds)


def _title(text: str, width: int) -> list[Line]:
    return [((piece, "title"),) for piece in wrap(text, width)]


def _told(text: str, width: int) -> list[Line]:
    return [((piece, ""),) for piece in wrap(text, width)]
