"""The Gaps page against a recomputation cell by cell in plain Python, with objectives written for this test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from kpi_core.config.decode import decode
from kpi_core.config.model import ObjectivesFile
from kpi_core.config.yaml import parse_yaml
from kpi_core.engine import calendar
from kpi_core.engine.result import Period, Question, Value
from kpi_core.objectives import KpiCatalogue, build
from kpi_core.pages import GapRow, GapsPage, GapStatus, RowKind
from kpi_core.view import Filter, ViewState
from kpi_core.workbench import Workbench

WRITTEN = b"""
version: 1
objectives:
  - id: sales
    name: {en: Sales}
    owner: Commerce
    targets:
      - kpi: revenue
        amber: -3%
        within: {store: {channel: store}}
        values: {2026-08: 130_000, 2026-09: 150_000, 2026-10: 168_000}
        split:
          channel:
            web: {2026-08: 36_000, 2026-09: 42_000, 2026-10: 60_000}
            store: {2026-08: 74_000, 2026-09: 85_000, 2026-10: 94_000}
          store:
            Lyon Part-Dieu: {2026-08: 13_000, 2026-09: 14_500, 2026-10: 15_900}
            Nice: {2026-08: 7_000, 2026-09: 7_100, 2026-10: 6_000}
      - {kpi: aov, value: 65, amber: -3%, split: {channel: {web: 66, store: 68, marketplace: 45}, store: {Lyon Part-Dieu: 70}}}
      - {kpi: items_per_order, value: 2.15, amber: -2%}
      - {kpi: items_per_order, value: 2.4, where: {channel: [store, popup]}, owner: Stores}
    actions:
      - {id: lyon, name: {en: Fitting rooms}, kpis: [aov, revenue], where: {store: [Lyon Part-Dieu]}, owner: Karim, due: 2026-11-15}
      - {id: prompt, name: {en: Prompt}, kpis: [aov], owner: Claire, start: 2026-10-05, status: running}
      - {id: old, name: {en: Old}, kpis: [aov], status: done}
  - id: service
    name: {en: Service}
    targets:
      - {kpi: return_rate, value: 0.09, amber: +1pts}
      - {kpi: nps, value: 35, amber: -5pts}
      - {kpi: nps, value: 42, where: {timing: [hot]}}
"""
CHANNELS = ("web", "store", "marketplace", "popup")
PERIODS = ("2026-10", "2026-W43")
DAYS = {"2026-08": 31, "2026-09": 30, "2026-10": 31}
REVENUE: dict[tuple[str, str], tuple[int, int, int]] = {
    ("", ""): (130_000, 150_000, 168_000),
    ("channel", "web"): (36_000, 42_000, 60_000),
    ("channel", "store"): (74_000, 85_000, 94_000),
    ("store", "Lyon Part-Dieu"): (13_000, 14_500, 15_900),
    ("store", "Nice"): (7_000, 7_100, 6_000),
}
AOV = {("channel", "web"): 66, ("channel", "store"): 68, ("channel", "marketplace"): 45, ("store", "Lyon Part-Dieu"): 70}
RATES = {"aov": Fraction(65), "items_per_order": Fraction(215, 100), "return_rate": Fraction(9, 100), "nps": Fraction(35)}


@pytest.fixture(scope="module")
def bench(sample_workspace: Path) -> Iterator[Workbench]:
    with Workbench.open(sample_workspace, lang="en") as opened:
        document = parse_yaml(WRITTEN, "objectives.yaml")
        file = decode(document, ObjectivesFile)
        objectives = build(file, document, KpiCatalogue(opened.desk.catalogue))
        opened.desk = replace(opened.desk, objectives=objectives, bundle=replace(opened.desk.bundle, objectives=file))
        yield opened


@pytest.fixture(scope="module")
def pages(bench: Workbench) -> dict[str, GapsPage]:
    return {period: bench.gaps(ViewState(view="gaps", period=period, near=True), explained=0) for period in PERIODS}


def goal(kpi: str, dim: str, member: str, period: Period) -> Fraction | None:
    """The target of a cell: of amounts the days' share of each month, of rates the narrowest one written."""
    if kpi != "revenue":
        return Fraction(AOV[(dim, member)]) if kpi == "aov" and (dim, member) in AOV else Fraction(42) if (dim, member) == ("timing", "hot") else RATES[kpi]
    amounts = REVENUE.get((dim, member))
    if amounts is None:
        return None
    total = Fraction(0)
    for (month, days), amount in zip(DAYS.items(), amounts, strict=True):
        whole = calendar.parse(month)
        inside = (min(period.end, whole.end) - max(period.start, whole.start)).days + 1
        total += Fraction(amount * max(0, inside), days)
    return total


