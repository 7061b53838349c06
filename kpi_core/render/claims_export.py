"""Platform-claimed figures for other programs: JSON, CSV and Markdown."""

from __future__ import annotations

from kpi_core.pages.claims import ClaimLine, ClaimsPage
from kpi_core.render.claims import RULE, claims_table, note_texts
from kpi_core.render.clean import clean
from kpi_core.render.format import Formatter
from kpi_core.render.json_text import json_text
from kpi_core.render.report import machine, number, period_data
from kpi_core.render.table import csv_text, markdown

KEYS = ("platform", "dataset", "measure", "channel", "days", "currency", "claimed", "owned", "difference", "ratio", "notes")


def claims_json(page: ClaimsPage, fmt: Formatter) -> str:
    """Version 1 of the JSON of docs/report-json.md; amounts keep their digits, what is unknown is null."""
    data = {
        "version": 1,
        "language": fmt.lang,
        "workspace": page.workspace,
        "period": period_data(page.period),
        "claims": [dict(zip(KEYS, _values(line, fmt), strict=True)) for line in page.lines],
    }
    return json_text(data)


def claims_csv(page: ClaimsPage, fmt: Formatter) -> str:
    rows = [[*_values(line, fmt)[:-1], "; ".join(fmt.t(note) for note in line.notes)] for line in page.lines]
    return csv_text(list(KEYS), rows, machine)


def claims_markdown(page: ClaimsPage, fmt: Formatter) -> str:
    notes = "".join(f"\n- {text}" for text in (fmt.t(RULE), *note_texts(page, fmt)))
    return f"**{fmt.t('Platform-claimed')}** · {fmt.period(page.period, long=True)}\n\n{markdown(claims_table(page, fmt, 240))}{notes}\n"


def _values(line: ClaimLine, fmt: Formatter) -> list[object]:
    ratio = None if line.ratio is None else round(line.ratio, 6)
    figures = [number(item) for item in (line.claimed, line.owned, line.difference, ratio)]
    return [clean(line.platform), line.dataset, line.measure, line.channel or None, line.days, line.currency, *figures, [fmt.t(note) for note in line.notes]]
