"""GA4, Google Ads and Meta Ads exports, and the spend template for what no platform bills."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sample_data.generator.audience import Cell, Users, users
from sample_data.generator.files import comma, euros, table, write_bytes, write_table
from sample_data.generator.model import Spread
from sample_data.generator.times import DAYS, FIRST, LAST, black_friday, soldes

PROPERTY = "Maison Lumen - GA4"


def _preamble(report: str, start: date, end: date) -> str:
    rule = "# ----------------------------------------\n"
    dates = f"# Start date: {start:%Y%m%d}\n# End date: {end:%Y%m%d}\n"
    return f"{rule}# {report}\n# Account: Maison Lumen\n# Property: {PROPERTY}\n{rule}# \n# All Users\n{dates}"


def _report(path: Path, title: str, start: date, end: date, header: list[str], rows: list[list[object]]) -> None:
    write_bytes(path, (_preamble(title, start, end) + table(header, rows)).encode())


TRAFFIC = comma(
    "Date,Session primary channel group (Default Channel Group),Device category,Country ID,Sessions,Engaged sessions,Views,Ecommerce purchases,"
    "Average engagement time per session"
)

# seconds of engagement of a mean session, and what a source makes of them
SECONDS = {"mobile": 68.0, "desktop": 121.0, "tablet": 94.0}
PATIENCE = {"Organic Search": 1.08, "Paid Search": 0.95, "Paid Social": 0.61, "Email": 1.17, "Direct": 1.12, "Referral": 0.9}


def halves() -> list[tuple[date, date]]:
    """The periods of one traffic report each."""
    found = [(FIRST, date(2024, 12, 31))]
    found += [(date(y, m, 1), date(y, m + 5, 30 if m == 1 else 31)) for y in (2025, 2026) for m in (1, 7)]
    return [(start, min(end, LAST)) for start, end in found]


def engagement(grid: list[Cell]) -> list[str]:
    """Mean seconds of each cell's sessions, as the export writes them."""
    rng = random.Random("lumen:seconds")
    return [f"{max(4.0, SECONDS[c.device] * PATIENCE[c.source] * rng.gauss(1, 0.07)):.1f}" for c in grid]


def _traffic(root: Path, grid: list[Cell]) -> None:
    timed = list(zip(grid, engagement(grid), strict=True))
    for start, end in halves():
        rows: list[list[object]] = [
            [f"{c.day:%Y%m%d}", c.source, c.device, c.country, c.sessions, c.engaged, c.views, c.purchases, seconds]
            for c, seconds in timed
            if start <= c.day <= end
        ]
        name = f"traffic_acquisition_{start:%Y%m}_{end:%Y%m}.csv.gz"
        _report(root / name, "Traffic acquisition: Session primary channel group (Default Channel Group)", start, end, TRAFFIC, rows)


def months() -> list[tuple[date, date]]:
    """First and last day of each of the 25 months."""
    starts = [d for d in DAYS if d.day == 1]
    return [(s, min(LAST, (s + timedelta(days=31)).replace(day=1) - timedelta(days=1))) for s in starts]


WEEK_START = date(2024, 10, 7)  # a Monday: 'Nth week' of the export are ISO weeks


def weeks() -> list[tuple[date, date]]:
    """ISO weeks from the first Monday on; the last one is cut at the last day."""
    starts = [d for d in DAYS if d >= WEEK_START and d.weekday() == 0]
    return [(s, min(LAST, s + timedelta(days=6))) for s in starts]


def _audience(root: Path, grid: list[Cell]) -> None:
    days = [(d, d) for d in DAYS]
    for year in (2024, 2025, 2026):
        part = [p for p in days if p[0].year == year]
        found = users(grid, part, 1.14)
        start, end = part[0][0], part[-1][1]
        _users(root / f"users_by_day_{year}.csv", start, end, "Date", found, [f"{u.start:%Y%m%d}" for u in found])
    for name, word, periods, per_user in (("week", "Nth week", weeks(), 1.3), ("month", "Nth month", months(), 1.58)):
        found = users(grid, periods, per_user)
        index = {period[0]: f"{n:04d}" for n, period in enumerate(periods)}
        _users(root / f"users_by_{name}.csv", periods[0][0], LAST, word, found, [index[u.start] for u in found])


LANDING_PAGES = {
    "/collections/luminaires": 0.2,
    "/collections/decoration": 0.17,
    "/collections/textile": 0.12,
    "/soldes": 0.07,
    "/magasins": 0.05,
    "/blog/bien-eclairer": 0.08,
    "/": 0.31,
}


def _users(path: Path, start: date, end: date, axis: str, found: list[Users], labels: list[str]) -> None:
    """Two files: all devices together, and by device."""
    pairs = list(zip(labels, found, strict=True))
    plain: list[list[object]] = [[label, u.users, u.new_users] for label, u in pairs if not u.device]
    cut: list[list[object]] = [[label, u.device, u.users, u.new_users] for label, u in pairs if u.device and u.users]
    suffix = ".csv.gz" if axis == "Date" else ".csv"
    stem = path.name.removesuffix(".csv")
    _report(path.with_name(f"{stem}{suffix}"), "User acquisition: total", start, end, [axis, "Total users", "New users"], plain)
    header = [axis, "Device category", "Total users", "New users"]
    _report(path.with_name(f"{stem}_device{suffix}"), "User acquisition: Device category", start, end, header, cut)


