"""A mart that is carried on is the mart that would be built: every table, every row, after any sequence of loads."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_rows import export, line, load, order, workspace
from torture_scale import times

from kpi_core.config.bundle import load_bundle
from kpi_core.config.shipped import shipped
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.rollups import rollups
from kpi_core.store import MartSettings, Workspace, open_reader, star_reach, star_update
from kpi_core.store.connection import connect
from kpi_core.store.counting import set_status
from kpi_core.store.rollup import RollupSpec
from kpi_core.store.star import build_mart

FIRST = date(2026, 1, 5)
CUSTOMERS = [*(n << 33 for n in range(1, 10)), (9 << 33) + 1, (8 << 33) + 5]  # keyed hashes, of which some begin alike
STORES = ["Lyon", "Nice", None]
CATALOGUE = Catalogue.build(load_bundle(shipped("config")).kpis, load_bundle(shipped("config")).documents["kpis"])
ROLLUPS = tuple(rollups(CATALOGUE))


def shop_export(
    folder: Path, rng: random.Random, number: int, *, days: tuple[int, int] = (0, 120), most: int = 13, ids: tuple[int, int] = (0, 60), plain: bool = False
) -> Path:
    """Orders of few customers over few days, so that loads meet: corrections, moved days, returns of old orders, shared identifiers."""
    rows: dict[str, list[dict[str, Any]]] = {"orders": [], "order_lines": [], "returns": [], "identifiers": [], "fulfilments": []}

    foreign = rng.random() < 0.2

    def on() -> str:
        return (FIRST + timedelta(days=rng.randrange(*days))).isoformat()

    for order_id in rng.sample(range(*ids), most if most > 13 else rng.randrange(1, most + 1)):
        day, channel = on(), rng.choice(["web", "app", "store", "store"])
        at = f"{day}T{rng.randrange(8, 20):02d}:00:00" if rng.random() < 0.6 else None
        customer = rng.choice([None, *CUSTOMERS])
        abroad = {"currency": "USD", "fx_base": "EUR", "fx_rate": rng.choice([1.25, 1.25, 1.5])} if foreign and rng.random() < 0.2 else {}
        known = abroad | {"channel": channel, "store": rng.choice(STORES) if channel == "store" else None, "customer_key": customer, "placed_at": at}
        status = rng.choice(["completed"] * 8 + ["cancelled", "pending"])
        rows["orders"].append(order(f"x:{order_id}", day, order_ref=f"#{order_id % 40}", status=status, device=rng.choice(["mobile", None]), **known))
        lines = rng.randrange(1, 4)
        if lines == 1 and rng.random() < 0.5:  # an export that tells totals only
            rows["orders"][-1] |= {"items_known": False, "net": rng.randrange(1, 90)}
        for n in range(1, lines):
            kind = rng.choice(["product"] * 6 + ["shipping", "gift_card"])
            rows["order_lines"].append(line(f"x:{order_id}", day, rng.randrange(1, 90), n, sku=f"S{rng.randrange(4)}", line_type=kind, currency=None))
        if customer and rng.random() < 0.4:
            rows["identifiers"].append({"customer_key": customer, "id_hash": rng.choice([customer, 100 + rng.randrange(6)]), "kind": "email"})
    for return_id in rng.sample(range(20), rng.randrange(0, 4)):
        named = f"x:{rng.randrange(120)}" if rng.random() < 0.7 else f"ref:x:#{rng.randrange(40)}"
        amount = {"quantity": rng.choice([1, None]), "amount": rng.randrange(1, 30), "currency": "EUR", "sold_on": rng.choice([None, on()])}
        rows["returns"].append({"return_id": f"r{return_id}", "order_id": named, "returned_on": on(), "channel": rng.choice(["web", "store", None]), **amount})
    for order_id in rng.sample(range(60), rng.randrange(0, 5)):
        rows["fulfilments"].append({"order_id": f"x:{order_id}", "channel": "web", "shipped_on": on(), "delivered_on": rng.choice([None, on()])})
    seen: dict[Any, dict[str, Any]] = {(row["customer_key"], row["id_hash"], row["kind"]): row for row in rows["identifiers"]}
    rows["identifiers"] = list(seen.values())
    if plain:
        rows = {"orders": rows["orders"], "order_lines": rows["order_lines"]}
    as_of = (date(2026, 6, 1) + timedelta(days=rng.randrange(30))).isoformat()
    return export(folder, f"{number}-{rng.random()}.json", {name: found for name, found in rows.items() if found}, as_of)


def shop_others(folder: Path, rng: random.Random) -> Path:
    """What the shop began with: touches and carts too."""
    touches, carts = [], []
    for n in range(30):
        day = FIRST + timedelta(days=rng.randrange(120))
        touches.append(
            {
                "touch_id": f"t{n}",
                "occurred_on": day.isoformat(),
                "channel": rng.choice(["web", "email", "store"]),
                "source": "Email",
                "kind": "visit",
                "customer_key": rng.choice([None, *range(20, 26), *CUSTOMERS[2:4]]),
            }
        )
        carts.append({"cart_id": f"c{n}", "channel": "web", "created_on": day.isoformat(), "order_id": rng.choice([None, f"x:{rng.randrange(160)}"])})
    visits = [{"store": "Lyon", "day": (FIRST + timedelta(days=n)).isoformat(), "visitors": 10 + n} for n in range(40)]
    return export(folder, "others.json", {"touches": touches, "carts": carts, "store_visits": visits})


def content(ask: Callable[..., list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of a mart, rows in an order of their own; what says when it was built left out."""
    tables = [row[0] for row in ask("select distinct table_name from information_schema.tables where table_catalog = 'mart' and table_schema = 'main'")]
    found = {}
    for table in sorted(tables):
        columns = [
            row[0]
            for row in ask(
                "select column_name from information_schema.columns where table_catalog = 'mart' and table_schema = 'main' and table_name = ? order by column_name",
                (table,),
            )
        ]
        listed = ", ".join(f'"{column}"' for column in columns)
        rows = ask(f'select {listed} from "{table}"')
        if table == "meta":
            rows = [row for row in rows if row[0] not in ("built_at", "generation", "prepared")]
        found[table] = sorted(rows, key=repr)
    return found


