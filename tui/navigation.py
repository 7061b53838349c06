"""Where a key leads: pure functions from a state (and the page on screen) to the next state, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kpi_core.errors import said
from kpi_core.pages import ExplorePage
from kpi_core.view import Sort, ViewState

COMPARE_CYCLE = ("last_year", "previous", "none")
LISTS = (  # ranked lists by name: KPI, dimension, title
    ("revenue", "product", said("Best products")),
    ("customer_sales", "customer", said("Best customers")),
    ("customer_orders", "customer", said("Most loyal customers")),
)
GRAINS = ("day", "week", "month", "quarter", "year")


def asked(state: ViewState) -> ViewState:
    """The part of a state that changes the numbers: cursor, row filter and sort are the screen's own and ask nothing."""
    return replace(state, search="", at=None, sort=Sort(), near=False, moves=(), marks=(), pane="", zoom="")


def to_view(state: ViewState, view: str) -> ViewState:
    """The same crumbs and period in another view, with a fresh cursor and row filter."""
    if state.view == view:
        return state
    return replace(state, view=view, search="", at=None, sort=Sort(), by=None, moves=(), marks=(), pane="", zoom="")


def into(state: ViewState, page: ExplorePage | None, key: str) -> ViewState | None:
    """What Enter opens: the KPI of a scorecard row, or the member of a break-down. None: nothing lies below (the records are next)."""
    if state.view == "overview":
        return replace(state, view="explore", kpi=key, by=None, search="", at=None, sort=Sort())
    if page is None or page.by is None:
        return None
    # keys on screen are text; the member without a value is '' there and None in a filter
    return replace(state.only(page.by.id, key or None), by=None, kpi=page.kpi.id)


def parent(state: ViewState) -> ViewState | None:
    """One level up, the cursor on what was left; None at the top."""
    if state.view == "whatif":
        return replace(state, view="explore", search="", at=None, sort=Sort(), moves=())
    if state.view == "data":
        return replace(state, view="overview", search="", at=None, sort=Sort(), by=None)
    if state.where:
        last = state.where[-1]
        at = "" if last.values[:1] == (None,) else last.values[0]
        return replace(state.up(), by=last.dim if state.view == "explore" else None, at=at if state.view == "explore" else state.at)
    if state.view in ("explore", "gaps"):
        return replace(state, view="overview", by=None, search="", at=state.kpi, sort=Sort())
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


def next_dimension(page: ExplorePage) -> str | None:
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


@dataclass
class History:
    """States seen, newest last, as in a browser: going somewhere new forgets what lay ahead."""

    past: list[ViewState] = field(default_factory=list)
    ahead: list[ViewState] = field(default_factory=list)
    limit: int = 200

    def leave(self, state: ViewState) -> None:
        self.past.append(state)
        del self.past[: -self.limit]
        self.ahead.clear()

    def back(self, state: ViewState) -> ViewState | None:
        """The state before; `state` (as it is being left) goes ahead."""
        if not self.past:
            return None
        self.ahead.append(state)
        return self.past.pop()

    def forward(self, state: ViewState) -> ViewState | None:
        if not self.ahead:
            return None
        self.past.append(state)
        return self.ahead.pop()
