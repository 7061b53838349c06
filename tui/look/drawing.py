"""Pages to what the widgets draw: the renderers' tables and lines, with the row filter and the sort of the state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kpi_core.pages import DataPage, ExplorePage, OverviewPage, RowKind, TrendPage
from kpi_core.render.arrange import page_table
from kpi_core.render.clean import clean
from kpi_core.render.explore import empty_text, explore_table, trend_lines
from kpi_core.render.format import Formatter
from kpi_core.render.panes import SENTENCE, explain_pane, gap_title, words
from kpi_core.view import Sort
from tui.commands import BY_ID, Keys, key_name
from tui.look.runs import Runs
from tui.look.tables import content
from tui.look.theme import Palette
from tui.questions.details import Details
from tui.widgets.content import GridContent, GridRow
from tui.widgets.lines import Draw


@dataclass
class Look:
    """How things are drawn: the language's formatter, the colours, ASCII only or not, and the keys in force."""

    fmt: Formatter
    palette: Palette
    ascii_only: bool = False
    keys: Keys = field(default_factory=dict)  # the user's keymap, where it differs from the registry

    def key(self, command: str) -> str:
        """The key of a command as it is shown; '' for none."""
        return key_name(BY_ID[command], self.ascii_only, self.keys)


def overview_content(page: OverviewPage, look: Look, search: str, sort: Sort, width: int) -> GridContent:
    """The scorecard."""
    table = page_table(page, look.fmt, width, search, sort)
    return content(table, sort, _empty(look, search), look.ascii_only)


def explore_content(page: ExplorePage, look: Look, search: str, sort: Sort, width: int) -> GridContent:
    """The leaderboard of one KPI."""
    table = page_table(page, look.fmt, width, search, sort)
    return content(table, sort, _empty(look, search) if search else empty_text(page, look.fmt), look.ascii_only)


def breakdown_content(pages: Sequence[ExplorePage], look: Look, width: int, height: int) -> GridContent:
    """One KPI cut by several dimensions, one under the other, the first members of each; what is left out is counted.

    Keys of rows are `place of the page:member`, and `place+:` for what is left out.
    """
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
        rows += [GridRow(f"{place}:{row.key or ''}", table.line(row)) for row in members[:room]]
        left = len(members) - room + page.hidden
        if left:
            rows.append(GridRow(f"{place}+:", ((" ", ""), (look.fmt.t("… {count} more", count=left), "muted"))))
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


def trend_content(page: TrendPage, look: Look, search: str, sort: Sort, width: int) -> GridContent:
    """The buckets of a KPI. Left and right go through time, so no column is chosen."""
    table = page_table(page, look.fmt, width, search, sort)
    return content(table, sort, _empty(look, search), look.ascii_only, sortable=False)


def data_content(page: DataPage, look: Look, search: str, sort: Sort, width: int) -> GridContent:
    """Sources, left-out rows and missing exports."""
    table = page_table(page, look.fmt, width, search, sort)
    return content(table, sort, _empty(look, search), look.ascii_only)


def _empty(look: Look, search: str) -> str:
    if search:
        return look.fmt.t("no row holds {text} (Esc clears the filter)", text=search)
    return look.fmt.t("nothing to show for this period and filter")


def trend_drawing(page: ExplorePage, look: Look) -> Draw:
    """The trend in the space there is, with the line on where the period will end where it can be said in full."""
    return lambda width, height: trend_lines(page, look.fmt, width, height, pace=width >= SENTENCE)


def trend_title(page: ExplorePage, look: Look) -> str:
    """`Trend — AOV vs target`."""
    name = clean(page.kpi.short or page.kpi.name)
    judged = any(point.target is not None for point in page.trend)
    return look.fmt.t("Trend — {kpi} vs target", kpi=name) if judged else look.fmt.t("Trend — {kpi}", kpi=name)


def explain_title(found: Details, look: Look) -> tuple[str, str]:
    """`Explain gap — AOV −4.36 € (−6.0 %)` once it is known, and what a narrow frame has instead."""
    if found.explained is None:
        return look.fmt.t("Explain gap"), ""
    return gap_title(found.explained, look.fmt), gap_title(found.explained, look.fmt, brief=True)


def explain_drawing(found: Details, look: Look) -> Draw:
    """The parts of the gap and what is done about it; in words why there are none."""
    page, known, trouble, state = found.explained, found.known, found.trouble.get("explain"), found.state

    def draw(width: int, height: int) -> Sequence[Runs]:
        if page is not None:
            return explain_pane(page, known, look.fmt, width, height)
        if trouble is not None:
            return words(look.fmt.t(trouble), look.fmt, width)
        return words(look.fmt.t("asking …") if state is not None else look.fmt.t("choose a row: its gap is explained here"), look.fmt, width)

    return draw


def rule_of(look: Look, width: int) -> tuple[str, str]:
    """A line across."""
    return (("-" if look.ascii_only else "─") * width, "line")
