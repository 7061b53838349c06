"""KPIs as a table: the engine's answer with names in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from kpi_core.engine import calendar
from kpi_core.engine.table import PART, TableAnswer, TableQuestion
from kpi_core.errors import Message, said
from kpi_core.pages.query import QueryPage, QueryRow
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.scope import names_of


def range_of(desk: Desk, text: str) -> tuple[date, date]:
    """The days of a text of the range grammar. Raises UsageError."""
    period = calendar.parse(text, desk.engine.watermark(), desk.calendar)
    return period.start, period.end


def page(desk: Desk, question: TableQuestion) -> QueryPage:
    """Answer a table question. Raises UsageError and QueryError as the engine does."""
    answer = desk.engine.table(question)
    rows = []
    for row in answer.rows:
        period = calendar.unit(row.period, question.grain) if row.period and question.grain else None
        labels = tuple(_label(desk, dim, value) for dim, value in zip(question.by, row.keys, strict=True))
        rows.append(QueryRow(period, row.keys, labels, row.numbers, row.partial))
    by = tuple((dim, _title(desk, dim)) for dim in question.by)
    return QueryPage(
        tuple(desk.info(kpi) for kpi in question.kpis), by, question.grain, tuple(rows), tuple(_notes(desk, answer)), answer.sql, answer.parameters
    )


def _title(desk: Desk, dim: str) -> str:
    """A cut as a column title: the dimension's name, with the part of a date it is cut to."""
    if dim in desk.catalogue.dimensions:
        return desk.dim_title(dim)
    name, _, unit = dim.rpartition(".")
    return f"{desk.dim_title(name)} ({unit})" if name in desk.catalogue.dimensions else dim.removeprefix(PART)


def _label(desk: Desk, dim: str, value: object) -> str:
    if dim in desk.catalogue.dimensions and (value is None or isinstance(value, str)):
        return desk.label(dim, value)
    return desk.fmt.t("(no value)") if value is None else str(value)


def _notes(desk: Desk, answer: TableAnswer) -> Iterator[Message]:
    if desk.scope:
        yield said("scope: {names}", names=names_of(desk.scope, desk))
    for kpi in answer.question.kpis:
        name = desk.info(kpi).name
        if kpi in answer.overlap:
            yield said("{kpi}: the parts do not add up to the whole", kpi=name)
        old, keys = answer.stale.get(kpi, (0, 0))
        if old:
            yield said("{kpi}: {stale} of {keys} levels are too old and not counted", kpi=name, stale=old, keys=keys)