def landings(grid: list[Cell]) -> dict[tuple[date, str, str], int]:
    """Sessions by day, landing page and country: they add up to the sessions of the day; the sales page lives in the sales."""
    spread = Spread()
    by_day: dict[tuple[date, str], int] = defaultdict(int)
    for cell in grid:
        by_day[cell.day, cell.country] += cell.sessions
    out: dict[tuple[date, str, str], int] = {}
    for (day, country), total in by_day.items():
        left = total
        for page, share in LANDING_PAGES.items():
            pull = 0.01 + 0.16 * max(soldes(day), black_friday(day)) if page == "/soldes" else share
            count = left if page == "/" else min(left, spread.take((page, country), total * pull))
            left -= count
            if count:
                out[day, page, country] = count
    return out


def _landings(root: Path, grid: list[Cell]) -> None:
    found = landings(grid)
    header = ["Date", "Landing page + query string", "Country ID", "Sessions"]
    for start, end in halves():
        rows: list[list[object]] = [[f"{day:%Y%m%d}", page, country, n] for (day, page, country), n in found.items() if start <= day <= end]
        name = f"landing_pages_{start:%Y%m}_{end:%Y%m}.csv.gz"
        _report(root / name, "Landing page: Landing page + query string", start, end, header, rows)


def _exploration(root: Path, grid: list[Cell]) -> None:
    """A free-form exploration: its first row is the grand total, with one cell more than the header."""
    start = date(2026, 10, 1)
    total = sum(c.sessions for c in grid if c.day >= start)
    sessions = {page: round(total * share) for page, share in sorted(LANDING_PAGES.items(), key=lambda item: item[0] != "/")}
    rows: list[list[object]] = [["", sum(sessions.values()), round(sum(sessions.values()) / 1.6), "Grand total"]]
    rows += [[page, count, round(count / 1.4)] for page, count in sessions.items()]
    rule = "# ----------------------------------------\n"
    head = f"{rule}# {PROPERTY}\n# Pages d'entrée-Format libre 1\n# {start:%Y%m%d}-{LAST:%Y%m%d}\n{rule}\n"
    write_bytes(root / "exploration_landing_pages_202610.csv", (head + table(["Landing page + query string", "Sessions", "Total users"], rows)).encode())


def _snapshot(root: Path) -> None:
    """Several tables in one file, one of them empty."""
    start = date(2026, 10, 4)
    dates = f"# Start date: {start:%Y%m%d}\n# End date: {LAST:%Y%m%d}\n"
    rule = "# ----------------------------------------\n"
    text = f"{rule}# Report CSV Export\n# Account: Maison Lumen\n# Property: {PROPERTY}\n{rule}# \n{dates}"
    pages = [["Maison Lumen", 41210], ["Luminaires", 17844], ["Magasins", 3902]]
    events = [["page_view", 139204], ["add_to_cart", 5321], ["begin_checkout", 3017], ["purchase", 712]]
    text += table(["Page title and screen class", "Views"], pages) + "\n"
    text += f"# What are your top events?\n{dates}" + table(["Event name", "Event count"], events) + "\n"
    text += f"# How much revenue are you generating?\n{dates}" + "Nth day,Total revenue\n\n\n"
    write_bytes(root / "reports_snapshot.csv", text.encode())


@dataclass
class Spend:
    """One day of one campaign, cents."""

    platform: str
    source: str
    campaign: str
    day: date
    cost: int
    impressions: int
    clicks: int
    conversions: int


CAMPAIGNS = {
    "Paid Search": ("Google Ads", (("Marque - Maison Lumen", 0.35), ("Shopping - Luminaires", 0.4), ("Générique - Décoration", 0.25)), 112),
    "Paid Social": ("Meta Ads", (("Prospection - Automne", 0.6), ("Retargeting - Paniers", 0.4)), 62),
    "Email": ("Routage e-mail", (("Lettre hebdomadaire", 1.0),), 12),
    "Referral": ("Affiliation", (("Comparateurs", 1.0),), 41),
}


def spends(grid: list[Cell]) -> list[Spend]:
    """Spend follows the sessions that it brings."""
    rng, spread = random.Random("lumen:spend"), Spread()
    by_day: dict[tuple[date, str], list[int]] = defaultdict(lambda: [0, 0])
    for c in grid:
        by_day[c.day, c.source][0] += c.sessions
        by_day[c.day, c.source][1] += c.purchases
    out: list[Spend] = []
    for source, (platform, campaigns, click_price) in CAMPAIGNS.items():
        for day in DAYS:
            sessions, purchases = by_day[day, source]
            for campaign, share in campaigns:
                clicks = spread.take(campaign, sessions * share * 1.07)
                cost = round(clicks * click_price * max(0.6, rng.gauss(1, 0.08)))
                out.append(Spend(platform, source, campaign, day, cost, clicks * rng.randint(24, 36), clicks, spread.take((campaign, "c"), purchases * share)))
    return out


