"""Contoso (five currencies, 58 stores and a web shop): every KPI that its files can answer, against its CSV files in plain Python.

In total, by channel, store, category, article, country, kind of customer, fulfilment and first channel; over whole and unfinished periods;
each held against the period before, last year and the same weekdays of last year.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from kpi_core.config.shipped import shipped
from kpi_core.config.yaml import load_yaml
from kpi_core.engine import calendar
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.result import Period, Question, Status
from kpi_core.engine.run import Engine
from kpi_core.render.format import Formatter
from kpi_core.store import Workspace, open_reader
from tests.acceptance.kit import needs_real
from tests.oracle.contoso_rows import Contoso
from tests.oracle.recompute import Both, Loaded, facts_of, same
from tests.shop import REAL

pytestmark = [pytest.mark.realdata, pytest.mark.slow, needs_real]

KNOWN = Catalogue.read(load_yaml(shipped("config") / "kpis.yaml"))
FED = ("sale", "orders", "customers", "customer_orders")  # facts that Contoso's files hold
ANSWERED = tuple(kpi for kpi in KNOWN.kpis if set(facts_of(kpi)) <= set(FED))
CUTS = (None, "channel", "store", "category", "product", "country", "customer_type", "fulfilment", "first_channel")
YEAR_OF_WEEKS = timedelta(days=364)
TOP = 50  # articles that are looked at, by sales
LONG = ("2023", "2022-Q4", "2022-11-10..2023-02-20")  # articles are looked at in the shorter periods


@dataclass(frozen=True)
class Case:
    """A period and what it is compared with, as dates."""

    text: str
    own: tuple[str, str]
    previous: tuple[str, str]
    last_year: tuple[str, str] | None  # None: the same weekdays

    def __str__(self) -> str:
        return self.text


CASES = (
    Case("2023", ("2023-01-01", "2023-12-31"), ("2022-01-01", "2022-12-31"), ("2022-01-01", "2022-12-31")),
    Case("2022-Q4", ("2022-10-01", "2022-12-31"), ("2022-07-01", "2022-09-30"), ("2021-10-01", "2021-12-31")),
    Case("2024-02", ("2024-02-01", "2024-02-29"), ("2024-01-01", "2024-01-31"), ("2023-02-01", "2023-02-28")),
    Case("2023-W48", ("2023-11-27", "2023-12-03"), ("2023-11-20", "2023-11-26"), None),
    Case("2022-11-10..2023-02-20", ("2022-11-10", "2023-02-20"), ("2022-07-30", "2022-11-09"), None),
    Case("2024-Q2", ("2024-04-01", "2024-06-30"), ("2024-01-01", "2024-03-31"), ("2023-04-01", "2023-06-30")),  # loaded up to 20 April
    Case("2021-W20", ("2021-05-17", "2021-05-23"), ("2021-05-10", "2021-05-16"), None),  # loaded from its second day on
)
COMPARISONS = ("previous", "last_year", "last_year_weekday")


@pytest.fixture(scope="module")
def engine(contoso_workspace: Path) -> Iterator[Engine]:
    with open_reader(Workspace.open(contoso_workspace)) as reader:
        yield Engine(reader, KNOWN)


@pytest.fixture(scope="module")
def contoso() -> Loaded:
    return Loaded(Contoso(REAL / "contoso_10k"))


def days(period: Period) -> tuple[str, str]:
    return period.start.isoformat(), period.end.isoformat()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_dates_that_are_compared(case: Case) -> None:
    period = calendar.parse(case.text)
    found = {how: calendar.compared(period, how) for how in COMPARISONS}
    start, end = (date.fromisoformat(text) - YEAR_OF_WEEKS for text in case.own)
    weekday = (start.isoformat(), end.isoformat())
    assert days(period) == case.own
    expected = {"previous": case.previous, "last_year": case.last_year or weekday, "last_year_weekday": weekday}
    assert {how: other and days(other) for how, other in found.items()} == expected


@pytest.mark.parametrize(("case", "by"), [(case, by) for case in CASES for by in CUTS if by != "product" or case.text not in LONG], ids=str)
def test_engine_equals_files(engine: Engine, contoso: Loaded, case: Case, by: str | None) -> None:
    kpis = tuple(kpi for kpi in ANSWERED if by is None or by in KNOWN.dims(kpi))
    period = calendar.parse(case.text)
    others = [calendar.compared(period, how) for how in COMPARISONS]
    pairs = tuple(item for other in others if other is not None for item in (period, other))
    compared = tuple(index + 1 if index % 2 == 0 else None for index in range(len(pairs)))
    answer = engine.ask(Question(kpis, pairs, by, (), None, compared))
    numbers = 0
    for kpi in kpis:
        for index, how in zip(range(0, len(pairs), 2), COMPARISONS, strict=True):
            both = Both(contoso, kpi, pairs[index], pairs[index + 1], by)
            members = both.members() if by else set()
            missing = members - set(answer.cells)
            assert not missing, f"{kpi} by {by}, {case.text} against {how}: members the engine lacks: {missing}"
            for member in (None, *looked_at(members, both, by)):
                value, base = (answer.cells[member][kpi][at] for at in (index, index + 1))
                place = f"{kpi} by {by} = {member}, {case.text}"
                for found, expected, name in ((value, both.value(member), place), (base, both.base(member), f"{place} against {how}")):
                    if expected is None:
                        assert found.number is None, f"{name}: engine {found.number}, files nothing"
                        assert found.status in (Status.NO_DATA, Status.NOT_COMPUTABLE)
                    else:
                        numbers += 1
                        assert found.number is not None and same(found.number, expected), f"{name}: engine {found.number}, files {float(expected)}"
    assert numbers > 0


def looked_at(members: set[str], both: Both, by: str | None) -> list[str]:
    """All members; of articles those that sell most."""
    if by != "product" or both.here is None:
        return sorted(members)
    sales = both.here.groups("revenue")
    return sorted(members, key=lambda member: (-(sales.get(member) or 0), member))[:TOP]


def test_unfinished_periods_say_so(engine: Engine) -> None:
    """Up to the last day of the files; what they are compared with has as many days."""
    answer = engine.ask(Question(("revenue", "orders"), (calendar.parse("2024-Q2"), calendar.parse("2023-Q2")), None, (), 1))
    value = answer.cells[None]["orders"][0]
    assert value.status is Status.PARTIAL and value.reason is not None
    assert Formatter("en").t(value.reason) == "loaded up to 20 Apr 2024 only"
    assert value.number == 6
    nothing = engine.ask(Question(("orders",), (calendar.parse("2024-W20"),))).cells[None]["orders"][0]
    assert (nothing.number, nothing.status) == (None, Status.NO_DATA)


def test_what_the_files_cannot_answer_names_the_export(engine: Engine) -> None:
    """A KPI without its data is never a number, and says which export it wants, in both languages."""
    left = [kpi for kpi in KNOWN.kpis if kpi not in ANSWERED]
    assert len(ANSWERED) >= 19 and len(left) >= 50
    answer = engine.ask(Question(tuple(left), (calendar.parse("2023"), calendar.parse("2022")), None, (), 1))
    for kpi in left:
        value = answer.cells[None][kpi][0]
        wanted = [KNOWN.file.facts[fact].fed_by for fact in facts_of(kpi) if fact not in FED]
        assert value.number is None and value.status in (Status.NO_DATA, Status.NOT_COMPUTABLE), kpi
        assert value.reason is not None, kpi
        for lang in ("en", "fr"):
            reason = Formatter(lang).t(value.reason)
            assert any(text.in_(lang) in reason for text in wanted), f"{kpi}: {reason}"


def test_the_files_are_those_that_were_checked(contoso: Loaded) -> None:
    """The published figures, and what rounding every line to a millionth of a dollar costs."""
    rows = contoso.facts.tables
    assert (len(rows["sale"]), len(rows["orders"]), contoso.facts.last.isoformat()) == (7794, 3242, "2024-04-20")
    assert abs(float(sum(row.net_amount for row in rows["sale"])) - 7302606.6062) < 0.001
    assert sum(1 for row in rows["orders"] if row.channel == "web") == 1743
    assert sum(1 for row in rows["customer_orders"] if row.number == 2) == 74
