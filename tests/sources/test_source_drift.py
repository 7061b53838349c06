"""A vendor changes a header: what is needed and gone is refused by name, what is new is noted, and nothing changes silently."""

from __future__ import annotations

from pathlib import Path

import pytest
from source_files import PROFILES, TICKET_HEADER, TICKETS, order, shopify, tickets, write

from kpi_core.config.shipped import shipped
from kpi_core.config.yaml import load_yaml
from kpi_core.engine.catalogue import Catalogue
from kpi_core.errors import Drift, UnknownFormat
from kpi_core.sources.account.account import HeaderCell
from kpi_core.sources.account.drift import Layout, compare, kind_of, nearest
from kpi_core.sources.rows.feeding import EVERYTHING, fed_by
from kpi_core.store import LoadReport, SourceImporter, Workspace, load_with, open_reader
from kpi_core.workbench.loading import memory_of

ORDERS = [order(f"#{n}", Email=f"a{n}@exemple.fr", Shipping_Country="FR", Lineitem_sku=f"S{n}", Refunded_Amount="2.00") for n in range(1, 5)]


def renamed(text: str, old: str, new: str) -> str:
    head, _, rest = text.partition("\n")
    assert f",{old}," in head
    return head.replace(f",{old},", f",{new},") + "\n" + rest


def without(text: str, column: str) -> str:
    rows = [line.split(",") for line in text.splitlines()]
    at = rows[0].index(column)
    return "\n".join(",".join(cells[:at] + cells[at + 1 :]) for cells in rows) + "\n"


def shuffled(text: str) -> str:
    rows = [line.split(",") for line in text.splitlines()]
    order_ = sorted(range(len(rows[0])), key=lambda at: (at * 7) % len(rows[0]))
    return "\n".join(",".join(cells[at] for at in order_) for cells in rows) + "\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace that has loaded one export of orders and one of tickets."""
    folder = tmp_path_factory.mktemp("drift")
    workspace = Workspace.create(folder / "shop")
    files = tmp_path_factory.mktemp("first")
    report = load_all(workspace, [write(files, "orders_export_1.csv", shopify(ORDERS)), tickets(files)])
    assert not report.failed, report.failed
    return workspace


CATALOGUE = Catalogue.read(load_yaml(shipped("config") / "kpis.yaml"))


def load_all(workspace: Workspace, paths: list[Path], accept: bool = False) -> LoadReport:
    """As `omnigap load`, without the prepared numbers that nobody reads here."""
    return load_with(workspace, paths, SourceImporter(PROFILES, memory=memory_of(workspace, CATALOGUE, accept)))


def load(workspace: Workspace, path: Path, accept: bool = False) -> LoadReport:
    return load_all(workspace, [path], accept)


def test_a_needed_column_that_is_renamed_or_gone_is_refused_with_the_line_to_write_and_nothing_changes(shop: Workspace, tmp_path: Path) -> None:
    before = shop.generation()
    text = shopify(ORDERS).replace("#", "#9")
    broken = [
        write(tmp_path, "renamed.csv", renamed(text, "Lineitem sku", "Variant code")),
        write(tmp_path, "gone.csv", without(text, "Shipping Country")),
        write(tmp_path, "required.csv", renamed(text, "Lineitem price", "Unit price")),  # without it no profile claims the file
        tickets(tmp_path, [line.replace(";100;", ";900;") for line in TICKETS], TICKET_HEADER.replace("MT_TTC", "TOTAL_LIGNE"), "caisse.csv"),
    ]
    errors = [load_all(shop, [path]).files[0].error for path in broken]
    assert [type(error) for error in errors] == [Drift] * 4
    told = [str(error) for error in errors]
    assert "Lineitem sku (now Variant code?)" in told[0] and 'columns.sku.from: [Lineitem sku, Variant code]' in told[0] and "--accept-drift" in told[0]
    line = next(number for number, text in enumerate((Path(PROFILES.get("shopify.orders").document.file).read_text()).splitlines(), 1) if "  sku:" in text)
    assert f"config/profiles/shopify.orders.yaml, line {line}" in told[0]
    assert "gone: Shipping Country" in told[1] and "KPIs that need them" in told[1]
    assert "Lineitem price" in told[2] and "columns.unit_price.from: [Lineitem price, Unit price]" in told[2] and "--accept-drift" not in told[2]
    assert "MT_TTC" in told[3] and "revenue" in errors[3].kpis  # type: ignore[union-attr]
    assert errors[1] is not None and "aov" in errors[1].kpis and errors[1].columns == ("Shipping Country",)
    assert shop.generation() == before


