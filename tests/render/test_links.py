"""A link is a state: both ways, and nothing a user may paste breaks it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_core.links import from_link, same, to_link
from kpi_core.view import COMPARISONS, SHAPES, VIEWS, ZOOMS, Filter, Sort, ViewState

IDS = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
FILTERS = st.builds(Filter, IDS, st.lists(st.none() | TEXTS, min_size=1, max_size=4).map(tuple), st.booleans())
STATES = st.builds(
    ViewState,
    view=st.sampled_from(VIEWS),
    kpi=st.none() | IDS,
    by=st.none() | IDS,
    where=st.lists(FILTERS, max_size=4).map(tuple),
    period=st.sampled_from(["latest:week", "2026-W44", "2026-10-01..2026-10-07", "mtd"]),
    compare=st.sampled_from(COMPARISONS),
    basis=st.lists(IDS, max_size=3, unique=True).map(tuple),
    against=st.sampled_from(["", "target", "compare"]),
    moves=st.dictionaries(IDS, st.from_regex(r"[-+]?[0-9]{1,4}(\.[0-9]{1,4})?", fullmatch=True), max_size=3).map(lambda found: tuple(found.items())),
    near=st.booleans(),
    marks=st.lists(TEXTS, max_size=3, unique=True).map(tuple),
    shape=st.sampled_from(SHAPES),
    pane=st.just("") | IDS,
    zoom=st.sampled_from(ZOOMS),
    sort=st.lists(st.tuples(IDS, st.booleans()), max_size=3, unique_by=lambda key: key[0]).flatmap(
        lambda keys: st.builds(Sort, st.just(keys[0][0]), st.just(keys[0][1]), st.just(tuple(keys[1:]))) if keys else st.builds(Sort, st.just(""), st.booleans())
    ),
    search=TEXTS,
    at=st.none() | TEXTS,
)


@given(STATES)
def test_a_state_survives_its_link(state: ViewState) -> None:
    assert from_link(to_link(state)) == (state, ())


@given(STATES)
def test_links_are_plain_ascii_words(state: ViewState) -> None:
    link = to_link(state)
    assert link.isascii()
    assert not any(c.isspace() or c in "\"'`\\<>|" for c in link)


@given(st.text() | st.text().map("omnigap://explore?".__add__) | TEXTS.map("omnigap://?f=".__add__))
def test_any_text_gives_a_state(text: str) -> None:
    state, _ = from_link(text)
    assert from_link(to_link(state)) == (state, ())


def test_the_documented_link() -> None:
    state, problems = from_link("omnigap://explore?kpi=aov&by=category&f=channel:store;store:!Lyon&tr=2026-W44&cmp=last_year&sort=-gap&q=lyon&at=shoes")
    assert problems == ()
    assert state == ViewState(
        "explore", "aov", "category", (Filter("channel", ("store",)), Filter("store", ("Lyon",), True)), "2026-W44", "last_year", Sort("gap"), "lyon", "shoes"
    )


def test_a_member_without_a_value_is_not_the_text_of_one() -> None:
    none, tilde = (to_link(ViewState(where=(Filter("store", (v,)),))) for v in (None, "~"))
    assert none.endswith("f=store:~")
    assert none != tilde


@pytest.mark.parametrize(
    ("link", "fragment"),
    [
        ("omnigap://gapz", "no view gapz"),
        ("omnigap://explore?kpi=A;drop", "A;drop"),
        ("omnigap://overview?f=store", "dimension:value"),
        ("omnigap://overview?cmp=never", "not a comparison"),
        ("omnigap://overview?colour=red", "colour"),
        ("omnigap://overview?kpi=a&kpi=b", "twice"),
        ("http://example.org/", "not an omnigap link"),
        ("omnigap://overview?tr=" + "9" * 100, "period"),
        ("x" * 9000, "too long"),
    ],
)
def test_bad_links_say_what_was_wrong(link: str, fragment: str) -> None:
    state, problems = from_link(link)
    assert any(fragment in str(problem) for problem in problems)
    assert state.view in VIEWS


def test_the_rest_of_a_bad_link_still_counts() -> None:
    state, problems = from_link("omnigap://explore?kpi=aov&f=store:Lyon;???&cmp=x")
    assert (state.kpi, state.where, len(problems)) == ("aov", (Filter("store", ("Lyon",)),), 2)


def test_same_ignores_the_cursor() -> None:
    assert same(ViewState(at="a"), ViewState(at="b"))
    assert not same(ViewState(kpi="a"), ViewState(kpi="b"))
