"""The rows behind a number, each with the export file and line it came from."""

from __future__ import annotations

from kpi_core.engine.plan import effective
from kpi_core.engine.result import Question
from kpi_core.pages import RecordsPage
from kpi_core.view import ViewState
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import frame, header


def page(desk: Desk, state: ViewState, offset: int, limit: int) -> RecordsPage:
    """Rows that count in the KPI of the state, in its period, under its filters."""
    kpi = state.kpi or desk.catalogue.groups[0].kpis[0]
    at = frame(desk, state)
    period = effective(Question((kpi,), (at.period,)), 0, at.watermark) or at.period
    found = desk.engine.records(kpi, state.where, period, offset, limit)
    columns, rows = found.columns, found.rows
    if "load_id" in columns:
        names = desk.reader.file_names()
        place = columns.index("load_id")
        columns = (*columns[:place], desk.fmt.t("file"), *columns[place + 1 :])
        rows = tuple((*row[:place], names.get(row[place], ""), *row[place + 1 :]) for row in rows)  # type: ignore[call-overload]
        columns = tuple(desk.fmt.t("line") if name == "file_line" else name for name in columns)
    titles = tuple(desk.dim_title(name) if name in desk.catalogue.dimensions else name for name in columns)
    return RecordsPage(header(desk, at, {}), desk.info(kpi).name, titles, rows, offset, found.total)
