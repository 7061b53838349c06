"""The rows behind a number, each with the export file and line it came from."""

from __future__ import annotations

from kpi_core.engine.plan import effective
from kpi_core.engine.result import Question
from kpi_core.errors import said
from kpi_core.pages import RecordsPage
from kpi_core.view import ViewState
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import frame, header

# What a reader looks for first; columns that are not named here follow in the table's own order.
IMPORTANT = (
    "day", "order_ref", "order_id", "return_id", "cart_id", "store", "experiment", "variant", "product", "source", "campaign", "qty",
    "net_amount", "amount", "value", "visits", "sessions", "users", "cost", "score", "on_hand", "lead_days", "exposures", "conversions", "channel",
)  # fmt: skip
TITLES = {
    "day": said("day"),
    "sold_on": said("sold on"),
    "order_ref": said("order"),
    "order_id": said("order id"),
    "return_id": said("return id"),
    "cart_id": said("cart"),
    "line_no": said("no."),
    "sku": said("item no."),
    "qty": said("qty"),
    "net_amount": said("net {currency}"),
    "gross_amount": said("before discount {currency}"),
    "discount_amount": said("discount {currency}"),
    "cost_amount": said("purchase cost {currency}"),
    "amount": said("amount {currency}"),
    "value": said("value {currency}"),
    "visits": said("visits"),
    "sessions": said("sessions"),
    "users": said("users"),
    "cost": said("cost {currency}"),
    "score": said("score"),
    "comment": said("comment"),
    "on_hand": said("in stock"),
    "lead_days": said("days to deliver"),
    "exposures": said("exposed"),
    "conversions": said("converted"),
    "file": said("file"),
    "file_line": said("line"),
}


def page(desk: Desk, state: ViewState, offset: int, limit: int) -> RecordsPage:
    """Rows that count in the KPI of the state, in its period, under its filters; the columns that say most come first, file and line last."""
    kpi = state.kpi or desk.catalogue.groups[0].kpis[0]
    at = frame(desk, state)
    period = effective(Question((kpi,), (at.period,)), 0, at.watermark) or at.period
    found = desk.engine.records(kpi, state.where, period, offset, limit)
    names = desk.reader.file_names()
    columns = ["file" if name == "load_id" else name for name in found.columns]
    ends = [name for name in ("file", "file_line") if name in columns]
    order = [name for name in IMPORTANT if name in columns]
    order += [name for name in columns if name not in order and name not in ends]
    empty = {name for place, name in enumerate(columns) if all(row[place] is None for row in found.rows)}
    if "store" in empty and "channel" in order:  # sold elsewhere: the channel says where
        order.remove("channel")
        order.insert(order.index("store"), "channel")
    order.sort(key=lambda name: name in empty)
    places = [columns.index(name) for name in [*order, *ends]]
    shown = [columns[place] for place in places]

    def cell(name: str, value: object) -> object:
        if name == "file":
            return names.get(value, "")  # type: ignore[call-overload]
        return desk.label(name, value) if name in desk.catalogue.dimensions and isinstance(value, str) else value

    rows = tuple(tuple(cell(columns[place], row[place]) for place in places) for row in found.rows)
    currency = desk.fmt.currency(desk.bundle.settings.currency)
    def title(name: str) -> str:
        if name in desk.catalogue.dimensions:
            return desk.dim_title(name)
        return desk.fmt.t(TITLES[name].template, currency=currency) if name in TITLES else name.replace("_", " ")

    titles = tuple(title(name) for name in shown)
    return RecordsPage(header(desk, at, {}), desk.info(kpi).name, titles, rows, offset, found.total)
