"""Where a key leads: pure functions from a state (and the page on screen) to the next state, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kpi_core.errors import said
from kpi_core.pages import ExplorePage, HeatPage
from kpi_core.view import Filter, Sort, ViewState

COMPARE_CYCLE = ("last_year", "previous", "none")
LISTS = (  # ranked lists by name: KPI, dimension, title
    ("revenue", "product", said("Best products")),
    ("customer_sales", "customer", said("Best customers")),
    ("customer_orders", "customer", said("Most loyal customers")),
)
COMPARE_TITLES = {
    "none": said("no comparison"),
    "previous": said("the period before"),
    "last_year": said("last year"),
    "last_year_weekday": said("last year, same weekdays"),
    "last_year_date": said("last year, same dates"),
    "last_year_events": said("last year, same events"),
}
GRAINS = ("day", "week", "month", "quarter", "year")


def asked(state: ViewState) -> ViewState:
    """The part of a state that changes the numbers: cursor, row filter and sort are the screen's own and ask nothing."""
    return replace(state, search="", at=None, sort=Sort(), near=False, moves=(), marks=(), pane="", zoom="")


def to_view(state: ViewState, view: str) -> ViewState:
    """The same crumbs and period in another view, with a fresh cursor and row filter."""
    if state.view == view:
        return state
    return replace(state, view=view, search="", at=None, sort=Sort(), by=None, moves=(), marks=(), shape="", pane="", zoom="")


def into(state: ViewState, page: ExplorePage | None, key: str) -> ViewState | None:
    """What Enter opens: the KPI of a scorecard row, or the member of a break-down. None: nothing lies below (the records are next)."""
    if state.view == "overview":
        return replace(state, view="explore", kpi=key, by=None, search="", at=None, sort=Sort(), pane="", zoom="")
    if page is None or page.by is None:
        return None
    # keys on screen are text; the member without a value is '' there and None in a filter
    return replace(state.only(page.by.id, key or None), by=None, kpi=page.kpi.id)


def kept(state: ViewState, page: ExplorePage, keys: Sequence[str]) -> ViewState:
    """Only these members, as one crumb; broken down as before, so that they stand beside each other. One alone is gone into."""
    if page.by is None:
        return state
    if len(keys) == 1:
        return replace(state.only(page.by.id, keys[0] or None), by=None, kpi=page.kpi.id)
    step = Filter(page.by.id, tuple(key or None for key in keys))
    return replace(state, where=(*state.where, step), by=page.by.id, kpi=page.kpi.id, search="", at=keys[0], marks=())


def excluded(state: ViewState, page: ExplorePage, keys: Sequence[str]) -> ViewState:
    """Everything but these members; the newest crumb takes them in where it is of this dimension."""
    if page.by is None:
        return state
    values = tuple(key or None for key in keys)
    last = state.where[-1] if state.where else None
    if last is not None and last.dim == page.by.id and last.exclude:
        where = (*state.where[:-1], replace(last, values=(*last.values, *(value for value in values if value not in last.values))))
    elif last is not None and last.dim == page.by.id and any(value not in values for value in last.values):
        where = (*state.where[:-1], replace(last, values=tuple(value for value in last.values if value not in values)))
    else:
        where = (*state.where, Filter(page.by.id, values, exclude=True))
    return replace(state, where=where, by=page.by.id, kpi=page.kpi.id, marks=())


def scrubbed(state: ViewState, shown: str, key: str) -> ViewState:
    """What Enter on a bucket of Trend gives: that bucket as the period; on the one that is the period already, Explore."""
    if key == shown:
        return replace(state, view="explore", by=None, shape="", search="", at=None, sort=Sort())
    return replace(state, period=key, at=key)


def parent(state: ViewState) -> ViewState | None:
    """One level up, the cursor on what was left; None at the top."""
    if state.view == "whatif":
        return replace(state, view="explore", search="", at=None, sort=Sort(), moves=(), pane="", zoom="")
    if state.view == "data":
        return replace(state, view="overview", search="", at=None, sort=Sort(), by=None, pane="", zoom="")
    if state.view == "trend" and state.shape:
        return replace(state, by=None, shape="", search="", at=None, sort=Sort(), marks=())
    if state.where:
        last = state.where[-1]
        at = "" if last.values[:1] == (None,) else last.values[0]
        return replace(state.up(), by=last.dim if state.view == "explore" else None, at=at if state.view == "explore" else state.at)
    if state.view == "trend":
        return replace(state, view="explore", by=None, shape="", search="", at=None, sort=Sort(), pane="", zoom="")
    if state.view in ("explore", "gaps"):
        return replace(state, view="overview", by=None, search="", at=state.kpi, sort=Sort(), pane="", zoom="")
    return None


def next_compare(compare: str) -> str:
    """The comparison after this one in the short cycle; any other one starts the cycle."""
    if compare not in COMPARE_CYCLE:
        return COMPARE_CYCLE[0]
    return COMPARE_CYCLE[(COMPARE_CYCLE.index(compare) + 1) % len(COMPARE_CYCLE)]


def next_basis(now: tuple[str, ...], known: Sequence[str]) -> tuple[str, ...]:
    """One way of counting at a time, in the order of kpis.yaml; after the last one none."""
    place = known.index(now[-1]) + 1 if now and now[-1] in known else 0
    return (known[place],) if place < len(known) else ()


def next_dimension(page: ExplorePage | HeatPage) -> str | None:
    """The next dimension the KPI may be cut by, in the page's order, those that the crumb has settled left out; None when there is no other."""
    settled = {step.dim for step in page.header.state.where if len(step.values) == 1 and not step.exclude}
    allowed = [choice.id for choice in page.choices if choice.refused is None and choice.id not in settled]
    if page.by is None:
        return allowed[0] if allowed else None
    if page.by.id not in allowed:
        return allowed[0] if allowed else None
    other = allowed[(allowed.index(page.by.id) + 1) % len(allowed)]
    return other if other != page.by.id else None


def next_grain(grain: str, grains: Sequence[str] = GRAINS) -> str:
    """day → week → month → quarter → year → day, then the fiscal and retail units where `grains` has them; a free range goes to weeks."""
    if grain not in grains:
        return "week"
    return grains[(grains.index(grain) + 1) % len(grains)]
