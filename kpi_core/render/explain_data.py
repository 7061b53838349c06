"""An explanation as data for other programs: version 1 of the JSON of docs/report-json.md. Exact amounts are texts, `a/b` or whole numbers."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from kpi_core.links import to_link
from kpi_core.pages import ExplainPage, ExplainPart, Section
from kpi_core.render.format import Formatter
from kpi_core.render.json_text import json_text
from kpi_core.render.report import number, period_data, scope_data

VERSION = 1


def explanation(page: ExplainPage, fmt: Formatter) -> dict[str, Any]:
    """The page as plain values. Names and sentences are in the formatter's language; everything else is language-free."""
    header = page.header
    return {
        "version": VERSION,
        "view": "explain",
        "link": to_link(header.state),
        "workspace": header.workspace,
        "scope": scope_data(header),
        "language": fmt.lang,
        "period": period_data(header.period),
        "comparison": period_data(page.base) if page.base else None,
        "filters": [{"dimension": f.dim, "values": list(f.values), "exclude": f.exclude} for f in header.state.where],
        "kpi": page.kpi.id,
        "name": page.kpi.name,
        "unit": page.kpi.unit,
        "good": page.kpi.good,
        "against": page.against or None,
        "actual": page.actual,
        "expected": page.expected,
        "gap": _amount(page.gap, page.shown_gap),
        "cause": fmt.t(page.cause.message) if page.cause else None,
        "cause_link": to_link(page.cause.state) if page.cause and page.cause.state else None,
        "warnings": [{"kind": warning.kind.value, "message": fmt.t(warning.message)} for warning in page.warnings],
        "reason": fmt.t(page.reason) if page.reason else None,
        "sections": [_section(section, fmt) for section in page.sections],
    }


def _section(section: Section, fmt: Formatter) -> dict[str, Any]:
    return {
        "kind": section.kind.value,
        "title": section.title,
        "by": section.by or None,
        "start": str(section.start),
        "end": str(section.end),
        "parts": _parts(section.parts, fmt),
        "sum": str(sum((part.amount for part in section.parts if part.level == 0), Fraction(0))) if section.parts else None,
        "opposing": section.opposing,
        "reason": fmt.t(section.reason) if section.reason else None,
        "note": fmt.t(section.note) if section.note else None,
    }


def _parts(parts: tuple[ExplainPart, ...], fmt: Formatter) -> list[dict[str, Any]]:
    """Parts of level 0, those under each nested in it."""
    tree: list[dict[str, Any]] = []
    open_: list[list[dict[str, Any]]] = [tree]
    for part in parts:
        del open_[part.level + 1 :]
        below: list[dict[str, Any]] = []
        open_[part.level].append(
            {
                "kind": part.kind,
                "key": part.key or None,
                "label": part.label,
                **_amount(part.amount, part.shown),
                "share": number(Decimal(part.share.numerator) / Decimal(part.share.denominator)) if part.share is not None else None,
                "how": fmt.t(part.note) if part.note else None,
                "link": to_link(part.drill) if part.drill else None,
                "parts": below,
            }
        )
        open_.append(below)
    return tree


def _amount(exact: Fraction | None, shown: Decimal | None) -> dict[str, Any]:
    """`exact` as text, `amount` as a number of at most 12 decimals, `shown` as on screen (of a rate, a fraction)."""
    if exact is None or shown is None:
        return {"exact": None, "amount": None, "shown": None}
    return {"exact": str(exact), "amount": number(Decimal(exact.numerator) / Decimal(exact.denominator)), "shown": shown}


def explain_json(page: ExplainPage, fmt: Formatter) -> str:
    """`explanation` as indented JSON text with a final line break."""
    return json_text(explanation(page, fmt))
