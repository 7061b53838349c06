"""The sample exports: same bytes at every run, vendors' headers, and each planted story visible in the files alone."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).resolve().parents[2]
if str(REPO) not in sys.path:
    sys.path.insert(0, str(REPO))

from sample_data.generate import generate  # noqa: E402
from sample_data.generator import write_web  # noqa: E402
from sample_data.generator.audience import cells  # noqa: E402
from sample_data.generator.catalogue import products  # noqa: E402
from tests.sample.reader import Star, month, read_star, rows_of, stock_days, text_of, unit_cost  # noqa: E402

EXPORTS = REPO / "sample_data" / "exports"
REAL = REPO.parent / "shared" / "data" / "exports"


@pytest.fixture(scope="module")
def star() -> Star:
    return read_star(EXPORTS)


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((REPO / "sample_data" / "facts.json").read_text(encoding="utf-8"))
    return loaded


def content(path: Path) -> bytes:
    """What a file says: compressors of other Python builds may pack the same bytes otherwise."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def count(rows: Iterable[Any], key: Callable[[Any], str], value: Callable[[Any], Any] = lambda _: 1) -> dict[str, Any]:
    out: dict[str, Any] = defaultdict(int)
    for row in rows:
        out[key(row)] += value(row)
    return dict(out)


# --- files --------------------------------------------------------------------------------------------------------------------


def test_part_is_the_same_at_every_run(tmp_path: Path) -> None:
    for name in ("one", "two"):
        grid = cells()
        write_web.write(tmp_path / name, grid, write_web.spends(grid))
    made = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*.csv*"))
    assert len(made) > 20
    for path in made:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes(), path
        assert content(tmp_path / "one" / path) == content(EXPORTS / path), path


@pytest.mark.slow
def test_everything_is_what_the_generator_writes(tmp_path: Path) -> None:
    generate(tmp_path / "exports")
    made = {p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file()}
    kept = {p.relative_to(EXPORTS.parent) for p in EXPORTS.rglob("*") if p.is_file()} | {Path("facts.json")}
    assert made == kept
    for path in made:
        assert content(tmp_path / path) == content(EXPORTS.parent / path), path


def test_size_and_gzip_headers() -> None:
    files = [p for p in EXPORTS.rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) < 8_000_000
    for path in files:
        if path.suffix == ".gz":
            head = path.read_bytes()[:10]
            assert head[3] == 0 and head[4:8] == b"\0\0\0\0", f"{path.name} holds a name or a time"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("shopify/orders_export_2026-10-31.csv.gz", "shopify_orders.csv"),
        ("shopify/checkouts_export_2026.csv.gz", "shopify_abandoned_checkouts.csv"),
        ("square/items-2026.csv.gz", "square_items.csv"),
    ],
)
def test_headers_are_the_vendors(ours: str, theirs: str) -> None:
    if not REAL.is_dir():
        pytest.skip("the real exports are not beside the repository")
    assert text_of(EXPORTS / ours).splitlines()[0] == text_of(REAL / theirs).splitlines()[0].strip()


def test_headers_have_the_known_width() -> None:
    widths = {"shopify/orders_export_2024.csv.gz": 79, "shopify/checkouts_export_2024.csv.gz": 70, "square/items-2024.csv.gz": 35}
    for name, width in widths.items():
        table = list(csv.reader(io.StringIO(text_of(EXPORTS / name), newline="")))
        assert {len(row) for row in table} == {width}, name


def test_tills_are_french_cp1252() -> None:
    data = content(EXPORTS / "pos/lyon_part_dieu/tickets_2026_S2.csv.gz")
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")
    text = data.decode("cp1252")
    assert "Cœur de lin" in text and "Écharpe" in text
    assert text.splitlines()[0].startswith("MAGASIN;CAISSE;TICKET;LIGNE;DATE;HEURE;ARTICLE;")


