"""What can be named: members by a part of their name on the sample, and the names of KPIs and dimensions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kpi_core.errors import UsageError
from kpi_core.view import ViewState
from kpi_core.workbench import Workbench
from tests.shop import loaded_sample

HERE = ViewState()


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    with Workbench.open(loaded_sample(), "fr") as opened:
        yield opened


@pytest.mark.parametrize(
    ("dim", "text", "first"),
    [
        ("store", "lyon", "Lyon Part-Dieu"),
        ("store", "part dieu", "Lyon Part-Dieu"),
        ("store", "DIEU", "Lyon Part-Dieu"),
        ("store", "entrepot", "Entrepôt Orléans"),
        ("channel", "site", "web"),
        ("channel", "web", "web"),
        ("product", "echarpe aurore", "Écharpe Aurore"),
    ],
)
def test_members_are_found_by_words_case_and_accents_aside(bench: Workbench, dim: str, text: str, first: str) -> None:
    assert bench.members(HERE, dim, text).found[0].key == first


def test_what_begins_so_stands_first_and_the_rest_is_counted(bench: Workbench) -> None:
    found = bench.members(HERE, "product", "e", 5)
    assert len(found.found) == 5 and found.more
    assert bench.members(HERE, "store", "", 50).more is False
    starts = [one.label.startswith(("L", "l")) for one in bench.members(HERE, "store", "l").found]
    assert starts == sorted(starts, reverse=True) and True in starts


def test_a_member_that_is_not_there_has_the_nearest_name(bench: Workbench) -> None:
    found = bench.members(HERE, "store", "Lyon Part-Dieux")
    assert (found.found, found.near) == ((), "Lyon Part-Dieu")
    assert bench.members(HERE, "store", "'; drop table sale; --").found == ()
    assert bench.members(HERE, "store", "%").found == ()


def test_codes_are_found_only_where_the_data_hold_them(bench: Workbench) -> None:
    named = {one.key for one in bench.members(HERE, "channel", "").found}
    assert {one.key for one in bench.members(HERE, "channel", "a").found} <= named


def test_an_unknown_dimension_is_an_error(bench: Workbench) -> None:
    with pytest.raises(UsageError):
        bench.members(HERE, "stoer", "lyon")


def test_names_in_the_readers_language_and_in_all_others(bench: Workbench) -> None:
    names = bench.names()
    assert [one.id for one in names.kpis[:2]] == list(bench.desk.catalogue.groups[0].kpis[:2]), "as the overview has them"
    assert {one.id for one in names.kpis} == set(bench.desk.catalogue.kpis)
    aov = next(one for one in names.kpis if one.id == "aov")
    assert aov.title == "Panier moyen" and "Average order value" in aov.names
    assert next(one for one in names.dims if one.id == "store").names == ("store", "Magasin", "Store", "Magasin")
