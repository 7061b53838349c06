"""Visits, spend, stock, social networks: overlap, spreading and carrying forward."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from store_rows import line, order, star

from kpi_core.store import MartSettings, RollupSpec


def visits(scope: str, sessions: int | None, day: str = "2026-10-01", **more: Any) -> dict[str, Any]:
    row = {"platform": "ga4", "property": "p", "channel": "web", "period_start": day, "period_end": day, "grain": "day", "scope": scope, "sessions": sessions}
    return {**row, **more}


def test_of_overlapping_reports_the_finest_counts(tmp_path: Path) -> None:
    rows = {
        "traffic": [
            visits("", 100),
            visits("source", 60, source="Email"),
            visits("source", 40, source="Direct"),
            visits("country,device", 70, device="mobile", country="FR"),
            visits("country,device", 28, device="desktop", country="FR"),
            visits("page,source,device", 500, source="Email", device="mobile", page="/"),
            visits("", 900, day="2026-10-02"),
            visits("source", None, day="2026-10-02", source="Email", users=3),
            visits("", 3000, day="2026-10-01", period_end="2026-10-31", grain="month", users=700),
        ]
    }
    with star(tmp_path, rows) as reader:
        assert reader.execute("select day, device, country, source, sessions from sessions order by day, sessions") == [
            (date(2026, 10, 1), "desktop", "FR", None, 28),
            (date(2026, 10, 1), "mobile", "FR", None, 70),
            (date(2026, 10, 2), None, None, None, 900),
        ]
        assert {(reason, count) for dataset, reason, count, _, _ in reader.excluded() if dataset == "traffic"} == {
            ("a finer report of the same day", 3),
            ("counts visits once per page or event", 1),
            ("no visits in this report", 1),
            ("covers more than one day", 1),
        }
        # people do not add up: they are kept as reported
        assert reader.execute("select period_start, period_end, scope, users from audience order by users") == [
            (date(2026, 10, 2), date(2026, 10, 2), "source", 3),
            (date(2026, 10, 1), date(2026, 10, 31), "", 700),
        ]


def test_two_properties_add_up(tmp_path: Path) -> None:
    rows = {"traffic": [visits("source", 5, source="Email"), visits("", 7, property="q")]}
    with star(tmp_path, rows) as reader:
        assert reader.execute("select sum(sessions) from sessions") == [(12,)]


def spend(first: str, last: str, amount: float, **more: Any) -> dict[str, Any]:
    return {
        "platform": "ads",
        "account": "a",
        "campaign": "c",
        "source": "Paid Search",
        "period_start": first,
        "period_end": last,
        "spend": amount,
        "currency": "EUR",
        **more,
    }


def test_a_range_of_spend_is_spread_to_the_cent(tmp_path: Path) -> None:
    rows = {"ad_spend": [spend("2026-10-01", "2026-10-03", 100.0, impressions=10, clicks=2), spend("2026-10-01", "2026-10-01", 7.123456, campaign="d")]}
    with star(tmp_path, rows) as reader:
        assert reader.execute("select day, cost, impressions, clicks, estimated from spend where campaign = 'c' order by day") == [
            (date(2026, 10, 1), Decimal("33.34"), 4, 1, True),
            (date(2026, 10, 2), Decimal("33.33"), 3, 1, True),
            (date(2026, 10, 3), Decimal("33.33"), 3, 0, True),
        ]
        assert reader.execute("select cost, estimated from spend where campaign = 'd'") == [(Decimal("7.123456"), False)]


def test_a_month_of_spend_leaves_the_days_that_were_reported_daily(tmp_path: Path) -> None:
    rows = {"ad_spend": [spend("2026-10-01", "2026-10-04", 40), spend("2026-10-02", "2026-10-02", 25), spend("2026-10-02", "2026-10-03", 8)]}
    with star(tmp_path, rows) as reader:
        assert reader.execute("select day, cost, estimated from spend order by day") == [
            (date(2026, 10, 1), 10, True),
            (date(2026, 10, 2), 25, False),
            (date(2026, 10, 3), 4, True),
            (date(2026, 10, 4), 10, True),
        ]
        lost = {reason: (count, amount) for dataset, reason, count, _, amount in reader.excluded() if dataset == "ad_spend"}
        assert lost == {"days that a finer row covers": (0, 24)}  # 10 + 10 of the month, 4 of the two days
        assert reader.execute("select sum(cost) from spend")[0][0] + 24 == 40 + 25 + 8


def test_a_range_fully_reported_daily_is_left_out_whole(tmp_path: Path) -> None:
    rows = {"ad_spend": [spend("2026-10-01", "2026-10-02", 40), spend("2026-10-01", "2026-10-01", 25), spend("2026-10-02", "2026-10-02", 8)]}
    with star(tmp_path, rows) as reader:
        assert reader.execute("select sum(cost) from spend") == [(33,)]
        assert reader.excluded() == [("ad_spend", "a finer row of the same days", 1, 0, 40)]


def count(day: str, sku: str, on_hand: int, location: str = "L1", **more: Any) -> dict[str, Any]:
    return {"day": day, "location": location, "sku": sku, "on_hand": on_hand, "unit_cost": 2, "currency": "EUR", **more}


def test_stock_stands_until_the_next_count_of_the_article_there_but_not_for_ever(tmp_path: Path) -> None:
    rows = {
        "orders": [order("a", "2026-10-20")],
        "order_lines": [line("a", "2026-10-20", 1)],
        "stock": [
            count("2026-10-01", "A", 5),
            count("2026-10-01", "B", 1),
            count("2026-10-03", "A", 4),
            count("2026-10-18", "A", 3, location="L2"),
            count("2026-10-18", "Z", 9, unlimited=True),
        ],
    }
    with star(tmp_path, rows, MartSettings(stock_max_days=3)) as reader:
        found = reader.execute("select store, sku, day, on_hand, on_hand_cost, stale_days from stock order by store, sku, day")
    october = lambda day: date(2026, 10, day)  # noqa: E731
    assert found == [
        ("L1", "A", october(1), 5, 10, 0),
        ("L1", "A", october(2), 5, 10, 1),
        *[("L1", "A", october(3 + age), 4, 8, age) for age in range(4)],  # then it is too old
        *[("L1", "B", october(1 + age), 1, 2, age) for age in range(4)],  # the count of the 3rd does not speak of it
        *[("L2", "A", october(18 + age), 3, 6, age) for age in range(3)],  # not carried beyond the newest news, the 20th
    ]


def test_followers_stand_for_a_week_and_mentions_for_their_day(tmp_path: Path) -> None:
    base = {"network": "ig", "account": "shop"}
    rows = {
        "social_stats": [
            {**base, "day": "2026-10-01", "followers": 10, "mentions": 3},
            {**base, "day": "2026-10-15", "followers": 12, "mentions": 1},
            {**base, "account": "second", "day": "2026-10-01", "followers": 100},
        ]
    }
    with star(tmp_path, rows) as reader:
        found = {day: (followers, mentions) for day, followers, mentions in reader.execute("select day, followers, mentions from social")}
    first = date(2026, 10, 1)
    assert found == {first: (110, 3), **{first + timedelta(age): (110, None) for age in range(1, 8)}, date(2026, 10, 15): (12, 1)}


def test_door_counts_surveys_leads_and_experiments_keep_their_rows(tmp_path: Path) -> None:
    rows = {
        "stores": [{"store": "101", "name": "Lyon", "channel": "store"}],
        "store_visits": [{"store": "101", "day": "2026-10-01", "hour": hour, "visitors": 10} for hour in (9, 10)],
        "feedback": [
            {"feedback_id": "f", "kind": "nps", "score": 9, "timing": "hot", "answered_on": "2026-10-01", "store": "101"},
            {"feedback_id": "g", "kind": "nps", "answered_on": "2026-10-01"},
        ],
        "leads": [{"lead_id": "l", "created_on": "2026-10-01", "source": "Email", "status": "won"}],
        "experiments": [{"experiment": "e", "variant": "A", "is_control": True, "day": "2026-10-01", "exposures": 50, "conversions": 5}],
    }
    with star(tmp_path, rows) as reader:
        assert reader.execute("select channel, store, visits from footfall") == [("store", "Lyon", 20)]
        assert reader.execute("select channel, store, kind, score from surveys") == [("store", "Lyon", "nps", 9.0)]
        assert reader.execute("select source, status from leads") == [("Email", "won")]
        assert reader.execute("select variant, is_control, exposures, conversions from experiments") == [("A", True, 50, 5)]
        assert reader.excluded() == [("feedback", "no score", 1, 0, None)]


def test_coverage_names_the_first_and_last_day_of_every_place(tmp_path: Path) -> None:
    rows = {
        "orders": [order("a", "2026-10-01"), order("b", "2026-10-09", channel="store", store="S"), order("c", "2026-10-04", channel="store", store="S")],
        "order_lines": [line(name, "2026-10-01", 1) for name in "abc"],
    }
    with star(tmp_path, rows) as reader:
        spans = {(item.dim, item.member): (item.first.day, item.last.day) for item in reader.coverage("orders")}
        assert spans == {("", ""): (1, 9), ("channel", "web"): (1, 1), ("channel", "store"): (4, 9), ("store", "S"): (4, 9)}
        assert reader.coverage("sessions") == []
        assert reader.meta()["watermark"] == "2026-10-09" and reader.meta()["reporting_currency"] == "EUR"


def test_rollups_hold_the_sums_of_their_table(tmp_path: Path) -> None:
    rows = {
        "orders": [order("a", "2026-10-01"), order("b", "2026-10-01", channel="store", store="S")],
        "order_lines": [line("a", "2026-10-01", 1), line("a", "2026-10-01", 2, 2), line("b", "2026-10-01", 4)],
    }
    spec = RollupSpec("sale__narrow", "sale", ("day", "channel", "store"), {"revenue": "sum(net_amount)", "cogs": "sum(cost_amount)"})
    with star(tmp_path, rows, rollups=(spec,)) as reader:
        assert reader.execute("select day, channel, store, revenue, cogs from sale__narrow order by channel") == [
            (date(2026, 10, 1), "store", "S", 4, None),
            (date(2026, 10, 1), "web", None, 3, None),
        ]


def test_every_column_the_engine_knows_exists(tmp_path: Path) -> None:
    from kpi_core.engine.star import STAR

    with star(tmp_path, {"orders": [order("a", "2026-10-01")], "order_lines": [line("a", "2026-10-01", 1)]}) as reader:
        for table, columns in STAR.items():
            built = {name for (name,) in reader.execute("select column_name from duckdb_columns() where database_name = 'mart' and table_name = ?", [table])}
            assert columns <= built, (table, columns - built)
