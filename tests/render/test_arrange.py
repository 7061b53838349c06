"""The sort and the row filter of a state, in the app and in `report LINK` alike."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal

import pytest
from render_samples import explore, overview

from kpi_core.pages import ExplorePage, OverviewPage
from kpi_core.render.arrange import page_table
from kpi_core.render.format import Formatter
from kpi_core.render.report import report_csv, report_json
from kpi_core.view import Sort

EN = Formatter("en")


def with_state(page: ExplorePage | OverviewPage, search: str = "", sort: Sort | None = None) -> ExplorePage | OverviewPage:
    state = replace(page.header.state, search=search, sort=sort or Sort())
    return replace(page, header=replace(page.header, state=state))


def shown(page: ExplorePage | OverviewPage, width: int) -> list[str | None]:
    return [row.key for row in page_table(page, EN, width).rows if row.kind == "row"]


@pytest.mark.parametrize("width", [44, 80, 160])
def test_rows_come_in_the_order_of_the_state_even_where_its_column_has_no_room(width: int) -> None:
    page = with_state(explore(), sort=Sort("contribution", False))
    expected = [row.key for row in sorted((r for r in page.rows if r.key is not None), key=lambda r: Decimal(str(r.contribution)))]
    assert shown(page, width) == expected
    assert page_table(page, EN, width).rows[-1].kind == "total"


def test_a_number_is_compared_in_a_column_that_has_no_room() -> None:
    page = with_state(overview(), "delta > 2")
    assert shown(page, 60) == shown(page, 160)
    assert 0 < len(shown(page, 60)) < len(shown(overview(), 60))


@pytest.mark.parametrize("width", [24, 36, 44, 80])
def test_gaps_are_compared_and_sorted_where_only_their_glyph_has_room(width: int) -> None:
    for page in (with_state(overview(), "gap<-3", Sort("gap", False)), with_state(explore(), "gap<-3", Sort("gap", False))):
        assert shown(page, width) == shown(page, 160)
        assert shown(page, 160)


def test_reports_for_programs_have_the_same_rows_as_the_screen() -> None:
    page = with_state(explore(), "o", Sort("actual", False))
    keys = shown(page, 120)
    assert 1 < len(keys) < len(shown(explore(), 120))
    rows = json.loads(report_json(page, EN))["rows"]
    assert [row["dimensions"]["category"] for row in rows if row["kind"] == "member"] == keys
    assert rows[-1]["kind"] == "total"
    values = [row["value"] for row in rows if row["kind"] == "member"]
    assert values == sorted(values)
    table = list(csv.DictReader(io.StringIO(report_csv(page, EN))))
    assert [row["category"] for row in table if row["kind"] == "member"] == keys


def test_without_sort_and_filter_a_report_keeps_the_order_of_the_page() -> None:
    rows = json.loads(report_json(overview(), EN))["rows"]
    assert [row["kpi"] for row in rows] == shown(overview(), 120)
