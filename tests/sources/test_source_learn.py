"""Learning a layout: made-up odd exports, pointed at; the profile written reads the file, and its sums are those of plain Python."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from source_files import PROFILES, Loaded, write

from kpi_core.errors import OmnigapError, UsageError
from kpi_core.sources.learning.draft import Draft, draft, named_of
from kpi_core.sources.learning.kinds import BY_ID, KINDS
from kpi_core.sources.learning.learn import Plan, column_named, field_named, kind_named, kinds_by_likeness, suggest, with_columns, with_settings
from kpi_core.sources.learning.preview import Preview, preview
from kpi_core.sources.learning.tables import Table, shape_of, tables
from kpi_core.sources.profiles.lint import mistakes
from kpi_core.sources.profiles.profile import load_profile
from kpi_core.store.datasets import DATASETS

TILL = """Logiciel de caisse;Edition du 30/04/2026;;;;;;;;
Magasin;Lyon;;;;;;;;

N° ticket;Date vente;Heure;Code article;Libellé;Qté;PU TTC;Montant TTC;Dont TVA;Total ticket
T001;03/04/2026;10:05;A1;Chemise;2;10,00;20,00;3,33;1 120,00
T001;03/04/2026;10:05;A2;Veste d'été;1;1 100,00;1 100,00;183,33;1 120,00
T002;14/04/2026;11:00;A2;Veste d'été;-1;1 100,00;-1 100,00;-183,33;-1 100,00
T003;14/04/2026;11:30;A1;Chemise;1;10,00;10,00;1,67;10,00
Total;;;;;3;;30,00;5,00;
"""


def cells(text: str, delimiter: str, skip: int) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("\n".join(text.splitlines()[skip:])), delimiter=delimiter))


def euro(text: str) -> Decimal:
    return Decimal(text.replace("\u202f", "").replace(" ", "").replace(",", "."))


def learnt(path: Path, plan: Plan, table: Table, folder: Path, name: str = "") -> tuple[Draft, Preview, Loaded]:
    """The draft, its preview, and the file read by the profile as it was written."""
    made = draft(plan, table, PROFILES, name)
    seen = preview(made, table, PROFILES)
    assert seen.error is None, (seen.error.what, seen.error.where)
    written = write(folder, made.file, made.text)
    assert load_profile(written).verified, "what a person learnt from a file of his counts at once"
    assert not mistakes(written, PROFILES)
    _, known = PROFILES.with_file(written)
    loaded = Loaded(path, known)
    assert loaded.account.profile == made.id and loaded.account.rejected_count == 0
    return made, seen, loaded


def test_a_french_till_export_is_proposed_whole_and_adds_up(tmp_path: Path) -> None:
    path = write(tmp_path, "export_caisse_2026-04.csv", TILL)
    found = tables(path)
    assert (found[0].delimiter, found[0].line, found[0].header[0]) == (";", 4, "N° ticket")
    kind, plan = kinds_by_likeness(found[0], PROFILES)[0]
    assert (kind.id, plan.missing(), plan.constants) == ("lines", [], {"channel": "store"})
    assert plan.columns == {
        "number": "N° ticket", "day": "Date vente", "amount": "Montant TTC", "sku": "Code article", "title": "Libellé", "quantity": "Qté", "clock": "Heure",
        "unit_price": "PU TTC", "tax": "Dont TVA", "order_total": "Total ticket",
    }  # fmt: skip
    made, seen, loaded = learnt(path, plan, found[0], tmp_path)
    assert (made.id, made.added, made.rivals) == ("mine.export_caisse", (), ())
    rows = [row for row in cells(TILL, ";", 3) if row["N° ticket"].startswith("T0")]
    sold = [row for row in rows if int(row["Qté"]) > 0]
    assert loaded.one("order_lines", "sum(net), sum(tax), sum(quantity)") == (
        sum(euro(row["Montant TTC"]) for row in sold), sum(euro(row["Dont TVA"]) for row in sold), sum(int(row["Qté"]) for row in sold),
    )  # fmt: skip
    assert loaded.one("orders", "count(*), sum(net), min(CAST(placed_at AS VARCHAR))") == (2, Decimal(1130), "2026-04-03 10:05:00")
    back = rows[2]
    assert loaded.one("returns", "sum(amount), sum(quantity)") == (-euro(back["Montant TTC"]) + euro(back["Dont TVA"]), 1)
    assert dict(loaded.account.dropped) == {"totals row": 1} and seen.whole
    assert [(check.name, check.held, check.of) for check in loaded.account.checks] == [
        ("line amount", 4, 4), ("order total", 3, 3), ("tax within the amount", 4, 4),
    ]  # fmt: skip
    assert dict(next(part for part in seen.made if part.dataset == "orders").sums)["net"] == Decimal(1130)


def test_of_two_headers_each_can_be_pointed_at(tmp_path: Path) -> None:
    """A block of settings with a header of its own stands above the orders; order lines leave the order's cells blank."""
    text = """Shop,Currency,Exported by
Paris,EUR,Ana

Reference,Placed on,Shipping fee,Buyer mail,Article,Pieces,Line value
R-1,2026-04-03 10:00:00,5.00,ana@exemple.fr,Lamp,2,40.00
,,,,Cable,1,3.50
R-2,2026-04-04 11:00:00,0.00,bob@exemple.fr,Lamp,1,20.00
"""
    path = write(tmp_path, "orders.csv", text)
    found = tables(path)
    assert {table.line for table in found} >= {1, 4} and found[0].line == 4
    other = next(table for table in found if table.line == 1)
    assert [column.header for column in other.columns] == ["Shop", "Currency", "Exported by"]
    plan = with_columns(Plan("lines"), found[0], [("number", "reference"), ("day", "Placed on"), ("amount", "Line value"), ("title", "Article"),
                                                  ("quantity", "Pieces"), ("email", "Buyer mail")])  # fmt: skip
    plan = with_settings(plan, [("channel", "web"), ("tax", "included"), ("vat", "20"), ("currency", "eur")])
    made, _, loaded = learnt(path, plan, found[0], tmp_path, "Atelier d'Été")
    assert made.id == "mine.atelier_d_ete" and "fill_down" in made.text
    assert loaded.rows("orders", "order_ref, net, tax, currency, customer_key IS NULL", "ORDER BY 1") == [
        ("R-1", Decimal("43.5"), Decimal("7.25"), "EUR", False), ("R-2", Decimal(20), Decimal("3.33"), "EUR", False),
    ]  # fmt: skip
    assert loaded.one("order_lines", "count(*), sum(quantity)") == (3, 4)


