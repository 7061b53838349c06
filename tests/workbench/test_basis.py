"""Other ways of counting, and what KPIs over customers say of those whom nobody knows; on the sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from kpi_core.config.decode import decode
from kpi_core.config.model import KpiFile
from kpi_core.config.shipped import shipped
from kpi_core.config.yaml import load_yaml
from kpi_core.engine import basis
from kpi_core.engine.catalogue import Catalogue
from kpi_core.errors import ConfigError, UsageError
from kpi_core.pages import GapStatus, RowKind, rows_of
from kpi_core.view import Filter, ViewState
from kpi_core.workbench import Workbench

KPIS = shipped("config") / "kpis.yaml"
OCTOBER = ViewState(view="explore", period="2026-10")
OVERVIEW = ViewState(period="2026-10")
BY_SALE = ("by_sale",)


@pytest.fixture(scope="module")
def bench(sample_workspace: Path) -> Iterator[Workbench]:
    with Workbench.open(sample_workspace, lang="en") as opened:
        yield opened


def test_under_a_basis_a_kpi_is_its_variant_and_keeps_its_id_and_target(bench: Workbench) -> None:
    usual = bench.explore(replace(OCTOBER, kpi="return_rate"))
    other = bench.explore(replace(OCTOBER, kpi="return_rate", basis=BY_SALE))
    variant = bench.explore(replace(OCTOBER, kpi="return_rate_by_sale"))
    assert other.kpi.id == "return_rate" and other.kpi.name == variant.kpi.name != usual.kpi.name
    assert other.total.value.number == variant.total.value.number != usual.total.value.number
    assert [(row.label, row.value.number) for row in other.rows] == [(row.label, row.value.number) for row in variant.rows]
    assert [point.value.number for point in other.trend] == [point.value.number for point in variant.trend]
    assert other.total.target == usual.total.target is not None and variant.total.target is None
    assert other.header.basis == ("returns by sale date",) and not usual.header.basis
    assert usual.header.bases == BY_SALE == other.header.bases


def test_what_a_basis_does_not_speak_of_stays_as_it_is(bench: Workbench) -> None:
    usual = {row.kpi.id: row for row in rows_of(bench.overview(OVERVIEW))}
    page = bench.overview(replace(OVERVIEW, basis=BY_SALE))
    moved = {row.kpi.id for row in rows_of(page) if row != usual[row.kpi.id]}
    assert moved == {"net_sales", "return_rate", "return_rate_value"}
    assert page.header.bases == ("by_sale", "first_touch", "last_touch", "position", "decay")


@pytest.mark.parametrize("name", ["first_touch", "last_touch", "position", "decay"])
def test_every_attribution_gives_away_the_same_revenue_once(bench: Workbench, name: str) -> None:
    linear = bench.explore(replace(OCTOBER, kpi="attributed_revenue", by="source"))
    page = bench.explore(replace(OCTOBER, kpi="attributed_revenue", by="source", basis=(name,)))
    values = {row.label: row.value.number for row in page.rows}
    assert page.total.value.number == linear.total.value.number == sum(value for value in values.values() if value is not None)
    assert values != {row.label: row.value.number for row in linear.rows}


def test_the_definition_says_which_way_it_counts(bench: Workbench) -> None:
    lines = dict(bench.definition(replace(OCTOBER, kpi="return_rate", basis=BY_SALE)).lines)
    assert lines["Way of counting"] == "returns by sale date · on"
    assert "units_returned_by_sale" in bench.definition(replace(OCTOBER, kpi="return_rate", basis=BY_SALE)).sql
    assert dict(bench.definition(replace(OCTOBER, kpi="return_rate")).lines)["Way of counting"] == "returns by sale date"


def test_an_unknown_basis_names_the_nearest(bench: Workbench) -> None:
    with pytest.raises(UsageError) as error:
        bench.overview(replace(OVERVIEW, basis=("by_sal",)))
    assert "by_sal" in str(error.value.what) and "by_sale" in str(error.value.hint)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("variants: {by_sale: return_rate_by_sale}", "variants: {by_sail: return_rate_by_sale}", "by_sail"),
        ("variants: {by_sale: return_rate_by_sale}", "variants: {by_sale: return_rate_by_sail}", "by_sale"),
    ],
)
def test_a_variant_must_name_a_basis_and_a_kpi(tmp_path: Path, old: str, new: str, key: str) -> None:
    path = tmp_path / "kpis.yaml"
    path.write_text(KPIS.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        Catalogue.read(load_yaml(path))
    assert error.value.where is not None and error.value.where.line and f"variants.{key}" in str(error.value.where)
    assert "by_sale" in str(error.value.hint)


def test_where_two_bases_speak_of_one_kpi_the_last_wins() -> None:
    known = Catalogue.build(decode(load_yaml(KPIS), KpiFile))
    assert basis.variants(known, ("first_touch", "decay")) == {"roas": "roas_decay", "attributed_revenue": "attributed_decay"}
    assert basis.under(known, ()) is known


def test_customers_nobody_knows_are_counted(bench: Workbench) -> None:
    page = bench.explore(replace(OCTOBER, kpi="purchase_frequency"))
    rows = bench.desk.reader.execute("select count(*), count(customer_key) from orders where day between date '2026-10-01' and date '2026-10-31'")
    share = 1 - Fraction(rows[0][1], rows[0][0])
    assert page.note is not None and f"{float(share) * 100:.1f}" in bench.desk.fmt.t(page.note)
    lines = dict(bench.definition(replace(OCTOBER, kpi="clv")).lines)
    assert "without a known customer" in lines["Not seen"]  # of all orders so far, though the KPI's own table has customers only
    assert bench.explore(replace(OCTOBER, kpi="revenue")).note is None


def test_too_few_known_customers_are_not_judged(bench: Workbench) -> None:
    """A till in a pop-up asks hardly anybody for a card: its multichannel rate says nothing of its visitors."""
    page = bench.explore(replace(OCTOBER, kpi="multichannel_use", by="channel"))
    members = {row.key: row for row in page.rows if row.kind is RowKind.MEMBER}
    assert members["popup"].gap.status is GapStatus.FEW and members["web"].value.enough
    alone = bench.explore(replace(OCTOBER, kpi="multichannel_use", where=(Filter("channel", ("popup",)),)))
    assert alone.total.gap.status is GapStatus.FEW


def test_the_best_customers_are_a_short_list_under_codes(bench: Workbench) -> None:
    page = bench.explore(replace(OCTOBER, kpi="customer_orders", by="customer"))
    members = [row for row in page.rows if row.kind is RowKind.MEMBER]
    numbers = [row.value.number for row in members]
    assert len(members) == 200 and page.hidden > 1000 and numbers == sorted(numbers, key=lambda number: -float(number or 0))
    assert not any("@" in row.label for row in members)
    first = members[0]
    below = bench.records(replace(OCTOBER, kpi="customer_orders", where=(Filter("customer", (first.key,)),)))
    assert below.total == first.value.number
