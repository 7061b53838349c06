"""Cells that several views share: values, targets, gaps and changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from kpi_core.engine.result import Number, Status, Value
from kpi_core.errors import Message
from kpi_core.pages import Cause, Delta, Gap, GapStatus, KpiInfo, Target
from kpi_core.render.clean import clean
from kpi_core.render.format import Formatter
from kpi_core.render.gap import GLYPHS, delta_role, gap_view
from kpi_core.render.table import Cell
from kpi_core.render.text import Line, cell_width, join, pad


def _as_shown(number: Number | None, info: KpiInfo) -> Number | None:
    return number * 100 if number is not None and info.unit == "%" else number


def _change_as_shown(amount: Number | None, ratio: Number | None, info: KpiInfo) -> Number | None:
    """What `gap < -3` compares: percents or points as they are written."""
    return ratio * 100 if ratio is not None else _as_shown(amount, info)


class _Exact(TypedDict, total=False):
    exact: object
    unit: str
    decimals: int | None


def _exact(number: Number | None, info: KpiInfo) -> _Exact:
    """The number itself, for copies and exports."""
    return {"exact": number, "unit": info.unit, "decimals": info.decimals}


def _exact_change(amount: Number | None, ratio: Number | None, info: KpiInfo) -> _Exact:
    """A change is relative (%) where the KPI changes in percent, of rates in points, else in the KPI's own unit."""
    if ratio is not None:
        return {"exact": ratio, "unit": "%", "decimals": 1}
    return {"exact": amount, "unit": change_unit(info), "decimals": info.decimals}


def change_unit(info: KpiInfo) -> str:
    """The unit of a difference of two values of the KPI: `pt` where the values are rates."""
    return "pt" if info.unit == "%" else info.unit


def shorter(info: KpiInfo, width: int) -> str:
    """The KPI's name for a column of `width` cells: its short one where the whole does not fit."""
    name, short = clean(info.name), clean(info.short)
    return short if short and cell_width(name) > width else name


def value_cell(value: Value, info: KpiInfo, fmt: Formatter, compact: bool = False) -> Cell:
    """The number; grey when there is none, it is partial, or its sample is too small."""
    quiet = value.status is not Status.VALUE or not value.enough
    shown = value.number if value.status in (Status.VALUE, Status.PARTIAL) else None
    return Cell(fmt.value(value, info, compact=compact), "muted" if quiet else "", raw=_as_shown(value.number, info), **_exact(shown, info))


def target_cell(target: Target | None, info: KpiInfo, fmt: Formatter, compact: bool = False) -> Cell:
    number = target.number if target else None
    return Cell(fmt.target(target, info, compact=compact), "" if target else "muted", raw=_as_shown(number, info), **_exact(number, info))


def gap_cells(gaps: Sequence[tuple[Gap, KpiInfo]], fmt: Formatter, amounts: bool = True) -> list[Cell]:
    """Mark and amount of each gap, amounts under each other; only the mark when `amounts` is False."""
    views = [gap_view(gap, fmt.ascii) for gap, _ in gaps]
    if not amounts:
        return [
            Cell(view.glyph, view.role, raw=_change_as_shown(gap.amount, gap.ratio, info), status=gap.status, **_exact_change(gap.amount, gap.ratio, info))
            for view, (gap, info) in zip(views, gaps, strict=True)
        ]
    # A gap without a number has no arrow either: its words take that place too.
    texts = [fmt.gap(gap, info) for gap, info in gaps]
    words = {i for i, text in enumerate(texts) if not any(c.isdigit() for c in text)}
    width = max((cell_width(text) + (0 if i in words else 2) for i, text in enumerate(texts)), default=0)
    aligned = [pad(text, width, "right") if i in words else f"{views[i].arrow} {pad(text, width - 2, 'right')}" for i, text in enumerate(texts)]
    return [
        Cell(
            f"{view.glyph} {text}",
            view.role,
            raw=_change_as_shown(gap.amount, gap.ratio, info),
            status=gap.status,
            **_exact_change(gap.amount, gap.ratio, info),
        )
        for view, text, (gap, info) in zip(views, aligned, gaps, strict=True)
    ]


def delta_cell(delta: Delta | None, info: KpiInfo, fmt: Formatter) -> Cell:
    """A change that chance alone may have made carries the mark of noise."""
    raw = None if delta is None else _change_as_shown(delta.amount, delta.ratio, info)
    mark = f"{GLYPHS[GapStatus.NOISE][fmt.ascii]} " if delta is not None and delta.noise and raw is not None else ""
    exact = _exact_change(delta.amount, delta.ratio, info) if delta is not None else {}
    return Cell(mark + fmt.delta(delta, info), delta_role(delta), raw=raw, **exact)


def margin_cell(value: Value, info: KpiInfo, fmt: Formatter) -> Cell:
    """`±4.3 pt`: half of the interval of a sample; empty for what is none."""
    if value.interval is None or value.number is None:
        return Cell("")
    half = (value.interval[1] - value.interval[0]) / 2
    text = fmt.change(half, None, info) if info.unit == "%" else fmt.kpi(half, info)
    return Cell(("+-" if fmt.ascii else "±") + text.lstrip("+"), "muted", raw=_as_shown(half, info), **_exact_change(half, None, info))


def reason_of(value: Value, gap: Gap) -> Message | None:
    """Why there is no number to judge, where it is known."""
    return value.reason if value.status is not Status.VALUE or gap.status in (GapStatus.NO_DATA, GapStatus.FEW, GapStatus.NOISE) else None


def is_good(gap: Gap, delta: Delta | None) -> bool:
    """Is there nothing to be sorry about: the target is met or, without one, the change is not for the worse?"""
    if gap.status in (GapStatus.MET, GapStatus.NEAR, GapStatus.MISSED):
        return gap.status is GapStatus.MET
    return delta is not None and delta.good is True


def cause_line(cause: Cause | None, fmt: Formatter, good: bool = False) -> Line:
    """`First cause: …`; where the news is `good`, `Mostly thanks to: …`. Empty without a cause."""
    if cause is None:
        return ()
    lead = fmt.t("Mostly thanks to:") if good else fmt.t("First cause:")
    return fmt.fold(join((lead + " ", "muted"), (fmt.t(cause.message), "")))
