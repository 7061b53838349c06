"""What happens to exports between the download and the load: opened in Excel, half downloaded, put among other files."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter
from source_files import PROFILES, Loaded, order, shopify, write

from kpi_core.errors import NoTable, SourceError, said
from kpi_core.pages import UnusedFile
from kpi_core.render.account import account_lines, choice_texts, rows_out_text
from kpi_core.render.format import Formatter
from kpi_core.render.text import plain
from kpi_core.sources import recognise
from kpi_core.sources.cells.locale import CONTRADICTED, ZONE_HERE
from kpi_core.sources.files.container import members
from kpi_core.store.workspace import files_under


@pytest.mark.parametrize("number", ["5.67890E+12", "5,67890E+12", "6E+12"])
def test_an_order_whose_number_a_spreadsheet_shortened_is_refused_and_never_joined_with_another(tmp_path: Path, number: str) -> None:
    rows = [order("#1", Id=number), order("#2", Id=number), order("#3", Id="5678901234567"), order("#4", Id="5678901234568.0")]
    loaded = Loaded(write(tmp_path, "orders.csv", shopify(rows)))
    assert loaded.rows("orders", "order_id", "ORDER BY 1") == [("shopify:5678901234567",), ("shopify:5678901234568",)]
    assert [(refused.line, refused.column) for refused in loaded.account.rejected] == [(2, "Id"), (3, "Id")]
    assert "cut off" in loaded.account.rejected[0].why


def test_errors_of_excel_and_a_header_pasted_again_are_refused_by_line(tmp_path: Path) -> None:
    rows = [order("#1"), order("#2", Created_at="########"), order("#3", Subtotal="#REF!"), order("#4")]
    text = shopify(rows)
    loaded = Loaded(write(tmp_path, "orders.csv", text + text.splitlines()[0] + "\n"))
    assert loaded.rows("orders", "order_ref", "ORDER BY 1") == [("#1",), ("#4",)]
    assert [refused.line for refused in loaded.account.rejected] == [3, 4, 6]


def test_what_file_managers_leave_behind_is_passed_over(tmp_path: Path) -> None:
    for name in ("orders.csv", "Thumbs.db", "desktop.ini", ".DS_Store", "~$orders.xlsx", ".~lock.orders.csv#", "README.txt"):
        write(tmp_path, name, "x")
    assert [path.name for path in files_under(tmp_path)] == ["orders.csv"]


@pytest.mark.parametrize("name", ["orders.csv.crdownload", "orders.csv.part", "orders.csv.download"])
def test_a_download_that_has_not_ended_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="has not ended"):
        recognise(write(tmp_path, name, shopify([order("#1")])), PROFILES)


def test_a_hidden_sheet_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for title, name in (("Now", "#2"), ("Before", "#1")):
            sheet = book.add_worksheet(title)
            for row, line in enumerate(shopify([order(name)]).splitlines()):
                sheet.write_row(row, 0, line.split(","))
            if title == "Before":
                sheet.hide()
    shown, hidden = sorted(members(path), key=lambda member: member.name != "Now")
    assert Loaded(shown).rows("orders", "order_ref") == [("#2",)]
    with pytest.raises(NoTable, match="hidden"):
        recognise(hidden, PROFILES)
    assert recognise(path, PROFILES).decoded.sheet == "Now"  # the only one that whoever opens it sees


def test_columns_read_alike_are_told_in_one_line() -> None:
    def told(name: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        return CONTRADICTED, (("column", name), ("cell", "1,50"), ("value", "1.50"))

    zones = [(ZONE_HERE, (("column", name), ("zone", "Europe/Paris"))) for name in ("Created at", "Paid at")]
    lines = choice_texts([told("Subtotal"), told("Taxes"), told("Total"), *zones], Formatter("en"))
    assert len(lines) == 2
    assert lines[0].startswith("Subtotal: 1,50") and lines[0].endswith("; likewise Taxes, Total")
    assert lines[1].endswith("; likewise Paid at")


def test_a_sheet_that_was_not_used_is_named_with_its_workbook() -> None:
    def name(path: str) -> str:
        return UnusedFile(path, "passed over", "NoTable", said("a hidden sheet")).name

    assert name("/shop/exports/book.xlsx/Old") == "book.xlsx/Old"
    assert name("/shop/exports/old.zip/2025/orders.csv") == "old.zip/2025/orders.csv"
    assert name("exports/orders.csv") == "orders.csv"


def test_one_is_no_plural() -> None:
    assert rows_out_text([("orders", 1), ("order_lines", 2)], Formatter("en")) == "1 order, 2 order lines"
    assert rows_out_text([("orders", 1), ("order_lines", 1)], Formatter("fr")) == "1 commande, 1 ligne de commande"


def test_what_a_file_cannot_give_is_said_without_names_of_columns(tmp_path: Path) -> None:
    account = Loaded(write(tmp_path, "orders.csv", shopify([order("#1")]))).account
    text = " ".join(plain(line) for line in account_lines(account, Formatter("en"), 500))
    assert "refunds have no date here" in text and "returned_on" not in text
