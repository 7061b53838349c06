"""Tables and pages: columns by width, sums that add up, exports with raw numbers, hostile members."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from render_samples import MEMBERS, TODAY, WEEK, explore, gap, glance, header, kpi, member, overview, value

from kpi_core.engine.result import Status, Value
from kpi_core.errors import SourceError, Where, said
from kpi_core.pages import (
    Cause,
    DataPage,
    DefinitionCard,
    Delta,
    ExplorePage,
    Freshness,
    Gap,
    GapStatus,
    GlancePage,
    RecordsPage,
    RowKind,
    SourceDetail,
    SourceRow,
)
from kpi_core.render.account import account_lines, failure_lines
from kpi_core.render.cells import cause_line, is_good
from kpi_core.render.data import data_table, definition_lines, records_scroll, records_table, records_title, source_lines
from kpi_core.render.explore import explore_table
from kpi_core.render.format import Formatter
from kpi_core.render.gap import gap_view
from kpi_core.render.glance import glance_lines
from kpi_core.render.header import header_lines, headline
from kpi_core.render.overview import formula_line, overview_table
from kpi_core.render.report import report, report_csv, report_json
from kpi_core.render.table import Cell, Column, Row, as_text, fit, markdown
from kpi_core.render.text import line_width, plain
from kpi_core.render.whatif import branches
from kpi_core.view import Filter, ViewState

EN, FR = Formatter("en"), Formatter("fr")


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (30, ["kpi", "actual", "gap"]),
        (60, ["kpi", "actual", "gap"]),
        (79, ["kpi", "actual", "gap"]),
        (80, ["kpi", "actual", "target", "gap", "delta", "spark"]),
        (95, ["kpi", "actual", "target", "gap", "delta", "spark"]),
        (104, ["kpi", "actual", "target", "gap", "delta", "spark", "owner"]),
    ],
)
def test_overview_columns_by_width(width: int, columns: list[str]) -> None:
    assert [column.id for column in overview_table(overview(), EN, width).columns] == columns


def test_the_spark_has_twelve_periods_when_wide() -> None:
    narrow, wide = (overview_table(overview(), EN, width) for width in (80, 120))
    assert "8 WEEKS" in plain(narrow.header())
    assert "12 WEEKS" in plain(wide.header())


def test_numbers_end_under_each_other_and_marks_of_one_form_too() -> None:
    """Whole amounts, amounts with cents and rates share a column: their units end in one cell."""
    table = overview_table(overview("fr"), FR, 80)
    for name in ("actual", "target", "delta"):
        start, end = next((start, end) for id, start, end in table.spans() if id == name)
        texts = [plain(table.line(row))[start:end] for row in table.rows if row.kind == "row"]
        assert all(text == text.rstrip() for text in texts), texts
    rates = [plain(table.line(row))[:40].index(",") for row in table.rows if row.key in ("margin", "abandon", "returns")]
    assert len(rates) > 1
    assert len(set(rates)) == 1


def test_columns_asked_so_are_aligned_at_the_decimal_mark() -> None:
    table = fit([Column("a", "A"), Column("b", "B", "decimal")], [Row((Cell("x"), Cell(text))) for text in ("1,5", "12", "3,25")], 40, decimal_mark=",")
    assert [row.cells[1].text for row in table.rows] == [" 1,5 ", "12   ", " 3,25"]


def test_status_looks() -> None:
    views = {status: gap_view(Gap(Decimal(1), None, 1, status)) for status in GapStatus}
    assert [views[s].glyph for s in (GapStatus.MET, GapStatus.NEAR, GapStatus.MISSED, GapStatus.NONE)] == ["✓", "~", "✗", "·"]
    assert [views[s].role for s in (GapStatus.MET, GapStatus.NEAR, GapStatus.MISSED, GapStatus.FEW)] == ["good", "warn", "bad", "muted"]
    assert gap_view(Gap(Decimal(-1), None, -1, GapStatus.MET)).mark == "✓ ▼"  # a return rate under its cap is good
    assert gap_view(Gap(Decimal(-1), None, -1, GapStatus.MISSED), ascii=True).mark == "!! v"
    assert all(str(view.word) for view in views.values())


def test_too_little_data_is_grey() -> None:
    page = explore()
    few = replace(page.rows[0], value=value("61.20", n=3, enough=False), gap=replace(page.rows[0].gap, status=GapStatus.FEW))
    row = explore_table(replace(page, rows=(few, *page.rows[1:])), EN, 80).rows[0]
    assert {cell.role for cell in row.cells[1:] if cell.text.strip()} <= {"muted", ""}
    assert row.cells[1].role == "muted"


def contributions(page: ExplorePage) -> tuple[list[Decimal], Decimal]:
    table = explore_table(page, EN, 100)
    at = [column.id for column in table.columns].index("contribution")
    texts = [row.cells[at].text.replace("−", "-").replace("\u00a0€", "").replace(",", "").strip() for row in table.rows]
    numbers = [Decimal(text) for text in texts]
    return numbers[:-1], numbers[-1]


def test_contributions_add_up_in_the_digits_shown() -> None:
    page = explore()
    thirds = [Decimal("-1.60") / 6] * 6
    rows = tuple(replace(row, contribution=part) for row, part in zip(page.rows, thirds, strict=True))
    parts, total = contributions(replace(page, rows=rows))
    assert sum(parts) == total == Decimal("-1.60")


def test_hidden_members_are_counted_and_carry_the_rest() -> None:
    page = explore(hidden=12)
    rows = tuple(replace(row, contribution=Decimal("-0.10")) for row in page.rows)
    table = explore_table(replace(page, rows=rows), EN, 100)
    assert "12 more" in plain(table.line(table.rows[-2]))
    parts, total = contributions(replace(page, rows=rows))
    assert parts[-1] == Decimal("-1.00")
    assert sum(parts) == total
    assert "Total (18)" in plain(table.line(table.rows[-1]))


def test_values_add_up_when_the_kpi_does() -> None:
    revenue = kpi("revenue")
    rows = tuple(
        replace(member(k, label, "33.4", None, GapStatus.NONE, None), value=value("33.4")) for k, label, *_ in MEMBERS[:3]
    )
    overlap = replace(rows[0], kind=RowKind.OVERLAP, key=None, label="Overlap", value=value("-0.2"))
    total = replace(rows[0], kind=RowKind.TOTAL, key=None, label="", value=value("100.0"))
    page = replace(explore(), kpi=revenue, rows=(*rows, overlap), total=total)
    table = explore_table(page, EN, 100)
    shown = [int(row.cells[1].text.replace("\u00a0€", "").replace("−", "-")) for row in table.rows]
    assert sum(shown[:-1]) == shown[-1] == 100
    assert table.rows[3].kind == "note"
    assert table.rows[3].key is None


def test_keys_lead_to_members() -> None:
    table = explore_table(explore(), EN, 80)
    assert [row.key for row in table.rows if row.kind == "row"] == [m[0] for m in MEMBERS]
    assert plain(table.line(table.rows[0], "▸")).startswith("▸Shoes")


def test_spans_say_where_columns_are() -> None:
    table = overview_table(overview(), EN, 80)
    line = plain(table.line(table.rows[3]))
    cut = {id: line[start:end].strip() for id, start, end in table.spans()}
    assert cut["kpi"] == "Average order value"
    assert cut["actual"] == "67.84\u00a0€"


@pytest.mark.parametrize("width", [44, 80, 120])
def test_hostile_members_reach_no_line(width: int) -> None:
    text = as_text(explore_table(explore(), EN, width).lines(), colour=False)
    assert "\x1b" not in text
    assert "[red]" in text  # shown as written, never interpreted


def test_the_header_hides_no_filter() -> None:
    state = ViewState(search="lyon")
    crumbs = (("Channel", "Store"), ("Store", "Lyon"), ("Category", "Shoes"))
    for width in (60, 80, 120):
        first, *more = (plain(line) for line in header_lines(header(state=state, crumbs=crumbs), EN, width, TODAY))
        assert "/lyon" in "".join(more)
        assert "Shoes" in first
        assert len(first) == width


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "● 06:12"),
        ({"freshness": Freshness(date(2026, 11, 1), datetime(2026, 11, 1, 9, 0))}, "● 1 Nov"),
        ({"partial": (5, 7)}, "◐ 5/7 d"),
        ({"freshness": Freshness(date(2026, 11, 1), None, (("Lyon", date(2026, 10, 20)),))}, "◐ Lyon late"),
        ({"freshness": Freshness(date(2026, 11, 1), None, (("Lyon", date(2026, 10, 20)),) * 3)}, "◐ 3 late"),
        ({"freshness": Freshness(date(2026, 10, 20), None)}, "○ 13 d old"),
        ({"freshness": Freshness(None, None)}, "○ no data"),
    ],
)
def test_freshness(changes: dict[str, object], expected: str) -> None:
    assert expected in plain(header_lines(header(**changes), EN, 100, TODAY)[0])


def test_counts_by_status() -> None:
    assert plain(header_lines(header(), FR, 100, TODAY)[1]).rstrip().endswith("12 KPI · 4 ✓ · 3 ~ · 3 ✗")
    assert "KPI" not in plain(header_lines(header(counts=()), FR, 80, TODAY)[1])


def test_the_formula_line_names_the_targets_place() -> None:
    row = overview("fr").groups[0][1][2]
    assert plain(formula_line(row, FR, 80)) == "Panier moyen = CA ÷ commandes · objectif : config/objectives.yaml:12"


def test_report_json_is_versioned_and_exact() -> None:
    state = ViewState(where=(Filter("channel", ("store",)),))
    data = json.loads(report_json(overview(state=state), FR), parse_float=Decimal)
    assert data["version"] == 1
    assert data["period"] == {"text": "2026-W44", "start": "2026-10-26", "end": "2026-11-01", "grain": "week", "days": 7}
    assert data["comparison"]["start"] == "2025-10-27"
    revenue = data["rows"][0]
    assert revenue["value"] == Decimal("1248310.5")
    assert (revenue["unit"], revenue["target"], revenue["status"]) == ("EUR", 1300000, "missed")
    assert revenue["dimensions"] == {"channel": "store"}
    assert revenue["coverage"] == {"days": 7, "of": 7}
    missing = data["rows"][-1]
    assert (missing["value"], missing["reason"]) == (None, "sans donnée")
    assert data["filters"] == [{"dimension": "channel", "values": ["store"], "exclude": False}]


def test_explore_report_names_members_and_trend() -> None:
    data = report(explore(), EN)
    assert [row["kind"] for row in data["rows"]] == ["member"] * 6 + ["total"]
    assert data["rows"][0]["dimensions"] == {"category": "shoes"}
    assert len(data["trend"]) == 26
    assert data["trend"][8]["value"] is None


def test_report_csv_is_raw_and_safe() -> None:
    page = explore()
    evil = replace(page.rows[0], label="=HYPERLINK(1)")
    text = report_csv(replace(page, rows=(evil, *page.rows[1:])), FR)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["member"] == "'=HYPERLINK(1)"
    assert rows[0]["value"] == "61.2"
    assert rows[0]["category"] == "shoes"
    assert rows[0]["gap"] == "-10.8"


def test_csv_and_json_agree() -> None:
    data = json.loads(report_json(overview(), EN), parse_float=str, parse_int=str)
    rows = list(csv.DictReader(io.StringIO(report_csv(overview(), EN))))
    for one, other in zip(data["rows"], rows, strict=True):
        for name in ("kpi", "value", "target", "gap", "status", "comparison"):
            assert other[name] == (one[name] or "")


def test_markdown_escapes_cells() -> None:
    table = fit([Column("a", "A"), Column("b", "B", "right")], [Row((Cell("x|y [z](u) <b>"), Cell("1")))], 80)
    assert markdown(table).splitlines() == ["| A | B |", "| --- | ---: |", "| x\\|y \\[z](u) &lt;b> | 1 |"]
    assert headline(header(), EN).startswith("**Total › Channel: Store** · W44 2026 · 26 Oct–1 Nov · vs W44 2025")


def data_page() -> DataPage:
    rows = (
        SourceRow(1, "orders_export_1.csv", "shopify.orders", "Shopify orders", date(2026, 1, 1), date(2026, 11, 1), datetime(2026, 11, 2, 6), 121, 120, 0, 1,
                  (SourceDetail("rejected", said("line {line}, {column}: {value}: {why}", line="7", column="Total", value="12,x", why="no number")),)),
        SourceRow(2, "tickets\x1b[2J.csv", "omnigap.tickets", "Tickets", date(2026, 1, 1), date(2026, 11, 1), None, 98765, 98765, 0, 0),
    )  # fmt: skip
    return DataPage(header(), rows, (("orders", "cancelled", 12, Decimal("345.60")),), (("Shopify payments", ("Return rate", "Net sales")),))


@pytest.mark.parametrize("width", [40, 60, 80, 130])
def test_the_data_view_fits_and_says_everything(width: int) -> None:
    table = data_table(data_page(), FR, width)
    lines = table.lines()
    assert all(line_width(line) == width for line in lines)
    text = as_text(lines)
    assert "annulé" in text
    assert "Shopify payments → Return" in text
    assert "\x1b" not in text
    assert [row.key for row in table.rows if row.key] == ["1", "2"]


def test_records_keep_file_and_line() -> None:
    page = RecordsPage(
        header(), "Orders", ("day", "order", "store", "category", "amount", "file", "line"),
        tuple((WEEK.start, f"#{i}", "Lyon Part-Dieu", "Shoes\x1b", Decimal("12.50"), "tickets.csv", 100 + i) for i in range(3)), 200, 5000,
    )  # fmt: skip
    for width in (40, 80, 120):
        table = records_table(page, FR, width)
        ids = [column.id for column in table.columns]
        assert ids[-1] == "line"
        assert ("file" in ids) == (width > 40)  # all fits from 80 on
        assert ids[0] == "day"
        assert records_table(page, FR, width, 2).columns[0].id == "store"
        assert all(line_width(line) == width for line in table.lines())
    assert "12,50" in as_text(records_table(page, FR, 100).lines())
    assert [row.key for row in table.rows] == ["200", "201", "202"]
    assert records_title(page, EN) == "Orders · rows 201 to 203 of 5,000"
    assert records_title(replace(page, offset=0, total=0, rows=()), EN) == "Orders"


def test_the_definition_card_wraps() -> None:
    card = DefinitionCard(kpi("aov"), (("Formula", "revenue ÷ orders " * 10), ("Target", "objectives.yaml:12")), "select 1\nfrom sale -- " + "x" * 100)
    lines = definition_lines(card, EN, 50)
    assert all(line_width(line) <= 50 for line in lines)
    assert "objectives.yaml:12" in as_text(lines)


def test_glance_never_overflows_its_screen_and_counts_the_rest() -> None:
    page = glance()
    many = GlancePage(page.header, page.rows * 5, page.near)
    for height in (12, 16, 24):
        lines = glance_lines(many, EN, 80, height, TODAY)
        assert len(lines) <= height
        assert "more missed" in as_text(lines)
    assert "Every objective" in as_text(glance_lines(GlancePage(header(counts=((GapStatus.MET, 4),)), ()), EN, 80, 24, TODAY))
    assert "No objective" in as_text(glance_lines(GlancePage(header(counts=()), ()), EN, 80, 24, TODAY))


def test_glance_says_since_when_why_and_what_next() -> None:
    text = as_text(glance_lines(glance(), EN, 80, 24, TODAY))
    assert "3 weeks in a row, since 12 Oct · Lyon Part-Dieu: −1.9 pt" in text
    assert "→ Cross-sell prompt at checkout (Merch., 15 Nov 2026)" in text
    assert "at least 12 weeks in a row" in text
    assert "new this period" in text


def account_of_a_file() -> object:
    from types import SimpleNamespace as Box

    return Box(
        file="orders_export_1.csv", title_en="Shopify orders", title_fr="Shopify - commandes", first_day=date(2025, 12, 5), last_day=date(2025, 12, 6),
        currency="EUR", rows_read=121, rows_used=119, dropped=(("total line", 1),),
        rejected=(Box(line=7, column="Total", value="12,x\x1b", why="not a number"),), rejected_count=1,
        checks=(Box(name="subtotal", held=51, of=51, note="", by=()), Box(name="total", held=50, of=51, note="#1003", by=())),
        unused=("Note Attributes", "Risk Level", "Device ID", "Tags", "Vendor"), 
        limits=(Box(missing="refund dates", en="load payments", fr="chargez les paiements"),),
        notes=("48 orders without a payment date",), rows_out=(("orders", 51),), encoding="UTF-8", delimiter=",", drift=None, choices=(),
    )  # fmt: skip


@pytest.mark.parametrize("width", [50, 80, 120])
@pytest.mark.parametrize("ascii", [False, True])
def test_the_account_of_a_file(width: int, ascii: bool) -> None:
    lines = account_lines(account_of_a_file(), Formatter("fr", ascii), width)  # type: ignore[arg-type]
    text = as_text(lines)
    assert all(line_width(line) <= width for line in lines), text
    flat = " ".join(text.split())
    for part in ("121 lignes lues, 119", "ligne 7, Total", "50/51", "#1003", "chargez les", "(5)"):
        assert part in flat
    assert "\x1b" not in text
    assert not ascii or text.isascii()


def test_a_failed_file_says_what_to_do() -> None:
    error = SourceError(said("unknown format"), where=Where("x.csv", 3), hint=said("load payments"))
    assert as_text(failure_lines("x.csv", error, EN, 80)) == "x.csv:3  not loaded: unknown format\n  → load payments\n"


def test_gap_helper_is_exact() -> None:
    assert gap("67.84", "72.20", GapStatus.MISSED, kpi("aov")).amount == Decimal("-4.36")


def test_a_file_is_a_line_and_its_details_stand_apart() -> None:
    page = data_page()
    text = as_text(data_table(page, EN, 100).lines())
    assert "line 7" not in text
    assert "✗" in text
    assert "✓" in text
    long = "export_with_a_name_that_no_column_would_ever_hold_in_full_2026-11-01_to_2026-11-30.csv"
    lines = source_lines(replace(page.sources[0], file=long), EN, 40)
    assert all(line_width(line) <= 40 for line in lines)
    assert "".join(plain(line).strip() for line in lines).startswith(long)
    flat = " ".join(plain(line).strip() for line in lines)
    assert "line 7, Total: 12,x: no number" in flat
    assert "121 rows read = 120 used + 0 left out + 1 rejected" in flat


def test_what_is_left_out_stands_in_columns_with_its_unit() -> None:
    page = replace(data_page(), excluded=(("order_lines", "cancelled", 1200, Decimal("20819.96")), ("returns", "test", 3, Decimal("4.50"))), currency="EUR")
    lines = [plain(line) for line in data_table(page, EN, 80).lines()]
    first, second = (next(line for line in lines if name in line) for name in ("order lines", "returns"))
    assert first.rstrip().endswith("€")
    assert first.rindex("€") == second.rindex("€")
    assert "every KPI has the exports it needs" in as_text(data_table(replace(page, missing=()), EN, 80).lines())


def test_records_scroll_sideways_and_say_how_far() -> None:
    columns = ("day", *(f"column {n}" for n in range(12)), "file", "line")
    page = RecordsPage(header(), "Orders", columns, ((WEEK.start, *(f"value {n}" for n in range(12)), "tickets.csv", 1234567),), 0, 1)
    shown, of = records_scroll(page, EN, 80, 0)
    assert 0 < shown < of == 13
    moved = records_table(page, EN, 80, 5)
    assert moved.columns[0].id == "column 4"
    assert plain(moved.line(moved.rows[0])).rstrip().endswith("1234567")


def test_the_account_never_cuts_a_file_name() -> None:
    account = account_of_a_file()
    account.file = "a_very_long_export_name_" * 4 + ".csv"  # type: ignore[attr-defined]
    lines = account_lines(account, EN, 50)  # type: ignore[arg-type]
    assert all(line_width(line) <= 50 for line in lines)
    assert account.file in "".join(plain(line).strip() for line in lines)  # type: ignore[attr-defined]


def test_good_news_has_no_cause_but_a_source() -> None:
    cause = Cause(said("Web shop"))
    assert plain(cause_line(cause, EN, good=True)) == "Mostly thanks to: Web shop"
    assert plain(cause_line(cause, FR, good=False)).startswith("Première cause")
    met, missed, none = (gap("1", "1", status, kpi("aov")) for status in (GapStatus.MET, GapStatus.MISSED, GapStatus.NONE))
    better, worse = (Delta(Value(Decimal(1), Status.VALUE), Decimal(1), None, good) for good in (True, False))
    assert [is_good(met, worse), is_good(missed, better), is_good(none, better), is_good(none, worse), is_good(none, None)] == [True, False, True, False, False]


def test_a_wide_header_says_where_the_data_end_and_whose_they_are() -> None:
    first = plain(header_lines(header(), EN, 160, TODAY)[0])
    assert first.rstrip().endswith("Maison Lumen   EN")
    assert "data to" in first
    noted = plain(header_lines(header(), EN, 80, TODAY, note="new data · r")[1])
    assert "new data · r" in noted


def test_changes_take_the_place_of_gaps_where_nothing_has_a_target() -> None:
    page = explore()
    bare = replace(page, rows=tuple(replace(row, target=None, gap=NO_GAP) for row in page.rows), total=replace(page.total, target=None, gap=NO_GAP))
    assert [column.id for column in explore_table(bare, EN, 80).columns] == ["member", "actual", "bar", "delta", "contribution"]
    alone = replace(page, header=replace(page.header, compare=None))
    assert "delta" not in [column.id for column in explore_table(alone, EN, 160).columns]


NO_GAP = Gap(None, None, 0, GapStatus.NONE)


def test_a_tree_of_drivers_shows_what_belongs_to_what() -> None:
    assert branches([0, 1, 2, 2, 1, 2]) == ["", "├ ", "│├ ", "│└ ", "└ ", " └ "]
    assert branches([0, 1, 2, 1], ascii=True) == ["", "- ", "|- ", "- "]