def test_shopify_rows_add_up() -> None:
    """Vendor identities: goods − discounts = subtotal; subtotal + delivery + tip = total; order columns on the first row only."""
    for name in ("orders_export_2025_S2.csv.gz", "orders_export_2026-10-31.csv.gz"):
        rows = rows_of(EXPORTS / "shopify" / name)
        by_order: dict[str, list[dict[str, str]]] = defaultdict(list)
        for row in rows:
            by_order[row["Name"]].append(row)
        tips = 0
        for lines in by_order.values():
            head, rest = lines[0], lines[1:]
            gross = sum(Decimal(r["Lineitem price"]) * int(r["Lineitem quantity"]) for r in lines if r["Lineitem name"] != "Tip")
            tip = sum(Decimal(r["Lineitem price"]) for r in lines if r["Lineitem name"] == "Tip")
            tips += bool(tip)
            assert gross - Decimal(head["Discount Amount"]) == Decimal(head["Subtotal"])
            assert Decimal(head["Subtotal"]) + Decimal(head["Shipping"]) + tip == Decimal(head["Total"])
            assert all(not r["Total"] and not r["Id"] and not r["Financial Status"] and r["Email"] == head["Email"] for r in rest)
        assert tips > 3
        assert any("\n" in row["Note Attributes"] for row in rows)


def test_people_are_made_up() -> None:
    for path in EXPORTS.rglob("*.csv.gz"):
        for word in text_of(path).replace(";", ",").split(","):
            if "@" in word:
                assert word.endswith("@exemple.fr"), (path.name, word)


# --- the reader agrees with the generator's own figures ---------------------------------------------------------------------------


def test_reader_meets_the_facts(star: Star, facts: dict[str, Any]) -> None:
    assert count(star.orders, lambda o: f"{month(o.day)} {o.channel}") == facts["orders"]
    assert count(star.sale, lambda s: f"{month(s.day)} {s.channel}", lambda s: s.qty) == facts["units"]
    revenue = count(star.sale, lambda s: f"{month(s.day)} {s.channel}", lambda s: s.net_amount)
    assert {k: f"{v:.2f}" for k, v in revenue.items()} == facts["revenue_ex_vat"]
    returned = count(star.returns, lambda r: f"{month(r.day)} {r.channel}", lambda r: r.amount)
    assert set(returned) == set(facts["returned_ex_vat"])
    assert all(abs(v - Decimal(facts["returned_ex_vat"][k])) < Decimal("0.01") for k, v in returned.items())
    assert count(star.sessions, lambda s: f"{month(s.day)} {s.source}", lambda s: s.sessions) == facts["sessions_by_source"]
    assert count(star.sessions, lambda s: f"{month(s.day)} {s.source}", lambda s: s.purchases) == facts["purchases_by_source"]
    spent = count(star.spend, lambda s: f"{month(s.day)} {s.source}", lambda s: s.cost)
    assert {k: f"{v:.2f}" for k, v in spent.items()} == facts["spend_by_source"]
    lost = count((c for c in star.carts if c.order_id is None), lambda c: f"{month(c.day)} {c.device}")
    assert lost == facts["abandoned_carts_by_device"]
    names = {name: code for code, (name, _) in star.stores.items()}
    assert count(star.footfall, lambda f: f"{month(f.day)} {names[f.store]}", lambda f: f.visits) == facts["visits_by_store"]
    in_store = (o for o in star.orders if o.store)
    assert count(in_store, lambda o: f"{month(o.day)} {names[o.store]}") == facts["orders_by_store"]
    back = count((r for r in star.returns if r.qty), lambda r: f"{month(r.day)} {r.category or ''}", lambda r: r.qty)
    assert back == facts["units_returned_by_category"]
    left = facts["web_orders_left_out"]
    assert star.left_out == {f"{k} order": left[k]["orders"] for k in left}
    assert len(star.touches) == facts["touches"]
    landed = count(star.landings, lambda s: f"{month(s.day)} {s.landing_page}", lambda s: s.sessions)
    assert landed == facts["sessions_by_landing_page"]
    assert count((row for row in star.leads if row.kind), lambda row: month(row.day)) == facts["newsletter_signups"]
    assert count(star.pickups, lambda p: f"{month(p.day)} {names[p.store]}") == facts["pickups_by_store"]
    assert count(star.pickups, lambda p: f"{month(p.day)} {names[p.store]}", lambda p: bool(p.ticket)) == facts["pickups_with_ticket_by_store"]


