"""A page as data for other programs: version 1 of the JSON of docs/report-json.md, and the same rows as CSV. Numbers are raw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kpi_core.engine.result import Number, Period, Status, Value
from kpi_core.errors import Message
from kpi_core.links import to_link
from kpi_core.pages import (
    Bucket,
    Delta,
    ExplorePage,
    Gap,
    GapRow,
    GapsPage,
    GapStatus,
    Header,
    HeatCell,
    HeatPage,
    KpiInfo,
    KpiRow,
    MemberRow,
    OverviewPage,
    Projection,
    RowKind,
    SourceRow,
    Target,
    TrendPage,
    WhatIfPage,
)
from kpi_core.render.arrange import Page, row_order, shown_heat
from kpi_core.render.format import Formatter, raw
from kpi_core.render.gaps import rows_shown
from kpi_core.render.heat_table import heat_cells
from kpi_core.render.json_text import json_text
from kpi_core.render.table import csv_text
from kpi_core.render.whatif_data import whatif_values

VERSION = 1


def scope_data(header: Header) -> dict[str, list[str | None]] | None:
    """Stores and channels that whoever asked is limited to, by dimension; None for everything."""
    return {step.dim: list(step.values) for step in header.scope} or None


def report(page: Page, fmt: Formatter) -> dict[str, Any]:
    """The page as plain values. Reasons are sentences in the formatter's language; everything else is language-free."""
    header = page.header
    order = row_order(page, fmt)
    out: dict[str, Any] = {
        "version": VERSION,
        "view": header.state.view,
        "link": to_link(header.state),
        "workspace": header.workspace,
        "scope": scope_data(header),
        "language": fmt.lang,
        "period": period_data(header.period),
        "comparison": period_data(header.compare) if header.compare else None,
        "filters": [{"dimension": f.dim, "values": list(f.values), "exclude": f.exclude} for f in header.state.where],
        "data": _freshness(header),
    }
    if isinstance(page, OverviewPage):
        out["rows"] = _ordered([(row.kpi.id, _kpi(row, group, page.header, fmt)) for group, rows in page.groups for row in rows], order)
    elif isinstance(page, ExplorePage):
        out |= {"by": page.by.id if page.by else None, "contribution_of": page.contribution_of, "hidden_members": page.hidden}
        members = [(row.key if row.kind is RowKind.MEMBER else None, _member(row, page, fmt)) for row in (*page.rows, page.total)]
        out["rows"] = _ordered(members, order)
        out["trend"] = [
            {**period_data(p.period), "value": number(p.value.number), "target": number(p.target), "comparison": number(p.compare), "partial": p.partial}
            for p in page.trend
        ]
        out["cause"] = fmt.t(page.cause.message) if page.cause else None
        out["projection"] = _projection(page.projection)
    elif isinstance(page, GapsPage):
        out["targets"] = {status.value: page.count(status) for status in GapStatus if page.count(status)}
        out["rows"] = _ordered([(row.key, _gap_row(row, page, fmt)) for row in rows_shown(page)], order)
        out["problems"] = [fmt.t(problem) for problem in page.problems]
    elif isinstance(page, TrendPage):
        out["rows"] = _ordered([(bucket.key, _bucket(bucket, page, fmt)) for bucket in page.buckets], order)
        out["projection"] = _projection(page.projection)
    elif isinstance(page, HeatPage):
        out |= {
            "shape": page.shape,
            "by": page.by.id if page.by else None,
            "hidden_members": page.hidden,
            "refused": fmt.t(page.refused) if page.refused else None,
        }
        out["rows"] = [_heat_cell(page, names, cell, fmt) for _, names, cell in heat_cells(shown_heat(page, fmt))]
        out["notes"] = [fmt.t(note) for note in page.notes]
    elif isinstance(page, WhatIfPage):
        out |= whatif_values(page, fmt)
    else:
        out["rows"] = _ordered([(str(source.load_id), _source(source, fmt)) for source in page.sources], order)
        out["left_out"] = [{"dataset": d, "reason": r, "rows": n, "amount": number(a)} for d, r, n, a in page.excluded]
        out["ledger"] = [
            {"dataset": d, "rows": raw, "kept": kept, "left_out": raw - kept, "kept_amount": number(amount)} for d, raw, kept, amount in page.ledger
        ]
        out["not_used"] = [
            {"path": file.path, "status": file.status, "kind": file.kind, "what": fmt.t(file.what), "hint": fmt.t(file.hint) if file.hint else None}
            for file in page.refused
        ]
        if page.undated:
            out["undated"] = [{"dataset": d, "file": file, "line": line} for d, file, line in page.undated]
        if page.unrated:
            out["unrated"] = [fmt.t(message) for message in page.unrated]
        out["missing"] = [{"export": export, "kpis": list(kpis)} for export, kpis in page.missing]
    return out


