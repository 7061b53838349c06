"""Nothing that shapes the view is hidden: whatever the state, it stands in the header, at every width, in both languages and in ASCII."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from render_samples import TODAY, header, overview

from kpi_core.pages import Header, Overdue
from kpi_core.render.arrange import unseen_sorts
from kpi_core.render.clean import to_ascii
from kpi_core.render.format import Formatter
from kpi_core.render.header import VIEW_TITLES, crumb_parts, header_lines, suggested_name
from kpi_core.render.text import cell_width, plain
from kpi_core.view import SHAPES, VIEWS, ZOOMS, Filter, Sort, ViewState

TITLES = {"channel": "Channel", "store": "Store", "category": "Category", "product": "Product"}
MEMBERS = ("Lyon Part-Dieu", "web", "Zoé & Fils", "漢字かな", "x" * 90, "a › b", "Ma: rie")
FILTERS = st.builds(Filter, st.sampled_from(sorted(TITLES)), st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=5).map(tuple), st.booleans())
STATES = st.builds(
    ViewState,
    view=st.sampled_from(VIEWS),
    where=st.lists(FILTERS, max_size=5).map(tuple),
    compare=st.sampled_from(("none", "last_year", "previous")),
    search=st.sampled_from(("", "lyon", "!kids", "gap < -3", "y" * 200)),
    basis=st.lists(st.sampled_from(("by sale date", "credit to the last touch")), max_size=2, unique=True).map(tuple),
    against=st.sampled_from(("", "target", "compare")),
    near=st.booleans(),
    marks=st.lists(st.sampled_from("abc"), max_size=3, unique=True).map(tuple),
    shape=st.sampled_from(SHAPES),
    zoom=st.sampled_from(ZOOMS),
    moves=st.sampled_from(((), (("orders", "5"),), (("orders", "5"), ("aov", "-2")))),
)
EVERYTHING = ViewState(
    "gaps",
    where=tuple(Filter(dim, MEMBERS, True) for dim in TITLES),
    search="lyon",
    basis=("by sale date", "credit to the last touch"),
    against="target",
    near=True,
    marks=("a", "b"),
    zoom="full",
)


def shown(state: ViewState) -> Header:
    crumbs = tuple((TITLES[step.dim], ("not " if step.exclude else "") + ", ".join(str(value) for value in step.values)) for step in state.where)
    whole = header(state=state, crumbs=crumbs, basis=state.basis)
    return whole if state.compare != "none" else header(state=state, crumbs=crumbs, basis=state.basis, compare=None)


def expected(state: ViewState, fmt: Formatter, width: int) -> list[str]:
    """What must be read, in words of its own: not asked from the code that draws it."""
    french = fmt.lang == "fr"
    texts = [fmt.t(VIEW_TITLES[state.view])[:4]]
    for step in state.where:
        texts.append(TITLES[step.dim] + ":")
        if len(step.values) > 1 and len(", ".join(map(str, step.values))) > width:
            texts.append(f"({len(step.values)})")
    if state.search:
        texts.append("/" + state.search[: min(len(state.search), 20)])
    texts += [name[:20] for name in state.basis]
    if state.compare != "none":
        texts.append("vs")
    if state.against:
        texts.append("écart à" if french else "gap to the")
    if state.near and state.view == "gaps":
        texts.append("proches" if french else "near")
    if state.marks:
        texts.append(f"{len(state.marks)} marqué" if french else f"{len(state.marks)} marked")
    if state.moves and state.view == "whatif":
        texts.append(f"{len(state.moves)} levier" if french else f"{len(state.moves)} driver")
    if state.shape and state.view == "trend":
        texts.append({"periods": "périodes", "hours": "heures", "cohorts": "cohortes"}[state.shape] if french else state.shape)
    if state.zoom:
        texts.append("volet" if french else "pane")
    return texts


@settings(max_examples=250, deadline=None)
@given(STATES, st.integers(40, 200), st.sampled_from(("en", "fr")), st.booleans(), st.booleans(), st.sampled_from(((), ("▾ GAP", "▴ KPI"))))
@example(EVERYTHING, 40, "fr", False, True, ("▾ GAP",))
@example(EVERYTHING, 80, "en", True, True, ("▾ GAP",))
def test_nothing_that_shapes_the_view_is_hidden(state: ViewState, width: int, lang: str, ascii_only: bool, read_only: bool, sorts: tuple[str, ...]) -> None:
    fmt = Formatter(lang, ascii_only)
    lines = [plain(line) for line in header_lines(shown(state), fmt, width, TODAY, sorts=sorts, read_only=read_only)]
    assert {cell_width(line) for line in lines} == {width}
    text = "\n".join(lines)
    texts = [*expected(state, fmt, width), *sorts]
    if read_only:
        texts.append("LECTURE SEULE" if lang == "fr" else "READ-ONLY")
    for wanted in texts:
        assert (to_ascii(wanted) if ascii_only else wanted) in text, f"{wanted!r} is not in\n{text}"


@settings(max_examples=100, deadline=None)
@given(STATES, st.integers(40, 200), st.sampled_from(("en", "fr")), st.booleans(), st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=5, unique=True))
@example(EVERYTHING, 40, "fr", True, list(MEMBERS))
@example(EVERYTHING, 80, "fr", False, ["Lyon Part-Dieu", "x" * 90])
def test_the_scope_of_who_asks_is_never_hidden(state: ViewState, width: int, lang: str, ascii_only: bool, stores: list[str]) -> None:
    fmt = Formatter(lang, ascii_only)
    limited = replace(shown(state), scope=(Filter("store", tuple(stores)),), scope_text=", ".join(stores))
    lines = [plain(line) for line in header_lines(limited, fmt, width, TODAY)]
    assert {cell_width(line) for line in lines} == {width}
    text, whole = "\n".join(lines), fmt.t("scope: {names}", names=", ".join(stores))
    told = (to_ascii(whole) if ascii_only else whole) in text
    wanted = [whole] if told or cell_width(whole) <= max(12, width - 2) - 1 else [whole[:10], f"({len(stores)})"]
    for part in (*wanted, *expected(state, fmt, width)):
        assert (to_ascii(part) if ascii_only else part) in text, f"{part!r} is not in\n{text}"


LATE = (Overdue("Stores", date(2026, 10, 29), 1, date(2026, 10, 31)), Overdue("Square - items", date(2026, 10, 30), 0, date(2026, 10, 31)))


@settings(max_examples=100, deadline=None)
@given(STATES, st.integers(40, 200), st.sampled_from(("en", "fr")), st.booleans(), st.integers(1, 2))
@example(EVERYTHING, 40, "fr", True, 2)
def test_a_late_source_is_told_and_hides_nothing(state: ViewState, width: int, lang: str, ascii_only: bool, count: int) -> None:
    fmt = Formatter(lang, ascii_only)
    before = header_lines(shown(state), fmt, width, TODAY)
    late = replace(shown(state), freshness=replace(shown(state).freshness, overdue=LATE[:count]))
    after = [plain(line) for line in header_lines(late, fmt, width, TODAY)]
    assert {cell_width(line) for line in after} == {width} and len(after) <= len(before) + 1
    words = set(" ".join(plain(line) for line in before).split())
    assert words <= set(" ".join(after).split()), "what was there is there still"
    text = "! Stores en retard : dernier jour 29/10" if lang == "fr" else "! Stores late: last day 29 Oct"
    assert (to_ascii(text) if ascii_only else text)[: width - 4] in "\n".join(after)
    assert count == 1 or width < 60 or ("1 autre" if lang == "fr" else "1 more late") in "\n".join(after)


@pytest.mark.parametrize(("lang", "width", "line"), [
    ("en", 80, " ! Stores late: last day 29 Oct"),
    ("fr", 80, " ! Stores en retard : dernier jour 29/10"),
    ("en", 160, " 1 Overview  2 Explore  3 Gaps  4 Trend  5 What-if  6 Data "),
])  # fmt: skip
def test_the_line_of_a_late_source(lang: str, width: int, line: str) -> None:
    late = replace(shown(ViewState()), freshness=replace(shown(ViewState()).freshness, overdue=LATE[:1]))
    last = plain(header_lines(late, Formatter(lang), width, TODAY)[-1])
    assert last.startswith(line) and "29" in last


@given(STATES, st.integers(40, 200))
def test_every_step_of_the_crumb_is_there_with_the_beginning_of_its_members(state: ViewState, width: int) -> None:
    text = "\n".join(plain(line) for line in header_lines(shown(state), Formatter("en"), width, TODAY))
    for part in crumb_parts(shown(state), Formatter("en"), width - 2)[1:]:
        assert part in text, f"{part!r} is not in\n{text}"


def test_two_lines_are_enough_for_what_is_usual() -> None:
    for width in (80, 120, 160):
        assert len(header_lines(shown(ViewState("explore", where=(Filter("channel", ("web",)),), search="lyon")), Formatter("en"), width, TODAY)) == 2


def test_many_members_are_counted_where_they_are_cut() -> None:
    state = ViewState(where=(Filter("store", MEMBERS[:4] * 3),))
    line = plain(header_lines(shown(state), Formatter("en"), 60, TODAY)[-1])
    assert line.strip().startswith("Store: Lyon Part-Dieu") and line.rstrip().endswith("… (12)")


@pytest.mark.parametrize(("width", "told"), [(40, ("▾ vs LY",)), (160, ()), (None, ("▾ vs LY", "▴ KPI"))])
def test_a_sort_key_is_told_where_no_title_carries_it(width: int | None, told: tuple[str, ...]) -> None:
    assert unseen_sorts(overview(), Formatter("en"), Sort("delta", True, (("kpi", False),)), width) == told
    assert unseen_sorts(overview(), Formatter("en"), Sort(), width) == ()


def test_a_bookmarks_name_says_kpi_filters_and_a_fixed_period() -> None:
    state = ViewState("explore", where=(Filter("store", ("Lyon",)),), period="2026-W44")
    assert suggested_name(shown(state), Formatter("en"), "Average order value") == "Average order value · Store: Lyon · W44 26 Oct–1 Nov"
    assert suggested_name(shown(ViewState()), Formatter("fr")) == "Synthèse"
