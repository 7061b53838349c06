"""A table as a sheet, and the sheet in each format: the same values, raw and typed, whatever the format."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tui_shop import Shop

from kpi_core.errors import UsageError
from kpi_core.render.arrange import page_table
from kpi_core.render.export import (
    Entry,
    Sheet,
    SheetColumn,
    facts_of,
    flat_sheet,
    metadata,
    sheet_csv,
    sheet_json,
    sheet_of,
    sheet_tsv,
    table_markdown,
    with_units,
)
from kpi_core.render.export_xlsx import MOST_ROWS, number_format, sheet_xlsx
from kpi_core.render.format import Formatter
from kpi_core.render.svg import lines_svg, spark_svg, waterfall_svg
from kpi_core.render.table import Cell, Column, Row, Table
from kpi_core.store.parquet import write_parquet
from kpi_core.view import Filter, Sort, ViewState

EN = Formatter("en")
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1")


def overview() -> tuple[Table, Sheet]:
    page = Shop().overview(ViewState())
    table = page_table(page, EN, 160)
    return table, sheet_of(table, "Overview", EN, facts_of(page.header, EN), "omnigap://overview")


def cells(data: bytes, sheet: int = 1) -> list[list[tuple[str, str]]]:
    """(type, text) of every cell of a workbook; texts from the shared strings."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        shared = ["".join(t.text or "" for t in item.iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}t"))
                  for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]  # fmt: skip
        page = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{sheet}.xml"))
    rows = []
    for row in page.iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}row"):
        line = []
        for cell in row:
            kind, value = cell.get("t", "n"), cell.findtext("{*}v") or ""
            line.append((kind, shared[int(value)] if kind == "s" else value))
            assert cell.find("{*}f") is None, "a formula"
        rows.append(line)
    return rows


def test_a_sheet_has_the_rows_and_columns_of_its_table_in_their_order() -> None:
    table, sheet = overview()
    assert [column.id for column in sheet.columns] == ["section", "kpi", "actual", "target", "gap", "status", "delta", "owner"]
    assert [row[1].value for row in sheet.rows] == [row.cells[0].text for row in table.rows if row.kind == "row"]
    assert sheet.rows[3][2] == Entry(Decimal("0.0699"), "%", 2), "a rate is the number it is"
    sorted_table = page_table(Shop().overview(ViewState()), EN, 160, "r", Sort("actual", True))
    names = [row[0].value for row in sheet_of(sorted_table, "", EN).rows]
    assert names == [row.cells[0].text for row in sorted_table.rows]


def test_csv_json_and_parquet_hold_the_same_values(tmp_path: Path) -> None:
    _, sheet = overview()
    rows = list(csv.DictReader(io.StringIO(sheet_csv(sheet))))
    found = json.loads(sheet_json(sheet), parse_float=Decimal)
    full = with_units(sheet)
    write_parquet(tmp_path / "x.parquet", [(c.id, c.kind) for c in full.columns], full.values(), metadata(sheet))
    con = duckdb.connect()
    columns = [row[0] for row in con.execute("describe select * from read_parquet(?)", [str(tmp_path / "x.parquet")]).fetchall()]
    stored = [dict(zip(columns, row, strict=True)) for row in con.execute("select * from read_parquet(?)", [str(tmp_path / "x.parquet")]).fetchall()]
    assert len(rows) == len(found["rows"]) == len(stored) == 7
    for line, entry, kept in zip(rows, found["rows"], stored, strict=True):
        assert line["kpi"] == entry["kpi"] == kept["kpi"]
        for name in ("actual", "target", "gap"):
            assert Decimal(line[name]) == Decimal(str(entry[name])) == kept[name]
        assert line["status"] == entry["status"] == kept["status"]
    assert rows[3]["actual_unit"] == "%"
    assert rows[0]["gap_unit"] == "%"
    assert {c["id"]: c["kind"] for c in found["columns"]}["actual"] == "number"
    assert found["about"]["Link"] == found["link"] == "omnigap://overview"
    kept_words = dict(con.execute("select decode(key), decode(value) from parquet_kv_metadata(?)", [str(tmp_path / "x.parquet")]).fetchall())
    assert kept_words["omnigap.link"] == "omnigap://overview"


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**15), 10**15), st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.text(max_size=12),
    st.decimals(min_value=-(10**9), max_value=10**9, places=6, allow_nan=False),
)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=6))
def test_any_values_survive_in_every_format(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[object, object]]) -> None:
    sheet = flat_sheet("t", ["a", "b"], rows)
    lines = list(csv.reader(io.StringIO(sheet_csv(sheet))))
    assert len(lines) == len(rows) + 1
    assert len(json.loads(sheet_json(sheet))["rows"]) == len(rows)
    assert len(cells(sheet_xlsx(sheet, EN))) == len(rows) + 1
    assert sheet_tsv(sheet).count("\n") == len(rows) + 1
    path = tmp_path_factory.mktemp("p") / "x.parquet"
    write_parquet(path, [(c.id, c.kind) for c in sheet.columns], sheet.values(), {})
    stored = duckdb.connect().execute("select * from read_parquet(?)", [str(path)]).fetchall()
    for row, kept in zip(sheet.values(), stored, strict=True):
        for value, back, column in zip(row, kept, sheet.columns, strict=True):
            assert back == (value if column.kind != "text" or value is None else str(value) if not isinstance(value, Decimal) else format(value, "f"))


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_a_formula_in_any_spreadsheet(text: str) -> None:
    sheet = flat_sheet("t", ["name", "n"], [(text, 1)])
    (line,) = list(csv.DictReader(io.StringIO(sheet_csv(sheet))))
    for cell in (line["name"], sheet_tsv(sheet).splitlines()[1]):
        assert cell.startswith("'") or cell[0] in "␉␍", "a control character is no longer one"
    assert cells(sheet_xlsx(sheet, EN))[1][0][0] == "s"


