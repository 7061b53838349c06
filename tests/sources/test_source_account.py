"""Every row of a file is explained by line and reason; no account holds what may be about a person; old accounts still open."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from source_files import TICKETS, Loaded, order, shopify, tickets, write

from kpi_core.errors import SourceError
from kpi_core.sources.account.account import HIDDEN, Account, DriftNote, HeaderCell, TableNote, header_text, shown_value
from kpi_core.sources.convert import proven


def test_every_row_left_out_or_refused_is_told_with_its_line_and_no_person(tmp_path: Path) -> None:
    rows = [order(f"#{n}", Email=f"ana{n}@exemple.fr", Phone="+33612345678") for n in range(1, 6)]
    rows[1]["Total"], rows[3]["Lineitem price"] = "12x", "ana@exemple.fr"
    text = shopify(rows) + "," * (len(rows[0]) and shopify(rows).splitlines()[0].count(",")) + "\n" + "#9,too,few\n"
    account = Loaded(write(tmp_path, "orders_export.csv", text)).account
    assert account.rows_read == 7 and account.rows_used == 3
    assert [(item.line, item.column, item.value) for item in account.rejected] == [(3, "Total", "12x"), (5, "Lineitem price", HIDDEN), (8, "", account.rejected[2].value)]
    assert dict(account.dropped) == {"empty row": 1} and account.lines_of("empty row") == (7,) and account.lines_of("other") == ()
    kept = json.dumps(account.to_dict())
    assert "exemple" not in kept and "336" not in kept
    read = {cell.name: (cell.reads, cell.kind) for cell in account.headers}
    assert read["Email"] == ("email", "email") and read["Lineitem sku"][1] == "text" and read["Tags"] == ("tags", "empty")
    assert read["Employee"][0] == "" and set(account.unused) == {name for name, (reads, _) in read.items() if not reads}


def test_an_account_survives_json_and_one_of_an_older_version_opens(tmp_path: Path) -> None:
    account = Loaded(tickets(tmp_path, [*TICKETS, "LYO;2;103;1;2026-44-99;11:30;A1;Chemise;Mode;1;10,00;;10,00;1,67;;;;FR;"])).account
    full = replace(
        account,
        drift=DriftNote("a.csv", ("New",), ("Old",), (("A", "B"),), ("Old",), ("aov",)),
        tables=(TableNote("Day", 0), TableNote("Country", 4, date(2026, 1, 1), date(2026, 1, 31))),
        headers=(HeaderCell("A", "a", "number"),),
    )
    assert Account.from_dict(json.loads(json.dumps(full.to_dict()))) == full
    old = full.to_dict()
    for later in ("dropped_lines", "headers", "tables", "drift"):
        del old[later]
    opened = Account.from_dict(old | {"of a later version": 1})
    assert opened.headers == () and opened.drift is None and opened.rows_read == account.rows_read and opened.balanced


def test_a_file_whose_rows_do_not_add_up_is_refused(tmp_path: Path) -> None:
    account = Loaded(tickets(tmp_path)).account
    assert proven(account, "x.csv") is account
    for wrong in (replace(account, rows_used=account.rows_used - 1), replace(account, rows_used=account.rows_used + 1, dropped=(("joined", -1),))):
        with pytest.raises(SourceError, match="do not add up"):
            proven(wrong, "x.csv")


def test_tables_of_one_file_keep_their_periods_and_empty_ones_are_noted(tmp_path: Path) -> None:
    text = (
        "# ----\n# Start date: 20260901\n# End date: 20260907\nCountry,Active users\nFrance,10\nItaly,4\n\n"
        "# ----\n# Start date: 20250901\n# End date: 20250907\nCountry,Active users\nFrance,8\n\n"
        "# ----\n# Start date: 20260901\n# End date: 20260907\nPage title and screen class,Views\n"
    )
    account = Loaded(write(tmp_path, "snapshot.csv", text)).account
    assert [(table.name, table.rows, table.first_day, table.last_day) for table in account.tables] == [
        ("Country", 2, date(2026, 9, 1), date(2026, 9, 7)),
        ("Country", 1, date(2025, 9, 1), date(2025, 9, 7)),
        ("Page title and screen class", 0, date(2026, 9, 1), date(2026, 9, 7)),
    ]


@pytest.mark.parametrize(
    ("text", "header", "kind", "shown"),
    [
        ("12,x", "Total", "money", "12,x"), ("a@b.fr", "Total", "money", HIDDEN), ("0612345678", "Phone", "phone", HIDDEN), ("Ana", "Billing First Name", "text", HIDDEN),
        ("12 rue X", "Adresse de livraison", "text", HIDDEN), ("+33 6 12 34 56 78", "Qty", "int", HIDDEN), ("2026-44-99 10:00", "Created at", "timestamp", "2026-44-99 10:00"),
        ("", "Email", "email", ""),
    ],
)  # fmt: skip
def test_a_value_that_may_be_about_a_person_is_never_kept(text: str, header: str, kind: str, shown: str) -> None:
    assert shown_value(text, header, kind) == shown


def test_headers_are_kept_clean_and_short() -> None:
    assert header_text(" A\x1b[2J\u202e B ") == "A[2J B" and len(header_text("x" * 9999)) == 200
