"""The list of actions: a table for people, CSV and JSON for other programs."""

from __future__ import annotations

from datetime import date
from typing import Any

from kpi_core.engine.result import Value
from kpi_core.pages import ActionLine, ActionsPage, Effect, KpiInfo
from kpi_core.render.clean import clean
from kpi_core.render.format import Formatter
from kpi_core.render.gaps import STATUSES, effect_text
from kpi_core.render.json_text import json_text
from kpi_core.render.report import machine, number
from kpi_core.render.table import Cell, Column, Row, Table, csv_text, fit


def actions_table(page: ActionsPage, fmt: Formatter, width: int, today: date | None = None) -> Table:
    """A line an action and KPI, open actions first; the action's own words stand once."""
    t, day = fmt.t, today or date.today()
    columns = [
        Column("action", t("ACTION"), shrink=16, limit=60),
        Column("where", t("WHERE"), shrink=6),
        Column("owner", t("OWNER"), shrink=6),
        Column("due", t("DUE"), "right"),
        Column("status", t("STATUS")),
        Column("kpi", t("KPI"), shrink=8, space=2),
        Column("effect", t("BEFORE AND AFTER ITS START"), shrink=16, space=2),
    ]
    rows: list[Row] = []
    last: tuple[str, int] | None = None
    for line, info in page.rows:
        first = (line.file, line.line) != last
        last = (line.file, line.line)
        late = line.overdue(day)
        own = [
            Cell(clean(line.name, 160), ""),
            Cell(clean(line.scope, 60), "muted"),
            Cell(clean(line.owner, 60), "muted"),
            Cell(("! " if late else "") + fmt.day(line.due) if line.due else "", "bad" if late else "", raw=line.due),
            Cell(t(STATUSES[line.status]) if line.status in STATUSES else clean(line.status), "accent" if line.open else "muted"),
        ]
        told = effect_text(line.effect, info, fmt, brief=True) if line.effect is not None and info is not None else ""
        rows.append(Row((*(own if first else [Cell("") for _ in own]), Cell(clean(info.name) if info else ""), Cell(told, "muted"))))
    return fit(columns, rows, width, decimal_mark=fmt.decimal_mark, ascii=fmt.ascii)


def _row(line: ActionLine, info: KpiInfo | None, fmt: Formatter) -> dict[str, Any]:
    effect = line.effect
    return {
        "action": line.id,
        "name": line.name,
        "objective": line.objective,
        "kpi": info.id if info else None,
        "kpi_name": info.name if info else None,
        "unit": info.unit if info else None,
        "where": {step.dim: list(step.values) for step in line.where},
        "cause": line.cause or None,
        "owner": line.owner or None,
        "start": line.start,
        "due": line.due,
        "status": line.status,
        "note": line.note or None,
        "effect": None if effect is None else _effect(effect, fmt),
        "written": f"{line.file}:{line.line}",
    }


def _effect(effect: Effect, fmt: Formatter) -> dict[str, Any]:
    def value(found: Value) -> Any:
        return number(found.number)

    return {
        "days": effect.days,
        "before": value(effect.before),
        "after": value(effect.after),
        "before_last_year": value(effect.before_last_year),
        "after_last_year": value(effect.after_last_year),
        "reason": fmt.t(effect.reason) if effect.reason else None,
    }


def actions_json(page: ActionsPage, fmt: Formatter) -> str:
    """`{"version": 1, "actions": […]}`; numbers raw, rates as fractions of 1."""
    value = {"version": 1, "language": fmt.lang, "actions": [_row(line, info, fmt) for line, info in page.rows]}
    return json_text(value)


def actions_csv(page: ActionsPage, fmt: Formatter) -> str:
    """One line an action and KPI; the effect in columns of its own."""
    flat = []
    for line, info in page.rows:
        row = _row(line, info, fmt)
        effect = row.pop("effect") or dict.fromkeys(("days", "before", "after", "before_last_year", "after_last_year", "reason"))
        row["where"] = "; ".join(f"{dim}: {', '.join(str(v) for v in values)}" for dim, values in row["where"].items()) or None
        flat.append(row | effect)
    columns = list(flat[0]) if flat else ["action"]
    return csv_text(columns, [[row[name] for name in columns] for row in flat], machine)