def _projection(projection: Projection | None) -> dict[str, Any] | None:
    """Where the period in progress will end; None for one that is over."""
    if projection is None:
        return None
    return {
        "until": projection.until,
        "value": number(projection.amount),
        "low": number(projection.low),
        "high": number(projection.high),
        "confidence": 0.8,
        "target": number(projection.target.number) if projection.target else None,
        "gap": number(projection.gap.amount),
        "status": projection.gap.status.value,
        "probability": None if projection.probability is None else round(projection.probability, 2),
        "held": projection.held,
        "checked": projection.checked,
        "days_left": projection.days_left,
    }


def _ordered(rows: list[tuple[str | None, dict[str, Any]]], order: list[str] | None) -> list[dict[str, Any]]:
    """The rows that the state's filter keeps, in the order of its sort; what has no key of its own (a total) stays at the end."""
    if order is None:
        return [row for _, row in rows]
    keyed = {key: row for key, row in rows if key is not None}
    return [*(keyed[key] for key in order if key in keyed), *(row for key, row in rows if key is None)]


def _source(source: SourceRow, fmt: Formatter) -> dict[str, Any]:
    return {
        "load_id": source.load_id,
        "file": source.file,
        "profile": source.profile,
        "first_day": source.first_day,
        "last_day": source.last_day,
        "loaded_at": source.loaded_at,
        "rows_read": source.rows_read,
        "rows_used": source.rows_used,
        "rows_left_out": source.rows_dropped,
        "rows_rejected": source.rows_rejected,
        "notes": [fmt.t(note) for note in source.notes],
    }


def number(value: Number | None) -> Decimal | int | None:
    """A JSON number: Decimals keep their digits without trailing zeros, floats lose the noise after 12 significant digits; 12 decimals at most."""
    if value is None or isinstance(value, int):
        return value
    exact = value if isinstance(value, Decimal) else Decimal(f"{value:.12g}")
    text = raw(round(exact, 12) if -exact.as_tuple().exponent > 12 else exact)  # type: ignore[operator]
    return Decimal(text) if "." in text else int(text)


def period_data(period: Period) -> dict[str, Any]:
    return {"text": period.text, "start": period.start, "end": period.end, "grain": period.grain, "days": period.days}


def _freshness(header: Header) -> dict[str, Any]:
    data = header.freshness
    return {"last_day": data.last_day, "loaded_at": data.loaded_at, "late": _named(data.late)} | ({"stale": _named(data.stale)} if data.stale else {}) | (
        {"overdue": [{"name": item.name, "last_day": item.last, "days": item.days, "as_of": item.as_of} for item in data.overdue]} if data.overdue else {}
    )


def _named(members: tuple[tuple[str, date], ...]) -> list[dict[str, Any]]:
    return [{"name": name, "last_day": day} for name, day in members]


def _cell(
    info: KpiInfo, value: Value, target: Target | None, gap: Gap, delta: Delta | None, header: Header, fmt: Formatter, days: tuple[int, int] | None
) -> dict[str, Any]:
    covered, whole = days or header.partial or (header.period.days, header.period.days)
    return {
        "kpi": info.id,
        "name": info.name,
        "value": number(value.number),
        "unit": info.unit,
        "good": info.good,
        "value_status": value.status.value,
        "target": number(target.number) if target else None,
        "bound": target.bound if target else None,
        "objective": target.objective if target else None,
        "target_file": f"{target.file}:{target.line}" if target and target.line else target.file if target else None,
        "gap": number(gap.amount),
        "gap_ratio": number(gap.ratio),
        "status": gap.status.value,
        "comparison": number(delta.base.number) if delta else None,
        "change": number(delta.amount) if delta else None,
        "change_ratio": number(delta.ratio) if delta else None,
        "n": value.n,
        "enough": value.enough,
        "interval_low": number(value.interval[0]) if value.interval else None,
        "interval_high": number(value.interval[1]) if value.interval else None,
        "coverage": {"days": covered, "of": whole},
        "reason": _reason(value, gap, delta, fmt),
    }


def _reason(value: Value, gap: Gap, delta: Delta | None, fmt: Formatter) -> str | None:
    reason: Message | None = value.reason or (delta.reason if delta else None)
    if reason is not None:
        return fmt.t(reason)
    return fmt.t("no data") if value.status is Status.NO_DATA or gap.status is GapStatus.NO_DATA else None