def test_landing_pages_hold_every_visit_of_the_day(star: Star) -> None:
    assert count(star.landings, lambda row: f"{row.day} {row.country}", lambda row: row.sessions) == count(
        star.sessions, lambda row: f"{row.day} {row.country}", lambda row: row.sessions
    )


def test_a_pick_up_names_an_anonymous_ticket_of_its_store_and_day(star: Star) -> None:
    tickets = {(o.store, o.day, o.order_ref): o for o in star.orders if o.channel == "store"}
    orders = {o.order_id: o for o in star.orders}
    named = [tickets[p.store, p.day, p.ticket] for p in star.pickups if p.ticket]
    assert len(named) == len({o.order_id for o in named}) > 400
    assert {o.customer for o in named} == {None}
    assert all(orders[p.order_id].fulfilment == "click_collect" and orders[p.order_id].day < p.day for p in star.pickups)


def test_an_article_that_was_sold_in_the_week_was_in_stock(star: Star) -> None:
    empty = {(c.place, c.sku, c.day - timedelta(days=c.day.weekday())) for c in star.stock_counts if c.on_hand == 0 and c.day.weekday() == 0}
    sold = {(s.store or "Entrepôt Orléans", s.sku, s.day - timedelta(days=s.day.weekday())) for s in star.sale if s.channel in ("web", "marketplace", "store")}
    assert len(empty) > 500 and not empty & sold


def test_every_return_finds_its_sale(star: Star) -> None:
    day_of = {order.order_id: order.day for order in star.orders}
    named = [r for r in star.returns if r.channel != "popup"]
    assert all(day_of[r.order_id] == r.sold_on and r.sold_on <= r.day for r in named)
    assert {r.sold_on for r in star.returns if r.channel == "popup"} == {None}


def test_levels_are_those_of_a_plausible_retailer(star: Star) -> None:
    revenue = sum(s.net_amount for s in star.sale)
    cost = sum(s.cost_amount for s in star.sale if s.cost_amount is not None)
    assert 0.48 < 1 - cost / revenue < 0.52
    assert 55_000 < len(star.orders) < 65_000
    sessions = sum(s.sessions for s in star.sessions)
    assert 0.023 < sum(s.purchases for s in star.sessions) / sessions < 0.027
    assert 0.33 < 1 - sum(s.engaged for s in star.sessions) / sessions < 0.37
    assert 0.69 < sum(c.order_id is None for c in star.carts) / len(star.carts) < 0.72
    offline = [s for s in star.sale if s.channel != "web"]
    assert 0.08 < sum(r.qty or 0 for r in star.returns) / sum(s.qty for s in offline) < 0.1
    known = Counter(o.customer for o in star.orders if o.customer)
    assert 0.35 < sum(n > 1 for n in known.values()) / len(known) < 0.5
    both = {o.customer for o in star.orders if o.customer_channels and o.customer_channels > 1}
    assert 0.1 < len(both) / len(known) < 0.25
    stock: dict[date, Decimal] = defaultdict(Decimal)
    for c in stock_days(star.stock_counts, date(2026, 10, 31)):
        if c.day.year == 2026:
            stock[c.day] += c.on_hand * (unit_cost(star, c.sku, c.day) or 0)
    assert len(stock) == 304  # no day without stock
    spent = sum((s.cost_amount or Decimal(0) for s in star.sale if s.day.year == 2026), Decimal(0))
    assert 3 < spent / (sum(stock.values(), Decimal(0)) / len(stock)) * 365 / 304 < 6


