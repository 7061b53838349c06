"""Page values made by hand: figures are invented, shapes are those of screens a retailer sees."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from kpi_core.engine.result import NO_DATA, Number, Period, Status, Value
from kpi_core.errors import said
from kpi_core.pages import (
    Cause,
    Delta,
    DimensionChoice,
    ExplorePage,
    Freshness,
    Gap,
    GapStatus,
    GlancePage,
    GlanceRow,
    Header,
    KpiInfo,
    KpiRow,
    MemberRow,
    OverviewPage,
    Projection,
    RowKind,
    Target,
    TrendPoint,
)
from kpi_core.view import ViewState

WEEK = Period(date(2026, 10, 26), date(2026, 11, 1), "week", "2026-W44")
LAST_YEAR = Period(date(2025, 10, 27), date(2025, 11, 2), "week", "2025-W44")
TODAY = date(2026, 11, 2)

NAMES = {
    "revenue": ("Revenue", "Chiffre d'affaires", "EUR", "up", 0),
    "orders": ("Orders", "Commandes", "count", "up", 0),
    "aov": ("Average order value", "Panier moyen", "EUR", "up", 2),
    "margin": ("Gross margin", "Marge brute", "%", "up", 1),
    "conversion": ("Conversion rate", "Taux de conversion", "%", "up", 2),
    "abandonment": ("Cart abandonment", "Abandon de panier", "%", "down", 1),
    "collect": ("Click & collect", "Click & collect", "%", "up", 1),
    "ropo": ("ROPO (share of revenue)", "ROPO (part du CA)", "%", "none", 1),
    "nps": ("NPS (hot)", "NPS à chaud", "pts", "up", 0),
    "returns": ("Return rate", "Taux de retour", "%", "down", 1),
    "delivery": ("Delivery lead time", "Délai de livraison", "days", "down", 1),
    "turnover": ("Stock turnover", "Rotation des stocks", "x", "up", 1),
}


def kpi(id: str, lang: str = "en") -> KpiInfo:
    en, fr, unit, good, decimals = NAMES[id]
    formula = {"aov": {"en": "revenue ÷ orders", "fr": "CA ÷ commandes"}}.get(id, {}).get(lang, id)
    return KpiInfo(id, fr if lang == "fr" else en, unit, good, decimals, "sales", formula)


def value(number: str | None, n: int | None = None, enough: bool = True) -> Value:
    return NO_DATA if number is None else Value(Decimal(number), Status.VALUE, n=n, enough=enough)


def gap(actual: str | None, goal: str | None, status: GapStatus, info: KpiInfo) -> Gap:
    if actual is None or goal is None:
        return Gap(None, None, 0, status)
    amount = Decimal(actual) - Decimal(goal)
    ratio = amount / Decimal(goal) if info.unit not in ("%", "pts", "days", "x") else None
    return Gap(amount, ratio, (amount > 0) - (amount < 0), status)


def target(goal: str, info: KpiInfo) -> Target:
    return Target(Decimal(goal), "≤" if info.good == "down" else "≥", "plan", "config/objectives.yaml", 12)


def delta(actual: str, base: str, info: KpiInfo) -> Delta:
    amount = Decimal(actual) - Decimal(base)
    ratio = amount / Decimal(base) if info.unit not in ("%", "pts", "days", "x") else None
    return Delta(value(base), amount, ratio, amount > 0)


SPARK = (3, 4, 4, 5, 6, 6, 8, 7, 9, 10, 12, 11)

ROWS: list[tuple[str, list[tuple[str, str | None, str | None, GapStatus, str | None]]]] = [
    (
        "sales",
        [
            ("revenue", "1248310.50", "1300000", GapStatus.MISSED, "1222635"),
            ("orders", "18402", "18000", GapStatus.MET, "17526"),
            ("aov", "67.84", "72.20", GapStatus.MISSED, "69.80"),
            ("margin", "0.381", "0.380", GapStatus.MET, "0.377"),
        ],
    ),
    (
        "journey",
        [
            ("conversion", "0.0231", "0.0250", GapStatus.NEAR, "0.0236"),
            ("abandonment", "0.714", "0.680", GapStatus.MISSED, "0.703"),
            ("collect", "0.217", "0.200", GapStatus.MET, "0.155"),
            ("ropo", "0.149", None, GapStatus.NONE, "0.141"),
        ],
    ),
    (
        "operations",
        [
            ("nps", "42", "45", GapStatus.NEAR, "41"),
            ("returns", "0.098", "0.100", GapStatus.MET, "0.104"),
            ("delivery", "2.4", "2.0", GapStatus.NEAR, "2.6"),
            ("turnover", None, "6.0", GapStatus.NO_DATA, None),
        ],
    ),
]
TITLES = {
    "sales": {"en": "Sales", "fr": "Ventes"},
    "journey": {"en": "Omnichannel journey", "fr": "Parcours omnicanal"},
    "operations": {"en": "Customer & operations", "fr": "Client & opérations"},
}
COUNTS = ((GapStatus.MET, 4), (GapStatus.NEAR, 3), (GapStatus.MISSED, 3), (GapStatus.NONE, 1), (GapStatus.NO_DATA, 1))


def header(lang: str = "en", **changes: object) -> Header:
    values: dict[str, object] = {
        "state": ViewState(),
        "crumbs": (("Canal", "Magasin"),) if lang == "fr" else (("Channel", "Store"),),
        "period": WEEK,
        "period_label": "",
        "partial": None,
        "compare": LAST_YEAR,
        "compare_label": "S44 2025" if lang == "fr" else "W44 2025",
        "freshness": Freshness(date(2026, 11, 1), datetime(2026, 11, 2, 6, 12)),
        "counts": COUNTS,
        "workspace": "Maison Lumen",
    }
    return Header(**(values | changes))  # type: ignore[arg-type]


def kpi_row(id: str, actual: str | None, goal: str | None, status: GapStatus, base: str | None, lang: str = "en") -> KpiRow:
    info = kpi(id, lang)
    return KpiRow(
        info,
        value(actual),
        target(goal, info) if goal else None,
        gap(actual, goal, status, info),
        delta(actual, base, info) if base and actual else None,
        tuple(SPARK) if actual else (None,) * 12,
        owner="Merch." if id == "aov" else "Sales",
    )


def overview(lang: str = "en", **changes: object) -> OverviewPage:
    groups = tuple((TITLES[id][lang], tuple(kpi_row(*row, lang=lang) for row in rows)) for id, rows in ROWS)
    return OverviewPage(header(lang, **changes), groups, "12 SEM." if lang == "fr" else "12 WEEKS")


MEMBERS = [
    ("shoes", "Shoes", "61.20", "72.00", GapStatus.MISSED, "-1.10"),
    ("outerwear", "Outerwear", "88.40", "90.00", GapStatus.NEAR, "-0.41"),
    ("accessories", "Accessories", "24.10", "26.00", GapStatus.MISSED, "-0.33"),
    ("bags", "日本のバッグ", "79.90", "78.00", GapStatus.MET, "0.12"),
    ("kids", "[red]Kids\x1b[2J", "43.00", "42.00", GapStatus.MET, "0.12"),
    ("home", "Home", "37.75", None, GapStatus.NONE, "0.00"),
]


def member(key: str | None, label: str, actual: str, goal: str | None, status: GapStatus, part: Number | None, kind: RowKind = RowKind.MEMBER) -> MemberRow:
    info = kpi("aov")
    return MemberRow(
        kind, key, label, value(actual), target(goal, info) if goal else None, gap(actual, goal, status, info), delta(actual, "60", info), part
    )


def trend_points(count: int = 26, partial: bool = False) -> tuple[TrendPoint, ...]:
    points = []
    for index in range(count):
        start = WEEK.start - timedelta(weeks=count - 1 - index)
        number = Decimal(74) - Decimal(index) / 4 + Decimal((index * 7) % 5) - 2
        gone = index in (8, 9)
        points.append(
            TrendPoint(
                Period(start, start + timedelta(days=6), "week", ""),
                NO_DATA if gone else Value(number, Status.VALUE),
                Decimal("72.20"),
                number + 3,
                partial and index == count - 1,
            )
        )
    return tuple(points)


def explore(lang: str = "en", hidden: int = 0, partial: bool = False) -> ExplorePage:
    rows = tuple(member(k, label, a, g, s, Decimal(p)) for k, label, a, g, s, p in MEMBERS)
    category = DimensionChoice("category", "Catégorie" if lang == "fr" else "Category")
    return ExplorePage(
        header=header(lang, state=ViewState(view="explore", kpi="aov", by="category")),
        kpi=kpi("aov", lang),
        by=category,
        choices=(category, DimensionChoice("store", "Magasin" if lang == "fr" else "Store"), DimensionChoice("source", "Source", said("not this"))),
        rows=rows,
        total=member(None, "Total", "67.84", "72.20", GapStatus.MISSED, Decimal("-1.60"), RowKind.TOTAL),
        contribution_of="target",
        hidden=hidden,
        trend=trend_points(partial=partial),
        cause=Cause(said("at {place}", place="Lyon")),
    )


def projection(info: KpiInfo, amount: str, low: str, high: str, goal: str | None, status: GapStatus, chance: float | None = 0.34, held: int = 8) -> Projection:
    """An end of November 2026, 20 days ahead."""
    found = gap(amount, goal, status, info)
    wanted = target(goal, info) if goal else None
    return Projection(date(2026, 11, 30), Decimal(amount), Decimal(low), Decimal(high), 20, wanted, found, chance, held, 10, 42, 0.0)


def in_progress(lang: str = "en") -> ExplorePage:
    """A survey by channel in a month in progress: values with intervals, one verdict inside them, and where the month will end."""
    info = replace(kpi("nps", lang), unit="pts")
    shares = [("store", "Magasins" if lang == "fr" else "Stores", "47", (38.2, 54.9)), ("web", "Web", "33", (14.05, 44.2)), ("app", "App", "18", (-21.0, 51.0))]
    rows = []
    for key, label, actual, interval in shares:
        sampled = replace(value(actual, n=100, enough=key != "app"), interval=interval)
        status = GapStatus.FEW if key == "app" else GapStatus.NOISE
        change = replace(delta(actual, "40", info), good=None, noise=key != "store")
        rows.append(MemberRow(RowKind.MEMBER, key, label, sampled, target("42", info), gap(actual, "42", status, info), change, Decimal(-1)))
    whole = replace(value("36", n=420), interval=(30.1, 41.2))
    page = explore(lang, partial=True)
    months = [Period(date(2025 + n // 12, n % 12 + 1, 1), date(2025 + n // 12, n % 12 + 1, 28), "month", "") for n in range(23)]
    points = tuple(
        TrendPoint(month, Value(Decimal(44 - index % 5 - index // 3), Status.VALUE), Decimal(42), None, month is months[-1]) for index, month in enumerate(months)
    )
    total = MemberRow(RowKind.TOTAL, None, "Total", whole, target("42", info), gap("36", "42", GapStatus.MISSED, info), None, Decimal(-6))
    channel = DimensionChoice("channel", "Canal" if lang == "fr" else "Channel")
    end = projection(info, "37.4", "33.0", "42.6", "42", GapStatus.NOISE)
    return replace(page, kpi=info, by=channel, choices=(channel,), rows=tuple(rows), total=total, trend=points, projection=end)


def glance(lang: str = "en") -> GlancePage:
    missed = [row for _, rows in overview(lang).groups for row in rows if row.gap.status is GapStatus.MISSED]
    near = tuple(row for _, rows in overview(lang).groups for row in rows if row.gap.status is GapStatus.NEAR)
    cause = Cause(said("{name}: {amount}", name="Lyon Part-Dieu", amount="−1,9 pt" if lang == "fr" else "−1.9 pt"))
    return GlancePage(
        header(lang),
        (
            GlanceRow(missed[0], 3, date(2026, 10, 12), False, cause, "Cross-sell prompt at checkout", "Merch.", "2026-11-15"),
            GlanceRow(missed[1], 1, date(2026, 10, 26), False, None),
            GlanceRow(missed[2], 12, date(2026, 8, 10), True, cause),
        ),
        near,
    )
