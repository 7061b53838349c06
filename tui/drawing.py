"""Pages to what the widgets draw: the renderers' tables and lines, with the row filter and the sort of the state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kpi_core.pages import DataPage, ExplorePage, OverviewPage, RowKind
from kpi_core.render.arrange import page_table
from kpi_core.render.clean import clean
from kpi_core.render.explore import explore_table, trend_lines
from kpi_core.render.format import Formatter
from kpi_core.render.text import cut
from kpi_core.view import Sort
from tui.runs import Runs
from tui.tables import content
from tui.theme import Palette
from tui.widgets.content import GridContent, GridRow
from tui.widgets.lines import Draw


@dataclass
class Look:
    """How things are drawn: the language's formatter, the colours, ASCII only or not."""

    fmt: Formatter
    palette: Palette
    ascii_only: bool = False


def overview_content(page: OverviewPage, look: Look, search: str, sort: Sort, width: int) -> GridContent:
    """The scorecard."""
    table = page_table(page, look.fmt, width, search, sort)
    return content(table, sort, _empty(look, search), look.ascii_only)


def explore_content(page: ExplorePage, look: Look, search: str, sort: Sort, width: int) -> GridContent:
    """The leaderboard of one KPI."""
    table = page_table(page, look.fmt, width, search, sort)
    return content(table, sort, _empty(look, search), look.ascii_only)


def breakdown_content(pages: Sequence[ExplorePage], look: Look, width: int, height: int) -> GridContent:
    """One KPI cut by several dimensions, one under the other, the first members of each; what is left out is counted."""
    rows: list[GridRow] = []
    # only members are shown: a long name of another row must not take their room
    pages = [replace(page, rows=tuple(row for row in page.rows if row.kind is RowKind.MEMBER)) for page in pages]
    tables = [explore_table(page, look.fmt, width) for page in pages]
    shown = {tuple(column.id for column in table.columns) for table in tables}
    if len(shown) == 1:  # the same columns under each other
        least = {column.id: max(table.columns[place].width for table in tables) for place, column in enumerate(tables[0].columns) if column.id != "bar"}
        tables = [explore_table(page, look.fmt, width, least=least) for page in pages]
    wanted = [sum(row.kind == "row" for row in table.rows) + (1 if page.hidden else 0) for table, page in zip(tables, pages, strict=True)]
    shares = shared(wanted, height - 1 - 2 * (len(pages) - 1))
    header: Runs = ()
    for place, (page, table, each) in enumerate(zip(pages, tables, shares, strict=True)):
        if place == 0:
            header = table.header()
        else:
            rows += [GridRow(None, ()), GridRow(None, table.header())]
        members = [row for row in table.rows if row.kind == "row"]
        room = len(members) if wanted[place] <= each else max(0, each - 1)
        rows += [GridRow(None, table.line(row)) for row in members[:room]]
        left = len(members) - room + page.hidden
        if left:
            rows.append(GridRow(None, ((" ", ""), (look.fmt.t("… {count} more", count=left), "muted"))))
    return GridContent(header=header, rows=rows)


def shared(wanted: Sequence[int], lines: int) -> list[int]:
    """`lines` shared out fairly: what one does not need goes to the others."""
    given = [0] * len(wanted)
    left = max(0, lines)
    while left and any(has < need for has, need in zip(given, wanted, strict=True)):
        for place, need in enumerate(wanted):
            if left and given[place] < need:
                given[place] += 1
                left -= 1
    return given


def data_content(page: DataPage, look: Look, search: str, sort: Sort, width: int) -> GridContent:
    """Sources, left-out rows and missing exports."""
    table = page_table(page, look.fmt, width, search, sort)
    return content(table, sort, _empty(look, search), look.ascii_only)


def _empty(look: Look, search: str) -> str:
    if search:
        return look.fmt.t("no row holds {text} (Esc clears the filter)", text=search)
    return look.fmt.t("nothing to show for this period and filter")


def trend_drawing(page: ExplorePage, look: Look, rule: bool = False, pace: bool = True) -> Draw:
    """The trend in the space there is; with `rule`, a line between it and what stands above; `pace`: with the line on where it will end."""

    def draw(width: int, height: int) -> Sequence[Runs]:
        top: list[Runs] = [(rule_of(look, width),)] if rule else []
        return [*top, *trend_lines(page, look.fmt, width, height - len(top), pace=pace)]

    return draw


SIDE_TREND = 14  # lines of a trend in a narrow pane; higher ones are all slope


def side_drawing(page: ExplorePage, look: Look) -> Draw:
    """A narrow pane: the trend, and under it the first break-down as far as there is room."""

    def draw(width: int, height: int) -> Sequence[Runs]:
        share = min(SIDE_TREND, height) if page.by is None or height < SIDE_TREND + 4 else min(SIDE_TREND, height - 4)
        lines: list[Runs] = list(trend_lines(page, look.fmt, width, share, pace=False))
        room = height - share - 1
        if page.by is None or room < 3:
            return lines
        table = explore_table(page, look.fmt, width - 1)
        rows = [table.line(row) for row in table.rows]
        if len(rows) + 1 > room:
            left = len(rows) - (room - 2)
            rows = [*rows[: room - 2], ((" ", ""), (look.fmt.t("… {count} more", count=left), "muted"))]
        return [*lines, (), table.header(), *rows]

    return draw


def rule_of(look: Look, width: int) -> tuple[str, str]:
    """A line across."""
    return (("-" if look.ascii_only else "─") * width, "line")


def titled(title: str, draw: Draw, look: Look) -> Draw:
    """A drawing under its title, set in a rule like a section of a table."""

    def framed(width: int, height: int) -> Sequence[Runs]:
        dash = "-" if look.ascii_only else "─"
        text = cut(clean(title), max(1, width - 4))
        head: Runs = ((dash + " ", "line"), (text + " ", "title"), rule_of(look, width))
        return [head, *draw(width, height - 1)]

    return framed
