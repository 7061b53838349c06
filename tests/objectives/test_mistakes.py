"""Every mistake in objectives.yaml is told with its file, line and key, and with what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from objectives_shop import plan, problems, read

from kpi_core.errors import ConfigError

MISTAKES = [
    # targets (the first line is line 6), line, key, what, hint
    ("- {kpi: revenu, total: 1, range: 2026}", 6, "kpi", "there is no KPI revenu", "did you mean revenue?"),
    ("- {kpi: asp, value: 3}", 6, "kpi", "KPI asp is neither good up nor good down: it can have no target", None),
    ("- kpi: aov\n  value: 1\n  split: {chanel: {web: 2}}", 8, "split.chanel", "KPI aov cannot be cut by chanel", "did you mean channel?"),
    (
        "- kpi: aov\n  value: 1\n  split:\n    channel:\n      web: 2\n      stor: 3",
        11,
        "split.channel.stor",
        "dimension channel has no value stor",
        "did you mean store?",
    ),
    ("- kpi: nps\n  value: 1\n  where:\n    timing: [warm]", 9, "where.timing.0", "dimension timing has no value warm", "known: cold, hot"),
    ("- kpi: aov\n  value: 1\n  where: {timing: [hot]}", 8, "where.timing", "KPI aov cannot be filtered by timing", None),
    (
        "- kpi: revenue\n  total: 100\n  range: 2026\n  split: {channel: {web: 60, store: 41}}",
        9,
        "split.channel",
        "the split by channel gives 101, more than its total of 100",
        None,
    ),
    (
        "- kpi: orders\n  values: {2026-10: 10, 2026-11: 20}\n  split:\n    channel: {web: {2026-10: 10, 2026-11: 21}}",
        9,
        "split.channel",
        "the split by channel gives 21, more than its total of 20",
        "in 2026-11",
    ),
    (
        "- kpi: orders\n  values: {2026-10: 10}\n  split:\n    channel:\n      web: {2026-11: 1}",
        10,
        "split.channel.web.2026-11",
        "the total has no value for 2026-11",
        "did you mean 2026-10?",
    ),
    (
        "- kpi: revenue\n  total: 100\n  range: 2026\n  within: {store: {channel: store}}\n  split:\n    channel: {store: 60}\n    store: {Lyon: 61}",
        12,
        "split.store",
        "the split by store gives 61, more than its total of 60",
        None,
    ),
    (
        "- kpi: revenue\n  total: 100\n  range: 2026\n  within: {store: {channel: web}}\n  split:\n    channel: {store: 60}\n    store: {Lyon: 1}",
        9,
        "within.store.channel",
        "dimension channel has no value web",
        "known: store",
    ),
    (
        "- kpi: revenue\n  total: 100\n  range: 2026\n  within: {stores: {channel: store}}\n  split: {store: {Lyon: 1}}",
        9,
        "within.stores",
        "there is no split by stores",
        "did you mean store?",
    ),
    (
        "- kpi: revenue\n  total: 100\n  range: 2026\n  within: {store: {channel: {store: [Lyon, Nicee]}}}\n  split: {channel: {store: 60}, store: {Lyon: 1, Nice: 1}}",
        9,
        "within.store.channel.store",
        "the split by store has no part Nicee",
        "did you mean Nice?",
    ),
    (
        "- kpi: revenue\n  total: 100\n  range: 2026\n  within: {store: {channel: {store: [Lyon], web: [Lyon]}}}\n  split: {channel: {store: 6, web: 6}, store: {Lyon: 1}}",
        9,
        "within.store.channel.web",
        "Lyon is written within two members of channel",
        None,
    ),
    (
        "- kpi: revenue\n  total: 100\n  range: 2026\n  within: {store: {channel: store}, channel: {store: Lyon}}\n  split: {channel: {store: 6}, store: {Lyon: 1}}",
        9,
        "within.channel",
        "the splits by channel and store lie within each other",
        None,
    ),
    ("- {kpi: clv, value: 320, floor_kpi: nps}", 6, "floor_kpi", "nps cannot be the floor of clv: one is in pts, the other in currency", None),
    ("- {kpi: clv, value: 320, floor_kpi: clv}", 6, "floor_kpi", "a KPI cannot be its own floor", None),
    ("- {kpi: cac, value: 20, floor_kpi: clv}", 6, "floor_kpi", "cac is good down: nothing can be its floor", None),
    ("- {kpi: revenue, total: 100}", 6, "", "a total needs the range of dates it is for", "add for example range: 2026"),
    ("- {kpi: revenue, total: 100, range: 2026-Q5}", 6, "range", "2026-Q5 is not a range of dates", None),
    ("- {kpi: revenue, total: 100, range: latest:week}", 6, "range", "latest:week is not a range of dates", None),
    (
        "- {kpi: revenue, total: 100, range: 2026--W44}",
        6,
        "range",
        "2026--W44 is not a range of dates",
        "did you mean 2026-W44? It is written like 2026, 2026-Q4, 2026-10, 2026-W44, 2026-10-05, or two of them joined by ..",
    ),
    ("- {kpi: revenue, total: 100, range: FY2026}", 6, "range", "FY2026 needs fiscal_year, and calendar.yaml has none", "calendar.yaml shows how it is written"),
    ("- kpi: revenue\n  values: {R2026-P03: 2}", 7, "values.R2026-P03", "R2026-P03 needs retail_year, and calendar.yaml has none", None),
    (
        "- {kpi: revenue, total: 100, range: 2025-W53}",
        6,
        "range",
        "2025-W53 is not a period",
        "2025 has 52 weeks; a week is written like 2026-W47",
    ),
    ("- {kpi: revenue, total: 100, range: 2026-10..2026-09}", 6, "range", "the period 2026-10..2026-09 ends before it starts", None),
    ("- kpi: orders\n  values:\n    2026: 100\n    2026-10: 10", 9, "values.2026-10", "2026-10 overlaps 2026", None),
    (
        "- {kpi: revenue, value: 100}",
        6,
        "value",
        "KPI revenue adds up over days: one value cannot hold for a day and for a year",
        "write total with range, or values per period",
    ),
    ("- {kpi: aov, total: 100, range: 2026}", 6, "total", "KPI aov does not add up over days: it can have no total", "write value instead"),
    ("- kpi: aov\n  value: 1\n  values: {2026: 2}", 8, "values", "a target has one of value, total and values, not value, values", None),
    ("- {kpi: aov}", 6, "", "the target of aov has no number", "write value, total with range, values or split"),
    (
        "- kpi: aov\n  value: 1\n  split: {channel: {web: {2026: 1}}}",
        8,
        "split.channel.web",
        "a split per period goes with values, not with value or total",
        None,
    ),
    (
        "- kpi: orders\n  values: {2026: 9}\n  split: {channel: {web: 1}}",
        8,
        "split.channel.web",
        "the target has values per period: give its split per period too",
        None,
    ),
    ("- kpi: orders\n  split: {channel: {web: 1, store: {2026: 1}}}", 7, "split", "give every part of a split per period, or none", None),
    (
        "- kpi: aov\n  value: 1\n  where: {channel: [web]}\n  split: {channel: {web: 1}}",
        8,
        "where.channel",
        "a target cannot be limited to and split by the same dimension channel",
        None,
    ),
    ("- {kpi: aov, value: 62, amber: +3%}", 6, "amber", "aov is good up: the band lies below the target", "write for example -3%"),
    ("- {kpi: aov, value: 62, amber: 63}", 6, "amber", "aov is good up: the band lies below the target", None),
    ("- {kpi: cac, value: 20, amber: -3%}", 6, "amber", "cac is good down: the band lies above the target", "write for example +3%"),
    ("- {kpi: cac, value: 20, red: 19}", 6, "red", "cac is good down: the band lies above the target", None),
    ("- {kpi: aov, value: 62, amber: -8%, red: -3%}", 6, "red", "red starts nearer to the target than amber", None),
    ("- {kpi: aov, value: 62, amber: -5pts}", 6, "amber", "-5pts is not a band for aov", None),
    ("- {kpi: aov, value: 62, amber: some}", 6, "amber", "some is not a band for aov", None),
    ("- {kpi: revenue, total: 62, range: 2026, amber: 60}", 6, "amber", "60 is not a band for revenue", None),
    (
        "- kpi: revenue\n  total: 1\n  range: 2026\n  annualise: true",
        9,
        "annualise",
        "annualise goes with the value of a KPI that grows with the length of the period, without range",
        None,
    ),
    (
        "- {kpi: stock, value: 1, annualise: true}",
        6,
        "annualise",
        "annualise goes with the value of a KPI that grows with the length of the period, without range",
        None,
    ),
    ("- kpi: clv\n  value: 320\n  floor_kpi: cacc", 8, "floor_kpi", "there is no KPI cacc", "did you mean cac?"),
    ("- {kpi: aov, value: 62}\n- {kpi: aov, value: 63}", 7, "", "KPI aov has two targets here for the same period; the other is on line 6", None),
    (
        "- {kpi: aov, value: 62, split: {channel: {web: 70}}}\n- {kpi: aov, value: 63, where: {channel: [web]}}",
        7,
        "",
        "KPI aov has two targets here for the same period; the other is on line 6",
        None,
    ),
    (
        "- {kpi: revenue, total: 62, range: 2026}\n- {kpi: revenue, total: 5, range: 2026-10}",
        7,
        "",
        "KPI revenue has two targets here for the same period; the other is on line 6",
        None,
    ),
]


@pytest.mark.parametrize(("targets", "line", "key", "what", "hint"), MISTAKES)
def test_mistake(targets: str, line: int, key: str, what: str, hint: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(targets)
    error = caught.value
    assert str(error.what) == what
    assert error.where is not None and (error.where.file, error.where.line) == ("objectives.yaml", line)
    number = 1 if "two targets" in what else 0
    assert error.where.column == f"objectives.0.targets.{number}" + (f".{key}" if key else "")
    if hint is not None:
        assert str(error.hint) == hint


def test_the_same_kpi_twice_is_fine_where_scopes_or_periods_differ() -> None:
    assert not problems(
        """
        - {kpi: aov, value: 62, range: 2025}
        - {kpi: aov, value: 63, range: 2026}
        - {kpi: aov, value: 70, where: {channel: [web]}}
        - {kpi: revenue, total: 5, range: 2026-10}
        - {kpi: revenue, total: 5, range: 2026-11}
        - {kpi: revenue, total: 5, range: 2026-10, where: {channel: [web]}}
        """
    )


def test_members_may_leave_a_rest_but_distinct_counts_and_rates_need_not_sum() -> None:
    assert not problems(
        """
        - {kpi: revenue, total: 100, range: 2026, split: {channel: {web: 60, store: 40}}}
        - {kpi: buyers, value: 100, split: {channel: {web: 90, store: 90}}}
        - {kpi: aov, value: 60, split: {channel: {web: 90, store: 50}}}
        """
    )
    assert problems("- {kpi: stock, value: 100, split: {channel: {web: 60, store: 41}}}")


def test_all_mistakes_are_found_in_file_order() -> None:
    found = problems("- {kpi: aov, value: 62, amber: +3%}\n- {kpi: nope, value: 1}\n- {kpi: cac, value: 20}\n- {kpi: aov}")
    assert [error.where.line for error in found if error.where] == [6, 7, 9]


def test_actions_and_ids() -> None:
    whole = """version: 1