def verdict(kpi: str, value: Value, target: Fraction) -> str:
    assert value.number is not None
    if not value.enough:
        return "few"
    interval = getattr(value, "interval", None)
    if interval is not None and interval[0] <= target <= interval[1]:
        return "noise"
    short = (Fraction(value.number) - target) * (-1 if kpi == "return_rate" else 1)
    noise = Fraction(1, 10**12)  # of the last bits of a float
    if short >= -noise:
        return "met"
    band = {"revenue": target * 3 / 100, "aov": target * 3 / 100, "items_per_order": target * 2 / 100, "return_rate": Fraction(1, 100), "nps": Fraction(5)}[kpi]
    hot = kpi == "nps" and target == 42
    return "near" if -short <= band + noise and not hot else "missed"


def expected(bench: Workbench, period: Period) -> dict[str, tuple[str, Fraction]]:
    """Row key -> verdict and gap of every cell with a target, each asked by itself."""
    stores = sorted(member for member in bench.desk.engine.loaded.spans[("orders", "store")] if member)
    found: dict[str, tuple[str, Fraction]] = {}
    kpis = ("revenue", *RATES)
    scopes = [("", ""), *(("channel", name) for name in CHANNELS), *(("store", name) for name in stores), ("timing", "hot")]
    for dim, member in scopes:
        where = (Filter(dim, (member,)),) if dim else ()
        asked = tuple(kpi for kpi in kpis if not dim or dim in bench.desk.catalogue.dims(kpi)) if dim != "timing" else ("nps",)
        cells = bench.desk.engine.ask(Question(asked, (period,), None, where)).cells[None]
        for kpi in asked:
            target = goal(kpi, dim, member, period)
            if target is None or cells[kpi][0].number is None:
                continue
            key = f"{kpi};{dim}:{member.replace(' ', '%20')}" if dim else kpi
            found[key] = (verdict(kpi, cells[kpi][0], target), Fraction(cells[kpi][0].number) - target)
    both = (Filter("channel", ("popup", "store")),)
    value = bench.desk.engine.ask(Question(("items_per_order",), (period,), None, both)).cells[None]["items_per_order"][0]
    assert value.number is not None
    short = Fraction(value.number) - Fraction(24, 10)
    found["items_per_order;channel:popup,store"] = ("met" if short >= 0 else "missed", short)
    return found


@pytest.mark.parametrize("text", PERIODS)
def test_the_page_has_every_missed_and_near_target_and_no_other(bench: Workbench, pages: dict[str, GapsPage], text: str) -> None:
    told = {row.key: row for row in pages[text].rows}
    wanted = expected(bench, calendar.parse(text))
    # both channels with stores take the narrower target of the two together
    for channel in ("store", "popup"):
        key = f"items_per_order;channel:{channel}"
        value = next((row for row in pages[text].rows if row.key == key), None)
        if value is not None:
            assert float(value.target.number) == 2.4
        wanted.pop(key, None)
        told.pop(key, None)
    assert {key: row.gap.status.value for key, row in told.items()} == {key: status for key, (status, _) in wanted.items() if status in ("missed", "near")}
    for key, row in told.items():
        assert float(row.gap.amount or 0) == pytest.approx(float(wanted[key][1]), rel=1e-9, abs=1e-9), key
    assert len([row for row in told.values() if row.gap.status is GapStatus.MISSED]) >= 5


@pytest.mark.parametrize("text", PERIODS)
def test_worst_first_and_near_ones_after_the_missed(pages: dict[str, GapsPage], text: str) -> None:
    rows = pages[text].rows
    order = [(row.gap.status is not GapStatus.MISSED, -row.rank) for row in rows]
    assert order == sorted(order)
    for row in rows:
        share = abs(float(row.gap.amount or 0) / float(row.target.number))
        assert 0 <= row.rank <= share * 1.0000001, row.key
        if not row.scope:
            assert row.rank == pytest.approx(share)


def test_a_contribution_is_the_part_that_explore_shows_and_those_sum_to_the_gap(bench: Workbench, pages: dict[str, GapsPage]) -> None:
    rows = [row for row in pages["2026-10"].rows if row.contribution is not None]
    checked = 0
    for kpi, dim in {(row.kpi.id, row.state.where[0].dim) for row in rows if len(row.state.where) == 1 and len(row.state.where[0].values) == 1}:
        page = bench.explore(ViewState(view="explore", kpi=kpi, by=dim, period="2026-10"))
        assert page.contribution_of == "target"
        parts = {row.key: Fraction(row.contribution) for row in page.rows if row.kind is RowKind.MEMBER and row.contribution is not None}
        others = sum((Fraction(row.contribution) for row in page.rows if row.kind is not RowKind.MEMBER and row.contribution is not None), Fraction(0))
        assert float(sum(parts.values(), others)) == pytest.approx(float(page.total.gap.amount or 0), rel=1e-9)
        for row in rows:
            if row.kpi.id == kpi and [step.dim for step in row.state.where] == [dim] and len(row.state.where[0].values) == 1:
                assert float(row.contribution or 0) == pytest.approx(float(parts[str(row.state.where[0].values[0])]), rel=1e-9)
                assert float(row.whole_gap or 0) == pytest.approx(float(page.total.gap.amount or 0), rel=1e-9)
                checked += 1
    assert checked >= 5


