"""One row of a heatmap as a course: a point under each column, drawn from the cells that are there."""

from __future__ import annotations

from kpi_core.engine.result import Status
from kpi_core.pages.heat import HeatPage
from kpi_core.render.clean import clean, to_ascii
from kpi_core.render.format import Formatter
from kpi_core.render.gap import point_role
from kpi_core.render.heat import HeatLayout
from kpi_core.render.plot import PARTIAL, SAMPLES, Series, trend
from kpi_core.render.text import Line, Run, cell_width, join, line_width, pad

LEAST, MOST = 8, 30  # lines of a course, its title among them


def heat_course(page: HeatPage, fmt: Formatter, at: HeatLayout, height: int, key: str | None) -> list[Line]:
    """The row of the cell `key` in at most `height` lines: its name with the legend, then the plot; no lines where there is nothing to draw.

    The points stand under the columns on screen, as far as the numbers of the axis leave room.
    """
    place = page.place(key)
    if place is None or height < LEAST or at.count < 2:
        return []
    shown = range(at.first, at.first + at.count)
    cells = [page.cells[place[0]][column] for column in shown]
    labels = [clean(page.columns[column].label) for column in shown]
    partial = [cell.value.status is Status.PARTIAL for cell in cells]
    series = Series(
        [None if cell.value.number is None else float(cell.value.number) for cell in cells],
        [None if cell.target is None else float(cell.target.number) for cell in cells],
        [None] * len(cells),
        [to_ascii(label) for label in labels] if fmt.ascii else labels,
        partial_last=partial[-1],
        roles=[point_role(cell.gap.status) for cell in cells],
        cursor=place[1] - at.first if place[1] in shown else None,
    )

    middle = at.cell // 2

    def axis(number: float) -> str:
        text = fmt.kpi(number, page.kpi, compact=True)
        return pad(to_ascii(text) if fmt.ascii else text, max(at.start + middle - 2, cell_width(text)), "right")

    drawn = trend(series, min(at.width, at.start + at.cell * (at.count - 1) + middle + 1), min(height, MOST) - 1, axis, at.symbols)
    if not drawn:
        return []
    course, _, dashes = SAMPLES[at.symbols]
    legend: list[tuple[Run, str]] = [((course, "accent"), fmt.t("actual"))]
    legend += [((dashes, "target"), fmt.t("target"))] if any(cell.target is not None for cell in cells) else []
    legend += [((PARTIAL[fmt.ascii], "accent"), fmt.t("incomplete"))] if partial[-1] and cells[-1].value.number is not None else []
    runs: list[Run] = [(" " + clean(page.rows[place[0]].label), "title")]
    for sign, word in legend:
        piece: tuple[Run, ...] = (("   ", ""), sign, (f" {word}", "muted"))
        if line_width([*runs, *piece]) < at.width:
            runs += piece
    return [fmt.fit(line, at.width) for line in (join(*runs), *drawn)]
