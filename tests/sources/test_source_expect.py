"""What is expected of a file is checked when it is loaded, by line and day; what settings.yaml expects of an unknown source or column is a mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from source_files import KEY, PROFILES, order, shopify, write

from kpi_core.config.bundle import load_bundle
from kpi_core.config.settings_file import Expect
from kpi_core.errors import ConfigError
from kpi_core.sources import convert, recognise
from kpi_core.sources.account.expect import EVERY_DAY, ONCE, WITHIN, Expectations
from kpi_core.workbench.owning import expectations, overlaps

FILE = shopify([
    order("#1", Total="20.00", Created_at="2026-04-01 10:00:00 +0200"),
    order("#2", Total="900.00", Subtotal="900.00", Lineitem_price="900.00", Created_at="2026-04-02 10:00:00 +0200"),
    order("#3", Email="bo@exemple.fr", Total="-3.00", Created_at="2026-04-05 10:00:00 +0200"),
])  # fmt: skip


def checks(path: Path, expected: Expectations) -> dict[tuple[str, str], tuple[int, int]]:
    con = duckdb.connect()
    con.execute("SET threads = 1")
    done = convert(con, recognise(path, PROFILES), key=KEY, expected=expected)
    return {(check.name, check.note): (check.held, check.of) for check in done.account.checks if check.name in (ONCE, WITHIN, EVERY_DAY)}


def test_values_ranges_and_days_are_checked_by_line_and_day(tmp_path: Path) -> None:
    path = write(tmp_path, "orders.csv", FILE)
    assert checks(path, Expectations()) == {}, "the profile expects nothing: nothing is checked"
    own = Expect(unique=(("email",), ("name", "email")), range={"total": (0, None)}, days_present=True)
    web = Expect(range={"total": (None, 500)}, days_present=True)
    found = checks(path, Expectations({"shopify.orders": own}, {("orders", "web"): web, ("orders", "store"): web, ("returns", None): web}))
    assert found == {
        (ONCE, "email: 3"): (2, 3),
        (ONCE, ""): (3, 3),
        (WITHIN, "total 0..: 4"): (2, 3),
        (EVERY_DAY, "2026-04-03, 2026-04-04"): (3, 5),
        (WITHIN, "orders/web total ..500: 3"): (2, 3),
        (EVERY_DAY, "orders/web: 2026-04-03, 2026-04-04"): (3, 5),
    }


@pytest.mark.parametrize(("text", "line", "hint"), [
    ("expect:\n  shopify.order: {fresh_within: 1}", 3, "shopify.orders"),
    ("expect:\n  orders/web: {range: {totals: [0, 1]}}", 3, "total"),
    ("expect:\n  shopify.orders: {unique: [[nam]]}", 3, "name"),
    ("expect:\n  orders: {fresh_withn: 1}", 3, "fresh_within"),
    ("owners: {square sale: square.items}", 2, "square sales"),
    ("owners: {square sales: square.item}", 2, "square.items"),
])  # fmt: skip
def test_a_mistake_in_settings_is_told_with_its_line_and_the_nearest_name(tmp_path: Path, text: str, line: int, hint: str) -> None:
    (tmp_path / "settings.yaml").write_text(f"version: 1\n{text}\n")
    with pytest.raises(ConfigError) as caught:
        bundle = load_bundle(tmp_path)
        overlaps(bundle, PROFILES)
        expectations(bundle, PROFILES)
    assert caught.value.where is not None and caught.value.where.line == line
    assert hint in str(caught.value.hint)


def test_the_owner_of_settings_comes_before_the_others(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("version: 1\nowners: {square sales: square.transactions}\n")
    ranks: dict[tuple[str, str], Any] = {(item.profile, item.group): item.rank for item in overlaps(load_bundle(tmp_path), PROFILES)}
    assert ranks["square.transactions", "square sales"] < ranks["square.items", "square sales"]
    assert ranks["square.transactions", "square refunds"] > ranks["square.items", "square refunds"]
