"""Why, on the loaded sample: whatever the KPI, the cut, the period and what it is held against, parts sum to the gap and the screen adds up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_core.engine.result import Question
from kpi_core.errors import UsageError
from kpi_core.links import from_link, to_link
from kpi_core.objectives.exact import exact
from kpi_core.pages import ExplainPage, ExplainPart, Section, SectionKind, WarningKind
from kpi_core.render.explain import explain_lines
from kpi_core.render.format import Formatter
from kpi_core.render.text import plain
from kpi_core.view import Filter, ViewState
from kpi_core.workbench import Workbench

pytestmark = pytest.mark.slow

KPIS = (
    "revenue", "net_sales", "orders", "aov", "items_per_order", "gross_margin_eur", "gross_margin", "conversion_online", "cart_abandonment", "conversion_store",
    "return_rate", "nps", "csat", "delivery_days", "stock_turn", "clv_to_cac", "click_collect", "visits", "retention_rate", "cac",
)  # fmt: skip
PERIODS = ("2026-10", "2026-W43", "2026-W44", "2026-Q3", "2026-02", "2026-10-01..2026-10-09")
SCOPES: tuple[tuple[Filter, ...], ...] = ((), (Filter("channel", ("store",)),), (Filter("channel", ("web", "marketplace")),), (Filter("channel", ("store",), True),))
LYON = "Lyon Part-Dieu"


@pytest.fixture(scope="module")
def bench(sample_workspace: Path) -> Iterator[Workbench]:
    with Workbench.open(sample_workspace) as opened:
        yield opened


def why(bench: Workbench, kpi: str, period: str = "2026-10", compare: str = "last_year", **more: object) -> ExplainPage:
    return bench.explain(ViewState(kpi=kpi, period=period, compare=compare, **more))  # type: ignore[arg-type]


def section(page: ExplainPage, kind: SectionKind) -> Section:
    return next(found for found in page.sections if found.kind is kind)


def top(section: Section) -> list[ExplainPart]:
    return [part for part in section.parts if part.level == 0]


def check(page: ExplainPage) -> None:
    """The contract, held from outside: exact sums on every level, and rounded ones."""
    if page.gap is None:
        assert page.reason is not None and not page.sections
        return
    assert page.actual is not None and page.expected is not None
    unit = Decimal(1).scaleb(-(page.kpi.decimals + (2 if page.kpi.unit == "%" else 0)))
    for found in page.sections:
        if found.reason is not None:
            assert not found.parts
            continue
        assert found.end - found.start == page.gap and found.shown_gap == page.shown_gap
        assert sum((part.amount for part in top(found)), Fraction(0)) == page.gap
        assert sum((part.shown for part in top(found)), Decimal(0)) == page.shown_gap
        for place, part in enumerate(found.parts):
            assert abs(exact(part.shown) - part.amount) < 2 * exact(unit), (found.title, part.label)
            below = []
            for other in found.parts[place + 1 :]:
                if other.level <= part.level:
                    break
                if other.level == part.level + 1:
                    below.append((other.amount, other.shown))
            if below:
                assert sum(amount for amount, _ in below) == part.amount and sum(shown for _, shown in below) == part.shown


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kpi=st.sampled_from(KPIS),
    period=st.sampled_from(PERIODS),
    compare=st.sampled_from(("last_year", "previous", "none")),
    against=st.sampled_from(("", "target", "compare")),
    scope=st.sampled_from(SCOPES),
    by=st.sampled_from((None, None, "channel", "store", "category", "product", "source", "device", "timing")),
)
def test_parts_sum_to_the_gap_whatever_is_asked(
    bench: Workbench, kpi: str, period: str, compare: str, against: str, scope: tuple[Filter, ...], by: str | None
) -> None:
    try:
        page = why(bench, kpi, period, compare, against=against, where=scope, by=by)
    except UsageError:
        return  # a scope or a cut that the KPI does not know
    check(page)


@pytest.mark.parametrize("kpi", ["aov", "revenue", "return_rate", "conversion_online"])
def test_every_dimension_can_be_chosen_and_comes_first(bench: Workbench, kpi: str) -> None:
    page = why(bench, kpi)
    shown = {found.by for found in page.sections if found.kind is SectionKind.CONTRIBUTION}
    assert len(shown) >= 3
    for dim in shown:
        chosen = why(bench, kpi, by=dim)
        assert chosen.sections[0].by == dim and chosen.gap == page.gap
        check(chosen)


def test_a_cut_that_the_kpi_does_not_know_is_refused(bench: Workbench) -> None:
    with pytest.raises(UsageError):
        why(bench, "aov", by="campaign")


def test_a_period_against_itself_has_parts_of_nothing(bench: Workbench) -> None:
    page = why(bench, "revenue", against="compare")
    assert page.gap != 0
    same = why(bench, "orders", "2026-10", "none")
    assert same.gap is None and same.reason is not None  # no target, no comparison: nothing to hold it against


# ---------------------------------------------------------------- the numbers, counted again from the rows


def test_members_are_what_the_sales_say(bench: Workbench) -> None:
    page = why(bench, "revenue", compare="previous", against="compare", by="store")
    sql = "select coalesce(store, ''), sum(net_amount) from sale where day between ? and ? group by 1"
    now, before = (dict(bench.desk.reader.execute(sql, days)) for days in (("2026-10-01", "2026-10-31"), ("2026-09-01", "2026-09-30")))
    expected = {store: Fraction(now.get(store, 0)) - Fraction(before.get(store, 0)) for store in {*now, *before}}
    assert {part.key: part.amount for part in page.sections[0].parts} == expected
    assert page.base is not None and page.base.text == "2026-09"


def test_revenue_is_orders_times_items_times_price(bench: Workbench) -> None:
    page = why(bench, "revenue", compare="previous", against="compare")
    rows = section(page, SectionKind.DRIVERS).parts
    assert [(part.key, part.level) for part in rows] == [("orders", 0), ("aov", 0), ("items_per_order", 1), ("asp", 1)]

    def of(start: str, end: str) -> tuple[Fraction, Fraction, Fraction]:
        (orders,) = bench.desk.reader.execute("select count(*) from orders where day between ? and ?", (start, end))[0]
        units, revenue = bench.desk.reader.execute("select sum(qty), sum(net_amount) from sale where day between ? and ?", (start, end))[0]
        return Fraction(orders), Fraction(units) / orders, Fraction(revenue) / Fraction(units)

    (a0, b0, c0), (a1, b1, c1) = of("2026-09-01", "2026-09-30"), of("2026-10-01", "2026-10-31")
    orders = (a1 - a0) * (2 * b0 * c0 + b0 * c1 + b1 * c0 + 2 * b1 * c1) / 6
    assert rows[0].amount == orders
    assert rows[1].amount == page.gap - orders == rows[2].amount + rows[3].amount


def test_new_and_discontinued_articles(bench: Workbench) -> None:
    """The pop-up sells a handful of articles, not the same ones in both weeks."""
    where = (Filter("store", ("Pop-up Marais",)),)
    page = why(bench, "revenue", "2026-10-10", "previous", where=where, against="compare")
    effects = {part.key: part.amount for part in section(page, SectionKind.PRICE_VOLUME_MIX).parts}
    sql = "select product, sum(net_amount) from sale where store = 'Pop-up Marais' and day = ? group by 1"
    now, before = (dict(bench.desk.reader.execute(sql, (day,))) for day in ("2026-10-10", "2026-10-09"))
    assert set(now) - set(before) and set(before) - set(now)
    assert effects["new"] == sum(Fraction(amount) for product, amount in now.items() if product not in before)
    assert effects["discontinued"] == -sum(Fraction(amount) for product, amount in before.items() if product not in now)
    assert "Café filtre" in now


def test_the_price_of_what_is_sold_is_a_part_of_the_margin(bench: Workbench) -> None:
    """Purchase costs rose by 3 % on 2026-01-01."""
    page = why(bench, "gross_margin_eur", "2026-10", "last_year")
    effects = {part.key: part.amount for part in section(page, SectionKind.PRICE_VOLUME_MIX).parts}
    assert effects["cost"] < 0 and abs(effects["cost"]) > 5 * abs(effects["price"])
    cogs = Fraction(bench.desk.reader.execute("select sum(cost_amount) from sale where day between '2026-10-01' and '2026-10-31'")[0][0])
    assert 0.02 < -effects["cost"] / cogs < 0.035


# ---------------------------------------------------------------- Simpson, overlap, late tills


def test_every_source_converts_better_and_the_total_worse(bench: Workbench) -> None:
    page = why(bench, "conversion_online", "2026-10", "previous", against="compare")
    rates = section(page, SectionKind.RATE_MIX)
    assert rates.by == "source"
    effects = {part.key: part for part in top(rates)}
    assert effects["rate"].amount > 0 > effects["mix"].amount and page.gap is not None and page.gap < 0
    members = [part for part in rates.parts if part.level == 1]
    assert all(part.amount > 0 for part in members[: len(members) // 2])
    assert WarningKind.SIMPSON in {warning.kind for warning in page.warnings}
    assert WarningKind.OPPOSING in {warning.kind for warning in page.warnings}


def test_orders_of_two_categories_leave_an_overlap_and_no_rate_and_mix(bench: Workbench) -> None:
    page = why(bench, "aov", by="category")
    assert any(part.kind == "overlap" for part in page.sections[0].parts)
    assert WarningKind.OVERLAP in {warning.kind for warning in page.warnings}
    mixed = section(page, SectionKind.RATE_MIX)
    assert mixed.reason is not None and "overlap" in str(mixed.reason)


def test_a_late_till_and_a_week_not_over_are_said(bench: Workbench) -> None:
    kinds = {warning.kind for warning in why(bench, "revenue", "2026-W44").warnings}
    assert {WarningKind.LATE, WarningKind.PARTIAL} <= kinds
    assert WarningKind.LATE not in {warning.kind for warning in why(bench, "conversion_online", "2026-W44").warnings}
    assert WarningKind.LATE not in {warning.kind for warning in why(bench, "revenue", "2026-W44", where=(Filter("store", (LYON,)),)).warnings}


# ---------------------------------------------------------------- against what, and where to


def test_against_the_target_and_against_before(bench: Workbench) -> None:
    target, before = why(bench, "aov"), why(bench, "aov", against="compare")
    assert (target.against, target.other, str(target.expected)) == ("target", "compare", "65.00")
    assert (before.against, before.other) == ("compare", "target")
    assert target.actual == before.actual and target.gap != before.gap
    asked = why(bench, "orders", against="target")
    assert asked.against == "compare" and WarningKind.AGAINST in {warning.kind for warning in asked.warnings}


def test_parts_of_a_target_bridge_what_was_missing_before(bench: Workbench) -> None:
    page = why(bench, "aov")
    base = bench.desk.engine.ask(Question(("aov",), (page.base,))).cells[None]["aov"][0].measures  # type: ignore[arg-type]
    before = Fraction(base["revenue"]) / Fraction(base["orders"])  # type: ignore[arg-type]
    (bridge,) = [part for part in section(page, SectionKind.DRIVERS).parts if part.kind == "base"]
    assert bridge.amount == before - 65


def test_every_part_leads_to_a_state_that_can_be_shown(bench: Workbench) -> None:
    for kpi in ("aov", "revenue", "conversion_online"):
        page = why(bench, kpi)
        drills = {part.drill for found in page.sections for part in found.parts if part.drill is not None and part.kind != "effect"}
        assert len(drills) > 10
        for state in sorted(drills, key=to_link)[::9]:
            assert from_link(to_link(state)) == (state, ())
            assert bench.explore(state).header.state.where == state.where


def test_a_member_leads_to_its_own_numbers(bench: Workbench) -> None:
    page = why(bench, "aov", by="store")
    (lyon,) = [part for part in page.sections[0].parts if part.key == LYON]
    assert lyon.drill is not None
    explored = bench.explore(lyon.drill)
    assert f"{float(explored.total.value.number or 0):.2f}" == "52.37"
    assert page.cause is not None and page.cause.state == lyon.drill


def test_combinations_are_counted_once_each(bench: Workbench) -> None:
    page = why(bench, "aov", against="compare")
    found = section(page, SectionKind.COMBINATIONS)
    assert found.parts[0].label == LYON and found.parts[-1].kind == "rest"
    stores = {part.key: part.amount for part in why(bench, "aov", against="compare", by="store").sections[0].parts}
    assert found.parts[0].amount == stores[LYON]


# ---------------------------------------------------------------- what stands on the screen




@pytest.mark.parametrize("width", [80, 120, 160])
@pytest.mark.parametrize(("kpi", "against"), [("aov", ""), ("revenue", "compare"), ("conversion_online", ""), ("nps", ""), ("return_rate", "compare"), ("delivery_days", "")])
def test_what_a_reader_adds_up_on_the_screen_is_the_gap_he_reads(bench: Workbench, kpi: str, against: str, width: int) -> None:
    page = why(bench, kpi, against=against)
    lines = [plain(line).replace("\u00a0", " ") for line in explain_lines(page, Formatter("en"), width)]
    starts = [place for place, line in enumerate(lines) if line.startswith(" PART")]
    assert len(starts) == len([found for found in page.sections if found.parts])
    for start in starts:
        end = next(place for place in range(start, len(lines)) if lines[place].startswith(" Σ parts"))
        column = slice(lines[start].index("AMOUNT") + 6 - 16, lines[start].index("AMOUNT") + 6)
        rows = [line for line in lines[start + 2 : end - 1] if not line.startswith("   ")]
        amounts = [Decimal(re.sub(r"[^\d.−]", "", line[column].split("  ")[-1]).replace("−", "-")) for line in rows]
        shown = Decimal(re.sub(r"[^\d.−]", "", lines[end][column].split("✓")[-1]).replace("−", "-"))
        assert sum(amounts) == shown, "\n".join(lines[start : end + 1])


def test_the_page_in_french_says_the_same_numbers(bench: Workbench, sample_workspace: Path) -> None:
    with Workbench.open(sample_workspace, lang="fr") as french:
        one, other = why(bench, "revenue"), why(french, "revenue")
    assert [[(part.amount, part.shown) for part in found.parts] for found in one.sections] == [[(part.amount, part.shown) for part in found.parts] for found in other.sections]
    assert other.sections[1].title == "Leviers" and one.sections[1].title == "Drivers"