def test_every_day_has_every_source(star: Star) -> None:
    days = 761
    assert len({o.day for o in star.orders if o.channel == "web"}) == days
    assert len({s.day for s in star.sessions}) == days
    assert len({s.day for s in star.social}) == days
    assert max(o.day for o in star.orders) == date(2026, 10, 31)


def test_catalogue() -> None:
    goods = products()
    assert len({p.sku for p in goods}) == 300 and len({p.category for p in goods}) == 6
    exported = rows_of(EXPORTS / "shopify/products_export.csv")
    assert [r["Variant SKU"] for r in exported if r["Variant SKU"]] == [p.sku for p in goods]
    assert any(not r["Title"] and r["Variant SKU"] for r in exported) and any(not r["Variant SKU"] for r in exported)


def test_users_never_exceed_sessions_nor_the_sum_of_devices(star: Star) -> None:
    by_day = count(star.sessions, lambda s: s.day.isoformat(), lambda s: s.sessions)
    devices: dict[tuple[date, date], int] = defaultdict(int)
    for a in star.audience:
        if a.scope == "device":
            devices[a.start, a.end] += a.users
    totals = [a for a in star.audience if not a.scope]
    assert {(a.start, a.end) for a in totals} >= {(date(2026, 10, 26), date(2026, 10, 31)), (date(2026, 10, 1), date(2026, 10, 31)), (date(2026, 10, 31),) * 2}
    for a in totals:
        sessions = sum(by_day[date.fromordinal(n).isoformat()] for n in range(a.start.toordinal(), a.end.toordinal() + 1))
        assert a.new_users <= a.users <= min(sessions, devices[a.start, a.end])


# --- the planted stories ------------------------------------------------------------------------------------------------------


def _store_basket(star: Star, store: str, first: date, last: date) -> tuple[float, float]:
    """Items per order and revenue per item."""
    lines = [s for s in star.sale if s.store == store and first <= s.day <= last]
    units = sum(s.qty for s in lines)
    return units / len({s.order_id for s in lines}), float(sum(s.net_amount for s in lines)) / units


def test_story_1_lyon_sells_fewer_items_at_the_same_price(star: Star) -> None:
    before = _store_basket(star, "Lyon Part-Dieu", date(2026, 6, 1), date(2026, 9, 6))
    after = _store_basket(star, "Lyon Part-Dieu", date(2026, 9, 7), date(2026, 10, 31))
    assert 2.2 < before[0] < 2.45 and 1.6 < after[0] < 1.8
    assert abs(after[1] / before[1] - 1) < 0.06
    for store in ("Paris Rivoli", "Nantes", "Toulouse"):
        was = _store_basket(star, store, date(2026, 6, 1), date(2026, 9, 6))
        now = _store_basket(star, store, date(2026, 9, 7), date(2026, 10, 31))
        assert abs(now[0] / was[0] - 1) < 0.12, store


def test_story_2_mobile_checkout_loses_carts(star: Star) -> None:
    lost: dict[tuple[str | None, int], list[int]] = defaultdict(lambda: [0, 0])
    for cart in star.carts:
        if cart.day.year == 2026:
            pair = lost[cart.device, cart.day.isocalendar().week]
            pair[0] += cart.order_id is None
            pair[1] += 1
    rate = {key: a / b for key, (a, b) in lost.items()}
    assert all(rate["mobile", week] < 0.74 for week in range(30, 37))
    assert all(rate["mobile", week] > 0.775 for week in range(37, 45))
    assert all(rate["desktop", week] < 0.7 for week in range(30, 44))


def test_story_3_every_source_better_total_worse(star: Star) -> None:
    def conversion(of: date, source: str | None) -> float:
        rows = [s for s in star.sessions if month(s.day) == month(of) and source in (None, s.source)]
        return sum(s.purchases for s in rows) / sum(s.sessions for s in rows)

    september, october = date(2026, 9, 1), date(2026, 10, 1)
    sources = {s.source for s in star.sessions}
    assert len(sources) == 6
    for source in sources:
        assert conversion(october, source) > conversion(september, source) * 1.04, source
    assert conversion(october, None) < conversion(september, None) * 0.96


