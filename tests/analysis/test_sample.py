"""Values that are samples: their interval, the verdict and the change inside it, and formulas that have none."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest

from kpi_core.analysis import stats
from kpi_core.analysis.sample import chance, interval, with_interval
from kpi_core.config.shipped import shipped
from kpi_core.config.yaml import load_yaml
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.expression import parse
from kpi_core.engine.proportion import Proportion, Share, proportion
from kpi_core.engine.result import Number, Status, Value
from kpi_core.errors import ConfigError
from kpi_core.objectives import ResolvedTarget, delta, gap
from kpi_core.pages import GapStatus, KpiInfo

CSAT = Proportion(Fraction(1), Share("ok", "n"))
NPS = Proportion(Fraction(100), Share("up", "n", "down"))


def info(good: str, unit: str = "%") -> KpiInfo:
    return KpiInfo("k", "K", unit, good, 1, "g", "f")


def target(number: str) -> ResolvedTarget:
    return ResolvedTarget(float(number), "≥", "o", "f", 1, amount=Fraction(number), near=Fraction(0))


def sampled(ok: int, n: int, enough: bool = True) -> Value:
    return with_interval(Value(ok / n, Status.VALUE, n=n, enough=enough, measures={"ok": ok, "n": n}), CSAT)


# ------------------------------------------------------------ formulas


@pytest.mark.parametrize(
    ("formula", "kind", "found"),
    [
        ("ok / n", "wilson", CSAT),
        ("(up - down) / n * 100", "nps", NPS),
        ("100 * ((up - down) / n)", "nps", NPS),
        ("(a / b - total(c) / total(d)) * 100", "wilson", Proportion(Fraction(100), Share("a", "b"), Share("total(c)", "total(d)"))),
        ("(a - b) / c - (d - e) / f", "nps", Proportion(Fraction(1), Share("a", "c", "b"), Share("d", "f", "e"))),
    ],
)
def test_a_sample_is_read_from_its_formula(formula: str, kind: str, found: Proportion) -> None:
    assert proportion(parse(formula), kind) == found


@pytest.mark.parametrize(
    ("formula", "kind"),
    [("a", "wilson"), ("a - b", "wilson"), ("(a - b) / c", "wilson"), ("a / b", "nps"), ("a / (b + c)", "wilson"), ("a / b * c", "wilson"), ("a / b * -1", "wilson")],
)
def test_other_formulas_are_no_sample(formula: str, kind: str) -> None:
    assert proportion(parse(formula), kind) is None


def test_an_interval_on_another_formula_is_a_mistake_with_its_line() -> None:
    document = load_yaml(shipped("config") / "kpis.yaml")
    text = (shipped("config") / "kpis.yaml").read_text(encoding="utf-8")
    assert "    expr: revenue / orders\n" in text
    broken = text.replace("    expr: revenue / orders\n", "    expr: revenue / orders\n    interval: nps\n", 1)
    with pytest.raises(ConfigError, match="no interval of the kind nps") as caught:
        _catalogue(broken)
    assert caught.value.where is not None and caught.value.where.line is not None
    assert broken.splitlines()[caught.value.where.line - 1].strip() == "interval: nps"
    assert document is not None


def _catalogue(text: str) -> Catalogue:
    import tempfile
    from pathlib import Path

    from kpi_core.config.decode import decode
    from kpi_core.config.model import KpiFile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kpis.yaml"
        path.write_text(text, encoding="utf-8")
        document = load_yaml(path)
        return Catalogue.build(decode(document, KpiFile), document)


# ------------------------------------------------------------ intervals of values


def test_a_share_has_the_wilson_interval_of_its_counts() -> None:
    assert sampled(81, 263).interval == pytest.approx((0.2553, 0.3662), abs=6e-5)


def test_a_score_has_the_adjusted_wald_interval_in_points() -> None:
    assert interval(NPS, {"up": 50, "down": 20, "n": 100}) == pytest.approx((14.05, 44.20), abs=6e-3)


def test_a_difference_of_shares_has_newcombes_interval_and_a_p() -> None:
    sample = Proportion(Fraction(1), Share("a", "b"), Share("c", "d"))
    counts: Mapping[str, Number | None] = {"a": 56, "b": 70, "c": 48, "d": 80}
    assert interval(sample, counts) == pytest.approx((0.0524, 0.3339), abs=6e-5)
    assert chance(sample, counts) == pytest.approx(stats.two_proportions(56, 70, 48, 80)[1])
    assert chance(CSAT, {"ok": 1, "n": 2}) is None


@pytest.mark.parametrize("counts", [{"ok": None, "n": 5}, {"ok": 3}, {"ok": 3, "n": 0}, {"ok": 7, "n": 5}])
def test_counts_that_are_missing_or_contradict_each_other_give_no_interval(counts: dict[str, int | None]) -> None:
    assert interval(CSAT, counts) is None
    value = Value(0.6, Status.VALUE, measures=counts)
    assert with_interval(value, CSAT) is value


def test_no_value_has_no_interval() -> None:
    assert with_interval(Value(None, Status.NO_DATA, measures={"ok": 1, "n": 2}), CSAT).interval is None


# ------------------------------------------------------------ the verdict


@pytest.mark.parametrize(
    ("good", "goal", "status"),
    [
        ("up", "0.75", GapStatus.NOISE),  # missed by 5 points of 100 answers
        ("up", "0.65", GapStatus.NOISE),  # met by as much
        ("up", "0.70", GapStatus.NOISE),
        ("up", "0.50", GapStatus.MET),
        ("up", "0.90", GapStatus.NEAR),  # the band goes down to 0 here
        ("down", "0.50", GapStatus.MISSED),
        ("down", "0.90", GapStatus.MET),
        ("none", "0.70", GapStatus.NONE),
    ],
)
def test_a_target_inside_the_interval_is_neither_met_nor_missed(good: str, goal: str, status: GapStatus) -> None:
    plain = ResolvedTarget(float(goal), "≥", "o", "f", 1, amount=Fraction(goal), near=None if good == "down" else Fraction(0))
    found = gap(sampled(70, 100), plain, info(good))
    assert found.status is status
    assert found.amount is not None and float(found.amount) == pytest.approx(0.7 - float(goal))


def test_too_few_stays_too_few() -> None:
    assert gap(sampled(7, 10, enough=False), target("0.7"), info("up")).status is GapStatus.FEW


def test_more_of_the_same_answers_turn_noise_into_a_verdict() -> None:
    assert gap(sampled(70, 100), target("0.75"), info("up")).status is GapStatus.NOISE
    assert gap(sampled(7000, 10000), target("0.75"), info("up")).status is GapStatus.NEAR


def test_a_change_that_chance_may_have_made_is_neither_good_nor_bad() -> None:
    small = delta(sampled(70, 100), sampled(65, 100), info("up"))
    assert (small.good, small.noise) == (None, True)
    large = delta(sampled(7000, 10000), sampled(6500, 10000), info("up"))
    assert (large.good, large.noise) == (True, False)
    assert small.amount is not None and large.amount is not None and float(small.amount) == pytest.approx(float(large.amount))


def test_a_change_against_what_is_no_sample_is_judged_as_before() -> None:
    found = delta(sampled(70, 100), Value(0.69, Status.VALUE), info("up"))
    assert (found.good, found.noise) == (True, False)