objectives:
  - id: a
    name: {en: A}
    targets: [{kpi: nps, value: 40}]
    actions:
      - {id: x, name: {en: X}, kpis: [nps, npss]}
  - id: a
    name: {en: B}
    targets: []
"""
    with pytest.raises(ConfigError) as caught:
        read(whole)
    assert str(caught.value) == "objectives.yaml:7 [objectives.0.actions.0.kpis.1]: there is no KPI npss (did you mean nps?)"
    with pytest.raises(ConfigError) as caught:
        read(whole.replace(", npss", ""))
    assert str(caught.value) == "objectives.yaml:8 [objectives.1.id]: objective a is written twice"


def test_shipped_objectives_fit_the_shipped_kpis() -> None:
    from kpi_core.config.decode import decode
    from kpi_core.config.model import ObjectivesFile
    from kpi_core.config.shipped import shipped
    from kpi_core.config.yaml import load_yaml
    from kpi_core.engine.calendar import parse
    from kpi_core.engine.catalogue import Catalogue
    from kpi_core.objectives import KpiCatalogue, compile_files

    folder: Path = shipped("config")
    catalogue = KpiCatalogue(Catalogue.read(load_yaml(folder / "kpis.yaml")))
    document = load_yaml(folder / "objectives.yaml")
    objectives, found = compile_files([(decode(document, ObjectivesFile), document)], catalogue)
    assert not [str(problem) for problem in found]
    for kpi in objectives.entries:
        assert objectives.owner(kpi), kpi
    for month in range(1, 13):
        split = objectives.split_targets("revenue", (), "channel", parse(f"2026-{month:02d}"))
        assert len(split.members) == 4 and split.unallocated is not None and split.unallocated >= 0