def test_story_4_lille_stops_early(star: Star) -> None:
    last = {store: max(o.day for o in star.orders if o.store == store) for store in {o.store for o in star.orders} - {None}}
    assert last.pop("Lille Centre") == date(2026, 10, 24)
    assert set(last.values()) == {date(2026, 10, 31)}
    assert max(f.day for f in star.footfall if f.store == "Lille Centre") == date(2026, 10, 31)


def test_story_5_overlapping_exports_with_later_statuses() -> None:
    early, late = ({r["Id"]: r for r in rows_of(EXPORTS / f"shopify/orders_export_{day}.csv.gz") if r["Id"]} for day in ("2026-09-30", "2026-10-31"))
    both = early.keys() & late.keys()
    assert len(both) == 602
    moves = Counter((early[i]["Financial Status"], late[i]["Financial Status"]) for i in both)
    assert moves["pending", "paid"] + moves["pending", "partially_refunded"] == 26
    assert sum(early[i]["Refunded Amount"] == "0.00" != late[i]["Refunded Amount"] for i in both) == 8
    assert not any(old in ("refunded", "voided") and new == "paid" for old, new in moves)
    assert max(r["Fulfilled at"] for r in early.values()) < "2026-10-01"


def test_story_6_one_large_test_order(star: Star) -> None:
    tagged = [r for r in rows_of(EXPORTS / "shopify/orders_export_2026-10-31.csv.gz") if "test" in r["Tags"].split(", ")]
    assert [(r["Total"], r["Created at"][:10]) for r in tagged] == [("47450.00", "2026-10-14")]
    assert f"shopify:{tagged[0]['Id']}" not in {o.order_id for o in star.orders}
    assert max(o.net_amount for o in star.orders) < 2000


def test_story_7_two_equal_rows_are_two_coffees(star: Star) -> None:
    rows = [tuple(r.values()) for r in rows_of(EXPORTS / "square/items-2026.csv.gz") if r["Transaction ID"] == "JumeauxMarais"]
    assert sorted(Counter(rows).values()) == [1, 2]
    (order,) = [o for o in star.orders if o.order_id == "square:JumeauxMarais"]
    assert (order.day, order.net_amount) == (date(2026, 10, 10), Decimal("5.83"))
    assert sum(s.qty for s in star.sale if s.order_id == order.order_id) == 3


def test_story_8_lamps_come_back_twice_as_often(star: Star) -> None:
    def rate(category: str, first: int, last: int) -> float:
        back = sum(r.qty or 0 for r in star.returns if r.category == category and r.day.year == 2026 and first <= r.day.month <= last)
        sold = sum(s.qty for s in star.sale if s.channel != "web" and s.category == category and s.day.year == 2026 and first <= s.day.month <= last)
        return back / sold

    assert rate("Luminaires", 1, 7) < 0.09 and rate("Luminaires", 8, 10) > 0.16
    for category in ("Textile de maison", "Décoration", "Arts de la table", "Mode femme", "Accessoires"):
        assert rate(category, 8, 10) < 1.35 * rate(category, 1, 7), category


def test_story_9_nps_hot_stays_cold_falls(star: Star) -> None:
    scores: dict[tuple[str, int], list[int]] = defaultdict(list)
    for a in star.surveys:
        if a.kind == "nps" and a.day.year == 2026:
            scores[a.timing, a.day.month].append(a.score)
    nps = {k: 100 * (sum(s >= 9 for s in v) - sum(s <= 6 for s in v)) / len(v) for k, v in scores.items()}
    assert all(41 < nps["hot", m] < 48 for m in range(1, 11))
    assert all(35 < nps["cold", m] < 41 for m in range(1, 7))
    assert nps["cold", 8] < 25 and nps["cold", 10] < 10
