"""ViewState: one frozen value that says everything a screen shows, with a link form.

Keys, links, command-line options and tests all make one of these; nothing a screen shows lives anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

VIEWS = ("overview", "explore", "gaps", "trend", "whatif", "data")
SHAPES = ("", "periods", "hours", "cohorts")  # of Trend: the course; heatmaps of member by period, hour by day, cohort by age
ZOOMS = ("", "half", "full")
COMPARISONS = ("none", "previous", "last_year", "last_year_weekday", "last_year_date", "last_year_events")


@dataclass(frozen=True)
class Filter:
    """One step of the crumb: `dim` is one of `values` (None = rows without a value), or none of them when `exclude`."""

    dim: str
    values: tuple[str | None, ...]
    exclude: bool = False


@dataclass(frozen=True)
class Sort:
    """`column` of the table on screen; '' keeps the view's own order. `then`: further keys for rows that are equal so far, as (column, descending)."""

    column: str = ""
    descending: bool = True
    then: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True)
class ViewState:
    """`period` and `compare` are texts of the range grammar (`2026-W44`, `2026-10`, `latest:week`); see `engine.calendar`."""

    view: str = "overview"
    kpi: str | None = None
    by: str | None = None
    where: tuple[Filter, ...] = ()
    period: str = "latest:week"
    compare: str = "last_year"
    sort: Sort = field(default_factory=Sort)
    search: str = ""  # the row filter of `/`
    at: str | None = None  # key of the row under the cursor
    basis: tuple[str, ...] = ()  # other ways of counting that are switched on: ids of kpis.yaml's `variants`, such as by_sale
    against: str = ""  # what a gap is explained against: target, compare, or '' for the target where there is one
    near: bool = False  # Gaps: also the targets that are near
    marks: tuple[str, ...] = ()  # keys of the rows that are marked
    shape: str = ""  # Trend: one of SHAPES
    pane: str = ""  # the pane that has the focus, '' for the view's own table
    zoom: str = ""  # how large that pane is: one of ZOOMS
    moves: tuple[tuple[str, str], ...] = ()  # What-if: (driver, change in percent), such as ("orders", "5")

    def only(self, dim: str, value: str | None) -> ViewState:
        """The state one crumb deeper: `dim` = `value`, cursor and row filter of the new level fresh."""
        return replace(self, where=(*self.where, Filter(dim, (value,))), search="", at=None, marks=())

    def up(self) -> ViewState:
        """The state without its newest crumb; unchanged at the top."""
        return replace(self, where=self.where[:-1], search="", at=None, marks=())
