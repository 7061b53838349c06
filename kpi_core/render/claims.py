"""Platform-claimed figures as a table and as sentences for people. Claimed and owned stand side by side; nothing is added up."""

from __future__ import annotations

from decimal import Decimal

from kpi_core.errors import said
from kpi_core.pages.claims import ClaimLine, ClaimsPage
from kpi_core.render.clean import clean
from kpi_core.render.format import Formatter
from kpi_core.render.table import Cell, Column, Row, Table, fit
from kpi_core.render.text import Line, wrap

MEASURES = {
    "revenue": said("revenue"),
    "orders": said("orders"),
    "conversions": said("conversions"),
    "refunds": said("refunds"),
    "fees": said("fees"),
    "tips": said("tips"),
    "payout": said("payout"),
    "recipients": said("recipients"),
    "clicks": said("clicks"),
    "impressions": said("impressions"),
    "views": said("views"),
    "calls": said("calls"),
}
RULE = said("Claimed by a platform: compared with the source that owns the figure for the same days, never added to it.")
TAXES = said("Revenue of the owner is without VAT and shipping; platforms often count both.")


def claims_table(page: ClaimsPage, fmt: Formatter, width: int) -> Table:
    """A row a claim; narrow screens lose the days, then the ratio."""
    t = fmt.t
    right = ("claimed", "owned", "difference", "ratio", "days")
    titles = {
        "platform": t("PLATFORM"), "measure": t("MEASURE"), "channel": t("COMPARED WITH"), "claimed": t("CLAIMED"), "owned": t("OWNER HAS"),
        "difference": t("DIFFERENCE"), "ratio": t("RATIO"), "days": t("DAYS"),
    }  # fmt: skip
    table = None
    for shown in (tuple(titles), tuple(name for name in titles if name != "days"), ("platform", "measure", "claimed", "owned", "difference")):
        columns = [
            Column(name, titles[name], "right" if name in right else "left", shrink=8 if name in ("platform", "channel", "measure") else 0) for name in shown
        ]
        rows = [Row(tuple(_cell(line, name, fmt) for name in shown), key=f"claim:{place}") for place, line in enumerate(page.lines)]
        table = fit(columns, rows, width, decimal_mark=fmt.decimal_mark, ascii=fmt.ascii)
        if table.natural <= width:
            break
    assert table is not None
    return table


def claims_lines(page: ClaimsPage, fmt: Formatter, width: int) -> list[Line]:
    """The table with what must be known of it, for a terminal of `width` columns."""
    t = fmt.t
    lines: list[Line] = [((piece, "title"),) for piece in wrap(f"{t('Platform-claimed')} · {fmt.period(page.period, long=True)}", width)]
    if not page.lines:
        return [fmt.fold(line) for line in [*lines, *_told(t("no platform claims anything in this period"), width)]]
    lines += claims_table(page, fmt, width).lines()
    lines += [(), *_told(t(RULE), width)]
    if any(line.measure == "revenue" for line in page.lines):
        lines += _told(t(TAXES), width)
    lines += [line for text in note_texts(page, fmt) for line in _told(f"! {text}", width)]
    return [fmt.fold(line) for line in lines]


def note_texts(page: ClaimsPage, fmt: Formatter) -> list[str]:
    """Why figures are missing: each reason once, with the claims it is about."""
    about: dict[str, list[str]] = {}
    for line in page.lines:
        for note in line.notes:
            about.setdefault(fmt.t(note), []).append(f"{clean(line.platform, 60)} {measure_text(line, fmt)}")
    return [f"{', '.join(dict.fromkeys(names))}{fmt.colon}{note}" for note, names in about.items()]


def claim_text(line: ClaimLine, fmt: Formatter) -> str:
    """One claim as a sentence for the Data view: `GA4 revenue: claimed 120.00 €, owner 100.00 € (Web), +20.00 €, 120 %`."""
    told = f"{clean(line.platform, 60)} {measure_text(line, fmt)}"
    claimed = fmt.t("claimed {amount}", amount=_amount(line.claimed, line, fmt))
    if line.owned is None:
        why = "; ".join(fmt.t(note) for note in line.notes)
        return f"{told}{fmt.colon}{claimed}{f' ({why})' if why else ''}"
    owned = fmt.t("{channel} has {amount}", channel=_channel(line, fmt), amount=_amount(line.owned, line, fmt))
    ratio = f", {fmt.percent(line.ratio, 0)}" if line.ratio is not None else ""
    return f"{told}{fmt.colon}{claimed}, {owned}, {_amount(line.difference, line, fmt, signed=True)}{ratio}"


def measure_text(line: ClaimLine, fmt: Formatter) -> str:
    found = MEASURES.get(line.measure)
    return fmt.t(found) if found is not None else clean(line.measure, 60)


def _cell(line: ClaimLine, name: str, fmt: Formatter) -> Cell:
    if name == "platform":
        return Cell(clean(line.platform, 60) or fmt.t("(no value)"))
    if name == "measure":
        return Cell(measure_text(line, fmt))
    if name == "channel":
        return Cell(_channel(line, fmt))
    if name == "days":
        return Cell(fmt.number(line.days), "muted", raw=line.days)
    if name == "ratio":
        return Cell(fmt.percent(line.ratio, 0) if line.ratio is not None else fmt.dash, raw=line.ratio)
    amount = {"claimed": line.claimed, "owned": line.owned, "difference": line.difference}[name]
    return Cell(_amount(amount, line, fmt, signed=name == "difference"), "" if amount is not None else "muted", raw=amount)


def _channel(line: ClaimLine, fmt: Formatter) -> str:
    return clean(line.channel_name, 60) if line.channel_name else fmt.t("all sales")


def _amount(amount: Decimal | None, line: ClaimLine, fmt: Formatter, signed: bool = False) -> str:
    if amount is None:
        return fmt.dash
    if line.currency is None:
        return fmt.number(amount, 0 if amount == amount.to_integral_value() else 2, signed=signed)
    return fmt.money(amount, line.currency, signed=signed)


def _told(text: str, width: int) -> list[Line]:
    return [((piece, ""),) for piece in wrap(text, width)]