def _check(space: Workspace, tmp: Path, specs: tuple[RollupSpec, ...] = ROLLUPS) -> None:
    """What readers see is what would be built from the same facts."""
    manifest = space.manifest()
    fresh = workspace(tmp / f"fresh-{manifest.generation}")
    fresh.prepare()
    (fresh.warehouse / "facts").rmdir()
    (fresh.warehouse / "facts").symlink_to(space.warehouse / "facts")
    with connect() as con:
        mart = build_mart(con, fresh.warehouse, manifest.facts, 1, "", MartSettings(), specs)
    with open_reader(space) as carried, connect() as con:
        con.execute(f"attach '{fresh.warehouse / mart.file}' as mart (read_only); use mart")
        mine, theirs = content(carried.execute), content(lambda sql, values=(): con.execute(sql, list(values)).fetchall())
        assert mine.keys() == theirs.keys()
        for table in mine:
            more, less = ([row for row in one if row not in other][:5] for one, other in ((mine[table], theirs[table]), (theirs[table], mine[table])))
            assert mine[table] == theirs[table], (table, more, less)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(star_update, "LARGE", 0)
    monkeypatch.setattr(star_reach, "MOST", 0)
    monkeypatch.setattr(star_update, "SHARE", 0)


@pytest.mark.fault(26)
@settings(max_examples=times(2, 100), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_after_every_load_it_is_what_would_be_built(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    walk(seed, tmp_path_factory.mktemp("carried"))


def walk(seed: int, tmp: Path) -> list[bool]:
    """Loads, corrections, undo and redo; after each the mart is compared. Which generations were carried on."""
    rng = random.Random(seed)
    space = workspace(tmp / "shop")
    begin = [shop_export(tmp / "in", rng, 0, most=50)] + ([shop_others(tmp / "in", rng)] if rng.random() < 0.7 else [])
    load(space, *begin, rollups=ROLLUPS)
    carried = []
    for n in range(1, rng.randrange(2, 4)):
        first = n * 100 + rng.choice([0, -50])
        kinds: list[dict[str, Any]] = [
            {},
            {"ids": (first, first + 60), "days": (60, 125), "plain": rng.random() < 0.7},
            {"ids": (n * 100, n * 100 + 60), "days": (119, 125), "plain": True},
        ]
        new = rng.choice([*kinds, kinds[2]])  # corrections, new orders, a day after all others
        load(space, shop_export(tmp / "in", rng, n, **new), rollups=ROLLUPS)
        carried.append(space.manifest().base is not None)
        _check(space, tmp)
    if rng.random() < 0.5:
        set_status(space, [rng.randrange(1, len(begin) + len(carried) + 1)], "undone", rollups=ROLLUPS)
        carried.append(space.manifest().base is not None)
        _check(space, tmp)
    return carried


def test_what_one_more_day_brings(tmp_path: Path) -> None:
    """Orders that tell totals only, a customer in a new channel, an order that a cart awaited; a rate of exchange that moves is that of every day."""
    one, other = CUSTOMERS[:2]

    def day(number: int, *sold: tuple[str, dict[str, Any]], **more: list[dict[str, Any]]) -> tuple[str, dict[str, list[dict[str, Any]]], str]:
        on = (FIRST + timedelta(days=number)).isoformat()
        orders = [order(order_id, on, **known) for order_id, known in sold]
        lines = [line(row["order_id"], on, 20, currency=None) for row in orders if row["items_known"]]
        return f"{number}.json", {"orders": orders, "order_lines": lines, **more}, on

    total: dict[str, Any] = {"items_known": False, "net": 30}
    euros: dict[str, Any] = {"currency": "USD", "fx_base": "EUR", "fx_rate": 1.25}
    carts = [{"cart_id": "c1", "channel": "web", "created_on": (FIRST + timedelta(days=n)).isoformat(), "order_id": "x:9"} for n in range(9)]
    touches = [{"touch_id": "t1", "occurred_on": FIRST.isoformat(), "channel": "email", "source": "Email", "kind": "visit", "customer_key": one}]
    days = [
        (day(1, ("x:1", {"customer_key": one}), ("x:2", {"customer_key": other}), ("x:3", total), carts=carts[:1], touches=touches), False),
        (day(2, ("x:4", {"customer_key": one, "channel": "store"}), ("x:5", {"customer_key": other}), ("x:9", {}), ("x:6", total)), True),
        (day(3, ("x:7", {"customer_key": one, **euros})), False),
        (day(4, ("x:8", {"customer_key": one, **euros})), True),
        (day(5, ("x:10", {"customer_key": one, **euros, "fx_rate": 1.5})), False),
        (day(6, ("x:1", {"customer_key": other})), True),
    ]
    space = workspace(tmp_path / "shop")
    for (name, rows, on), carried in days:
        load(space, export(tmp_path / "in", name, rows, on))
        assert (space.manifest().base is not None) == carried, name
        _check(space, tmp_path, ())
    with open_reader(space) as reader:
        assert reader.execute("select lifetime_orders, channels from customers where customer_key = ?", (one,)) == [(4, ["store", "web"])]
        assert reader.execute("select count(*) from awaited") == [(0,)]
