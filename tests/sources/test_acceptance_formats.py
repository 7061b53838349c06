"""A1-A12: what reading exports must come to, on the real files where the machine has them and on made-up ones everywhere."""

from __future__ import annotations

import csv
import os
import resource
import time
import zipfile
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from every_twin import TWINS, data_of, read
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from source_files import PROFILES, REAL, Loaded, more, needs_real, order, shopify, write

from kpi_core.errors import ConfigError, DamagedFile, SourceError, Undecided
from kpi_core.sources import recognise
from kpi_core.sources.profiles.lint import mistakes
from kpi_core.store import SourceImporter, Workspace, load_with
from tests.acceptance.kit import facts

EXPORTS = REAL / "exports"
REAL_FILES = sorted(path for path in EXPORTS.rglob("*.*sv")) if REAL.is_dir() else []


@cache
def load(name: str) -> Loaded:
    return Loaded(EXPORTS / name)


def realdata(test: Any) -> Any:
    return pytest.mark.realdata(needs_real(test))


# ---------------------------------------------------------------- A1: that no header satisfies two profiles is proved in test_source_profiles.py, that no
# foreign file is claimed in test_foreign.py


@realdata
def test_A1_every_real_sample_is_recognised_by_one_profile() -> None:
    found = {path.name: recognise(path, PROFILES).profile_id for path in REAL_FILES}
    assert len(found) == len(REAL_FILES) >= 29
    starts = {"google_ads": "google_ads.", "ga4": "ga4.", "matomo": "matomo.", "shopify": "shopify.", "square": "square.", "amazon": "amazon."}
    assert all(profile.startswith(prefix) for name, profile in found.items() for start, prefix in starts.items() if name.startswith(start))


# ---------------------------------------------------------------- A2, A4, A6: figures of real files; the others stand in test_source_real_files.py


@realdata
def test_A2_cost_of_google_ads_without_its_totals() -> None:
    ads = load("google_ads_campaign_gbp.csv")
    assert ads.one("ad_spend", "sum(spend)") == (Decimal("1164.10"),)
    assert dict(ads.account.dropped) == {"totals row": 5} and all(check.ok for check in ads.account.checks)


@realdata
def test_A4_shopify_identities_hold_on_every_order_or_are_listed() -> None:
    for name in ("shopify_more/FelixTellmann__orders_export.csv", "shopify_more/zhangerson__orders_export_4.csv"):  # the others: test_source_real_files.py
        account = load(name).account
        checks = {check.name: check for check in account.checks}
        assert checks["subtotal"].of > 0 and checks["total"].of > 0
        assert all(check.ok or check.note for check in checks.values())


@realdata
def test_A6_ga4_snapshot_reads_eight_tables_notes_ten_empty_and_keeps_last_year_apart() -> None:
    tables = load("ga4_reports_snapshot_multitable.csv").account.tables
    assert (sum(table.rows > 0 for table in tables), sum(table.rows == 0 for table in tables)) == (8, 10)
    assert len({(table.first_day, table.last_day) for table in tables}) == 3


# ---------------------------------------------------------------- A3, A5: overlaps, in any order, twice


def _overlapping(folder: Path) -> list[Path]:
    """Three exports of one shop that overlap, each with later statuses, and two of its till."""
    orders = [order(f"#{n}", Created_at=f"2026-04-{n:02} 10:00:00 +0200") for n in range(1, 10)]
    second = [row | ({"Cancelled at": "2026-04-12 10:00:00 +0200"} if at == 4 else {}) for at, row in enumerate(orders)]
    lines = [more("#5", "2", "Vase", "0.00")]
    square = str(TWINS["square.items-items-2026-04.csv"].data)
    rows = square.splitlines()
    return [
        write(folder, "orders_export_1.csv", shopify(orders[:5])),
        write(folder, "orders_export_2.csv", shopify([*second[2:5], *lines, *second[5:7], order("#20", Created_at="2026-04-13 10:00:00 +0200")])),
        write(folder, "orders_export_3.csv", shopify([*second[6:], order("#21", Created_at="2026-04-14 10:00:00 +0200")])),
        write(folder, "items-2026-04.csv", square),
        write(folder, "items-2026-04-13.csv", "\n".join(rows[:3]) + "\n"),
    ]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return _overlapping(tmp_path_factory.mktemp("overlapping"))


