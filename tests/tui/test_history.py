"""The way behind and ahead: large steps over pages, small ones over every change, one line for both."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tui_driver import opened

from kpi_core.view import Filter, Sort, ViewState
from tui.state.history import History
from tui.state.navigation import asked

STATES = st.builds(
    ViewState,
    view=st.sampled_from(("overview", "explore", "data")),
    kpi=st.none() | st.just("aov"),
    where=st.lists(st.builds(Filter, st.sampled_from(("channel", "store")), st.just(("x",))), max_size=2).map(tuple),
    sort=st.builds(Sort, st.sampled_from(("", "gap"))),
    search=st.text("ab", max_size=2),
    marks=st.lists(st.sampled_from("ab"), max_size=2, unique=True).map(tuple),
    at=st.none() | st.sampled_from("xy"),
    pane=st.sampled_from(("", "trend")),
    zoom=st.sampled_from(("", "full")),
)


def quiet(state: ViewState) -> ViewState:
    return replace(state, at=None, pane="")


def walked(states: list[ViewState]) -> tuple[History, list[ViewState]]:
    """The history after these states, and the changes it should know: plain lists as an oracle."""
    history, line = History(states[0]), [states[0]]
    for state in states[1:]:
        history.note(state)
        if quiet(state) == quiet(line[-1]):
            line[-1] = state
        else:
            line.append(state)
    return history, line


@given(st.lists(STATES, min_size=1, max_size=12))
def test_undo_and_redo_go_through_every_change_in_order(states: list[ViewState]) -> None:
    history, line = walked(states)
    for expected in reversed(line[:-1]):
        assert history.undo() == expected
    assert history.undo() is None and not history.can_undo
    for expected in line[1:]:
        assert history.redo() == expected
    assert history.redo() is None and not history.can_redo


@given(st.lists(STATES, min_size=1, max_size=12))
def test_back_and_forward_stop_where_a_page_was_left(states: list[ViewState]) -> None:
    history, line = walked(states)
    left = [state for place, state in enumerate(line) if place + 1 == len(line) or asked(line[place + 1]) != asked(state)]
    for expected in reversed(left[:-1]):
        assert history.can_back and history.back() == expected
    assert history.back() is None and not history.can_back
    for expected in left[1:]:
        assert history.can_forward and history.forward() == expected
    assert history.forward() is None and not history.can_forward


@given(st.lists(STATES, min_size=2, max_size=8), STATES)
def test_somewhere_new_forgets_what_lay_ahead(states: list[ViewState], new: ViewState) -> None:
    history, line = walked(states)
    if len(line) < 2 or quiet(new) == quiet(line[-2]):
        return
    history.undo()
    history.note(new)
    assert history.now == new and not history.can_redo
    assert history.undo() == line[-2]


def test_it_forgets_the_oldest_first() -> None:
    history = History(ViewState(period="2000"), most=3)
    for year in range(2001, 2010):
        history.note(ViewState(period=str(year)))
    assert [history.undo(), history.undo(), history.undo()] == [ViewState(period="2008"), ViewState(period="2007"), None]


def test_back_restores_filter_sort_cursor_period_and_zoom() -> None:
    async def journey() -> None:
        async with opened(state=ViewState(view="explore", kpi="aov", by="store")) as ui:
            await ui.press("less_than_sign", "right", "s", "slash")
            await ui.type("l")
            await ui.press("enter", "down")
            left = ui.app.main.here()
            assert left.search == "l" and left.sort.column and left.period != "latest:week" and left.at
            await ui.press("enter")
            ui.expect_crumb("Total › Store:").refuse("/l")
            assert (ui.state.search, ui.state.sort, ui.state.at) != (left.search, left.sort, left.at)
            for back, forward in (("minus", "alt+right"), ("alt+left", "right_square_bracket"), ("left_square_bracket", "alt+right")):
                deeper = ui.app.main.here()
                await ui.press(back)
                assert ui.app.main.here() == left
                ui.expect("/l").expect_crumb("Total  ")
                await ui.press(forward)
                assert asked(ui.app.main.here()) == asked(deeper)

    asyncio.run(journey())


def test_undo_takes_back_filter_sort_near_and_comparison_one_by_one() -> None:
    async def journey() -> None:
        async with opened(state=ViewState(view="gaps")) as ui:
            steps = [ui.state]
            for keys in (("c",), ("a",), ("right", "s")):
                await ui.press(*keys)
                steps.append(ui.state)
            await ui.press("slash")
            await ui.type("lyo")
            await ui.press("enter")
            assert ui.state.search == "lyo" and len({quiet(state) for state in steps}) == 4
            for expected in reversed(steps):
                await ui.press("u")
                assert quiet(ui.state) == quiet(expected)
            await ui.press("u")
            ui.expect("there is no change to undo")
            for expected in steps[1:]:
                await ui.press("ctrl+r")
                assert quiet(ui.state) == quiet(expected)
            await ui.press("ctrl+r")
            ui.expect("/lyo")
            await ui.press("ctrl+r")
            ui.expect("nothing was undone")

    asyncio.run(journey())
