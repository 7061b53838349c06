"""The SQL behind a page: the statements that ran for its main question, as a script that DuckDB's own shell runs with the same result."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from kpi_core.engine.result import Answer
from kpi_core.engine.script import inlined, literal, script
from kpi_core.errors import UsageError, said
from kpi_core.pages.query import QueryPage
from kpi_core.render.clean import clean
from kpi_core.view import Filter, ViewState
from kpi_core.workbench import explore, gaps, trend
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import SPARK_POINTS, Frame, frame, question
from kpi_core.workbench.scope import names_of

WIDTH = 110


def page(desk: Desk, state: ViewState) -> str:
    """Asks the main question of a state, of its KPI only where it names one, and says what ran. Raises UsageError where a page asks nothing."""
    at, answers = _asked(desk, state)
    ran = [answer for answer in answers if answer.sql]
    if not ran:
        raise UsageError(said("no statement ran: an input is missing"))
    return text(desk, at, ran)


def _asked(desk: Desk, state: ViewState) -> tuple[Frame, list[Answer]]:
    if state.view == "data":
        raise UsageError(said("the data page has no question"), hint=said("give a link to overview, explore, gaps, trend or whatif"))
    if state.view == "explore":
        at, answer = explore.answered(desk, state)
        return at, [answer]
    if state.view == "trend" and not state.shape:
        at, answer = trend.answered(desk, state)
        return at, [answer]
    at = frame(desk, state)
    if state.view == "gaps":
        asked = [replace(item, kpis=(state.kpi,)) if state.kpi else item for item in gaps.questions(desk, at) if state.kpi in (None, *item.kpis)]
        return at, [desk.engine.ask(item) for item in asked]
    whole = tuple(dict.fromkeys(kpi for group in desk.catalogue.groups for kpi in group.kpis))
    return at, [desk.engine.ask(question((state.kpi,) if state.kpi else whole, at, points=SPARK_POINTS if state.view == "overview" else 1))]


def text(desk: Desk, at: Frame, answers: Sequence[Answer]) -> str:
    """What ran for some answers, with what a reader must know to run it again."""
    parts = [(_title(desk, answer), inlined(answer.sql, answer.parameters)) for answer in answers]
    return script(desk.reader.attached, _head(desk, at, answers), parts, desk.reader.views)


def of_table(desk: Desk, answer: QueryPage) -> str:
    """What ran for a table of `omnigap query`."""
    head = [*_named(desk, [info.id for info in answer.kpis]), *_data(desk), *_bound(desk, answer.parameters)]
    return script(desk.reader.attached, head, [("", inlined(answer.sql, answer.parameters))], desk.reader.views)


def _head(desk: Desk, at: Frame, answers: Sequence[Answer]) -> Iterator[str]:
    fmt = desk.fmt
    yield from _named(desk, list(dict.fromkeys(kpi for answer in answers for kpi in answer.question.kpis)))
    period = fmt.period(at.period, long=True)
    if at.compare is not None:
        yield fmt.t("Period: {period}, compared with {other}", period=period, other=fmt.period(at.compare, long=True))
    else:
        yield fmt.t("Period: {period}", period=period)
    yield from (_step(desk, step) for step in desk.scope.beyond(at.state.where))
    yield from _data(desk)
    yield fmt.t("slot or start_day is the period (its days stand below), whole is 1 for the total, m_ are measures, then one column per KPI")
    yield from _bound(desk, [value for answer in answers for value in answer.parameters])


def _named(desk: Desk, kpis: Sequence[str]) -> list[str]:
    """KPIs by name, many of them by id."""
    names = [f"{clean(desk.info(kpi).name)} ({kpi})" for kpi in kpis] if len(kpis) <= 2 else kpis
    return _wrapped(desk.fmt.t("KPI: {names}", names=", ".join(names)))


def _data(desk: Desk) -> Iterator[str]:
    fmt = desk.fmt
    if desk.scope:
        yield fmt.t("scope: {names}", names=clean(names_of(desk.scope, desk)))
    loaded = fmt.moment(desk.loaded_at) if desk.loaded_at else "?"
    yield fmt.t("Data: generation {number}, loaded {moment}; the next load makes a new one", number=desk.reader.generation, moment=loaded)
    yield fmt.t("Run it with DuckDB's own shell: duckdb < this-file.sql")


def _bound(desk: Desk, values: Iterable[object]) -> list[str]:
    """The values that stood apart from the statement when it ran."""
    texts = list(dict.fromkeys(literal(value) for value in values))
    return _wrapped(desk.fmt.t("bound as parameters when it ran: {values}", values=", ".join(texts))) if texts else []


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, WIDTH, subsequent_indent="  ")


def _title(desk: Desk, answer: Answer) -> str:
    asked = answer.question
    cut = desk.fmt.t("by {dim}", dim=desk.dim_title(asked.by)) if asked.by else desk.fmt.t("in total")
    return " · ".join([cut, *(_step(desk, step) for step in asked.where)])


def _step(desk: Desk, step: Filter) -> str:
    return clean(f"{desk.dim_title(step.dim)} {'<>' if step.exclude else '='} {', '.join(desk.label(step.dim, value) for value in step.values)}")