def test_new_and_moved_columns_load_with_a_note_and_a_known_header_without(shop: Workspace, tmp_path: Path) -> None:
    text = shopify(ORDERS)
    more = "\n".join(f"{line},{'Risk score' if at == 0 else '7'}" for at, line in enumerate(text.replace("#", "#8").splitlines())) + "\n"
    report = load_all(shop, [write(tmp_path, "added.csv", more), write(tmp_path, "moved.csv", shuffled(text.replace("#", "#7")))])
    added, moved = (file.account for file in report.files)
    assert added.drift.added == ("Risk score",) and not added.drift.removed and added.drift.file == "orders_export_1.csv" and added.unused[-1] == "Risk score"
    assert moved.drift is None and moved.rows_used == 4
    again = load(shop, write(tmp_path, "same.csv", more.replace("#8", "#6")))
    assert again.files[0].account.drift is None, "a header that was loaded is known"
    # a column that never fed anything may go: here `Employee` is not read at all and `Paid at` leads nowhere
    gone = load(shop, write(tmp_path, "less.csv", without(text.replace("#", "#5"), "Employee")))
    assert gone.files[0].account.drift.removed == ("Employee",) and not gone.files[0].account.drift.lost


def test_drift_that_is_accepted_counts_and_is_remembered(shop: Workspace, tmp_path: Path) -> None:
    text = without(shopify(ORDERS), "Lineitem sku")
    first = write(tmp_path, "one.csv", text.replace("#", "#4"))
    assert isinstance(load(shop, first).files[0].error, Drift)
    with open_reader(shop) as reader:
        last = reader.last_load()
    assert last is not None and [(item.kind, item.status) for item in last.unused] == [("Drift", "failed")] and "Lineitem sku" in str(last.unused[0].what)
    accepted = load(shop, first, accept=True).files[0].account
    assert accepted.drift.lost == ("Lineitem sku",) and accepted.drift.kpis
    with open_reader(shop) as reader:
        assert reader.last_load() is not None and not reader.last_load().unused, "the next load clears what the last one said"
    assert load(shop, write(tmp_path, "two.csv", text.replace("#", "#3"))).files[0].status == "loaded"


def test_the_first_file_of_a_kind_has_nothing_to_compare_and_a_foreign_one_stays_unknown(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "shop")
    files = [
        write(tmp_path, "orders_export.csv", without(shopify(ORDERS), "Lineitem sku")),
        write(tmp_path, "foreign.csv", "alpha,beta,gamma\n1,2,3\n"),
        tickets(tmp_path, TICKETS, TICKET_HEADER.replace("MT_TTC", "TOTAL_LIGNE")),  # known nearly whole to its profile
    ]
    orders, foreign, till = load_all(workspace, files).files
    assert orders.status == "loaded" and orders.account.drift is None
    assert isinstance(foreign.error, UnknownFormat)
    assert isinstance(till.error, Drift) and "columns.amount.from:" in str(till.error) and "TOTAL_LIGNE" in str(till.error)


def test_what_a_column_feeds_is_followed_through_the_steps() -> None:
    feeds = fed_by(PROFILES.get("shopify.orders"))  # type: ignore[arg-type]
    assert ("order_lines", "net") in feeds["qty"] and ("orders", "status") in feeds["cancelled_at"] and ("orders", "customer_key") in feeds["email"]
    assert ("fulfilments", EVERYTHING) in feeds["fulfilled_at"] and not feeds["paid_at"]
    assert ("orders", "store") not in feeds["taxes"], "what stands in quotes is no name"


def test_columns_are_paired_by_place_and_kind() -> None:
    def cells(*texts: str) -> tuple[HeaderCell, ...]:
        return tuple(HeaderCell(*text.split("/")) for text in texts)

    profile = PROFILES.get("shopify.orders")
    assert profile is not None
    old = Layout("a.csv", "h", cells("Name/name/text", "Total/total/number", "Taxes/taxes/number", "Lineitem sku/sku/text", "Tags/tags/text"), ("2026", 1))
    changes = compare(old, cells("Name/name/text", "Sum//number", "Taxes/taxes/number", "Kind//text", "Lineitem sku/sku/text"), profile)
    assert [(was.name, now.name) for was, now in changes.renamed] == [("Total", "Sum")] and [c.name for c in changes.added] == ["Kind"]
    assert [c.name for c in changes.lost] == ["Total", "Tags"]
    other = Layout("b.csv", "g", cells("Name/name/text", "Total/total/number"), ("2027", 2))
    assert nearest([old, other], old.columns) is old and nearest([old, other], cells("x//", "y//")) is None


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (("1", "2,5", "-3"), "number"), (("12 %", "7 %"), "number"), (("$1,149.00", "(3.00)"), "number"), (("03/04/2026", "2026-01-02 10:00"), "date"),
        (("10:05", "9:00 PM"), "time"), (("a@b.fr",), "email"), (("yes", "No"), "yes or no"), (("Lyon", "Nice"), "text"), ((None, " "), "empty"), ((), "empty"),
    ],
)  # fmt: skip
def test_kinds_of_cells(values: tuple[str | None, ...], kind: str) -> None:
    assert kind_of(values) == kind