def test_since_counts_back_to_the_first_period_that_was_not_missed(bench: Workbench, pages: dict[str, GapsPage]) -> None:
    here = calendar.parse("2026-W43")
    missed: list[set[str]] = []
    for back in range(1, 5):
        page = bench.gaps(ViewState(view="gaps", period=calendar.step(here, -back).text), explained=0)
        missed.append({row.key for row in page.rows if row.gap.status is GapStatus.MISSED})
    lengths = set()
    for row in pages["2026-W43"].rows:
        if row.gap.status is GapStatus.MISSED:
            streak = next((place for place, keys in enumerate(missed) if row.key not in keys), len(missed)) + 1
            assert min(row.since, 5) == streak, row.key
            assert row.since_start == calendar.step(here, 1 - row.since).start
            lengths.add(streak)
        else:
            assert row.since == 0 and row.since_start is None
    assert len(lengths) > 1


def test_the_crumb_narrows_the_levels(bench: Workbench) -> None:
    page = bench.gaps(ViewState(view="gaps", period="2026-10", where=(Filter("channel", ("store",)),), near=True), explained=0)
    assert page.rows
    assert all(row.state.where[0] == Filter("channel", ("store",)) for row in page.rows)
    assert {step.dim for row in page.rows for step in row.state.where[1:]} <= {"store", "timing"}
    assert all("channel" not in row.key for row in page.rows)


def row_of(page: GapsPage, key: str) -> GapRow:
    return next(row for row in page.rows if row.key == key)


def test_an_action_stands_beside_the_gaps_it_bears_on(bench: Workbench, pages: dict[str, GapsPage]) -> None:
    lyon = row_of(pages["2026-10"], "aov;store:Lyon%20Part-Dieu")
    assert lyon.action is not None and (lyon.action.id, lyon.owner, lyon.actions) == ("lyon", "Karim", 3)
    shops = row_of(pages["2026-10"], "aov;channel:store")
    assert shops.action is not None and (shops.action.id, shops.actions) == ("prompt", 2)
    detail = bench.gap_detail(replace(lyon.state, view="gaps"))
    assert [action.id for action in detail.actions] == ["lyon", "prompt", "old"]
    assert detail.cause is not None


def test_before_and_after_are_equal_windows_of_whole_days(bench: Workbench) -> None:
    detail = bench.gap_detail(ViewState(view="gaps", kpi="aov", period="2026-10"))
    effect = next(action.effect for action in detail.actions if action.id == "prompt")
    assert effect is not None and effect.reason is None and effect.days == 27  # the data end on 31 October
    periods = tuple(calendar.parse(text) for text in ("2026-09-08..2026-10-04", "2026-10-05..2026-10-31", "2025-09-09..2025-10-05", "2025-10-06..2025-11-01"))
    values = [bench.desk.engine.ask(Question(("aov",), (period,))).cells[None]["aov"][0].number for period in periods]
    assert [effect.before.number, effect.after.number, effect.before_last_year.number, effect.after_last_year.number] == values


@pytest.mark.parametrize(("start", "words"), [("2026-10-26", "too early"), ("2027-01-01", "no data of that time")])
def test_an_effect_that_cannot_be_seen_yet_says_so(bench: Workbench, start: str, words: str) -> None:
    from datetime import date

    from kpi_core.workbench.actions import effect

    found = effect(bench.desk, "aov", (), date.fromisoformat(start))
    assert found.before.number is None and words in str(found.reason)


def test_nothing_written_is_told_apart_from_nothing_missed(bench: Workbench) -> None:
    from kpi_core.objectives import Objectives
    from kpi_core.render.format import Formatter
    from kpi_core.render.gaps import empty_text

    none = Workbench(replace(bench.desk, objectives=Objectives()))
    page = none.gaps(ViewState(view="gaps"))
    assert not page.rows and not page.written and "config show objectives" in empty_text(page, Formatter("en"))
    met = replace(page, written=True, counts=((GapStatus.MET, 3),))
    assert empty_text(met, Formatter("fr")).endswith("✓")


def test_every_pair_of_rows_has_its_own_key(pages: dict[str, GapsPage]) -> None:
    keys = sorted(row.key for row in pages["2026-10"].rows)
    assert all(one != other for one, other in pairwise(keys))
