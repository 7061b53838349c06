"""Values that are samples, each with the interval that its own counts allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kpi_core.analysis import stats
from kpi_core.analysis.stats import Interval
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.proportion import Proportion, Share, proportion
from kpi_core.engine.result import Answer, Number, Question, Value
from kpi_core.engine.run import Engine


class SampledEngine(Engine):
    """An engine whose values of KPIs with an `interval:` carry it."""

    def ask(self, question: Question, *, live: bool = False) -> Answer:
        answer = super().ask(question, live=live)
        sampled = {kpi: found for kpi in answer.question.kpis if (found := sample_of(self.catalogue, kpi)) is not None}
        if not sampled:
            return answer
        cells = {
            member: {kpi: tuple(with_interval(value, sampled[kpi]) for value in values) if kpi in sampled else values for kpi, values in row.items()}
            for member, row in answer.cells.items()
        }
        return replace(answer, cells=cells)


def sample_of(catalogue: Catalogue, kpi: str) -> Proportion | None:
    """What a KPI is a sample of; None when kpis.yaml does not say that it is one."""
    kind = catalogue.kpi(kpi).interval
    return None if kind == "none" else proportion(catalogue.expression(kpi), kind)


def with_interval(value: Value, sample: Proportion) -> Value:
    """The value with its interval; as it is where its counts do not make a sample."""
    found = None if value.number is None else interval(sample, value.measures)
    return value if found is None else replace(value, interval=found)


def interval(sample: Proportion, measures: Mapping[str, Number | None]) -> Interval | None:
    """The 95 % interval in the KPI's own unit: Wilson or adjusted Wald; for a difference Newcombe's sum of the two."""
    found = [_of(share, measures) for share in sample.shares]
    factor = float(sample.factor)
    if any(item is None for item in found):
        return None
    known = [item for item in found if item is not None]
    low, high = known[0][1] if len(known) == 1 else stats.difference(*known[0], *known[1])
    return low * factor, high * factor


def _of(share: Share, measures: Mapping[str, Number | None]) -> tuple[float, Interval] | None:
    """Estimate and interval of one share; None where a count is missing or the counts contradict each other."""
    hits, n, less = _count(measures, share.hits), _count(measures, share.of), _count(measures, share.less) if share.less else 0.0
    if hits is None or n is None or less is None:
        return None
    try:
        return (hits - less) / n if n else 0.0, stats.nps(hits, less, n) if share.less else stats.wilson(hits, n)
    except ValueError:
        return None


def _count(measures: Mapping[str, Number | None], name: str) -> float | None:
    number = measures.get(name)
    return None if number is None else float(number)


def chance(sample: Proportion, measures: Mapping[str, Number | None]) -> float | None:
    """p of a difference of two proportions: how often chance alone makes one as large. None for anything else."""
    if sample.second is None or sample.first.less is not None:
        return None
    counts = [_count(measures, name) for share in sample.shares for name in (share.hits, share.of)]
    if any(count is None for count in counts):
        return None
    try:
        return stats.two_proportions(*(count for count in counts if count is not None))[1]
    except (ValueError, ZeroDivisionError):
        return None