def test_a_sheet_of_a_workbook_of_two_is_found_and_learnt(tmp_path: Path) -> None:
    path = tmp_path / "suivi.xlsx"
    book = xlsxwriter.Workbook(path)
    notes, stock = book.add_worksheet("Lisez-moi"), book.add_worksheet("Stock au 30")
    notes.write_row(0, 0, ["Sujet", "Qui"])
    notes.write_row(1, 0, ["inventaire", "Ana"])
    stock.write(0, 0, "Inventaire du 30/04/2026")
    stock.write_row(2, 0, ["Dépôt", "Réf. article", "Stock réel", "PA HT"])
    counted = [("Lyon", "A1", 4, 5.5), ("Lyon", "A1", 2, 5.5), ("Paris", "A2", 7, 1.25)]
    for number, row in enumerate(counted, 3):
        stock.write_row(number, 0, row)
    book.close()
    found = next(table for table in tables(path) if table.decoded.sheet == "Stock au 30")
    plan = suggest(BY_ID["stock"], found, PROFILES)
    assert plan.columns == {"sku": "Réf. article", "on_hand": "Stock réel", "location": "Dépôt", "unit_cost": "PA HT"}
    _, seen, loaded = learnt(found.path, plan, found, tmp_path)
    assert loaded.rows("stock", "location, sku, on_hand, unit_cost", "ORDER BY 1") == [
        ("Lyon", "A1", Decimal(6), Decimal("5.5")), ("Paris", "A2", Decimal(7), Decimal("1.25")),
    ]  # fmt: skip
    assert "no day inside" in seen.account.limits[0].en  # type: ignore[union-attr]


def test_records_and_what_stays_open_is_asked(tmp_path: Path) -> None:
    doc = {"meta": {"page": 1}, "sales": {"items": [{"id": n, "at": f"0{n}/04/2026", "paid": {"amount": f"1,{n}00"}} for n in range(1, 4)]}}
    path = write(tmp_path, "api.json", json.dumps(doc))
    found = tables(path)[0]
    assert found.records is not None and found.records.path == "sales.items" and found.header == ("id", "at", "paid.amount")
    plan = with_settings(with_columns(Plan("orders"), found, [("number", "id"), ("day", "at"), ("total", "paid.amount")]), [("channel", "web")])
    seen = preview(draft(plan, found, PROFILES), found, PROFILES)
    asked = {question.kind for question in seen.questions}
    assert seen.account is None and "date_order" in asked
    plan = with_settings(plan, [("order.day", "dmy"), ("decimal", ".")])
    _, _, loaded = learnt(path, plan, found, tmp_path)
    assert loaded.one("orders", "count(*), sum(total), CAST(max(placed_on) AS VARCHAR)") == (3, Decimal(3600), "2026-04-03")