def test_a_workbook_has_typed_cells_a_frozen_head_and_explains_itself() -> None:
    page = Shop().explore(ViewState("explore", "returns", where=(Filter("channel", ("=web",)),), search="lyon"))
    sheet = sheet_of(page_table(page, EN, 160), "Explore", EN, facts_of(page.header, EN), "omnigap://explore?kpi=returns")
    data = sheet_xlsx(sheet, EN)
    head, first = cells(data)[0], cells(data)[1]
    assert [kind for kind, _ in head] == ["s"] * len(head)
    assert first[0] == ("s", "Lyon Part-Dieu")
    assert first[1][0] == "n"
    about = {line[0][1]: line[1][1] for line in cells(data, 2)[1:]}
    assert about["Row filter"] == "lyon"
    assert about["Link"].startswith("omnigap://explore?kpi=returns")
    assert "=web" in about["Where"]
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert b'state="frozen"' in book.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        (Entry(1, "%", 1), "0.0%"),
        (Entry(1, "pt", 2), '+0.00" pt";-0.00" pt";0.00" pt"'),
        (Entry(1, "EUR", 0), '#,##0 "EUR"'),
        (Entry(1, "count", 0), "#,##0"),
        (Entry(1, "days", 1), "#,##0.0"),
        (Entry(1, 'E"R', 0), "#,##0"),
        (Entry(1), ""),
    ],
)
def test_numbers_of_a_workbook_read_as_on_screen(entry: Entry, wanted: str) -> None:
    assert number_format(entry) == wanted


def test_days_and_long_numbers_of_a_workbook() -> None:
    sheet = flat_sheet("t", ["day", "at", "id"], [(date(2026, 1, 2), datetime(2026, 1, 2, 3, 4), 12345678901234567890)])
    row = cells(sheet_xlsx(sheet, EN))[1]
    assert row[0] == ("n", "46024"), "days since 1900, as Excel counts"
    assert row[2] == ("s", "12345678901234567890"), "more digits than Excel keeps"


def test_a_workbook_refuses_more_rows_than_it_has() -> None:
    sheet = Sheet("t", (SheetColumn("a", "A"),), ((Entry(1),),) * (MOST_ROWS + 1), ("row",) * (MOST_ROWS + 1))
    with pytest.raises(UsageError, match="holds"):
        sheet_xlsx(sheet, EN)


def test_markdown_is_the_table_as_it_reads_without_its_bars() -> None:
    page = Shop().explore(ViewState("explore", "aov"))
    table = page_table(page, EN, 120)
    assert any(column.id == "bar" for column in table.columns)
    text = table_markdown(table, facts_of(page.header, EN))
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(table.rows)
    assert len({line.count("|") for line in lines}) == 1
    assert "━" not in text
    assert text.startswith("- Workspace: shop")


def test_pictures_are_xml_and_hold_their_text_as_text() -> None:
    hostile = "<script>&\"'\x1b[31m]]>"
    for text in (
        lines_svg([((" ", ""), (hostile, "bad")), ()], hostile),
        spark_svg([1, None, 3], 2, hostile),
        waterfall_svg(["a", hostile, "b"], [Decimal(1), Decimal(-2), Decimal(-1)], lambda amount, signed: f"{amount}<", "up", hostile),
    ):
        root = ElementTree.fromstring(text)
        assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {"svg", "title", "rect", "g", "text", "path", "circle"}
        assert "<script>" in "".join(root.itertext())


def test_a_hole_in_a_line_stays_a_hole() -> None:
    text = spark_svg([1, 2, None, 3], None, "x")
    path = ElementTree.fromstring(text).find(".//*[@class='actual']")
    assert path is not None
    assert path.get("d", "").count("M") == 2
    assert spark_svg([None, None], 3, "x") == ""


def test_cells_without_a_number_are_empty_not_zero() -> None:
    table = Table((Column("a", "A"), Column("b", "B")), (Row((Cell("x"), Cell("–", unit="EUR")), key="x"), Row((Cell("y"), Cell("0", exact=0, unit="EUR")), key="y")), 20)
    sheet = sheet_of(table, "", EN)
    assert [row[1].value for row in sheet.rows] == [None, 0]
    assert sheet_csv(sheet).splitlines()[1] == "x,,"
    assert sheet_csv(replace(sheet, rows=sheet.rows[1:])).splitlines()[1] == "y,0,EUR"
