"""The command line's language: words in any order, both languages, what is wrong, what it may go on with."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_core.pages import Member, Members, Name
from kpi_core.view import Filter, ViewState
from tui.finding.completing import index, suggestions
from tui.finding.line import Known, Reading, read

STORES = ("Lyon Part-Dieu", "Lyon Bellecour", "Lille Centre", "Saint-Étienne", "Nantes 2026")
MEMBERS = {"store": STORES, "channel": ("web", "store"), "category": ("Shoes", "Bags")}
KNOWN = Known(
    kpis=(
        Name("revenue", "Chiffre d'affaires", ("Revenue", "CA")),
        Name("aov", "Panier moyen", ("Average order value", "AOV")),
        Name("conversion", "Taux de conversion", ("Conversion rate",)),
        Name("conversion_web", "Taux de conversion web", ("Web conversion",)),
    ),
    dims=(Name("store", "Magasin", ("Store",)), Name("channel", "Canal", ("Channel",)), Name("category", "Catégorie", ("Category",))),
    views=(
        Name("overview", "Synthèse", ("Overview",)),
        Name("explore", "Explorer"),
        Name("gaps", "Écarts", ("Gaps",)),
        Name("whatif", "Simuler", ("What-if",)),
    ),
    lists=(Name("revenue:product", "Meilleurs produits", ("Best products",)),),
    commands=(Name("refresh", "Redemander"), Name("theme", "Sombre ou clair"), Name("quit", "Quitter tout de suite")),
    bookmarks={"monday": ViewState(), "Lundi matin": ViewState(view="gaps", compare="previous")},
    last_day=date(2026, 10, 31),
)
HERE = ViewState(period="2026-W44")


def lookup(dim: str, text: str) -> Members:
    import unicodedata

    def bare(name: str) -> str:
        return "".join(c for c in unicodedata.normalize("NFD", name.lower()) if not unicodedata.combining(c))

    found = tuple(Member(name, name) for name in MEMBERS[dim] if all(word in bare(name) for word in bare(text).split()))
    return Members(dim, text, found, near="Lyon Part-Dieu" if not found and text.startswith("ly") else "")


def of(text: str, state: ViewState = HERE) -> Reading:
    return read(text, state, KNOWN, lookup)


def state(text: str, before: ViewState = HERE) -> ViewState:
    reading = of(text, before)
    assert reading.state is not None, (text, str(reading.trouble), reading)
    return reading.state


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("aov", {"view": "explore", "kpi": "aov"}),
        ("panier moyen", {"view": "explore", "kpi": "aov"}),
        ("AVERAGE order value", {"view": "explore", "kpi": "aov"}),
        ("ca", {"kpi": "revenue"}),
        ("gaps", {"view": "gaps"}),
        ("ecarts", {"view": "gaps"}),
        ("store lyon", {"view": "overview", "where": (Filter("store", ("Lyon Part-Dieu",)),)}),
        ("magasin étienne", {"where": (Filter("store", ("Saint-Étienne",)),)}),
        ("store saint etienne", {"where": (Filter("store", ("Saint-Étienne",)),)}),
        ("store !lille", {"where": (Filter("store", ("Lille Centre",), exclude=True),)}),
        ('store "Lyon Bellecour" aov', {"kpi": "aov", "where": (Filter("store", ("Lyon Bellecour",)),)}),
        ('store "Nantes 2026"', {"where": (Filter("store", ("Nantes 2026",)),), "period": "2026-W44"}),
        ("2026-Q3 yoy", {"period": "2026-Q3", "compare": "last_year"}),
        ("last month", {"period": "last month"}),
        ("mois dernier prec", {"period": "mois dernier", "compare": "previous"}),
        ("8 dernières semaines", {"period": "8 dernières semaines"}),
        ("last year", {"period": "last year", "compare": "last_year"}),
        ("this month vs last year", {"period": "this month", "compare": "last_year"}),
        ("ytd contre n-1", {"period": "ytd", "compare": "last_year"}),
        ("none", {"compare": "none"}),
        ("sans comparaison", {"compare": "none"}),
        ("aov store lyon 2026-Q3 yoy", {"view": "explore", "kpi": "aov", "where": (Filter("store", ("Lyon Part-Dieu",)),), "period": "2026-Q3"}),
        ("2026-Q3 store lyon yoy aov", {"view": "explore", "kpi": "aov", "where": (Filter("store", ("Lyon Part-Dieu",)),), "period": "2026-Q3"}),
        ("aov by store", {"kpi": "aov", "by": "store", "where": ()}),
        ("aov par magasin 2026", {"kpi": "aov", "by": "store", "period": "2026"}),
        ("aov stores", {"kpi": "aov", "by": "store"}),
        ("channel store", {"where": (Filter("channel", ("store",)),)}),
        ("channel web store lyon", {"where": (Filter("channel", ("web",)), Filter("store", ("Lyon Part-Dieu",)))}),
        ("best products", {"view": "explore", "kpi": "revenue", "by": "product"}),
        ("@lundi matin", {"view": "gaps", "compare": "previous"}),
        ("@lundi matin 2026-Q3", {"view": "gaps", "period": "2026-Q3", "compare": "previous"}),
        ("explore aov", {"view": "explore", "kpi": "aov"}),
        ("store ly", {"where": (Filter("store", ("Lyon Part-Dieu",)),)}),
        ("aov store yoy", {"by": "store", "compare": "last_year"}),
        ("cat shoes", {"where": (Filter("category", ("Shoes",)),)}),
    ],
)
def test_words_become_a_state(text: str, fields: dict[str, object]) -> None:
    found = state(text)
    assert {name: getattr(found, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("text", "command"), [("q", "quit"), (":q"[1:] + "!", "quit"), ("quitter", "quit"), ("refresh", "refresh"), ("sombre ou clair", "theme")]
)
def test_a_command_by_its_id_or_title(text: str, command: str) -> None:
    assert of(text).command == command


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("aovv", "aovv · did you mean aov"),
        ("aov zzzz", "not understood: zzzz"),
        ("store lyonn", "Magasin has no lyonn · did you mean Lyon Part-Dieu"),
        ("2026-Q33", "2026-Q3"),
        ("@mardi", "not understood: @mardi"),
        ("explore", "of which KPI"),
        ("store", "of which KPI"),
    ],
)
def test_what_is_not_understood_is_said_with_the_nearest(text: str, words: str) -> None:
    found = of(text)
    assert not found.done and words in str(found.trouble)


def test_a_filter_takes_the_place_of_one_of_the_same_dimension_and_the_rest_stays() -> None:
    before = replace(HERE, where=(Filter("store", ("Lille Centre",)), Filter("channel", ("web",))), search="x", basis=("by_sale",))
    found = state("store bellecour", before)
    assert found.where == (Filter("channel", ("web",)), Filter("store", ("Lyon Bellecour",)))
    assert (found.search, found.basis) == ("", ("by_sale",))


def test_a_period_alone_keeps_the_cursor_and_the_filter() -> None:
    before = replace(HERE, view="explore", kpi="aov", search="lyon", at="Lyon Part-Dieu", marks=("a",))
    assert state("2026-10", before) == replace(before, period="2026-10")


def test_a_view_of_a_kpi_stays_when_another_kpi_is_named() -> None:
    assert state("ca", replace(HERE, view="whatif", kpi="aov")).view == "whatif"


def test_members_are_asked_for_and_nothing_is_guessed_before_the_answer() -> None:
    found = read("aov store lyon part", HERE, KNOWN, lambda dim, text: None)
    assert found.ask == ("store", "lyon part") and not found.done


def test_the_lines_of_the_keyboard_page_are_understood() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "keyboard.md").read_text(encoding="utf-8")
    table = page.partition("## The command line")[2].partition("\n## ")[0]
    found = [line for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE) for line in re.findall(r"`([^`]+)`", row)]
    assert len(found) >= 10
    assert [line for line in found if not of(line).done and line != "lyon"] == []


TEXTS = st.lists(
    st.sampled_from(["aov", "store", "lyon", "2026-Q3", "yoy", "vs", "by", '"', "!", "@", "gaps", "none", "zz", "last", "week", "..", " ", "é"]), max_size=8
)


@given(TEXTS)
def test_any_line_is_read_or_told(pieces: list[str]) -> None:
    found = of(" ".join(pieces))
    assert found.done or found.trouble is not None or found.ask is not None or not "".join(pieces).strip(' "!')
    assert 0 <= found.rest <= len(" ".join(pieces))


@given(st.text(max_size=30))
def test_any_text_is_read_or_told(text: str) -> None:
    of(text)


# ---------------------------------------------------------------- what a line may go on with


def lines(text: str) -> list[str]:
    entries = index(KNOWN, ("last week", "ytd"), (("yoy", "last year"), ("none", "no comparison")))
    reading = of(text)
    members = lookup(reading.dim, "" if reading.parts[-1:] and reading.parts[-1].kind == "by" else text[reading.rest :].strip(' !"')) if reading.dim else None
    return [one.line for one in suggestions(text, reading, entries, members)]


def test_suggestions_finish_the_last_words() -> None:
    assert lines("conv")[0] == "conversion"
    assert lines("panier m")[0] == "aov"
    assert lines("aov 2026-Q3 las")[0] == "aov 2026-Q3 last week"
    assert lines("red")[0] == "refresh"
    assert "aov refresh" not in lines("aov re")
    assert lines("@lun") == ["@Lundi matin"]


def test_after_a_dimension_its_members_are_suggested() -> None:
    assert lines("aov store lyon") == ['aov store "Lyon Part-Dieu"', 'aov store "Lyon Bellecour"']
    assert lines("store ") == [f'store "{name}"' if " " in name else f"store {name}" for name in STORES]
    assert lines("store !lille") == ['store !"Lille Centre"']


@pytest.mark.parametrize("text", ["conv", "ma", "aov st", "store ly", "", "20", "b"])
def test_every_suggestion_is_understood_or_asks_for_more(text: str) -> None:
    for line in lines(text):
        found = of(line)
        assert found.done or "KPI" in str(found.trouble), (line, found)