def test_a_header_that_other_profiles_would_take_is_made_longer_or_refused(tmp_path: Path) -> None:
    """A template's own header, read as something else: more of its headers are required until it is told apart, or the rival is named."""
    path = write(tmp_path, "sheet.csv", "date;location;sku;qty\n03/04/2026;Lyon;A1;4\n14/04/2026;Lyon;A2;3\n")
    found = tables(path)[0]
    plan = with_columns(Plan("visits"), found, [("day", "date"), ("store", "location"), ("visitors", "qty")])
    made = draft(plan, found, PROFILES)
    assert made.rivals == ("omnigap.stock",) and any("omnigap.stock" in str(note.values) for note in made.notes)
    path = write(tmp_path, "sheet2.csv", "date;location;sku;qty;door\n03/04/2026;Lyon;A1;4;N\n14/04/2026;Lyon;A2;3;S\n")
    found = tables(path)[0]
    _, _, loaded = learnt(path, with_columns(Plan("visits"), found, [("day", "date"), ("store", "location"), ("visitors", "qty")]), found, tmp_path)
    assert loaded.one("store_visits", "sum(visitors)") == (7,)


def test_only_the_head_of_a_large_file_is_looked_at(tmp_path: Path) -> None:
    lines = [f"K{number};2026-04-{1 + number % 28:02};{number % 7};{10 + number % 5}.50;{'x' * 900}" for number in range(5000)]
    path = write(tmp_path, "big.csv", "bestellnummer;datum;menge;betrag;bemerkung\n" + "\n".join(lines) + "\n")
    found = tables(path)[0]
    plan = with_settings(suggest(BY_ID["lines"], found, PROFILES), [("channel", "web")])
    plan = with_columns(plan, found, [("title", "bemerkung")])
    seen = preview(draft(plan, found, PROFILES), found, PROFILES, rows=50)
    assert seen.error is None and not seen.whole and seen.account is not None and 40 <= seen.account.rows_read <= 60


def test_wrong_names_are_answered_with_the_nearest(tmp_path: Path) -> None:
    found = tables(write(tmp_path, "c.csv", TILL))[0]
    for call, near in (
        (lambda: kind_named("line"), "lines"),
        (lambda: field_named(BY_ID["lines"], "quantiti"), "quantity"),
        (lambda: column_named(found, "Montan TTC"), "Montant TTC"),
        (lambda: with_settings(Plan("lines"), [("chanel", "web")]), "channel"),
        (lambda: with_settings(Plan("lines"), [("channel", "shopp")]), "store"),
        (lambda: with_settings(Plan("lines"), [("vat", "much")]), "20"),
    ):
        with pytest.raises(UsageError) as caught:
            call()  # type: ignore[no-untyped-call]
        assert near in str(caught.value.hint.values if caught.value.hint else "") + (caught.value.hint.template if caught.value.hint else "")
    with pytest.raises(UsageError, match="still needed"):
        draft(Plan("lines"), found, PROFILES)


def test_cells_say_what_they_are() -> None:
    assert [shape_of(values) for values in (["", " "], ["03/04/2026"], ["2026-04-03T10:00:00Z"], ["10:05"], ["20260403"], ["12", "-3"], ["1,5"], ["12,00 €"],
            ["3 %", "4%"], ["EUR", "USD"], ["a@b.fr"], ["A-12", "B-13"], ["Lyon", "Paris"], ["oui", "non"])] == [
        "empty", "date", "timestamp", "time", "date", "int", "number", "money", "percent", "currency", "email", "id", "text", "yes or no"]  # fmt: skip
    assert named_of("ventes_2026-04-30.csv") == "ventes" and named_of("Export caisse (3).csv.gz") == "Export caisse"
    for kind in KINDS:
        assert len(set(kind.names)) == len(kind.names)
        for item in kind.fields:
            dataset, _, column = item.feeds.partition(".")
            assert not column or column in DATASETS[dataset].columns, item


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_columns_pointed_at_give_a_profile_or_a_reason(data: st.DataObject, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    if not path.exists():
        write(tmp_path, "c.csv", TILL + "\n")
    found = tables(path)[0]
    kind = data.draw(st.sampled_from(KINDS))
    names = data.draw(st.sets(st.sampled_from(kind.names)))
    headers = [column.header for column in found.columns]
    plan = Plan(kind.id, {name: data.draw(st.sampled_from(headers)) for name in kind.names if name in names})
    for item in kind.fields:
        if item.constant and item.name not in plan.columns and data.draw(st.booleans()):
            plan = with_settings(plan, [(item.name, (item.only or ("EUR",))[0])])
    try:
        made = draft(plan, found, PROFILES)
    except OmnigapError as error:
        assert plan.missing() and error.hint is not None
        return
    assert not plan.missing()
    assert load_profile(write(tmp_path, made.file, made.text)).id == made.id
    if data.draw(st.integers(0, 3)) == 0:
        seen = preview(made, found, PROFILES)
        assert seen.account is not None or seen.error is not None
