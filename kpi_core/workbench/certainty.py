"""What the definition card says of chance: the interval of a sample, and how the end of a period in progress was projected."""

from __future__ import annotations

from kpi_core.analysis.sample import chance, sample_of
from kpi_core.engine.result import Value
from kpi_core.pages import NoProjection
from kpi_core.render.forecast import held_text, pace_text
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import Frame
from kpi_core.workbench.projection import in_progress, projected

METHODS = {"wilson": ("Wilson", "Newcombe"), "nps": ("adjusted Wald", "adjusted Wald")}  # of a share, of a difference of two

Lines = list[tuple[str, str]]


def interval_lines(desk: Desk, kpi: str, value: Value) -> Lines:
    """Method, sample size and interval; for a test of two variants also how often chance alone would show as much."""
    sample, fmt, info = sample_of(desk.catalogue, kpi), desk.fmt, desk.info(kpi)
    if sample is None or value.interval is None:
        return []
    sizes = [value.measures.get(share.of) for share in sample.shares]
    size = " + ".join(fmt.number(number) for number in sizes if number is not None)
    low, high = (fmt.kpi(bound, info) for bound in value.interval)
    method = METHODS[desk.catalogue.kpi(kpi).interval][sample.second is not None]
    lines = [(fmt.t("Interval"), fmt.t("{low} to {high} at 95 % ({method}, n = {size})", low=low, high=high, method=method, size=size))]
    lines.append(("", fmt.t("a target inside it is neither met nor missed, and a change that chance may have made is grey")))
    odds = chance(sample, value.measures)
    if odds is not None:
        lines.append(("", fmt.t("chance alone shows as much with p = {p} (z test of two proportions)", p=fmt.number(odds, 3))))
    return lines


def end_lines(desk: Desk, at: Frame, kpi: str) -> Lines:
    """Where a period in progress will end and how that was found, or why it is not said; nothing for a period that is over."""
    fmt = desk.fmt
    if not in_progress(desk, at, kpi):
        return []
    found = projected(desk, at, kpi)
    title = fmt.t("At the end")
    if isinstance(found, NoProjection):
        return [(title, fmt.t("not projected: {reason}", reason=found.reason))]
    method = fmt.t(
        "weekday profile times recent level; range of 80 % from {count} forecasts of {days} days made on the past", count=found.errors, days=found.days_left
    )
    lines = [(title, pace_text(found, desk.info(kpi), fmt)), ("", method)]
    if not held_text(found, fmt):
        lines.append(("", fmt.t("too short a past to say how often such forecasts held")))
    if found.bend:
        lines.append(("", fmt.t("last year's course of the same days counts in, because it made past forecasts better")))
    return lines
