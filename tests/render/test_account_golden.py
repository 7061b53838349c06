"""The account of a file, byte for byte. `OMNIGAP_GOLDEN=write` writes the files anew."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from kpi_core.errors import said
from kpi_core.pages import CheckLine, DriftLines, FileAccount, LimitLine, Reason, RefusedLine, TableLine
from kpi_core.render.file_account import CSV_COLUMNS, account_rows, account_values, file_account_lines
from kpi_core.render.format import Formatter
from kpi_core.render.report import json_text
from kpi_core.render.table import as_text
from kpi_core.render.text import line_width

GOLDEN = Path(__file__).parent / "golden"
REFUSED = tuple(RefusedLine(line, "Total", "12,x" if line % 2 else "…") for line in range(7, 15))
ACCOUNT = FileAccount(
    3, "orders\x1b[2J_export_1.csv", "shopify.orders", "Shopify - orders export", "parser", "UTF-16LE", "\t", date(2026, 9, 1), date(2026, 10, 31), "EUR, CHF",
    datetime(2026, 11, 2, 6, 12, tzinfo=UTC), 2121, 2009, (("orders", 951), ("order_lines", 2009), ("fulfilments", 0)),
    reasons=(
        Reason("refused", said("cannot be read as money"), 12, tuple(range(7, 15)), REFUSED, said("put the cell right where it comes from, then export again")),
        Reason("left_out", said("a later line of the file has the same key"), 60, (*range(20, 50), *range(60, 120, 2))),
        Reason("left_out", said("nothing in this row is needed"), 40),
    ),
    checks=(CheckLine(said("subtotal"), 951, 951), CheckLine(said("total"), 950, 951, said("#1003"), ((said("tax included"), 900), (said("tax on top"), 50)))),
    notes=(said("rows of the file that speak of the same thing were joined"),),
    tables=(
        TableLine("Country", 12, date(2026, 9, 1), date(2026, 9, 30)), TableLine("Country", 11, date(2025, 9, 1), date(2025, 9, 30)),
        TableLine("City", 0, None, None),
    ),
    drift=DriftLines("orders_export_0.csv", ("Risk score",), ("Employee",), (("Discount", "Discount total"),), (), ("Net sales", "Basket")),
    limits=(
        LimitLine("returns.sku", "no refunded line: returns by amount, not by product", (), (("Return rate", "Product"), ("Net sales", "Product"))),
        LimitLine("products.cost", "load the products export for the margin", ("Gross margin", "Margin rate")),
        LimitLine("orders.currency", "no currency in this file", given=True),
    ),
    unused=tuple(f"Column {n}" for n in range(1, 12)),
)  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("width", [60, 80])
def test_the_account_reads_like_this(lang: str, ascii: bool, width: int) -> None:
    lines = file_account_lines(ACCOUNT, Formatter(lang, ascii), width)
    assert all(line_width(line) <= width for line in lines)
    text = as_text(lines, False)
    assert not ascii or text.isascii()
    path = GOLDEN / f"account-{lang}-{'ascii' if ascii else 'utf8'}-{width}.txt"
    if os.environ.get("OMNIGAP_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_one_reason_all_lines_and_the_same_as_records() -> None:
    fmt = Formatter("en")
    text = as_text(file_account_lines(ACCOUNT, fmt, 80, only="same key", every=True), False)
    assert "20-49, 60, 62" in text and "118" in text and "money" not in text and "Checks" not in text
    fr = as_text(file_account_lines(ACCOUNT, Formatter("fr"), 80, only="money"), False)
    assert "montant" in fr and "… 7 de plus" in fr, "a reason is found by its English words too; what is not shown is counted"
    rows = [dict(zip(CSV_COLUMNS, row, strict=True)) for row in account_rows(ACCOUNT, fmt)]
    assert len(rows) == 8 + 60 + 1 and rows[0]["value"] == "12,x" and rows[1]["value"] == "…" and rows[-1]["line"] is None
    values = json.loads(json_text(account_values(ACCOUNT, fmt)))
    told = sum(reason["rows"] for reason in values["reasons"])
    assert values["rows_read"] == values["rows_used"] + told and told == values["rows_left_out"] + values["rows_rejected"]
    assert values["drift"]["renamed"] == [["Discount", "Discount total"]] and values["limits"][1]["kpis"] == ["Gross margin", "Margin rate"]