def _kpi(row: KpiRow, group: str, header: Header, fmt: Formatter) -> dict[str, Any]:
    cell = _cell(row.kpi, row.value, row.target, row.gap, row.delta, header, fmt, None)
    return {"kpi": row.kpi.id, "group": group, "dimensions": _dimensions(header), **cell, "owner": row.owner or None}


def _member(row: MemberRow, page: ExplorePage, fmt: Formatter) -> dict[str, Any]:
    cell = _cell(page.kpi, row.value, row.target, row.gap, row.delta, page.header, fmt, None)
    dimensions = _dimensions(page.header)
    if page.by is not None and row.kind.value == "member":
        dimensions = {**dimensions, page.by.id: row.key}
    return {"kpi": page.kpi.id, "kind": row.kind.value, "member": row.label, "dimensions": dimensions, **cell, "contribution": number(row.contribution)}


def _bucket(bucket: Bucket, page: TrendPage, fmt: Formatter) -> dict[str, Any]:
    period, last = bucket.period, page.header.freshness.last_day
    days = 0 if last is None else max(0, min(period.days, (last - period.start).days + 1))
    cell = _cell(page.kpi, bucket.value, bucket.target, bucket.gap, bucket.delta, page.header, fmt, (days, period.days))
    return {
        "kpi": page.kpi.id,
        "period": period.text,
        "start": period.start,
        "end": period.end,
        "dimensions": _dimensions(page.header),
        **cell,
        "compared_with": bucket.compare.text if bucket.compare else None,
        "marks": [f"{mark.kind} {mark.start}: {mark.text}" for mark in bucket.marks],
    }


def _heat_cell(page: HeatPage, names: dict[str, Any], cell: HeatCell, fmt: Formatter) -> dict[str, Any]:
    found = _cell(page.kpi, cell.value, cell.target, cell.gap, None, page.header, fmt, None)
    for name in ("comparison", "change", "change_ratio", "coverage"):
        del found[name]
    return {"kpi": page.kpi.id, **names, "dimensions": _dimensions(page.header), **found, "link": to_link(cell.state) if cell.state is not None else None}


def _gap_row(row: GapRow, page: GapsPage, fmt: Formatter) -> dict[str, Any]:
    cell = _cell(row.kpi, row.value, row.target, row.gap, None, page.header, fmt, None)
    for name in ("comparison", "change", "change_ratio"):
        del cell[name]
    action = row.action
    return {
        "kpi": row.kpi.id,
        "level": row.level,
        "scope": row.scope or None,
        "dimensions": _dimensions(replace(page.header, state=row.state)),
        **cell,
        "objective_name": row.objective,
        "contribution": number(row.contribution),
        "whole_gap": number(row.whole_gap),
        "rank": number(row.rank),
        "periods_missed": row.since or None,
        "missed_since": row.since_start,
        "or_longer": row.at_least,
        "cause": fmt.t(row.cause.message) if row.cause else None,
        "owner": row.owner or None,
        "action": action.name if action else None,
        "action_status": action.status if action else None,
        "due": action.due if action else None,
        "notes": row.notes,
        "link": to_link(row.state),
    }


def _dimensions(header: Header) -> dict[str, Any]:
    """Dimensions that the filters pin to one value."""
    return {f.dim: f.values[0] for f in header.state.where if len(f.values) == 1 and not f.exclude}


def report_json(page: Page, fmt: Formatter) -> str:
    """`report` as indented JSON text with a final line break."""
    return json_text(report(page, fmt))


def report_csv(page: Page, fmt: Formatter) -> str:
    """One line a row of the report."""
    columns, rows = flat_rows(page, fmt)
    return csv_text(columns, rows, machine)


def flat_rows(page: Page, fmt: Formatter) -> tuple[list[str], list[list[object]]]:
    """Names and values of the rows of the report; nested values flattened, dimensions in columns of their own."""
    flat = [_flatten(row) for row in report(page, fmt)["rows"]]
    columns: list[str] = []
    for row in flat:
        columns += [name for name in row if name not in columns]
    return columns, [[row.get(name) for name in columns] for row in flat]


def _flatten(row: Mapping[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            prefix = "" if name == "dimensions" else f"{name}_"
            out |= {f"{prefix}{key}": inner for key, inner in value.items()}
        elif isinstance(value, Sequence) and not isinstance(value, str):
            out[name] = "; ".join(map(str, value))
        else:
            out[name] = value
    return out


def machine(value: object) -> str:
    """A value of a CSV cell that other programs read."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | int | float):
        return raw(value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