def _loaded(folder: Path, *loads: list[Path]) -> Workspace:
    workspace = Workspace.create(folder)
    for paths in loads:
        assert not load_with(workspace, paths, SourceImporter(PROFILES)).failed
    return workspace


def _rows(workspace: Workspace) -> dict[str, list[tuple[object, ...]]]:
    """Facts without the keys of customers: those are made with the secret of the workspace."""
    return {
        name: sorted((tuple("key" if isinstance(cell, int) and cell > 1 << 40 else cell for cell in row) for row in rows), key=repr)
        for name, rows in facts(workspace.root).items()
    }


@pytest.fixture(scope="module")
def first(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    return _rows(_loaded(tmp_path_factory.mktemp("first") / "shop", files))


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(chance=st.data())
def test_A3_order_and_repetition_of_overlapping_files_change_nothing(
    chance: Any, files: list[Path], first: dict[str, list[tuple[object, ...]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    order_ = chance.draw(st.permutations(files))
    cut = chance.draw(st.integers(1, len(files)))
    workspace = _loaded(tmp_path_factory.mktemp("again") / "shop", order_[:cut], order_)
    assert _rows(workspace) == first
    shopify_ids = {row[0] for row in first["orders"] if str(row[0]).startswith("shopify:")}
    assert len(shopify_ids) == 11


@realdata
def test_A3_overlapping_real_exports_hold_each_order_once(tmp_path: Path) -> None:
    """All 17 files are not beside the repository; those that are: any order and KPIs in tests/acceptance/test_real_exports.py."""
    paths = sorted((EXPORTS / "shopify_more").glob("zhangerson*.csv"))
    ids = set()
    for path in paths:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            ids |= {row["Id"] for row in csv.DictReader(stream) if row["Id"]}
    shop = _loaded(tmp_path / "shop", paths[::-1], [*paths, paths[0]])
    assert len(facts(shop.root)["orders"]) == len(ids)


def test_A5_the_same_till_file_twice_keeps_both_identical_sales(first: dict[str, list[tuple[object, ...]]]) -> None:
    coffees = [row for row in first["order_lines"] if "Coffee" in row]
    assert len(coffees) == 2


# ---------------------------------------------------------------- A7, A8: test_metamorphic.py has every layout; here that an added column is no harm


def test_A7_dresses_are_worn_by_every_layout_of_text() -> None:
    import test_metamorphic

    assert {TWINS[name].profile for name in test_metamorphic.TEXTS} >= {profile.id for profile in PROFILES if profile.spec.read.records is None} - {
        # they count nothing, complete others, or are read whole in test_source_real_files.py and test_profiles_tills.py
        "google_search_console.filters", "openbravo.receipts", "openbravo.ticketlines", "openbravo.tickets", "contoso.product", "contoso.sales", "contoso.store",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(TWINS)[::9])
def test_A8_a_column_more_changes_nothing_or_is_named(name: str, tmp_path: Path) -> None:
    import resaved

    path = write(tmp_path, TWINS[name].name, data_of(TWINS[name]))
    base = read(path)
    if base.recognised.decoded.records:
        pytest.skip("records have no columns")
    rows = resaved.rows_of(base.recognised, resaved.text_of(base.recognised))
    for head, end in resaved.blocks(base.recognised, rows):
        width = len(rows[head])
        for at in range(head, end):
            if len(rows[at]) == width:
                rows[at] = [*rows[at], "Zzz neu" if at == head else "7"]
    place = tmp_path / "more"
    place.mkdir()
    new = write(place, path.name, resaved.text_from(rows, base.recognised.delimiter))
    status = path.stat()
    os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))
    try:
        other = read(new)
    except SourceError as error:
        assert "zzz neu" in str(error).casefold()
        return
    if base.recognised.profile.spec.unpivot is None and not base.recognised.profile.spec.tables.multiple:
        assert other.tables == base.tables and "Zzz neu" in other.account.unused


# ---------------------------------------------------------------- A9, A10


def test_A9_ambiguous_days_and_decimals_are_asked(tmp_path: Path) -> None:
    bigcommerce = str(TWINS["bigcommerce.orders-orders-2026-06-01.csv"].data)
    for day in range(18, 22):
        bigcommerce = bigcommerce.replace(f"{day}/05/2026", f"{day - 14:02}/05/2026")
    files = {"decimal": ("costs.csv", 'sku,valid from,unit cost\nA,2026-02-01,"1,234"\n'), "date_order": ("orders.csv", bigcommerce)}
    for kind, (name, text) in files.items():
        with pytest.raises(Undecided) as asked:
            Loaded(write(tmp_path, name, text))
        assert {question.kind for question in asked.value.questions} == {kind}
        for question in asked.value.questions:
            meant = {shown for option in question.options for _, shown in option.examples}
            assert len(question.options) >= 2 and len(meant) >= 2, "each answer is shown on a cell of the file"


def test_A10_unreadable_rows_have_their_line_and_every_row_is_accounted_for(tmp_path: Path) -> None:
    rows = ["A;13/02/2026;1,10;EUR", "B;33/02/2026;1,20;EUR", "C;14/02/2026;abc;EUR", "D;15/02/2026;2,00;EUR", "D;15/02/2026;3,00;EUR"]
    account = Loaded(write(tmp_path, "costs.csv", "ARTICLE;DEBUT;COUT;DEVISE\n" + "\n".join(rows) + "\n")).account
    assert [(item.line, item.column) for item in account.rejected] == [(3, "DEBUT"), (4, "COUT")]
    assert account.rows_read == account.rows_used + sum(dict(account.dropped).values()) + account.rejected_count == 5


# ---------------------------------------------------------------- A11, A12


@pytest.mark.slow
def test_A11_a_hundred_thousand_rows_of_shopify_in_a_few_seconds(tmp_path: Path) -> None:
    header, first_row = shopify([order("#1")]).splitlines()
    rows = [first_row.replace("#1,", f"#{n},").replace(",100,", f",{n}00,") for n in range(100_000)]
    path = write(tmp_path, "orders_export_1.csv", "\n".join([header, *rows]) + "\n")
    start = time.process_time()
    found = Loaded(path)
    spent = time.process_time() - start
    assert found.one("orders", "count(*), sum(net)") == (100_000, Decimal(2_000_000))
    assert spent < 20, f"{spent:.1f} s of CPU on this machine"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 3_000_000  # kB


@pytest.mark.parametrize(
    "cell",
    ["=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "x" * (1 << 20 + 1), "\x1b[31m", "'; DROP TABLE x; --", "${HOME}", "\\\\server\\share", "read_csv('/etc/passwd')"],
    ids=["formula", "plus", "at", "a megabyte", "escape", "SQL", "variable", "path", "function"],
)
def test_A12_hostile_cells_are_text_or_refused(cell: str, tmp_path: Path) -> None:
    path = write(tmp_path, "orders.csv", shopify([order("#1", Lineitem_name=cell), order("#2")]))
    try:
        found = Loaded(path)
    except DamagedFile as error:
        assert len(cell) > 1 << 20 and "larger than" in str(error)
        return
    (title,) = found.rows("order_lines", "title", "WHERE order_id = 'shopify:100'")[0]
    assert title is not None and "\x1b" not in title and "root:" not in title


def test_A12_nuls_quotes_and_bombs_are_refused_with_their_place(tmp_path: Path) -> None:
    text = shopify([order("#1"), order("#2")])
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders.csv", b"0" * (40 << 20))
    damaged = [write(tmp_path, "nul.csv", text[:-40] + "\x00" + text[-40:]), write(tmp_path, "quote.csv", text.rstrip("\n") + '"\n'), bomb]
    for path in damaged:
        with pytest.raises(SourceError) as told:
            Loaded(path)
        assert told.value.where is not None, path


@pytest.mark.parametrize(
    "expression",
    ["read_text('/etc/passwd')", "(SELECT 1)", "getenv('HOME')", "1); DROP TABLE x; --", "cost || (SELECT content FROM read_text('/etc/passwd'))", "query('SELECT 1')"],
)
def test_A12_an_expression_cannot_leave_its_row(expression: str, tmp_path: Path) -> None:
    text = (
        "profile: 1\nid: mine.costs\ntitle: {en: Mine}\nevidence: parser\ncolumns:\n  sku: {from: [only mine], required: true}\n  cost: {from: [price of mine], as: money}\n"
        f'emit:\n  products:\n    columns:\n      sku: sku\n      title: "{expression}"\n'
    )
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    found = mistakes(path, PROFILES)
    assert found and all(isinstance(error, ConfigError) and error.where is not None for error in found)
