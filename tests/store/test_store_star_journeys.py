"""Attribution to the cent, conversions and carts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from store_rows import line, order, star

MODELS = ("first_touch", "last_touch", "linear", "position", "decay")


def touch(number: int, day: str, source: str, channel: str = "web", customer: int = 1, **more: Any) -> dict[str, Any]:
    return {"touch_id": f"t{number}", "occurred_on": day, "channel": channel, "source": source, "customer_key": customer, **more}


def one_order(net: float, touches: list[dict[str, Any]], **more: Any) -> dict[str, list[dict[str, Any]]]:
    return {"orders": [order("a", "2026-10-31", customer_key=1, **more)], "order_lines": [line("a", "2026-10-31", net)], "touches": touches}


def test_four_touches_share_an_order_exactly(tmp_path: Path) -> None:
    touches = [touch(1, "2026-10-10", "Email"), touch(2, "2026-10-17", "Direct"), touch(3, "2026-10-24", "Referral"), touch(4, "2026-10-31", "Paid Search")]
    with star(tmp_path, one_order(100, touches)) as reader:
        found = reader.execute('select source, first_touch, last_touch, linear, "position", decay from attributed')
    shares = {row[0]: tuple(row[1:]) for row in found}
    # decay: a week halves the weight, so 1:2:4:8 of 15 parts; 6.666.. 13.333.. 26.666.. 53.333.. in whole cents by largest remainder
    assert shares == {
        "Email": (100, 0, 25, 40, Decimal("6.67")),
        "Direct": (0, 0, 25, 10, Decimal("13.33")),
        "Referral": (0, 0, 25, 10, Decimal("26.67")),
        "Paid Search": (0, 100, 25, 40, Decimal("53.33")),
    }


def test_a_cent_that_does_not_divide_goes_to_the_earliest(tmp_path: Path) -> None:
    touches = [touch(number, f"2026-10-{20 + number}", f"s{number}") for number in (1, 2, 3)]
    with star(tmp_path, one_order(100, touches)) as reader:
        assert reader.execute("select source, linear from attributed order by source") == [
            ("s1", Decimal("33.34")),
            ("s2", Decimal("33.33")),
            ("s3", Decimal("33.33")),
        ]


def test_touches_count_for_thirty_days_and_only_before_the_order(tmp_path: Path) -> None:
    touches = [
        touch(1, "2026-09-30", "too old"),
        touch(2, "2026-10-01", "just in time"),
        touch(3, "2026-11-01", "after"),
        touch(4, "2026-10-31", "later that day", occurred_at="2026-10-31 18:00:00"),
        touch(5, "2026-10-31", "that morning", occurred_at="2026-10-31 08:00:00"),
        touch(6, "2026-10-20", "somebody else", customer=2),
    ]
    with star(tmp_path, one_order(10, touches, placed_at="2026-10-31 12:00:00")) as reader:
        assert reader.execute("select source from attributed order by source") == [("just in time",), ("that morning",)]


def test_an_order_without_touch_is_unattributed(tmp_path: Path) -> None:
    rows = {
        "orders": [order("a", "2026-10-31", customer_key=1), order("guest", "2026-10-31")],
        "order_lines": [line("a", "2026-10-31", 10), line("guest", "2026-10-31", 5)],
    }
    with star(tmp_path, {**rows, "touches": [touch(1, "2026-10-30", "Email")]}) as reader:
        assert reader.execute("select order_id, source, linear, decay from attributed order by order_id") == [
            ("a", "Email", 10, 10),
            ("guest", "(unattributed)", 5, 5),
        ]


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(st.decimals(min_value="-50", max_value="900", places=4), st.lists(st.integers(0, 34), max_size=6)),
        min_size=1,
        max_size=12,
    )
)
def test_every_model_gives_back_every_order(tmp_path_factory: Any, journeys: list[tuple[Decimal, list[int]]]) -> None:
    rows: dict[str, list[dict[str, Any]]] = {"orders": [], "order_lines": [], "touches": []}
    for customer, (net, ages) in enumerate(journeys):
        rows["orders"].append(order(f"o{customer}", "2026-10-31", customer_key=customer))
        rows["order_lines"].append(line(f"o{customer}", "2026-10-31", float(net)))
        for number, age in enumerate(ages):
            day = f"2026-10-{31 - age:02d}" if age < 31 else f"2026-09-{61 - age:02d}"
            rows["touches"].append({**touch(0, day, f"s{number}", customer=customer), "touch_id": f"{customer}-{number}"})
    with star(tmp_path_factory.mktemp("journeys"), rows) as reader:
        for model in MODELS:
            wrong = reader.execute(
                f'''select order_id, any_value(net_amount), sum("{model}") from attributed join orders using (order_id)
                    group by order_id having any_value(net_amount) <> sum("{model}")'''
            )
            assert not wrong, (model, wrong)


def test_conversions_count_the_channels_of_a_journey(tmp_path: Path) -> None:
    rows = {
        "orders": [
            order("a", "2026-10-31", customer_key=1, channel="store", store="S"),
            order("b", "2026-10-31", customer_key=2, channel="store", store="S"),
            order("guest", "2026-10-31", channel="store", store="S"),
        ],
        "order_lines": [line(name, "2026-10-31", 1) for name in ("a", "b", "guest")],
        "touches": [
            touch(1, "2026-10-30", "Email", "email"),
            touch(2, "2026-10-29", "Direct", "web"),
            touch(3, "2026-10-29", "Direct", "store"),
            touch(4, "2026-10-29", "Call", "phone", customer=2),
        ],
    }
    with star(tmp_path, rows) as reader:
        found = reader.execute("select order_id, touch_channels, online_touch_30d from conversions order by 1")
    assert found == [("a", 3, True), ("b", 2, False), ("guest", 1, None)]


def test_without_any_touch_nothing_is_said_about_journeys(tmp_path: Path) -> None:
    with star(tmp_path, {"orders": [order("a", "2026-10-31", customer_key=1)], "order_lines": [line("a", "2026-10-31", 1)]}) as reader:
        assert reader.execute("select count(*) from conversions") == [(0,)]


def test_carts_are_the_abandoned_ones_and_every_online_order_once(tmp_path: Path) -> None:
    rows = {
        "orders": [
            order("web1", "2026-10-01"),
            order("web2", "2026-10-01"),
            order("before", "2026-09-30"),  # no export of carts tells of this day
            order("after", "2026-10-02"),
            order("shop", "2026-10-01", channel="store"),
            order("test", "2026-10-01", is_test=True),
        ],
        "order_lines": [line(name, "2026-10-01", 20) for name in ("web1", "web2", "shop", "test")],
        "carts": [
            {"cart_id": "c1", "channel": "web", "created_on": "2026-10-01", "value": 50, "currency": "EUR"},
            {"cart_id": "c2", "channel": "web", "created_on": "2026-10-01", "value": 24, "currency": "EUR", "order_id": "web2"},
            {"cart_id": "c3", "channel": "web", "created_on": "2026-10-01", "value": 24, "currency": "EUR", "order_id": "test"},
        ],
    }
    with star(tmp_path, rows) as reader:
        assert reader.execute("select cart_id, order_id, value from carts order by 1") == [("c1", None, 50), ("c2", "web2", 24), ("order:web1", "web1", 20)]
        assert ("carts", "test order", 1, 1, 24) in reader.excluded()


def test_equal_remainders_go_to_the_larger_share_then_to_the_earlier_touch(tmp_path: Path) -> None:
    """0.09 by position over four touches: 3.6, 0.9, 0.9, 3.6 cents, floors leave three: both 0.9 and the first of the equal 0.6.

    0.05 over six: 2.0, 0.25 four times, 2.0 cents: the cent that is left goes to the second touch, the first of the four.
    """
    for net, expected in ((0.09, [4, 1, 1, 3]), (0.05, [2, 1, 0, 0, 0, 2])):
        touches = [touch(number, f"2026-10-{20 + number}", f"s{number}") for number in range(len(expected))]
        with star(tmp_path / str(net), one_order(net, touches)) as reader:
            assert [int(row[0] * 100) for row in reader.execute('select "position" from attributed order by source')] == expected


def test_shares_do_not_depend_on_rounding(tmp_path: Path) -> None:
    """What plain fractions say, for many orders at once; doubles would give some cents to another touch."""
    from fractions import Fraction

    rows: dict[str, list[dict[str, Any]]] = {"orders": [], "order_lines": [], "touches": []}
    for number in range(300):
        cents, count = 1 + number * 7919 % 20011, 1 + number % 9
        rows["orders"].append(order(f"o{number}", "2026-10-31", customer_key=number))
        rows["order_lines"].append(line(f"o{number}", "2026-10-31", cents / 100))
        rows["touches"] += [{**touch(0, f"2026-10-{10 + nth}", f"{nth}", customer=number), "touch_id": f"{number:03}-{nth}"} for nth in range(count)]
    with star(tmp_path, rows) as reader:
        found = reader.execute('select order_id, "position", decay, linear, net_amount from attributed join orders using (order_id) order by order_id, source')
    orders: dict[str, list[Any]] = {}
    for row in found:
        orders.setdefault(row[0], []).append(row)
    for name, shares in orders.items():
        count, cents = len(shares), int(shares[0][4] * 100)
        ends = [Fraction(2, 5), *[Fraction(1, 5 * (count - 2))] * (count - 2), Fraction(2, 5)] if count > 2 else [Fraction(1, count)] * count
        near = [round(2 ** (-(21 - nth) / 7) * 10**9) for nth in range(count)]
        for column, weights in ((1, ends), (2, [Fraction(one, sum(near)) for one in near]), (3, [Fraction(1, count)] * count)):
            floors = [cents * weight // 1 for weight in weights]
            ranks = sorted(range(count), key=lambda nth: (floors[nth] - cents * weights[nth], -weights[nth], nth))
            for nth in ranks[: cents - sum(floors)]:
                floors[nth] += 1
            assert [int(share[column] * 100) for share in shares] == floors, (name, column)


def test_interactions_count_a_visit_once(tmp_path: Path) -> None:
    def visits(day: str, sessions: int) -> dict[str, Any]:
        return {"channel": "web", "period_start": day, "period_end": day, "grain": "day", "scope": "source", "source": "Direct", "sessions": sessions}

    rows = {
        "orders": [order("a", "2026-10-02", customer_key=3), order("guest", "2026-10-02"), order("m", "2026-10-03", customer_key=1, channel="marketplace")],
        "order_lines": [line(name, "2026-10-02", 10) for name in ("a", "guest", "m")],
        "traffic": [visits("2026-10-01", 40), visits("2026-10-02", 60)],
        "store_visits": [{"store": "S", "day": "2026-10-01", "hour": hour, "visitors": 5} for hour in (10, 11)],
        "touches": [
            touch(1, "2026-10-01", "Direct", kind="visit"),  # among the forty
            touch(2, "2026-10-03", "Direct", kind="visit", customer=2),  # no web analytics for that day
            touch(3, "2026-10-01", "Email", "email", kind="click", campaign="autumn"),
            touch(4, "2026-10-01", "Direct", "store", kind="visit", customer=4),  # among the ten
            touch(5, "2026-10-01", "Direct", kind="store_locator", customer=4),
        ],
    }
    with star(tmp_path, rows) as reader:
        found = reader.execute("select channel, kind, sum(quantity)::int, count(customer_key) from interactions group by all order by all")
        assert found == [
            ("email", "click", 1, 1),
            ("marketplace", "order", 0, 1),
            ("store", "entry", 10, 0),
            ("store", "visit", 0, 1),
            ("web", "order", 0, 1),
            ("web", "store_locator", 1, 1),
            ("web", "visit", 101, 2),
        ]
        assert reader.execute("select count(distinct customer_key) from interactions") == [(4,)]
        # complete on the days for which sessions, door counters and touches are all loaded
        (span,) = reader.execute("""select "first"::varchar, "last"::varchar from coverage where "table" = 'interactions' and dim = ''""")
        assert span == ("2026-10-01", "2026-10-01")


def test_orders_alone_are_no_interactions(tmp_path: Path) -> None:
    with star(tmp_path, {"orders": [order("a", "2026-10-31", customer_key=1)], "order_lines": [line("a", "2026-10-31", 1)]}) as reader:
        assert reader.execute("select count(*) from interactions") == [(0,)]
        assert reader.execute("""select count(*) from coverage where "table" = 'interactions'""") == [(0,)]
