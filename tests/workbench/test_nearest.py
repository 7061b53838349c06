"""A state from outside always opens: what its names lack is left out and said, and the page comes or says why not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_core.errors import OmnigapError
from kpi_core.links import from_link, to_link
from kpi_core.render.format import Formatter
from kpi_core.view import COMPARISONS, SHAPES, VIEWS, Filter, Sort, ViewState
from kpi_core.workbench import Workbench
from tui.cli.report import page_of

WRONG = st.sampled_from(("avo", "moon", "x" * 60, "select", "zzz"))
MEMBERS = {"store": ("Lyon Part-Dieu", "Nantes"), "channel": ("store", "web"), "category": ("Shoes",), "network": ("instagram",)}
VALUES = st.none() | st.sampled_from([value for values in MEMBERS.values() for value in values]) | st.text(max_size=6)
STATES = st.builds(
    ViewState,
    view=st.sampled_from(VIEWS),
    kpi=st.none() | st.sampled_from(("aov", "revenue", "nps", "conversion_rate", "stock_turnover", "sales_growth")) | WRONG,
    by=st.none() | st.sampled_from((*MEMBERS, "product", "customer", "device")) | WRONG,
    where=st.lists(
        st.builds(Filter, st.sampled_from(sorted(MEMBERS)) | WRONG, st.lists(VALUES, min_size=1, max_size=3).map(tuple), st.booleans()), max_size=3
    ).map(tuple),
    period=st.sampled_from(("latest:week", "2026-10", "2026-W99", "soon", "1900", "2026-10-01..2026-10-07", "ytd")),
    compare=st.sampled_from(COMPARISONS),
    basis=st.lists(st.sampled_from(("by_sale", "first_touch", "constant_currency", "by_moon")), max_size=2, unique=True).map(tuple),
    against=st.sampled_from(("", "target", "compare")),
    near=st.booleans(),
    marks=st.lists(st.text(max_size=4), max_size=2, unique=True).map(tuple),
    shape=st.sampled_from(SHAPES),
    moves=st.sampled_from(((), (("orders", "5"),), (("moon", "5"),))),
    sort=st.sampled_from((Sort(), Sort("gap"), Sort("moon", False, (("kpi", True),)))),
    search=st.text(max_size=4),
    at=st.none() | st.text(max_size=4),
)


@pytest.fixture(scope="module")
def bench(sample_workspace: Path) -> Workbench:
    return Workbench.open(sample_workspace)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STATES)
def test_any_state_gives_a_page_or_a_message(bench: Workbench, state: ViewState) -> None:
    near, told = bench.nearest(from_link(to_link(state))[0])
    assert bool(told) == (near != state), (near, told)
    assert all(Formatter("fr").t(message) for message in told)
    assert bench.nearest(near) == (near, ())
    try:
        assert page_of(bench, near).header.state.period == near.period
    except OmnigapError as error:
        assert str(error.what)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STATES)
def test_what_is_kept_was_asked_for(bench: Workbench, state: ViewState) -> None:
    near, _ = bench.nearest(state)
    assert near.kpi in (state.kpi, None) and near.by in (state.by, None)
    assert all(any(step.dim == own.dim and step.exclude == own.exclude and set(step.values) <= set(own.values) for own in state.where) for step in near.where)
    assert set(near.basis) <= set(state.basis)
    assert replace(near, kpi=None, by=None, where=(), view="", period="", compare="", basis=(), moves=(), shape="") == replace(
        state, kpi=None, by=None, where=(), view="", period="", compare="", basis=(), moves=(), shape=""
    )


def test_a_state_in_order_is_left_alone(bench: Workbench) -> None:
    state = ViewState("explore", "aov", "category", (Filter("store", ("Lyon Part-Dieu", None)), Filter("channel", ("web",), True)), "2026-10", "previous")
    assert bench.nearest(state) == (state, ())


def test_a_member_that_only_kpis_yaml_names_is_known(bench: Workbench) -> None:
    known = bench.desk.catalogue.dimension("channel").values
    state = ViewState(where=(Filter("channel", tuple(known)),))
    assert known and bench.nearest(state) == (state, ())