GOOGLE = comma(
    "Day,Campaign status,Campaign,Budget,Budget name,Budget type,Currency code,Status,Status reasons,Optimisation score,Campaign type,"
    "Clicks,Impr.,CTR,Avg. CPC,Cost,Conversions,Cost / conv."
)
META = comma(
    "Reporting starts,Reporting ends,Day,Campaign name,Campaign delivery,Ad set budget,Ad set budget type,Attribution setting,Results,Result indicator,"
    "Reach,Impressions,Cost per results,Amount spent (EUR),Ends"
)


def _google_figures(rows: list[Spend]) -> list[object]:
    clicks, seen, cost, won = (sum(values) for values in zip(*((r.clicks, r.impressions, r.cost, r.conversions) for r in rows), strict=True))
    rate = f"{clicks * 100 / seen:.2f}%" if seen else " --"
    thousands = f"{cost // 100:,}.{cost % 100:02d}"
    per_click, per_won = (f"{cost / n / 100:.2f}" if n else "0.00" for n in (clicks, won))
    return [f"{clicks:,}", f"{seen:,}", rate, per_click, thousands, f"{won:,}.00", per_won]


def _google(root: Path, rows: list[Spend]) -> None:
    quarters = ((date(2024, 10, 1), date(2024, 12, 31)), (date(2025, 1, 1), date(2025, 12, 31)), (date(2026, 1, 1), LAST))
    for start, end in quarters:
        chosen = sorted((r for r in rows if start <= r.day <= end), key=lambda r: (r.day, r.campaign))
        body: list[list[object]] = []
        for r in chosen:
            head = [r.day.isoformat(), "Enabled", r.campaign, "70.00", " --", "Daily", "EUR", "Eligible", "unknown", "71.40", "Search"]
            body.append([*head, *_google_figures([r])])
        figures = _google_figures(chosen)
        body.append(["Total: Campaigns", " --", " --", " --", " --", " --", "EUR", " --", "", " --", " --", *figures])
        body.append(["Total: Account", "", "", "", "", "", "EUR", "", "", "", "", *figures])
        body.append(["Total: Search", "", "", "", "", "", "EUR", "", "", "", "Search", *figures])
        wide = start.year == 2024  # one file as «Excel .csv»: UTF-16 with tabs
        last_month = "December" if end.month == 12 else "October"
        months_ = "October 1, 2024 - December 31, 2024" if wide else f"{start.day} January {start.year} - {end.day} {last_month} {end.year}"
        first = f"Campaign report\n{months_}\n"
        if wide:
            text = first + table(GOOGLE, body, "\t")
            write_bytes(root / f"campaign_report_{start.year}.csv", b"\xff\xfe" + text.encode("utf-16-le"))
        else:
            write_bytes(root / f"campaign_report_{start.year}.csv.gz", (first + table(GOOGLE, body)).encode())


def _meta(root: Path, rows: list[Spend]) -> None:
    for year in (2024, 2025, 2026):
        body: list[list[object]] = []
        for r in (r for r in rows if r.day.year == year):
            day = r.day.isoformat()
            won = [r.conversions, "actions:offsite_conversion.fb_pixel_purchase"] if r.conversions else ["", ""]
            each = euros(r.cost // r.conversions) if r.conversions else ""
            plan = ["active", "0", "Using campaign budget", "7-day click or 1-day view"]
            body.append([day, day, day, r.campaign, *plan, *won, r.impressions * 7 // 10, r.impressions, each, euros(r.cost), "Ongoing"])
        write_table(root / f"Maison-Lumen-Campaigns-{year}.csv.gz", META, body)


def write(root: Path, grid: list[Cell], money: list[Spend]) -> None:
    """ga4/, google_ads/, meta_ads/ and spend/ under `root`."""
    _traffic(root / "ga4", grid)
    _audience(root / "ga4", grid)
    _landings(root / "ga4", grid)
    _exploration(root / "ga4", grid)
    _snapshot(root / "ga4")
    _google(root / "google_ads", [s for s in money if s.platform == "Google Ads"])
    _meta(root / "meta_ads", [s for s in money if s.platform == "Meta Ads"])
    other = [s for s in money if s.platform not in ("Google Ads", "Meta Ads")]
    header = ["date", "platform", "campaign", "source", "cost", "currency", "impressions", "clicks"]
    other.sort(key=lambda s: (s.day, s.platform))
    rows = [[s.day.isoformat(), s.platform, s.campaign, s.source, euros(s.cost, ","), "EUR", s.impressions, s.clicks] for s in other]
    write_table(root / "spend/other_spend.csv.gz", header, rows, delimiter=";")
